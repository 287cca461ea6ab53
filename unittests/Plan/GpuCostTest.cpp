//===- GpuCostTest.cpp - Counts and predictions for GPUs ------------------===//

#include "conv/Plan/Planner.h"
#include "gtest/gtest.h"

#include <cmath>
#include <fstream>
#include <sstream>

using namespace conv::plan;

namespace {

const GpuFacts &h100() { return *findGpu("sm_90a"); }

Problem fullFilter(int64_t length, Kind kind = Kind::causal,
                   int64_t gates = 0) {
  Problem problem;
  problem.kind = kind;
  problem.length = problem.taps = length;
  problem.batch = 64;
  problem.channels = 768;
  problem.gates = gates;
  problem.elementBytes = 2;
  return problem;
}

Plan makePlan(const Problem &problem, std::vector<int64_t> factors,
              int64_t warps = 8, Arithmetic accumulate = Arithmetic::f32) {
  Choice choice;
  choice.algorithm =
      factors.empty() ? Algorithm::toeplitz : Algorithm::rightAngle;
  choice.arithmetic = Arithmetic::f16;
  choice.factors = std::move(factors);
  choice.tensor = {warps, 2, accumulate};
  std::string error;
  Plan plan = buildPlan(problem, choice, error);
  EXPECT_EQ(error, "");
  return plan;
}

/// What is predicted for transforms of f16 rows by spectra.
Candidate predicted(int64_t length, int64_t gates = 0) {
  PlannerOptions options;
  options.arithmetic = Arithmetic::f16;
  options.allowDirect = false;
  options.onlyEmitted = false;
  return decide(fullFilter(length, Kind::causal, gates), h100(), options)
      .chosen();
}

double overFloor(const Cost &cost) {
  return cost.nanoseconds / cost.floorNanoseconds;
}

TEST(GpuCost, CountsTheWarpKernel) {
  // Half2 operations of the butterflies and of three complex products.
  const std::vector<std::pair<int64_t, double>> half2 = {
      {1, 48}, {2, 128}, {4, 320}, {8, 832}, {16, 2048}};
  for (auto [tiles, expected] : half2) {
    Problem problem = fullFilter(256 * tiles);
    double r = static_cast<double>(tiles);
    KernelCounts counts =
        countKernel(makePlan(problem, {16, tiles, 16}), h100());
    EXPECT_EQ(counts.mma, 24 * r);
    EXPECT_EQ(counts.half2, expected);
    EXPECT_EQ(counts.conversions, 28 * r);
    EXPECT_EQ(counts.matrixMoves, 10 * r);
    // 56 for each tile, and the tables once for the 32 rows of a block. With 16
    // tiles F too, which every row reads.
    double fragments = tiles == 16 ? 16 : 0;
    EXPECT_DOUBLE_EQ(counts.sharedWavefronts,
                     56 * r + fragments + (24 * r + fragments) / 32);
    EXPECT_DOUBLE_EQ(counts.memoryBytes, 1024 * r + 1024 * r / 64);
    KernelCounts narrow = countKernel(
        makePlan(problem, {16, tiles, 16}, 8, Arithmetic::f16), h100());
    EXPECT_EQ(narrow.conversions, 0);
    EXPECT_EQ(narrow.instructions, counts.instructions - 28 * r);
  }
}

TEST(GpuCost, CountsGates) {
  KernelCounts plain =
      countKernel(makePlan(fullFilter(1024), {16, 4, 16}), h100());
  KernelCounts gated = countKernel(
      makePlan(fullFilter(1024, Kind::causal, 2), {16, 4, 16}), h100());
  EXPECT_EQ(gated.half2, plain.half2 + 2 * 4 * 4);
  EXPECT_EQ(gated.matrixMoves, plain.matrixMoves + 2 * 4);
  EXPECT_EQ(gated.sharedWavefronts, plain.sharedWavefronts + 2 * 4 * 8);
  EXPECT_EQ(gated.memoryBytes, plain.memoryBytes + 2 * 2048);
  EXPECT_EQ(gated.mma, plain.mma);
}

TEST(GpuCost, CountsTheOtherFamilies) {
  // 40 for each of the 16 R tiles: 4 and 4 of the real outer digit, 32 within.
  EXPECT_EQ(
      countKernel(makePlan(fullFilter(8192), {16, 16, 2, 16}), h100()).mma,
      1280);
  // A complex row of the middle pass has 48, a real outer digit of 16 has 8.
  EXPECT_EQ(
      countKernel(makePlan(fullFilter(1 << 19), {16, 16, 16, 8, 16}), h100())
          .mma,
      2048.0 * (48 + 8));
  // Half of the 32 by 16 products of a full matrix and its diagonal, for 16
  // rows.
  EXPECT_EQ(countKernel(makePlan(fullFilter(256), {}), h100()).mma, 272.0 / 16);
  EXPECT_EQ(
      countKernel(makePlan(fullFilter(256, Kind::circular), {}), h100()).mma,
      512.0 / 16);
}

TEST(GpuCost, ToeplitzProductsAreCountedByPeriods) {
  // Rows so long that only the ends are walked, against rows a period shorter.
  auto products = [](int64_t length) {
    Problem problem = fullFilter(length);
    problem.kind = Kind::bidirectional;
    problem.taps = 101;
    return countKernel(makePlan(problem, {}), h100()).mma;
  };
  double step = products(1040) - products(1024);
  EXPECT_GT(step, 0);
  EXPECT_DOUBLE_EQ(products(65536), products(1024) + 4032 * step);
}

TEST(GpuCost, RowsOfThreePassesRestInL2) {
  auto bytes = [](int64_t length) {
    Candidate candidate = predicted(length);
    return candidate.cost.kernel.memoryBytes / static_cast<double>(length);
  };
  EXPECT_NEAR(bytes(1 << 20), 4 + 4.0 / 64, 1e-9);
  EXPECT_NEAR(bytes(1 << 24), 20 + 4.0 / 64, 1e-9);
}

TEST(GpuCost, FewWarpsWaitForMemory) {
  auto time = [](int64_t warps) {
    return estimate(makePlan(fullFilter(4096), {16, 16, 16}, warps), h100())
        .nanoseconds;
  };
  // Shared memory holds three blocks of one warp.
  EXPECT_GT(time(1), 1.3 * time(8));
}

TEST(GpuCost, StaysNearTheMemoryFloor) {
  for (int64_t length = 256; length <= 32768; length *= 2) {
    Candidate candidate = predicted(length);
    double limit = length <= 4096 ? 1.25 : 1.45;
    EXPECT_LE(overFloor(candidate.cost), limit) << length;
    EXPECT_GE(overFloor(candidate.cost), 1) << length;
    EXPECT_LE(overFloor(predicted(length, 2).cost), 1.1) << length;
  }
}

TEST(GpuCost, DocumentedPredictionsAreCurrent) {
  std::ifstream file(CONV_SOURCE_DIR "/docs/performance.md");
  std::stringstream docs;
  docs << file.rdbuf();
  ASSERT_NE(docs.str().size(), 0u);
  for (int64_t length = 256; length <= 1 << 24; length *= 2) {
    Candidate plain = predicted(length), gated = predicted(length, 2);
    char line[160];
    auto picoseconds = [&](const Candidate &candidate) {
      return 1000 * candidate.cost.nanosecondsPerElement(fullFilter(length));
    };
    std::snprintf(
        line, sizeof line, "| %lld | %s | %.0f | %.2f | %.2f | %.2f | %.2f |\n",
        static_cast<long long>(length), describe(plain.choice).c_str(),
        plain.cost.kernel.sharedBytes, picoseconds(plain),
        overFloor(plain.cost), picoseconds(gated), overFloor(gated.cost));
    EXPECT_NE(docs.str().find(line), std::string::npos)
        << "docs/performance.md lacks\n"
        << line;
  }
}

} // namespace
