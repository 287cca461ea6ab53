//===- dlpack_abi.h - The DLPack structures, where no dlpack.h is -*- C -*-===//
//
// DLPack's structures as far as the runtime reads them, binary compatible with
// DLPack 0.5 and later. If <dlpack/dlpack.h> can be found, or was included
// before, that header provides them instead, so both can be used together.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_DLPACK_ABI_H
#define CONVRT_DLPACK_ABI_H

#include <stdint.h>

#if !defined(DLPACK_DLPACK_H_) && !defined(CONVRT_OWN_DLPACK) &&               \
    defined(__has_include)
#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#endif
#endif

#ifndef DLPACK_DLPACK_H_

#ifdef __cplusplus
extern "C" {
#endif

/// Where a tensor lives; the values that the runtime accepts.
typedef enum {
  kDLCPU = 1,          ///< ordinary memory
  kDLCUDA = 2,         ///< of a GPU; refused by kernels on the CPU
  kDLCUDAHost = 3,     ///< pinned memory, used like ordinary memory
  kDLCUDAManaged = 13, ///< managed memory, used like that of a GPU
} DLDeviceType;

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

typedef enum {
  kDLInt = 0U,
  kDLUInt = 1U,
  kDLFloat = 2U,
  kDLBfloat = 4U,
  kDLComplex = 5U,
  kDLFloat8E4M3FN = 10U, ///< since DLPack 1.1, as the next
  kDLFloat8E5M2 = 12U,
} DLDataTypeCode;

/// An element: `bits` wide, `lanes` of them (1 for every type used here).
typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

/// A tensor that somebody else owns. Strides count elements; NULL means dense
/// row-major. The first element is at `data + byte_offset`.
typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

/// A tensor together with how to give it back.
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

#ifdef __cplusplus
}
#endif

#endif // DLPACK_DLPACK_H_
#endif // CONVRT_DLPACK_ABI_H
