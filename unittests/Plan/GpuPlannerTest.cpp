//===- GpuPlannerTest.cpp - What the planner chooses for GPUs -------------===//

#include "conv/Plan/Planner.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <set>

using namespace conv::plan;

namespace {

Problem causal(int64_t length, int64_t taps, int64_t batch = 64,
               int64_t gates = 0) {
  Problem problem;
  problem.length = length;
  problem.taps = taps;
  problem.batch = batch;
  problem.channels = 768;
  problem.gates = gates;
  problem.elementBytes = 2;
  return problem;
}

/// f16 on tensor cores, with every family of which plans exist.
PlannerOptions everyFamily() {
  PlannerOptions options;
  options.arithmetic = Arithmetic::f16;
  options.onlyEmitted = false;
  return options;
}

/// Of full filters that come as spectra, so that transforms are needed.
Choice transformOf(int64_t length, const char *gpu, int64_t gates = 0) {
  PlannerOptions options = everyFamily();
  options.allowDirect = false;
  Decision decision =
      decide(causal(length, length, -1, gates), *findGpu(gpu), options);
  EXPECT_EQ(decision.error, "") << length;
  return decision.chosen().choice;
}

TEST(GpuFacts, AreFoundByNameAndArchitecture) {
  EXPECT_EQ(gpus().size(), 6u);
  for (const GpuFacts &gpu : gpus()) {
    EXPECT_EQ(findGpu(gpu.name), &gpu);
    EXPECT_EQ(findGpu(gpu.arch()), &gpu);
    EXPECT_LT(gpu.sharedBytesPerBlock, gpu.sharedBytesPerMultiprocessor);
    EXPECT_GE(gpu.mmaFlopsF16, gpu.mmaFlopsF32);
  }
  EXPECT_EQ(findGpu("sm_90"), nullptr);
  EXPECT_EQ(findGpu("gpu-sm_90a")->multiprocessors, 132);
  EXPECT_FALSE(findAnyDevice("abacus"));
  EXPECT_TRUE(findAnyDevice("sm_86").gpu);
  EXPECT_TRUE(findAnyDevice("cpu-neon").cpu);
}

TEST(GpuPlanner, EveryLengthHasALegalPlanOnEveryDevice) {
  std::mt19937_64 random(20261123);
  std::vector<int64_t> lengths = {1,     255,      256,     257,   4096,
                                  4097,  8192,     8193,    32768, 32769,
                                  65536, 16777215, 16777216};
  std::uniform_real_distribution<double> exponent(0, 24);
  while (lengths.size() < 60)
    lengths.push_back(std::ceil(std::pow(2.0, exponent(random))));
  for (const GpuFacts &gpu : gpus())
    for (int64_t length : lengths)
      for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional})
        for (int64_t taps : {int64_t(1), length})
          for (int64_t gates : {0, 1, 2})
            for (bool allowDirect : {false, true}) {
              Problem problem = causal(length, taps, 32, gates);
              problem.kind = kind;
              PlannerOptions options = everyFamily();
              options.allowDirect = allowDirect;
              Decision decision = decide(problem, gpu, options);
              ASSERT_EQ(decision.error, "") << gpu.name << " " << length;
              const Candidate &chosen = decision.chosen();
              std::string error;
              Plan plan = buildPlan(problem, chosen.choice, error);
              ASSERT_EQ(error, "") << gpu.name << " " << length;
              EXPECT_EQ(checkDevice(plan, {nullptr, &gpu}), "");
              EXPECT_LE(sharedBytes(problem, chosen.choice),
                        gpu.sharedBytesPerBlock);
              EXPECT_GE(chosen.cost.nanoseconds, chosen.cost.floorNanoseconds);
              if (!allowDirect)
                EXPECT_EQ(chosen.choice.algorithm, Algorithm::rightAngle);
            }
}

TEST(GpuPlanner, FamiliesFollowTheLength) {
  for (auto [length, factors] :
       std::vector<std::pair<int64_t, std::vector<int64_t>>>{
           {1, {16, 1, 16}},
           {256, {16, 1, 16}},
           {257, {16, 2, 16}},
           {4096, {16, 16, 16}},
           {4097, {16, 16, 2, 16}},
           {16384, {16, 16, 4, 16}},
           {32768, {16, 16, 8, 16}},
           {1 << 24, {2, 16, 16, 16, 16, 8, 16}}})
    EXPECT_EQ(transformOf(length, "sm_90a").factors, factors) << length;
  // 99 KB do not hold the exchange of 32768 points.
  EXPECT_EQ(tensorShape(transformOf(32768, "sm_86")).family, Family::threePass);
  EXPECT_EQ(tensorShape(transformOf(16384, "sm_86")).family, Family::block);
}

TEST(GpuPlanner, ShortFiltersAndManyRowsAreMatrixProducts) {
  auto family = [](int64_t length, int64_t taps, int64_t batch) {
    Decision decision =
        decide(causal(length, taps, batch), *findGpu("sm_90a"), everyFamily());
    return tensorShape(decision.chosen().choice).family;
  };
  EXPECT_EQ(family(256, 256, 16), Family::toeplitz);
  EXPECT_EQ(family(256, 256, 15), Family::warp);
  EXPECT_EQ(family(256, 256, -1), Family::warp);
  EXPECT_EQ(family(16384, 128, 16), Family::toeplitz);
  EXPECT_EQ(family(16384, 2048, 16), Family::block);
}

TEST(GpuPlanner, GatesTakeSharedMemory) {
  Choice plain = transformOf(4096, "sm_90a");
  Choice gated = transformOf(4096, "sm_90a", 2);
  Problem problem = causal(4096, 4096, 64, 2);
  EXPECT_NE(checkFit(problem, plain, *findGpu("sm_90a")), "");
  EXPECT_EQ(checkFit(problem, gated, *findGpu("sm_90a")), "");
}

TEST(GpuPlanner, AccumulatorsAreAnOption) {
  PlannerOptions options = everyFamily();
  EXPECT_EQ(decide(causal(1024, 1024), *findGpu("sm_80"), options)
                .chosen()
                .choice.tensor.accumulate,
            Arithmetic::f32);
  double exact = decide(causal(1024, 1024), *findGpu("sm_86"), options)
                     .chosen()
                     .cost.nanoseconds;
  options.accumulate = Arithmetic::f16;
  Decision decision = decide(causal(1024, 1024), *findGpu("sm_86"), options);
  EXPECT_EQ(decision.chosen().choice.tensor.accumulate, Arithmetic::f16);
  EXPECT_LT(decision.chosen().cost.nanoseconds, exact);
}

TEST(GpuPlanner, EveryRejectionHasAReason) {
  Decision decision =
      decide(causal(3000, 3000), *findGpu("sm_90a"), everyFamily());
  EXPECT_EQ(describe(decision.chosen().choice).substr(0, 13), "warp 16.16.16");
  std::set<Family> families;
  for (const Candidate &candidate : decision.candidates) {
    EXPECT_EQ(candidate.reason.empty(), &candidate == &decision.chosen());
    families.insert(tensorShape(candidate.choice).family);
  }
  EXPECT_EQ(families.size(), decision.candidates.size());
  EXPECT_TRUE(families.count(Family::toeplitz));
}

TEST(GpuPlanner, ChoosesOnlyWhatHasKernels) {
  PlannerOptions options = everyFamily();
  options.onlyEmitted = true;
  for (int64_t length : {100, 4096, 8192, 100000}) {
    Decision decision =
        decide(causal(length, length), *findGpu("sm_90a"), options);
    if (!decision.error.empty()) {
      EXPECT_NE(decision.error.find("no kernel on gpu-sm_90a takes rows of " +
                                    std::to_string(length) + " samples"),
                std::string::npos);
      EXPECT_TRUE(decision.candidates.empty());
      continue;
    }
    EXPECT_TRUE(isEmitted(tensorShape(decision.chosen().choice).family));
  }
}

TEST(GpuPlanner, SaysWhyAProblemHasNoPlan) {
  auto error = [](const Problem &problem, Arithmetic arithmetic) {
    PlannerOptions options = everyFamily();
    options.arithmetic = arithmetic;
    return decide(problem, *findGpu("sm_90a"), options).error;
  };
  EXPECT_EQ(error(causal(16, 17), Arithmetic::f16),
            "filter has 17 taps, but a causal filter of rows of 16 samples has "
            "1 to 16");
  EXPECT_EQ(error(causal((1 << 24) + 1, 1), Arithmetic::f16),
            "sequence length 16777217 is outside 1..16777216; split the "
            "sequence");
  EXPECT_EQ(error(causal(16, 16), Arithmetic::f32),
            "tensor-core plans compute in f16, not in f32; use arithmetic = "
            "f16");
}

TEST(GpuPlanner, PlansOfOtherDevicesDoNotFit) {
  Problem problem = causal(4096, 4096);
  std::string error;
  Plan tensor = buildPlan(problem, transformOf(4096, "sm_90a"), error);
  EXPECT_EQ(checkDevice(tensor, findAnyDevice("sm_90a")), "");
  EXPECT_EQ(checkDevice(tensor, findAnyDevice("cpu-avx512"))
                .find("warp 16.16.16, 8 warps, 2 buffers is a plan for tensor "
                      "cores, which cpu-avx512 has none of"),
            0u);
  EXPECT_EQ(checkDevice(tensor, findAnyDevice("sm_86")),
            "warp 16.16.16, 8 warps, 2 buffers needs 182272 bytes of shared "
            "memory, but a thread block on gpu-sm_86 has at most 101376; use "
            "fewer warps, one buffer or a smaller transform");
  Choice cpu;
  cpu.blocks = 16;
  cpu.factors = {4, 4, 4, 4};
  EXPECT_NE(checkDevice(buildPlan(problem, cpu, error), findAnyDevice("sm_86")),
            "");
}

} // namespace
