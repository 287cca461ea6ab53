//===- LlvmProgramsTest.cpp - Kernels compiled by LLVM --------------------===//
//
// programs/llvm.ptx is what llc makes of programs/llvm.ll, whose first lines
// have the command.
//
//===----------------------------------------------------------------------===//
#include "ProgramsFixture.h"

#include <algorithm>

using namespace ptxemu;

namespace {

using LlvmPrograms = Programs;
const char *const file = "programs/llvm.ptx";

uint16_t brainBits(float v) { // to nearest even; no NaN here
  uint32_t bits = floatBits(v);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
float brainValue(uint16_t bits) { return floatValue(uint32_t(bits) << 16); }

TEST_F(LlvmPrograms, Butterfly) {
  // Products and sums that f64 holds exactly, each rounded once to half.
  std::vector<uint16_t> x(256), w(128), want(256);
  for (auto *v : {&x, &w})
    for (uint16_t &h : *v)
      h = uint16_t(halfBits(float(int(rng() % 4001) - 2000) / 512));
  auto round = [](double v) { return double(halfValue(halfBits(float(v)))); };
  for (size_t i = 0; i < 64; ++i) {
    double re = halfValue(x[2 * i + 128]), im = halfValue(x[2 * i + 129]);
    double c = halfValue(w[2 * i]), s = halfValue(w[2 * i + 1]);
    double turned[2] = {round(c * re + round(s * -im)),
                        round(c * im + round(s * re))};
    for (size_t k = 0; k < 2; ++k) {
      double x0 = halfValue(x[2 * i + k]);
      want[2 * i + k] = uint16_t(halfBits(float(x0 + turned[k])));
      want[2 * i + k + 128] = uint16_t(halfBits(float(x0 - turned[k])));
    }
  }
  Buffer<uint16_t> dx(device, x), dw(device, w);
  LaunchConfig c = shape(1, 64);
  c.addArgument(uint64_t(dx));
  c.addArgument(uint64_t(dw));
  runAll(
      file, "butterfly", c, [&] { device.copyToDevice(dx, x.data(), 512); },
      [&] { EXPECT_EQ(dx.values(), want); });
}

TEST_F(LlvmPrograms, DotBrain) {
  std::vector<uint16_t> a(64), b(64);
  for (auto *v : {&a, &b})
    for (uint16_t &h : *v)
      h = brainBits(float(int(rng() % 101) - 50));
  float sum = 0; // of integers: exact in any order
  for (size_t i = 0; i < 64; ++i)
    sum += brainValue(brainBits(brainValue(a[i]) * brainValue(b[i]) +
                                (i % 2 ? -1.0f : 1.0f)));
  Buffer<uint16_t> da(device, a), db(device, b),
      out(device, std::vector<uint16_t>(32));
  LaunchConfig c = shape(1, 32);
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(out)})
    c.addArgument(p);
  runAll(
      file, "dotBrain", c, [&] { device.fill(out, 0xff, 64); },
      [&] {
        EXPECT_EQ(out.values(), std::vector<uint16_t>(32, brainBits(sum)));
      });
}

TEST_F(LlvmPrograms, Packed) {
  std::vector<uint32_t> a(64), b(64), want;
  for (auto *v : {&a, &b})
    for (uint32_t &x : *v)
      x = uint32_t(rng());
  auto half = [](uint32_t v, int i) { return uint16_t(v >> (16 * i)); };
  auto byte = [](uint32_t v, int i) { return int8_t(v >> (8 * i)); };
  for (uint32_t t = 0; t < 64; ++t) {
    uint32_t x = a[t], y = b[t], pairs = 0, bytes = 0, dot = 1000;
    for (int i = 0; i < 2; ++i) {
      int16_t sum = int16_t(half(x, i) + half(y, i));
      uint16_t most = uint16_t(std::max(sum, int16_t(i ? 100 : -100)));
      pairs |= uint32_t(std::min(most, half(x, i))) << (16 * i);
    }
    const int shifts[] = {1, 2, 3, 0};
    for (int i = 0; i < 4; ++i) {
      int8_t difference = int8_t(byte(x, i) - byte(y, i));
      bytes |= uint32_t(uint8_t(difference >> shifts[i])) << (8 * i);
      dot += uint32_t(byte(x, i) * byte(y, i));
    }
    want.insert(want.end(), {pairs, bytes, dot, t});
  }
  Buffer<uint32_t> da(device, a), db(device, b), out(device, want);
  LaunchConfig c = shape(1, 64);
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(out)})
    c.addArgument(p);
  runAll(
      file, "packed", c, [&] { device.fill(out, 0xff, want.size() * 4); },
      [&] { EXPECT_EQ(out.values(), want); });
}

TEST_F(LlvmPrograms, Quantise) {
  struct {
    float scale;
    int32_t unused0, low, unused1;
    int64_t divisor;
  } settings = {0.25f, 7, -20, 9, 3};
  std::vector<float> x = floats(100);
  x[3] = NAN;
  x[4] = 1e30f;
  x[5] = -1e30f;
  std::vector<int> want;
  for (float &v : x) {
    if (std::fabs(v) <= 1)
      v *= 64;
    double scaled = double(v) / 0.25;
    int q = v != v          ? 0
            : scaled > 2e9  ? INT32_MAX
            : scaled < -2e9 ? INT32_MIN
                            : int(scaled);
    want.push_back(
        q < -20 ? -20 : int(uint32_t((q & 7) * (q & 7)) + uint32_t(q / 3)));
  }
  Buffer<float> dx(device, x);
  Buffer<int> out(device, want);
  LaunchConfig c = shape(1, 100);
  c.addArgument(uint64_t(dx));
  c.addArgument(settings);
  c.addArgument(uint64_t(out));
  runAll(
      file, "quantise", c, [&] { device.fill(out, 0xff, want.size() * 4); },
      [&] { EXPECT_EQ(out.values(), want); });
}

TEST_F(LlvmPrograms, Product) {
  std::vector<int> a = ints(256, -9, 9), b = ints(128, -9, 9);
  std::vector<uint16_t> ha, hb;
  for (int v : a)
    ha.push_back(uint16_t(halfBits(float(v))));
  for (int v : b)
    hb.push_back(uint16_t(halfBits(float(v))));
  std::vector<float> want(128);
  for (size_t i = 0; i < 16; ++i)
    for (size_t j = 0; j < 8; ++j)
      for (size_t k = 0; k < 16; ++k)
        want[i * 8 + j] += float(a[i * 16 + k] * b[k * 8 + j]);
  Buffer<uint16_t> da(device, ha), db(device, hb);
  Buffer<float> dc(device, want);
  LaunchConfig c = shape(1, 32);
  c.dynamicSharedBytes = 768;
  for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(dc)})
    c.addArgument(p);
  runAll(
      file, "product", c, [&] { device.fill(dc, 0xff, 512); },
      [&] { EXPECT_EQ(dc.values(), want); });
}

TEST_F(LlvmPrograms, Reverse) {
  std::vector<float> x = floats(3 * 256), want = x;
  for (size_t row = 0; row < 3; ++row)
    std::reverse(want.begin() + long(row * 256),
                 want.begin() + long(row * 256 + 256));
  Buffer<float> dx(device, x);
  LaunchConfig c = shape(3, 64);
  c.dynamicSharedBytes = 1024;
  c.addArgument(uint64_t(dx));
  runAll(
      file, "reverse", c,
      [&] { device.copyToDevice(dx, x.data(), x.size() * 4); },
      [&] { EXPECT_EQ(dx.values(), want); });
}

} // namespace
