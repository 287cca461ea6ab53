//===- Integer.cpp - Integer arithmetic from its published formulas -------===//

#include "conv/Reference/Integer.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace conv::reference;

int32_t conv::reference::quantize(float x, float scale, int32_t zeroPoint,
                                  int32_t low, int32_t high) {
  float ratio = x / scale;
  if (std::isnan(ratio))
    return std::clamp(zeroPoint, low, high);
  // Limits that no zero point of eight bits brings back into range.
  double rounded = std::nearbyint(std::clamp<double>(ratio, -1e6, 1e6));
  return int32_t(
      std::clamp<double>(rounded + zeroPoint, double(low), double(high)));
}

int32_t conv::reference::saturatingRoundingDoublingHighMul(int32_t a,
                                                           int32_t b) {
  if (a == b && a == std::numeric_limits<int32_t>::min())
    return std::numeric_limits<int32_t>::max();
  int64_t product = int64_t(a) * int64_t(b);
  int64_t nudge = product >= 0 ? int64_t(1) << 30 : 1 - (int64_t(1) << 30);
  return int32_t((product + nudge) / (int64_t(1) << 31));
}

int32_t conv::reference::roundingDivideByPowerOfTwo(int32_t x, int exponent) {
  int32_t mask = int32_t((int64_t(1) << exponent) - 1);
  int32_t remainder = x & mask;
  int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

FixedPoint conv::reference::toFixedPoint(double factor) {
  int exponent;
  double fraction = std::frexp(factor, &exponent); // [1/2, 1) * 2^exponent
  int64_t multiplier = std::llround(std::ldexp(fraction, 31));
  if (multiplier == int64_t(1) << 31) {
    multiplier /= 2;
    ++exponent;
  }
  return {int32_t(multiplier), -exponent};
}

int32_t conv::reference::requantize(int32_t sum, FixedPoint factor,
                                    int32_t zeroPoint, int32_t low,
                                    int32_t high) {
  int64_t scaled = roundingDivideByPowerOfTwo(
      saturatingRoundingDoublingHighMul(sum, factor.multiplier), factor.shift);
  return int32_t(
      std::clamp<int64_t>(scaled + zeroPoint, int64_t(low), int64_t(high)));
}

std::vector<int64_t> conv::reference::integerProduct(
    const std::vector<int8_t> &x, const std::vector<int8_t> &w, int64_t rows,
    int64_t outputs, int64_t inputs, int32_t zx, int32_t zw) {
  std::vector<int64_t> y(rows * outputs);
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t k = 0; k < inputs; ++k)
        y[m * outputs + n] += (int64_t(x[m * inputs + k]) - zx) *
                              (int64_t(w[n * inputs + k]) - zw);
  return y;
}

/// Where the two bits of a weight are: a byte and a shift.
static std::pair<int64_t, int> placeOf(int64_t output, int64_t input,
                                       int64_t inputs) {
  int64_t chunks = (inputs + 63) / 64 * 4;
  int64_t block = output / 16 * chunks + input / 16;
  int64_t byte = block * 64 + output % 16 * 4 + input % 4;
  return {byte, int(input % 16 / 4 * 2)};
}

std::vector<uint8_t>
conv::reference::packTernary(const std::vector<int8_t> &weights,
                             int64_t outputs, int64_t inputs) {
  // Code 1, a weight of zero, in every field.
  std::vector<uint8_t> packed((outputs + 15) / 16 * ((inputs + 63) / 64) * 256,
                              0x55);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k) {
      auto [byte, shift] = placeOf(n, k, inputs);
      int code = std::clamp<int>(weights[n * inputs + k], -1, 1) + 1;
      packed[byte] = uint8_t((packed[byte] & ~(3 << shift)) | code << shift);
    }
  return packed;
}

std::vector<int8_t>
conv::reference::unpackTernary(const std::vector<uint8_t> &packed,
                               int64_t outputs, int64_t inputs) {
  std::vector<int8_t> weights(outputs * inputs);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k) {
      auto [byte, shift] = placeOf(n, k, inputs);
      weights[n * inputs + k] = int8_t((packed[byte] >> shift & 3) - 1);
    }
  return weights;
}
