//===- DeviceTest.cpp - The C++ and C interfaces, statistics, limits ------===//
#include "Npy.h"
#include "TestSupport.h"
#include "ptxemu/ptxemu-c.h"

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

TEST(CInterface, RunsAKernel) {
  ptxemu_device *d = ptxemu_create();
  std::string text = strided("4");
  int m = ptxemu_load(d, text.data(), text.size());
  ASSERT_GE(m, 0) << ptxemu_error(d);
  uint32_t x[32], y[32];
  for (uint32_t i = 0; i < 32; ++i)
    x[i] = i * i;
  uint64_t dx = ptxemu_allocate(d, 128), dy = ptxemu_allocate(d, 128);
  EXPECT_TRUE(ptxemu_copy_to_device(d, dx, x, 128));
  EXPECT_TRUE(ptxemu_fill(d, dy, 0xff, 128));
  ptxemu_launch_config c = {};
  c.grid[0] = c.grid[1] = c.grid[2] = c.block[1] = c.block[2] = 1;
  c.block[0] = 32;
  c.sanitize = c.statistics = 1;
  const void *arguments[] = {&dx, &dy};
  size_t sizes[] = {8, 8};
  EXPECT_TRUE(ptxemu_launch(d, m, "k", &c, arguments, sizes, 2))
      << ptxemu_error(d);
  EXPECT_TRUE(ptxemu_synchronise(d));
  EXPECT_TRUE(ptxemu_copy_to_host(d, y, dy, 128));
  EXPECT_EQ(0, std::memcmp(x, y, 128));
  ptxemu_statistics s;
  ptxemu_get_statistics(d, &s);
  EXPECT_EQ(s.global_sectors, 8u);
  c.block[0] = 64; // past the end
  EXPECT_FALSE(ptxemu_launch(d, m, "k", &c, arguments, sizes, 2));
  EXPECT_FALSE(ptxemu_synchronise(d));
  ASSERT_EQ(ptxemu_report_count(d), 2u);
  EXPECT_NE(std::string(ptxemu_report(d, 0)).find("out-of-bounds"),
            std::string::npos);
  EXPECT_EQ(ptxemu_load(d, "nonsense", 8), -1);
  EXPECT_NE(std::string(ptxemu_error(d)), "");
  EXPECT_TRUE(ptxemu_release(d, dx));
  ptxemu_destroy(d);
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
