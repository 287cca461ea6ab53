//===- LMul.h - L-Mul from its definition -----------------------*- C++ -*-===//
//
// L-Mul (arXiv 2410.00907) by the formulas on real numbers, in float64, where
// every intermediate value is exact: nothing here adds bit patterns, which is
// what the compiled code does.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REFERENCE_LMUL_H
#define CONV_REFERENCE_LMUL_H

#include <cstdint>

namespace conv::reference {

/// A float format: sign, exponent of width - 1 - mantissa bits, mantissa.
struct FloatFormat {
  int width;
  int mantissa;
  /// Without infinity the largest exponent is that of numbers too, all but the
  /// mantissa of ones, which is NaN.
  bool hasInfinity;

  int bias() const { return (1 << (width - mantissa - 2)) - 1; }
};

constexpr FloatFormat f32Format{32, 23, true};
constexpr FloatFormat f16Format{16, 10, true};
constexpr FloatFormat bf16Format{16, 7, true};
constexpr FloatFormat f8E4M3FNFormat{8, 3, false};
constexpr FloatFormat f8E5M2Format{8, 2, true};

/// Which function L-Mul is: equation 1 of the paper, or its integer addition,
/// where the carry of the mantissas moves the exponent.
enum class LMul { equation, adder };

/// The L-Mul of two numbers, given and returned as bits. `kept` is the number
/// of mantissa bits that the operands are rounded to first. Subnormal operands
/// count as zero; results below the smallest normal number are zero.
uint32_t lmul(const FloatFormat &format, LMul semantics, int kept, uint32_t x,
              uint32_t y);

/// The same without rounding to the format: the sum that a matrix product
/// adds up. Operands must be finite.
double lmulExact(const FloatFormat &format, LMul semantics, int kept,
                 uint32_t x, uint32_t y);

} // namespace conv::reference

#endif // CONV_REFERENCE_LMUL_H
