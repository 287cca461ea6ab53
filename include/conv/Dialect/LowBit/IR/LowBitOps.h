//===- LowBitOps.h - Operations of the lowbit dialect -----------*- C++ -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_LOWBITOPS_H
#define CONV_DIALECT_LOWBIT_IR_LOWBITOPS_H

// The helpers of operations in destination style.
#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Dialect/LowBit/IR/LowBitDialect.h"

#define GET_OP_CLASSES
#include "conv/Dialect/LowBit/IR/LowBitOps.h.inc"

#endif // CONV_DIALECT_LOWBIT_IR_LOWBITOPS_H
