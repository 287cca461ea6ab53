//===- RightAngleTables.h - Constants of a right-angle kernel ---*- C++ -*-===//
//
// Every constant of a kernel, computed in float64 from the plan and stored in
// one array in the order in which the kernel reads it. Vectors are groups of 16
// values, one per lane.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_RIGHTANGLETABLES_H
#define CONV_LIB_MONARCH_RIGHTANGLETABLES_H

#include "conv/Plan/Plan.h"

#include "llvm/ADT/SmallVector.h"

namespace conv::monarch {

/// Lanes that hold one leaf: its last two digits, 4 x 4.
constexpr int64_t leafLanes = 16;
/// Registers that hold one leaf: its first two digits, 4 x 4.
constexpr int64_t leafSlots = 16;

/// Offsets into the table of a forward leaf. The first two stages have scalar
/// twists (one for the first, four for the second), padded to a full line; the
/// last two have a twist per lane. An inverse leaf has only those: its first
/// two stages are not shifted, and their twists are constants of the code.
struct LeafTable {
  static constexpr int64_t first = 0;
  static constexpr int64_t second = 6;
  static constexpr int64_t third = 32;
  static constexpr int64_t fourth = third + 6 * leafLanes;
  static constexpr int64_t size = fourth + 24 * leafLanes;
};

struct RightAngleTables {
  explicit RightAngleTables(const plan::Plan &plan);

  llvm::SmallVector<double, 0> values;

  /// Twists of column stage i, one butterfly's constants per path.
  llvm::SmallVector<int64_t> columnForward, columnInverse;
  /// LeafTable per column, in the order of the columns' paths.
  int64_t leafForward = 0;
  /// The lane twists of an inverse leaf, those of its third stage first.
  int64_t leafInverse = 0;
  /// Complex vectors [column][slot]: with columns, exp(2 pi i m (k_c + t)/M)
  /// times the shift of the column inverse; without, exp(2 pi i m t / M) as
  /// (cos, -sin).
  int64_t rotation = 0;
  /// (cos, -sin) of exp(2 pi i n_c t / columns), per column sample.
  int64_t columnRotation = 0;
  /// One complex vector: what the spectrum is multiplied by, the shift of the
  /// inverse transform and 1/M.
  int64_t compensation = 0;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_RIGHTANGLETABLES_H
