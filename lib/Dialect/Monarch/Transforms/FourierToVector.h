//===- FourierToVector.h - Emit the kernels of a transform ------*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_FOURIERTOVECTOR_H
#define CONV_LIB_MONARCH_FOURIERTOVECTOR_H

#include "RowsToVector.h"

namespace conv::monarch {

/// What a transform kernel computes.
struct FourierSignature {
  enum class Algorithm { direct, mixedRadix, bluestein };

  int64_t length = 0;         ///< N
  mlir::Type element;         ///< f32 or f64, of the real and imaginary parts
  bool inverse = false;       ///< exp(+2 pi i n k / N), divided by N
  bool digitReversed = false; ///< the order of the frequencies
  Algorithm algorithm = Algorithm::mixedRadix;
  llvm::ArrayRef<int64_t> factors; ///< of N, or of the chirp's length
};

/// Transform kernel: arguments input and output as one-dimensional memrefs of
/// complex numbers, then begin, end (rows) and the workspace. They may be the
/// same memory.
KernelBody emitFourier(mlir::ModuleOp module, mlir::Location loc,
                       const FourierSignature &signature);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_FOURIERTOVECTOR_H
