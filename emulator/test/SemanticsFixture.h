//===- SemanticsFixture.h - Run one opcode over many inputs ---------------===//
#ifndef PTXEMU_TEST_SEMANTICS_H
#define PTXEMU_TEST_SEMANTICS_H

#include "TestSupport.h"

#include <cmath>
#include <functional>

namespace ptxemu {

inline float asFloat(uint32_t v) {
  float f;
  std::memcpy(&f, &v, 4);
  return f;
}
inline uint32_t asBits(float f) {
  uint32_t v;
  std::memcpy(&v, &f, 4);
  return v;
}
inline double asDouble(uint64_t v) {
  double d;
  std::memcpy(&d, &v, 8);
  return d;
}
inline uint64_t asBits(double d) {
  uint64_t v;
  std::memcpy(&v, &d, 8);
  return v;
}
inline double fromHalf(uint16_t h) {
  _Float16 v;
  std::memcpy(&v, &h, 2);
  return double(float(v));
}
inline double fromBrain(uint16_t b) { return asFloat(uint32_t(b) << 16); }

/// Values of a small format by its definition: sign, exponent, mantissa.
inline double smallValue(uint32_t bits, int exponentBits, int mantissaBits) {
  int bias = (1 << (exponentBits - 1)) - 1;
  uint32_t e = bits >> mantissaBits & ((1u << exponentBits) - 1);
  uint32_t m = bits & ((1u << mantissaBits) - 1);
  double v =
      e ? std::ldexp(1.0 + std::ldexp(double(m), -mantissaBits), int(e) - bias)
        : std::ldexp(double(m), 1 - bias - mantissaBits);
  return bits >> (exponentBits + mantissaBits) & 1 ? -v : v;
}

/// Nearest finite value of a format by search, ties to the even code; beyond
/// the largest plus half a step `over`.
inline uint32_t nearestCode(double x, int exponentBits, int mantissaBits,
                            uint32_t largest, uint32_t over) {
  uint32_t sign = std::signbit(x) ? 1u << (exponentBits + mantissaBits) : 0;
  x = std::fabs(x);
  uint32_t lo = 0, hi = largest; // codes of one sign are ordered
  while (lo < hi) {
    uint32_t mid = (lo + hi + 1) / 2;
    if (smallValue(mid, exponentBits, mantissaBits) <= x)
      lo = mid;
    else
      hi = mid - 1;
  }
  double below = smallValue(lo, exponentBits, mantissaBits);
  double above = smallValue(lo + 1, exponentBits, mantissaBits);
  if (lo == largest) // the step above the largest is as wide as the one below
    above = below + (below - smallValue(lo - 1, exponentBits, mantissaBits));
  double middle = (below + above) / 2;
  uint32_t up = lo == largest ? over : lo + 1;
  if (x > middle || (x == middle && (lo & 1)))
    return sign | up;
  return sign | lo;
}

class Semantics : public ::testing::Test {
protected:
  Device device;
  std::mt19937 rng{uint32_t(testSeed())};

  /// Run `instruction` (reading %A, %B, %C, writing %D) over all inputs.
  /// Registers hold `bits` bits (1 word a lane, or 2).
  std::vector<uint64_t> evaluate(const std::string &instruction,
                                 const std::vector<uint64_t> &a,
                                 const std::vector<uint64_t> &b = {},
                                 const std::vector<uint64_t> &c = {},
                                 int bitsA = 32, int bitsD = 32, int bitsB = 0,
                                 int bitsC = 0) {
    auto reg = [](int bits, int i) {
      return std::string(bits == 64   ? "%rd"
                         : bits == 16 ? "%h"
                                      : "%r") +
             std::to_string(20 + i);
    };
    auto type = [](int bits) { return "b" + std::to_string(bits); };
    bitsB = bitsB ? bitsB : bitsA;
    bitsC = bitsC ? bitsC : bitsA;
    std::string text = instruction;
    auto put = [&](const std::string &name, const std::string &value) {
      for (size_t at; (at = text.find(name)) != std::string::npos;)
        text.replace(at, name.size(), value);
    };
    put("%A", reg(bitsA, 0));
    put("%B", reg(bitsB, 1));
    put("%C", reg(bitsC, 2));
    put("%D", reg(bitsD, 3));
    std::string body =
        "mov.u32 %r1, %tid.x;\nmov.u32 %r2, %ctaid.x;\n"
        "mad.lo.u32 %r3, %r2, 128, %r1;\nld.param.u64 %rd1, [p4];\n"
        "cvt.u64.u32 %rd2, %r3;\nsetp.ge.u64 %p1, %rd2, %rd1;\n@%p1 ret;\n"
        "shl.b64 %rd2, %rd2, 3;\n";
    for (int i = 0; i < 3; ++i) {
      int bits = i == 0 ? bitsA : i == 1 ? bitsB : bitsC;
      body += "ld.param.u64 %rd3, [p" + std::to_string(i) +
              "];\nadd.u64 %rd3, %rd3, %rd2;\nld.global." + type(bits) + " " +
              reg(bits, i) + ", [%rd3];\n";
    }
    body += text +
            "\nld.param.u64 %rd3, [p3];\nadd.u64 %rd3, %rd3, %rd2;\n"
            "st.global." +
            type(bitsD) + " [%rd3], " + reg(bitsD, 3) + ";\nret;";
    ModuleHandle m = device.loadModule(kernelText(body, 5));
    EXPECT_GE(m, 0) << device.lastError();
    std::vector<uint64_t> out(a.size());
    if (m < 0)
      return out;
    std::vector<uint64_t> none(a.size());
    Buffer<uint64_t> da(device, a), db(device, b.empty() ? none : b),
        dc(device, c.empty() ? none : c), dd(device, out);
    LaunchConfig config;
    config.block[0] = 128;
    config.grid[0] = uint32_t((a.size() + 127) / 128);
    for (uint64_t p : {uint64_t(da), uint64_t(db), uint64_t(dc), uint64_t(dd),
                       uint64_t(a.size())})
      config.addArgument(p);
    LaunchResult r = device.launch(m, "k", config);
    EXPECT_TRUE(r.ok) << allReports(r);
    device.unloadModule(m);
    return dd.values();
  }

  std::vector<uint64_t> all16() {
    std::vector<uint64_t> v(65536);
    for (size_t i = 0; i < v.size(); ++i)
      v[i] = i;
    return v;
  }
  /// Random words with many special values among them.
  std::vector<uint64_t> words(size_t n, int bits) {
    static const uint64_t special[] = {0,
                                       1,
                                       2,
                                       31,
                                       32,
                                       33,
                                       63,
                                       64,
                                       127,
                                       128,
                                       255,
                                       0x7fff,
                                       0x8000,
                                       0xffff,
                                       0x7fffffff,
                                       0x80000000,
                                       0xffffffff,
                                       0x7f800000,
                                       0xff800000,
                                       0x7fc00000,
                                       0x3f800000,
                                       0x00800000,
                                       0x007fffff,
                                       0x7fffffffffffffffull,
                                       0x8000000000000000ull,
                                       ~0ull,
                                       0x7ff0000000000000ull};
    std::vector<uint64_t> v(n);
    for (uint64_t &x : v) {
      x = uint64_t(rng()) << 32 | rng();
      if (rng() % 4 == 0)
        x = special[rng() % (sizeof(special) / 8)];
      else if (rng() % 4 == 0)
        x >>= rng() % 64;
      if (bits == 32)
        x &= 0xffffffffu;
    }
    return v;
  }

  using F1 = std::function<uint64_t(uint64_t)>;
  using F3 = std::function<uint64_t(uint64_t, uint64_t, uint64_t)>;

  /// Bit equality over random words; results are cut to bitsD.
  void check(const std::string &instruction, int bitsA, int bitsD, const F3 &f,
             int bitsB = 0, int bitsC = 0) {
    SCOPED_TRACE(instruction);
    size_t n = 4096;
    auto a = words(n, bitsA), b = words(n, bitsB ? bitsB : bitsA),
         c = words(n, bitsC ? bitsC : bitsA);
    auto got = evaluate(instruction, a, b, c, bitsA, bitsD, bitsB, bitsC);
    uint64_t mask = bitsD == 64 ? ~0ull : (1ull << bitsD) - 1;
    for (size_t i = 0; i < n; ++i)
      ASSERT_EQ(got[i] & mask, f(a[i], b[i], c[i]) & mask)
          << std::hex << "a=" << a[i] << " b=" << b[i] << " c=" << c[i];
  }
};

} // namespace ptxemu

#endif
