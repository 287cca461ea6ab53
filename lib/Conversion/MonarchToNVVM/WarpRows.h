//===- WarpRows.h - The kernel of a row in a warp's registers ---*- C++ -*-===//
//
// A warp convolves one row after another of one channel, N <= 256 R, R = 1, 2,
// 4, 8, 16. A row is a matrix of n1 by n3 for each of R tiles n2,
// n = 16 R n1 + 16 n2 + n3, and stays in registers from its load to its store:
//
//   step        how                          tile afterwards (rows, columns)
//   S1          A_(n2) times data            k1, n3; n2
//   S2          butterflies over the tiles   k1, n3; k2
//   twiddle     in registers
//   S3          data times F                 k1, k3; k2
//   spectrum    in registers
//   S3'         conj F times data            n3, k1; k2
//   twiddle'    the same table transposed
//   S2'         butterflies                  n3, k1; n2
//   S1'         A_(n2)^T times data          n1, n3; n2
//
// Only a tile's columns can be contracted without moving data, and the order of
// the stages is such that it is always theirs to be contracted.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H
#define CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H

#include "Kernel.h"
#include "RowSignature.h"

#include "conv/Plan/Plan.h"

namespace conv::nvidia {

/// Emit the kernel `name` of a warp plan into `module`.
Kernel emitWarpRows(mlir::gpu::GPUModuleOp module, mlir::Location loc,
                    llvm::StringRef name, const plan::Plan &plan,
                    const RowSignature &signature);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H
