//===- Monarch.h - The monarch dialect's ops --------------------*- C++ -*-===//

#ifndef CONV_DIALECT_MONARCH_IR_MONARCH_H
#define CONV_DIALECT_MONARCH_IR_MONARCH_H

#include "conv/Dialect/Monarch/IR/MonarchDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace conv::monarch {

/// The layout that a plan's `load` step produces.
LayoutAttr loadLayout(mlir::MLIRContext *context, const plan::Plan &plan);

} // namespace conv::monarch

#define GET_OP_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchOps.h.inc"

#endif // CONV_DIALECT_MONARCH_IR_MONARCH_H
