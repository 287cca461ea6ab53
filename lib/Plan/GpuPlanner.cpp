//===- GpuPlanner.cpp - Choose how a GPU computes -------------------------===//

#include "conv/Plan/Draw.h"
#include "conv/Plan/Planner.h"

#include <algorithm>
#include <cstdio>

namespace conv::plan {

bool isEmitted(Family family) {
  switch (family) {
  case Family::warp:
  case Family::toeplitz:
  case Family::block:
    return true;
  case Family::threePass:
    return false;
  }
  return false;
}

namespace {

constexpr int64_t longestWarp = 256 * 16;
constexpr int64_t longestBlock = 16 * 256 * 8;
constexpr int64_t mostOuter = 1024;
/// Rows of a channel that one matrix product takes; with fewer its rows idle.
constexpr int64_t toeplitzRows = 16;
/// A matrix of this many diagonals costs as much as a transform.
constexpr int64_t longestToeplitz = 512;

/// The least power of two that is at least `value`.
int64_t powerAbove(int64_t value) {
  int64_t power = 1;
  while (power < value)
    power *= 2;
  return power;
}

/// r.. with product `outer`; what is left over of the sixteens comes first.
std::vector<int64_t> outerFactors(int64_t outer) {
  std::vector<int64_t> factors;
  for (; outer >= 16; outer /= 16)
    factors.push_back(16);
  if (outer > 1)
    factors.insert(factors.begin(), outer);
  return factors;
}

/// The factors of a family for rows of this length, best first: the transform
/// that covers the row with the least padding.
std::vector<std::vector<int64_t>> factorsOf(Family family, int64_t length) {
  std::vector<std::vector<int64_t>> result;
  switch (family) {
  case Family::warp:
    if (length <= longestWarp)
      result.push_back({16, powerAbove((length + 255) / 256), 16});
    break;
  case Family::block:
    if (length <= longestBlock)
      result.push_back({16, 16, powerAbove((length + 4095) / 4096), 16});
    break;
  case Family::threePass:
    for (int64_t tiles : {8, 4, 2}) {
      int64_t block = 16 * 256 * tiles;
      int64_t outer = powerAbove((length + block - 1) / block);
      if (outer < 2 || outer > mostOuter)
        continue;
      std::vector<int64_t> factors = outerFactors(outer);
      factors.insert(factors.end(), {16, 16, tiles, 16});
      result.push_back(factors);
    }
    break;
  case Family::toeplitz:
    result.push_back({});
    break;
  }
  return result;
}

/// The numbers of warps that are tried for a family.
std::vector<int64_t> warpsOf(Family family) {
  if (family == Family::block || family == Family::threePass)
    return {16, 8}; // one row of the inner transform for each warp, or two
  return {8, 16, 12, 10, 7, 6, 5, 4, 3, 2, 1};
}

/// Why a family is no candidate at all; empty if it is.
std::string checkFamily(Family family, const Problem &problem,
                        const PlannerOptions &options) {
  if (options.onlyEmitted && !isEmitted(family))
    return "no kernels of this family are built yet";
  if (family != Family::toeplitz)
    return "";
  if (!options.allowDirect)
    return "the filter is a prepared spectrum, and a toeplitz product needs "
           "the "
           "taps";
  if (lastLag(problem) - firstLag(problem) >= longestToeplitz)
    return "the filter reaches over more than " +
           std::to_string(longestToeplitz) + " samples";
  if (problem.batch < toeplitzRows)
    return "a product takes " + std::to_string(toeplitzRows) +
           " rows of a channel, and " +
           (problem.batch < 0
                ? "the batch is not known"
                : "the batch has " + std::to_string(problem.batch));
  return "";
}

std::string picoseconds(const Problem &problem, const Cost &cost) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g",
                1000 * cost.nanosecondsPerElement(problem));
  return text;
}

/// The best thread block of a family, with a reason if there is none.
Candidate bestOf(Family family, const Problem &problem, const GpuFacts &gpu,
                 const PlannerOptions &options) {
  Candidate best;
  best.choice.algorithm =
      family == Family::toeplitz ? Algorithm::toeplitz : Algorithm::rightAngle;
  best.choice.arithmetic = options.arithmetic;
  best.choice.tensor.accumulate = options.accumulate;
  best.choice.tensor.warps = warpsOf(family).front();
  best.choice.factors = factorsOf(family, problem.length).front();
  best.reason = checkFamily(family, problem, options);
  if (!best.reason.empty())
    return best;
  bool any = false;
  for (const std::vector<int64_t> &factors : factorsOf(family, problem.length))
    for (int64_t warps : warpsOf(family))
      for (int64_t buffers : {2, 1}) {
        Choice choice = best.choice;
        choice.factors = factors;
        choice.tensor.warps = warps;
        choice.tensor.buffers = buffers;
        std::string error;
        Plan plan = buildPlan(problem, choice, error);
        if (error.empty())
          error = checkFit(problem, choice, gpu);
        if (error.empty() && residentBlocks(problem, choice, gpu) == 0)
          continue; // would spill registers
        if (error.empty()) {
          Cost cost = estimate(plan, gpu);
          // A thread block that is not clearly better is not preferred to one
          // that was tried before.
          if (!any || cost.nanoseconds < 0.999 * best.cost.nanoseconds) {
            best.choice = choice;
            best.cost = cost;
          }
          any = true;
        } else if (!any) {
          best.choice = choice; // the smallest one, which does not fit either
          best.reason = error;
        }
      }
  if (any)
    best.reason.clear();
  return best;
}

/// Why no family takes this problem.
std::string explainNone(const Problem &problem, const GpuFacts &gpu,
                        const std::vector<Candidate> &candidates) {
  std::string error = std::string("no kernel on ") + gpu.name +
                      " takes rows of " + std::to_string(problem.length) +
                      " samples";
  for (const Candidate &candidate : candidates)
    error += "; " + describe(candidate.choice) + ": " + candidate.reason;
  return error;
}

} // namespace

Decision decide(const Problem &problem, const GpuFacts &gpu,
                const PlannerOptions &options) {
  Decision decision;
  decision.error = checkProblem(problem);
  if (decision.error.empty()) {
    Choice direct; // fits every length that any plan takes
    direct.algorithm = Algorithm::direct;
    buildPlan(problem, direct, decision.error);
  }
  if (decision.error.empty() && options.arithmetic != Arithmetic::f16)
    decision.error = std::string("tensor-core plans compute in f16, not in ") +
                     name(options.arithmetic) + "; use arithmetic = f16";
  if (!decision.error.empty())
    return decision;

  std::vector<Candidate> ruledOut;
  for (Family family :
       {Family::warp, Family::block, Family::threePass, Family::toeplitz}) {
    if (factorsOf(family, problem.length).empty())
      continue;
    Candidate best = bestOf(family, problem, gpu, options);
    (best.reason.empty() ? decision.candidates : ruledOut).push_back(best);
  }
  if (decision.candidates.empty()) {
    decision.error = explainNone(problem, gpu, ruledOut);
    return decision;
  }
  // Of equal costs, the simpler family.
  auto order = [](const Candidate &candidate) {
    return std::make_pair(candidate.cost.nanoseconds,
                          tensorShape(candidate.choice).family);
  };
  std::sort(decision.candidates.begin(), decision.candidates.end(),
            [&](const Candidate &a, const Candidate &b) {
              return order(a) < order(b);
            });
  const Candidate &chosen = decision.chosen();
  std::string comparison = " ps an element, " + describe(chosen.choice) +
                           " takes " + picoseconds(problem, chosen.cost);
  for (size_t i = 1; i < decision.candidates.size(); ++i)
    decision.candidates[i].reason =
        "predicted " + picoseconds(problem, decision.candidates[i].cost) +
        comparison;
  decision.candidates.insert(decision.candidates.end(), ruledOut.begin(),
                             ruledOut.end());
  return decision;
}

Decision decide(const Problem &problem, const Device &device,
                const PlannerOptions &options) {
  return device.cpu ? decide(problem, *device.cpu, options)
                    : decide(problem, *device.gpu, options);
}

} // namespace conv::plan
