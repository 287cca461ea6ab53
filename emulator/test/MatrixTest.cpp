//===- MatrixTest.cpp - Tensor cores, matrix moves, atomics, TMA ----------===//
//
// Small integers make every sum exact, so results are compared for equality.
// The fragment layouts here are written from the PTX manual's tables, element
// by element, independently of the emulator's.
//
//===----------------------------------------------------------------------===//
#include "TestSupport.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace ptxemu;

namespace {

uint32_t halfBits(float v) {
  _Float16 h = _Float16(v);
  uint16_t bits;
  std::memcpy(&bits, &h, 2);
  return bits;
}
float halfValue(uint32_t bits) {
  uint16_t b = uint16_t(bits);
  _Float16 h;
  std::memcpy(&h, &b, 2);
  return float(h);
}
uint32_t floatBits(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return bits;
}
float floatValue(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}
/// Small integers in 8-bit formats.
uint32_t encode(const std::string &type, int v) {
  if (type == "f16")
    return halfBits(float(v));
  if (type == "bf16")
    return floatBits(float(v)) >> 16;
  if (type == "tf32" || type == "f32")
    return floatBits(float(v));
  if (type == "e4m3" || type == "e5m2") {
    int m = type == "e4m3" ? 3 : 2, bias = type == "e4m3" ? 7 : 15;
    uint32_t sign = v < 0 ? 0x80 : 0;
    int a = std::abs(v), e = 0;
    if (!a)
      return 0;
    while ((a >> e) > 1)
      ++e;
    uint32_t mantissa =
        e <= m ? uint32_t(a << (m - e)) : uint32_t(a >> (e - m));
    return sign | uint32_t(e + bias) << m | (mantissa & ((1u << m) - 1));
  }
  return uint32_t(v) & 0xff; // s8, u8
}
int bitsOf(const std::string &type) {
  return type == "f16" || type == "bf16"                    ? 16
         : type == "tf32" || type == "f32" || type == "s32" ? 32
                                                            : 8;
}

/// Kernel around `instruction`: lane l gets in[i * 32 + l] in %a<i> and leaves
/// %d<i> in out[i * 32 + l].
std::string laneKernel(const std::string &instruction, int in, int out) {
  std::string s =
      ".reg .b32 %a<40>;\n.reg .b32 %d<136>;\nmov.u32 %r1, %tid.x;\n"
      "ld.param.u64 %rd1, [p0];\nld.param.u64 %rd2, [p1];\n"
      "mul.wide.u32 %rd3, %r1, 4;\nadd.u64 %rd1, %rd1, %rd3;\n"
      "add.u64 %rd2, %rd2, %rd3;\n";
  for (int i = 0; i < in; ++i)
    s += "ld.global.b32 %a" + std::to_string(i) + ", [%rd1+" +
         std::to_string(i * 128) + "];\n";
  s += instruction + "\n";
  for (int i = 0; i < out; ++i)
    s += "st.global.b32 [%rd2+" + std::to_string(i * 128) + "], %d" +
         std::to_string(i) + ";\n";
  return kernelText(s + "ret;", 2);
}

std::string registers(const char *prefix, int from, int count) {
  std::string s = "{";
  for (int i = 0; i < count; ++i)
    s += std::string(i ? ", %" : "%") + prefix + std::to_string(from + i);
  return s + "}";
}

std::vector<uint32_t> runLanes(const std::string &text,
                               const std::vector<uint32_t> &in, size_t out,
                               uint64_t *tensorOperations = nullptr) {
  Device device;
  ModuleHandle m = loadOrFail(device, text);
  Buffer<uint32_t> a(device, in),
      d(device, std::vector<uint32_t>(out * 32, ~0u));
  LaunchConfig c;
  c.block[0] = 32;
  c.sanitize = true;
  c.statistics = true;
  c.addArgument(uint64_t(a));
  c.addArgument(uint64_t(d));
  LaunchResult r = device.launch(m, "k", c);
  EXPECT_TRUE(r.ok) << allReports(r);
  if (tensorOperations)
    *tensorOperations = r.statistics.tensorOperations;
  return d.values();
}

struct MmaCase {
  const char *shape, *d, *a, *b;
  int k;
};
class MmaTest : public ::testing::TestWithParam<MmaCase> {};

TEST_P(MmaTest, MultipliesExactly) {
  const MmaCase &t = GetParam();
  std::mt19937 rng{uint32_t(testSeed())};
  std::string d = t.d, aType = t.a, bType = t.b;
  int e = 32 / bitsOf(aType), k = t.k;
  int aRegs = 16 * k / e / 32, bRegs = 8 * k / e / 32,
      cRegs = d == "f16" ? 2 : 4;
  auto draw = [&](const std::string &type) {
    return type == "u8" ? int(rng() % 8) : int(rng() % 15) - 7;
  };
  std::vector<int> a(size_t(16 * k)), b(size_t(k * 8)), c(128);
  for (int &v : a)
    v = draw(aType);
  for (int &v : b)
    v = draw(bType);
  for (int &v : c)
    v = int(rng() % 100) - 50;
  std::vector<uint32_t> in(size_t(aRegs + bRegs + cRegs) * 32);
  for (int lane = 0; lane < 32; ++lane) {
    int group = lane >> 2, inGroup = lane & 3;
    for (int i = 0; i < aRegs * e; ++i) { // a_i of the manual's tables
      int reg = i / e, row = group + (reg % 2 ? 8 : 0);
      int col = inGroup * e + i % e + (reg >= 2 ? 4 * e : 0);
      in[size_t(reg * 32 + lane)] |= encode(aType, a[size_t(row * k + col)])
                                     << (32 / e * (i % e));
    }
    for (int i = 0; i < bRegs * e; ++i) {
      int row = inGroup * e + i % e + (i / e) * 4 * e;
      in[size_t((aRegs + i / e) * 32 + lane)] |=
          encode(bType, b[size_t(row * 8 + group)]) << (32 / e * (i % e));
    }
    for (int i = 0; i < 4; ++i) {
      int v = c[size_t((group + 8 * (i / 2)) * 8 + inGroup * 2 + i % 2)];
      uint32_t &half = in[size_t((aRegs + bRegs + i / 2) * 32 + lane)];
      if (d == "f16")
        half |= halfBits(float(v)) << (16 * (i % 2));
      else
        in[size_t((aRegs + bRegs + i) * 32 + lane)] =
            d == "s32" ? uint32_t(v) : floatBits(float(v));
    }
  }
  std::string text =
      "mma.sync.aligned." + std::string(t.shape) + ".row.col." + d + "." +
      aType + "." + bType + "." + d + " " + registers("d", 0, cRegs) + ", " +
      registers("a", 0, aRegs) + ", " + registers("a", aRegs, bRegs) + ", " +
      registers("a", aRegs + bRegs, cRegs) + ";";
  uint64_t operations = 0;
  auto out = runLanes(laneKernel(text, aRegs + bRegs + cRegs, cRegs), in,
                      size_t(cRegs), &operations);
  EXPECT_EQ(operations, uint64_t(2) * 16 * 8 * uint64_t(k));
  for (int row = 0; row < 16; ++row)
    for (int col = 0; col < 8; ++col) {
      int sum = c[size_t(row * 8 + col)];
      for (int p = 0; p < k; ++p)
        sum += a[size_t(row * k + p)] * b[size_t(p * 8 + col)];
      int lane = row % 8 * 4 + col / 2;
      float got;
      if (d == "f16")
        got = halfValue(out[size_t(row / 8 * 32 + lane)] >> (16 * (col % 2)));
      else {
        uint32_t word = out[size_t((row / 8 * 2 + col % 2) * 32 + lane)];
        got = d == "s32" ? float(int32_t(word)) : floatValue(word);
      }
      ASSERT_EQ(got, d == "f16" ? halfValue(halfBits(float(sum))) : float(sum))
          << row << "," << col;
    }
}

const MmaCase mmaCases[] = {{"m16n8k8", "f16", "f16", "f16", 8},
                            {"m16n8k8", "f32", "f16", "f16", 8},
                            {"m16n8k8", "f32", "bf16", "bf16", 8},
                            {"m16n8k16", "f16", "f16", "f16", 16},
                            {"m16n8k16", "f32", "f16", "f16", 16},
                            {"m16n8k16", "f32", "bf16", "bf16", 16},
                            {"m16n8k4", "f32", "tf32", "tf32", 4},
                            {"m16n8k8", "f32", "tf32", "tf32", 8},
                            {"m16n8k32", "f32", "e4m3", "e4m3", 32},
                            {"m16n8k32", "f32", "e5m2", "e4m3", 32},
                            {"m16n8k32", "f16", "e4m3", "e4m3", 32},
                            {"m16n8k16", "s32", "s8", "s8", 16},
                            {"m16n8k32", "s32", "s8", "s8", 32},
                            {"m16n8k32", "s32", "u8", "s8", 32},
                            {"m16n8k32", "s32", "u8", "u8", 32}};
INSTANTIATE_TEST_SUITE_P(All, MmaTest, ::testing::ValuesIn(mmaCases),
                         [](const auto &info) {
                           const MmaCase &c = info.param;
                           return std::string(c.shape) + "_" + c.d + "_" + c.a +
                                  "_" + c.b;
                         });

TEST(MatrixMoves, LdmatrixAndStmatrix) {
  // A block of 8 rows of 8 halves a matrix; lane l gives row l.
  for (bool trans : {false, true}) {
    std::vector<uint32_t> in(4 * 32);
    std::iota(in.begin(), in.end(), 1000u);
    std::string t = trans ? ".trans" : "";
    std::string body = ".shared .align 16 .b8 s[1024];\nmov.u32 %r2, "
                       "s;\nshl.b32 %r3, %r1, 4;\n"
                       "add.u32 %r3, %r2, %r3;\nst.shared.v4.b32 [%r3], " +
                       registers("a", 0, 4) +
                       ";\nbar.warp.sync 0xffffffff;\n"
                       "ldmatrix.sync.aligned.m8n8.x4" +
                       t + ".shared.b16 " + registers("d", 0, 4) +
                       ", [%r3];\nstmatrix.sync.aligned.m8n8.x4" + t +
                       ".shared.b16 [%r3+512], " + registers("d", 0, 4) +
                       ";\nbar.warp.sync 0xffffffff;\n"
                       "ld.shared.v4.b32 " +
                       registers("d", 4, 4) +
                       ", [%r3+512];\n"
                       "movmatrix.sync.aligned.m8n8.trans.b16 %d8, %d0;";
    auto out = runLanes(laneKernel(body, 4, 9), in, 9);
    auto element = [&](int matrix, int row, int col) {
      int lane = matrix * 8 + row; // 16 bytes: registers col / 2
      return in[size_t(col / 2 * 32 + lane)] >> (16 * (col % 2)) & 0xffff;
    };
    for (int m = 0; m < 4; ++m)
      for (int l = 0; l < 32; ++l)
        for (int h = 0; h < 2; ++h) {
          int row = l / 4, col = 2 * (l % 4) + h;
          uint32_t want = trans ? element(m, col, row) : element(m, row, col);
          ASSERT_EQ(out[size_t(m * 32 + l)] >> (16 * h) & 0xffff, want);
          if (m == 0) {
            uint32_t moved =
                trans ? element(0, row, col) : element(0, col, row);
            ASSERT_EQ(out[size_t(8 * 32 + l)] >> (16 * h) & 0xffff, moved);
          }
        }
    for (int i = 0; i < 4; ++i) // the store undoes the load
      for (int l = 0; l < 32; ++l)
        ASSERT_EQ(out[size_t((4 + i) * 32 + l)], in[size_t(i * 32 + l)]);
  }
}

TEST(WarpOps, ShuffleModes) {
  std::vector<uint32_t> in(32);
  std::iota(in.begin(), in.end(), 100u);
  auto out =
      runLanes(laneKernel("shfl.sync.up.b32 %d0|%p1, %a0, 3, 0, -1;\n"
                          "shfl.sync.down.b32 %d1|%p2, %a0, 3, 31, -1;\n"
                          "shfl.sync.bfly.b32 %d2, %a0, 5, 31, -1;\n"
                          "shfl.sync.idx.b32 %d3, %a0, 9, 0x181f, -1;\n"
                          "selp.u32 %d4, 1, 0, %p1;\nselp.u32 %d5, 1, 0, %p2;",
                          1, 6),
               in, 6);
  for (uint32_t l = 0; l < 32; ++l) {
    EXPECT_EQ(out[l], 100 + (l >= 3 ? l - 3 : l));
    EXPECT_EQ(out[32 + l], 100 + (l + 3 < 32 ? l + 3 : l));
    EXPECT_EQ(out[64 + l], 100 + (l ^ 5));
    EXPECT_EQ(out[96 + l], 100 + (l & 0x18) + 1); // segments of eight lanes
    EXPECT_EQ(out[128 + l], l >= 3);
    EXPECT_EQ(out[160 + l], l + 3 < 32);
  }
}

TEST(WarpOps, VotesMatchesAndReductions) {
  std::mt19937 rng{uint32_t(testSeed())};
  std::vector<uint32_t> in(32);
  for (uint32_t &v : in)
    v = rng() % 4 - 2;
  auto out = runLanes(
      laneKernel(
          "setp.lt.s32 %p1, %a0, 0;\nvote.sync.ballot.b32 %d0, %p1, -1;\n"
          "match.any.sync.b32 %d1, %a0, -1;\nredux.sync.add.s32 %d2, %a0, -1;\n"
          "redux.sync.min.s32 %d3, %a0, -1;\nredux.sync.max.u32 %d4, %a0, -1;\n"
          "redux.sync.xor.b32 %d5, %a0, -1;\nelect.sync %d6|%p2, -1;\n"
          "selp.u32 %d7, 1, 0, %p2;\nvote.sync.all.pred %p3, !%p1, -1;\n"
          "selp.u32 %d8, 1, 0, %p3;",
          1, 9),
      in, 9);
  uint32_t ballot = 0, sum = 0, x = 0, most = 0;
  int32_t least = 100;
  for (uint32_t l = 0; l < 32; ++l) {
    ballot |= uint32_t(int32_t(in[l]) < 0) << l;
    sum += in[l];
    x ^= in[l];
    most = std::max(most, in[l]);
    least = std::min(least, int32_t(in[l]));
  }
  for (uint32_t l = 0; l < 32; ++l) {
    uint32_t same = 0;
    for (uint32_t k = 0; k < 32; ++k)
      same |= uint32_t(in[k] == in[l]) << k;
    EXPECT_EQ(out[l], ballot);
    EXPECT_EQ(out[32 + l], same);
    EXPECT_EQ(out[64 + l], sum);
    EXPECT_EQ(int32_t(out[96 + l]), least);
    EXPECT_EQ(out[128 + l], most);
    EXPECT_EQ(out[160 + l], x);
    EXPECT_EQ(out[192 + l], 0u);
    EXPECT_EQ(out[224 + l], l == 0);
    EXPECT_EQ(out[256 + l], ballot == 0);
  }
}

TEST(Atomics, OfAllLanesOnOneAddress) {
  struct {
    const char *text;
    uint32_t start, want;
  } cases[] = {
      {"red.global.add.u32 [%rd4], %a0;", 5, 5 + 496},
      {"red.global.max.s32 [%rd4], %a0;", 7, 31},
      {"red.global.min.s32 [%rd4], %a0;", 7, 0},
      {"red.global.or.b32 [%rd4], %a0;", 32, 63},
      {"red.global.inc.u32 [%rd4], 20;", 0, 32 % 21},
      {"red.global.dec.u32 [%rd4], 20;", 0, 21 * 2 - 32},
      {"cvt.rn.f32.u32 %f1, %a0;\nred.global.add.f32 [%rd4], %f1;",
       floatBits(1), floatBits(497)},
      {"mov.b32 %r5, 0x3c004000;\nred.global.add.noftz.f16x2 [%rd4], %r5;", 0,
       halfBits(64) | halfBits(32) << 16},
      {"AGAIN: ld.relaxed.gpu.global.u32 %r5, [%rd4];\nadd.u32 %r6, %r5, 2;\n"
       "atom.global.cas.b32 %r7, [%rd4], %r5, %r6;\nsetp.ne.u32 %p1, %r7, "
       "%r5;\n"
       "@%p1 bra AGAIN;",
       1, 65}};
  for (auto &c : cases) {
    SCOPED_TRACE(c.text);
    Device device;
    ModuleHandle m = loadOrFail(
        device,
        kernelText(std::string(".reg .b32 %a<2>;\nmov.u32 %a0, %tid.x;\n"
                               "ld.param.u64 %rd4, [p0];\n") +
                   c.text + "\nret;"));
    Buffer<uint32_t> x(device, {c.start});
    LaunchConfig config;
    config.block[0] = 32;
    config.sanitize = true;
    config.addArgument(uint64_t(x));
    LaunchResult r = device.launch(m, "k", config);
    EXPECT_TRUE(r.ok) << allReports(r);
    EXPECT_EQ(x.values()[0], c.want);
  }
}

/// A rank-3 tensor of u16 with a box that sticks out on two sides.
TEST(Tma, FillsWhatIsOutsideAndSwizzles) {
  for (Swizzle swizzle :
       {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128}) {
    Device device;
    std::vector<uint16_t> x(40 * 6 * 3);
    std::iota(x.begin(), x.end(), uint16_t(1));
    Buffer<uint16_t> dx(device, x);
    uint32_t inner = swizzle == Swizzle::Bytes32 ? 16 : 32;
    Buffer<uint16_t> out(device, std::vector<uint16_t>(inner * 4 * 2, 0xffff));
    TensorMapConfig t;
    t.type = TensorType::U16;
    t.rank = 3;
    t.address = dx;
    t.extent[0] = 40;
    t.extent[1] = 6;
    t.extent[2] = 3;
    t.stride[1] = 80;
    t.stride[2] = 480;
    t.box[0] = inner;
    t.box[1] = 4;
    t.box[2] = 2;
    t.swizzle = swizzle;
    TensorMap map;
    std::string error;
    ASSERT_TRUE(encodeTensorMap(t, map, error)) << error;
    uint32_t bytes = inner * 4 * 2 * 2;
    std::string text =
        ".version 8.8\n.target sm_90a\n.address_size 64\n"
        ".visible .entry k(.param .align 64 .b8 map[128], .param .u64 p) {\n"
        ".reg .b64 %rd<8>; .reg .b32 %r<16>; .reg .pred %p<4>;\n"
        ".shared .align 1024 .b8 s[1024]; .shared .align 8 .b8 bar[8];\n"
        "mov.b64 %rd1, map; cvta.param.u64 %rd1, %rd1; ld.param.u64 %rd2, "
        "[p];\n"
        "mov.u32 %r1, %tid.x; mov.u32 %r2, s; mov.u32 %r3, bar;\n"
        "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra READY;\n"
        "mbarrier.init.shared::cta.b64 [%r3], "
        "1;\nfence.proxy.async.shared::cta;\n"
        "mov.u32 %r4, 30; mov.u32 %r5, -1; mov.u32 %r6, 1;\n"
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r3], " +
        std::to_string(bytes) +
        ";\n"
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::"
        "complete_tx"
        "::bytes [%r2], [%rd1, {%r4, %r5, %r6}], [%r3];\nREADY: bar.sync 0;\n"
        "W: mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r3], 0;\n@!%p2 bra "
        "W;\n"
        "L: setp.ge.u32 %p3, %r1, " +
        std::to_string(bytes / 4) +
        ";\n@%p3 ret;\n"
        "shl.b32 %r7, %r1, 2; add.u32 %r8, %r2, %r7; ld.shared.u32 %r9, "
        "[%r8];\n"
        "cvt.u64.u32 %rd3, %r7; add.u64 %rd3, %rd3, %rd2; st.global.u32 "
        "[%rd3], %r9;\n"
        "add.u32 %r1, %r1, 32; bra L; }";
    ModuleHandle m = loadOrFail(device, text);
    LaunchConfig c;
    c.block[0] = 32;
    c.sanitize = true;
    c.addArgument(map);
    c.addArgument(uint64_t(out));
    LaunchResult r = device.launch(m, "k", c);
    EXPECT_TRUE(r.ok) << allReports(r);
    std::vector<uint16_t> got = out.values();
    for (uint32_t z = 0; z < 2; ++z)
      for (uint32_t y = 0; y < 4; ++y)
        for (uint32_t i = 0; i < inner; ++i) {
          int sx = 30 + int(i), sy = int(y) - 1, sz = int(z) + 1;
          bool inside = sx < 40 && sy >= 0 && sy < 6 && sz < 3;
          uint16_t want = inside ? x[size_t(sz * 240 + sy * 40 + sx)] : 0;
          // Chunks of 16 bytes move within a row of the swizzle's width.
          uint32_t at = ((z * 4 + y) * inner + i) * 2;
          uint32_t width = swizzle == Swizzle::None      ? 0
                           : swizzle == Swizzle::Bytes32 ? 32
                           : swizzle == Swizzle::Bytes64 ? 64
                                                         : 128;
          if (width) {
            uint32_t chunk = at % width / 16, line = at / 128;
            chunk ^= line % (width / 16);
            at = at / width * width + chunk * 16 + at % 16;
          }
          ASSERT_EQ(got[at / 2], want)
              << int(swizzle) << ": " << i << "," << y << "," << z;
        }
  }
}

/// wgmma over types and operand sources; A and B K-major without swizzle.
struct WgmmaCase {
  const char *type, *accumulator;
  int n;
  bool aInRegisters;
};
class WgmmaTest : public ::testing::TestWithParam<WgmmaCase> {};

TEST_P(WgmmaTest, MultipliesExactly) {
  const WgmmaCase &t = GetParam();
  std::mt19937 rng{uint32_t(testSeed())};
  std::string type = t.type, acc = t.accumulator;
  int bytes = bitsOf(type) / 8, k = 32 / bytes, n = t.n;
  std::vector<int> a(size_t(64 * k)), b(size_t(n * k));
  for (std::vector<int> *v : {&a, &b})
    for (int &x : *v)
      x = int(rng() % 15) - 7;
  // Core matrices of 8 rows by 16 bytes, 128 bytes each: rows of eight at the
  // stride offset (256), halves of k at the leading one (128).
  auto image = [&](const std::vector<int> &m, int rows) {
    std::vector<uint8_t> s(size_t(rows) * 32);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < k; ++c) {
        uint32_t v = encode(type, m[size_t(r * k + c)]);
        size_t at = size_t(r / 8 * 256 + c * bytes / 16 * 128 + r % 8 * 16 +
                           c * bytes % 16);
        std::memcpy(&s[at], &v, size_t(bytes));
      }
    return s;
  };
  std::vector<uint8_t> shared = image(a, 64), sb = image(b, n);
  shared.insert(shared.end(), sb.begin(), sb.end());
  int accRegs = acc == "f16" ? n / 4 : n / 2;
  std::string list = registers("d", 0, accRegs);
  // A fragments by the mma layout; every warp has its 16 rows.
  std::string loadA;
  std::vector<uint32_t> fragments(4 * 128);
  if (t.aInRegisters) {
    int e = 4 / bytes;
    for (int thread = 0; thread < 128; ++thread)
      for (int i = 0; i < 4 * e; ++i) {
        int lane = thread % 32, reg = i / e;
        int row = thread / 32 * 16 + lane / 4 + (reg % 2 ? 8 : 0);
        int col = lane % 4 * e + i % e + (reg >= 2 ? 4 * e : 0);
        fragments[size_t(reg * 128 + thread)] |=
            encode(type, a[size_t(row * k + col)]) << (8 * bytes * (i % e));
      }
    for (int i = 0; i < 4; ++i)
      loadA += "ld.global.b32 %a" + std::to_string(i) + ", [%rd6+" +
               std::to_string(i * 512) + "];\n";
  }
  std::string scales = acc == "s32" ? ""
                       : bytes == 2
                           ? (t.aInRegisters ? ", 1, 1, 0" : ", 1, 1, 0, 0")
                           : ", 1, 1";
  std::string types = acc + "." + type + "." + type;
  std::string text =
      ".version 8.8\n.target sm_90a\n.address_size 64\n"
      ".visible .entry k(.param .u64 p0, .param .u64 p1, .param .u64 p2) {\n"
      ".reg .b64 %rd<12>; .reg .b32 %r<16>; .reg .pred %p<4>;\n"
      ".reg .b32 %a<4>; .reg .b32 %d<128>;\n"
      ".shared .align 128 .b8 s[" +
      std::to_string(shared.size()) +
      "];\n"
      "ld.param.u64 %rd1, [p0]; ld.param.u64 %rd2, [p1]; ld.param.u64 %rd6, "
      "[p2];\n"
      "mov.u32 %r1, %tid.x; mov.u32 %r2, s; mul.wide.u32 %rd3, %r1, 4;\n"
      "add.u64 %rd6, %rd6, %rd3; mov.u32 %r3, 0;\n" +
      loadA +
      "COPY: mad.lo.u32 %r4, %r3, 128, %r1; shl.b32 %r4, %r4, 2;\n"
      "setp.ge.u32 %p1, %r4, " +
      std::to_string(shared.size()) +
      ";\n@%p1 bra COPIED;\ncvt.u64.u32 %rd4, %r4; add.u64 %rd4, %rd4, %rd1;\n"
      "ld.global.u32 %r5, [%rd4]; add.u32 %r6, %r2, %r4; st.shared.u32 [%r6], "
      "%r5;\n"
      "add.u32 %r3, %r3, 1; bra COPY;\nCOPIED: fence.proxy.async.shared::cta;\n"
      "bar.sync 0;\nmov.b64 %rd7, 0x0000001000080000;\nshr.u32 %r7, %r2, 4;\n"
      "cvt.u64.u32 %rd8, %r7; or.b64 %rd8, %rd8, %rd7;\nadd.u32 %r7, %r7, "
      "128;\n"
      "cvt.u64.u32 %rd9, %r7; or.b64 %rd9, %rd9, %rd7;\n"
      "mov.u32 %r8, 0; setp.ne.u32 %p2, %r8, 0; setp.eq.u32 %p3, %r8, 0;\n"
      "wgmma.fence.sync.aligned;\n";
  for (const char *p : {"%p2", "%p3"})
    text += "wgmma.mma_async.sync.aligned.m64n" + std::to_string(n) + "k" +
            std::to_string(k) + "." + types + " " + list + ", " +
            (t.aInRegisters ? registers("a", 0, 4) : "%rd8") + ", %rd9, " + p +
            scales + ";\n";
  text += "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n"
          "add.u64 %rd2, %rd2, %rd3;\n";
  for (int i = 0; i < accRegs; ++i)
    text += "st.global.b32 [%rd2+" + std::to_string(i * 512) + "], %d" +
            std::to_string(i) + ";\n";
  text += "ret; }";
  Device device;
  ModuleHandle m = loadOrFail(device, text);
  Buffer<uint8_t> in(device, shared);
  Buffer<uint32_t> out(device,
                       std::vector<uint32_t>(size_t(accRegs) * 128, ~0u)),
      frag(device, fragments);
  LaunchConfig c;
  c.block[0] = 128;
  c.sanitize = true;
  for (uint64_t p : {uint64_t(in), uint64_t(out), uint64_t(frag)})
    c.addArgument(p);
  LaunchResult r = device.launch(m, "k", c);
  EXPECT_TRUE(r.ok) << allReports(r);
  std::vector<uint32_t> got = out.values();
  for (int row = 0; row < 64; ++row)
    for (int col = 0; col < n; ++col) {
      int sum = 0;
      for (int p = 0; p < k; ++p)
        sum += a[size_t(row * k + p)] * b[size_t(col * k + p)];
      sum *= 2; // the second instruction adds the same product
      int thread = row / 16 * 32 + row % 8 * 4 + col % 8 / 2;
      int h = row % 16 / 8, j = col / 8;
      float value;
      if (acc == "f16")
        value = halfValue(got[size_t((j * 2 + h) * 128 + thread)] >>
                          (16 * (col % 2)));
      else {
        uint32_t word = got[size_t((j * 4 + h * 2 + col % 2) * 128 + thread)];
        value = acc == "s32" ? float(int32_t(word)) : floatValue(word);
      }
      ASSERT_EQ(value,
                acc == "f16" ? halfValue(halfBits(float(sum))) : float(sum))
          << row << "," << col;
    }
}

const WgmmaCase wgmmaCases[] = {
    {"f16", "f32", 8, false},   {"f16", "f32", 64, true},
    {"f16", "f16", 32, false},  {"f16", "f32", 256, false},
    {"bf16", "f32", 40, false}, {"bf16", "f32", 16, true},
    {"tf32", "f32", 24, false}, {"tf32", "f32", 16, true},
    {"e4m3", "f32", 16, false}, {"e5m2", "f16", 16, false},
    {"e4m3", "f32", 8, true},   {"s8", "s32", 32, false},
    {"s8", "s32", 16, true}};
INSTANTIATE_TEST_SUITE_P(All, WgmmaTest, ::testing::ValuesIn(wgmmaCases),
                         [](const auto &info) {
                           const WgmmaCase &c = info.param;
                           return std::string(c.type) + "_" + c.accumulator +
                                  "_n" + std::to_string(c.n) +
                                  (c.aInRegisters ? "_registers" : "");
                         });

} // namespace
