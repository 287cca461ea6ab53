//===- PlannerTest.cpp - What the planner chooses -------------------------===//

#include "conv/Plan/Planner.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <set>

using namespace conv::plan;

namespace {

const DeviceFacts &avx512() { return *findDevice("cpu-avx512"); }

Decision causal(int64_t length, int64_t taps, int64_t batch = 8) {
  Problem problem;
  problem.length = length;
  problem.taps = taps;
  problem.batch = batch;
  return decide(problem, avx512());
}

double nsPerElement(int64_t length) {
  Problem problem;
  problem.length = problem.taps = length;
  problem.batch = 8;
  return decide(problem, avx512()).chosen().cost.nanosecondsPerElement(problem);
}

TEST(Planner, CoversEveryLengthAndKind) {
  std::mt19937_64 random(20261123);
  std::vector<int64_t> lengths = {
      1, 2, 3, 255, 256, 257, 4095, 1048573, 16777213, 16777215, 16777216};
  std::uniform_real_distribution<double> exponent(0, 24);
  while (lengths.size() < 300)
    lengths.push_back(std::ceil(std::pow(2.0, exponent(random))));
  for (int64_t length : lengths)
    for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional})
      for (int64_t taps : {int64_t(1), (length + 1) / 2, length})
        for (bool allowDirect : {false, true}) {
          Problem problem;
          problem.kind = kind;
          problem.length = length;
          problem.taps = taps;
          PlannerOptions options;
          options.allowDirect = allowDirect;
          Decision decision = decide(problem, avx512(), options);
          ASSERT_EQ(decision.error, "") << length;
          const Candidate &chosen = decision.chosen();
          std::string error;
          buildPlan(problem, chosen.choice, error);
          EXPECT_EQ(error, "");
          EXPECT_TRUE(std::isfinite(chosen.cost.nanoseconds));
          EXPECT_GT(chosen.cost.nanoseconds, 0);
          if (!allowDirect)
            EXPECT_EQ(chosen.choice.algorithm, Algorithm::rightAngle);
        }
}

TEST(Planner, MeasuredBestPlans) {
  // 16 blocks of one column were measured best at 4K, 8 of eight at 16K.
  Choice choice = causal(4096, 4096).chosen().choice;
  EXPECT_EQ(describe(choice), "right_angle, 16 blocks of 256");
  choice = causal(16384, 16384).chosen().choice;
  EXPECT_EQ(describe(choice), "right_angle, 8 blocks of 2048");
}

TEST(Planner, ShortFiltersAreSummedDirectly) {
  EXPECT_EQ(causal(4096, 3).chosen().choice.algorithm, Algorithm::direct);
  EXPECT_EQ(causal(4096, 1024).chosen().choice.algorithm,
            Algorithm::rightAngle);
  EXPECT_EQ(causal(8, 8).chosen().choice.algorithm, Algorithm::direct);
}

TEST(Planner, ShortFiltersKeepSmallBlocks) {
  // A band of distances costs the same however many blocks a row has.
  Choice choice = causal(1 << 20, 512).chosen().choice;
  EXPECT_EQ(choice.algorithm, Algorithm::rightAngle);
  EXPECT_GT(choice.blocks, 16);
}

TEST(Planner, AwkwardLengthsCostLittleMore) {
  for (auto [length, power] :
       std::vector<std::pair<int64_t, int64_t>>{{14113, 16384},
                                                {12289, 16384},
                                                {1536, 2048},
                                                {3072, 4096},
                                                {6144, 8192},
                                                {12288, 16384},
                                                {49152, 65536},
                                                {786432, 1048576},
                                                {1009, 1024},
                                                {2053, 4096},
                                                {4099, 8192},
                                                {8209, 16384},
                                                {65537, 131072},
                                                {524309, 1048576}})
    EXPECT_LT(nsPerElement(length), 1.4 * nsPerElement(power)) << length;
}

TEST(Planner, RowsTooLongForHalfPrecisionArePlannedInSingle) {
  PlannerOptions options;
  options.arithmetic = Arithmetic::f16;
  auto decideHalf = [&](int64_t length, int64_t taps) {
    Problem problem;
    problem.length = length;
    problem.taps = taps;
    return decide(problem, *findDevice("cpu-avx512"), options);
  };
  EXPECT_EQ(decideHalf(65536, 65536).chosen().choice.arithmetic,
            Arithmetic::f16);
  // A short filter sums over few blocks, however many there are.
  EXPECT_EQ(decideHalf(1 << 20, 2000).chosen().choice.arithmetic,
            Arithmetic::f16);
  Decision decision = decideHalf(65537, 65537);
  EXPECT_EQ(decision.chosen().choice.arithmetic, Arithmetic::f32);
  EXPECT_EQ(decision.chosen().choice.algorithm, Algorithm::rightAngle);
  bool explained = false;
  for (const Candidate &candidate : decision.candidates)
    explained |= candidate.choice.arithmetic == Arithmetic::f16 &&
                 candidate.reason ==
                     "f16 has no range for sums over 65 blocks, only over 64; "
                     "use longer blocks or arithmetic = f32";
  EXPECT_TRUE(explained);
}

TEST(Planner, EveryRejectionHasAReason) {
  Decision decision = causal(65536, 65536);
  std::set<std::vector<int64_t>> seen;
  for (const Candidate &candidate : decision.candidates) {
    EXPECT_EQ(candidate.reason.empty(), &candidate == &decision.chosen());
    EXPECT_GE(candidate.cost.nanoseconds, decision.chosen().cost.nanoseconds);
    EXPECT_TRUE(seen.insert(candidate.choice.factors).second);
  }
  EXPECT_EQ(decision.candidates.size(), 10u); // direct, R = 1 to 256
}

TEST(Planner, SaysWhyAProblemHasNoPlan) {
  EXPECT_EQ(causal(16, 17).error, "filter has 17 taps, but a causal filter of "
                                  "rows of 16 samples has 1 to 16");
  EXPECT_EQ(causal((1 << 24) + 1, 1).error,
            "sequence length 16777217 is outside 1..16777216; split the "
            "sequence");
  EXPECT_TRUE(causal(16, 17).candidates.empty());
}

} // namespace
