//===- fake_driver.c - A CUDA driver that only answers --------------------===//
//
// For what the emulator never does: be old, find no GPU, refuse an image. The
// environment says how it answers; FAKE_CUDA_CALLS counts what matters.
//
//===----------------------------------------------------------------------===//

#include "cuda_abi.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static int setting(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}

static int marker; // handles point here

/// What the last module was made from: 1 cubin, 2 PTX.
EXPORT int fakeLoaded;
EXPORT int fakeLaunches;
EXPORT int fakeReleased;
EXPORT int fakeRetained;
EXPORT cu_launch_config fakeConfig;
EXPORT uint32_t fakeCluster[3];

EXPORT cu_result cuInit(unsigned flags) {
  return setting("FAKE_CUDA_INIT", flags);
}
EXPORT cu_result cuDriverGetVersion(int *version) {
  *version = setting("FAKE_CUDA_VERSION", 12040);
  return CU_OK;
}
EXPORT cu_result cuGetErrorName(cu_result error, const char **text) {
  *text = error == CU_NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : NULL;
  return CU_OK;
}
EXPORT cu_result cuGetErrorString(cu_result error, const char **text) {
  *text = error == CU_NO_DEVICE ? "no device" : NULL;
  return CU_OK;
}
EXPORT cu_result cuDeviceGetCount(int *count) {
  *count = setting("FAKE_CUDA_DEVICES", 1);
  return CU_OK;
}
EXPORT cu_result cuDeviceGet(cu_device *device, int ordinal) {
  *device = ordinal;
  return CU_OK;
}
EXPORT cu_result cuDeviceGetName(char *name, int size, cu_device device) {
  strncpy(name, "Fake GPU", (size_t)size);
  return device;
}
EXPORT cu_result cuDeviceGetAttribute(int *value, int attribute,
                                      cu_device device) {
  switch (attribute) {
  case CU_DEVICE_CAPABILITY_MAJOR:
    *value = setting("FAKE_CUDA_CAPABILITY", 90) / 10;
    return device;
  case CU_DEVICE_CAPABILITY_MINOR:
    *value = setting("FAKE_CUDA_CAPABILITY", 90) % 10;
    return device;
  case CU_DEVICE_MEMORY_POOLS:
    *value = setting("FAKE_CUDA_POOLS", 1);
    return device;
  case CU_DEVICE_SHARED_PER_BLOCK_OPTIN:
    *value = 232448;
    return device;
  default:
    *value = 1;
    return device;
  }
}
EXPORT cu_result cuDevicePrimaryCtxRetain(cu_context *context,
                                          cu_device device) {
  *context = &marker;
  ++fakeRetained;
  return device;
}
EXPORT cu_result cuDevicePrimaryCtxRelease_v2(cu_device device) {
  ++fakeReleased;
  return device;
}
EXPORT cu_result cuCtxGetCurrent(cu_context *context) {
  *context = NULL;
  return CU_OK;
}
EXPORT cu_result cuCtxGetDevice(cu_device *device) {
  *device = 0;
  return CU_OK;
}
EXPORT cu_result cuCtxPushCurrent_v2(cu_context context) {
  return context == &marker ? CU_OK : 201;
}
EXPORT cu_result cuCtxPopCurrent_v2(cu_context *context) {
  *context = &marker;
  return CU_OK;
}
EXPORT cu_result cuModuleLoadDataEx(cu_module *module, const void *image,
                                    unsigned count, int *options,
                                    void **values) {
  int isCubin = memcmp(image,
                       "\x7f"
                       "ELF",
                       4) == 0;
  int result = isCubin ? setting("FAKE_CUDA_LOAD_CUBIN", CU_OK)
                       : setting("FAKE_CUDA_LOAD_PTX", CU_OK);
  for (unsigned i = 0; result && i < count; ++i)
    if (options[i] == CU_JIT_LOG_BUFFER)
      strcpy(values[i], "line 7: odd");
  *module = &marker;
  if (!result)
    fakeLoaded = isCubin ? 1 : 2;
  return result;
}
EXPORT cu_result cuModuleUnload(cu_module module) {
  return module == &marker ? CU_OK : 400;
}
EXPORT cu_result cuModuleGetFunction(cu_function *function, cu_module module,
                                     const char *name) {
  *function = module;
  return *name ? CU_OK : 500;
}
EXPORT cu_result cuFuncGetAttribute(int *value, int attribute,
                                    cu_function function) {
  *value = attribute == CU_FUNCTION_MAX_THREADS ? 1024 : 0;
  return function == &marker ? CU_OK : 400;
}
EXPORT cu_result cuFuncSetAttribute(cu_function function, int attribute,
                                    int value) {
  return function == &marker && value >= 0 && attribute >= 0 ? CU_OK : 400;
}
#ifndef FAKE_OLD
EXPORT cu_result cuLaunchKernelEx(const cu_launch_config *config,
                                  cu_function function, void **parameters,
                                  void **extra) {
  ++fakeLaunches;
  fakeConfig = *config;
  if (config->attributeCount)
    memcpy(fakeCluster, config->attributes[0].value.cluster,
           sizeof fakeCluster);
  if (function != &marker || extra || !parameters)
    return 400;
  return setting("FAKE_CUDA_LAUNCH", CU_OK);
}
#endif
EXPORT cu_result cuMemAlloc_v2(cu_pointer *address, size_t bytes) {
  *address =
      (cu_pointer)(uintptr_t)aligned_alloc(256, (bytes + 255) / 256 * 256);
  return CU_OK;
}
EXPORT cu_result cuMemFree_v2(cu_pointer address) {
  free((void *)(uintptr_t)address);
  return CU_OK;
}
EXPORT cu_result cuMemcpyHtoD_v2(cu_pointer to, const void *from, size_t n) {
  memcpy((void *)(uintptr_t)to, from, n);
  return CU_OK;
}
EXPORT cu_result cuMemcpyDtoH_v2(void *to, cu_pointer from, size_t n) {
  memcpy(to, (const void *)(uintptr_t)from, n);
  return CU_OK;
}
EXPORT cu_result cuPointerGetAttribute(void *data, int attribute,
                                       cu_pointer address) {
  (void)address;
  int isManaged = setting("FAKE_CUDA_MANAGED", 0);
  int value = attribute == CU_POINTER_MEMORY_TYPE  ? (isManaged ? 1 : 2)
              : attribute == CU_POINTER_IS_MANAGED ? isManaged
                                                   : 0;
  memcpy(data, &value, sizeof value);
  return CU_OK;
}
EXPORT cu_result cuMemPoolCreate(cu_pool *pool,
                                 const cu_pool_properties *properties) {
  *pool = &marker;
  return properties->allocationType == CU_POOL_PINNED ? CU_OK : 1;
}
EXPORT cu_result cuMemPoolDestroy(cu_pool pool) { return pool ? CU_OK : 1; }
EXPORT cu_result cuMemPoolSetAttribute(cu_pool pool, int attribute,
                                       void *value) {
  return pool && attribute == CU_POOL_RELEASE_THRESHOLD && value ? CU_OK : 1;
}
EXPORT cu_result cuMemAllocFromPoolAsync(cu_pointer *address, size_t bytes,
                                         cu_pool pool, cu_stream stream) {
  (void)pool;
  (void)stream;
  int result = setting("FAKE_CUDA_ALLOCATE", CU_OK);
  return result ? result : cuMemAlloc_v2(address, bytes);
}
EXPORT cu_result cuMemFreeAsync(cu_pointer address, cu_stream stream) {
  (void)stream;
  return cuMemFree_v2(address);
}
EXPORT cu_result cuStreamCreate(cu_stream *stream, unsigned flags) {
  *stream = &marker;
  return flags == CU_STREAM_DOES_NOT_BLOCK ? CU_OK : 1;
}
EXPORT cu_result cuStreamDestroy_v2(cu_stream stream) {
  return stream ? CU_OK : 400;
}
EXPORT cu_result cuStreamSynchronize(cu_stream stream) {
  (void)stream;
  return setting("FAKE_CUDA_SYNCHRONIZE", CU_OK);
}
EXPORT cu_result cuStreamIsCapturing(cu_stream stream, int *status) {
  (void)stream;
  *status = CU_CAPTURE_NONE;
  return CU_OK;
}
EXPORT cu_result cuEventCreate(cu_event *event, unsigned flags) {
  *event = &marker;
  return (cu_result)flags;
}
EXPORT cu_result cuEventDestroy_v2(cu_event event) {
  return event ? CU_OK : 400;
}
EXPORT cu_result cuEventRecord(cu_event event, cu_stream stream) {
  (void)stream;
  return event ? CU_OK : 400;
}
EXPORT cu_result cuEventSynchronize(cu_event event) {
  return event ? CU_OK : 400;
}
EXPORT cu_result cuEventElapsedTime(float *milliseconds, cu_event start,
                                    cu_event end) {
  *milliseconds = 2.5f;
  return start && end ? CU_OK : 400;
}
