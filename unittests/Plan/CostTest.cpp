//===- CostTest.cpp - Counts, predictions and drawings --------------------===//

#include "conv/Plan/Cost.h"
#include "conv/Plan/Draw.h"
#include "gtest/gtest.h"

using namespace conv::plan;

namespace {

Plan makePlan(int64_t length, int64_t taps, std::vector<int64_t> factors,
              Kind kind = Kind::causal) {
  Problem problem;
  problem.kind = kind;
  problem.length = length;
  problem.taps = taps;
  problem.batch = 8;
  Choice choice;
  choice.factors = std::move(factors);
  int64_t block = 1;
  for (int64_t factor : choice.factors)
    block *= factor;
  choice.blocks = (length + block - 1) / block;
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  EXPECT_EQ(error, "");
  return plan;
}

double measuredError(int64_t length, std::vector<int64_t> factors,
                     double measured) {
  Plan plan = makePlan(length, length, std::move(factors));
  Cost cost = estimate(plan, *findDevice("cpu-avx512"));
  return cost.nanosecondsPerElement(plan.problem) / measured;
}

TEST(Cost, CountsProducts) {
  EXPECT_EQ(productCount(makePlan(256, 256, {4, 4, 4, 4})), 1);
  // A full causal filter: a triangle.
  EXPECT_EQ(productCount(makePlan(4096, 4096, {4, 4, 4, 4})), 16 * 17 / 2);
  // Two-sided: a square.
  EXPECT_EQ(productCount(makePlan(1024, 1024, {4, 4, 4, 4}, Kind::circular)),
            16);
  // A short filter: a band of two distances.
  EXPECT_EQ(productCount(makePlan(4096, 100, {4, 4, 4, 4})), 16 + 15);
  // One tap at lag zero reaches no other block.
  EXPECT_EQ(productCount(makePlan(4096, 1, {4, 4, 4, 4})), 16);
}

TEST(Cost, CountsOperations) {
  Cost cost =
      estimate(makePlan(256, 256, {4, 4, 4, 4}), *findDevice("cpu-avx512"));
  // Eight radix-4 stages, the first real; rotation and real part; the product.
  EXPECT_DOUBLE_EQ(cost.flops, 256 * (7.5 * 8.5 + 3 + 8));
  EXPECT_DOUBLE_EQ(cost.scratchBytes, 256 * 8);
  EXPECT_DOUBLE_EQ(cost.bytes, 256 * 8 + 4.0 * 2 * 256 / 8);
}

Cost toeplitzCost(Kind kind, int64_t length, int64_t taps, int64_t batch,
                  const char *device = "cpu-avx512") {
  Problem problem;
  problem.kind = kind;
  problem.length = length;
  problem.taps = taps;
  problem.batch = batch;
  Choice choice;
  choice.algorithm = Algorithm::toeplitz;
  choice.arithmetic = Arithmetic::bf16;
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  EXPECT_EQ(error, "");
  return estimate(plan, *findDevice(device));
}

TEST(Cost, CountsTilesOfToeplitzProducts) {
  // Groups of 64 outputs see 64, 128, 192 and 256 samples.
  EXPECT_DOUBLE_EQ(toeplitzCost(Kind::causal, 256, 256, 16).flops,
                   2.0 * 64 * (64 + 128 + 192 + 256));
  // 32 taps reach back one tile.
  EXPECT_DOUBLE_EQ(toeplitzCost(Kind::causal, 256, 32, 16).flops,
                   2.0 * 64 * (64 + 3 * 96));
  // All groups see all samples.
  EXPECT_DOUBLE_EQ(toeplitzCost(Kind::circular, 256, 256, 16).flops,
                   2.0 * 256 * 256);
  // A tile has 16 rows whether they are there or not.
  EXPECT_DOUBLE_EQ(toeplitzCost(Kind::causal, 256, 256, 4).flops,
                   4 * toeplitzCost(Kind::causal, 256, 256, 16).flops);
}

TEST(Cost, ToeplitzProductsFollowTheMeasurements) {
  // ns an output of rows in f32, 16 or 64 of them, full causal filters.
  auto predicted = [](int64_t length, int64_t taps) {
    return toeplitzCost(Kind::causal, length, taps, 64).nanoseconds /
           static_cast<double>(length);
  };
  EXPECT_NEAR(predicted(256, 256), 0.86, 0.2);
  EXPECT_NEAR(predicted(1024, 1024), 1.13, 0.3);
  EXPECT_NEAR(predicted(4096, 4096), 3.2, 0.8);
  // Without tiles it is a direct sum.
  EXPECT_GT(toeplitzCost(Kind::causal, 1024, 1024, 64, "cpu-avx2").nanoseconds,
            10 * toeplitzCost(Kind::causal, 1024, 1024, 64).nanoseconds);
}

TEST(Cost, FollowsTheMeasurements) {
  // Time an element of the compiled kernels on one AVX-512 core, full causal
  // filters, rows in cache.
  const std::vector<int64_t> one = {4, 4, 4, 4}, two = {2, 4, 4, 4, 4},
                             four = {4, 4, 4, 4, 4}, eight = {2, 4, 4, 4, 4, 4},
                             sixteen = {4, 4, 4, 4, 4, 4};
  EXPECT_NEAR(measuredError(1024, one, 1.16), 1, 0.15);
  EXPECT_NEAR(measuredError(4096, one, 1.66), 1, 0.15);
  EXPECT_NEAR(measuredError(2048, two, 1.48), 1, 0.15);
  EXPECT_NEAR(measuredError(8192, four, 1.82), 1, 0.15);
  EXPECT_NEAR(measuredError(16384, four, 2.15), 1, 0.15);
  EXPECT_NEAR(measuredError(16384, eight, 1.89), 1, 0.15);
  EXPECT_NEAR(measuredError(65536, sixteen, 2.36), 1, 0.15);
}

TEST(Cost, PaddingCounts) {
  const DeviceFacts &device = *findDevice("cpu-avx512");
  Plan full = makePlan(4096, 4096, {4, 4, 4, 4});
  Plan padded = makePlan(4097, 4097, {4, 4, 4, 4});
  EXPECT_GT(estimate(padded, device).nanoseconds,
            estimate(full, device).nanoseconds);
}

TEST(Cost, KnowsItsDevices) {
  EXPECT_EQ(findDevice("abacus"), nullptr);
  for (const DeviceFacts &device : devices())
    EXPECT_EQ(findDevice(device.name), &device);
  EXPECT_GT(findDevice("cpu-baseline")->product,
            findDevice("cpu-avx512")->product);
}

//===----------------------------------------------------------------------===//
// Drawings
//===----------------------------------------------------------------------===//

TEST(Draw, DotHasANodeForEachStep) {
  Plan plan = makePlan(8192, 8192, {2, 4, 4, 4, 4});
  std::string dot = toDot(plan);
  EXPECT_NE(dot.find("causal, 8192 samples, 8192 taps: right_angle, 16 blocks "
                     "of 512, factors [2, 4, 4, 4, 4]"),
            std::string::npos);
  for (size_t i = 0; i < plan.steps.size(); ++i)
    EXPECT_NE(dot.find("  s" + std::to_string(i) + " [label=\"" +
                       describe(plan.steps[i])),
              std::string::npos);
  EXPECT_EQ(dot.find("  s" + std::to_string(plan.steps.size())),
            std::string::npos);
  EXPECT_NE(dot.find("column k0, slot k1 n4, lane n3 k2"), std::string::npos);
}

TEST(Draw, JsonHasTheLayouts) {
  std::string json = toJson(makePlan(256, 10, {4, 4, 4, 4}));
  EXPECT_NE(json.find("\"problem\": {\"kind\": \"causal\", \"length\": 256, "
                      "\"taps\": 10, \"batch\": 8, \"channels\": 1}"),
            std::string::npos);
  EXPECT_NE(json.find("{\"step\": \"exchange slot 0, lane 2\", \"layout\": "
                      "\"slot n2 n3, lane k0 k1\"}"),
            std::string::npos);
  EXPECT_NE(json.find("\"spectrum_size\": 512"), std::string::npos);
}

TEST(Draw, DirectPlansHaveNoSteps) {
  Problem problem;
  problem.length = 100;
  problem.taps = 7;
  Choice choice;
  choice.algorithm = Algorithm::direct;
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  EXPECT_NE(toDot(plan).find("sum over 7 taps"), std::string::npos);
  EXPECT_NE(toJson(plan).find("\"steps\": [],"), std::string::npos);
}

} // namespace
