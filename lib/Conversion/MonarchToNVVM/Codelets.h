//===- Codelets.h - Small Fourier transforms in registers -------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_CODELETS_H
#define CONV_CONVERSION_MONARCHTONVVM_CODELETS_H

#include "Fragments.h"

namespace conv::nvidia {

/// The Fourier transform of 1, 2, 4, 8 or 16 values, each two halves a lane or
/// one f32, sum_n x[n] exp(-+ 2 pi i n k / R), unscaled, in natural order.
/// Inverse takes the plus sign.
llvm::SmallVector<Complex>
smallFourier(Fragments &f, llvm::ArrayRef<Complex> values, bool inverse);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_CODELETS_H
