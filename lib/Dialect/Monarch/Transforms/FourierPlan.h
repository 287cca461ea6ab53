//===- FourierPlan.h - How a Fourier transform is cut up --------*- C++ -*-===//
//
// Decisions and constants of the transform kernels that need no IR: roots of
// unity, the radices inside a tile, and the cut of a long transform in two.
//
// A transform of N = N1 N2 points with n = n_A N2 + n_B, k = k_A + N1 k_B is
//
//   X[k] = sum_{n_B} w_{N2}^{n_B k_B} w_N^{n_B k_A} sum_{n_A} w_{N1}^{n_A k_A}
//          x[n],                                      w_N = exp(-2 pi i / N),
//
// so that every memory pass transforms a set of neighbouring columns, one in
// each lane of a vector, by a transform that is short enough for the cache.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_FOURIERPLAN_H
#define CONV_LIB_MONARCH_FOURIERPLAN_H

#include <complex>
#include <cstdint>
#include <vector>

namespace conv::monarch {

/// exp(-2 pi i numerator / denominator) in float64. The quotient is reduced as
/// integers, so the result is as good for large numerators as for small ones.
std::complex<double> unitRoot(int64_t numerator, int64_t denominator);

/// Whether a radix has a codelet of its own: 2, 4, 8 and odd numbers up to 13.
/// Others go through loops.
bool hasCodelet(int64_t radix);

/// The radices by which `length` points are transformed inside a tile: 8 and 4
/// for powers of two, primes for the rest. Their product is `length`.
std::vector<int64_t> tileRadices(int64_t length);

/// The cut of a transform in two: N = columns * rows. One lane holds one column
/// of the first pass and one row of the second.
struct FourierSplit {
  int64_t columns = 1; ///< N1, the most significant sample digits
  int64_t rows = 1;    ///< N2
  int64_t lanes = 1;   ///< a power of two, at most N1, N2 and the widest vector
};

/// The most balanced cut of `length` among those with the most lanes.
FourierSplit splitLength(int64_t length, int64_t widest);

/// The same where the cut must fall between two of the factors, because the
/// order of the digits is visible in memory.
FourierSplit splitFactors(const std::vector<int64_t> &factors, int64_t widest);

/// position[k], where frequency k of a digit-reversed transform is stored.
std::vector<int64_t> digitPositions(const std::vector<int64_t> &factors);

/// Its inverse: which frequency each position holds.
std::vector<int64_t> digitPoints(const std::vector<int64_t> &factors);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_FOURIERPLAN_H
