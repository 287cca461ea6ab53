//===- ProductShape.cpp - Tiling of the block product ---------------------===//

#include "conv/Plan/ProductShape.h"

namespace conv::plan {

/// A band of at most this many distances is unrolled.
constexpr int64_t widestUnrolledBand = 8;

static int64_t roundUp(int64_t v, int64_t to) { return (v + to - 1) / to * to; }

ProductShape::ProductShape(const Plan &plan)
    : blocks(plan.choice.blocks), first(plan.firstDistance()),
      last(plan.lastDistance()) {
  int64_t band = last - first + 1;
  banded = band <= widestUnrolledBand && band < blocks;
  frontBlocks = banded ? last : 0;
  backBlocks = banded ? -first : 0;
  if (banded || (first == 0 && last == blocks - 1)) {
    // Exact: the triangle and the unrolled band touch no other distance.
    storedFirst = first;
    stored = band;
    return;
  }
  int64_t low = first == 0 ? 0 : roundUp(-first, tile) + tile - 1;
  storedFirst = -low;
  stored = low + roundUp(last, tile) + tile;
}

} // namespace conv::plan
