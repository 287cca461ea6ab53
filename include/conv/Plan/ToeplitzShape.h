//===- ToeplitzShape.h - Toeplitz products on tensor cores ------*- C++ -*-===//
//
// A warp multiplies 16 rows of one channel by the Toeplitz matrix of the taps,
// in segments of 64 samples. Rows of up to 8 segments are in shared memory as a
// whole; of longer ones a ring of segments follows the outputs, and a row is
// divided among thread blocks in chunks.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_TOEPLITZSHAPE_H
#define CONV_PLAN_TOEPLITZSHAPE_H

#include "conv/Plan/Plan.h"

namespace conv::plan {

struct ToeplitzShape {
  explicit ToeplitzShape(const Problem &problem);

  static constexpr int64_t segment = 64; ///< samples of a step
  static constexpr int64_t rows = 16;    ///< of a warp
  /// Lags that the registers of a warp hold.
  static constexpr int64_t mostLags = 512;

  int64_t firstLag, lastLag; ///< of taps that reach an output
  int64_t tapZeroLag;        ///< the lag of tap 0
  int64_t segments;          ///< of a row
  /// How many segments before and behind its own an output needs.
  int64_t before, after;
  bool isWhole; ///< the row is in shared memory as a whole
  /// A circular row that is there once, its segment -1 being its last one.
  bool isOnce;
  int64_t ring;  ///< segments in shared memory; a power of two if not whole
  int64_t chunk; ///< segments of a thread block

  int64_t lags() const { return lastLag - firstLag + 1; }
  int64_t chunks() const { return (segments + chunk - 1) / chunk; }
  /// The 8x8 blocks of the matrix that differ: block d holds lags 8 d - 7 .. 8
  /// d + 7.
  int64_t firstDiagonal() const;
  int64_t lastDiagonal() const;
  /// Pairs of taps of one parity in the table of a thread block.
  int64_t pairs() const;

  // Shared memory, in bytes: the table, then for each warp its segments and one
  // for the outputs.
  int64_t tableBytes() const;
  int64_t warpBytes() const { return (ring + 1) * 2 * segment * rows; }
  int64_t sharedBytes(int64_t warps) const {
    return tableBytes() + warps * warpBytes();
  }
};

} // namespace conv::plan

#endif // CONV_PLAN_TOEPLITZSHAPE_H
