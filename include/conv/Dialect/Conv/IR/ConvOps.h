//===- ConvOps.h - Operations of the conv dialect ---------------*- C++ -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVOPS_H
#define CONV_DIALECT_CONV_IR_CONVOPS_H

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "conv/Dialect/Conv/IR/ConvInterfaces.h.inc"

namespace conv::detail {
/// Effects of reading every operand but `init`, and of writing `init`.
void addEffects(
    mlir::Operation *op, mlir::Value init,
    mlir::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);

/// The result of an operation in destination style: the type of `init` on
/// tensors, none on buffers.
mlir::LogicalResult inferFromInit(std::optional<mlir::Location> location,
                                  mlir::Value init,
                                  mlir::SmallVectorImpl<mlir::Type> &results);

/// The sizes of the result, which are those of `value`.
mlir::LogicalResult reifyLike(mlir::OpBuilder &builder, mlir::Operation *op,
                              mlir::Value value,
                              mlir::ReifiedRankedShapedTypeDims &shapes);
} // namespace conv::detail

#define GET_OP_CLASSES
#include "conv/Dialect/Conv/IR/ConvOps.h.inc"

#endif // CONV_DIALECT_CONV_IR_CONVOPS_H
