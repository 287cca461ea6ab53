//===- Evaluate.h - Evaluate a plan in float64 ------------------*- C++ -*-===//
//
// A reader of plans that computes. It interprets the steps one at a time on a
// tile whose values really move when digits are exchanged, with twists computed
// from the digits, so that what it tests is the plan and not a formula beside
// it. The layout rule is checked on the way.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_EVALUATE_H
#define CONV_PLAN_EVALUATE_H

#include "conv/Plan/Plan.h"

#include <complex>

namespace conv::plan {

using Complex = std::complex<double>;

/// The operands of one row. `pregate` and `postgate` may be null.
struct Row {
  const double *input = nullptr; ///< N samples
  const double *pregate = nullptr;
  const double *postgate = nullptr;
  double skip = 0;
};

/// The prepared spectrum of K taps: K'_d[k] for d = firstDistance() .., k
/// natural, scaled by 1/M and by what takes the inverse shift back. Empty, with
/// `error` set, if a step is illegal; the taps themselves for a direct plan.
std::vector<Complex> evaluateSpectrum(const Plan &plan, const double *taps,
                                      std::string &error);

/// The N outputs of one row. Empty, with `error` set, if a step is illegal.
std::vector<double> evaluateRow(const Plan &plan,
                                const std::vector<Complex> &spectrum,
                                const Row &row, std::string &error);

} // namespace conv::plan

#endif // CONV_PLAN_EVALUATE_H
