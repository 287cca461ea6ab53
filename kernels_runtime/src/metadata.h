//===- metadata.h - What an image says about its kernels -------*- C -*-===//

#ifndef CONVRT_SRC_METADATA_H
#define CONVRT_SRC_METADATA_H

#include "arena.h"
#include "container.h"
#include "program.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct convrt_kernel {
  convrt_package *package;
  const char *symbol;            ///< of the entry in a CPU's image
  const convrt_program *program; ///< in a GPU's image
  convrt_kernel_info info;
  const convrt_argument *arguments;
  const char *const *dims;
  convrt_entry entry; ///< bound when a CPU's image is loaded
};

typedef struct convrt_image {
  convrt_record record;
  const char *const *
    requires; ///< CPU features beyond the level
  size_t requireCount;
  convrt_kernel *kernels;
  size_t kernelCount;
} convrt_image;

/// Read the metadata of `image->record` and check that it makes sense. Texts
/// and tables live in `arena`.
convrt_status convrt_metadata_read(convrt_arena *arena, size_t index,
                                   convrt_image *image);

/// Whether two images offer the same kernels with the same arguments, as all
/// images of a package must. `index` is that of `other`.
convrt_status convrt_metadata_compare(const convrt_image *image,
                                      const convrt_image *other, size_t index);

/// Bytes of an element, and of the part that it must be aligned to.
size_t convrt_dtype_bytes(DLDataType dtype);
size_t convrt_dtype_alignment(DLDataType dtype);

#endif // CONVRT_SRC_METADATA_H
