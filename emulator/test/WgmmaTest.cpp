//===- WgmmaTest.cpp - wgmma over types, layouts and operand sources ------===//
//
// Small integers make every sum exact. Where an element of an operand lies in
// shared memory is written here from the PTX manual's figures of canonical
// layouts: atoms of 8 rows of 16, 32, 64 or 128 bytes, whose chunks of 16 bytes
// the swizzle permutes within a row.
//
//===----------------------------------------------------------------------===//
#include "MatrixSupport.h"

using namespace ptxemu;

namespace {

struct WgmmaCase {
  const char *type, *accumulator;
  int n;
  bool aInRegisters;
  bool aMnMajor = false, bMnMajor = false;
  int swizzle = 0; ///< bytes
  int kStep = 0;   ///< the descriptors start this many instructions into a row
};

/// Layout of one operand: where it puts elements, and its descriptor.
struct Operand {
  bool mnMajor;
  int swizzle, bytes; ///< of an element
  int leading, stride;

  /// Offsets so large that atoms do not overlap, and not the same.
  Operand(bool mnMajor, int swizzle, int bytes)
      : mnMajor(mnMajor), swizzle(swizzle), bytes(bytes) {
    if (!mnMajor) {
      leading = swizzle ? 16 : 128; // ignored with a swizzle
      stride = swizzle ? 8 * swizzle : 256;
    } else if (swizzle) { // two atoms along k, then on along MN
      stride = 8 * swizzle;
      leading = 2 * stride;
    } else {
      leading = 128;
      stride = 256;
    }
  }

  /// A chunk of 16 bytes in a row of eight.
  int swizzled(int row, int chunk) const {
    switch (swizzle) {
    case 128:
      return chunk ^ row;
    case 64:
      return chunk ^ row / 2;
    case 32:
      return chunk ^ row / 4;
    }
    return chunk;
  }

  int offset(int mn, int k) const {
    if (!mnMajor) {
      int byte = k * bytes, chunk = byte / 16;
      if (!swizzle)
        return mn / 8 * stride + chunk * leading + mn % 8 * 16 + byte % 16;
      return mn / 8 * stride + mn % 8 * swizzle + swizzled(mn % 8, chunk) * 16 +
             byte % 16;
    }
    int block = mn / 8; // of 8 16-bit elements: 16 bytes
    if (!swizzle)
      return block * stride + k / 8 * leading + k % 8 * 16 + mn % 8 * bytes;
    int span = swizzle / 16;
    return block / span * leading + k / 8 * stride + k % 8 * swizzle +
           swizzled(k % 8, block % span) * 16 + mn % 8 * bytes;
  }

  uint64_t descriptor() const {
    uint64_t mode = swizzle == 128  ? 1
                    : swizzle == 64 ? 2
                    : swizzle == 32 ? 3
                                    : 0;
    return uint64_t(leading >> 4) << 16 | uint64_t(stride >> 4) << 32 |
           mode << 62;
  }
};

class WgmmaTest : public ::testing::TestWithParam<WgmmaCase> {};

TEST_P(WgmmaTest, MultipliesExactly) {
  const WgmmaCase &t = GetParam();
  std::mt19937 rng{uint32_t(testSeed())};
  std::string type = t.type, acc = t.accumulator;
  int bytes = bitsOf(type) / 8, k = 32 / bytes, n = t.n, k0 = t.kStep * k;
  std::vector<int> a(size_t(64 * k)), b(size_t(n * k));
  for (std::vector<int> *v : {&a, &b})
    for (int &x : *v)
      x = int(rng() % 15) - 7;
  Operand layoutA(t.aMnMajor, t.swizzle, bytes),
      layoutB(t.bMnMajor, t.swizzle, bytes);
  // What is not an element must not be read: it is a NaN.
  auto image = [&](const Operand &layout, const std::vector<int> &m, int rows) {
    std::vector<uint8_t> s;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < k; ++c) {
        uint32_t v = encode(type, m[size_t(r * k + c)]);
        size_t at = size_t(layout.offset(r, k0 + c));
        if (s.size() < at + size_t(bytes))
          s.resize(at + size_t(bytes), 0xff);
        std::memcpy(&s[at], &v, size_t(bytes));
      }
    s.resize((s.size() + 1023) / 1024 * 1024, 0xff);
    return s;
  };
  std::vector<uint8_t> shared = image(layoutA, a, 64),
                       sb = image(layoutB, b, n);
  size_t startB = shared.size();
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
  std::string scales;
  if (acc != "s32")
    scales = ", 1, 1";
  if (bytes == 2)
    scales += (t.aInRegisters ? ""
               : t.aMnMajor   ? ", 1"
                              : ", 0") +
              std::string(t.bMnMajor ? ", 1" : ", 0");
  // A step along k is 32 bytes of a K-major row.
  auto descriptor = [&](const Operand &layout, size_t start) {
    size_t step = layout.mnMajor ? 0 : size_t(t.kStep * 32);
    return "add.u32 %r7, %r2, " + std::to_string(start + step) +
           ";\nshr.u32 %r7, %r7, 4;\ncvt.u64.u32 %rd7, %r7;\nor.b64 %rd7, "
           "%rd7, " +
           std::to_string(layout.descriptor()) + ";\n";
  };
  std::string size = std::to_string(shared.size());
  std::string text =
      ".version 8.8\n.target sm_90a\n.address_size 64\n"
      ".extern .shared .align 1024 .b8 s[];\n"
      ".visible .entry k(.param .u64 p0, .param .u64 p1, .param .u64 p2) {\n"
      ".reg .b64 %rd<12>; .reg .b32 %r<16>; .reg .pred %p<4>;\n"
      ".reg .b32 %a<4>; .reg .b32 %d<128>;\n"
      "ld.param.u64 %rd1, [p0]; ld.param.u64 %rd2, [p1]; ld.param.u64 %rd6, "
      "[p2];\n"
      "mov.u32 %r1, %tid.x; mov.u32 %r2, s; mul.wide.u32 %rd3, %r1, 4;\n"
      "add.u64 %rd6, %rd6, %rd3; mov.u32 %r3, 0;\n" +
      loadA +
      "COPY: mad.lo.u32 %r4, %r3, 128, %r1; shl.b32 %r4, %r4, 2;\n"
      "setp.ge.u32 %p1, %r4, " +
      size +
      ";\n@%p1 bra COPIED;\ncvt.u64.u32 %rd4, %r4; add.u64 %rd4, %rd4, %rd1;\n"
      "ld.global.u32 %r5, [%rd4]; add.u32 %r6, %r2, %r4;\n"
      "st.shared.u32 [%r6], %r5;\nadd.u32 %r3, %r3, 1; bra COPY;\n"
      "COPIED: fence.proxy.async.shared::cta;\nbar.sync 0;\n" +
      descriptor(layoutA, 0) + "mov.b64 %rd8, %rd7;\n" +
      descriptor(layoutB, startB) +
      "mov.b64 %rd9, %rd7;\n"
      "mov.u32 %r8, 0; setp.ne.u32 %p2, %r8, 0; setp.eq.u32 %p3, %r8, 0;\n"
      "wgmma.fence.sync.aligned;\n";
  for (const char *p : {"%p2", "%p3"})
    text += "wgmma.mma_async.sync.aligned.m64n" + std::to_string(n) + "k" +
            std::to_string(k) + "." + acc + "." + type + "." + type + " " +
            list + ", " + (t.aInRegisters ? registers("a", 0, 4) : "%rd8") +
            ", %rd9, " + p + scales + ";\n";
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
  c.dynamicSharedBytes = uint32_t(shared.size());
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
    // Types.
    {"f16", "f32", 8, false},
    {"f16", "f32", 64, true},
    {"f16", "f16", 32, false},
    {"f16", "f32", 256, false},
    {"bf16", "f32", 40, false},
    {"bf16", "f32", 16, true},
    {"tf32", "f32", 24, false},
    {"tf32", "f32", 16, true},
    {"e4m3", "f32", 16, false},
    {"e5m2", "f16", 16, false},
    {"e4m3", "f32", 8, true},
    {"s8", "s32", 32, false},
    {"s8", "s32", 16, true},
    // K-major with swizzles, at the row's start and further on.
    {"f16", "f32", 32, false, false, false, 32, 0},
    {"f16", "f32", 32, false, false, false, 64, 1},
    {"f16", "f32", 72, false, false, false, 128, 0},
    {"bf16", "f32", 32, true, false, false, 128, 3},
    {"s8", "s32", 16, false, false, false, 128, 2},
    {"tf32", "f32", 16, false, false, false, 64, 1},
    // MN-major: A, B, both, with each swizzle.
    {"f16", "f32", 32, false, true, false, 0},
    {"f16", "f32", 24, false, false, true, 0},
    {"f16", "f32", 64, false, true, true, 0},
    {"f16", "f32", 48, false, true, true, 32},
    {"f16", "f16", 96, false, true, true, 64},
    {"bf16", "f32", 128, false, true, true, 128},
    {"bf16", "f32", 200, true, false, true, 128},
    {"f16", "f32", 64, false, true, false, 128},
};
INSTANTIATE_TEST_SUITE_P(
    All, WgmmaTest, ::testing::ValuesIn(wgmmaCases), [](const auto &info) {
      const WgmmaCase &c = info.param;
      return std::string(c.type) + "_" + c.accumulator + "_n" +
             std::to_string(c.n) + (c.aInRegisters ? "_registers" : "") +
             (c.aMnMajor ? "_amn" : "") + (c.bMnMajor ? "_bmn" : "") +
             (c.swizzle ? "_swizzle" + std::to_string(c.swizzle) : "") +
             (c.kStep ? "_step" + std::to_string(c.kStep) : "");
    });

} // namespace
