//===- container.h - The records of a package ------------------*- C -*-===//
//
// A package is a sequence of records in the layout of LLVM's OffloadBinary,
// version 1. This file reads the layout and verifies the checksum; what the
// texts mean is for metadata.h. docs/package-format.md describes every byte.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_CONTAINER_H
#define CONVRT_SRC_CONTAINER_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/// What an image is, in the numbers of the container.
typedef enum convrt_image_kind {
  CONVRT_IMAGE_OBJECT = 1, ///< an ELF shared object for a CPU
  CONVRT_IMAGE_CUBIN = 3,  ///< machine code of an NVIDIA GPU
  CONVRT_IMAGE_PTX = 5,    ///< text that the GPU's driver compiles
} convrt_image_kind;

/// One record; everything points into the package's bytes.
typedef struct convrt_record {
  size_t size; ///< of the whole record
  convrt_image_kind kind;
  const char *triple;   ///< target triple
  const char *isa;      ///< instruction-set level, or the GPU's architecture
  const char *metadata; ///< JSON
  size_t metadataSize;
  const uint8_t *image; ///< of the kind
  size_t imageSize;
} convrt_record;

/// Read and verify the record that starts at `bytes`, of which `size` are
/// left. `index` is for messages.
convrt_status convrt_record_read(const uint8_t *bytes, size_t size,
                                 size_t index, convrt_record *record);

#endif // CONVRT_SRC_CONTAINER_H
