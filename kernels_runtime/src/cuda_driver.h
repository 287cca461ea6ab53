//===- cuda_driver.h - The CUDA driver, opened at run time -----*- C -*-===//

#ifndef CONVRT_SRC_CUDA_DRIVER_H
#define CONVRT_SRC_CUDA_DRIVER_H

#include "cuda_abi.h"
#include "status.h"

#include <stdbool.h>

/// Functions that every driver since CUDA 11.8 has: member, exported name,
/// parameters.
#define CONVRT_DRIVER_FUNCTIONS(X)                                             \
  X(init, "cuInit", (unsigned))                                                \
  X(driverGetVersion, "cuDriverGetVersion", (int *))                           \
  X(getErrorName, "cuGetErrorName", (cu_result, const char **))                \
  X(getErrorString, "cuGetErrorString", (cu_result, const char **))            \
  X(deviceGetCount, "cuDeviceGetCount", (int *))                               \
  X(deviceGet, "cuDeviceGet", (cu_device *, int))                              \
  X(deviceGetName, "cuDeviceGetName", (char *, int, cu_device))                \
  X(deviceGetAttribute, "cuDeviceGetAttribute", (int *, int, cu_device))       \
  X(primaryRetain, "cuDevicePrimaryCtxRetain", (cu_context *, cu_device))      \
  X(primaryRelease, "cuDevicePrimaryCtxRelease_v2", (cu_device))               \
  X(contextGetCurrent, "cuCtxGetCurrent", (cu_context *))                      \
  X(contextGetDevice, "cuCtxGetDevice", (cu_device *))                         \
  X(contextPush, "cuCtxPushCurrent_v2", (cu_context))                          \
  X(contextPop, "cuCtxPopCurrent_v2", (cu_context *))                          \
  X(moduleLoad, "cuModuleLoadDataEx",                                          \
    (cu_module *, const void *, unsigned, int *, void **))                     \
  X(moduleUnload, "cuModuleUnload", (cu_module))                               \
  X(moduleGetFunction, "cuModuleGetFunction",                                  \
    (cu_function *, cu_module, const char *))                                  \
  X(functionGetAttribute, "cuFuncGetAttribute", (int *, int, cu_function))     \
  X(functionSetAttribute, "cuFuncSetAttribute", (cu_function, int, int))       \
  X(launch, "cuLaunchKernelEx",                                                \
    (const cu_launch_config *, cu_function, void **, void **))                 \
  X(allocate, "cuMemAlloc_v2", (cu_pointer *, size_t))                         \
  X(release, "cuMemFree_v2", (cu_pointer))                                     \
  X(copyToDevice, "cuMemcpyHtoD_v2", (cu_pointer, const void *, size_t))       \
  X(copyToHost, "cuMemcpyDtoH_v2", (void *, cu_pointer, size_t))               \
  X(pointerGetAttribute, "cuPointerGetAttribute", (void *, int, cu_pointer))   \
  X(poolCreate, "cuMemPoolCreate", (cu_pool *, const cu_pool_properties *))    \
  X(poolDestroy, "cuMemPoolDestroy", (cu_pool))                                \
  X(poolSetAttribute, "cuMemPoolSetAttribute", (cu_pool, int, void *))         \
  X(poolAllocate, "cuMemAllocFromPoolAsync",                                   \
    (cu_pointer *, size_t, cu_pool, cu_stream))                                \
  X(poolRelease, "cuMemFreeAsync", (cu_pointer, cu_stream))                    \
  X(streamCreate, "cuStreamCreate", (cu_stream *, unsigned))                   \
  X(streamDestroy, "cuStreamDestroy_v2", (cu_stream))                          \
  X(streamSynchronize, "cuStreamSynchronize", (cu_stream))                     \
  X(streamIsCapturing, "cuStreamIsCapturing", (cu_stream, int *))              \
  X(eventCreate, "cuEventCreate", (cu_event *, unsigned))                      \
  X(eventDestroy, "cuEventDestroy_v2", (cu_event))                             \
  X(eventRecord, "cuEventRecord", (cu_event, cu_stream))                       \
  X(eventSynchronize, "cuEventSynchronize", (cu_event))                        \
  X(eventElapsedTime, "cuEventElapsedTime", (float *, cu_event, cu_event))

/// Functions that may be missing: of later drivers, and of the emulator.
#define CONVRT_DRIVER_OPTIONAL_FUNCTIONS(X)                                    \
  X(functionGetParameter, "cuFuncGetParamInfo",                                \
    (cu_function, size_t, size_t *, size_t *))

typedef struct convrt_driver {
  void *library;
#define MEMBER(member, name, parameters) cu_result(*member) parameters;
  CONVRT_DRIVER_FUNCTIONS(MEMBER)
  CONVRT_DRIVER_OPTIONAL_FUNCTIONS(MEMBER)
#undef MEMBER
  /// The emulator's text of the last error; NULL for a GPU's driver.
  const char *(*emulatorError)(void);
  int version; ///< of CUDA: 1000 * major + 10 * minor
} convrt_driver;

/// Open a driver, initialise it and check its version. `library` NULL means
/// the usual one: the emulator's, or a GPU's.
convrt_status convrt_driver_open(bool emulator, const char *library,
                                 convrt_driver *driver);
void convrt_driver_close(convrt_driver *driver);

/// Report that a call of the driver failed, with its name and text for
/// `result`. `what` begins the message.
convrt_status convrt_driver_fail(const convrt_driver *driver,
                                 convrt_status status, cu_result result,
                                 const char *what);

/// The same for a call that fails for a reason that it cannot know: the status
/// depends on `result`.
convrt_status convrt_driver_fail_call(const convrt_driver *driver,
                                      cu_result result, const char *what);

#endif // CONVRT_SRC_CUDA_DRIVER_H
