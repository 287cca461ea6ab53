//===- CpuTest.cpp - Choosing the image for this CPU ----------------------===//

#include "Packer.h"
#include "convrt/convrt.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

extern "C" {
#include "cpu.h"
}

using namespace convrt_test;

namespace {

class Cpu : public ::testing::Test {
protected:
  void SetUp() override { unsetenv("CONVRT_ISA"); }
  void TearDown() override {
    unsetenv("CONVRT_ISA");
    convrt_package_close(package);
  }

  convrt_status open(const std::string &bytes) {
    convrt_package_close(package);
    return convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                      &package);
  }

  /// What the kernel "level" reports, -1 on failure.
  int32_t runLevel() {
    int32_t level = -1;
    DLTensor tensor = {};
    tensor.data = &level;
    tensor.device.device_type = kDLCPU;
    tensor.dtype = {kDLInt, 32, 1};
    const DLTensor *arguments[] = {&tensor};
    convrt_status status = convrt_run(convrt_package_find(package, "level"),
                                      arguments, 1, nullptr);
    EXPECT_EQ(status, CONVRT_OK) << convrt_last_error();
    return level;
  }

  convrt_package *package = nullptr;
};

/// The kernel's own list of features has the same names, save for punctuation.
TEST_F(Cpu, AgreesWithProcCpuinfo) {
  std::ifstream file("/proc/cpuinfo");
  std::string line, flags;
  while (std::getline(file, line))
    if (line.rfind("flags", 0) == 0) {
      flags = line + " ";
      break;
    }
  if (flags.empty())
    GTEST_SKIP() << "/proc/cpuinfo has no x86 flags";
  const char *names[][2] = {{"avx", "avx"},
                            {"fma", "fma"},
                            {"f16c", "f16c"},
                            {"avx2", "avx2"},
                            {"bmi", "bmi1"},
                            {"bmi2", "bmi2"},
                            {"movbe", "movbe"},
                            {"popcnt", "popcnt"},
                            {"lzcnt", "abm"},
                            {"sse4.2", "sse4_2"},
                            {"avx512f", "avx512f"},
                            {"avx512dq", "avx512dq"},
                            {"avx512cd", "avx512cd"},
                            {"avx512bw", "avx512bw"},
                            {"avx512vl", "avx512vl"},
                            {"avx512vnni", "avx512_vnni"},
                            {"avx512vbmi", "avx512vbmi"},
                            {"avx512vbmi2", "avx512_vbmi2"},
                            {"avx512fp16", "avx512_fp16"},
                            {"avx512bf16", "avx512_bf16"},
                            {"amx_tile", "amx_tile"},
                            {"amx_bf16", "amx_bf16"},
                            {"amx_int8", "amx_int8"}};
  for (auto &[ours, theirs] : names)
    EXPECT_EQ(convrt_cpu_has(ours) != 0,
              flags.find(" " + std::string(theirs) + " ") != std::string::npos)
        << ours;
  EXPECT_FALSE(convrt_cpu_has("no-such-feature"));
  EXPECT_FALSE(convrt_cpu_has(nullptr));
}

TEST_F(Cpu, ChoosesTheBestLevel) {
  std::string best = convrt_cpu_isa();
  std::vector<Level> levels = {{"baseline", ""}};
  int rank = convrt_isa_rank(best.c_str());
  ASSERT_GE(rank, 0);
  for (const char *name : {"neon", "avx512", "avx2", "avx512fp16"})
    if (convrt_isa_rank(name) >= 0)
      levels.push_back({name, ""});
  std::string bytes = testPackage(levels);
  ASSERT_EQ(open(bytes), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_package_isa(package), best);
  EXPECT_EQ(convrt_package_image_count(package), levels.size());
  EXPECT_STREQ(convrt_package_image_isa(package, 1), levels[1].isa.c_str());
  EXPECT_EQ(convrt_package_image_isa(package, levels.size()), nullptr);
  if (best != "neon") {
    EXPECT_EQ(runLevel(), rank);
  }
}

TEST_F(Cpu, IsLoweredByTheEnvironment) {
  std::string best = convrt_cpu_isa();
  if (convrt_isa_rank("avx2") < 0 || convrt_isa_rank(best.c_str()) < 1)
    GTEST_SKIP() << "the CPU has no level above baseline";
  std::string bytes =
      testPackage({{"avx512fp16", ""}, {"avx2", ""}, {"baseline", ""}});
  setenv("CONVRT_ISA", "baseline", 1);
  EXPECT_STREQ(convrt_cpu_isa(), "baseline");
  ASSERT_EQ(open(bytes), CONVRT_OK) << convrt_last_error();
  EXPECT_STREQ(convrt_package_isa(package), "baseline");
  EXPECT_EQ(runLevel(), 0);
  setenv("CONVRT_ISA", "avx2", 1);
  ASSERT_EQ(open(bytes), CONVRT_OK) << convrt_last_error();
  EXPECT_STREQ(convrt_package_isa(package), "avx2");
  EXPECT_EQ(runLevel(), 1);
}

TEST_F(Cpu, RefusesAnUnknownLevelInTheEnvironment) {
  setenv("CONVRT_ISA", "avx1024", 1);
  EXPECT_EQ(open(testPackage()), CONVRT_ERROR_UNSUPPORTED);
  EXPECT_NE(std::string(convrt_last_error()).find("avx1024"),
            std::string::npos);
  EXPECT_EQ(package, nullptr);
}

TEST_F(Cpu, PrefersWhatRequiresMore) {
  if (!convrt_cpu_has("sse4.2"))
    GTEST_SKIP() << "the CPU has no SSE 4.2";
  for (bool specialFirst : {false, true}) {
    std::vector<Level> levels = {{"baseline", ""}, {"baseline", "sse4.2"}};
    if (specialFirst)
      std::swap(levels[0], levels[1]);
    ASSERT_EQ(open(testPackage(levels)), CONVRT_OK) << convrt_last_error();
    EXPECT_EQ(runLevel(), 5) << specialFirst;
  }
}

TEST_F(Cpu, SkipsWhatItLacks) {
  ASSERT_EQ(
      open(testPackage({{"baseline", "from-the-future"}, {"baseline", ""}})),
      CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(runLevel(), 0);
}

TEST_F(Cpu, AmxRunsIfTheCpuHasIt) {
  if (!convrt_cpu_has("amx_bf16"))
    GTEST_SKIP() << "the CPU has no AMX";
  ASSERT_EQ(open(testPackage({{"baseline", ""}, {"baseline", "amx_bf16"}})),
            CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(runLevel(), convrt_cpu_enable("amx_bf16") ? 5 : 0);
}

TEST_F(Cpu, DescribesWhatItCannotRun) {
  Record record;
  record.triple = "riscv64-unknown-linux-gnu";
  record.metadata = testMetadata();
  record.image = "never looked at";
  ASSERT_EQ(open(pack(record)), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_package_kernel_count(package), 6u);
  EXPECT_EQ(convrt_package_load(package), CONVRT_ERROR_UNSUPPORTED);
  EXPECT_NE(std::string(convrt_last_error()).find("riscv64"),
            std::string::npos);

  Record unknown;
  unknown.isa = "avx4096";
  unknown.metadata = testMetadata();
  ASSERT_EQ(open(pack(unknown)), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_package_load(package), CONVRT_ERROR_UNSUPPORTED);
}

} // namespace
