//===- SmallFloat.h - Exact conversions among all number formats ----------===//
#ifndef PTXEMU_EXEC_SMALLFLOAT_H
#define PTXEMU_EXEC_SMALLFLOAT_H

#include <cstdint>
#include <string>

namespace ptxemu {

enum class Format : uint8_t {
  None,
  U8,
  S8,
  U16,
  S16,
  U32,
  S32,
  U64,
  S64,
  F16,
  BF16,
  TF32,
  F32,
  F64,
  E4M3,
  E5M2
};
enum class Rounding : uint8_t { Nearest, NearestAway, Zero, Down, Up };
enum : uint32_t {
  convertRelu = 1,
  convertSatFinite = 2,
  convertFlush = 4,
  convertSaturate = 8,
  convertIntegral = 16
};

Format formatOf(const std::string &type);
bool isFloatFormat(Format f);
unsigned formatBits(Format f);

/// A number exactly: (-1)^negative * mantissa * 2^exponent.
struct Unpacked {
  enum Kind : uint8_t { Finite, Infinite, NotANumber } kind = Finite;
  bool negative = false;
  uint64_t mantissa = 0;
  int exponent = 0;
};

Unpacked unpack(Format f, uint64_t bits);
/// Round to the nearest value of the format (in the given mode); `flags` are
/// the convert* ones.
uint64_t pack(Format f, Unpacked v, Rounding mode, uint32_t flags);
/// One conversion as cvt does it.
uint64_t convert(Format to, Format from, uint64_t bits, Rounding mode,
                 uint32_t flags);

} // namespace ptxemu

#endif
