//===- MatrixTest.cpp - Warps: tensor cores, matrix moves, atomics
//----------===//
//
// Small integers make every sum exact, so results are compared for equality.
// The fragment layouts here are written from the PTX manual's tables, element
// by element, independently of the emulator's.
//
//===----------------------------------------------------------------------===//
#include "MatrixSupport.h"

#include <algorithm>
#include <numeric>

using namespace ptxemu;

namespace {

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

/// ldmatrix and stmatrix of 1, 2 and 4 matrices, with and without transpose.
class MatrixMoves : public ::testing::TestWithParam<std::pair<int, bool>> {};

TEST_P(MatrixMoves, LdmatrixAndStmatrix) {
  // A block of 8 rows of 8 halves a matrix; lane l gives row l.
  auto [count, trans] = GetParam();
  std::vector<uint32_t> in(4 * 32);
  std::iota(in.begin(), in.end(), 1000u);
  std::string form = ".sync.aligned.m8n8.x" + std::to_string(count) +
                     (trans ? ".trans" : "") + ".shared.b16 ";
  std::string list = registers("d", 0, count), all = registers("d", 4, 4);
  std::string body = ".shared .align 16 .b8 s[1024];\nmov.u32 %r2, s;\n"
                     "shl.b32 %r3, %r1, 4;\nadd.u32 %r3, %r2, %r3;\n"
                     "st.shared.v4.b32 [%r3], " +
                     registers("a", 0, 4) + ";\nst.shared.v4.b32 [%r3+512], " +
                     registers("a", 0, 4) +
                     ";\nmov.u32 %d1, 0;\nmov.u32 %d2, 0;\nmov.u32 %d3, "
                     "0;\nbar.warp.sync 0xffffffff;\nldmatrix" +
                     form + list + ", [%r3];\nstmatrix" + form + "[%r3+512], " +
                     list + ";\nbar.warp.sync 0xffffffff;\nld.shared.v4.b32 " +
                     all +
                     ", [%r3+512];\n"
                     "movmatrix.sync.aligned.m8n8.trans.b16 %d8, %d0;";
  auto out = runLanes(laneKernel(body, 4, 9), in, 9);
  auto element = [&](int matrix, int row, int col) {
    int lane = matrix * 8 + row; // 16 bytes: registers col / 2
    return in[size_t(col / 2 * 32 + lane)] >> (16 * (col % 2)) & 0xffff;
  };
  for (int m = 0; m < count; ++m)
    for (int l = 0; l < 32; ++l)
      for (int h = 0; h < 2; ++h) {
        int row = l / 4, col = 2 * (l % 4) + h;
        uint32_t want = trans ? element(m, col, row) : element(m, row, col);
        ASSERT_EQ(out[size_t(m * 32 + l)] >> (16 * h) & 0xffff, want);
        if (m == 0) {
          uint32_t moved = trans ? element(0, row, col) : element(0, col, row);
          ASSERT_EQ(out[size_t(8 * 32 + l)] >> (16 * h) & 0xffff, moved);
        }
      }
  for (int i = 0; i < 4; ++i) // the store undoes the load, and leaves the rest
    for (int l = 0; l < 32; ++l)
      ASSERT_EQ(out[size_t((4 + i) * 32 + l)], in[size_t(i * 32 + l)]);
}

INSTANTIATE_TEST_SUITE_P(
    All, MatrixMoves,
    ::testing::Values(std::pair(1, false), std::pair(2, false),
                      std::pair(4, false), std::pair(1, true),
                      std::pair(2, true), std::pair(4, true)),
    [](const auto &info) {
      return "x" + std::to_string(info.param.first) +
             (info.param.second ? "_trans" : "");
    });

/// f64: one element a register; A and B by rows of 4 along k.
TEST(Mma, Float64) {
  struct {
    const char *shape;
    int m, k;
  } cases[] = {{"m8n8k4", 8, 4},
               {"m16n8k4", 16, 4},
               {"m16n8k8", 16, 8},
               {"m16n8k16", 16, 16}};
  std::mt19937 rng{uint32_t(testSeed())};
  for (auto &t : cases) {
    SCOPED_TRACE(t.shape);
    int m = t.m, k = t.k, aRegs = m * k / 32, bRegs = k / 4, cRegs = m / 4;
    auto draw = [&] { return double(int(rng() % 2001) - 1000) / 8; };
    std::vector<double> a(size_t(m * k)), b(size_t(k * 8)), c(size_t(m * 8));
    for (auto *v : {&a, &b, &c})
      for (double &x : *v)
        x = draw();
    std::vector<double> in;
    for (int i = 0; i < aRegs; ++i)
      for (int l = 0; l < 32; ++l) {
        int row = l / 4 + (m == 16 && i % 2 ? 8 : 0);
        int col = l % 4 + 4 * (m == 16 ? i / 2 : i);
        in.push_back(a[size_t(row * k + col)]);
      }
    for (int i = 0; i < bRegs; ++i)
      for (int l = 0; l < 32; ++l)
        in.push_back(b[size_t((l % 4 + 4 * i) * 8 + l / 4)]);
    for (int i = 0; i < cRegs; ++i)
      for (int l = 0; l < 32; ++l)
        in.push_back(c[size_t((l / 4 + 8 * (i / 2)) * 8 + l % 4 * 2 + i % 2)]);
    std::string text = ".reg .f64 %a<24>;\n.reg .f64 %d<4>;\nmov.u32 %r1, "
                       "%tid.x;\nld.param.u64 %rd1, [p0];\nld.param.u64 "
                       "%rd2, [p1];\nmul.wide.u32 %rd3, %r1, 8;\n"
                       "add.u64 %rd1, %rd1, %rd3;\nadd.u64 %rd2, %rd2, %rd3;\n";
    for (int i = 0; i < aRegs + bRegs + cRegs; ++i)
      text += "ld.global.f64 %a" + std::to_string(i) + ", [%rd1+" +
              std::to_string(i * 256) + "];\n";
    text += "mma.sync.aligned." + std::string(t.shape) +
            ".row.col.f64.f64.f64.f64 " + registers("d", 0, cRegs) + ", " +
            registers("a", 0, aRegs) + ", " + registers("a", aRegs, bRegs) +
            ", " + registers("a", aRegs + bRegs, cRegs) + ";\n";
    for (int i = 0; i < cRegs; ++i)
      text += "st.global.f64 [%rd2+" + std::to_string(i * 256) + "], %d" +
              std::to_string(i) + ";\n";
    Device device;
    ModuleHandle module = loadOrFail(device, kernelText(text + "ret;", 2));
    Buffer<double> x(device, in),
        y(device, std::vector<double>(size_t(cRegs) * 32));
    LaunchConfig config;
    config.block[0] = 32;
    config.addArgument(uint64_t(x));
    config.addArgument(uint64_t(y));
    LaunchResult r = device.launch(module, "k", config);
    ASSERT_TRUE(r.ok) << allReports(r);
    std::vector<double> got = y.values();
    for (int row = 0; row < m; ++row)
      for (int col = 0; col < 8; ++col) {
        double want = c[size_t(row * 8 + col)];
        for (int p = 0; p < k; ++p)
          want += a[size_t(row * k + p)] * b[size_t(p * 8 + col)];
        int lane = row % 8 * 4 + col / 2, reg = row / 8 * 2 + col % 2;
        ASSERT_EQ(got[size_t(reg * 32 + lane)], want) << row << "," << col;
      }
  }
}

/// Sums beyond 32 bits: wrapped, or clamped with .satfinite.
TEST(Mma, IntegersSaturateWhenAsked) {
  for (bool saturate : {false, true}) {
    std::string text = "mma.sync.aligned.m16n8k32.row.col" +
                       std::string(saturate ? ".satfinite" : "") +
                       ".s32.s8.s8.s32 " + registers("d", 0, 4) + ", " +
                       registers("a", 0, 4) + ", " + registers("a", 4, 2) +
                       ", " + registers("a", 6, 4) + ";";
    std::vector<uint32_t> in(10 * 32, 0x7f7f7f7f); // 127 everywhere
    for (size_t i = 6 * 32; i < 10 * 32; ++i)
      in[i] = 0x7ffffff0;
    auto out = runLanes(laneKernel(text, 10, 4), in, 4);
    uint32_t want = saturate ? 0x7fffffffu : 0x7ffffff0u + 32u * 127 * 127;
    for (uint32_t v : out)
      ASSERT_EQ(v, want);
  }
}

/// wmma through memory, since its fragments are opaque: D = A B + C.
struct WmmaCase {
  const char *shape;
  int m, n;
  const char *type, *accumulator;
  bool aColumns, bColumns;
};
class WmmaTest : public ::testing::TestWithParam<WmmaCase> {};

TEST_P(WmmaTest, MultipliesExactly) {
  const WmmaCase &t = GetParam();
  std::mt19937 rng{uint32_t(testSeed())};
  std::string type = t.type, acc = t.accumulator;
  int m = t.m, n = t.n, k = 16, bytes = bitsOf(type) / 8,
      accBytes = acc == "f16" ? 2 : 4;
  std::vector<int> a(size_t(m * k)), b(size_t(k * n)), c(size_t(m * n));
  for (auto *v : {&a, &b, &c})
    for (int &x : *v)
      x = type == "u8" ? int(rng() % 8) : int(rng() % 15) - 7;
  // A, B, C and D follow one another, 2048 bytes each.
  std::vector<uint8_t> memory(8192);
  auto put = [&](size_t at, const std::string &format, int size, int v) {
    uint32_t bits = format == "s32" ? uint32_t(v) : encode(format, v);
    std::memcpy(&memory[at], &bits, size_t(size));
  };
  for (int r = 0; r < m; ++r)
    for (int p = 0; p < k; ++p)
      put(size_t((t.aColumns ? p * m + r : r * k + p) * bytes), type, bytes,
          a[size_t(r * k + p)]);
  for (int p = 0; p < k; ++p)
    for (int j = 0; j < n; ++j)
      put(2048 + size_t((t.bColumns ? j * k + p : p * n + j) * bytes), type,
          bytes, b[size_t(p * n + j)]);
  for (int i = 0; i < m * n; ++i)
    put(4096 + size_t(i * accBytes), acc, accBytes, c[size_t(i)]);
  int fragment = type == "f16" ? 8 : 0, accRegs = acc == "f16" ? 4 : 8;
  auto registersOf = [&](int rows) {
    if (fragment)
      return fragment;
    int sixteen = type == "bf16" ? 4 : 2;
    return rows == 16 ? sixteen : rows == 8 ? sixteen / 2 : sixteen * 2;
  };
  int aRegs = registersOf(m), bRegs = registersOf(n);
  std::string la = t.aColumns ? "col" : "row", lb = t.bColumns ? "col" : "row";
  std::string shape = t.shape, tail = std::string(".") + shape + ".global.";
  std::string types = type == "f16" ? acc + "." + acc
                                    : acc + "." + type + "." + type + "." + acc;
  std::string text =
      ".reg .b32 %a<8>;\n.reg .b32 %b<8>;\n.reg .b32 %c<8>;\n"
      "ld.param.u64 %rd1, [p0];\n"
      "wmma.load.a.sync.aligned." +
      la + tail + type + " " + registers("a", 0, aRegs) + ", [%rd1], " +
      std::to_string(t.aColumns ? m : k) + ";\nwmma.load.b.sync.aligned." + lb +
      tail + type + " " + registers("b", 0, bRegs) + ", [%rd1+2048], " +
      std::to_string(t.bColumns ? k : n) + ";\nwmma.load.c.sync.aligned.row" +
      tail + acc + " " + registers("c", 0, accRegs) + ", [%rd1+4096], " +
      std::to_string(n) + ";\nwmma.mma.sync.aligned." + la + "." + lb + "." +
      shape + "." + types + " " + registers("c", 0, accRegs) + ", " +
      registers("a", 0, aRegs) + ", " + registers("b", 0, bRegs) + ", " +
      registers("c", 0, accRegs) + ";\nwmma.store.d.sync.aligned.col" + tail +
      acc + " [%rd1+6144], " + registers("c", 0, accRegs) + ", " +
      std::to_string(m) + ";\nret;";
  Device device;
  ModuleHandle module = loadOrFail(device, kernelText(text));
  Buffer<uint8_t> x(device, memory);
  LaunchConfig config;
  config.block[0] = 32;
  config.sanitize = true;
  config.addArgument(uint64_t(x));
  LaunchResult r = device.launch(module, "k", config);
  ASSERT_TRUE(r.ok) << allReports(r);
  std::vector<uint8_t> got = x.values();
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int want = c[size_t(i * n + j)];
      for (int p = 0; p < k; ++p)
        want += a[size_t(i * k + p)] * b[size_t(p * n + j)];
      uint32_t word = 0;
      std::memcpy(&word, &got[6144 + size_t((j * m + i) * accBytes)],
                  size_t(accBytes));
      float value = acc == "f16"   ? halfValue(word)
                    : acc == "f32" ? floatValue(word)
                                   : float(int32_t(word));
      ASSERT_EQ(value, float(want)) << i << "," << j;
    }
}

const WmmaCase wmmaCases[] = {{"m16n16k16", 16, 16, "f16", "f32", false, false},
                              {"m16n16k16", 16, 16, "f16", "f16", true, true},
                              {"m32n8k16", 32, 8, "f16", "f32", false, true},
                              {"m8n32k16", 8, 32, "f16", "f16", true, false},
                              {"m16n16k16", 16, 16, "bf16", "f32", false, true},
                              {"m32n8k16", 32, 8, "bf16", "f32", true, true},
                              {"m8n32k16", 8, 32, "bf16", "f32", false, false},
                              {"m16n16k16", 16, 16, "s8", "s32", false, true},
                              {"m32n8k16", 32, 8, "u8", "s32", true, false},
                              {"m8n32k16", 8, 32, "s8", "s32", false, false}};
INSTANTIATE_TEST_SUITE_P(All, WmmaTest, ::testing::ValuesIn(wmmaCases),
                         [](const auto &info) {
                           const WmmaCase &c = info.param;
                           return std::string(c.shape) + "_" + c.type + "_" +
                                  c.accumulator + (c.aColumns ? "_acol" : "") +
                                  (c.bColumns ? "_bcol" : "");
                         });

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

} // namespace
