//===- Planner.h - Choose how to compute ------------------------*- C++ -*-===//
//
// The one place that decides. It lists every candidate, predicts the cost of
// each, and picks the least; what it rejects keeps its reason, for remarks.
//
// Candidates are the direct sum, and right-angle plans whose leaf is 256
// samples under column factors of 2 and 4, so that a block has 256 R samples,
// R = 1, 2, 4, .., 4096. More columns mean fewer blocks: less product, but more
// stages and, where the row does not fill its last block, more padding. The
// cost model weighs them. Where the arithmetic asked for allows none of them,
// they are planned in f32.
//
// On a GPU the candidates are the families of TensorPlan.h, each with the
// thread block that is predicted to be fastest among those that fit the device.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_PLANNER_H
#define CONV_PLAN_PLANNER_H

#include "conv/Plan/Device.h"
#include "conv/Plan/TensorPlan.h"

namespace conv::plan {

struct Candidate {
  Choice choice;
  Cost cost;
  std::string reason; ///< why it was rejected; empty for the chosen one
};

/// What the caller allows beyond the problem.
struct PlannerOptions {
  Arithmetic arithmetic = Arithmetic::f32;
  /// Whether the taps are at hand. A prepared spectrum rules out direct sums.
  bool allowDirect = true;
  /// Of matrix products on tensor cores, f32 or f16.
  Arithmetic accumulate = Arithmetic::f32;
  /// Whether families without a kernel are left out. Without them a decision
  /// says what would be best, but cannot be compiled.
  bool onlyEmitted = true;
};

struct Decision {
  std::vector<Candidate> candidates; ///< the chosen one first
  std::string error;                 ///< why there is none; then no candidates
  const Candidate &chosen() const { return candidates.front(); }
};

/// Whether the compiler has kernels of a family.
bool isEmitted(Family family);

/// What is wrong with a problem, whatever the plan; empty if nothing.
std::string checkProblem(const Problem &problem);

Decision decide(const Problem &problem, const DeviceFacts &device,
                const PlannerOptions &options = {});
Decision decide(const Problem &problem, const GpuFacts &gpu,
                const PlannerOptions &options = {});
Decision decide(const Problem &problem, const Device &device,
                const PlannerOptions &options = {});

/// "right_angle, 16 blocks of 256", "direct" or "warp 16.4.16, 8 warps, 2
/// buffers".
std::string describe(const Choice &choice);

} // namespace conv::plan

#endif // CONV_PLAN_PLANNER_H
