//===- Checks.h - What the verifiers of all conv ops check ------*- C++ -*-===//
//
// Each check emits its diagnostic at the operation: what was given, what the
// limit is, how to mend it.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DIALECT_CONV_IR_CHECKS_H
#define CONV_LIB_DIALECT_CONV_IR_CHECKS_H

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include <string>

namespace conv {

/// The longest row: what a plan covers.
constexpr int64_t maxLength = int64_t(1) << 24;

/// The type of an operand, which its ODS constraint has passed.
mlir::ShapedType shaped(mlir::Value value);

/// A shape as it is written in a type: 8x?x4096.
std::string shapeText(mlir::ArrayRef<int64_t> shape);

/// Check that dimension `dim` of `value` is static and not zero.
mlir::LogicalResult verifyDim(mlir::Operation *op, mlir::Value value,
                              mlir::StringRef name, int64_t dim,
                              mlir::StringRef meaning);

/// Check that `value`, if present, has the shape and element type of `input`.
/// A dynamic dimension fits every size.
mlir::LogicalResult verifyLikeInput(mlir::Operation *op, mlir::Value value,
                                    mlir::StringRef name, mlir::Value input);

/// Check that `value` holds f32 or what the rows hold.
mlir::LogicalResult verifyWeightType(mlir::Operation *op, mlir::Value value,
                                     mlir::StringRef name, mlir::Value input);

/// Check that rows of `length` samples admit a filter of `taps`.
mlir::LogicalResult verifyTaps(mlir::Operation *op, Kind kind, int64_t taps,
                               int64_t length);

/// Check that a row is not longer than any plan covers.
mlir::LogicalResult verifyLength(mlir::Operation *op, int64_t length);

/// Check that operands are all tensors or all memrefs, that rows of memrefs are
/// contiguous, and that the output buffer is not an input too. `name` names an
/// operand by its index; `init` is the last operand.
mlir::LogicalResult
verifyStorage(mlir::Operation *op, mlir::Value init,
              mlir::function_ref<mlir::StringRef(unsigned)> name);

} // namespace conv

#endif // CONV_LIB_DIALECT_CONV_IR_CHECKS_H
