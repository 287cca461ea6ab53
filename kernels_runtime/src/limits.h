//===- limits.h - What a package may hold ----------------------*- C -*-===//
//
// Bounds on what a package may ask of the runtime, so that a malformed one
// costs bounded time and memory. docs/package-format.md states them.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_LIMITS_H
#define CONVRT_SRC_LIMITS_H

enum {
  CONVRT_MAX_PACKAGE_BYTES = 1 << 30,
  CONVRT_MAX_METADATA_BYTES = 4 << 20,
  CONVRT_MAX_IMAGES = 64,
  CONVRT_MAX_STRINGS = 64,
  CONVRT_MAX_REQUIRES = 16,
  CONVRT_MAX_KERNELS = 4096,
  CONVRT_MAX_ARGUMENTS = 64,
  CONVRT_MAX_DIMS = 64,
  CONVRT_MAX_RANK = 8,
  CONVRT_MAX_NAME_BYTES = 255,
  // Programs of GPU images.
  CONVRT_MAX_LAUNCHES = 4096,
  CONVRT_MAX_PARAMETERS = 128,
  CONVRT_MAX_TERMS = 64,
  CONVRT_MAX_STACK = 16,
  CONVRT_MAX_SHARED_BYTES = 1 << 20,
  CONVRT_MAX_ALIGNMENT = 256,
  CONVRT_DEFAULT_ALIGNMENT = 16,
};

#endif // CONVRT_SRC_LIMITS_H
