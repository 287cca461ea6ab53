//===- CudaDriverTest.cpp - Drivers that are missing, old or odd ----------===//

#include "CudaSupport.h"

#include <cstdlib>
#include <map>

extern "C" {
#include "cuda_abi.h"
#include "elf_check.h"
}

using namespace convrt_test;

namespace {

const char fake[] = CONVRT_TEST_FAKE_DRIVER;

/// Sets what the fake driver answers, for one test.
class CudaDriver : public ::testing::Test {
protected:
  ~CudaDriver() override {
    for (const std::string &name : names)
      unsetenv(name.c_str());
  }

  void set(const std::string &name, int value) {
    names.push_back("FAKE_CUDA_" + name);
    setenv(names.back().c_str(), std::to_string(value).c_str(), 1);
  }

  /// Opening fails so.
  void expectError(convrt_status expected, const char *message,
                   const char *name = "cuda", const char *library = fake) {
    auto *device = reinterpret_cast<convrt_cuda_device *>(1);
    EXPECT_EQ(convrt_cuda_open(name, library, &device), expected)
        << convrt_last_error();
    EXPECT_EQ(device, nullptr);
    EXPECT_TRUE(lastErrorHas(message)) << convrt_last_error();
  }

  template <typename T> T &variable(const char *name) {
    return *driverFunction<T>(fake, name);
  }

  std::vector<std::string> names;
};

TEST_F(CudaDriver, Opens) {
  int &retained = variable<int>("fakeRetained");
  int &released = variable<int>("fakeReleased");
  int before = retained - released;
  {
    Loaded loaded;
    loaded.open("cuda:0", fake);
    const convrt_cuda_device_info *info = convrt_cuda_describe(loaded.device);
    EXPECT_STREQ(info->name, "Fake GPU");
    EXPECT_EQ(info->major, 9);
    EXPECT_EQ(info->driver_version, 12040);
    EXPECT_EQ(info->emulated, 0);
    EXPECT_EQ(info->shared_bytes, 232448);
    EXPECT_EQ(info->dlpack.device_type, kDLCUDA);
    EXPECT_EQ(info->uses_callers_context, 0);
    EXPECT_EQ(retained - released, before + 1);
  }
  EXPECT_EQ(retained - released, before);
  convrt_cuda_close(nullptr);
  EXPECT_EQ(convrt_cuda_describe(nullptr), nullptr);
}

TEST_F(CudaDriver, MayBeMissing) {
  expectError(CONVRT_ERROR_NO_DRIVER, "cannot open the CUDA driver", "cuda",
              "/no/such/libcuda.so.1");
  EXPECT_TRUE(lastErrorHas("CONVRT_CUDA_LIBRARY"));
  expectError(CONVRT_ERROR_NO_DRIVER, "cannot open the emulator", "emulate",
              "/no/such/libptxemu-cuda.so");
  expectError(CONVRT_ERROR_NO_DRIVER, "it has no cuInit", "cuda",
              CONVRT_TEST_KERNELS "/kernels-baseline.so");
  set("INIT", CU_STUB_LIBRARY);
  expectError(CONVRT_ERROR_NO_DRIVER, "stub");
}

TEST_F(CudaDriver, IsNamedByTheEnvironment) {
  setenv("CONVRT_CUDA_LIBRARY", fake, 1);
  convrt_cuda_device *device = nullptr;
  EXPECT_EQ(convrt_cuda_open("cuda", nullptr, &device), CONVRT_OK)
      << convrt_last_error();
  convrt_cuda_close(device);
  setenv("CONVRT_CUDA_LIBRARY", "/no/such/driver", 1);
  expectError(CONVRT_ERROR_NO_DRIVER, "/no/such/driver", "cuda", nullptr);
  unsetenv("CONVRT_CUDA_LIBRARY");
}

TEST_F(CudaDriver, MayBeTooOld) {
  set("VERSION", 11040);
  expectError(CONVRT_ERROR_OLD_DRIVER, "is of CUDA 11.4, needed is 11.8");
  expectError(CONVRT_ERROR_OLD_DRIVER, "it has no cuLaunchKernelEx", "cuda",
              CONVRT_TEST_OLD_DRIVER);
  set("INIT", CU_SYSTEM_DRIVER_MISMATCH);
  expectError(CONVRT_ERROR_OLD_DRIVER, "does not fit");
}

TEST_F(CudaDriver, MayHaveNoDevice) {
  set("DEVICES", 2);
  expectError(CONVRT_ERROR_NO_DEVICE, "the driver has 2 devices", "cuda:2");
  set("INIT", CU_NO_DEVICE);
  expectError(CONVRT_ERROR_NO_DEVICE, "finds no GPU");
  EXPECT_TRUE(lastErrorHas("CUDA_ERROR_NO_DEVICE"));
  set("INIT", 46);
  expectError(CONVRT_ERROR_CUDA, "cuInit: unknown CUDA error (46)");
}

TEST_F(CudaDriver, NamesOfDevices) {
  for (const char *name :
       {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1x", "cuda0",
        "emulate:", "emulate:90", "emulated", "cuda:sm_90", "cuda:99999"})
    expectError(CONVRT_ERROR_ARGUMENT, "is no device", name);
  EXPECT_EQ(convrt_cuda_open(nullptr, fake, nullptr), CONVRT_ERROR_ARGUMENT);
  convrt_cuda_device *device;
  EXPECT_EQ(convrt_cuda_open(nullptr, fake, &device), CONVRT_ERROR_ARGUMENT);
}

TEST_F(CudaDriver, TakesTheBestImage) {
  int &kind = variable<int>("fakeLoaded");
  auto loads = [&](const std::vector<Record> &records) {
    std::string bytes;
    for (const Record &record : records)
      bytes += pack(record);
    Loaded loaded;
    loaded.open("cuda", fake);
    kind = 0;
    EXPECT_EQ(loaded.load(bytes), CONVRT_OK) << convrt_last_error();
    EXPECT_EQ(convrt_cuda_module_is_ptx(loaded.module), kind == 2);
    return std::string(convrt_cuda_module_isa(loaded.module)) +
           (kind == 1 ? " cubin" : " PTX");
  };
  Record cubin80 = cubinRecord("sm_80"), ptx80 = gpuRecord("sm_80"),
         cubin90 = cubinRecord("sm_90"), cubin90a = cubinRecord("sm_90a"),
         ptx90a = gpuRecord("sm_90a"), ptx100 = gpuRecord("sm_100");
  EXPECT_EQ(loads({ptx80, ptx90a, cubin80, cubin90, cubin90a, ptx100}),
            "sm_90a cubin");
  EXPECT_EQ(loads({ptx80, cubin90, ptx90a, cubin80}), "sm_90 cubin");
  EXPECT_EQ(loads({ptx80, cubin80, ptx90a}), "sm_90a PTX");
  EXPECT_EQ(loads({ptx80, cubin80}), "sm_80 PTX");
  set("LOAD_CUBIN", 209);
  EXPECT_EQ(loads({cubin90a, ptx80}), "sm_80 PTX");
  set("LOAD_CUBIN", 0);
  set("CAPABILITY", 86);
  EXPECT_EQ(loads({ptx80, cubin80, cubin90a}), "sm_80 cubin");
  EXPECT_EQ(loads({cubin80, cubinRecord("sm_86"), ptx80}), "sm_86 cubin");
}

TEST_F(CudaDriver, MayRefuseImages) {
  Loaded loaded;
  loaded.open("cuda", fake);
  set("LOAD_PTX", CU_UNSUPPORTED_PTX_VERSION);
  EXPECT_EQ(loaded.load(pack(gpuRecord())), CONVRT_ERROR_OLD_DRIVER);
  EXPECT_TRUE(lastErrorHas("line 7: odd")) << convrt_last_error();
  set("LOAD_PTX", 218);
  EXPECT_EQ(loaded.load(pack(gpuRecord())), CONVRT_ERROR_LOAD);
  EXPECT_TRUE(lastErrorHas("Fake GPU refuses the sm_80 PTX"))
      << convrt_last_error();
  // Of several, the best one's message.
  EXPECT_EQ(loaded.load(pack(cubinRecord("sm_80")) + pack(gpuRecord("sm_90a")) +
                        pack(gpuRecord("sm_80"))),
            CONVRT_ERROR_LOAD);
  EXPECT_TRUE(lastErrorHas("sm_90a PTX")) << convrt_last_error();
  Record damaged = cubinRecord("sm_90a");
  damaged.image[18] = 62;
  EXPECT_EQ(loaded.load(pack(damaged)), CONVRT_ERROR_LOAD);
  EXPECT_TRUE(lastErrorHas("not a cubin")) << convrt_last_error();
}

TEST_F(CudaDriver, CubinsAreCheckedBeforeIt) {
  std::string good = cubinRecord().image;
  auto problem = [](const std::string &image) {
    const char *text = convrt_cubin_check(
        reinterpret_cast<const uint8_t *>(image.data()), image.size());
    return std::string(text ? text : "");
  };
  EXPECT_EQ(problem(good), "");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(problem(good.substr(0, size)), "") << size;
  std::string bad = good;
  bad[64 + 8] = 120; // p_offset
  bad[64 + 32] = 1;  // p_filesz
  EXPECT_NE(problem(bad).find("segments"), std::string::npos) << problem(bad);
  bad = good;
  bad[40] = 100; // e_shoff
  bad[60] = 1;   // e_shnum
  EXPECT_NE(problem(bad).find("section headers"), std::string::npos)
      << problem(bad);
}

TEST_F(CudaDriver, IsGivenTheLaunch) {
  Loaded loaded;
  loaded.open("cuda", fake);
  Record record = gpuRecord();
  record.metadata = gpuMetadata(R"("block": [64, 1, 1], "shared": 128)",
                                R"("block": [8, 4, 2], "cluster": [1, 1, 1],)"
                                R"("shared": 1000)");
  ASSERT_EQ(loaded.load(pack(record)), CONVRT_OK) << convrt_last_error();
  DeviceTensor x(loaded.device, {33, 4}, std::vector<float>(132)),
      w(loaded.device, {4}, std::vector<float>(4)),
      z(loaded.device, {33, 4}, std::vector<float>(132));
  const DLTensor *arguments[] = {&x.dl, &w.dl, &z.dl};
  void *stream;
  ASSERT_EQ(convrt_cuda_stream_create(loaded.device, &stream), CONVRT_OK);
  convrt_cuda_options options = {};
  options.stream = stream;
  int &launches = variable<int>("fakeLaunches");
  launches = 0;
  const convrt_cuda_kernel *add = convrt_cuda_find(loaded.module, "add");
  ASSERT_EQ(convrt_cuda_run(add, arguments, 3, &options), CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(launches, 1);
  const auto &config = variable<cu_launch_config>("fakeConfig");
  EXPECT_EQ(config.grid[0], 3u); // 132 / 64
  EXPECT_EQ(config.grid[2], 1u);
  EXPECT_EQ(config.block[0], 8u);
  EXPECT_EQ(config.block[2], 2u);
  EXPECT_EQ(config.shared, 1000u);
  EXPECT_EQ(config.stream, stream);
  EXPECT_EQ(config.attributeCount, 1u);
  EXPECT_EQ(variable<uint32_t[3]>("fakeCluster")[0], 1u);
  // What the GPU meets later is reported to who waits.
  set("SYNCHRONIZE", CU_ILLEGAL_ADDRESS);
  EXPECT_EQ(convrt_cuda_stream_synchronize(loaded.device, stream),
            CONVRT_ERROR_KERNEL);
  set("LAUNCH", 701);
  EXPECT_EQ(convrt_cuda_run(add, arguments, 3, &options), CONVRT_ERROR_KERNEL);
  EXPECT_TRUE(lastErrorHas("launching 'add'")) << convrt_last_error();
  EXPECT_EQ(convrt_cuda_stream_destroy(loaded.device, stream), CONVRT_OK);
}

TEST_F(CudaDriver, ManagedMemoryIsTaken) {
  Loaded loaded;
  loaded.open("cuda", fake);
  ASSERT_EQ(loaded.load(pack(gpuRecord())), CONVRT_OK) << convrt_last_error();
  DeviceTensor y(loaded.device, {4}, std::vector<float>(4));
  y.dl.device.device_type = DLDeviceType(13);
  const DLTensor *arguments[] = {&y.dl};
  const convrt_cuda_kernel *race = convrt_cuda_find(loaded.module, "race");
  set("MANAGED", 1);
  EXPECT_EQ(convrt_cuda_run(race, arguments, 1, nullptr), CONVRT_OK)
      << convrt_last_error();
}

TEST_F(CudaDriver, WorkspaceMayBeTheCallersAffair) {
  DLTensor *const none = nullptr;
  auto run = [&](Loaded &loaded, bool given) {
    DeviceTensor x(loaded.device, {8}, std::vector<float>(8)),
        y(loaded.device, {8}, std::vector<float>(8));
    void *memory = none;
    EXPECT_EQ(convrt_cuda_allocate(loaded.device, 1024, &memory), CONVRT_OK);
    const DLTensor *arguments[] = {&x.dl, &y.dl};
    convrt_cuda_options options = {nullptr, given ? memory : nullptr, 1024};
    convrt_status status = convrt_cuda_run(
        convrt_cuda_find(loaded.module, "twice"), arguments, 2, &options);
    EXPECT_EQ(convrt_cuda_release(loaded.device, memory), CONVRT_OK);
    return status;
  };
  {
    Loaded loaded;
    set("POOLS", 0);
    loaded.open("cuda", fake);
    ASSERT_EQ(loaded.load(pack(gpuRecord())), CONVRT_OK);
    EXPECT_EQ(run(loaded, false), CONVRT_ERROR_ARGUMENT);
    EXPECT_TRUE(lastErrorHas("needs a workspace of 288 bytes from the caller"))
        << convrt_last_error();
    EXPECT_EQ(run(loaded, true), CONVRT_OK) << convrt_last_error();
  }
  Loaded loaded;
  set("POOLS", 1);
  loaded.open("cuda", fake);
  ASSERT_EQ(loaded.load(pack(gpuRecord())), CONVRT_OK);
  EXPECT_EQ(run(loaded, false), CONVRT_OK) << convrt_last_error();
  set("ALLOCATE", CU_OUT_OF_MEMORY);
  EXPECT_EQ(run(loaded, false), CONVRT_ERROR_MEMORY);
  EXPECT_TRUE(lastErrorHas("288 bytes")) << convrt_last_error();
}

TEST_F(CudaDriver, MeasuresTime) {
  Loaded loaded;
  loaded.open("cuda", fake);
  convrt_cuda_timer *timer = nullptr;
  ASSERT_EQ(convrt_cuda_timer_create(loaded.device, &timer), CONVRT_OK);
  double seconds = 0;
  EXPECT_EQ(convrt_cuda_timer_start(timer, nullptr), CONVRT_OK);
  EXPECT_EQ(convrt_cuda_timer_stop(timer, nullptr, &seconds), CONVRT_OK);
  EXPECT_DOUBLE_EQ(seconds, 2.5e-3);
  convrt_cuda_timer_destroy(timer);
  convrt_cuda_timer_destroy(nullptr);
  EXPECT_EQ(convrt_cuda_timer_create(nullptr, &timer), CONVRT_ERROR_ARGUMENT);
}

} // namespace
