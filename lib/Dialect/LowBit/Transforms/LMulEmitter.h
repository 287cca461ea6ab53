//===- LMulEmitter.h - L-Mul as integer arithmetic --------------*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULEMITTER_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULEMITTER_H

#include "conv/Dialect/LowBit/IR/LowBitDialect.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <optional>

namespace conv::lowbit {

/// The fields of a float format as bits, and the constants of L-Mul in it.
/// `bits` is the mantissa that the operands are rounded to.
struct LMulFormat {
  LMulFormat(mlir::FloatType type, std::optional<int64_t> bits);

  unsigned width;       ///< of a number
  unsigned mantissa;    ///< m, bits of the format
  unsigned kept;        ///< k, bits that operands are rounded to
  uint64_t signBit;     ///< mask
  uint64_t magnitude;   ///< mask of all but the sign
  uint64_t fraction;    ///< mask of the mantissa
  uint64_t smallest;    ///< magnitude of the smallest normal number
  uint64_t pastLargest; ///< magnitude after the largest finite number
  uint64_t nan;         ///< the positive quiet NaN
  uint64_t biasField;   ///< bias << m
  uint64_t correction;  ///< c 2^m = 2^(m - l)
  bool hasInfinity;
};

/// l of the paper: the exponent of the correction for mantissas of k bits.
int64_t correctionExponent(int64_t bits);

/// Emit L-Mul of two numbers or vectors of one float type.
mlir::Value emitLMul(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                     mlir::Value y, Semantics semantics,
                     std::optional<int64_t> mantissaBits, Range range);

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULEMITTER_H
