//===- cuda_device.h - An open GPU -----------------------------*- C -*-===//

#ifndef CONVRT_SRC_CUDA_DEVICE_H
#define CONVRT_SRC_CUDA_DEVICE_H

#include "convrt/cuda.h"
#include "cuda_driver.h"

struct convrt_cuda_device {
  convrt_driver driver;
  cu_device device;
  cu_context context;
  bool retained; ///< the context is the primary one, kept alive from here
  bool hasClusters;
  cu_pool pool; ///< of workspaces; NULL if the device has no memory pools
  char name[128];
  convrt_cuda_device_info info;
};

/// Make the device's context current; `*pushed` tells whether to undo it.
convrt_status convrt_cuda_enter(const convrt_cuda_device *device, bool *pushed);
void convrt_cuda_leave(const convrt_cuda_device *device, bool pushed);

#endif // CONVRT_SRC_CUDA_DEVICE_H
