//===- cuda_module.h - A package on a GPU ----------------------*- C -*-===//

#ifndef CONVRT_SRC_CUDA_MODULE_H
#define CONVRT_SRC_CUDA_MODULE_H

#include "arena.h"
#include "cuda_device.h"
#include "package.h"

struct convrt_cuda_kernel {
  const convrt_cuda_module *module;
  const convrt_kernel *kernel;
  cu_function *functions; ///< one for each launch of the program
};

struct convrt_cuda_module {
  convrt_arena arena;
  convrt_cuda_device *device;
  const convrt_image *image;
  cu_module handle;
  convrt_cuda_kernel *kernels;
};

#endif // CONVRT_SRC_CUDA_MODULE_H
