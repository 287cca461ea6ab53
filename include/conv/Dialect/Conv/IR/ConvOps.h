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

#define GET_OP_CLASSES
#include "conv/Dialect/Conv/IR/ConvOps.h.inc"

#endif // CONV_DIALECT_CONV_IR_CONVOPS_H
