//===- Integer.h - Integer arithmetic from its published formulas *- C++
//-*-===//
//
// Quantisation, gemmlowp's fixed-point pair, products of integers and packed
// ternary weights, one number at a time and in 64-bit integers.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REFERENCE_INTEGER_H
#define CONV_REFERENCE_INTEGER_H

#include <cstdint>
#include <vector>

namespace conv::reference {

/// clamp(roundeven(x / scale) + zeroPoint, low, high), with the division in
/// f32. NaN becomes the zero point.
int32_t quantize(float x, float scale, int32_t zeroPoint, int32_t low = -128,
                 int32_t high = 127);

/// gemmlowp's SaturatingRoundingDoublingHighMul:
/// (a b + (a b >= 0 ? 2^30 : 1 - 2^30)) / 2^31, truncated; INT_MIN^2 saturates.
int32_t saturatingRoundingDoublingHighMul(int32_t a, int32_t b);

/// gemmlowp's RoundingDivideByPOT for 0 <= exponent <= 31:
/// (x >> e) + ((x & mask) > (mask >> 1) + (x < 0)).
int32_t roundingDivideByPowerOfTwo(int32_t x, int exponent);

/// A factor in (0, 1) as multiplier 2^(-31 - shift), multiplier in [2^30,
/// 2^31).
struct FixedPoint {
  int32_t multiplier;
  int shift;
};
FixedPoint toFixedPoint(double factor);

/// The pair, the zero point and the clamp.
int32_t requantize(int32_t sum, FixedPoint factor, int32_t zeroPoint,
                   int32_t low = -128, int32_t high = 127);

/// Sum over k of (x[m, k] - zx) (w[n, k] - zw), [M, N].
std::vector<int64_t> integerProduct(const std::vector<int8_t> &x,
                                    const std::vector<int8_t> &w, int64_t rows,
                                    int64_t outputs, int64_t inputs,
                                    int32_t zx = 0, int32_t zw = 0);

/// Weights [N, K] as lowbit.ternary_pack lays them out, and back.
std::vector<uint8_t> packTernary(const std::vector<int8_t> &weights,
                                 int64_t outputs, int64_t inputs);
std::vector<int8_t> unpackTernary(const std::vector<uint8_t> &packed,
                                  int64_t outputs, int64_t inputs);

} // namespace conv::reference

#endif // CONV_REFERENCE_INTEGER_H
