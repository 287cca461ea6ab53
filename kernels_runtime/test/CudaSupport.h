//===- CudaSupport.h - Packages of GPU kernels for tests --------*- C++ -*-===//

#ifndef CONVRT_TEST_CUDA_SUPPORT_H
#define CONVRT_TEST_CUDA_SUPPORT_H

#include "Packer.h"
#include "convrt/cuda.h"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <vector>

namespace convrt_test {

/// PTX of three kernels:
///   add(x, w, z, n):  z[i] = x[i] + w[i % 4]
///   increment(x, y, n):  y[i] = x[i] + 1
///   race():  all threads write one word of shared memory
std::string gpuText(const std::string &target = "sm_80");

/// Metadata of kernels on them:
///   "add", z[b, 4] = x[b, 4] + w[4], as on the CPU;
///   "twice", y[n] = x[n] + 2 in two launches through a workspace;
///   "race", y[n], which it does not write.
/// The first `from` is replaced by `to`, to make something wrong.
std::string gpuMetadata(const std::string &from = "",
                        const std::string &to = "");

/// A record of PTX.
Record gpuRecord(const std::string &target = "sm_80");

/// A record that looks like a cubin.
Record cubinRecord(const std::string &target = "sm_80");

/// An open package, device and module, closed in the right order.
struct Loaded {
  convrt_package *package = nullptr;
  convrt_cuda_device *device = nullptr;
  convrt_cuda_module *module = nullptr;

  Loaded() = default;
  Loaded(const Loaded &) = delete;
  ~Loaded() {
    convrt_cuda_unload(module);
    convrt_cuda_close(device);
    convrt_package_close(package);
  }

  /// Open a device; the test fails if that fails.
  void open(const char *name, const char *library) {
    ASSERT_EQ(convrt_cuda_open(name, library, &device), CONVRT_OK)
        << convrt_last_error();
  }
  /// Load a package there.
  convrt_status load(const std::string &bytes) {
    convrt_cuda_unload(module);
    module = nullptr;
    convrt_package_close(package);
    EXPECT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(),
                                         CONVRT_COPY, &package),
              CONVRT_OK)
        << convrt_last_error();
    return convrt_cuda_load(device, package, &module);
  }
};

/// A tensor in memory of a device.
struct DeviceTensor {
  DLTensor dl = {};
  std::vector<int64_t> shape, strides;
  convrt_cuda_device *device;
  size_t bytes;

  DeviceTensor(convrt_cuda_device *device, std::vector<int64_t> extents,
               const std::vector<float> &contents)
      : shape(std::move(extents)), device(device),
        bytes(contents.size() * sizeof(float)) {
    dl.dtype = {kDLFloat, 32, 1};
    dl.device = convrt_cuda_describe(device)->dlpack;
    dl.ndim = static_cast<int32_t>(shape.size());
    dl.shape = shape.data();
    EXPECT_EQ(convrt_cuda_allocate(device, bytes, &dl.data), CONVRT_OK);
    set(contents);
  }
  DeviceTensor(const DeviceTensor &) = delete;
  ~DeviceTensor() {
    EXPECT_EQ(convrt_cuda_release(device, dl.data), CONVRT_OK);
  }

  void set(const std::vector<float> &contents) {
    EXPECT_EQ(
        convrt_cuda_copy_to_device(device, dl.data, contents.data(), bytes),
        CONVRT_OK)
        << convrt_last_error();
  }
  std::vector<float> get() const {
    std::vector<float> contents(bytes / sizeof(float));
    EXPECT_EQ(convrt_cuda_copy_to_host(device, contents.data(), dl.data, bytes),
              CONVRT_OK)
        << convrt_last_error();
    return contents;
  }
};

inline bool lastErrorHas(const char *text) {
  return std::string(convrt_last_error()).find(text) != std::string::npos;
}

/// A function of a driver library.
template <typename F> F *driverFunction(const char *library, const char *name) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  EXPECT_NE(handle, nullptr) << library;
  void *address = dlsym(handle, name);
  EXPECT_NE(address, nullptr) << name;
  dlclose(handle);
  return reinterpret_cast<F *>(address);
}

} // namespace convrt_test

#endif // CONVRT_TEST_CUDA_SUPPORT_H
