//===- RunTest.cpp - Tensors that fit a kernel and those that do not ------===//

#include "Packer.h"
#include "convrt/convrt.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

using namespace convrt_test;

namespace {

/// A tensor with its shape and strides.
struct Tensor {
  DLTensor dl = {};
  std::vector<int64_t> shape, strides;

  Tensor(void *data, DLDataType dtype, std::vector<int64_t> extents)
      : shape(std::move(extents)) {
    dl.data = data;
    dl.device.device_type = kDLCPU;
    dl.dtype = dtype;
    dl.ndim = static_cast<int32_t>(shape.size());
    dl.shape = shape.data();
  }
  Tensor(const Tensor &) = delete;

  void setStrides(std::vector<int64_t> values) {
    strides = std::move(values);
    dl.strides = strides.data();
  }
};

const DLDataType f32 = {kDLFloat, 32, 1};
const DLDataType i64 = {kDLInt, 64, 1};
const DLDataType bf16 = {kDLBfloat, 16, 1};

class Run : public ::testing::Test {
protected:
  Run() {
    std::string bytes = testPackage();
    EXPECT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(),
                                         CONVRT_COPY, &package),
              CONVRT_OK)
        << convrt_last_error();
    for (size_t i = 0; i < xs.size(); ++i)
      xs[i] = float(i);
    reset();
  }
  ~Run() override { convrt_package_close(package); }

  /// Poison the output: what is not written, or must not be, shows.
  void reset() { zs.assign(64, NAN); }

  const convrt_kernel *kernel(const char *name) {
    const convrt_kernel *found = convrt_package_find(package, name);
    EXPECT_NE(found, nullptr);
    return found;
  }

  convrt_status add() {
    const DLTensor *arguments[] = {&x.dl, &w.dl, &z.dl};
    return convrt_run(kernel("add"), arguments, 3, nullptr);
  }

  /// The call fails so, and writes nothing.
  void expectError(convrt_status expected, const char *message) {
    EXPECT_EQ(add(), expected) << convrt_last_error();
    EXPECT_NE(std::string(convrt_last_error()).find(message), std::string::npos)
        << convrt_last_error();
    for (float value : zs)
      EXPECT_TRUE(std::isnan(value));
  }

  /// The call succeeds, and writes `rows` rows from `first` on, no more.
  void expectAdds(int64_t rows, size_t first = 0) {
    ASSERT_EQ(add(), CONVRT_OK) << convrt_last_error();
    const auto *from = reinterpret_cast<const float *>(
        static_cast<const char *>(x.dl.data) + x.dl.byte_offset);
    for (size_t i = 0; i < zs.size(); ++i) {
      if (i < first || i >= first + size_t(rows) * 4)
        EXPECT_TRUE(std::isnan(zs[i])) << i;
      else
        EXPECT_EQ(zs[i], from[i - first] + ws[(i - first) % 4]) << i;
    }
    reset();
  }

  convrt_package *package = nullptr;
  std::vector<float> xs = std::vector<float>(64), zs;
  std::vector<float> ws = {100, 200, 300, 400};
  Tensor x{xs.data(), f32, {3, 4}};
  Tensor w{ws.data(), f32, {4}};
  Tensor z{(zs.resize(64), zs.data()), f32, {3, 4}};
};

TEST_F(Run, Works) {
  expectAdds(3);
  for (int64_t rows : {1, 2, 16}) {
    x.shape[0] = z.shape[0] = rows;
    expectAdds(rows);
  }
}

TEST_F(Run, ManagedTensors) {
  DLManagedTensor managed[3] = {};
  managed[0].dl_tensor = x.dl;
  managed[1].dl_tensor = w.dl;
  managed[2].dl_tensor = z.dl;
  DLManagedTensor *arguments[] = {&managed[0], &managed[1], &managed[2]};
  EXPECT_EQ(convrt_run_managed(kernel("add"), arguments, 3, nullptr), CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(zs[11], xs[11] + ws[3]);
  arguments[1] = nullptr;
  EXPECT_EQ(convrt_run_managed(kernel("add"), arguments, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_run_managed(kernel("add"), nullptr, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  std::vector<DLManagedTensor *> many(100, &managed[0]);
  EXPECT_EQ(convrt_run_managed(kernel("add"), many.data(), 100, nullptr),
            CONVRT_ERROR_ARGUMENT);
}

TEST_F(Run, EmptyBatchDoesNothing) {
  x.shape[0] = z.shape[0] = 0;
  expectAdds(0);
  // Without elements neither data nor strides matter.
  x.dl.data = z.dl.data = nullptr;
  x.setStrides({7, 7});
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
}

TEST_F(Run, DenseStridesAndOffsets) {
  x.setStrides({4, 1});
  expectAdds(3);
  x.shape[0] = z.shape[0] = 1;
  x.setStrides({-99, 1}); // of an extent of 1: without meaning
  expectAdds(1);
  x.dl.byte_offset = 8;
  z.dl.byte_offset = 16;
  expectAdds(1, 4);
}

TEST_F(Run, PinnedMemoryIsMemory) {
  x.dl.device = {kDLCUDAHost, 3};
  expectAdds(3);
}

TEST_F(Run, Count) {
  const DLTensor *arguments[] = {&x.dl, &w.dl, &z.dl, &z.dl};
  EXPECT_EQ(convrt_run(kernel("add"), arguments, 2, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_run(kernel("add"), arguments, 4, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_run(kernel("add"), nullptr, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_run(nullptr, arguments, 3, nullptr), CONVRT_ERROR_ARGUMENT);
  arguments[1] = nullptr;
  EXPECT_EQ(convrt_run(kernel("add"), arguments, 3, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_NE(std::string(convrt_last_error()).find("argument 'w' is NULL"),
            std::string::npos);
}

TEST_F(Run, WrongDevice) {
  x.dl.device.device_type = kDLCUDA;
  expectError(CONVRT_ERROR_DEVICE,
              "argument 'x' is on CUDA device 0, not in CPU memory");
}

TEST_F(Run, WrongDtype) {
  for (DLDataType dtype :
       {DLDataType{kDLFloat, 64, 1}, DLDataType{kDLFloat, 16, 1},
        DLDataType{kDLInt, 32, 1}, DLDataType{kDLBfloat, 32, 1},
        DLDataType{kDLFloat, 32, 2}, DLDataType{250, 32, 1}}) {
    w.dl.dtype = dtype;
    expectError(CONVRT_ERROR_DTYPE, "argument 'w' has elements of type");
  }
}

TEST_F(Run, WrongRank) {
  z.dl.ndim = 1;
  expectError(CONVRT_ERROR_SHAPE, "argument 'z' has 1 dimensions, expected 2");
  z.dl.ndim = -1;
  expectError(CONVRT_ERROR_SHAPE, "argument 'z' has -1 dimensions");
  z.dl.ndim = 2;
  z.dl.shape = nullptr;
  expectError(CONVRT_ERROR_SHAPE, "the shape of argument 'z' is NULL");
}

TEST_F(Run, WrongShape) {
  w.shape[0] = 5;
  expectError(CONVRT_ERROR_SHAPE,
              "dimension 0 of argument 'w' is 5, expected 4");
  w.shape[0] = 4;
  z.shape[0] = 2;
  expectError(CONVRT_ERROR_SHAPE, "dimension 0 (b) of argument 'z' is 2, but "
                                  "argument 'x' has 3");
  x.shape[0] = z.shape[0] = -3;
  expectError(CONVRT_ERROR_SHAPE, "dimension 0 of argument 'x' is -3");
  for (int64_t huge : {INT64_MAX, INT64_MAX / 4, INT64_MAX / 8}) {
    x.shape[0] = z.shape[0] = huge;
    EXPECT_NE(add(), CONVRT_OK);
  }
}

TEST_F(Run, NotContiguous) {
  x.setStrides({8, 1});
  expectError(CONVRT_ERROR_LAYOUT, "argument 'x' is not contiguous: the stride "
                                   "of dimension 0 is 8 elements");
  x.setStrides({1, 3});
  expectError(CONVRT_ERROR_LAYOUT, "not contiguous");
  x.setStrides({4, 0});
  expectError(CONVRT_ERROR_LAYOUT, "not contiguous");
  x.setStrides({4, -1});
  expectError(CONVRT_ERROR_LAYOUT, "not contiguous");
  x.setStrides({INT64_MAX, INT64_MIN});
  expectError(CONVRT_ERROR_LAYOUT, "not contiguous");
}

TEST_F(Run, Misaligned) {
  x.dl.byte_offset = 2;
  expectError(CONVRT_ERROR_LAYOUT, "argument 'x' is not aligned to 4 bytes");
  x.dl.byte_offset = 0;
  x.dl.data = reinterpret_cast<char *>(xs.data()) + 1;
  expectError(CONVRT_ERROR_LAYOUT, "argument 'x' is not aligned to 4 bytes");
  // Data and offset count together.
  x.dl.byte_offset = 3;
  x.dl.data = reinterpret_cast<char *>(xs.data()) + 1;
  expectAdds(3);
}

TEST_F(Run, NullAndWrappingData) {
  w.dl.data = nullptr;
  expectError(CONVRT_ERROR_LAYOUT, "argument 'w' has no data (NULL)");
  w.dl.data = ws.data();
  w.dl.byte_offset = UINT64_MAX - 3;
  expectError(CONVRT_ERROR_LAYOUT, "argument 'w' leaves the address space");
  w.dl.data = reinterpret_cast<void *>(UINTPTR_MAX - 3);
  w.dl.byte_offset = 0;
  expectError(CONVRT_ERROR_LAYOUT, "argument 'w' leaves the address space");
}

TEST_F(Run, Overlap) {
  z.dl.data = xs.data() + 11;
  EXPECT_EQ(add(), CONVRT_ERROR_LAYOUT);
  EXPECT_NE(
      std::string(convrt_last_error()).find("output 'z' overlaps argument 'x'"),
      std::string::npos)
      << convrt_last_error();
  z.dl.data = xs.data() + 12; // just behind
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
  // Inputs may share memory.
  w.dl.data = xs.data();
  z.dl.data = zs.data();
  EXPECT_EQ(add(), CONVRT_OK) << convrt_last_error();
}

TEST_F(Run, InfersShapes) {
  const DLTensor *inputs[] = {&x.dl, &w.dl};
  int64_t shape[2] = {-7, -7};
  ASSERT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 2, 2, shape),
            CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(shape[0], 3);
  EXPECT_EQ(shape[1], 4);
  x.shape[1] = 5;
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 2, 2, shape),
            CONVRT_ERROR_SHAPE);
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 2, 3, shape),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 1, 2, shape),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 2, 2, nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), nullptr, 2, 2, shape),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_kernel_infer_shape(nullptr, inputs, 2, 2, shape),
            CONVRT_ERROR_ARGUMENT);
  inputs[0] = nullptr;
  EXPECT_EQ(convrt_kernel_infer_shape(kernel("add"), inputs, 2, 2, shape),
            CONVRT_ERROR_ARGUMENT);
}

TEST_F(Run, KernelsThatFail) {
  float value;
  Tensor y(&value, f32, {1});
  const DLTensor *arguments[] = {&y.dl};
  EXPECT_EQ(convrt_run(kernel("fail"), arguments, 1, nullptr),
            CONVRT_ERROR_KERNEL);
  EXPECT_NE(std::string(convrt_last_error()).find("'fail' failed with code 42"),
            std::string::npos);
  EXPECT_EQ(convrt_run(kernel("greedy"), arguments, 1, nullptr),
            CONVRT_ERROR_MEMORY);
}

TEST_F(Run, TemporariesAndTwoByteElements) {
  std::vector<uint16_t> from(100), to(100, 0xFFFF);
  for (size_t i = 0; i < from.size(); ++i)
    from[i] = uint16_t(i * 257);
  Tensor source(from.data() + 1, bf16, {98}), target(to.data() + 1, bf16, {98});
  const DLTensor *arguments[] = {&source.dl, &target.dl};
  ASSERT_EQ(convrt_run(kernel("copy"), arguments, 2, nullptr), CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(to[0], 0xFFFF);
  EXPECT_EQ(to[99], 0xFFFF);
  for (size_t i = 1; i < 99; ++i)
    EXPECT_EQ(to[i], from[i]);
}

/// Complex elements need the alignment of their parts only.
TEST(RunComplex, Alignment) {
  Record record;
  record.metadata =
      R"({"kernels":[{"name":"copy","symbol":"test_copy","dims":["n"],
        "numerics":{"arithmetic":"f32","relative_l2_bound":0},"arguments":[
        {"name":"x","role":"input","dtype":"complex64","shape":["n",0]},
        {"name":"v","role":"input","dtype":"complex64","shape":[1]},
        {"name":"y","role":"output","dtype":"complex64","shape":["n",0]}]}]})";
  record.image =
      readFile(std::string(CONVRT_TEST_KERNELS) + "/kernels-baseline.so");
  std::string bytes = pack(record);
  convrt_package *package = nullptr;
  ASSERT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                       &package),
            CONVRT_OK)
      << convrt_last_error();
  alignas(8) char memory[32] = {};
  const DLDataType complex64 = {kDLComplex, 64, 1};
  Tensor x(nullptr, complex64, {2, 0}), y(nullptr, complex64, {2, 0});
  Tensor v(memory + 4, complex64, {1});
  const DLTensor *arguments[] = {&x.dl, &v.dl, &y.dl};
  const convrt_kernel *kernel = convrt_package_kernel(package, 0);
  EXPECT_EQ(convrt_run(kernel, arguments, 3, nullptr), CONVRT_OK)
      << convrt_last_error();
  v.dl.data = memory + 2;
  EXPECT_EQ(convrt_run(kernel, arguments, 3, nullptr), CONVRT_ERROR_LAYOUT);
  convrt_package_close(package);
}

/// Many threads, one kernel, one pool; loading happens in the middle of it.
TEST_F(Run, Concurrently) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([this, t] {
      for (int round = 0; round < 50; ++round) {
        int64_t count = 1 + (17 * t + round) % 90;
        std::vector<int64_t> from(count), to(count, -1);
        for (int64_t i = 0; i < count; ++i)
          from[i] = 1000 * t + i;
        Tensor source(from.data(), i64, {count}),
            target(to.data(), i64, {count});
        const DLTensor *arguments[] = {&source.dl, &target.dl};
        ASSERT_EQ(convrt_run(kernel("sum"), arguments, 2, nullptr), CONVRT_OK)
            << convrt_last_error();
        for (int64_t i = 0; i < count; ++i)
          ASSERT_EQ(to[i], 1000 * from[i]);
        // Messages belong to their threads.
        target.shape[0] = count + t + 1;
        ASSERT_EQ(convrt_run(kernel("sum"), arguments, 2, nullptr),
                  CONVRT_ERROR_SHAPE);
        std::string expected = "is " + std::to_string(count + t + 1) + ",";
        ASSERT_NE(std::string(convrt_last_error()).find(expected),
                  std::string::npos)
            << convrt_last_error();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Status, HasNames) {
  for (int status = CONVRT_OK; status <= CONVRT_ERROR_CUDA; ++status)
    EXPECT_EQ(
        std::string(convrt_status_name(static_cast<convrt_status>(status)))
            .rfind("CONVRT_", 0),
        0u)
        << status;
  EXPECT_STREQ(convrt_status_name(static_cast<convrt_status>(99)),
               "unknown convrt_status");
  EXPECT_STREQ(convrt_version(), "0.1.0");
}

} // namespace
