//===- Fftw.cpp - The contender: FFTW, fused a row at a time ----*- C++ -*-===//

#include "Fftw.h"

using namespace conv::bench;

FftwConv::FftwConv(int64_t length, int64_t channels, int64_t taps,
                   const float *filter, int threads)
    : length(length), channels(channels),
      stride((2 * (length + 1) + 15) / 16 * 16),
      spectra(sizeof(float) * channels * stride) {
  for (int t = 0; t < threads; ++t) {
    rows.push_back(std::make_unique<Buffer>(sizeof(float) * 2 * length));
    transforms.push_back(std::make_unique<Buffer>(sizeof(float) * stride));
  }
  auto *row = rows[0]->as<float>();
  auto *transform = transforms[0]->as<fftwf_complex>();
  int size = int(2 * length);
  forward = fftwf_plan_dft_r2c_1d(size, row, transform, FFTW_MEASURE);
  backward = fftwf_plan_dft_c2r_1d(size, transform, row,
                                   FFTW_MEASURE | FFTW_DESTROY_INPUT);
  for (int64_t h = 0; h < channels; ++h) {
    std::memset(row, 0, sizeof(float) * 2 * length);
    std::memcpy(row, filter + h * taps, sizeof(float) * taps);
    float *spectrum = spectra.as<float>() + h * stride;
    fftwf_execute_dft_r2c(forward, row,
                          reinterpret_cast<fftwf_complex *>(spectrum));
    for (int64_t i = 0; i < 2 * (length + 1); ++i)
      spectrum[i] /= float(2 * length);
  }
}

FftwConv::~FftwConv() {
  fftwf_destroy_plan(forward);
  fftwf_destroy_plan(backward);
}

template <typename T>
void FftwConv::runRow(const float *spectrum, const T *u, const T *pregate,
                      const T *postgate, T *y, int thread) const {
  float *row = rows[thread]->as<float>();
  float *z = transforms[thread]->as<float>();
  if (pregate)
    for (int64_t n = 0; n < length; ++n)
      row[n] = float(u[n]) * float(pregate[n]);
  else
    for (int64_t n = 0; n < length; ++n)
      row[n] = float(u[n]);
  std::memset(row + length, 0, sizeof(float) * length);
  fftwf_execute_dft_r2c(forward, row, reinterpret_cast<fftwf_complex *>(z));
  for (int64_t f = 0; f <= length; ++f) {
    float re = z[2 * f], im = z[2 * f + 1];
    float kRe = spectrum[2 * f], kIm = spectrum[2 * f + 1];
    z[2 * f] = re * kRe - im * kIm;
    z[2 * f + 1] = re * kIm + im * kRe;
  }
  fftwf_execute_dft_c2r(backward, reinterpret_cast<fftwf_complex *>(z), row);
  if (postgate)
    for (int64_t n = 0; n < length; ++n)
      y[n] = T(row[n] * float(postgate[n]));
  else
    for (int64_t n = 0; n < length; ++n)
      y[n] = T(row[n]);
}

template <typename T>
void FftwConv::run(int64_t batch, const T *u, const T *pregate,
                   const T *postgate, T *y, int threads) const {
  // Channels outermost: the rows of a channel share its spectrum in cache.
  // Work is divided by rows, since there may be fewer channels than threads.
  divide(channels * batch, threads, [&](int64_t begin, int64_t end, int t) {
    for (int64_t item = begin; item < end; ++item) {
      int64_t h = item / batch, b = item % batch;
      int64_t offset = (b * channels + h) * length;
      runRow(spectra.as<float>() + h * stride, u + offset,
             pregate ? pregate + offset : nullptr,
             postgate ? postgate + offset : nullptr, y + offset, t);
    }
  });
}

template void FftwConv::run(int64_t, const float *, const float *,
                            const float *, float *, int) const;
template void FftwConv::run(int64_t, const _Float16 *, const _Float16 *,
                            const _Float16 *, _Float16 *, int) const;
template void FftwConv::run(int64_t, const BFloat16 *, const BFloat16 *,
                            const BFloat16 *, BFloat16 *, int) const;
