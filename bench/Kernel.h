//===- Kernel.h - Our contender: kernels of a package -----------*- C++ -*-===//

#ifndef CONV_BENCH_KERNEL_H
#define CONV_BENCH_KERNEL_H

#include "convrt/convrt.h"

#include <string>
#include <vector>

namespace conv::bench {

/// A dense tensor in memory that somebody else owns.
struct Tensor {
  void *data;
  DLDataType dtype;
  std::vector<int64_t> shape;
};

/// An open package.
class Package {
public:
  Package() = default;
  ~Package() { convrt_package_close(package); }
  Package(const Package &) = delete;
  Package &operator=(const Package &) = delete;

  bool open(const std::string &path) {
    return convrt_package_open_file(path.c_str(), &package) == CONVRT_OK &&
           convrt_package_load(package) == CONVRT_OK;
  }
  const char *isa() const { return convrt_package_isa(package); }
  const convrt_kernel *find(const char *name) const {
    return convrt_package_find(package, name);
  }

private:
  convrt_package *package = nullptr;
};

/// Run a kernel; on failure convrt_last_error() says why.
inline bool run(const convrt_kernel *kernel, std::vector<Tensor> &tensors,
                convrt_pool *pool) {
  std::vector<DLTensor> views;
  for (Tensor &tensor : tensors)
    views.push_back({tensor.data,
                     {kDLCPU, 0},
                     int32_t(tensor.shape.size()),
                     tensor.dtype,
                     tensor.shape.data(),
                     nullptr,
                     0});
  std::vector<const DLTensor *> pointers;
  for (const DLTensor &view : views)
    pointers.push_back(&view);
  return convrt_run(kernel, pointers.data(), pointers.size(), pool) ==
         CONVRT_OK;
}

} // namespace conv::bench

#endif // CONV_BENCH_KERNEL_H
