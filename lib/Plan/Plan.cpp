//===- Plan.cpp - Build and verify a plan ---------------------------------===//

#include "conv/Plan/Plan.h"

#include "conv/Plan/ProductShape.h"
#include "conv/Plan/TensorPlan.h"

#include <algorithm>

namespace conv::plan {

namespace {
constexpr int leafDigits = 4;
/// The largest tangent of a transform grows with the block, by 81 at 256: times
/// the samples it has to stay within the format.
constexpr int64_t largestHalfBlock = 1024;
/// What all blocks may add up to has to fit the format, and what a single one
/// gives must not get lost in it.
constexpr int64_t mostHalfBlocks = 64;
/// Work grows with the square of the length; long before this the transforms
/// win.
constexpr int64_t largestToeplitz = 16384;

int64_t floorDiv(int64_t a, int64_t b) {
  int64_t q = a / b;
  return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}
} // namespace

int64_t firstLag(const Problem &problem) {
  switch (problem.kind) {
  case Kind::causal:
    return 0;
  case Kind::circular: // a period is the same as lags -(N-1)..N-1
    return -(problem.length - 1);
  case Kind::bidirectional:
    return -((problem.taps - 1) / 2);
  }
  return 0;
}

int64_t lastLag(const Problem &problem) {
  switch (problem.kind) {
  case Kind::causal:
    return problem.taps - 1;
  case Kind::circular: // lag K-1-N+m*N never exceeds K-1
    return problem.taps - 1;
  case Kind::bidirectional:
    return problem.taps - 1 - (problem.taps - 1) / 2;
  }
  return 0;
}

int64_t Plan::block() const {
  int64_t m = 1;
  for (int64_t r : choice.factors)
    m *= r;
  return m;
}

int Plan::columnDigits() const {
  if (choice.isTensor())
    return 0;
  return std::max<int>(0, static_cast<int>(choice.factors.size()) - leafDigits);
}

int64_t Plan::columns() const {
  int64_t m = 1;
  for (int i = 0; i < columnDigits(); ++i)
    m *= choice.factors[i];
  return m;
}

int64_t Plan::leaf() const { return block() / columns(); }

int64_t Plan::firstDistance() const {
  // K'_d covers lags dM-M+1 .. dM+M-1 (the block d and the one before it).
  return std::max(-(choice.blocks - 1), floorDiv(firstLag(problem), block()));
}

int64_t Plan::lastDistance() const {
  return std::min(choice.blocks - 1,
                  floorDiv(lastLag(problem) - 1, block()) + 1);
}

int64_t Plan::spectrumSize() const {
  if (choice.algorithm != Algorithm::rightAngle)
    return problem.taps;
  if (choice.isTensor())
    return tensorSpectrumSize(*this);
  return 2 * block() * ProductShape(*this).stored;
}

std::string describe(const Step &step) {
  std::string digit = " digit " + std::to_string(step.digit);
  switch (step.kind) {
  case StepKind::load:
    return "load";
  case StepKind::forward:
    return "forward" + digit;
  case StepKind::exchange:
    return "exchange slot " + std::to_string(step.digit) + ", lane " +
           std::to_string(step.partner);
  case StepKind::product:
    return "product";
  case StepKind::inverse:
    return "inverse" + digit;
  case StepKind::twiddle:
    return "twiddle";
  case StepKind::store:
    return "store";
  }
  return "";
}

static std::string checkToeplitz(const Problem &problem, const Choice &choice) {
  if (choice.arithmetic != Arithmetic::bf16)
    return "a toeplitz plan multiplies tiles of bf16; use arithmetic = bf16";
  if (choice.blocks != 1 || !choice.factors.empty())
    return "a toeplitz plan has neither blocks nor factors; leave them out";
  if (problem.length > largestToeplitz)
    return "a toeplitz plan takes rows of up to " +
           std::to_string(largestToeplitz) + " samples, but these have " +
           std::to_string(problem.length) + "; use right_angle";
  return "";
}

static std::string checkChoice(const Problem &problem, const Choice &choice) {
  auto text = [](int64_t v) { return std::to_string(v); };
  if (problem.length < 1 || problem.length > (int64_t(1) << 24))
    return "sequence length " + text(problem.length) +
           " is outside 1..16777216; split the sequence";
  if (choice.isTensor())
    return checkTensorChoice(problem, choice);
  if (choice.algorithm == Algorithm::direct)
    return "";
  if (choice.algorithm == Algorithm::toeplitz)
    return checkToeplitz(problem, choice);
  if (choice.arithmetic == Arithmetic::bf16)
    return "bf16 is too coarse for the sums of a right_angle plan; use "
           "arithmetic = f32 or f16";
  if (choice.factors.size() < leafDigits)
    return "plan has " + text(choice.factors.size()) +
           " factors, but the leaf alone has four; use factors = [4, 4, 4, 4]";
  size_t columns = choice.factors.size() - leafDigits;
  int64_t block = 1;
  for (size_t i = 0; i < choice.factors.size(); ++i) {
    int64_t r = choice.factors[i];
    if (i >= columns && r != 4)
      return "leaf factor " + text(r) + " is not 4";
    if (i < columns && r != 2 && r != 4)
      return "column factor " + text(r) + " is neither 2 nor 4";
    block *= r;
    if (block > (int64_t(1) << 24)) // also keeps the product from overflowing
      return "factors multiply to more than 16777216; use fewer";
  }
  if (choice.arithmetic == Arithmetic::f16 && block > largestHalfBlock)
    return "f16 cannot hold the tangents of blocks of " + text(block) +
           " samples, only of " + text(largestHalfBlock) +
           "; use fewer column factors or arithmetic = f32";
  if (choice.blocks < 1)
    return "plan has " + text(choice.blocks) + " blocks; use at least 1";
  int64_t needed = (problem.length + block - 1) / block;
  if (choice.blocks != needed)
    return "plan has " + text(choice.blocks) + " blocks of " + text(block) +
           " samples, but a row of " + text(problem.length) + " needs " +
           text(needed) + "; use blocks = " + text(needed);
  Plan plan;
  plan.problem = problem;
  plan.choice = choice;
  int64_t summed = std::min(choice.blocks, plan.distances());
  if (choice.arithmetic == Arithmetic::f16 && summed > mostHalfBlocks)
    return "f16 has no range for sums over " + text(summed) +
           " blocks, only over " + text(mostHalfBlocks) +
           "; use longer blocks or arithmetic = f32";
  return "";
}

Plan buildPlan(const Problem &problem, const Choice &choice,
               std::string &error) {
  Plan plan;
  plan.problem = problem;
  plan.choice = choice;
  error = checkChoice(problem, choice);
  if (!error.empty() || choice.algorithm != Algorithm::rightAngle)
    return plan;
  if (choice.isTensor()) {
    addTensorSteps(plan);
    return plan;
  }

  int count = static_cast<int>(choice.factors.size());
  int first = plan.columnDigits();
  int64_t weight = plan.block(), frequencyWeight = 1;
  for (int i = 0; i < count; ++i) {
    weight /= choice.factors[i];
    plan.digits.push_back({choice.factors[i], weight, frequencyWeight});
    frequencyWeight *= choice.factors[i];
    plan.places.push_back(i < first       ? Place::column
                          : i < first + 2 ? Place::slot
                                          : Place::lane);
  }

  auto &steps = plan.steps;
  int a = first, b = first + 1, c = first + 2, d = first + 3;
  steps.push_back({StepKind::load});
  for (int i = 0; i < first; ++i)
    steps.push_back({StepKind::forward, i});
  steps.push_back({StepKind::forward, a});
  steps.push_back({StepKind::forward, b});
  steps.push_back({StepKind::exchange, b, d});
  steps.push_back({StepKind::exchange, a, c});
  steps.push_back({StepKind::forward, c});
  steps.push_back({StepKind::forward, d});
  steps.push_back({StepKind::product});
  steps.push_back({StepKind::inverse, d});
  steps.push_back({StepKind::inverse, c});
  steps.push_back({StepKind::exchange, c, a});
  steps.push_back({StepKind::exchange, d, b});
  steps.push_back({StepKind::inverse, b});
  steps.push_back({StepKind::inverse, a});
  if (first > 0)
    steps.push_back({StepKind::twiddle});
  for (int i = first - 1; i >= 0; --i)
    steps.push_back({StepKind::inverse, i});
  steps.push_back({StepKind::store});
  return plan;
}

} // namespace conv::plan
