//===- GpuCost.h - Predict the cost of a plan on a GPU ----------*- C++ -*-===//
//
// Counts of what the kernels of a plan do for a row follow from the plan: every
// family does the same to each 16x16 tile of samples at each stage. A
// prediction weighs the counts by the rates of a device. The times h, t, i and
// s that a row takes for its bytes of memory, its matrix products, the issue of
// its instructions and its shared memory overlap, but not fully:
//
//   time = (h^4 + (t/0.9)^4 + (i/0.8)^4 + (s/0.9)^4 + l^4)^(1/4),
//
// where the divisors say what part of a peak rate kernels reach, and l is the
// time for what rests in L2: rows between three passes, and the spectrum of a
// block plan that has to read it for every row. It holds if
// enough warps are resident to hide what a warp waits for, so that the time is
// at least what the resident warps take who each wait for memory, by turns with
// their own instructions or, with two buffers, under them.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_GPUCOST_H
#define CONV_PLAN_GPUCOST_H

#include "conv/Plan/Cost.h"
#include "conv/Plan/GpuFacts.h"

namespace conv::plan {

/// Rows of a channel that are assumed where the batch is dynamic.
constexpr int64_t assumedBatch = 64;

/// What the kernels of a tensor plan do for one row. Of `gpu` only the size of
/// L2 counts, which decides where the rows of three passes rest.
KernelCounts countKernel(const Plan &plan, const GpuFacts &gpu);

/// Registers of a thread that a plan's kernel is expected to need so as not to
/// spill any.
int64_t expectedRegisters(const Choice &choice);

/// How many thread blocks of a plan a multiprocessor holds at a time; 0 if not
/// even one, or one only with registers spilled.
int64_t residentBlocks(const Problem &problem, const Choice &choice,
                       const GpuFacts &gpu);

/// Why the shared memory of a device cannot hold a thread block of a plan, and
/// how to mend it; empty if it can.
std::string checkFit(const Problem &problem, const Choice &choice,
                     const GpuFacts &gpu);

/// The cost of a plan for tensor cores.
Cost estimate(const Plan &plan, const GpuFacts &gpu);

} // namespace conv::plan

#endif // CONV_PLAN_GPUCOST_H
