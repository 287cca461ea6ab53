//===- LMul.cpp - L-Mul from its definition -------------------------------===//

#include "conv/Reference/LMul.h"

#include <cmath>
#include <limits>

using namespace conv::reference;

namespace {

/// A number with its sign apart, as zero and NaN need it: an infinite or NaN
/// value is one of the format.
struct Number {
  bool negative;
  double value;
};

double largest(const FloatFormat &format) {
  // The last exponent with numbers, and the last mantissa with it.
  int fields = 1 << (format.width - 1 - format.mantissa);
  int exponent = fields - 1 - format.bias() - (format.hasInfinity ? 1 : 0);
  double steps = format.hasInfinity ? 1 : 2;
  return std::ldexp(2 - std::ldexp(steps, -format.mantissa), exponent);
}

double smallest(const FloatFormat &format) {
  return std::ldexp(1, 1 - format.bias());
}

/// A positive value rounded to a mantissa of `bits`, to nearest even, as if the
/// exponent were unbounded.
double roundMantissa(double value, int bits) {
  int exponent;
  double fraction = std::frexp(value, &exponent); // in [1/2, 1)
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits + 1)),
                    exponent - bits - 1);
}

/// What the format makes of a positive real number.
double fit(const FloatFormat &format, double value) {
  if (value > largest(format))
    return format.hasInfinity ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  return value < smallest(format) ? 0 : value;
}

Number decode(const FloatFormat &format, uint32_t bits) {
  int exponentBits = format.width - 1 - format.mantissa;
  uint32_t fields = (1u << exponentBits) - 1;
  uint32_t exponent = (bits >> format.mantissa) & fields;
  uint32_t mantissa = bits & ((1u << format.mantissa) - 1);
  Number number{(bits >> (format.width - 1)) != 0, 0};
  if (exponent == 0)
    return number;
  if (exponent == fields && format.hasInfinity) {
    number.value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                            : std::numeric_limits<double>::infinity();
    return number;
  }
  number.value = std::ldexp(1 + std::ldexp(double(mantissa), -format.mantissa),
                            int(exponent) - format.bias());
  if (number.value > largest(format))
    number.value = std::numeric_limits<double>::quiet_NaN();
  return number;
}

/// The bits of a positive number of the format, or of its special values.
uint32_t encode(const FloatFormat &format, double value) {
  int exponentBits = format.width - 1 - format.mantissa;
  uint32_t top = ((1u << exponentBits) - 1) << format.mantissa;
  if (std::isnan(value)) // the quiet bit, or all of the mantissa
    return format.hasInfinity ? top | 1u << (format.mantissa - 1)
                              : top | ((1u << format.mantissa) - 1);
  if (std::isinf(value))
    return top;
  if (value == 0)
    return 0;
  int exponent;
  double fraction = std::frexp(value, &exponent);
  double mantissa = std::ldexp(2 * fraction - 1, format.mantissa);
  return uint32_t(exponent - 1 + format.bias()) << format.mantissa |
         uint32_t(mantissa);
}

/// The formulas, for positive finite numbers.
double formula(LMul semantics, int kept, double x, double y) {
  int xe, ye;
  double xm = 2 * std::frexp(x, &xe) - 1, ym = 2 * std::frexp(y, &ye) - 1;
  int exponent = xe + ye - 2;
  int l = kept <= 3 ? kept : kept == 4 ? 3 : 4;
  double s = xm + ym + std::ldexp(1, -l);
  if (semantics == LMul::equation || s < 1)
    return std::ldexp(1 + s, exponent);
  return s < 2 ? std::ldexp(2 * s, exponent)
               : std::ldexp(4 * (s - 1), exponent);
}

/// An operand, rounded to the mantissa bits kept.
Number operand(const FloatFormat &format, int kept, uint32_t bits) {
  Number number = decode(format, bits);
  if (std::isfinite(number.value) && number.value != 0)
    number.value = fit(format, roundMantissa(number.value, kept));
  return number;
}

} // namespace

uint32_t conv::reference::lmul(const FloatFormat &format, LMul semantics,
                               int kept, uint32_t xBits, uint32_t yBits) {
  Number x = operand(format, kept, xBits), y = operand(format, kept, yBits);
  double result = x.value * y.value; // right where one is 0, infinite or NaN
  if (std::isfinite(result) && x.value != 0 && y.value != 0)
    result =
        fit(format, roundMantissa(formula(semantics, kept, x.value, y.value),
                                  format.mantissa));
  uint32_t bits = encode(format, result);
  bool negative = x.negative != y.negative && !std::isnan(result);
  return bits | uint32_t(negative) << (format.width - 1);
}

double conv::reference::lmulExact(const FloatFormat &format, LMul semantics,
                                  int kept, uint32_t xBits, uint32_t yBits) {
  Number x = operand(format, kept, xBits), y = operand(format, kept, yBits);
  if (x.value == 0 || y.value == 0)
    return 0;
  double result = formula(semantics, kept, x.value, y.value);
  return x.negative != y.negative ? -result : result;
}
