//===- MatrixToVector.h - Kernels of the quantizing ops ---------*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATRIXTOVECTOR_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATRIXTOVECTOR_H

#include "RowsToVector.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

namespace conv::lowbit {

/// Each kernel takes the operands of the op as one-dimensional memrefs, in
/// order, and computes a range of rows of the result. LLVM makes vector code of
/// the loops over columns. The number of rows of the input comes last for
/// lowbit.scales.
monarch::KernelBody emitScales(mlir::ModuleOp module, ScalesOp op);
monarch::KernelBody emitQuantize(mlir::ModuleOp module, QuantizeOp op);
monarch::KernelBody emitDequantize(mlir::ModuleOp module, DequantizeOp op);
monarch::KernelBody emitRequantize(mlir::ModuleOp module, RequantizeOp op);

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATRIXTOVECTOR_H
