//===- Cost.h - Predict the cost of a plan ----------------------*- C++ -*-===//
//
// A reader of plans that counts. Operations and bytes follow from the steps;
// the time of each kind of step comes from the facts of a device, which live in
// devices/*.json, so that a machine without the device can plan for it.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_COST_H
#define CONV_PLAN_COST_H

#include "conv/Plan/Plan.h"

namespace conv::plan {

/// What the cost model knows of one core; see devices/README.md. Times are
/// nanoseconds for each sample of a row.
struct DeviceFacts {
  const char *name;
  double lanes;
  double l1Bytes, l2Bytes, l3Bytes;
  double rowPass, leafDigit, exchange;
  double column2, column4, twiddle;
  double product;
  double directRow, directTap;
  double toeplitzRow, toeplitzTap;
  double byteL3, byteMemory;
};

/// The devices that were known when the library was built.
const std::vector<DeviceFacts> &devices();

/// The facts of a device, or null.
const DeviceFacts *findDevice(const std::string &name);

/// What the kernels of a plan for tensor cores do for one row, on average.
/// Counts are of warp instructions.
struct KernelCounts {
  double mma = 0;              ///< matrix products m16n8k16
  double half2 = 0;            ///< arithmetic on pairs of f16
  double conversions = 0;      ///< of pairs of f32 to f16
  double matrixMoves = 0;      ///< ldmatrix, stmatrix, of four matrices
  double instructions = 0;     ///< all that are issued
  double sharedWavefronts = 0; ///< 128 bytes each
  double memoryBytes = 0;      ///< to and from memory
  double l2Bytes = 0;          ///< to and from L2, those of memory too
  double passBytes = 0;        ///< of these, of what is read again from L2
  double sharedBytes = 0;      ///< of a thread block
};

/// The cost of one row. Counts are of real operations, where a multiply-add is
/// two; bytes are those of float32 rows (of f16 rows on a GPU) and of the
/// spectrum, whose cost the rows of a batch share.
struct Cost {
  double flops = 0;
  double bytes = 0;
  double scratchBytes = 0;
  double nanoseconds = 0; ///< for a row, on one core or on a whole GPU
  /// To move the row and its gates alone; 0 on a CPU.
  double floorNanoseconds = 0;
  KernelCounts kernel; ///< of a plan for tensor cores
  double nanosecondsPerElement(const Problem &problem) const {
    return nanoseconds / static_cast<double>(problem.length);
  }
};

/// How many products of a block with a spectrum one row takes.
int64_t productCount(const Plan &plan);

Cost estimate(const Plan &plan, const DeviceFacts &device);

} // namespace conv::plan

#endif // CONV_PLAN_COST_H
