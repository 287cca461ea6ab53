//===- EvaluateTest.cpp - Plans against the sum ---------------------------===//

#include "conv/Plan/Evaluate.h"
#include "conv/Plan/Planner.h"
#include "conv/Reference/Reference.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <random>

using namespace conv;
using namespace conv::plan;

namespace {

constexpr unsigned seed = 20261121;

std::vector<double> randomRow(std::mt19937_64 &random, int64_t count) {
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double &value : values)
    value = normal(random);
  return values;
}

int64_t maxTaps(Kind kind, int64_t length) {
  return kind == Kind::bidirectional ? 2 * length - 1 : length;
}

int64_t uniform(std::mt19937_64 &random, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}

/// Evaluate a choice on one random row with both gates and a skip weight, and
/// hold it against the naive sum.
void check(std::mt19937_64 &random, const Problem &problem,
           const Choice &choice) {
  SCOPED_TRACE(describe(choice) + ", kind " +
               std::to_string(static_cast<int>(problem.kind)) + ", N " +
               std::to_string(problem.length) + ", K " +
               std::to_string(problem.taps));
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  ASSERT_EQ(error, "");
  auto taps = randomRow(random, problem.taps);
  auto input = randomRow(random, problem.length);
  auto pregate = randomRow(random, problem.length);
  auto postgate = randomRow(random, problem.length);
  Row row{input.data(), pregate.data(), postgate.data(), 0.75};

  std::vector<Complex> spectrum = evaluateSpectrum(plan, taps.data(), error);
  ASSERT_EQ(error, "");
  std::vector<double> got = evaluateRow(plan, spectrum, row, error);
  ASSERT_EQ(error, "");

  reference::LongConv naive;
  naive.kind = static_cast<reference::Kind>(problem.kind);
  naive.length = problem.length;
  naive.taps = problem.taps;
  naive.input = input.data();
  naive.filter = taps.data();
  naive.pregate = pregate.data();
  naive.postgate = postgate.data();
  naive.skip = &row.skip;
  EXPECT_LT(reference::relativeL2(got, reference::longConvNaive(naive)), 1e-12);
}

TEST(Evaluate, EveryColumnCountMatchesTheSum) {
  std::mt19937_64 random(seed);
  const std::vector<std::vector<int64_t>> columns = {
      {}, {2}, {4}, {2, 4}, {4, 2}, {4, 4}, {2, 2, 2}};
  for (const auto &digits : columns)
    for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional}) {
      Choice choice;
      choice.factors = digits;
      choice.factors.insert(choice.factors.end(), 4, 4);
      int64_t block = 1;
      for (int64_t factor : choice.factors)
        block *= factor;
      choice.blocks = uniform(random, 1, 3);
      Problem problem;
      problem.kind = kind;
      problem.length = block * (choice.blocks - 1) + uniform(random, 1, block);
      problem.taps = uniform(random, 1, maxTaps(kind, problem.length));
      check(random, problem, choice);
    }
}

TEST(Evaluate, ShortAndAwkwardRows) {
  std::mt19937_64 random(seed + 1);
  for (int64_t length : {1, 2, 3, 17, 255, 256, 257, 509, 768, 1021, 1800})
    for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional})
      for (int64_t taps :
           {int64_t(1), (length + 1) / 2, length, maxTaps(kind, length)}) {
        Problem problem;
        problem.kind = kind;
        problem.length = length;
        problem.taps = taps;
        Choice choice;
        choice.factors = {4, 4, 4, 4};
        choice.blocks = (length + 255) / 256;
        check(random, problem, choice);
      }
}

TEST(Evaluate, WhatThePlannerPicks) {
  std::mt19937_64 random(seed + 2);
  for (int round = 0; round < 40; ++round) {
    Problem problem;
    problem.kind = static_cast<Kind>(uniform(random, 0, 2));
    problem.length = uniform(random, 1, 3000);
    problem.taps = uniform(random, 1, maxTaps(problem.kind, problem.length));
    PlannerOptions options;
    options.allowDirect = round % 2;
    Decision decision = decide(problem, devices().front(), options);
    ASSERT_EQ(decision.error, "");
    check(random, problem, decision.chosen().choice);
  }
}

TEST(Evaluate, ImpulseAtEveryLag) {
  // One tap at lag K-1 delays a row; block borders are where this goes wrong.
  Problem problem;
  problem.length = 700;
  Choice choice;
  choice.factors = {4, 4, 4, 4};
  choice.blocks = 3;
  std::vector<double> input(problem.length);
  for (int64_t n = 0; n < problem.length; ++n)
    input[n] = static_cast<double>(n + 1);
  for (int64_t lag : {0, 1, 255, 256, 257, 511, 512, 513, 699}) {
    problem.taps = lag + 1;
    std::vector<double> taps(problem.taps, 0.0);
    taps.back() = 1;
    std::string error;
    Plan plan = buildPlan(problem, choice, error);
    Row row{input.data(), nullptr, nullptr, 0};
    auto output = evaluateRow(plan, evaluateSpectrum(plan, taps.data(), error),
                              row, error);
    ASSERT_EQ(error, "");
    for (int64_t n = 0; n < problem.length; ++n)
      ASSERT_NEAR(output[n], n < lag ? 0.0 : input[n - lag], 1e-9)
          << "lag " << lag << ", sample " << n;
  }
}

TEST(Evaluate, TensorPlansMatchTheSum) {
  // Every family's factors, rows that fill them and rows that do not.
  std::mt19937_64 random(seed + 3);
  const std::vector<std::vector<int64_t>> plans = {
      {16, 1, 16},  {16, 2, 16},     {16, 4, 16},        {16, 8, 16},
      {16, 16, 16}, {16, 16, 1, 16}, {2, 16, 16, 1, 16}, {2, 2, 16, 16, 1, 16}};
  for (const auto &factors : plans)
    for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional}) {
      Choice choice;
      choice.arithmetic = Arithmetic::f16;
      choice.tensor.warps = 8;
      choice.factors = factors;
      int64_t capacity = tensorShape(choice).capacity;
      for (int64_t length : {capacity, uniform(random, 1, capacity)}) {
        // The reference sums over taps: long rows get few.
        int64_t most = std::min(maxTaps(kind, length), 4000000 / length);
        Problem problem;
        problem.kind = kind;
        problem.length = length;
        problem.taps = uniform(random, 1, std::max<int64_t>(1, most));
        check(random, problem, choice);
      }
    }
}

TEST(Evaluate, TensorSpectraOfNegativeLags) {
  // The tap of the most negative lag of a bidirectional filter is the last but
  // N - 2 of the second half of kappa; a row that fills the capacity reads it.
  Problem problem;
  problem.kind = Kind::bidirectional;
  problem.length = 512;
  problem.taps = 1023;
  Choice choice;
  choice.arithmetic = Arithmetic::f16;
  choice.tensor.warps = 8;
  choice.factors = {16, 2, 16};
  std::vector<double> taps(problem.taps, 0.0), input(problem.length);
  taps[0] = 1; // lag -511
  for (int64_t n = 0; n < problem.length; ++n)
    input[n] = static_cast<double>(n + 1);
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  Row row{input.data(), nullptr, nullptr, 0};
  auto output =
      evaluateRow(plan, evaluateSpectrum(plan, taps.data(), error), row, error);
  ASSERT_EQ(error, "");
  for (int64_t n = 0; n < problem.length; ++n)
    EXPECT_NEAR(output[n], n == 0 ? 512.0 : 0.0, 1e-9) << n;
}

//===----------------------------------------------------------------------===//
// The layout rule
//===----------------------------------------------------------------------===//

Plan smallPlan() {
  Problem problem;
  problem.length = problem.taps = 512;
  Choice choice;
  choice.factors = {2, 4, 4, 4, 4};
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  EXPECT_EQ(error, "");
  return plan;
}

std::string errorOf(const Plan &plan) {
  std::vector<double> taps(plan.problem.taps, 1.0);
  std::string error;
  EXPECT_TRUE(evaluateSpectrum(plan, taps.data(), error).empty());
  return error;
}

TEST(Evaluate, LaneDigitsAreNotContracted) {
  Plan plan = smallPlan();
  plan.steps.erase(plan.steps.begin() + 4); // exchange slot 2, lane 4
  EXPECT_EQ(errorOf(plan), "step 'forward digit 4' contracts a lane digit; "
                           "exchange it with a slot digit first");
}

TEST(Evaluate, TwistsNeedEarlierDigits) {
  Plan plan = smallPlan();
  std::swap(plan.steps[1], plan.steps[2]); // forward digits 0 and 1
  EXPECT_EQ(errorOf(plan), "step 'forward digit 1' comes before digit 0, on "
                           "whose result its twist depends");
}

TEST(Evaluate, ProductsNeedFrequencies) {
  Plan plan = smallPlan();
  plan.steps.erase(plan.steps.begin() + 7); // forward digit 4
  EXPECT_EQ(errorOf(plan),
            "step 'product' comes before every digit is a frequency");
}

TEST(Evaluate, DigitsAreContractedOnce) {
  Plan plan = smallPlan();
  plan.steps[2] = plan.steps[1];
  EXPECT_EQ(errorOf(plan), "step 'forward digit 0' contracts a digit twice");
}

TEST(Evaluate, ExchangesSwapSlotAndLane) {
  Plan plan = smallPlan();
  std::swap(plan.steps[4].digit, plan.steps[4].partner);
  EXPECT_EQ(errorOf(plan), "step 'exchange slot 4, lane 2' must name a slot "
                           "digit and a lane digit");
  plan.steps[4] = {StepKind::exchange, 2, 7};
  EXPECT_EQ(errorOf(plan), "step 'exchange slot 2, lane 7' names digit 7 of 5");
}

TEST(Evaluate, InverseIsHeldToTheRuleToo) {
  Plan plan = smallPlan();
  std::string error;
  std::vector<double> taps(512, 1.0);
  auto spectrum = evaluateSpectrum(plan, taps.data(), error);
  ASSERT_EQ(error, "");
  Row row{taps.data(), nullptr, nullptr, 0};
  auto at = [&](StepKind kind) {
    return std::find_if(plan.steps.begin(), plan.steps.end(),
                        [&](const Step &step) { return step.kind == kind; });
  };
  std::swap(*at(StepKind::inverse), *at(StepKind::twiddle));
  EXPECT_TRUE(evaluateRow(plan, spectrum, row, error).empty());
  EXPECT_EQ(error, "step 'twiddle' needs frequencies in the columns and "
                   "samples in the leaf");
  plan = smallPlan();
  plan.steps.erase(plan.steps.end() - 2); // inverse digit 0
  EXPECT_TRUE(evaluateRow(plan, spectrum, row, error).empty());
  EXPECT_EQ(error, "step 'store' comes before every digit is a sample");
}

//===----------------------------------------------------------------------===//
// Choices that are refused
//===----------------------------------------------------------------------===//

std::string refusal(int64_t length, int64_t blocks,
                    std::vector<int64_t> factors) {
  Problem problem;
  problem.length = length;
  problem.taps = 1;
  Choice choice;
  choice.blocks = blocks;
  choice.factors = std::move(factors);
  std::string error;
  EXPECT_TRUE(buildPlan(problem, choice, error).steps.empty());
  return error;
}

TEST(BuildPlan, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(0, 1, {4, 4, 4, 4}),
            "sequence length 0 is outside 1..16777216; split the sequence");
  EXPECT_EQ(refusal(16777217, 1, {4, 4, 4, 4}),
            "sequence length 16777217 is outside 1..16777216; split the "
            "sequence");
  EXPECT_EQ(refusal(64, 1, {4, 4, 4}), "plan has 3 factors, but the leaf alone "
                                       "has four; use factors = [4, 4, 4, 4]");
  EXPECT_EQ(refusal(256, 1, {4, 4, 4, 2}), "leaf factor 2 is not 4");
  EXPECT_EQ(refusal(768, 1, {3, 4, 4, 4, 4}),
            "column factor 3 is neither 2 nor 4");
  EXPECT_EQ(refusal(256, 0, {4, 4, 4, 4}), "plan has 0 blocks; use at least 1");
  EXPECT_EQ(refusal(257, 1, {4, 4, 4, 4}),
            "plan has 1 blocks of 256 samples, but a row of 257 needs 2; use "
            "blocks = 2");
}

TEST(BuildPlan, ArithmeticFitsTheAlgorithm) {
  Problem problem;
  problem.length = problem.taps = 256;
  Choice choice;
  choice.factors = {4, 4, 4, 4};
  choice.arithmetic = Arithmetic::bf16;
  std::string error;
  buildPlan(problem, choice, error);
  EXPECT_EQ(error, "bf16 is too coarse for the sums of a right_angle plan; use "
                   "arithmetic = f32 or f16");
  choice.arithmetic = Arithmetic::f16;
  choice.factors = {4, 4, 4, 4, 4};
  buildPlan(problem, choice, error);
  EXPECT_EQ(error, "");
  choice.factors = {2, 4, 4, 4, 4, 4};
  buildPlan(problem, choice, error);
  EXPECT_EQ(error,
            "f16 cannot hold the tangents of blocks of 2048 samples, only of "
            "1024; use fewer column factors or arithmetic = f32");
  choice.arithmetic = Arithmetic::bf16;
  choice.algorithm = Algorithm::toeplitz;
  buildPlan(problem, choice, error);
  EXPECT_EQ(error,
            "a toeplitz plan has neither blocks nor factors; leave them out");
  choice.factors.clear();
  EXPECT_EQ(buildPlan(problem, choice, error).spectrumSize(), 256);
  EXPECT_EQ(error, "");
  choice.arithmetic = Arithmetic::f32;
  buildPlan(problem, choice, error);
  EXPECT_EQ(error,
            "a toeplitz plan multiplies tiles of bf16; use arithmetic = bf16");
  choice.arithmetic = Arithmetic::bf16;
  problem.length = 16385;
  buildPlan(problem, choice, error);
  EXPECT_EQ(error,
            "a toeplitz plan takes rows of up to 16384 samples, but these "
            "have 16385; use right_angle");
}

} // namespace
