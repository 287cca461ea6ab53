//===- ToeplitzToVector.h - Convolution as a matrix product -----*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_TOEPLITZTOVECTOR_H
#define CONV_LIB_MONARCH_TOEPLITZTOVECTOR_H

#include "RowsToVector.h"

namespace conv::monarch {

/// Rows of one channel that an item of the kernel computes.
constexpr int64_t toeplitzRows = 16;

/// Toeplitz kernel, products of bf16 tiles summed in f32, for CPUs with AMX:
/// the arguments of the direct kernel. Items count channel * ceil(batch /
/// toeplitzRows) + row / toeplitzRows.
KernelBody emitToeplitz(mlir::ModuleOp module, mlir::Location loc,
                        plan::Kind kind, int64_t taps,
                        const RowsSignature &signature);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_TOEPLITZTOVECTOR_H
