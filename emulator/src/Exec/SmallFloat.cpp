//===- SmallFloat.cpp -----------------------------------------------------===//
#include "Exec/SmallFloat.h"

namespace ptxemu {
namespace {

struct Layout {
  int mantissaBits; ///< stored ones
  int exponentBits;
  int bias;
  bool hasInfinity;
};

Layout layoutOf(Format f) {
  switch (f) {
  case Format::F16:
    return {10, 5, 15, true};
  case Format::BF16:
    return {7, 8, 127, true};
  case Format::TF32:
    return {10, 8, 127, true};
  case Format::F32:
    return {23, 8, 127, true};
  case Format::F64:
    return {52, 11, 1023, true};
  case Format::E4M3: // all ones is the only NaN, and there is no infinity
    return {3, 4, 7, false};
  default:
    return {2, 5, 15, true}; // E5M2
  }
}

uint64_t ones(int bits) {
  return bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
}

/// mantissa * 2^-shift to an integer; shift may be negative (then exact).
uint64_t shiftRound(uint64_t mantissa, int shift, Rounding mode,
                    bool negative) {
  if (shift <= 0)
    return mantissa << -shift;
  uint64_t whole = shift >= 64 ? 0 : mantissa >> shift;
  uint64_t rest = shift >= 64 ? mantissa : mantissa & ones(shift);
  if (!rest)
    return whole;
  // Compare the rest with a half; beyond 64 bits it is always below.
  int versusHalf = -1;
  if (shift <= 64) {
    uint64_t half = uint64_t(1) << (shift - 1);
    versusHalf = rest < half ? -1 : rest == half ? 0 : 1;
  }
  bool up = false;
  switch (mode) {
  case Rounding::Nearest:
    up = versusHalf > 0 || (versusHalf == 0 && (whole & 1));
    break;
  case Rounding::NearestAway:
    up = versusHalf >= 0;
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    up = negative;
    break;
  case Rounding::Up:
    up = !negative;
    break;
  }
  return whole + up;
}

int bitLength(uint64_t v) { return v ? 64 - __builtin_clzll(v) : 0; }

bool isSigned(Format f) {
  return f == Format::S8 || f == Format::S16 || f == Format::S32 ||
         f == Format::S64;
}

uint64_t packInteger(Format f, const Unpacked &v, Rounding mode) {
  unsigned bits = formatBits(f);
  uint64_t most = isSigned(f) ? ones(int(bits) - 1) : ones(int(bits));
  uint64_t least = isSigned(f) ? uint64_t(1) << (bits - 1) : 0;
  if (v.kind == Unpacked::NotANumber)
    return bits == 64 ? uint64_t(1) << 63 : 0;
  bool huge = v.kind == Unpacked::Infinite ||
              (v.mantissa && bitLength(v.mantissa) + v.exponent > 64);
  uint64_t magnitude =
      huge ? ~uint64_t(0)
           : shiftRound(v.mantissa, -v.exponent, mode, v.negative);
  if (v.negative)
    return (magnitude > least ? 0 - least : 0 - magnitude) & ones(int(bits));
  return magnitude > most ? most : magnitude;
}

uint64_t packFloat(Format f, Unpacked v, Rounding mode, uint32_t flags) {
  Layout l = layoutOf(f);
  // tf32 values sit in the upper bits of an f32 register.
  int pad = f == Format::TF32 ? 13 : 0;
  uint64_t maxExponent = ones(l.exponentBits);
  uint64_t sign = uint64_t(v.negative) << (l.mantissaBits + l.exponentBits);
  uint64_t infinity = l.hasInfinity ? maxExponent << l.mantissaBits
                                    : ones(l.mantissaBits + l.exponentBits);
  uint64_t largest = infinity - 1;
  uint64_t nan = f == Format::F64 ? 0x7ff8000000000000ull
                                  : ones(l.mantissaBits + l.exponentBits);
  bool satFinite = flags & convertSatFinite;
  if (v.kind == Unpacked::NotANumber)
    return nan << pad | (pad ? ones(pad) : 0);
  if ((flags & convertRelu) && v.negative)
    return 0;
  if (v.kind == Unpacked::Infinite)
    return (sign | (satFinite ? largest : infinity)) << pad;
  if (v.mantissa == 0)
    return sign << pad;
  int top = bitLength(v.mantissa) + v.exponent - 1; // floor(log2)
  int least = 1 - l.bias;
  int unit = (top < least ? least : top) - l.mantissaBits;
  uint64_t scaled = shiftRound(v.mantissa, unit - v.exponent, mode, v.negative);
  // A carry out of the mantissa flows into the exponent field by itself.
  uint64_t bits = top < least ? scaled
                              : (uint64_t(top + l.bias) << l.mantissaBits) +
                                    (scaled - (uint64_t(1) << l.mantissaBits));
  if (bits > largest || top > 2 * l.bias) {
    bool toInfinity = mode == Rounding::Nearest ||
                      mode == Rounding::NearestAway ||
                      (mode == Rounding::Up && !v.negative) ||
                      (mode == Rounding::Down && v.negative);
    bits = satFinite || !toInfinity ? largest : infinity;
  }
  return (sign | bits) << pad;
}

} // namespace

Format formatOf(const std::string &t) {
  static const struct {
    const char *name;
    Format format;
  } names[] = {
      {"u8", Format::U8},     {"s8", Format::S8},     {"u16", Format::U16},
      {"s16", Format::S16},   {"u32", Format::U32},   {"s32", Format::S32},
      {"u64", Format::U64},   {"s64", Format::S64},   {"f16", Format::F16},
      {"bf16", Format::BF16}, {"tf32", Format::TF32}, {"f32", Format::F32},
      {"f64", Format::F64},   {"e4m3", Format::E4M3}, {"e5m2", Format::E5M2}};
  for (auto &n : names)
    if (t == n.name)
      return n.format;
  return Format::None;
}

bool isFloatFormat(Format f) { return f >= Format::F16; }

unsigned formatBits(Format f) {
  switch (f) {
  case Format::U8:
  case Format::S8:
  case Format::E4M3:
  case Format::E5M2:
    return 8;
  case Format::U16:
  case Format::S16:
  case Format::F16:
  case Format::BF16:
    return 16;
  case Format::U64:
  case Format::S64:
  case Format::F64:
    return 64;
  default:
    return 32;
  }
}

Unpacked unpack(Format f, uint64_t bits) {
  Unpacked v;
  unsigned width = formatBits(f);
  bits &= ones(int(width));
  if (!isFloatFormat(f)) {
    v.negative = isSigned(f) && bits >> (width - 1) & 1;
    v.mantissa = v.negative ? (0 - bits) & ones(int(width)) : bits;
    return v;
  }
  Layout l = layoutOf(f);
  if (f == Format::TF32)
    bits >>= 13;
  v.negative = bits >> (l.mantissaBits + l.exponentBits) & 1;
  uint64_t exponent = bits >> l.mantissaBits & ones(l.exponentBits);
  uint64_t mantissa = bits & ones(l.mantissaBits);
  if (exponent == ones(l.exponentBits) && l.hasInfinity) {
    v.kind = mantissa ? Unpacked::NotANumber : Unpacked::Infinite;
    return v;
  }
  if (!l.hasInfinity && exponent == ones(l.exponentBits) &&
      mantissa == ones(l.mantissaBits)) {
    v.kind = Unpacked::NotANumber;
    return v;
  }
  v.mantissa = exponent ? mantissa | uint64_t(1) << l.mantissaBits : mantissa;
  v.exponent = int(exponent ? exponent : 1) - l.bias - l.mantissaBits;
  return v;
}

uint64_t pack(Format f, Unpacked v, Rounding mode, uint32_t flags) {
  return isFloatFormat(f) ? packFloat(f, v, mode, flags)
                          : packInteger(f, v, mode);
}

uint64_t convert(Format to, Format from, uint64_t bits, Rounding mode,
                 uint32_t flags) {
  Unpacked v = unpack(from, bits);
  // .ftz concerns f32 on either side.
  bool flush = flags & convertFlush;
  if (flush && from == Format::F32 && (bits & 0x7f800000u) == 0)
    v.mantissa = 0;
  if ((flags & convertIntegral) && isFloatFormat(to) &&
      v.kind == Unpacked::Finite && v.exponent < 0) {
    v.mantissa = shiftRound(v.mantissa, -v.exponent, mode, v.negative);
    v.exponent = 0;
  }
  if ((flags & convertSaturate) && isFloatFormat(to)) { // clamp to [0, 1]
    if (v.kind == Unpacked::NotANumber || v.negative)
      v = Unpacked();
    if (v.kind == Unpacked::Infinite ||
        (v.mantissa && bitLength(v.mantissa) + v.exponent > 0)) {
      v = Unpacked();
      v.mantissa = 1;
    }
  }
  // Integer to integer wraps unless .sat asks for clamping.
  if (!isFloatFormat(to) && !isFloatFormat(from) &&
      !(flags & convertSaturate)) {
    uint64_t value = v.negative ? 0 - v.mantissa : v.mantissa;
    return value & ones(int(formatBits(to)));
  }
  uint64_t result = pack(to, v, mode, flags);
  if (flush && to == Format::F32 && (result & 0x7f800000u) == 0)
    result &= 0x80000000u;
  return result;
}

} // namespace ptxemu
