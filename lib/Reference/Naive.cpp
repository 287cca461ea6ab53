//===- Naive.cpp - References taken from the definitions --------*- C++ -*-===//

#include "RowLoop.h"

#include <cmath>
#include <limits>

using namespace conv::reference;

/// The sample that tap `lag` meets, or -1 where it lies outside the row.
static int64_t sampleAt(Kind kind, int64_t n, int64_t lag, int64_t length) {
  int64_t at = n - lag;
  if (kind == Kind::circular)
    return ((at % length) + length) % length;
  return at >= 0 && at < length ? at : -1;
}

std::vector<double> conv::reference::longConvNaive(const LongConv &problem) {
  int64_t origin =
      problem.kind == Kind::bidirectional ? (problem.taps - 1) / 2 : 0;
  return forEachRow(
      problem, [&](int64_t filterRow, const double *v, double *sum) {
        const double *k = problem.filter + filterRow * problem.taps;
        for (int64_t n = 0; n < problem.length; ++n) {
          double acc = 0;
          for (int64_t j = 0; j < problem.taps; ++j) {
            int64_t at = sampleAt(problem.kind, n, j - origin, problem.length);
            if (at >= 0)
              acc += k[j] * v[at];
          }
          sum[n] = acc;
        }
      });
}

std::vector<Complex> conv::reference::dftNaive(const std::vector<Complex> &x) {
  int64_t n = x.size();
  std::vector<Complex> result(n);
  for (int64_t k = 0; k < n; ++k)
    for (int64_t j = 0; j < n; ++j)
      result[k] +=
          x[j] * std::polar(1.0, -2 * M_PI * double(j * k % n) / double(n));
  return result;
}

std::vector<int64_t>
conv::reference::digitReversed(const std::vector<int64_t> &factors) {
  std::vector<int64_t> order{0};
  int64_t weight = 1;
  for (int64_t radix : factors) {
    std::vector<int64_t> next;
    for (int64_t frequency : order)
      for (int64_t digit = 0; digit < radix; ++digit)
        next.push_back(frequency + digit * weight);
    order = std::move(next);
    weight *= radix;
  }
  return order;
}

double conv::reference::relativeL2(const double *got, const double *want,
                                   int64_t count) {
  double error = 0, norm = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(got[i]) && std::isfinite(want[i]))
      return std::numeric_limits<double>::infinity();
    double difference = got[i] - want[i];
    error += difference * difference;
    norm += want[i] * want[i];
  }
  return std::sqrt(norm > 0 ? error / norm : error);
}

double conv::reference::relativeL2(const std::vector<double> &got,
                                   const std::vector<double> &want) {
  if (got.size() != want.size())
    return std::numeric_limits<double>::infinity();
  return relativeL2(got.data(), want.data(), want.size());
}
