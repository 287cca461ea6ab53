//===- arguments.h - Do the tensors of a call fit the kernel? --*- C -*-===//

#ifndef CONVRT_SRC_ARGUMENTS_H
#define CONVRT_SRC_ARGUMENTS_H

#include "limits.h"
#include "metadata.h"

/// Values of the dynamic dimensions as far as known; -1 for the others.
typedef struct convrt_binding {
  int64_t values[CONVRT_MAX_DIMS];
  const char *source[CONVRT_MAX_DIMS]; ///< the argument that gave it
} convrt_binding;

/// The bytes that a tensor occupies.
typedef struct convrt_span {
  uintptr_t begin;
  uintptr_t bytes;
} convrt_span;

/// Where the tensors of a call must be.
typedef struct convrt_place {
  bool isGpu;                 ///< else in CPU memory, ordinary or pinned
  int32_t ordinal;            ///< of the GPU
  const uint32_t *alignments; ///< bytes for each argument beyond what its type
                              ///< needs; NULL for none
} convrt_place;

/// Check that there are as many tensors as arguments and none is NULL.
convrt_status convrt_arguments_count(const convrt_kernel *kernel,
                                     const DLTensor *const *tensors,
                                     size_t count);

/// Check the shapes of all arguments and bind the dynamic dimensions.
convrt_status convrt_arguments_bind(const convrt_kernel *kernel,
                                    const DLTensor *const *tensors,
                                    convrt_binding *dims);

/// Check all tensors completely: device, type, shape, layout, overlap. Fills in
/// the dimensions and where each tensor is.
convrt_status convrt_arguments_check(const convrt_kernel *kernel,
                                     const DLTensor *const *tensors,
                                     const convrt_place *place,
                                     convrt_binding *dims, convrt_span *spans);

/// Whether no output has elements, so that nothing is to be done.
bool convrt_arguments_nothing(const convrt_kernel *kernel,
                              const convrt_span *spans);

#endif // CONVRT_SRC_ARGUMENTS_H
