//===- ConvDialect.h - The conv dialect and its attributes ------*- C++ -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVDIALECT_H
#define CONV_DIALECT_CONV_IR_CONVDIALECT_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/TensorEncoding.h"

#include "conv/Dialect/Conv/IR/ConvDialect.h.inc"
#include "conv/Dialect/Conv/IR/ConvEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/Conv/IR/ConvAttributes.h.inc"

namespace conv {
/// Register the dialect with its bufferization and tiling.
void registerConvDialect(mlir::DialectRegistry &registry);
} // namespace conv

#endif // CONV_DIALECT_CONV_IR_CONVDIALECT_H
