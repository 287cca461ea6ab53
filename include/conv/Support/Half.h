//===- Half.h - f16 and bf16 as bits ----------------------------*- C++ -*-===//
//
// Conversions for data that tools read and write, without the compiler's
// run-time library. Rounding is to nearest even.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_HALF_H
#define CONV_SUPPORT_HALF_H

#include <cstdint>
#include <cstring>

namespace conv {

inline float bitsToFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t floatToBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float bf16ToFloat(uint16_t bits) {
  return bitsToFloat(static_cast<uint32_t>(bits) << 16);
}

inline uint16_t floatToBF16(float value) {
  uint32_t bits = floatToBits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) // NaN: keep it one
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float f16ToFloat(uint16_t bits) {
  uint32_t magnitude = static_cast<uint32_t>(bits & 0x7fff) << 13;
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  if (magnitude >= 0x7c00u << 13) // infinity and NaN
    return bitsToFloat(sign | 0x7f800000 | magnitude);
  // Moving the exponent by a multiplication also normalizes subnormals.
  float scaled = bitsToFloat(magnitude) * bitsToFloat((127u + 112) << 23);
  return bitsToFloat(sign | floatToBits(scaled));
}

inline uint16_t floatToF16(float value) {
  uint32_t bits = floatToBits(value);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return static_cast<uint16_t>(sign | 0x7e00);
  if (magnitude >= (127u + 16) << 23)
    return static_cast<uint16_t>(sign | 0x7c00);
  if (magnitude < 113u << 23) {
    // Subnormal: adding a number whose ulp is f16's smallest value rounds.
    uint32_t magic = (127u - 15 + 23 - 10 + 1) << 23;
    float sum = bitsToFloat(magnitude) + bitsToFloat(magic);
    return static_cast<uint16_t>(sign | (floatToBits(sum) - magic));
  }
  magnitude += (magnitude >> 13 & 1) + 0xfff - (112u << 23);
  return static_cast<uint16_t>(sign | magnitude >> 13);
}

} // namespace conv

#endif // CONV_SUPPORT_HALF_H
