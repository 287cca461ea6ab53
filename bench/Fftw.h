//===- Fftw.h - The contender: FFTW, fused a row at a time ------*- C++ -*-===//
//
// The best that FFTW allows: each row is zero-padded to 2N in a buffer that
// stays in cache, transformed, multiplied by a spectrum prepared beforehand and
// transformed back, so that memory is read once and written once, as ours.
// Plans are FFTW_MEASURE. Debian's FFTW has SSE2 and AVX code but no AVX-512.
// 16-bit rows, which FFTW does not have, are converted on the way in and out.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_BENCH_FFTW_H
#define CONV_BENCH_FFTW_H

#include "BFloat16.h"
#include "Measure.h"

#include <fftw3.h>
#include <memory>

namespace conv::bench {

class FftwConv {
public:
  /// Plans causal convolutions of `length` samples on up to `threads` threads,
  /// and transforms the filter [channels, taps].
  FftwConv(int64_t length, int64_t channels, int64_t taps, const float *filter,
           int threads);
  ~FftwConv();
  FftwConv(const FftwConv &) = delete;
  FftwConv &operator=(const FftwConv &) = delete;

  /// y = postgate * (filter conv (pregate * u)), all [batch, channels, length].
  /// The gates may be null. T is float, _Float16 or BFloat16.
  template <typename T>
  void run(int64_t batch, const T *u, const T *pregate, const T *postgate, T *y,
           int threads) const;

private:
  template <typename T>
  void runRow(const float *spectrum, const T *u, const T *pregate,
              const T *postgate, T *y, int thread) const;

  int64_t length, channels;
  int64_t stride; ///< floats of a spectrum row: 2 (N + 1), padded
  Buffer spectra;
  std::vector<std::unique_ptr<Buffer>> rows, transforms; ///< one a thread
  fftwf_plan forward, backward;
};

} // namespace conv::bench

#endif // CONV_BENCH_FFTW_H
