//===- LMulEmitter.cpp - L-Mul as integer arithmetic ----------------------===//
//
// With X and Y the magnitudes as integers, E and M their exponent and mantissa
// fields, m mantissa bits and C = 2^(m - l), the result R satisfies
//
//   adder      R + (bias << m) = X + Y + C
//   equation   the same while t = M(X) + M(Y) + C < 2^m, and otherwise
//              E(X) + E(Y) + 2^m + round((t - 2^m) / 2)
//
// The right-hand sides of any two finite magnitudes fit an unsigned integer of
// the format's width: underflow and overflow are comparisons with constants.
//
//===----------------------------------------------------------------------===//

#include "LMulEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace conv::lowbit {

int64_t correctionExponent(int64_t bits) {
  return bits <= 3 ? bits : bits == 4 ? 3 : 4;
}

LMulFormat::LMulFormat(FloatType type, std::optional<int64_t> bits) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  width = type.getWidth();
  mantissa = type.getFPMantissaWidth() - 1;
  kept = bits.value_or(mantissa);
  signBit = uint64_t(1) << (width - 1);
  magnitude = signBit - 1;
  smallest = uint64_t(1) << mantissa;
  fraction = smallest - 1;
  hasInfinity = APFloat::semanticsHasInf(semantics);
  pastLargest =
      APFloat::getLargest(semantics).bitcastToAPInt().getZExtValue() + 1;
  nan = APFloat::getQNaN(semantics).bitcastToAPInt().getZExtValue();
  biasField = APFloat::getOne(semantics).bitcastToAPInt().getZExtValue();
  correction = uint64_t(1) << (mantissa - correctionExponent(kept));
}

namespace {

/// Emits integer arithmetic of the shape and width of the operands.
class LMulBuilder {
public:
  LMulBuilder(ImplicitLocOpBuilder &b, Type type, const LMulFormat &format)
      : b(b), format(format), floatType(type) {
    Type integer = b.getIntegerType(format.width);
    auto vector = dyn_cast<VectorType>(type);
    integerType = vector ? Type(vector.clone(integer)) : integer;
  }

  Value bits(Value v) { return arith::BitcastOp::create(b, integerType, v); }
  Value number(Value v) { return arith::BitcastOp::create(b, floatType, v); }

  Value constant(uint64_t value) {
    APInt bits(format.width, value, /*isSigned=*/false, /*implicitTrunc=*/true);
    TypedAttr scalar = b.getIntegerAttr(b.getIntegerType(format.width), bits);
    if (auto vector = dyn_cast<VectorType>(integerType))
      scalar = DenseElementsAttr::get(vector, Attribute(scalar));
    return arith::ConstantOp::create(b, scalar);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, uint64_t y) { return add(x, constant(y)); }
  Value sub(Value x, uint64_t y) {
    return arith::SubIOp::create(b, x, constant(y));
  }
  Value band(Value x, uint64_t y) {
    return arith::AndIOp::create(b, x, constant(y));
  }
  Value bor(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value bxor(Value x, Value y) { return arith::XOrIOp::create(b, x, y); }
  Value shr(Value x, uint64_t y) {
    return y ? arith::ShRUIOp::create(b, x, constant(y)).getResult() : x;
  }
  Value below(Value x, uint64_t limit) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, x,
                                 constant(limit));
  }
  Value notBelow(Value x, uint64_t limit) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::uge, x,
                                 constant(limit));
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

  /// Round a magnitude, or a number with its sign, to the mantissa bits kept.
  Value roundMantissa(Value v) {
    unsigned dropped = format.mantissa - format.kept;
    if (dropped == 0)
      return v;
    Value odd = band(shr(v, dropped), 1);
    Value up = add(add(v, (uint64_t(1) << (dropped - 1)) - 1), odd);
    return band(up, ~((uint64_t(1) << dropped) - 1));
  }

  /// The sum of exponents and mantissas, biased twice. Whole words with signs
  /// add their signs too.
  Value biasedSum(Value x, Value y, Semantics semantics) {
    if (semantics == Semantics::adder)
      return add(add(x, format.correction), y);
    Value exponents = add(band(x, ~format.fraction), band(y, ~format.fraction));
    Value sum = add(add(band(x, format.fraction), format.correction),
                    band(y, format.fraction));
    Value excess = sub(sum, format.smallest);
    Value odd = band(shr(excess, 1), 1);
    Value halved = add(shr(add(excess, odd), 1), format.smallest);
    return add(exponents, select(below(sum, format.smallest), sum, halved));
  }

  ImplicitLocOpBuilder &b;
  const LMulFormat &format;
  Type floatType, integerType;
};

} // namespace

/// All the rules for special values.
static Value emitChecked(LMulBuilder &e, Value x, Value y,
                         Semantics semantics) {
  const LMulFormat &f = e.format;
  Value sign = e.band(e.bxor(x, y), f.signBit);
  Value magnitudes[2] = {e.band(x, f.magnitude), e.band(y, f.magnitude)};
  Value isZero[2], isNan[2], isPast[2];
  for (int i = 0; i < 2; ++i) {
    Value raw = magnitudes[i];
    isZero[i] = e.below(raw, f.smallest);
    magnitudes[i] = e.roundMantissa(raw);
    isPast[i] = e.notBelow(magnitudes[i], f.pastLargest);
    isNan[i] = f.hasInfinity ? e.notBelow(raw, f.pastLargest + 1) : isPast[i];
  }
  Value anyZero = e.bor(isZero[0], isZero[1]);
  Value anyPast = e.bor(isPast[0], isPast[1]);

  Value sum = e.biasedSum(magnitudes[0], magnitudes[1], semantics);
  Value result = e.sub(sum, f.biasField);
  Value overflows = e.notBelow(sum, f.biasField + f.pastLargest);
  Value vanishes = e.bor(anyZero, e.below(sum, f.biasField + f.smallest));
  Value zero = e.constant(0);
  Value isNanResult;
  if (f.hasInfinity) {
    Value infinity = e.constant(f.pastLargest);
    result = e.select(overflows, infinity, result);
    result = e.select(vanishes, zero, result);
    result = e.select(anyPast, infinity, result);
    Value undefined = arith::AndIOp::create(e.b, anyZero, anyPast);
    isNanResult = e.bor(e.bor(isNan[0], isNan[1]), undefined);
  } else {
    // The sum of a zero and the largest number stays below the overflow: only
    // operands past the largest number need care.
    result = e.select(vanishes, zero, result);
    isNanResult = e.bor(anyPast, overflows);
  }
  return e.select(isNanResult, e.constant(f.nan), e.bor(result, sign));
}

Value emitLMul(ImplicitLocOpBuilder &b, Value x, Value y, Semantics semantics,
               std::optional<int64_t> mantissaBits, Range range) {
  LMulFormat format(cast<FloatType>(getElementTypeOrSelf(x.getType())),
                    mantissaBits);
  LMulBuilder e(b, x.getType(), format);
  x = e.bits(x);
  y = e.bits(y);
  if (range == Range::checked)
    return e.number(emitChecked(e, x, y, semantics));
  x = e.roundMantissa(x);
  y = e.roundMantissa(y);
  if (semantics == Semantics::adder)
    return e.number(e.add(e.add(x, format.correction - format.biasField), y));
  return e.number(e.sub(e.biasedSum(x, y, semantics), format.biasField));
}

} // namespace conv::lowbit
