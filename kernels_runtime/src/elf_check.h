//===- elf_check.h - Is this a shared object for this machine? -*- C -*-===//

#ifndef CONVRT_SRC_ELF_CHECK_H
#define CONVRT_SRC_ELF_CHECK_H

#include <stddef.h>
#include <stdint.h>

/// NULL if the bytes are a 64-bit little-endian ELF shared object for this
/// machine whose segments lie within it; else what is wrong. The dynamic loader
/// trusts its input, so this is asked before it.
const char *convrt_elf_check(const uint8_t *bytes, size_t size);

/// NULL if the bytes are a cubin whose segments lie within it; else what is
/// wrong. The driver is given no size, so this is asked before it.
const char *convrt_cubin_check(const uint8_t *bytes, size_t size);

#endif // CONVRT_SRC_ELF_CHECK_H
