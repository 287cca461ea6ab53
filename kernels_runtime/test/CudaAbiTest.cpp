//===- CudaAbiTest.cpp - Our numbers and layouts are CUDA's ---------------===//
//
// Compiled only where CUDA's own header is; there is nothing to run.
//
//===----------------------------------------------------------------------===//

#include <cstddef>
#include <cstdint>
#include <cuda.h>

namespace own {
extern "C" {
#include "cuda_abi.h"
}
} // namespace own

#define SAME(mine, cudas)                                                      \
  static_assert(int(own::mine) == int(::cudas), #mine " is not " #cudas)
#define SAME_PLACE(mine, member, cudas, cudasMember)                           \
  static_assert(offsetof(own::mine, member) == offsetof(::cudas, cudasMember), \
                #mine "." #member " is not where CUDA has it")

SAME(CU_OUT_OF_MEMORY, CUDA_ERROR_OUT_OF_MEMORY);
SAME(CU_STUB_LIBRARY, CUDA_ERROR_STUB_LIBRARY);
SAME(CU_NO_DEVICE, CUDA_ERROR_NO_DEVICE);
SAME(CU_UNSUPPORTED_PTX_VERSION, CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
SAME(CU_ILLEGAL_ADDRESS, CUDA_ERROR_ILLEGAL_ADDRESS);
SAME(CU_LAUNCH_FAILED, CUDA_ERROR_LAUNCH_FAILED);
SAME(CU_SYSTEM_DRIVER_MISMATCH, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
SAME(CU_COMPAT_NOT_SUPPORTED, CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE);
SAME(CU_DEVICE_MULTIPROCESSORS, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SAME(CU_DEVICE_CAPABILITY_MAJOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(CU_DEVICE_CAPABILITY_MINOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(CU_DEVICE_SHARED_PER_BLOCK_OPTIN,
     CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
SAME(CU_DEVICE_MEMORY_POOLS, CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED);
SAME(CU_DEVICE_CLUSTER_LAUNCH, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH);
SAME(CU_FUNCTION_MAX_THREADS, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SAME(CU_FUNCTION_SHARED_BYTES, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
SAME(CU_FUNCTION_MAX_DYNAMIC_SHARED,
     CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME(CU_FUNCTION_NON_PORTABLE_CLUSTER,
     CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
SAME(CU_POINTER_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_MEMORY_TYPE);
SAME(CU_POINTER_IS_MANAGED, CU_POINTER_ATTRIBUTE_IS_MANAGED);
SAME(CU_POINTER_ORDINAL, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL);
SAME(CU_MEMORY_IS_DEVICE, CU_MEMORYTYPE_DEVICE);
SAME(CU_JIT_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER);
SAME(CU_JIT_LOG_BUFFER_SIZE, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
static_assert(int(own::CU_STREAM_DOES_NOT_BLOCK) ==
              int(CU_STREAM_NON_BLOCKING));
SAME(CU_CAPTURE_NONE, CU_STREAM_CAPTURE_STATUS_NONE);
SAME(CU_POOL_PINNED, CU_MEM_ALLOCATION_TYPE_PINNED);
SAME(CU_LOCATION_DEVICE, CU_MEM_LOCATION_TYPE_DEVICE);
SAME(CU_POOL_RELEASE_THRESHOLD, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD);
SAME(CU_LAUNCH_CLUSTER, CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);

static_assert(sizeof(own::cu_launch_config) == sizeof(CUlaunchConfig));
SAME_PLACE(cu_launch_config, block, CUlaunchConfig, blockDimX);
SAME_PLACE(cu_launch_config, shared, CUlaunchConfig, sharedMemBytes);
SAME_PLACE(cu_launch_config, stream, CUlaunchConfig, hStream);
SAME_PLACE(cu_launch_config, attributes, CUlaunchConfig, attrs);
SAME_PLACE(cu_launch_config, attributeCount, CUlaunchConfig, numAttrs);
static_assert(sizeof(own::cu_launch_attribute) == sizeof(CUlaunchAttribute));
SAME_PLACE(cu_launch_attribute, value, CUlaunchAttribute, value);
static_assert(sizeof(own::cu_pool_properties) == sizeof(CUmemPoolProps));
SAME_PLACE(cu_pool_properties, locationType, CUmemPoolProps, location);
SAME_PLACE(cu_pool_properties, security, CUmemPoolProps,
           win32SecurityAttributes);
SAME_PLACE(cu_pool_properties, maxSize, CUmemPoolProps, maxSize);
