//===- LowBitDialect.h - The lowbit dialect and its attributes --*- C++ -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_H
#define CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Dialect.h"

#include "conv/Dialect/LowBit/IR/LowBitDialect.h.inc"
#include "conv/Dialect/LowBit/IR/LowBitEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/LowBit/IR/LowBitAttributes.h.inc"

namespace conv::lowbit {
/// Register the dialect with its bufferization.
void registerLowBitDialect(mlir::DialectRegistry &registry);
} // namespace conv::lowbit

#endif // CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_H
