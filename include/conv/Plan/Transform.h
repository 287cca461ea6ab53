//===- Transform.h - Plans of Fourier transforms ----------------*- C++ -*-===//
//
// Transforms of any length N, exact at the integer frequencies (unlike the
// right-angle transform inside a convolution). If N is a product of small
// factors, its digits are contracted one at a time with the twisted stages of
// Plan.h at shift zero (mixed radix). Otherwise Bluestein's identity
//
//   n k = (n^2 + k^2 - (k - n)^2) / 2
//
// makes it a convolution with the chirp exp(i pi m^2 / N), evaluated at a
// length M >= 2N - 1 that has small factors.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_TRANSFORM_H
#define CONV_PLAN_TRANSFORM_H

#include <complex>
#include <cstdint>
#include <string>
#include <vector>

namespace conv::plan {

enum class TransformAlgorithm { direct, mixedRadix, bluestein };

struct TransformChoice {
  TransformAlgorithm algorithm = TransformAlgorithm::mixedRadix;
  std::vector<int64_t> factors; ///< of N, or of M for bluestein
};

struct TransformCandidate {
  TransformChoice choice;
  double flops = 0;   ///< real operations of one row
  std::string reason; ///< why it was rejected; empty for the chosen one
};

/// The radices of mixed_radix plans that the planner makes.
const std::vector<int64_t> &transformRadices();

/// Every candidate for length N, the chosen one (of fewest operations) first.
/// `wish` are factors that the caller named; if not empty they are taken.
std::vector<TransformCandidate>
decideTransform(int64_t length, const std::vector<int64_t> &wish = {});

/// What is wrong with a choice for length N; empty if nothing is.
std::string checkTransform(int64_t length, const TransformChoice &choice);

/// Evaluate a valid choice in float64. The inverse divides by N. With
/// `digitReversed`, frequencies are at the positions of conv's ordering of that
/// name: in the output, or in the input of an inverse.
std::vector<std::complex<double>>
evaluateTransform(const TransformChoice &choice,
                  const std::vector<std::complex<double>> &input, bool inverse,
                  bool digitReversed = false);

const char *name(TransformAlgorithm algorithm);

} // namespace conv::plan

#endif // CONV_PLAN_TRANSFORM_H
