//===- Butterfly.h - Twisted butterflies in tangent form --------*- C++ -*-===//
//
// A twisted r-point DFT is X[k] = sum_n x[n] exp(i n a) w_r^(+-nk): the twist
// exp(i n a) and the butterfly in one. Pulling the cosine out of every factor,
// exp(i a) = cos a (1 + i tan a), leaves multiply-adds only:
//
//   b' = b (1 + i tan a), c' = c (1 + i tan 2a), d' = d (1 + i tan 3a)
//   s, t = a +- cos 2a c',  u, v = b' +- (cos 3a / cos a) d'
//   X0, X2 = s +- cos a u,  X1, X3 = t -+ i cos a v  (forward sign)
//
// 22 operations for radix 4, against 34 for twiddles followed by a butterfly.
// The angles of right-angle transforms are never an odd multiple of a quarter
// turn, so every tangent is finite.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_BUTTERFLY_H
#define CONV_LIB_MONARCH_BUTTERFLY_H

#include "VectorBuilder.h"

namespace conv::monarch {

/// Constants of one twisted butterfly, in the order in which tables hold them:
/// radix 4: tan a, tan 2a, tan 3a, cos a, cos 2a, cos 3a / cos a.
/// radix 2: tan a, cos a.
int64_t butterflyConstants(int64_t radix);
/// Append the constants of angle a to a table.
void appendConstants(int64_t radix, double angle,
                     llvm::SmallVectorImpl<double> &table);

/// The constant number q of a butterfly, as a register.
using ConstantSource = llvm::function_ref<mlir::Value(int64_t q)>;

/// Twisted butterfly over x in place; radix = x.size(), 2 or 4. `inverse`
/// selects the sign of the kernel w_r; the angle's sign is in the constants.
void butterfly(VectorBuilder &b, llvm::MutableArrayRef<Complex> x,
               ConstantSource constants, bool inverse);

/// The same for real input (forward only): x[i].im is not read.
void realButterfly(VectorBuilder &b, llvm::MutableArrayRef<Complex> x,
                   ConstantSource constants);

/// Inverse radix-4 butterfly twisted by exp(i n a) with a = eighths * pi / 8,
/// for eighths 0..3: the cheap angles 0 and pi / 4 take fewer operations than
/// the tangent form, which has no value for the second.
void constantInverseButterfly(VectorBuilder &b,
                              llvm::MutableArrayRef<Complex> x, int eighths);

/// Re(z exp(i angle)) with the factor as (cos, -sin).
mlir::Value rotateReal(VectorBuilder &b, Complex z, Complex factor);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_BUTTERFLY_H
