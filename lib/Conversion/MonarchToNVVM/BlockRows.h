//===- BlockRows.h - The kernel of a row in a thread block ------*- C++ -*-===//
//
// A thread block convolves one row after another of one channel, N <= 16 M,
// M = 256 R, R = 1, 2, 4, 8. The row is a matrix of 16 rows n0 and M columns m,
// n = M n0 + m:
//
//   S0        A_0 times 16 columns at a time, twiddled        by columns
//   barrier
//   inner     a transform of each row k0, the product with the spectrum, and
//             back (InnerTransform.h)                         by rows
//   barrier
//   S0'       twiddled back, A_0^H times 16 columns           by columns
//
// A warp's columns are its own from the end of one row to the start of the
// next: it fetches them, and the pregate's, while others are still busy. With
// two buffers it fetches the next samples as soon as it has consumed these;
// with one, when their place in the exchange has become free.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_BLOCKROWS_H
#define CONV_CONVERSION_MONARCHTONVVM_BLOCKROWS_H

#include "Kernel.h"
#include "RowSignature.h"

#include "conv/Plan/Plan.h"

namespace conv::nvidia {

/// Emit the kernel `name` of a block plan into `module`.
Kernel emitBlockRows(mlir::gpu::GPUModuleOp module, mlir::Location loc,
                     llvm::StringRef name, const plan::Plan &plan,
                     const RowSignature &signature);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_BLOCKROWS_H
