//===- FourierPlan.cpp - How a Fourier transform is cut up ----------------===//

#include "FourierPlan.h"

#include <algorithm>
#include <cmath>

namespace conv::monarch {

std::complex<double> unitRoot(int64_t numerator, int64_t denominator) {
  // Reduce to an eighth of a turn, where sine and cosine are at their best and
  // symmetric roots come out symmetric.
  int64_t n = numerator % denominator;
  if (n < 0)
    n += denominator;
  int64_t eighth = 8 * n / denominator;
  // The nearest multiple of a quarter turn, and what is left of it, as a
  // fraction of 4 * denominator.
  int64_t quarters = (eighth + 1) / 2;
  int64_t rest = 4 * n - quarters * denominator;
  double angle = 2 * M_PI * static_cast<double>(rest) /
                 (4 * static_cast<double>(denominator));
  double c = std::cos(angle), s = std::sin(angle);
  switch (quarters % 4) {
  case 0:
    return {c, -s};
  case 1:
    return {-s, -c};
  case 2:
    return {-c, s};
  default:
    return {s, c};
  }
}

bool hasCodelet(int64_t radix) {
  return radix == 2 || radix == 4 || radix == 8 ||
         (radix % 2 != 0 && radix <= 13);
}

/// The prime factors in ascending order.
static std::vector<int64_t> primeFactors(int64_t length) {
  std::vector<int64_t> primes;
  for (int64_t p = 2; p * p <= length; ++p)
    for (; length % p == 0; length /= p)
      primes.push_back(p);
  if (length > 1)
    primes.push_back(length);
  return primes;
}

std::vector<int64_t> tileRadices(int64_t length) {
  std::vector<int64_t> radices;
  int twos = 0;
  for (; length % 2 == 0; length /= 2)
    ++twos;
  // 16 as 4 * 4 and 2^(3n+1) as 8..8 * 4 * 4: a radix-2 stage costs as many
  // loads and stores as a radix-8 stage.
  while (twos > 4 || twos == 3) {
    radices.push_back(8);
    twos -= 3;
  }
  for (; twos >= 2; twos -= 2)
    radices.push_back(4);
  if (twos == 1)
    radices.push_back(2);
  for (int64_t prime : primeFactors(length))
    radices.push_back(prime);
  return radices;
}

/// The largest power of two that is at most `limit`.
static int64_t powerOfTwo(int64_t limit) {
  int64_t power = 1;
  while (2 * power <= limit)
    power *= 2;
  return power;
}

/// Take a cut if it has more lanes, or as many and is more balanced.
static void consider(FourierSplit &best, int64_t columns, int64_t rows,
                     int64_t widest) {
  int64_t smaller = std::min(columns, rows), larger = std::max(columns, rows);
  int64_t lanes = powerOfTwo(std::min(widest, smaller));
  if (lanes > best.lanes ||
      (lanes == best.lanes && larger < std::max(best.columns, best.rows)))
    best = {columns, rows, lanes};
}

FourierSplit splitLength(int64_t length, int64_t widest) {
  FourierSplit best{1, length, 1};
  for (int64_t columns = 2; columns * columns <= length; ++columns)
    if (length % columns == 0)
      consider(best, columns, length / columns, widest);
  return best;
}

FourierSplit splitFactors(const std::vector<int64_t> &factors, int64_t widest) {
  int64_t length = 1, columns = 1;
  for (int64_t factor : factors)
    length *= factor;
  FourierSplit best{1, length, 1};
  for (int64_t factor : factors) {
    columns *= factor;
    if (columns < length)
      consider(best, columns, length / columns, widest);
  }
  return best;
}

std::vector<int64_t> digitPositions(const std::vector<int64_t> &factors) {
  int64_t length = 1;
  for (int64_t factor : factors)
    length *= factor;
  std::vector<int64_t> positions(length);
  for (int64_t k = 0; k < length; ++k) {
    int64_t rest = k, position = 0;
    for (int64_t factor : factors) {
      position = position * factor + rest % factor;
      rest /= factor;
    }
    positions[k] = position;
  }
  return positions;
}

std::vector<int64_t> digitPoints(const std::vector<int64_t> &factors) {
  std::vector<int64_t> positions = digitPositions(factors);
  std::vector<int64_t> points(positions.size());
  for (size_t k = 0; k < positions.size(); ++k)
    points[positions[k]] = static_cast<int64_t>(k);
  return points;
}

} // namespace conv::monarch
