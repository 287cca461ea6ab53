//===- ToeplitzShape.cpp - Toeplitz products on tensor cores --------------===//

#include "conv/Plan/ToeplitzShape.h"

#include <algorithm>

namespace conv::plan {

namespace {
constexpr int64_t mostWhole = 8;      ///< segments of a row that is whole
constexpr int64_t smallestChunk = 16; ///< segments of a thread block
/// A chunk has at least this many times the segments that it shares with
/// others.
constexpr int64_t chunkOverlaps = 4;

int64_t divideUp(int64_t a, int64_t b) {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}
int64_t divideDown(int64_t a, int64_t b) { return -divideUp(-a, b); }
} // namespace

ToeplitzShape::ToeplitzShape(const Problem &problem) {
  bool circular = problem.kind == Kind::circular;
  // A circular row is its own past, so that all lags are positive.
  tapZeroLag = circular ? 0 : plan::firstLag(problem);
  firstLag = std::max(tapZeroLag, -(problem.length - 1));
  lastLag = std::min(tapZeroLag + problem.taps - 1, problem.length - 1);
  segments = divideUp(problem.length, segment);
  before = divideUp(std::max<int64_t>(lastLag, 0), segment);
  after = divideUp(std::max<int64_t>(-firstLag, 0), segment);
  isWhole = segments <= mostWhole;
  isOnce = isWhole && circular && problem.length % segment == 0;
  if (isWhole) {
    ring = circular && !isOnce ? segments + before : segments;
    chunk = segments;
    return;
  }
  for (ring = 1; ring < before + 1 + after;)
    ring *= 2;
  chunk = std::max(smallestChunk, chunkOverlaps * (before + after));
}

int64_t ToeplitzShape::firstDiagonal() const {
  return divideUp(firstLag - 7, 8);
}

int64_t ToeplitzShape::lastDiagonal() const {
  return divideDown(lastLag + 7, 8);
}

int64_t ToeplitzShape::pairs() const {
  int64_t needed = 4 * (lastDiagonal() - firstDiagonal()) + 7;
  // The lanes read 7 neighbours of either parity: in different banks.
  int64_t rounded = divideUp(needed, 8) * 8;
  return rounded % 32 == 0 ? rounded + 8 : rounded;
}

int64_t ToeplitzShape::tableBytes() const {
  return divideUp(8 * pairs(), 128) * 128;
}

} // namespace conv::plan
