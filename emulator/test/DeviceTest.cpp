//===- DeviceTest.cpp - The C++ and C interfaces, statistics, limits ------===//
#include "Npy.h"
#include "TestSupport.h"

#include <cstdio>

using namespace ptxemu;

namespace {

/// y[i] = x[i * stride]; one element a thread.
std::string strided(const char *stride) {
  return kernelText(
      std::string("ld.param.u64 %rd1, [p0];\nld.param.u64 %rd2, [p1];\n"
                  "mov.u32 %r1, %tid.x;\nmul.wide.u32 %rd3, %r1, ") +
          stride +
          ";\nadd.u64 %rd1, %rd1, %rd3;\nld.global.u32 %r2, [%rd1];\n"
          "mul.wide.u32 %rd3, %r1, 4;\nadd.u64 %rd2, %rd2, %rd3;\n"
          "st.global.u32 [%rd2], %r2;\nret;",
      2);
}

TEST(Statistics, CountSectorsOfGlobalRequests) {
  struct {
    const char *stride;
    uint64_t sectors;
  } cases[] = {{"4", 4}, {"8", 8}, {"32", 32}, {"0", 1}};
  for (auto &c : cases) {
    Device device;
    ModuleHandle m = loadOrFail(device, strided(c.stride));
    Buffer<uint32_t> x(device, std::vector<uint32_t>(256)),
        y(device, std::vector<uint32_t>(32));
    LaunchConfig config;
    config.block[0] = 32;
    config.statistics = true;
    config.addArgument(uint64_t(x));
    config.addArgument(uint64_t(y));
    LaunchResult r = device.launch(m, "k", config);
    ASSERT_TRUE(r.ok) << allReports(r);
    EXPECT_EQ(r.statistics.globalRequests, 2u);
    EXPECT_EQ(r.statistics.globalSectors, c.sectors + 4) << c.stride;
    EXPECT_EQ(r.statistics.globalBytesRead, 128u);
    EXPECT_EQ(r.statistics.globalBytesWritten, 128u);
    EXPECT_EQ(r.statistics.threadInstructions, 10u * 32);
  }
}

TEST(Statistics, CountBankConflicts) {
  struct {
    const char *step;
    uint64_t wavefronts;
  } cases[] = {{"4", 1}, {"8", 2}, {"128", 32}, {"132", 1}, {"0", 1}};
  for (auto &c : cases) {
    Device device;
    ModuleHandle m = loadOrFail(
        device, kernelText(std::string(".shared .align 4 .b8 s[8192];\n"
                                       "mov.u32 %r1, %tid.x;\nmov.u32 %r2, s;\n"
                                       "mad.lo.u32 %r3, %r1, ") +
                           c.step + ", %r2;\nst.shared.u32 [%r3], %r1;\nret;"));
    LaunchConfig config;
    config.block[0] = 32;
    config.statistics = true;
    config.addArgument(uint64_t(0));
    LaunchResult r = device.launch(m, "k", config);
    ASSERT_TRUE(r.ok) << allReports(r);
    EXPECT_EQ(r.statistics.sharedRequests, 1u);
    EXPECT_EQ(r.statistics.sharedWavefronts, c.wavefronts) << c.step;
  }
}

/// The figures of a cost model for the 16 x 8 x 16 product of swizzle.ptx.
TEST(Statistics, AgreeWithACostModel) {
  Device device;
  ModuleHandle m = loadOrFail(device, readTestFile("mutants/swizzle.ptx"));
  Buffer<uint16_t> a(device, std::vector<uint16_t>(256)),
      b(device, std::vector<uint16_t>(128));
  Buffer<float> c(device, std::vector<float>(128));
  LaunchConfig config;
  config.block[0] = 32;
  config.statistics = true;
  for (uint64_t p : {uint64_t(a), uint64_t(b), uint64_t(c)})
    config.addArgument(p);
  LaunchResult r = device.launch(m, "swizzle", config);
  ASSERT_TRUE(r.ok) << allReports(r);
  EXPECT_EQ(r.statistics.tensorOperations, uint64_t(2) * 16 * 8 * 16);
  EXPECT_EQ(r.statistics.globalBytesRead, uint64_t(16 * 16 + 16 * 8) * 2);
  EXPECT_EQ(r.statistics.globalBytesWritten, uint64_t(16 * 8) * 4);
  // 512 bytes of A and 256 of B in; rows of 32 bytes cannot be free of
  // conflicts, rows of 16 can: ldmatrix has 4 x 2 and 2 x 1 wavefronts.
  EXPECT_EQ(r.statistics.sharedWavefronts, 4u + 2 + 4 * 2 + 2);
}

/// Two nested loops, the inner one with its rows at the bottom of the text.
TEST(Statistics, CountByLoopAndOpcode) {
  Device device;
  ModuleHandle m = loadOrFail(
      device, kernelText("mov.u32 %r1, 0;\n"
                         "OUTER:\nmov.u32 %r2, 0;\nbra INNER;\n"
                         "LATCH:\nadd.u32 %r1, %r1, 1;\n"
                         "setp.lt.u32 %p1, %r1, 5;\n@%p1 bra OUTER;\nret;\n"
                         "INNER:\nadd.u32 %r2, %r2, 1;\n"
                         "fma.rn.f32 %f1, 0f3f800000, 0f3f800000, 0f3f800000;\n"
                         "setp.lt.u32 %p2, %r2, 7;\n@%p2 bra INNER;\n"
                         "bra LATCH;\n"));
  LaunchConfig config;
  config.block[0] = 64;
  config.statistics = true;
  config.addArgument(uint64_t(0));
  LaunchResult r = device.launch(m, "k", config);
  ASSERT_TRUE(r.ok) << allReports(r);
  ASSERT_EQ(r.statistics.loops.size(), 2u);
  const LoopStatistics &outer = r.statistics.loops[0],
                       &inner = r.statistics.loops[1];
  EXPECT_EQ(outer.depth, 1);
  EXPECT_EQ(inner.depth, 2);
  EXPECT_EQ(outer.iterations, 2u * 5);
  EXPECT_EQ(inner.iterations, 2u * 5 * 7);
  EXPECT_EQ(inner.counters.warpInstructions, 2u * 5 * 7 * 4);
  EXPECT_EQ(outer.counters.warpInstructions, 2u * 5 * (7 * 4 + 1 + 2 + 3));
  EXPECT_EQ(inner.byClass[1], 2u * 5 * 7); // float32
  EXPECT_LT(outer.firstLine, inner.firstLine);
  EXPECT_EQ(outer.lastLine, inner.lastLine + 1); // the branch to LATCH
  EXPECT_EQ(r.statistics.byOpcode.at("fma.rn.f32"), 2u * 5 * 7);
  EXPECT_EQ(r.statistics.opcodeCount("setp"), 2u * 5 * 8);
  EXPECT_EQ(r.statistics.opcodeCount("set"), 0u);
  Statistics twice = r.statistics;
  twice.add(r.statistics);
  EXPECT_EQ(twice.launches, 2u);
  EXPECT_EQ(twice.loops[1].iterations, 2 * inner.iterations);
  EXPECT_EQ(twice.threadInstructions, 2 * r.statistics.threadInstructions);
  EXPECT_NE(twice.text().find("140 iterations"), std::string::npos)
      << twice.text();
}

TEST(Devices, RunWhatTheyCan) {
  struct {
    const char *target, *least;
  } cases[] = {
      {"sm_70", "sm_80"},     {"sm_80", "sm_80"},     {"sm_87", "sm_89"},
      {"sm_90", "sm_90a"},    {"sm_90a", "sm_90a"},   {"sm_100f", "sm_100a"},
      {"sm_100a", "sm_100a"}, {"sm_120", "sm_120"},   {"sm_121a", nullptr},
      {"sm_90x", nullptr},    {"compute_80", nullptr}};
  for (auto &c : cases) {
    std::string text = std::string(".version 8.8\n.target ") + c.target +
                       ", debug\n.address_size 64\n"
                       ".visible .entry k() { ret; }";
    const DeviceFacts *facts = deviceForModule(text);
    ASSERT_EQ(facts != nullptr, c.least != nullptr) << c.target;
    bool reached = false;
    for (const DeviceFacts &d : knownDevices()) {
      Device device(d);
      bool runs = device.loadModule(text) >= 0;
      if (!runs)
        EXPECT_NE(device.lastError().find(c.target), std::string::npos);
      if (facts == &d)
        reached = true;
      // Only modules for one device or family stop running on later ones.
      if (std::isdigit(std::string(c.target).back()))
        EXPECT_EQ(runs, reached) << c.target << " on " << d.name;
      else
        EXPECT_EQ(runs, facts == &d) << c.target << " on " << d.name;
    }
    if (c.least)
      EXPECT_EQ(std::string(facts->name), c.least);
  }
  EXPECT_EQ(findDevice("sm_90"), findDevice("sm_90a"));
  EXPECT_EQ(findDevice("sm_75"), nullptr);
}

TEST(Devices, LimitSharedMemoryAndClusters) {
  std::string text = ".version 8.8\n.target sm_80\n.address_size 64\n"
                     ".visible .entry k() { ret; }";
  for (const DeviceFacts &d : knownDevices()) {
    Device device(d);
    ModuleHandle m = loadOrFail(device, text);
    LaunchConfig config;
    config.grid[0] = 16;
    config.dynamicSharedBytes = d.sharedBytesPerBlockOptin;
    EXPECT_TRUE(device.launch(m, "k", config).ok) << d.name;
    config.dynamicSharedBytes += 1;
    EXPECT_NE(device.launch(m, "k", config).error.find(d.name),
              std::string::npos);
    config.dynamicSharedBytes = 0;
    config.cluster[0] = 2;
    EXPECT_EQ(device.launch(m, "k", config).ok, d.maxClusterSize > 1);
  }
}

TEST(Memory, StaysInsideItsLimit) {
  Device device;
  device.setMemoryLimit(1000);
  uint64_t a = device.allocate(600);
  ASSERT_NE(a, 0u);
  uint32_t word = 0;
  EXPECT_TRUE(device.copyToHost(&word, a + 596, 4));
  EXPECT_EQ(word, 0xffffffffu);
  EXPECT_EQ(device.allocate(401), 0u);
  EXPECT_NE(device.lastError().find("600 of 1000"), std::string::npos);
  EXPECT_NE(device.allocate(400), 0u);
  EXPECT_EQ(device.memoryInUse(), 1000u);
  EXPECT_TRUE(device.release(a));
  EXPECT_EQ(device.memoryInUse(), 400u);
}

TEST(Launch, StopsAtItsStepLimitAndSaysWhere) {
  Device device;
  ModuleHandle m = loadOrFail(device, kernelText("L: bra L;"));
  LaunchConfig config;
  config.addArgument(uint64_t(0));
  config.stepLimit = 5000;
  LaunchResult r = device.launch(m, "k", config);
  EXPECT_FALSE(r.ok);
  EXPECT_TRUE(hasReport(r, ReportKind::StepLimit));
  EXPECT_NE(allReports(r).find("bra L"), std::string::npos);
}

TEST(Launch, ChecksItsConfiguration) {
  Device device;
  ModuleHandle m = loadOrFail(
      device, ".version 8.8\n.target sm_90a\n.address_size 64\n"
              ".visible .entry k(.param .u32 a) .reqntid 64, 1, 1 { ret; }");
  LaunchConfig config;
  config.block[0] = 64;
  EXPECT_NE(device.launch(m, "k", config).error.find("takes 1 arguments"),
            std::string::npos);
  config.addArgument(uint64_t(1));
  EXPECT_NE(device.launch(m, "k", config).error.find("has 4 bytes"),
            std::string::npos);
  config.arguments.clear();
  config.addArgument(1u);
  EXPECT_TRUE(device.launch(m, "k", config).ok);
  config.block[0] = 32;
  EXPECT_NE(device.launch(m, "k", config).error.find("requires a block"),
            std::string::npos);
  config.block[0] = 64;
  config.dynamicSharedBytes = 300000;
  EXPECT_NE(device.launch(m, "k", config).error.find("shared memory"),
            std::string::npos);
  EXPECT_NE(device.launch(m, "nothing", config).error.find("it has k"),
            std::string::npos);
  EXPECT_FALSE(device.launch(m + 1, "k", config).ok);
}

TEST(Launch, GivesTheSameReportsEveryTime) {
  std::string text = readTestFile("mutants/reverse.ptx");
  text.replace(text.find("bar.sync 0;"), 11, "");
  std::string first;
  for (int i = 0; i < 3; ++i) {
    Device device;
    ModuleHandle m = loadOrFail(device, text);
    Buffer<uint32_t> in(device, std::vector<uint32_t>(128)),
        out(device, std::vector<uint32_t>(128));
    LaunchConfig c;
    c.block[0] = 128;
    c.sanitize = true;
    c.order = Order::Random;
    c.seed = 12345;
    c.addArgument(uint64_t(in));
    c.addArgument(uint64_t(out));
    c.addArgument(128);
    std::string reports = allReports(device.launch(m, "reverse", c));
    EXPECT_NE(reports, "");
    if (i == 0)
      first = reports;
    EXPECT_EQ(reports, first);
  }
}

TEST(Memory, KnowsItsAllocations) {
  Device device;
  uint64_t a = device.allocate(100);
  ASSERT_NE(a, 0u);
  EXPECT_EQ(a % 256, 0u);
  char bytes[200] = {};
  EXPECT_TRUE(device.copyToDevice(a, bytes, 100));
  EXPECT_FALSE(device.copyToDevice(a, bytes, 101));
  EXPECT_FALSE(device.copyToHost(bytes, a + 1, 100));
  EXPECT_TRUE(device.fill(a, 7, 100));
  EXPECT_TRUE(device.copyToHost(bytes, a + 99, 1));
  EXPECT_EQ(bytes[0], 7);
  uint64_t begin = 0, size = 0;
  EXPECT_TRUE(device.findMemory(a + 99, begin, size));
  EXPECT_EQ(begin, a);
  EXPECT_EQ(size, 100u);
  EXPECT_FALSE(device.findMemory(a + 100, begin, size));
  EXPECT_TRUE(device.release(a));
  EXPECT_FALSE(device.release(a));
  EXPECT_FALSE(device.copyToHost(bytes, a, 1));
  EXPECT_EQ(device.allocate(0), 0u);
}

TEST(TensorMaps, RefuseWhatTheDriverRefuses) {
  TensorMapConfig good;
  good.address = 4096;
  good.extent[0] = good.extent[1] = 64;
  good.stride[1] = 128;
  good.box[0] = good.box[1] = 64;
  good.swizzle = Swizzle::Bytes128;
  TensorMap map;
  std::string error;
  EXPECT_TRUE(encodeTensorMap(good, map, error)) << error;
  auto refused = [&](auto change, const char *why) {
    TensorMapConfig bad = good;
    change(bad);
    EXPECT_FALSE(encodeTensorMap(bad, map, error));
    EXPECT_NE(error.find(why), std::string::npos) << error;
  };
  refused([](TensorMapConfig &c) { c.rank = 6; }, "rank");
  refused([](TensorMapConfig &c) { c.address += 8; }, "address");
  refused([](TensorMapConfig &c) { c.stride[1] = 120; }, "stride");
  refused([](TensorMapConfig &c) { c.box[1] = 257; }, "box");
  refused([](TensorMapConfig &c) { c.box[0] = 4; }, "16 bytes");
  refused([](TensorMapConfig &c) { c.swizzle = Swizzle::Bytes64; }, "swizzle");
}

TEST(Npy, WritesWhatItReads) {
  NpyArray a, b;
  a.descr = "<f4";
  a.shape = {3, 5};
  a.data.resize(60);
  for (size_t i = 0; i < 60; ++i)
    a.data[i] = uint8_t(i);
  std::string path = ::testing::TempDir() + "ptxemu_test.npy", error;
  ASSERT_TRUE(writeNpy(path, a, error)) << error;
  ASSERT_TRUE(readNpy(path, b, error)) << error;
  EXPECT_EQ(b.descr, a.descr);
  EXPECT_EQ(b.shape, a.shape);
  EXPECT_EQ(b.data, a.data);
  std::ofstream(path, std::ios::binary) << "\x93NUMPY\x01";
  EXPECT_FALSE(readNpy(path, b, error));
  std::remove(path.c_str());
}

} // namespace
