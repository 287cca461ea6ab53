//===- cuda_abi.h - The CUDA driver API as far as it is used ---*- C -*-===//
//
// Types, numbers and layouts of the CUDA driver API, written down here so that
// no CUDA is needed to build. Where cuda.h is found a test compares them.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_CUDA_ABI_H
#define CONVRT_SRC_CUDA_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef int cu_result;
typedef int cu_device;
typedef uint64_t cu_pointer;
typedef void *cu_context;
typedef void *cu_module;
typedef void *cu_function;
typedef void *cu_stream;
typedef void *cu_event;
typedef void *cu_pool;

enum {
  CU_OK = 0,
  CU_OUT_OF_MEMORY = 2,
  CU_STUB_LIBRARY = 34,
  CU_NO_DEVICE = 100,
  CU_UNSUPPORTED_PTX_VERSION = 222,
  CU_ILLEGAL_ADDRESS = 700,
  CU_LAUNCH_FAILED = 719,
  CU_SYSTEM_DRIVER_MISMATCH = 803,
  CU_COMPAT_NOT_SUPPORTED = 804,
};

enum {
  CU_DEVICE_MULTIPROCESSORS = 16,
  CU_DEVICE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_CAPABILITY_MINOR = 76,
  CU_DEVICE_SHARED_PER_BLOCK_OPTIN = 97,
  CU_DEVICE_MEMORY_POOLS = 115,
  CU_DEVICE_CLUSTER_LAUNCH = 120,
};

enum {
  CU_FUNCTION_MAX_THREADS = 0,
  CU_FUNCTION_SHARED_BYTES = 1,
  CU_FUNCTION_MAX_DYNAMIC_SHARED = 8,
  CU_FUNCTION_NON_PORTABLE_CLUSTER = 14,
};

enum {
  CU_POINTER_MEMORY_TYPE = 2,
  CU_POINTER_IS_MANAGED = 8,
  CU_POINTER_ORDINAL = 9,
  CU_MEMORY_IS_DEVICE = 2,
};

enum {
  CU_JIT_LOG_BUFFER = 5,
  CU_JIT_LOG_BUFFER_SIZE = 6,
  CU_STREAM_DOES_NOT_BLOCK = 1,
  CU_CAPTURE_NONE = 0,
  CU_POOL_PINNED = 1,
  CU_LOCATION_DEVICE = 1,
  CU_POOL_RELEASE_THRESHOLD = 4,
  CU_LAUNCH_CLUSTER = 4,
};

typedef struct cu_launch_attribute {
  int id;
  char pad[4];
  union {
    char bytes[64];
    uint32_t cluster[3];
  } value;
} cu_launch_attribute;

typedef struct cu_launch_config {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t shared;
  cu_stream stream;
  cu_launch_attribute *attributes;
  uint32_t attributeCount;
} cu_launch_config;

typedef struct cu_pool_properties {
  int allocationType;
  int handleTypes;
  int locationType;
  int locationId;
  void *security;
  size_t maxSize;
  unsigned short usage;
  unsigned char reserved[54];
} cu_pool_properties;

#endif // CONVRT_SRC_CUDA_ABI_H
