//===- Reference.h - Float64 references -------------------------*- C++ -*-===//
//
// What every kernel is judged against. Written from the definitions and from
// textbook algorithms only: it includes nothing of the plan, the dialects or
// the compiler, so that an error there cannot hide here. Two roads lead to each
// result, a sum taken straight from the definition and a fast one through a
// zero-padded radix-2 FFT, and the unit tests hold them against one another.
//
// Every array is dense and row-major, in float64.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REFERENCE_REFERENCE_H
#define CONV_REFERENCE_REFERENCE_H

#include <complex>
#include <cstdint>
#include <vector>

namespace conv::reference {

using Complex = std::complex<double>;

/// Which lags the filter has, with taps k[0..K-1]:
///   causal         y[n] = sum_j k[j] u[n - j]
///   circular       y[n] = sum_j k[j] u[(n - j) mod N]
///   bidirectional  y[n] = sum_j k[j] u[n - j + (K - 1) / 2], rounded down
/// where u is zero outside 0..N-1 unless the kind is circular.
enum class Kind { causal, circular, bidirectional };

/// One convolution with everything fused into it:
///
///   v = pregate * u,   y = postgate * (conv(v, filter) + skip * v)
///
/// `input`, `pregate`, `postgate` and the result are [batch, channels, length],
/// `filter` is [filterRows, taps] and `skip` [channels]. `filterRows` divides
/// `channels`; channel h reads filter row h / (channels / filterRows). The
/// three pointers at the end may be null.
struct LongConv {
  Kind kind = Kind::causal;
  int64_t batch = 1;
  int64_t channels = 1;
  int64_t length = 0;
  int64_t filterRows = 1;
  int64_t taps = 0;
  const double *input = nullptr;
  const double *filter = nullptr;
  const double *pregate = nullptr;
  const double *postgate = nullptr;
  const double *skip = nullptr;
};

/// The sum itself: batch * channels * length * taps multiply-adds.
std::vector<double> longConvNaive(const LongConv &problem);

/// The same through a zero-padded power-of-two FFT, one row at a time.
std::vector<double> longConvFft(const LongConv &problem);

/// Whichever of the two is faster. A sum touches only the samples it needs, so
/// a NaN spreads less in it than in an FFT; ask for one of them by name where
/// that matters.
std::vector<double> longConv(const LongConv &problem);

/// Discrete Fourier transform of any length from the definition, O(N^2):
/// X[k] = sum_n x[n] exp(-2 pi i n k / N).
std::vector<Complex> dftNaive(const std::vector<Complex> &x);

/// The same in O(N log N), by Bluestein's chirp where N is no power of two.
std::vector<Complex> dft(const std::vector<Complex> &x);

/// The inverse, x[n] = 1/N sum_k X[k] exp(+2 pi i n k / N).
std::vector<Complex> idft(const std::vector<Complex> &x);

/// The frequency that sits at each position of a digit-reversed spectrum. With
/// k = k_1 + r_1 k_2 + r_1 r_2 k_3 + ... the position of k is
/// (...(k_1 r_2 + k_2) r_3 + k_3 ...): the digit that counted least comes
/// first.
std::vector<int64_t> digitReversed(const std::vector<int64_t> &factors);

/// ||got - want|| / ||want||. Infinite where `got` is not finite but `want` is;
/// where `want` is all zero, ||got|| itself.
double relativeL2(const double *got, const double *want, int64_t count);
double relativeL2(const std::vector<double> &got,
                  const std::vector<double> &want);

} // namespace conv::reference

#endif // CONV_REFERENCE_REFERENCE_H
