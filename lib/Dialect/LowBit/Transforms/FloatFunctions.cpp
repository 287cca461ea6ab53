//===- FloatFunctions.cpp - Functions that kernels may not call -----------===//

#include "FloatFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace conv::lowbit {

FloatFunctions::FloatFunctions(ImplicitLocOpBuilder &b, Type type)
    : b(b), type(type), integers(like(b.getI32Type())) {}

Type FloatFunctions::like(Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

static Value makeConstant(ImplicitLocOpBuilder &b, Type type,
                          TypedAttr attribute) {
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, Attribute(attribute));
  return arith::ConstantOp::create(b, attribute);
}

Value FloatFunctions::constant(double v) {
  return makeConstant(b, type, b.getF32FloatAttr(v));
}

Value FloatFunctions::integer(int64_t v) {
  return makeConstant(b, integers, b.getI32IntegerAttr(v));
}

Value FloatFunctions::fma(Value x, Value y, Value z) {
  return math::FmaOp::create(b, x, y, z);
}

Value FloatFunctions::roundEven(Value v) {
  // 1.5 * 2^23: the sum has no bits below one.
  Value big = constant(12582912);
  return arith::SubFOp::create(b, arith::AddFOp::create(b, v, big), big);
}

Value FloatFunctions::toInteger(Value v) {
  return arith::FPToSIOp::create(b, integers, v);
}

Value FloatFunctions::clamp(Value v, Value low, Value high) {
  // Comparisons that keep a NaN.
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, v, high);
  v = arith::SelectOp::create(b, above, high, v);
  Value below = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, v, low);
  return arith::SelectOp::create(b, below, low, v);
}

/// A polynomial by Horner's rule, the highest coefficient first.
static Value polynomial(FloatFunctions &f, Value x, ArrayRef<double> terms) {
  Value sum = f.constant(terms.front());
  for (double term : terms.drop_front())
    sum = f.fma(sum, x, f.constant(term));
  return sum;
}

Value FloatFunctions::exp(Value x) {
  // The reduction and minimax polynomial of Cephes' expf: e^x = 2^n e^r with
  // |r| <= ln 2 / 2, ln 2 in two parts.
  Value clamped = clamp(x, constant(-87), constant(88));
  Value n = roundEven(
      arith::MulFOp::create(b, clamped, constant(1.44269504088896341)));
  Value r = fma(n, constant(-0.693359375), clamped);
  r = fma(n, constant(2.12194440e-4), r);
  Value p = polynomial(*this, r,
                       {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
                        4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1});
  p = fma(p, arith::MulFOp::create(b, r, r),
          arith::AddFOp::create(b, r, constant(1)));
  Value exponent = arith::AddIOp::create(b, toInteger(n), integer(127));
  Value scale = arith::BitcastOp::create(
      b, type, arith::ShLIOp::create(b, exponent, integer(23)));
  Value result = arith::MulFOp::create(b, p, scale);
  Value isNan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(b, isNan, x, result);
}

Value FloatFunctions::sigmoid(Value x) {
  Value down = exp(arith::NegFOp::create(b, x));
  Value one = constant(1);
  return arith::DivFOp::create(b, one, arith::AddFOp::create(b, one, down));
}

Value FloatFunctions::log(Value mantissa) {
  // Cephes' logf for x in [sqrt 1/2, sqrt 2): z - z^2 / 2 + z^3 p(z), z = x
  // - 1.
  Value z = arith::SubFOp::create(b, mantissa, constant(1));
  Value p = polynomial(*this, z,
                       {7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1,
                        -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
                        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1});
  Value square = arith::MulFOp::create(b, z, z);
  Value tail = fma(p, z, constant(-0.5));
  return fma(tail, square, z);
}

Value FloatFunctions::power(Value x, double a) {
  if (a == 1)
    return x;
  // x = m 2^e with m in [sqrt 1/2, sqrt 2); x^a = 2^n e^(a ln m + (a e - n) ln
  // 2) with n the integer next to a e, which f64 holds.
  Value bits = arith::BitcastOp::create(b, integers, x);
  Value shifted =
      arith::SubIOp::create(b, bits, integer(0x3f3504f3)); // sqrt 1/2
  Value e = arith::ShRSIOp::create(b, shifted, integer(23));
  Value m = arith::BitcastOp::create(
      b, type,
      arith::SubIOp::create(b, bits, arith::ShLIOp::create(b, e, integer(23))));
  Type wide = like(b.getF64Type());
  auto wideConstant = [&](double v) {
    return makeConstant(b, wide, b.getF64FloatAttr(v));
  };
  Value t = arith::MulFOp::create(b, arith::SIToFPOp::create(b, wide, e),
                                  wideConstant(a));
  Value big = wideConstant(6755399441055744.0); // 1.5 * 2^52
  Value n = arith::SubFOp::create(b, arith::AddFOp::create(b, t, big), big);
  Value fraction =
      arith::TruncFOp::create(b, type, arith::SubFOp::create(b, t, n));
  Value y = exp(
      fma(log(m), constant(a),
          arith::MulFOp::create(b, fraction, constant(0.693147180559945309))));
  Value scale = arith::BitcastOp::create(
      b, type,
      arith::ShLIOp::create(
          b,
          arith::AddIOp::create(b, arith::FPToSIOp::create(b, integers, n),
                                integer(127)),
          integer(23)));
  Value result = arith::MulFOp::create(b, y, scale);
  Value isNumber = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, bits,
                                         integer(0x7f800000));
  return arith::SelectOp::create(b, isNumber, result, x);
}

} // namespace conv::lowbit
