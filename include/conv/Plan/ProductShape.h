//===- ProductShape.h - Tiling of the block product -------------*- C++ -*-===//
//
// The product over blocks, y_j = sum_i u_i k_{j-i}, is the one step whose shape
// depends on the filter: a triangle (causal), a square (two-sided) or a band
// (short filters). This is the part of the plan that fixes how prepared spectra
// lie in memory.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_PRODUCTSHAPE_H
#define CONV_PLAN_PRODUCTSHAPE_H

#include "conv/Plan/Plan.h"

namespace conv::plan {

/// How a plan's spectra are stored and its product is tiled. A band of few
/// distances is unrolled exactly and reads zero blocks beyond both ends of the
/// row; a wider one runs over whole tiles, and its spectra are padded with
/// zeros so that a tile may reach past the band.
struct ProductShape {
  explicit ProductShape(const Plan &plan);

  static constexpr int64_t tile = 4;
  int64_t blocks;      ///< J
  int64_t first, last; ///< distances with a spectrum
  int64_t storedFirst; ///< first distance in memory
  int64_t stored;      ///< distances in memory
  bool banded;         ///< unrolled over the band
  int64_t frontBlocks; ///< zero blocks that the product reads before block 0
  int64_t backBlocks;  ///< and after block J - 1
  bool inPlace() const { return first == 0; }
};

} // namespace conv::plan

#endif // CONV_PLAN_PRODUCTSHAPE_H
