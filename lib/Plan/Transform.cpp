//===- Transform.cpp - Plans of Fourier transforms ------------------------===//

#include "conv/Plan/Transform.h"

#include <algorithm>

namespace conv::plan {

using Complex = std::complex<double>;

const char *name(TransformAlgorithm algorithm) {
  switch (algorithm) {
  case TransformAlgorithm::direct:
    return "direct";
  case TransformAlgorithm::mixedRadix:
    return "mixed_radix";
  case TransformAlgorithm::bluestein:
    return "bluestein";
  }
  return "";
}

const std::vector<int64_t> &transformRadices() {
  static const std::vector<int64_t> radices = {4, 2, 3, 5, 7, 11, 13};
  return radices;
}

namespace {

constexpr int64_t maxLength = int64_t(1) << 24;

/// exp(2 pi i numerator / denominator), reduced first so that large products
/// lose nothing.
Complex root(int64_t numerator, int64_t denominator) {
  double turns = static_cast<double>(numerator % denominator) /
                 static_cast<double>(denominator);
  return std::polar(1.0, 2 * 3.14159265358979323846 * turns);
}

/// Split off the planner's radices; what is left is 1 if N has no others.
std::vector<int64_t> smallFactors(int64_t length, int64_t &rest) {
  std::vector<int64_t> factors;
  for (int64_t radix : transformRadices())
    for (; length % radix == 0; length /= radix)
      factors.push_back(radix);
  rest = length;
  return factors;
}

/// Real operations of one mixed-radix transform: a rotation (6) a point and
/// stage, and butterflies of 8 r operations a point, but for 2 and 4, whose
/// roots cost nothing.
double mixedRadixFlops(const std::vector<int64_t> &factors) {
  double length = 1, perPoint = 0;
  for (int64_t radix : factors) {
    length *= static_cast<double>(radix);
    perPoint += 6 + (radix == 2   ? 2
                     : radix == 4 ? 4
                                  : 8 * static_cast<double>(radix));
  }
  return length * perPoint;
}

double directFlops(int64_t length) {
  return 8.0 * static_cast<double>(length) * static_cast<double>(length);
}

/// The cheapest length of at least 2N-1 with the factors 2, 3 and 5.
std::vector<int64_t> chirpFactors(int64_t length) {
  int64_t needed = std::max<int64_t>(2 * length - 1, 2);
  std::vector<int64_t> best;
  for (int64_t odd : {1, 3, 5, 9, 15}) {
    int64_t size = odd, rest = 1;
    while (size < needed)
      size *= 2;
    if (size == 1)
      continue;
    std::vector<int64_t> factors = smallFactors(size, rest);
    if (best.empty() || mixedRadixFlops(factors) < mixedRadixFlops(best))
      best = factors;
  }
  return best;
}

std::string text(int64_t value) { return std::to_string(value); }

/// Contract the digits of `data` in place: afterwards the position of n_i holds
/// k_i. The twist of stage i is (k_1 + r_1 k_2 + ..) / (r_1 .. r_{i-1}).
void contractAll(const std::vector<int64_t> &factors, int sign,
                 std::vector<Complex> &data) {
  int64_t length = static_cast<int64_t>(data.size());
  int64_t weight = length, produced = 1;
  for (size_t i = 0; i < factors.size(); ++i) {
    int64_t radix = factors[i];
    weight /= radix;
    std::vector<Complex> in(radix);
    for (int64_t at = 0; at < length; ++at) {
      if (at / weight % radix != 0)
        continue;
      // The frequency digits produced so far lie above this one.
      int64_t frequency = 0, scale = 1, below = length;
      for (size_t q = 0; q < i; ++q) {
        below /= factors[q];
        frequency += at / below % factors[q] * scale;
        scale *= factors[q];
      }
      for (int64_t n = 0; n < radix; ++n)
        in[n] = data[at + n * weight];
      for (int64_t k = 0; k < radix; ++k) {
        Complex sum = 0;
        for (int64_t n = 0; n < radix; ++n) {
          int64_t numerator = n * (frequency + k * produced);
          sum +=
              in[n] * (sign > 0 ? root(numerator, radix * produced)
                                : std::conj(root(numerator, radix * produced)));
        }
        data[at + k * weight] = sum;
      }
    }
    produced *= radix;
  }
}

/// The frequency at each position after contractAll.
std::vector<int64_t> frequencies(const std::vector<int64_t> &factors,
                                 int64_t length) {
  std::vector<int64_t> result(length);
  for (int64_t at = 0; at < length; ++at) {
    int64_t frequency = 0, scale = 1, below = length;
    for (int64_t radix : factors) {
      below /= radix;
      frequency += at / below % radix * scale;
      scale *= radix;
    }
    result[at] = frequency;
  }
  return result;
}

std::vector<Complex> mixedRadix(const std::vector<int64_t> &factors, int sign,
                                std::vector<Complex> data, bool keepOrder) {
  contractAll(factors, sign, data);
  if (keepOrder)
    return data;
  std::vector<int64_t> frequency =
      frequencies(factors, static_cast<int64_t>(data.size()));
  std::vector<Complex> natural(data.size());
  for (size_t at = 0; at < data.size(); ++at)
    natural[frequency[at]] = data[at];
  return natural;
}

std::vector<Complex> bluestein(const std::vector<int64_t> &factors, int sign,
                               const std::vector<Complex> &input) {
  int64_t length = static_cast<int64_t>(input.size()), size = 1;
  for (int64_t radix : factors)
    size *= radix;
  auto chirp = [&](int64_t n) {
    Complex w = root(n * n % (2 * length), 2 * length);
    return sign > 0 ? w : std::conj(w);
  };
  std::vector<Complex> a(size), b(size);
  for (int64_t n = 0; n < length; ++n) {
    a[n] = input[n] * chirp(n);
    b[n] = std::conj(chirp(n));
    b[(size - n) % size] = b[n];
  }
  // Both are only multiplied point by point, so that their order is free; the
  // inverse of a digit-reversed product is the forward one, conjugated.
  a = mixedRadix(factors, -1, a, /*keepOrder=*/true);
  b = mixedRadix(factors, -1, b, /*keepOrder=*/true);
  std::vector<int64_t> frequency = frequencies(factors, size);
  std::vector<Complex> product(size);
  for (int64_t at = 0; at < size; ++at)
    product[frequency[at]] = a[at] * b[at];
  product = mixedRadix(factors, +1, product, /*keepOrder=*/false);
  std::vector<Complex> output(length);
  for (int64_t k = 0; k < length; ++k)
    output[k] = product[k] * chirp(k) / static_cast<double>(size);
  return output;
}

std::vector<Complex> direct(int sign, const std::vector<Complex> &input) {
  int64_t length = static_cast<int64_t>(input.size());
  std::vector<Complex> output(length, 0.0);
  for (int64_t k = 0; k < length; ++k)
    for (int64_t n = 0; n < length; ++n) {
      Complex w = root(n * k, length);
      output[k] += input[n] * (sign > 0 ? w : std::conj(w));
    }
  return output;
}

} // namespace

std::string checkTransform(int64_t length, const TransformChoice &choice) {
  if (length < 1 || length > maxLength)
    return "transform length " + text(length) + " is outside 1.." +
           text(maxLength);
  if (choice.algorithm == TransformAlgorithm::direct)
    return "";
  int64_t product = 1;
  for (int64_t factor : choice.factors) {
    if (factor < 2)
      return "factor " + text(factor) + " is not at least 2";
    if (product > 4 * maxLength / factor)
      return "factors multiply to more than " + text(4 * maxLength);
    product *= factor;
  }
  if (choice.algorithm == TransformAlgorithm::mixedRadix && product != length)
    return "factors multiply to " + text(product) + ", but the rows have " +
           text(length) + " samples";
  if (choice.algorithm == TransformAlgorithm::bluestein &&
      product < 2 * length - 1)
    return "factors multiply to " + text(product) + ", but rows of " +
           text(length) + " samples need at least " + text(2 * length - 1);
  return "";
}

std::vector<TransformCandidate>
decideTransform(int64_t length, const std::vector<int64_t> &wish) {
  std::vector<TransformCandidate> candidates, ruledOut;
  if (!wish.empty()) {
    candidates.push_back(
        {{TransformAlgorithm::mixedRadix, wish}, mixedRadixFlops(wish), ""});
    return candidates;
  }
  candidates.push_back(
      {{TransformAlgorithm::direct, {}}, directFlops(length), ""});
  int64_t rest = 1;
  std::vector<int64_t> factors = smallFactors(length, rest);
  if (rest == 1 && length > 1)
    candidates.push_back({{TransformAlgorithm::mixedRadix, factors},
                          mixedRadixFlops(factors),
                          ""});
  else if (length > 1)
    ruledOut.push_back({{TransformAlgorithm::mixedRadix, {}},
                        0,
                        "length " + text(length) + " has the factor " +
                            text(rest) + " without a prime up to 13"});
  std::vector<int64_t> chirp = chirpFactors(length);
  double points = 1;
  for (int64_t factor : chirp)
    points *= static_cast<double>(factor);
  // The chirp's own transform is a table: two transforms, three products.
  candidates.push_back({{TransformAlgorithm::bluestein, chirp},
                        2 * mixedRadixFlops(chirp) + 18 * points,
                        ""});
  std::sort(candidates.begin(), candidates.end(),
            [](const TransformCandidate &a, const TransformCandidate &b) {
              return std::make_pair(a.flops, a.choice.algorithm) <
                     std::make_pair(b.flops, b.choice.algorithm);
            });
  for (size_t i = 1; i < candidates.size(); ++i)
    candidates[i].reason =
        "takes " + text(static_cast<int64_t>(candidates[i].flops)) +
        " operations a row, " + name(candidates[0].choice.algorithm) +
        " takes " + text(static_cast<int64_t>(candidates[0].flops));
  candidates.insert(candidates.end(), ruledOut.begin(), ruledOut.end());
  return candidates;
}

std::vector<Complex> evaluateTransform(const TransformChoice &choice,
                                       const std::vector<Complex> &input,
                                       bool inverse, bool digitReversed) {
  int64_t length = static_cast<int64_t>(input.size());
  int sign = inverse ? +1 : -1;
  std::vector<Complex> data = input;
  if (digitReversed && inverse) {
    std::vector<int64_t> frequency = frequencies(choice.factors, length);
    for (int64_t at = 0; at < length; ++at)
      data[frequency[at]] = input[at];
  }
  switch (choice.algorithm) {
  case TransformAlgorithm::direct:
    data = direct(sign, data);
    break;
  case TransformAlgorithm::mixedRadix:
    data = mixedRadix(choice.factors, sign, data, digitReversed && !inverse);
    break;
  case TransformAlgorithm::bluestein:
    data = bluestein(choice.factors, sign, data);
    break;
  }
  if (inverse)
    for (Complex &value : data)
      value /= static_cast<double>(length);
  return data;
}

} // namespace conv::plan
