//===- ToeplitzRows.h - Products with the Toeplitz matrix -------*- C++ -*-===//
//
// A warp convolves 16 rows of one channel with the taps themselves, as a matrix
// product: y[b, n] = sum_j u[b, j] k[n - j], rows b, in steps of 64 outputs.
//
// A tile of samples, 16 rows by 16 columns j, is the left operand of
// mma.m16n8k16. The right one is a piece of the Toeplitz matrix, whose 8x8
// blocks are all of the same few: block d = (n0 - j0) / 8 holds the taps of the
// lags 8 d - 7 .. 8 d + 7, and one register of it, for lane 4 g + t, the lags
// m and m - 1 with m = 8 d + g - 2 t. So the whole filter is one register for
// every 8 lags, read once; what moves is the samples.
//
// Segments of 64 samples of the 16 rows lie in shared memory, in chunks of 16
// bytes, chunk c of row r at place c ^ (r mod 8), so that ldmatrix and stmatrix
// meet no bank twice. Short rows are there as a whole, and products with zeros
// outside the row are left out; of longer ones a ring of segments follows the
// outputs, and the next segment is on its way in registers meanwhile. Samples
// become f16 times their pregate on the way. The skip weight is a tap at lag 0.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_TOEPLITZROWS_H
#define CONV_CONVERSION_MONARCHTONVVM_TOEPLITZROWS_H

#include "Kernel.h"
#include "RowSignature.h"

#include "conv/Plan/Plan.h"

namespace conv::nvidia {

/// Emit the kernel `name` of a toeplitz plan over taps of the type `taps` into
/// `module`.
Kernel emitToeplitzRows(mlir::gpu::GPUModuleOp module, mlir::Location loc,
                        llvm::StringRef name, const plan::Plan &plan,
                        const RowSignature &signature, Type taps);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_TOEPLITZROWS_H
