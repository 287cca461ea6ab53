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
  std::vector<DLTensor> views(tensors.size());
  std::vector<const DLTensor *> pointers;
  for (size_t i = 0; i < tensors.size(); ++i) {
    views[i] = {};
    views[i].data = tensors[i].data;
    views[i].device = {kDLCPU, 0};
    views[i].ndim = int32_t(tensors[i].shape.size());
    views[i].dtype = tensors[i].dtype;
    views[i].shape = tensors[i].shape.data();
    pointers.push_back(&views[i]);
  }
  return convrt_run(kernel, pointers.data(), pointers.size(), pool) ==
         CONVRT_OK;
}

} // namespace conv::bench

#endif // CONV_BENCH_KERNEL_H
