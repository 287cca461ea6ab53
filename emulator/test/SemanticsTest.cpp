//===- SemanticsTest.cpp - One opcode at a time ---------------------------===//
//
// Each case runs one instruction over many inputs and compares with host code
// written for it here, independently of the emulator's. 8- and 16-bit formats
// are covered exhaustively.
//
//===----------------------------------------------------------------------===//
#include "TestSupport.h"

#include <cmath>
#include <functional>

using namespace ptxemu;

namespace {

float asFloat(uint32_t v) {
  float f;
  std::memcpy(&f, &v, 4);
  return f;
}
uint32_t asBits(float f) {
  uint32_t v;
  std::memcpy(&v, &f, 4);
  return v;
}
double asDouble(uint64_t v) {
  double d;
  std::memcpy(&d, &v, 8);
  return d;
}
uint64_t asBits(double d) {
  uint64_t v;
  std::memcpy(&v, &d, 8);
  return v;
}
double fromHalf(uint16_t h) {
  _Float16 v;
  std::memcpy(&v, &h, 2);
  return double(float(v));
}
double fromBrain(uint16_t b) { return asFloat(uint32_t(b) << 16); }

/// Values of a small format by its definition: sign, exponent, mantissa.
double smallValue(uint32_t bits, int exponentBits, int mantissaBits) {
  int bias = (1 << (exponentBits - 1)) - 1;
  uint32_t e = bits >> mantissaBits & ((1u << exponentBits) - 1);
  uint32_t m = bits & ((1u << mantissaBits) - 1);
  double v = e ? std::ldexp(1.0 + std::ldexp(double(m), -mantissaBits), int(e) - bias)
               : std::ldexp(double(m), 1 - bias - mantissaBits);
  return bits >> (exponentBits + mantissaBits) & 1 ? -v : v;
}

/// Nearest finite value of a format by search, ties to the even code; beyond
/// the largest plus half a step `over`.
uint32_t nearestCode(double x, int exponentBits, int mantissaBits,
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
      return std::string(bits == 64 ? "%rd" : bits == 16 ? "%h" : "%r") +
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
    body += text + "\nld.param.u64 %rd3, [p3];\nadd.u64 %rd3, %rd3, %rd2;\n"
                   "st.global." + type(bitsD) + " [%rd3], " + reg(bitsD, 3) +
            ";\nret;";
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
    static const uint64_t special[] = {
        0, 1, 2, 31, 32, 33, 63, 64, 127, 128, 255, 0x7fff, 0x8000, 0xffff,
        0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000, 0xff800000, 0x7fc00000,
        0x3f800000, 0x00800000, 0x007fffff, 0x7fffffffffffffffull,
        0x8000000000000000ull, ~0ull, 0x7ff0000000000000ull};
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

//===- Integers -----------------------------------------------------------===//

using u32 = uint32_t;
using s32 = int32_t;
using u64 = uint64_t;
using s64 = int64_t;

TEST_F(Semantics, IntegerArithmetic) {
  check("add.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) { return a + b; });
  check("sub.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) { return a - b; });
  check("add.u64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) { return a + b; });
  check("sub.s64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) { return a - b; });
  check("add.sat.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    s64 s = s64(s32(a)) + s32(b);
    return u64(std::min<s64>(INT32_MAX, std::max<s64>(INT32_MIN, s)));
  });
  check("mul.lo.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) { return a * b; });
  check("mul.hi.s32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return u64((s64(s32(a)) * s32(b)) >> 32); });
  check("mul.hi.u32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return (u64(u32(a)) * u32(b)) >> 32; });
  check("mul.wide.s32 %D, %A, %B;", 32, 64,
        [](u64 a, u64 b, u64) { return u64(s64(s32(a)) * s32(b)); });
  check("mul.wide.u16 %D, %A, %B;", 16, 32,
        [](u64 a, u64 b, u64) { return (a & 0xffff) * (b & 0xffff); });
  check("mad.lo.s32 %D, %A, %B, %C;", 32, 32,
        [](u64 a, u64 b, u64 c) { return a * b + c; });
  check("mad.wide.u32 %D, %A, %B, %C;", 32, 64,
        [](u64 a, u64 b, u64 c) { return u64(u32(a)) * u32(b) + c; }, 32, 64);
  check("mul.hi.u64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) {
    return u64((unsigned __int128)a * b >> 64);
  });
  check("mul.hi.s64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) {
    return u64((__int128)s64(a) * s64(b) >> 64);
  });
  check("div.u32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    return u32(b) ? u32(a) / u32(b) : ~0u;
  });
  check("rem.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    return s32(b) == 0 ? a : s32(b) == -1 ? 0 : u64(s32(a) % s32(b));
  });
  check("div.s64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) {
    return b == 0 ? ~0ull : b == ~0ull ? 0 - a : u64(s64(a) / s64(b));
  });
  check("min.s32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return u64(std::min(s32(a), s32(b))); });
  check("max.u64 %D, %A, %B;", 64, 64,
        [](u64 a, u64 b, u64) { return std::max(a, b); });
  check("abs.s32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    return s32(a) < 0 ? 0 - a : a;
  });
  check("sad.u32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    return c + (u32(a) > u32(b) ? a - b : b - a);
  });
  check("mul24.lo.u32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    return (a & 0xffffff) * (b & 0xffffff);
  });
}

TEST_F(Semantics, CarryChains) {
  // A 128-bit sum and difference from 32-bit pieces of the two halves.
  auto low = words(2000, 64), other = words(2000, 64);
  auto text = [](const char *op) {
    return std::string("mov.b64 {%r5, %r6}, %A;\nmov.b64 {%r7, %r8}, %B;\n") +
           op + ".cc.u32 %r9, %r5, %r7;\n" + op +
           "c.u32 %r10, %r6, %r8;\nmov.b64 %D, {%r9, %r10};";
  };
  auto sum = evaluate(text("add"), low, other, {}, 64, 64);
  auto difference = evaluate(text("sub"), low, other, {}, 64, 64);
  for (size_t i = 0; i < low.size(); ++i) {
    ASSERT_EQ(sum[i], low[i] + other[i]);
    ASSERT_EQ(difference[i], low[i] - other[i]);
  }
  auto product = evaluate("mov.b64 {%r5, %r6}, %A;\nmov.b64 {%r7, %r8}, %B;\n"
                          "mul.lo.u32 %r9, %r5, %r7;\nmul.hi.u32 %r10, %r5, %r7;\n"
                          "mad.lo.cc.u32 %r11, %r5, %r8, %r10;\n"
                          "madc.lo.u32 %r11, %r6, %r7, %r11;\n"
                          "mov.b64 %D, {%r9, %r11};",
                          low, other, {}, 64, 64);
  for (size_t i = 0; i < low.size(); ++i) {
    u64 a = low[i], b = other[i];
    u64 cross = (u64(u32(a)) * u32(b) >> 32);
    u64 first = (u64(u32(a)) * u32(b >> 32) & 0xffffffffu) + cross;
    u64 second = u32(a >> 32) * u32(b) + u32(first) + (first >> 32);
    ASSERT_EQ(product[i], (second << 32) | u32(a * b));
  }
}

TEST_F(Semantics, Bits) {
  check("and.b32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) { return a & b; });
  check("xor.b64 %D, %A, %B;", 64, 64, [](u64 a, u64 b, u64) { return a ^ b; });
  check("not.b32 %D, %A;", 32, 32, [](u64 a, u64, u64) { return ~a; });
  check("cnot.b32 %D, %A;", 32, 32, [](u64 a, u64, u64) { return u64(!u32(a)); });
  check("popc.b32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return u64(__builtin_popcountll(u32(a))); });
  check("clz.b64 %D, %A;", 64, 32, [](u64 a, u64, u64) {
    return u64(a ? __builtin_clzll(a) : 64);
  });
  check("brev.b32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    u64 r = 0;
    for (int i = 0; i < 32; ++i)
      r |= (a >> i & 1) << (31 - i);
    return r;
  });
  check("bfind.s32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    u32 v = s32(a) < 0 ? ~u32(a) : u32(a);
    u64 r = 0xffffffff;
    for (u32 i = 0; i < 32; ++i)
      if (v >> i & 1)
        r = i;
    return r;
  });
  check("shl.b32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return u32(b) > 31 ? 0 : a << u32(b); });
  check("shr.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    return u64(s64(s32(a)) >> std::min<u64>(u32(b), 31));
  });
  check("shr.u64 %D, %A, %B;", 64, 64,
        [](u64 a, u64 b, u64) { return u32(b) > 63 ? 0 : a >> u32(b); }, 32);
  check("shf.l.wrap.b32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    return (b << 32 | a) << (c & 31) >> 32;
  });
  check("shf.r.clamp.b32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    return u64((unsigned __int128)(b << 32 | a) >> std::min<u64>(u32(c), 32));
  });
  check("bfe.u32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    u64 pos = b & 255, len = c & 255, r = 0;
    for (u64 i = 0; i < len && i < 32 && pos + i < 32; ++i)
      r |= (a >> (pos + i) & 1) << i;
    return r;
  });
  check("bfe.s32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    u64 pos = b & 255, len = c & 255, r = 0;
    u64 sign = len ? a >> std::min<u64>(pos + len - 1, 31) & 1 : 0;
    for (u64 i = 0; i < 32; ++i)
      r |= (i < len && pos + i < 32 ? a >> (pos + i) & 1 : sign) << i;
    return len ? r : 0;
  });
  check("bfi.b32 %D, %A, %B, %C, 7;", 32, 32, [](u64 a, u64 b, u64 c) {
    u64 pos = c & 255, r = b;
    for (u64 i = 0; i < 7 && pos + i < 32; ++i)
      r = (r & ~(1ull << (pos + i))) | (a >> i & 1) << (pos + i);
    return r;
  });
  check("prmt.b32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    u64 both = b << 32 | a, r = 0;
    for (int i = 0; i < 4; ++i) {
      u64 pick = c >> (4 * i), byte = both >> (8 * (pick & 7)) & 255;
      if (pick & 8)
        byte = byte >> 7 ? 255 : 0;
      r |= byte << (8 * i);
    }
    return r;
  });
  for (int table : {0x80, 0xfe, 0x96, 0xca, 0x01, 0xd8})
    check("lop3.b32 %D, %A, %B, %C, " + std::to_string(table) + ";", 32, 32,
          [table](u64 a, u64 b, u64 c) {
            u64 r = 0;
            for (int i = 0; i < 32; ++i) {
              int index = int((a >> i & 1) << 2 | (b >> i & 1) << 1 | (c >> i & 1));
              r |= u64(table >> index & 1) << i;
            }
            return r;
          });
  check("dp4a.s32.u32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    s64 r = s32(c);
    for (int i = 0; i < 4; ++i)
      r += int8_t(a >> (8 * i)) * s64(uint8_t(b >> (8 * i)));
    return u64(r);
  });
  check("dp2a.hi.s32.s32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    return u64(s32(c) + s64(int16_t(a)) * int8_t(b >> 16) +
               s64(int16_t(a >> 16)) * int8_t(b >> 24));
  });
  check("szext.wrap.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    u32 len = b & 31, r = 0;
    for (u32 i = 0; i < 32; ++i)
      r |= u32(a >> (i < len ? i : len - 1) & 1) << i;
    return u64(len ? r : 0);
  });
  check("bmsk.clamp.b32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    u64 r = 0;
    for (u64 i = 0; i < 32; ++i)
      r |= u64(i >= u32(a) && i - u32(a) < u32(b)) << i;
    return r;
  });
}

TEST_F(Semantics, PackedIntegersExhaustively) {
  std::vector<u64> a = all16(), b(65536), packedA(65536), packedB(65536);
  for (u64 &v : b)
    v = rng() & 0xffff;
  for (size_t i = 0; i < 65536; ++i) {
    packedA[i] = a[i] | a[65535 - i] << 16;
    packedB[i] = b[i] | b[65535 - i] << 16;
  }
  struct {
    const char *text;
    std::function<u64(u64, u64)> f;
  } cases[] = {
      {"add.u16x2 %D, %A, %B;", [](u64 x, u64 y) { return x + y; }},
      {"min.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return u64(std::min(int16_t(x), int16_t(y))); }},
      {"max.u16x2 %D, %A, %B;", [](u64 x, u64 y) { return std::max(x, y); }},
      {"min.relu.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) {
         return u64(std::max<int>(0, std::min(int16_t(x), int16_t(y))));
       }}};
  for (auto &c : cases) {
    auto got = evaluate(c.text, packedA, packedB);
    for (size_t i = 0; i < 65536; ++i) {
      u64 lo = c.f(a[i], b[i]) & 0xffff, hi = c.f(a[65535 - i], b[65535 - i]) & 0xffff;
      ASSERT_EQ(u32(got[i]), lo | hi << 16) << c.text << " " << i;
    }
  }
}

//===- f32 and f64 --------------------------------------------------------===//

uint64_t canonical(float f) { return f != f ? 0x7fffffffu : asBits(f); }

TEST_F(Semantics, Float32) {
  auto F = asFloat;
  check("add.rn.f32 %D, %A, %B;", 32, 32,
        [&](u64 a, u64 b, u64) { return canonical(F(u32(a)) + F(u32(b))); });
  check("mul.rn.f32 %D, %A, %B;", 32, 32,
        [&](u64 a, u64 b, u64) { return canonical(F(u32(a)) * F(u32(b))); });
  check("fma.rn.f32 %D, %A, %B, %C;", 32, 32, [&](u64 a, u64 b, u64 c) {
    return canonical(std::fma(F(u32(a)), F(u32(b)), F(u32(c))));
  });
  check("div.rn.f32 %D, %A, %B;", 32, 32,
        [&](u64 a, u64 b, u64) { return canonical(F(u32(a)) / F(u32(b))); });
  check("sqrt.rn.f32 %D, %A;", 32, 32,
        [&](u64 a, u64, u64) { return canonical(std::sqrt(F(u32(a)))); });
  auto flush = [](float f) {
    return std::fpclassify(f) == FP_SUBNORMAL ? std::copysign(0.0f, f) : f;
  };
  check("add.ftz.f32 %D, %A, %B;", 32, 32, [&](u64 a, u64 b, u64) {
    return canonical(flush(flush(F(u32(a))) + flush(F(u32(b)))));
  });
  check("mul.sat.f32 %D, %A, %B;", 32, 32, [&](u64 a, u64 b, u64) {
    float p = F(u32(a)) * F(u32(b));
    return canonical(p >= 1 ? 1.0f : p > 0 ? p : 0.0f);
  });
  check("max.f32 %D, %A, %B;", 32, 32, [&](u64 a, u64 b, u64) {
    float x = F(u32(a)), y = F(u32(b));
    if (x != x || y != y)
      return canonical(x != x ? y : x);
    if (x == y)
      return u64(std::signbit(x) ? u32(b) : u32(a));
    return canonical(x > y ? x : y);
  });
  check("min.NaN.f32 %D, %A, %B;", 32, 32, [&](u64 a, u64 b, u64) {
    float x = F(u32(a)), y = F(u32(b));
    if (x != x || y != y)
      return u64(0x7fffffff);
    if (x == y)
      return u64(std::signbit(x) ? u32(a) : u32(b));
    return canonical(x < y ? x : y);
  });
  check("setp.gtu.f32 %p3, %A, %B;\nselp.u32 %D, 1, 0, %p3;", 32, 32,
        [&](u64 a, u64 b, u64) { return u64(!(F(u32(a)) <= F(u32(b)))); });
  check("copysign.f32 %D, %A, %B;", 32, 32, [&](u64 a, u64 b, u64) {
    return (b & 0x7fffffffu) | (a & 0x80000000u);
  });
  // Which payload a NaN has is left open.
  check("fma.rn.f64 %fd1, %A, %B, %C;\ntestp.notanumber.f64 %p3, %fd1;\n"
        "mov.b64 %rd5, %fd1;\nselp.b64 %D, -1, %rd5, %p3;",
        64, 64, [](u64 a, u64 b, u64 c) {
    double r = std::fma(asDouble(a), asDouble(b), asDouble(c));
    return r != r ? ~0ull : asBits(r);
  });
}

TEST_F(Semantics, DirectedRounding) {
  // Against sums and products that are exact in f64.
  size_t n = 4000;
  std::vector<u64> a(n), b(n);
  for (size_t i = 0; i < n; ++i) {
    a[i] = asBits(std::ldexp(float(int(rng() % 33554432) - 16777216), int(rng() % 20) - 10));
    b[i] = asBits(std::ldexp(float(int(rng() % 33554432) - 16777216), int(rng() % 20) - 10));
  }
  auto down = [](double exact) {
    float f = float(exact);
    return double(f) > exact ? std::nextafter(f, -INFINITY) : f;
  };
  auto up = [](double exact) {
    float f = float(exact);
    return double(f) < exact ? std::nextafter(f, INFINITY) : f;
  };
  auto product = [&](size_t i) {
    return double(asFloat(u32(a[i]))) * asFloat(u32(b[i]));
  };
  auto rm = evaluate("mul.rm.f32 %D, %A, %B;", a, b);
  auto rp = evaluate("mul.rp.f32 %D, %A, %B;", a, b);
  auto rz = evaluate("add.rz.f32 %D, %A, %B;", a, b);
  for (size_t i = 0; i < n; ++i) {
    ASSERT_EQ(asFloat(u32(rm[i])), down(product(i)));
    ASSERT_EQ(asFloat(u32(rp[i])), up(product(i)));
    double sum = double(asFloat(u32(a[i]))) + asFloat(u32(b[i]));
    ASSERT_EQ(asFloat(u32(rz[i])), sum > 0 ? down(sum) : up(sum));
  }
}

TEST_F(Semantics, Approximations) {
  // Within the errors the PTX manual states, on arguments of moderate size.
  std::vector<u64> a(4000);
  for (u64 &v : a)
    v = asBits(std::uniform_real_distribution<float>(-20, 20)(rng));
  struct {
    const char *text;
    double (*f)(double);
    double relative;
  } cases[] = {{"ex2.approx.f32 %D, %A;", std::exp2, 3e-7},
               {"tanh.approx.f32 %D, %A;", std::tanh, 5e-4},
               {"rcp.approx.f32 %D, %A;", [](double x) { return 1 / x; }, 2e-7},
               {"sqrt.approx.f32 %D, %A;",
                [](double x) { return std::sqrt(x); }, 2e-7}};
  for (auto &c : cases) {
    auto got = evaluate(c.text, a);
    for (size_t i = 0; i < a.size(); ++i) {
      double want = c.f(asFloat(u32(a[i])));
      if (want == want)
        ASSERT_NEAR(asFloat(u32(got[i])), want, std::fabs(want) * c.relative)
            << c.text;
    }
  }
}

//===- f16 and bf16 -------------------------------------------------------===//

uint32_t toHalf(double v) {
  if (v != v)
    return 0x7fff;
  if (std::isinf(v))
    return std::signbit(v) ? 0xfc00 : 0x7c00;
  return nearestCode(v, 5, 10, 0x7bff, 0x7c00);
}
uint32_t toBrain(double v) {
  if (v != v)
    return 0x7fff;
  if (std::isinf(v))
    return std::signbit(v) ? 0xff80 : 0x7f80;
  return nearestCode(v, 8, 7, 0x7f7f, 0x7f80);
}

TEST_F(Semantics, HalfArithmeticOverAllValues) {
  std::vector<u64> a = all16(), b(65536), c(65536);
  for (size_t i = 0; i < 65536; ++i) {
    b[i] = rng() & 0xffff;
    c[i] = rng() & 0xffff;
    if (rng() % 2) // near cancellation, where a second rounding would show
      c[i] = toHalf(-fromHalf(uint16_t(a[i])) * fromHalf(uint16_t(b[i]))) ^ (rng() & 3);
  }
  auto add = evaluate("add.f16 %D, %A, %B;", a, b, {}, 16, 16);
  auto mul = evaluate("mul.f16 %D, %A, %B;", a, b, {}, 16, 16);
  auto fma = evaluate("fma.rn.f16 %D, %A, %B, %C;", a, b, c, 16, 16);
  auto addB = evaluate("add.rn.bf16 %D, %A, %B;", a, b, {}, 16, 16);
  auto mulB = evaluate("mul.rn.bf16 %D, %A, %B;", a, b, {}, 16, 16);
  auto fmaB = evaluate("fma.rn.bf16 %D, %A, %B, %C;", a, b, c, 16, 16);
  auto max = evaluate("max.f16 %D, %A, %B;", a, b, {}, 16, 16);
  auto relu = evaluate("fma.rn.relu.f16 %D, %A, %B, %C;", a, b, c, 16, 16);
  for (size_t i = 0; i < 65536; ++i) {
    double x = fromHalf(uint16_t(a[i])), y = fromHalf(uint16_t(b[i])),
           z = fromHalf(uint16_t(c[i]));
    ASSERT_EQ(add[i] & 0xffff, toHalf(x + y)) << std::hex << a[i] << " " << b[i];
    ASSERT_EQ(mul[i] & 0xffff, toHalf(x * y)) << std::hex << a[i] << " " << b[i];
    // The product is exact; where the sum is not, its f64 neighbour on the
    // side of the tail rounds as the exact sum does.
    auto once = [](double p, double q) {
      long double s = (long double)p + q;
      double d = double(s);
      if (!std::isfinite(d))
        return d;
      long double tail = ((long double)p - d) + q;
      if (tail != 0 && std::fabs(p) < std::fabs(q))
        tail = ((long double)q - d) + p;
      return tail == 0  ? d
             : tail > 0 ? std::nextafter(d, INFINITY)
                        : std::nextafter(d, -INFINITY);
    };
    uint32_t want = toHalf(once(x * y, z));
    ASSERT_EQ(fma[i] & 0xffff, want)
        << std::hex << a[i] << " " << b[i] << " " << c[i];
    uint32_t clamped = want == 0x7fff ? want : want & 0x8000 ? 0 : want;
    ASSERT_EQ(relu[i] & 0xffff, clamped);
    double xb = fromBrain(uint16_t(a[i])), yb = fromBrain(uint16_t(b[i]));
    ASSERT_EQ(addB[i] & 0xffff, toBrain(xb + yb)) << std::hex << a[i] << " " << b[i];
    ASSERT_EQ(mulB[i] & 0xffff, toBrain(xb * yb)) << std::hex << a[i] << " " << b[i];
    double larger = x != x ? y : y != y ? x : x > y || (x == y && !std::signbit(x)) ? x : y;
    ASSERT_EQ(max[i] & 0xffff, toHalf(larger)) << std::hex << a[i] << " " << b[i];
    double zb = fromBrain(uint16_t(c[i]));
    ASSERT_EQ(fmaB[i] & 0xffff, toBrain(once(xb * yb, zb)))
        << std::hex << a[i] << " " << b[i] << " " << c[i];
  }
}

TEST_F(Semantics, PackedHalvesAreTwoHalves) {
  std::vector<u64> a = words(4096, 32), b = words(4096, 32), c = words(4096, 32);
  for (const char *op : {"fma.rn.f16", "fma.rn.bf16"}) {
    auto both = evaluate(std::string(op) + "x2 %D, %A, %B, %C;", a, b, c);
    for (int shift : {0, 16}) {
      std::vector<u64> x = a, y = b, z = c;
      for (auto *v : {&x, &y, &z})
        for (u64 &w : *v)
          w = w >> shift & 0xffff;
      auto one = evaluate(std::string(op) + " %D, %A, %B, %C;", x, y, z, 16, 16);
      for (size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(both[i] >> shift & 0xffff, one[i] & 0xffff) << op;
    }
  }
}

//===- Conversions --------------------------------------------------------===//

TEST_F(Semantics, WideningIsExactForEverySmallValue) {
  auto half = evaluate("cvt.f32.f16 %D, %A;", all16(), {}, {}, 16, 32);
  auto brain = evaluate("cvt.f32.bf16 %D, %A;", all16(), {}, {}, 16, 32);
  auto fp8 = evaluate("cvt.rn.f16x2.e4m3x2 %D, %A;", all16(), {}, {}, 16, 32);
  auto fp8wide = evaluate("cvt.rn.f16x2.e5m2x2 %D, %A;", all16(), {}, {}, 16, 32);
  for (uint32_t i = 0; i < 65536; ++i) {
    bool special = (i & 0x7c00) == 0x7c00, specialB = (i & 0x7f80) == 0x7f80;
    if (!special)
      ASSERT_EQ(asFloat(u32(half[i])), smallValue(i, 5, 10)) << i;
    if (!specialB)
      ASSERT_EQ(asFloat(u32(brain[i])), smallValue(i, 8, 7)) << i;
    for (int shift : {0, 8}) {
      uint32_t byte = i >> shift & 255;
      uint16_t h = uint16_t(fp8[i] >> (2 * shift)),
               w = uint16_t(fp8wide[i] >> (2 * shift));
      if ((byte & 0x7f) == 0x7f)
        ASSERT_NE(fromHalf(h), fromHalf(h)) << byte;
      else
        ASSERT_EQ(fromHalf(h), smallValue(byte, 4, 3)) << byte;
      if ((byte & 0x7c) != 0x7c)
        ASSERT_EQ(fromHalf(w), smallValue(byte, 5, 2)) << byte;
      else if (byte & 3)
        ASSERT_NE(fromHalf(w), fromHalf(w)) << byte;
      else
        ASSERT_TRUE(std::isinf(fromHalf(w))) << byte;
    }
  }
}

TEST_F(Semantics, NarrowingRoundsToTheNearest) {
  // Every 16-bit value, its midpoints to the next, and both sides of them.
  std::vector<u64> a;
  for (uint32_t i = 0; i < 65536; ++i) {
    uint32_t bits = i << 16;
    for (uint32_t tail : {0x0u, 0x7fffu, 0x8000u, 0x8001u})
      a.push_back(bits | tail);
    if ((i & 0x7c00) != 0x7c00) {
      uint32_t h = asBits(float(smallValue(i, 5, 10)));
      for (uint32_t tail : {0u, 0xfffu, 0x1000u, 0x1001u})
        a.push_back(h | tail);
    }
  }
  auto half = evaluate("cvt.rn.f16.f32 %D, %A;", a, {}, {}, 32, 16);
  auto brain = evaluate("cvt.rn.bf16.f32 %D, %A;", a, {}, {}, 32, 16);
  auto zero = evaluate("cvt.rz.f16.f32 %D, %A;", a, {}, {}, 32, 16);
  auto fp8 = evaluate("cvt.rn.satfinite.e4m3x2.f32 %D, %A, %A;", a, {}, {}, 32, 16);
  auto fp8wide = evaluate("cvt.rn.satfinite.e5m2x2.f32 %D, %A, %A;", a, {}, {}, 32, 16);
  auto tf = evaluate("cvt.rna.tf32.f32 %D, %A;", a);
  for (size_t i = 0; i < a.size(); ++i) {
    double v = asFloat(u32(a[i]));
    ASSERT_EQ(half[i] & 0xffff, toHalf(v)) << std::hex << a[i];
    ASSERT_EQ(brain[i] & 0xffff, toBrain(v)) << std::hex << a[i];
    uint32_t sign = std::signbit(v) ? 0x80 : 0;
    uint32_t want8 = v != v ? 0x7f
                     : std::isinf(v) ? sign | 0x7e
                                     : nearestCode(v, 4, 3, 0x7e, 0x7e);
    ASSERT_EQ(fp8[i] & 0xff, want8) << std::hex << a[i];
    ASSERT_EQ(fp8[i] >> 8 & 0xff, want8);
    uint32_t want5 = v != v ? 0x7f
                     : std::isinf(v) ? sign | 0x7b
                                     : nearestCode(v, 5, 2, 0x7b, 0x7b);
    ASSERT_EQ(fp8wide[i] & 0xff, want5) << std::hex << a[i];
    if (v == v && !std::isinf(v)) {
      double t = fromHalf(uint16_t(zero[i]));
      ASSERT_LE(std::fabs(t), std::fabs(v));
      ASSERT_TRUE(std::isfinite(t)) << std::hex << a[i];
      // Ties away from zero at the 13 bits tf32 drops.
      uint32_t bits = u32(a[i]), rounded = (bits + 0x1000) & ~0x1fffu;
      ASSERT_EQ(u32(tf[i]), rounded) << std::hex << a[i];
    }
  }
}

TEST_F(Semantics, IntegerConversions) {
  check("cvt.s64.s32 %D, %A;", 32, 64, [](u64 a, u64, u64) { return u64(s64(s32(a))); });
  check("cvt.u32.u16 %D, %A;", 16, 32, [](u64 a, u64, u64) { return a & 0xffff; });
  check("cvt.s32.s8 %D, %A;", 32, 32, [](u64 a, u64, u64) { return u64(int8_t(a)); });
  check("cvt.sat.s8.s32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    return u64(std::max(-128, std::min(127, s32(a))));
  });
  check("cvt.s64.s32 %D, %A;", 64, 64, [](u64 a, u64, u64) { return u64(s64(s32(a))); });
  check("cvt.rn.f32.s32 %D, %A;", 32, 32, [](u64 a, u64, u64) { return u64(asBits(float(s32(a)))); });
  check("cvt.rn.f32.u64 %D, %A;", 64, 32, [](u64 a, u64, u64) { return u64(asBits(float(a))); });
  check("cvt.rn.f64.s64 %D, %A;", 64, 64, [](u64 a, u64, u64) { return asBits(double(s64(a))); });
  auto clampTo = [](double v, double lo, double hi) {
    return v != v ? 0.0 : v < lo ? lo : v > hi ? hi : v;
  };
  check("cvt.rzi.s32.f32 %D, %A;", 32, 32, [&](u64 a, u64, u64) {
    return u64(s64(clampTo(std::trunc(asFloat(u32(a))), INT32_MIN, INT32_MAX)));
  });
  check("cvt.rmi.s32.f32 %D, %A;", 32, 32, [&](u64 a, u64, u64) {
    return u64(s64(clampTo(std::floor(asFloat(u32(a))), INT32_MIN, INT32_MAX)));
  });
  check("cvt.rni.u32.f32 %D, %A;", 32, 32, [&](u64 a, u64, u64) {
    return u64(clampTo(std::nearbyint(asFloat(u32(a))), 0, UINT32_MAX));
  });
  check("cvt.rpi.f32.f32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    return canonical(std::ceil(asFloat(u32(a))));
  });
  check("cvt.rn.f32.f64 %D, %A;", 64, 32,
        [](u64 a, u64, u64) { return canonical(float(asDouble(a))); });
  auto halfInt = evaluate("cvt.rzi.s16.f16 %D, %A;", all16(), {}, {}, 16, 16);
  auto intHalf = evaluate("cvt.rn.f16.s16 %D, %A;", all16(), {}, {}, 16, 16);
  for (uint32_t i = 0; i < 65536; ++i) {
    double v = fromHalf(uint16_t(i));
    ASSERT_EQ(int16_t(halfInt[i]), int16_t(clampTo(std::trunc(v), -32768, 32767))) << i;
    ASSERT_EQ(intHalf[i] & 0xffff, toHalf(int16_t(i))) << i;
  }
}

} // namespace
