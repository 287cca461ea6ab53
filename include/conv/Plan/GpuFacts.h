//===- GpuFacts.h - What the planner knows of GPUs --------------*- C++ -*-===//
//
// devices/gpu-*.json as data; see devices/README.md for the keys and the files
// for the source of each figure.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_GPUFACTS_H
#define CONV_PLAN_GPUFACTS_H

#include <cstdint>
#include <string>
#include <vector>

namespace conv::plan {

/// A GPU. Rates are of one multiprocessor and clock, in warp instructions where
/// nothing else is said.
struct GpuFacts {
  const char *name; ///< "gpu-" and the architecture, as ptxas calls it
  const char *product;
  int64_t multiprocessors;
  double clockGHz;
  int64_t sharedBytesPerBlock, sharedBytesPerMultiprocessor;
  int64_t sharedBytesReserved;      ///< of each block, by the system
  int64_t registers, warps, blocks; ///< that a multiprocessor holds
  double memoryGBs;
  double l2Bytes, l2GBs;
  double mmaFlopsF32, mmaFlopsF16; ///< by the format of the accumulators
  double half2PerClock, issuePerClock, sharedWavefrontsPerClock;

  /// The architecture, "sm_90a".
  std::string arch() const { return std::string(name).substr(4); }
  /// Bytes of memory traffic a clock that are a multiprocessor's share.
  double memoryBytesPerClock() const {
    return memoryGBs / clockGHz / static_cast<double>(multiprocessors);
  }
  double l2BytesPerClock() const {
    return l2GBs / clockGHz / static_cast<double>(multiprocessors);
  }
};

/// The GPUs that were known when the library was built.
const std::vector<GpuFacts> &gpus();

/// The facts of a GPU, by its name or by its architecture alone ("gpu-sm_90a"
/// or "sm_90a"), or null.
const GpuFacts *findGpu(const std::string &name);

} // namespace conv::plan

#endif // CONV_PLAN_GPUFACTS_H
