//===- BlockProduct.h - Block-Toeplitz product in frequency -----*- C++ -*-===//
//
// Z_j = sum_i U_i K'_{j-i} over the blocks of one row, one slot at a time. The
// sum runs over tiles of four outputs by four inputs, so that each transform
// and each spectrum value that is loaded feeds several multiply-adds. A causal
// product works in place, last group of outputs first; a two-sided one writes
// to a second buffer.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_BLOCKPRODUCT_H
#define CONV_LIB_MONARCH_BLOCKPRODUCT_H

#include "VectorBuilder.h"

#include "conv/Plan/ProductShape.h"

namespace conv::monarch {

/// Emit the product. `transform` is block 0 of the row's transforms, `result`
/// that of the products, `spectrum` the stored spectra of this column: [slot]
/// [distance][re, im][vector]. Blocks lie `blockSize` elements apart, slots
/// `slotSize`, complex values of the spectrum `spectrumVector`: of 16 lanes
/// that all rows of a register share, or of whole registers.
void emitBlockProduct(VectorBuilder &b, const plan::ProductShape &shape,
                      Address transform, Address result, Address spectrum,
                      int64_t spectrumVector, int64_t blockSize,
                      int64_t slotSize);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_BLOCKPRODUCT_H
