//===- Fft.cpp - The fast float64 references --------------------*- C++ -*-===//
//
// A textbook radix-2 FFT: decimation in frequency forward, which leaves the
// spectrum bit-reversed, and decimation in time backward, which starts from
// there. A convolution never has to undo the order. Both recurse, so that a
// long row falls into the cache by itself.
//
//===----------------------------------------------------------------------===//

#include "RowLoop.h"

#include <cmath>

using namespace conv::reference;

namespace {

/// Transforms of one power-of-two length.
class Radix2 {
public:
  explicit Radix2(int64_t length) : roots(length) {
    // roots[m/2 + j] = exp(-2 pi i j / m): each level reads its own stretch.
    for (int64_t m = 2; m <= length; m *= 2)
      for (int64_t j = 0; j < m / 2; ++j)
        roots[m / 2 + j] = std::polar(1.0, -2 * M_PI * double(j) / double(m));
  }

  int64_t length() const { return roots.size(); }

  /// Natural order to bit-reversed order.
  void forward(Complex *z, int64_t m) const {
    if (m < 2)
      return;
    int64_t half = m / 2;
    for (int64_t j = 0; j < half; ++j) {
      Complex sum = z[j] + z[j + half], difference = z[j] - z[j + half];
      z[j] = sum;
      z[j + half] = times(difference, roots[half + j]);
    }
    forward(z, half);
    forward(z + half, half);
  }

  /// Bit-reversed order to natural order, not divided by the length.
  void backward(Complex *z, int64_t m) const {
    if (m < 2)
      return;
    int64_t half = m / 2;
    backward(z, half);
    backward(z + half, half);
    for (int64_t j = 0; j < half; ++j) {
      Complex odd = times(z[j + half], std::conj(roots[half + j]));
      z[j + half] = z[j] - odd;
      z[j] += odd;
    }
  }

  /// A product without the NaN recovery of std::complex, which costs a call.
  static Complex times(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(),
            a.real() * b.imag() + a.imag() * b.real()};
  }

private:
  std::vector<Complex> roots;
};

} // namespace

static int64_t powerOfTwoAtLeast(int64_t n) {
  int64_t power = 1;
  while (power < n)
    power *= 2;
  return power;
}

/// Put the linear convolution of `a` (already transformed) with the spectrum
/// `b` into `a`, in natural order.
static void multiplyBack(const Radix2 &fft, std::vector<Complex> &a,
                         const std::vector<Complex> &b) {
  double scale = 1.0 / double(fft.length());
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = Radix2::times(a[i], b[i]) * scale;
  fft.backward(a.data(), fft.length());
}

std::vector<double> conv::reference::longConvFft(const LongConv &problem) {
  int64_t length = problem.length, taps = problem.taps;
  Radix2 fft(powerOfTwoAtLeast(length + taps - 1));
  std::vector<Complex> spectrum(fft.length()), row(fft.length());
  int64_t known = -1;
  int64_t origin = problem.kind == Kind::bidirectional ? (taps - 1) / 2 : 0;
  return forEachRow(
      problem, [&](int64_t filterRow, const double *v, double *sum) {
        if (filterRow != known) {
          spectrum.assign(fft.length(), 0);
          for (int64_t j = 0; j < taps; ++j)
            spectrum[j] = problem.filter[filterRow * taps + j];
          fft.forward(spectrum.data(), fft.length());
          known = filterRow;
        }
        row.assign(fft.length(), 0);
        for (int64_t n = 0; n < length; ++n)
          row[n] = v[n];
        fft.forward(row.data(), fft.length());
        multiplyBack(fft, row, spectrum);
        // The linear convolution has length + taps - 1 samples: circular wraps
        // the ones past the row, bidirectional starts at the tap of lag zero.
        for (int64_t n = 0; n < length; ++n) {
          sum[n] = row[n + origin].real();
          if (problem.kind == Kind::circular && n + length < length + taps - 1)
            sum[n] += row[n + length].real();
        }
      });
}

std::vector<double> conv::reference::longConv(const LongConv &problem) {
  // A tap of the sum costs about as much as one level of the two transforms.
  double levels = 8 * std::log2(double(problem.length + problem.taps));
  return double(problem.taps) < levels ? longConvNaive(problem)
                                       : longConvFft(problem);
}

std::vector<Complex> conv::reference::dft(const std::vector<Complex> &x) {
  int64_t n = x.size();
  if (n == 0)
    return {};
  if (powerOfTwoAtLeast(n) == n) {
    Radix2 fft(n);
    std::vector<Complex> z = x, result(n);
    fft.forward(z.data(), n);
    for (int64_t position = 0; position < n; ++position) {
      int64_t frequency = 0;
      for (int64_t bit = 1; bit < n; bit *= 2)
        frequency = 2 * frequency + ((position & bit) != 0);
      result[frequency] = z[position];
    }
    return result;
  }
  // Bluestein: n k = (n^2 + k^2 - (k - n)^2) / 2 turns the sum into a linear
  // convolution with a chirp. Squares are reduced mod 2N before they become
  // angles, or the angle of a long row would have lost its fraction.
  Radix2 fft(powerOfTwoAtLeast(2 * n - 1));
  auto chirp = [n](int64_t j) {
    int64_t square = int64_t((unsigned __int128)j * j % (2 * n));
    return std::polar(1.0, -M_PI * double(square) / double(n));
  };
  std::vector<Complex> a(fft.length()), b(fft.length());
  for (int64_t j = 0; j < n; ++j) {
    a[j] = Radix2::times(x[j], chirp(j));
    b[j] = std::conj(chirp(j));
    if (j > 0)
      b[fft.length() - j] = b[j];
  }
  fft.forward(a.data(), fft.length());
  fft.forward(b.data(), fft.length());
  multiplyBack(fft, a, b);
  std::vector<Complex> result(n);
  for (int64_t k = 0; k < n; ++k)
    result[k] = Radix2::times(a[k], chirp(k));
  return result;
}

std::vector<Complex> conv::reference::idft(const std::vector<Complex> &x) {
  // The inverse is the forward transform of the conjugate, conjugated.
  std::vector<Complex> conjugate(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    conjugate[i] = std::conj(x[i]);
  std::vector<Complex> result = dft(conjugate);
  for (Complex &value : result)
    value = std::conj(value) / double(x.size());
  return result;
}
