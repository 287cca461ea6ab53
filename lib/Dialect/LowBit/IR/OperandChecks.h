//===- OperandChecks.h - What verifiers of the lowbit ops check -*- C++ -*-===//
//
// Each check emits its diagnostic at the operation: what was given, what the
// limit is, how to mend it.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DIALECT_LOWBIT_IR_OPERANDCHECKS_H
#define CONV_LIB_DIALECT_LOWBIT_IR_OPERANDCHECKS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace conv::lowbit {

/// Check that the sizes of `value` from `first` on are static and not zero.
mlir::LogicalResult verifyStaticFrom(mlir::Operation *op, mlir::Value value,
                                     mlir::StringRef name, int64_t first);

/// Check that operands are all tensors or all memrefs, and that the output
/// buffer, the last operand, is not an input too.
mlir::LogicalResult verifyStorage(mlir::Operation *op);

/// Check that the vector `value`, if present, has one element or `count`, which
/// is the number of `meaning`. A dynamic size fits every other.
mlir::LogicalResult verifyOneOrEach(mlir::Operation *op, mlir::Value value,
                                    mlir::StringRef name, int64_t count,
                                    mlir::StringRef meaning);

/// Check that `value`, if present and constant, holds finite positive numbers.
mlir::LogicalResult verifyScales(mlir::Operation *op, mlir::Value value,
                                 mlir::StringRef name);

/// Check that `value`, if present and constant, holds integers from `low` to
/// `high`; `meaning` says what such an integer is.
mlir::LogicalResult verifyIntegers(mlir::Operation *op, mlir::Value value,
                                   mlir::StringRef name, int64_t low,
                                   int64_t high, mlir::StringRef meaning);

/// A shape as it is written in a type: 8x?x4096.
std::string shapeText(mlir::ArrayRef<int64_t> shape);

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_IR_OPERANDCHECKS_H
