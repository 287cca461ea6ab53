//===- sha256.h - SHA-256 as of FIPS 180-4 ---------------------*- C -*-===//

#ifndef CONVRT_SRC_SHA256_H
#define CONVRT_SRC_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { CONVRT_SHA256_BYTES = 32, CONVRT_SHA256_HEX = 64 };

typedef struct convrt_sha256 {
  uint32_t state[8];
  uint64_t length; ///< bytes so far
  uint8_t block[64];
} convrt_sha256;

void convrt_sha256_begin(convrt_sha256 *hash);
void convrt_sha256_add(convrt_sha256 *hash, const void *bytes, size_t size);

/// Write the digest in lower-case hexadecimal, without a NUL.
void convrt_sha256_end(convrt_sha256 *hash, char hex[CONVRT_SHA256_HEX]);

#endif // CONVRT_SRC_SHA256_H
