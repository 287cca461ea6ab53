//===- Bluestein.h - Transforms of any length as convolutions ---*- C++ -*-===//
//
// With n k = (n^2 + k^2 - (k - n)^2) / 2 and the chirp c[n] = exp(-pi i n^2 /
// N),
//
//   X[k] = c[k] sum_n (x[n] c[n]) conj(c[k - n]),
//
// a convolution over lags -(N-1)..N-1, which is a circular one of any length
// M >= 2N - 1. Source: Bluestein, "A linear filtering approach to the
// computation of discrete Fourier transform", 1970.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_BLUESTEIN_H
#define CONV_LIB_MONARCH_BLUESTEIN_H

#include "TwoPassTransform.h"

namespace conv::monarch {

class Bluestein {
public:
  /// `lanes` of the widest vector; `padded` is M.
  Bluestein(mlir::ModuleOp module, VectorBuilder &b, int64_t length,
            int64_t padded, int64_t lanes);

  void reserve(Workspace &layout);
  void bind(mlir::Value workspace);
  /// Once per workspace: the chirp, and the transform of its conjugate.
  void prepare();
  /// Transform one row.
  void run(const ComplexMemory &source, const ComplexMemory &target);

private:
  ComplexMemory region(mlir::Value workspace, int64_t at, int64_t size);
  /// body(index) over [0, count) in registers, the rest one by one.
  void forEach(int64_t count, llvm::function_ref<void(mlir::Value)> body);

  VectorBuilder &b;
  int64_t length, padded, lanes;
  FactoredRoots roots;
  TwoPassTransform transform;
  int64_t chirpAt = 0, filterAt = 0, rowAt = 0;
  ComplexMemory chirp, filter, row;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_BLUESTEIN_H
