//===- CudaTest.cpp - Kernels of packages on an emulated GPU --------------===//

#include "CudaSupport.h"
#include "ptxemu/Driver.h"

#include <cmath>
#include <random>
#include <thread>

using namespace convrt_test;

namespace {

const char emulator[] = CONVRT_TEST_EMULATOR;

std::vector<float> randomFloats(size_t count) {
  static std::mt19937 random(std::random_device{}() | 1u);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

class Cuda : public ::testing::Test {
protected:
  Cuda() {
    loaded.open("emulate", emulator);
    EXPECT_EQ(loaded.load(pack(gpuRecord())), CONVRT_OK) << convrt_last_error();
  }
  ~Cuda() override { setting("sanitize", "0"); }

  static void setting(const char *name, const char *value) {
    EXPECT_EQ(driverFunction<int(const char *, const char *)>(
                  emulator, "ptxemuDriverSet")(name, value),
              0);
  }

  /// Since statistics were switched on.
  static uint64_t launches() {
    ptxemu_driver_counters counters;
    driverFunction<void(ptxemu_driver_counters *)>(
        emulator, "ptxemuDriverCounters")(&counters);
    return counters.launches;
  }

  template <typename F> F *cuda(const char *name) {
    return driverFunction<F>(emulator, name);
  }

  const convrt_cuda_kernel *kernel(const char *name) {
    const convrt_cuda_kernel *found = convrt_cuda_find(loaded.module, name);
    EXPECT_NE(found, nullptr) << name;
    return found;
  }

  Loaded loaded;
};

/// x[b, 4] + w[4] with an output that is NaN before.
class CudaAdd : public Cuda {
protected:
  convrt_status add() {
    const DLTensor *arguments[] = {&x.dl, &w.dl, &z.dl};
    return convrt_cuda_run(kernel("add"), arguments, 3, &options);
  }

  /// The call fails so, and writes nothing.
  void expectError(convrt_status expected, const char *message) {
    EXPECT_EQ(add(), expected) << convrt_last_error();
    EXPECT_TRUE(lastErrorHas(message)) << convrt_last_error();
    for (float value : z.get())
      EXPECT_TRUE(std::isnan(value));
  }

  static constexpr int64_t rows = 50;
  std::vector<float> xs = randomFloats(4 * rows), ws = randomFloats(4);
  DeviceTensor x{loaded.device, {rows, 4}, xs};
  DeviceTensor w{loaded.device, {4}, ws};
  DeviceTensor z{loaded.device, {rows, 4}, std::vector<float>(4 * rows, NAN)};
  convrt_cuda_options options = {};
};

TEST_F(Cuda, DevicesHaveNames) {
  const convrt_cuda_device_info *info = convrt_cuda_describe(loaded.device);
  EXPECT_EQ(info->major, 9);
  EXPECT_EQ(info->emulated, 1);
  EXPECT_EQ(info->multiprocessors, 132);
  EXPECT_EQ(info->shared_bytes, 227 * 1024);
  EXPECT_EQ(info->has_memory_pools, 1);
  Loaded other;
  other.open("emulate:sm_86", emulator);
  info = convrt_cuda_describe(other.device);
  EXPECT_EQ(10 * info->major + info->minor, 86);
  EXPECT_EQ(info->shared_bytes, 99 * 1024);
  EXPECT_NE(info->dlpack.device_id,
            convrt_cuda_describe(loaded.device)->dlpack.device_id);
  convrt_cuda_device *device;
  EXPECT_EQ(convrt_cuda_open("emulate:sm_75", emulator, &device),
            CONVRT_ERROR_NO_DEVICE);
  EXPECT_TRUE(lastErrorHas("none of that architecture")) << convrt_last_error();
  // The emulator is a driver like any.
  EXPECT_EQ(convrt_cuda_open("cuda:1", emulator, &device), CONVRT_OK);
  convrt_cuda_close(device);
}

TEST_F(Cuda, ModulesDescribeTheirKernels) {
  EXPECT_STREQ(convrt_cuda_module_isa(loaded.module), "sm_80");
  EXPECT_EQ(convrt_cuda_module_is_ptx(loaded.module), 1);
  const convrt_kernel *add = convrt_cuda_description(kernel("add"));
  EXPECT_STREQ(convrt_kernel_describe(add)->isa, "sm_80");
  EXPECT_STREQ(convrt_kernel_argument(add, 1)->name, "w");
  EXPECT_EQ(convrt_cuda_find(loaded.module, "nothing"), nullptr);
  EXPECT_EQ(convrt_cuda_find(nullptr, "add"), nullptr);
  EXPECT_EQ(convrt_cuda_description(nullptr), nullptr);
  EXPECT_EQ(convrt_cuda_module_isa(nullptr), nullptr);
  convrt_cuda_unload(nullptr);
  EXPECT_EQ(convrt_cuda_load(nullptr, loaded.package, nullptr),
            CONVRT_ERROR_ARGUMENT);
}

TEST_F(CudaAdd, Runs) {
  for (int64_t batch : {1, 15, 16, 17, 50}) {
    x.shape[0] = z.shape[0] = batch;
    z.set(std::vector<float>(4 * rows, NAN));
    ASSERT_EQ(add(), CONVRT_OK) << convrt_last_error();
    std::vector<float> zs = z.get();
    for (size_t i = 0; i < zs.size(); ++i)
      if (i < size_t(4 * batch))
        EXPECT_EQ(zs[i], xs[i] + ws[i % 4]) << i;
      else
        EXPECT_TRUE(std::isnan(zs[i])) << i;
  }
}

TEST_F(CudaAdd, EmptyBatchesDoNothing) {
  x.shape[0] = z.shape[0] = 0;
  void *data = z.dl.data;
  x.dl.data = z.dl.data = nullptr;
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
  z.dl.data = data;
  EXPECT_TRUE(std::isnan(z.get()[0]));
}

TEST_F(CudaAdd, OptionsMayBeMissing) {
  const DLTensor *arguments[] = {&x.dl, &w.dl, &z.dl};
  EXPECT_EQ(convrt_cuda_run(kernel("add"), arguments, 3, nullptr), CONVRT_OK);
  EXPECT_EQ(z.get()[7], xs[7] + ws[3]);
}

TEST_F(CudaAdd, TensorsElsewhere) {
  x.dl.device.device_type = kDLCPU;
  expectError(CONVRT_ERROR_DEVICE, "argument 'x' is in CPU memory, but the "
                                   "kernel is loaded on CUDA device 0");
  x.dl.device.device_type = kDLCUDAHost;
  expectError(CONVRT_ERROR_DEVICE, "'x' is in pinned CPU memory");
  x.dl.device.device_type = DLDeviceType(7);
  expectError(CONVRT_ERROR_DEVICE, "'x' is on DLPack device 7");
  x.dl.device = {kDLCUDA, 3};
  expectError(CONVRT_ERROR_DEVICE, "'x' is on CUDA device 3");
  x.dl.device = w.dl.device;
  // What DLPack says is not believed.
  void *data = x.dl.data;
  x.dl.data = xs.data();
  x.dl.byte_offset = 16 - reinterpret_cast<uintptr_t>(x.dl.data) % 16;
  expectError(CONVRT_ERROR_DEVICE, "'x' is not in memory of a GPU");
  x.dl.byte_offset = 0;
  Loaded other;
  other.open("emulate:sm_80", emulator);
  DeviceTensor elsewhere(other.device, {rows, 4}, xs);
  x.dl.data = elsewhere.dl.data;
  expectError(CONVRT_ERROR_DEVICE, "'x' is on CUDA device 1, but");
  x.dl.data = data;
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
}

TEST_F(CudaAdd, LayoutsOfTensors) {
  x.dl.byte_offset = 4;
  expectError(CONVRT_ERROR_LAYOUT, "'x' is not aligned to 16 bytes");
  x.dl.byte_offset = 0;
  // 'w' needs 4 bytes only.
  DeviceTensor shifted(loaded.device, {4}, {0, ws[0], ws[1], ws[2], ws[3]});
  shifted.dl.byte_offset = 2;
  void *data = w.dl.data;
  w.dl.data = shifted.dl.data;
  w.dl.byte_offset = 2;
  expectError(CONVRT_ERROR_LAYOUT, "'w' is not aligned to 4 bytes");
  w.dl.byte_offset = 4;
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(z.get()[5], xs[5] + ws[1]);
  z.set(std::vector<float>(4 * rows, NAN));
  w.dl.data = data;
  w.dl.byte_offset = 0;
  x.strides = {1, rows};
  x.dl.strides = x.strides.data();
  expectError(CONVRT_ERROR_LAYOUT, "'x' is not contiguous");
  x.strides = {8, 1};
  expectError(CONVRT_ERROR_LAYOUT, "stride of dimension 0 is 8");
  x.dl.strides = nullptr;
  data = x.dl.data;
  x.dl.data = nullptr;
  expectError(CONVRT_ERROR_LAYOUT, "'x' has no data");
  x.dl.data = z.dl.data;
  expectError(CONVRT_ERROR_LAYOUT, "output 'z' overlaps argument 'x'");
  x.dl.data = data;
}

TEST_F(CudaAdd, OtherTensors) {
  x.dl.dtype.bits = 16;
  expectError(CONVRT_ERROR_DTYPE, "expected f32");
  x.dl.dtype.bits = 32;
  x.shape[0] = 49;
  expectError(CONVRT_ERROR_SHAPE, "argument 'x' has 49");
  x.shape[0] = rows;
  w.shape[0] = 3;
  expectError(CONVRT_ERROR_SHAPE, "expected 4");
  w.shape[0] = 4;
  const DLTensor *arguments[] = {&x.dl, nullptr, &z.dl};
  EXPECT_EQ(convrt_cuda_run(kernel("add"), arguments, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_cuda_run(kernel("add"), arguments, 2, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_cuda_run(kernel("add"), nullptr, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_cuda_run(nullptr, arguments, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  // Not on the CPU either.
  DLTensor cpu[3];
  const DLTensor *onCpu[3];
  std::vector<float> memory(4 * rows), rest(4), out(4 * rows);
  float *data[] = {memory.data(), rest.data(), out.data()};
  for (int i = 0; i < 3; ++i) {
    cpu[i] = i == 0 ? x.dl : i == 1 ? w.dl : z.dl;
    cpu[i].device = {kDLCPU, 0};
    cpu[i].data = data[i];
    onCpu[i] = &cpu[i];
  }
  EXPECT_EQ(
      convrt_run(convrt_cuda_description(kernel("add")), onCpu, 3, nullptr),
      CONVRT_ERROR_UNSUPPORTED)
      << convrt_last_error();
}

//===----------------------------------------------------------------------===//
// Workspace, streams, graphs
//===----------------------------------------------------------------------===//

class CudaTwice : public Cuda {
protected:
  convrt_status twice() {
    const DLTensor *arguments[] = {&x.dl, &y.dl};
    return convrt_cuda_run(kernel("twice"), arguments, 2, &options);
  }
  void expectResult() {
    std::vector<float> ys = y.get();
    for (size_t i = 0; i < ys.size(); ++i)
      EXPECT_EQ(ys[i], xs[i] + 1 + 1) << i;
    y.set(std::vector<float>(count, NAN));
  }

  static constexpr int64_t count = 300;
  std::vector<float> xs = randomFloats(count);
  DeviceTensor x{loaded.device, {count}, xs};
  DeviceTensor y{loaded.device, {count}, std::vector<float>(count, NAN)};
  convrt_cuda_options options = {};
};

TEST_F(CudaTwice, BorrowsAWorkspace) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(twice(), CONVRT_OK) << convrt_last_error();
    expectResult();
  }
  ASSERT_EQ(convrt_cuda_stream_create(loaded.device, &options.stream),
            CONVRT_OK);
  EXPECT_EQ(twice(), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_cuda_stream_synchronize(loaded.device, options.stream),
            CONVRT_OK);
  expectResult();
  EXPECT_EQ(convrt_cuda_stream_destroy(loaded.device, options.stream),
            CONVRT_OK);
}

TEST_F(CudaTwice, TakesTheCallersWorkspace) {
  const DLTensor *arguments[] = {&x.dl, &y.dl};
  size_t bytes = 0;
  ASSERT_EQ(convrt_cuda_workspace(kernel("twice"), arguments, 2, &bytes),
            CONVRT_OK);
  EXPECT_EQ(bytes, size_t(4 * count + 256));
  void *memory;
  ASSERT_EQ(convrt_cuda_allocate(loaded.device, bytes, &memory), CONVRT_OK);
  options.workspace = memory;
  options.workspace_bytes = bytes;
  EXPECT_EQ(twice(), CONVRT_OK) << convrt_last_error();
  expectResult();
  // The kernel's own bytes were used: x + 1 is there.
  float first;
  EXPECT_EQ(convrt_cuda_copy_to_host(loaded.device, &first,
                                     static_cast<char *>(memory) + 256, 4),
            CONVRT_OK);
  EXPECT_EQ(first, xs[0] + 1);

  options.workspace_bytes = bytes - 1;
  EXPECT_EQ(twice(), CONVRT_ERROR_ARGUMENT);
  EXPECT_TRUE(lastErrorHas("needs a workspace of 1456 bytes, given were 1455"))
      << convrt_last_error();
  options.workspace_bytes = bytes;
  options.workspace = static_cast<char *>(memory) + 16;
  EXPECT_EQ(twice(), CONVRT_ERROR_LAYOUT);
  EXPECT_TRUE(lastErrorHas("not aligned to 256")) << convrt_last_error();
  EXPECT_TRUE(std::isnan(y.get()[0]));
  x.shape[0] = 1;
  EXPECT_EQ(convrt_cuda_workspace(kernel("twice"), arguments, 2, &bytes),
            CONVRT_ERROR_SHAPE);
  EXPECT_EQ(convrt_cuda_release(loaded.device, memory), CONVRT_OK);
}

TEST_F(CudaTwice, CanBeCaptured) {
  using Result = int;
  auto begin = cuda<Result(void *, int)>("cuStreamBeginCapture_v2");
  auto end = cuda<Result(void *, void **)>("cuStreamEndCapture");
  auto instantiate = cuda<Result(void **, void *, unsigned long long)>(
      "cuGraphInstantiateWithFlags");
  auto replay = cuda<Result(void *, void *)>("cuGraphLaunch");
  void *memory, *graph, *executable;
  const size_t bytes = 4 * count + 256;
  ASSERT_EQ(convrt_cuda_allocate(loaded.device, bytes, &memory), CONVRT_OK);
  ASSERT_EQ(convrt_cuda_stream_create(loaded.device, &options.stream),
            CONVRT_OK);

  // Without a workspace the call fails and leaves the capture intact.
  ASSERT_EQ(begin(options.stream, 0), 0);
  EXPECT_EQ(twice(), CONVRT_ERROR_ARGUMENT);
  EXPECT_TRUE(lastErrorHas("1456 bytes from the caller: the stream is being "
                           "captured"))
      << convrt_last_error();
  options.workspace = memory;
  options.workspace_bytes = bytes;
  EXPECT_EQ(twice(), CONVRT_OK) << convrt_last_error();
  ASSERT_EQ(end(options.stream, &graph), 0);
  EXPECT_TRUE(std::isnan(y.get()[0]));
  ASSERT_EQ(instantiate(&executable, graph, 0), 0);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(replay(executable, options.stream), 0);
    expectResult();
  }
  EXPECT_EQ(cuda<Result(void *)>("cuGraphExecDestroy")(executable), 0);
  EXPECT_EQ(cuda<Result(void *)>("cuGraphDestroy")(graph), 0);
  EXPECT_EQ(convrt_cuda_stream_destroy(loaded.device, options.stream),
            CONVRT_OK);
  EXPECT_EQ(convrt_cuda_release(loaded.device, memory), CONVRT_OK);
}

TEST_F(CudaTwice, RunsFromSeveralThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      std::vector<float> input = randomFloats(count);
      DeviceTensor a(loaded.device, {count}, input),
          b(loaded.device, {count}, std::vector<float>(count, NAN));
      const DLTensor *arguments[] = {&a.dl, &b.dl};
      convrt_cuda_options own = {};
      EXPECT_EQ(convrt_cuda_stream_create(loaded.device, &own.stream),
                CONVRT_OK);
      for (int i = 0; i < 5; ++i)
        EXPECT_EQ(convrt_cuda_run(kernel("twice"), arguments, 2, &own),
                  CONVRT_OK)
            << convrt_last_error();
      EXPECT_EQ(b.get()[count - 1], input[count - 1] + 1 + 1);
      EXPECT_EQ(convrt_cuda_stream_destroy(loaded.device, own.stream),
                CONVRT_OK);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST_F(CudaTwice, ExpressionsAreCheckedBeforeAnythingRuns) {
  auto fails = [&](const char *from, const char *to, convrt_status expected,
                   const char *message) {
    Record record = gpuRecord();
    record.metadata = gpuMetadata(from, to);
    ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
    setting("statistics", "1");
    EXPECT_EQ(twice(), expected) << convrt_last_error();
    EXPECT_TRUE(lastErrorHas(message)) << convrt_last_error();
    // Not even the first launch, with which nothing is wrong.
    EXPECT_EQ(launches(), 0u);
    setting("statistics", "0");
  };
  const char *second = R"([["n", 128, "ceildiv"], [1], [1]])";
  fails(second, R"([[1], [65536], [1]])", CONVRT_ERROR_SHAPE,
        "the grid is 65536, but must be from 0 to 65535");
  fails(second, R"([["n", 9223372036854775807, "*"], [1], [1]])",
        CONVRT_ERROR_SHAPE, "the grid overflows");
  fails(second, R"([["n", 400, "-"], [1], [1]])", CONVRT_ERROR_SHAPE,
        "the grid is -100");
  fails(R"([{"workspace": [256]}, {"buffer": 1})",
        R"([{"workspace": [128]}, {"buffer": 1})", CONVRT_ERROR_FORMAT,
        "128, not a multiple of 256");
  fails(R"([{"workspace": [256]}, {"buffer": 1})",
        R"([{"workspace": [2048]}, {"buffer": 1})", CONVRT_ERROR_SHAPE,
        "an offset into the workspace is 2048");
  fails(R"("workspace": ["n", 4, "*", 256, "+"])",
        R"("workspace": [0, "n", "-"])", CONVRT_ERROR_SHAPE,
        "the workspace is -300");
  // A grid of nothing is left out.
  Record record = gpuRecord();
  record.metadata = gpuMetadata(second, "[[0], [1], [1]]");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(twice(), CONVRT_OK) << convrt_last_error();
  EXPECT_TRUE(std::isnan(y.get()[0]));
}

TEST_F(CudaTwice, MultiprocessorsAreKnown) {
  Record record = gpuRecord();
  // 132 blocks of 32 are enough for all 300 elements on an sm_90a.
  record.metadata = gpuMetadata(R"([["n", 32, "ceildiv"], [1], [1]])",
                                R"([["sms"],[1],[1]])");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(twice(), CONVRT_OK) << convrt_last_error();
  expectResult();
}

TEST_F(CudaAdd, ParametersMustFit) {
  Record record = gpuRecord();
  record.metadata =
      gpuMetadata(R"({"i32": ["b", 4, "*"]})", R"({"i32": [2147483648]})");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  expectError(CONVRT_ERROR_SHAPE, "a 32-bit parameter is 2147483648");
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

class CudaLoad : public Cuda {
protected:
  void expectError(const Record &record, convrt_status expected,
                   const char *message) {
    EXPECT_EQ(loaded.load(pack(record)), expected) << convrt_last_error();
    EXPECT_EQ(loaded.module, nullptr);
    EXPECT_TRUE(lastErrorHas(message)) << convrt_last_error();
  }
  /// With the first `from` of the metadata replaced.
  void expectError(const char *from, const char *to, convrt_status expected,
                   const char *message) {
    Record record = gpuRecord();
    record.metadata = gpuMetadata(from, to);
    expectError(record, expected, message);
  }
};

TEST_F(CudaLoad, FallsBackToPtx) {
  EXPECT_EQ(loaded.load(pack(cubinRecord("sm_90a")) + pack(gpuRecord())),
            CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(convrt_cuda_module_is_ptx(loaded.module), 1);
  expectError(cubinRecord("sm_90a"), CONVRT_ERROR_LOAD, "the sm_90a cubin");
}

TEST_F(CudaLoad, NeedsAnImageForTheDevice) {
  convrt_cuda_unload(loaded.module);
  loaded.module = nullptr;
  convrt_cuda_close(loaded.device);
  loaded.device = nullptr;
  loaded.open("emulate:sm_86", emulator);
  EXPECT_EQ(loaded.load(pack(gpuRecord("sm_90a")) + pack(cubinRecord("sm_89"))),
            CONVRT_ERROR_UNSUPPORTED);
  EXPECT_TRUE(lastErrorHas("compute capability 8.6"));
  EXPECT_TRUE(lastErrorHas("sm_90a (PTX), sm_89 (cubin)"))
      << convrt_last_error();
  std::string cpu = testPackage();
  EXPECT_EQ(loaded.load(cpu), CONVRT_ERROR_UNSUPPORTED);
  EXPECT_TRUE(lastErrorHas("baseline (CPU)")) << convrt_last_error();
}

TEST_F(CudaLoad, ChecksTheImage) {
  Record record = gpuRecord();
  size_t at = record.image.find("add.f32");
  record.image.replace(at, 7, "odd.f32");
  expectError(record, CONVRT_ERROR_LOAD, "odd.f32");
  expectError(R"("symbol": "race")", R"("symbol": "rice")", CONVRT_ERROR_LOAD,
              "function 'rice' of the sm_80 image: the image has no such");
}

TEST_F(CudaLoad, ComparesParameters) {
  expectError(R"(, {"i32": ["b", 4, "*"]})", "", CONVRT_ERROR_LOAD,
              "it has more parameters than the launch gives");
  expectError(R"("parameters": [])", R"("parameters": [{"buffer": 0}])",
              CONVRT_ERROR_LOAD, "it has 0 parameters, the launch gives 1");
  expectError(R"({"i32": ["b", 4, "*"]})", R"({"i64": ["b", 4, "*"]})",
              CONVRT_ERROR_LOAD, "parameter 3 has 4 bytes, the launch gives 8");
}

TEST_F(CudaLoad, ComparesResources) {
  expectError(R"("block": [64, 1, 1], "shared": 128)",
              R"("block": [512, 1, 1], "shared": 128)", CONVRT_ERROR_RESOURCES,
              "may have 256 threads a block on emulated sm_90a, its launch has "
              "512");
  expectError(R"("shared": 128)", R"("shared": 232449)", CONVRT_ERROR_RESOURCES,
              "needs 232449 bytes of shared memory, a block on emulated sm_90a "
              "has 232448");
  Record most = gpuRecord();
  most.metadata = gpuMetadata(R"("shared": 128)", R"("shared": 232448)");
  EXPECT_EQ(loaded.load(pack(most)), CONVRT_OK) << convrt_last_error();
  Loaded small;
  small.open("emulate:sm_89", emulator);
  EXPECT_EQ(small.load(pack(most)), CONVRT_ERROR_RESOURCES);
  EXPECT_TRUE(lastErrorHas("has 101376")) << convrt_last_error();
  Record clusters = gpuRecord();
  clusters.metadata =
      gpuMetadata(R"("shared": 128)", R"("cluster": [2, 1, 1], "shared": 128)");
  EXPECT_EQ(small.load(pack(clusters)), CONVRT_ERROR_RESOURCES);
  EXPECT_TRUE(lastErrorHas("clusters")) << convrt_last_error();
}

/// More than 48 KB must be asked for, which loading has done.
TEST_F(CudaAdd, HasAllSharedMemory) {
  Record record = gpuRecord();
  record.metadata = gpuMetadata(R"("shared": 128)", R"("shared": 200000)");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  ASSERT_EQ(add(), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(z.get()[9], xs[9] + ws[1]);
}

TEST_F(CudaAdd, RunsInClusters) {
  Record record = gpuRecord();
  record.metadata =
      gpuMetadata(R"("shared": 128)", R"("cluster": [2, 1, 1], "shared": 128)");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  ASSERT_EQ(add(), CONVRT_OK) << convrt_last_error(); // 4 blocks
  EXPECT_EQ(z.get()[9], xs[9] + ws[1]);
  z.set(std::vector<float>(4 * rows, NAN));
  x.shape[0] = z.shape[0] = 40; // 3 blocks
  expectError(CONVRT_ERROR_FORMAT, "3 blocks in dimension 0, no multiple");
}

//===----------------------------------------------------------------------===//
// Sanitizer and contexts
//===----------------------------------------------------------------------===//

TEST_F(Cuda, ReportsWhatTheSanitizerFinds) {
  DeviceTensor y(loaded.device, {4}, std::vector<float>(4));
  const DLTensor *arguments[] = {&y.dl};
  EXPECT_EQ(convrt_cuda_run(kernel("race"), arguments, 1, nullptr), CONVRT_OK)
      << convrt_last_error();
  setting("sanitize", "1");
  EXPECT_EQ(convrt_cuda_run(kernel("race"), arguments, 1, nullptr),
            CONVRT_ERROR_KERNEL);
  EXPECT_TRUE(lastErrorHas("kernel 'race': launching 'race'"))
      << convrt_last_error();
  EXPECT_TRUE(lastErrorHas("shared-race")) << convrt_last_error();
}

TEST_F(Cuda, LeavesNoContextBehind) {
  auto getCurrent = cuda<int(void **)>("cuCtxGetCurrent");
  void *context = this;
  ASSERT_EQ(getCurrent(&context), 0);
  EXPECT_EQ(context, nullptr);
  EXPECT_EQ(convrt_cuda_describe(loaded.device)->uses_callers_context, 0);
}

TEST_F(Cuda, WorksInTheCallersContext) {
  auto getCurrent = cuda<int(void **)>("cuCtxGetCurrent");
  void *own = nullptr, *current = nullptr;
  ASSERT_EQ(cuda<int(void **, unsigned, int)>("cuCtxCreate_v2")(&own, 0, 0), 0);
  {
    Loaded inside;
    inside.open("cuda:0", emulator);
    EXPECT_EQ(convrt_cuda_describe(inside.device)->uses_callers_context, 1);
    ASSERT_EQ(inside.load(pack(gpuRecord())), CONVRT_OK) << convrt_last_error();
    DeviceTensor x(inside.device, {4}, {1, 2, 3, 4}),
        y(inside.device, {4}, std::vector<float>(4, NAN));
    const DLTensor *arguments[] = {&x.dl, &y.dl};
    const convrt_cuda_kernel *twice = convrt_cuda_find(inside.module, "twice");
    EXPECT_EQ(convrt_cuda_run(twice, arguments, 2, nullptr), CONVRT_OK)
        << convrt_last_error();
    EXPECT_EQ(y.get()[3], 6);
    EXPECT_EQ(getCurrent(&current), 0);
    EXPECT_EQ(current, own);
    // A device that opens beside it, on another GPU, has its own.
    Loaded other;
    other.open("cuda:1", emulator);
    EXPECT_EQ(convrt_cuda_describe(other.device)->uses_callers_context, 0);
    EXPECT_EQ(getCurrent(&current), 0);
    EXPECT_EQ(current, own);
  }
  EXPECT_EQ(cuda<int(void *)>("cuCtxDestroy_v2")(own), 0);
}

TEST_F(Cuda, MemoryAndTime) {
  void *memory = nullptr;
  ASSERT_EQ(convrt_cuda_allocate(loaded.device, 0, &memory), CONVRT_OK);
  EXPECT_NE(memory, nullptr);
  EXPECT_EQ(convrt_cuda_release(loaded.device, memory), CONVRT_OK);
  EXPECT_EQ(convrt_cuda_release(loaded.device, nullptr), CONVRT_OK);
  EXPECT_EQ(convrt_cuda_release(loaded.device, &memory), CONVRT_ERROR_CUDA);
  EXPECT_EQ(convrt_cuda_allocate(loaded.device, SIZE_MAX / 2, &memory),
            CONVRT_ERROR_MEMORY);
  EXPECT_EQ(memory, nullptr);
  EXPECT_EQ(convrt_cuda_allocate(nullptr, 1, &memory), CONVRT_ERROR_ARGUMENT);
  char byte;
  EXPECT_EQ(convrt_cuda_copy_to_host(loaded.device, &byte, &byte, 1),
            CONVRT_ERROR_CUDA);
  convrt_cuda_timer *timer;
  double seconds = -1;
  ASSERT_EQ(convrt_cuda_timer_create(loaded.device, &timer), CONVRT_OK);
  EXPECT_EQ(convrt_cuda_timer_stop(timer, nullptr, &seconds),
            CONVRT_ERROR_CUDA); // never started
  EXPECT_EQ(convrt_cuda_timer_start(timer, nullptr), CONVRT_OK);
  EXPECT_EQ(convrt_cuda_timer_stop(timer, nullptr, &seconds), CONVRT_OK);
  EXPECT_GE(seconds, 0);
  convrt_cuda_timer_destroy(timer);
}

} // namespace
