//===- Monarch.h - The monarch dialect's ops --------------------*- C++ -*-===//

#ifndef CONV_DIALECT_MONARCH_IR_MONARCH_H
#define CONV_DIALECT_MONARCH_IR_MONARCH_H

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "conv/Dialect/Monarch/IR/MonarchDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchOps.h.inc"

namespace conv::monarch {

/// The tile that a plan's `load` step makes.
TileType loadTile(mlir::MLIRContext *context, const plan::Plan &plan);

/// What an op asks of the plan library.
plan::Problem toProblem(RowsOp rows);
plan::Problem toProblem(DirectOp direct);
plan::Problem toProblem(SpectrumOp spectrum);

/// The plan of an op that has been verified.
plan::Plan getPlan(RowsOp rows);
plan::Plan getPlan(SpectrumOp spectrum);

} // namespace conv::monarch

#endif // CONV_DIALECT_MONARCH_IR_MONARCH_H
