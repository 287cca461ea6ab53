//===- Tensor.h - Tensor maps and their copies ----------------------------===//
#ifndef PTXEMU_EXEC_TENSOR_H
#define PTXEMU_EXEC_TENSOR_H

#include "ptxemu/Emulator.h"

namespace ptxemu {

/// What the 128 opaque bytes of a TensorMap hold.
struct TensorMapBits {
  uint64_t magic;
  uint64_t address;
  uint64_t extent[5];
  uint32_t strideUnits[5]; ///< bytes / 16
  uint16_t box[5];
  uint8_t elementStride[5];
  uint8_t type, rank, swizzle, fillNan;
};
constexpr uint64_t tensorMapMagic = 0x70616d5450747831ull;
static_assert(sizeof(TensorMapBits) <= 128, "tensor map is too large");

unsigned tensorTypeBytes(TensorType type);
/// Position in the swizzled box of the byte that belongs at `offset`; offsets
/// are shared addresses, since the pattern repeats with the address bits.
uint32_t swizzleOffset(uint32_t offset, unsigned mode);

} // namespace ptxemu

#endif
