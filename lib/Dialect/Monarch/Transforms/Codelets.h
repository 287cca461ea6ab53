//===- Codelets.h - Small Fourier transforms in registers -------*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_CODELETS_H
#define CONV_LIB_MONARCH_CODELETS_H

#include "VectorBuilder.h"

namespace conv::monarch {

/// Transform x in place, X[k] = sum_j x[j] exp(-2 pi i j k / r), for a radix
/// r = x.size() that `hasCodelet`. Odd radices pair x[j] with x[r - j], which
/// halves the products.
void codelet(VectorBuilder &b, llvm::MutableArrayRef<Complex> x);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_CODELETS_H
