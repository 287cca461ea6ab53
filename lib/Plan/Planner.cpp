//===- Planner.cpp - Choose how to compute --------------------------------===//

#include "conv/Plan/Planner.h"

#include "conv/Plan/Draw.h"

#include <algorithm>
#include <cstdio>

namespace conv::plan {

static std::string describeTensor(const Choice &choice) {
  std::string result = name(tensorShape(choice).family);
  for (size_t i = 0; i < choice.factors.size(); ++i)
    result += (i ? "." : " ") + std::to_string(choice.factors[i]);
  auto count = [&](int64_t value, const char *what) {
    result += ", " + std::to_string(value) + " " + what;
    result += value == 1 ? "" : "s";
  };
  count(choice.tensor.warps, "warp");
  count(choice.tensor.buffers, "buffer");
  if (choice.tensor.accumulate != Arithmetic::f32)
    result += std::string(", ") + name(choice.tensor.accumulate) + " sums";
  return result;
}

std::string describe(const Choice &choice) {
  if (choice.isTensor())
    return describeTensor(choice);
  std::string result = name(choice.algorithm);
  if (choice.algorithm != Algorithm::rightAngle)
    return result;
  int64_t block = 1;
  for (int64_t factor : choice.factors)
    block *= factor;
  result += ", " + std::to_string(choice.blocks) +
            (choice.blocks == 1 ? " block of " : " blocks of ") +
            std::to_string(block);
  return result;
}

std::string checkProblem(const Problem &problem) {
  int64_t limit = problem.kind == Kind::bidirectional ? 2 * problem.length - 1
                                                      : problem.length;
  if (problem.taps < 1 || problem.taps > limit)
    return "filter has " + std::to_string(problem.taps) + " taps, but a " +
           name(problem.kind) + " filter of rows of " +
           std::to_string(problem.length) + " samples has 1 to " +
           std::to_string(limit);
  return "";
}

namespace {

constexpr int64_t leaf = 256;
constexpr int64_t maxColumns = 4096;

/// The factors of a block of 256 R samples; a factor of 2 comes first.
std::vector<int64_t> blockFactors(int64_t columns) {
  std::vector<int64_t> factors;
  for (; columns >= 4; columns /= 4)
    factors.push_back(4);
  if (columns == 2)
    factors.insert(factors.begin(), 2);
  factors.insert(factors.end(), 4, 4);
  return factors;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

} // namespace

Decision decide(const Problem &problem, const DeviceFacts &device,
                const PlannerOptions &options) {
  Decision decision;
  std::vector<Candidate> ruledOut;
  auto consider = [&](const Choice &choice) {
    std::string error;
    Plan plan = buildPlan(problem, choice, error);
    if (error.empty())
      decision.candidates.push_back({choice, estimate(plan, device), ""});
    else
      ruledOut.push_back({choice, {}, error});
    return error;
  };

  Choice direct;
  direct.algorithm = Algorithm::direct;
  direct.arithmetic = options.arithmetic;
  decision.error = checkProblem(problem);
  if (decision.error.empty())
    decision.error = consider(direct);
  if (!decision.error.empty()) {
    decision.candidates.clear();
    return decision;
  }
  if (!options.allowDirect) {
    ruledOut.push_back(decision.candidates.back());
    ruledOut.back().reason =
        "the filter is a prepared spectrum, and a direct sum needs the taps";
    decision.candidates.pop_back();
  }

  auto considerBlocks = [&](Arithmetic arithmetic) {
    bool possible = false;
    for (int64_t columns = 1; columns <= maxColumns; columns *= 2) {
      int64_t block = leaf * columns;
      if (columns > 1 && block >= 2 * problem.length)
        break; // half of that already holds the row
      Choice choice;
      choice.arithmetic = arithmetic;
      choice.blocks = (problem.length + block - 1) / block;
      choice.factors = blockFactors(columns);
      possible |= consider(choice).empty();
    }
    return possible;
  };
  // A row too long for the arithmetic asked for is not left to the direct sum.
  if (!considerBlocks(options.arithmetic))
    considerBlocks(Arithmetic::f32);

  // Of equal costs, the one of fewer stages.
  std::sort(
      decision.candidates.begin(), decision.candidates.end(),
      [](const Candidate &a, const Candidate &b) {
        return std::make_pair(a.cost.nanoseconds, a.choice.factors.size()) <
               std::make_pair(b.cost.nanoseconds, b.choice.factors.size());
      });
  double best = decision.chosen().cost.nanosecondsPerElement(problem);
  for (Candidate &candidate : decision.candidates)
    if (&candidate != &decision.candidates.front())
      candidate.reason =
          "predicted " + fixed(candidate.cost.nanosecondsPerElement(problem)) +
          " ns an element, " + describe(decision.chosen().choice) + " takes " +
          fixed(best);
  decision.candidates.insert(decision.candidates.end(), ruledOut.begin(),
                             ruledOut.end());
  return decision;
}

} // namespace conv::plan
