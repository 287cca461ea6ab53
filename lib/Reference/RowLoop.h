//===- RowLoop.h - Gates, skip and filter rows ------------------*- C++ -*-===//
//
// The part of a convolution that is the same however the sum is taken.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_REFERENCE_ROWLOOP_H
#define CONV_LIB_REFERENCE_ROWLOOP_H

#include "conv/Reference/Reference.h"

namespace conv::reference {

/// Call `convolve(filterRow, gated input row, result row)` for every row, and
/// apply the gates and the skip weight around it. Channels run outermost, so
/// that a filter row is met in one stretch.
template <typename Convolve>
std::vector<double> forEachRow(const LongConv &problem, Convolve convolve) {
  int64_t length = problem.length;
  std::vector<double> result(problem.batch * problem.channels * length);
  std::vector<double> gated(length), sum(length);
  for (int64_t h = 0; h < problem.channels; ++h) {
    int64_t filterRow = h / (problem.channels / problem.filterRows);
    for (int64_t b = 0; b < problem.batch; ++b) {
      int64_t offset = (b * problem.channels + h) * length;
      for (int64_t n = 0; n < length; ++n)
        gated[n] = problem.input[offset + n] *
                   (problem.pregate ? problem.pregate[offset + n] : 1.0);
      convolve(filterRow, gated.data(), sum.data());
      for (int64_t n = 0; n < length; ++n) {
        double y = sum[n];
        if (problem.skip)
          y += problem.skip[h] * gated[n];
        if (problem.postgate)
          y *= problem.postgate[offset + n];
        result[offset + n] = y;
      }
    }
  }
  return result;
}

} // namespace conv::reference

#endif // CONV_LIB_REFERENCE_ROWLOOP_H
