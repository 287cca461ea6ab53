//===- FloatFunctions.h - Functions that kernels may not call ---*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_FLOATFUNCTIONS_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_FLOATFUNCTIONS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace conv::lowbit {

/// f32 arithmetic on a number or on vectors, whichever the type is.
class FloatFunctions {
public:
  FloatFunctions(mlir::ImplicitLocOpBuilder &b, mlir::Type type);

  mlir::Value constant(double v);
  mlir::Value integer(int64_t v);
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z);
  /// Round |v| < 2^22 to an integer, ties to even. No level needs a library for
  /// it, as it would for math.roundeven.
  mlir::Value roundEven(mlir::Value v);
  mlir::Value toInteger(mlir::Value v);
  mlir::Value clamp(mlir::Value v, mlir::Value low, mlir::Value high);

  /// e^x within 2 units in the last place; x is first clamped to [-87, 88].
  /// NaN stays NaN.
  mlir::Value exp(mlir::Value x);
  /// 1 / (1 + e^-x).
  mlir::Value sigmoid(mlir::Value x);
  /// x^a for normal positive x and constant a in [0, 1]; infinity and NaN stay.
  mlir::Value power(mlir::Value x, double a);

private:
  mlir::Type like(mlir::Type element);
  mlir::Value log(mlir::Value mantissa);

  mlir::ImplicitLocOpBuilder &b;
  mlir::Type type, integers;
};

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_FLOATFUNCTIONS_H
