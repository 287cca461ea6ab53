//===- SemanticsTest.cpp - One opcode at a time ---------------------------===//
//
// Each case runs one instruction over many inputs and compares with host code
// written for it here, independently of the emulator's.
//
//===----------------------------------------------------------------------===//
#include "SemanticsFixture.h"

using namespace ptxemu;

namespace {

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
  check("mul.lo.s32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return a * b; });
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
  check(
      "mad.wide.u32 %D, %A, %B, %C;", 32, 64,
      [](u64 a, u64 b, u64 c) { return u64(u32(a)) * u32(b) + c; }, 32, 64);
  check("mul.hi.u64 %D, %A, %B;", 64, 64,
        [](u64 a, u64 b, u64) { return u64((unsigned __int128)a * b >> 64); });
  check("mul.hi.s64 %D, %A, %B;", 64, 64,
        [](u64 a, u64 b, u64) { return u64((__int128)s64(a) * s64(b) >> 64); });
  check("div.u32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return u32(b) ? u32(a) / u32(b) : ~0u; });
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
  check("abs.s32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return s32(a) < 0 ? 0 - a : a; });
  check("sad.u32 %D, %A, %B, %C;", 32, 32, [](u64 a, u64 b, u64 c) {
    return c + (u32(a) > u32(b) ? a - b : b - a);
  });
  check("mul24.lo.u32 %D, %A, %B;", 32, 32,
        [](u64 a, u64 b, u64) { return (a & 0xffffff) * (b & 0xffffff); });
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
  auto product =
      evaluate("mov.b64 {%r5, %r6}, %A;\nmov.b64 {%r7, %r8}, %B;\n"
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
  check("cnot.b32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return u64(!u32(a)); });
  check("popc.b32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return u64(__builtin_popcountll(u32(a))); });
  check("clz.b64 %D, %A;", 64, 32,
        [](u64 a, u64, u64) { return u64(a ? __builtin_clzll(a) : 64); });
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
  check(
      "shr.u64 %D, %A, %B;", 64, 64,
      [](u64 a, u64 b, u64) { return u32(b) > 63 ? 0 : a >> u32(b); }, 32);
  check("shf.l.wrap.b32 %D, %A, %B, %C;", 32, 32,
        [](u64 a, u64 b, u64 c) { return (b << 32 | a) << (c & 31) >> 32; });
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
              int index =
                  int((a >> i & 1) << 2 | (b >> i & 1) << 1 | (c >> i & 1));
              r |= u64(table >> index & 1) << i;
            }
            return r;
          });
  // Dot products in every combination of signs and halves.
  auto byte = [](u64 v, int i, bool isSigned) {
    return isSigned ? s64(int8_t(v >> (8 * i))) : s64(uint8_t(v >> (8 * i)));
  };
  for (bool as : {false, true})
    for (bool bs : {false, true}) {
      std::string types = std::string(as ? ".s32" : ".u32") +
                          (bs ? ".s32" : ".u32") + " %D, %A, %B, %C;";
      check("dp4a" + types, 32, 32, [&](u64 a, u64 b, u64 c) {
        u64 r = c;
        for (int i = 0; i < 4; ++i)
          r += u64(byte(a, i, as) * byte(b, i, bs));
        return r;
      });
      for (int high : {0, 1})
        check((high ? "dp2a.hi" : "dp2a.lo") + types, 32, 32,
              [&](u64 a, u64 b, u64 c) {
                u64 r = c;
                for (int i = 0; i < 2; ++i) {
                  s64 wide = as ? s64(int16_t(a >> (16 * i)))
                                : s64(uint16_t(a >> (16 * i)));
                  r += u64(wide * byte(b, 2 * high + i, bs));
                }
                return r;
              });
    }
  check("szext.wrap.s32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    u32 len = b & 31, r = 0;
    for (u32 i = 0; i < 32; ++i)
      r |= u32(a >> (i < len ? i : len ? len - 1 : 0) & 1) << i;
    return u64(len ? r : 0);
  });
  check("bmsk.clamp.b32 %D, %A, %B;", 32, 32, [](u64 a, u64 b, u64) {
    u64 r = 0;
    for (u64 i = 0; i < 32; ++i)
      r |= u64(i >= u32(a) && i - u32(a) < u32(b)) << i;
    return r;
  });
}

int clamp16(int v) { return std::max(-32768, std::min(32767, v)); }

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
       }},
      {"max.relu.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) {
         return u64(std::max<int>(0, std::max(int16_t(x), int16_t(y))));
       }},
      {"add.s16x2 %D, %A, %B;", [](u64 x, u64 y) { return x + y; }},
      {"sub.u16x2 %D, %A, %B;", [](u64 x, u64 y) { return x - y; }},
      {"sub.s16x2 %D, %A, %B;", [](u64 x, u64 y) { return x - y; }},
      {"max.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return u64(std::max(int16_t(x), int16_t(y))); }},
      {"min.u16x2 %D, %A, %B;", [](u64 x, u64 y) { return std::min(x, y); }},
      {"add.sat.u16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return std::min<u64>(x + y, 65535); }},
      {"sub.sat.u16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return x < y ? 0 : x - y; }},
      {"add.sat.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return u64(clamp16(int16_t(x) + int16_t(y))); }},
      {"sub.sat.s16x2 %D, %A, %B;",
       [](u64 x, u64 y) { return u64(clamp16(int16_t(x) - int16_t(y))); }}};
  for (auto &c : cases) {
    auto got = evaluate(c.text, packedA, packedB);
    for (size_t i = 0; i < 65536; ++i) {
      u64 lo = c.f(a[i], b[i]) & 0xffff,
          hi = c.f(a[65535 - i], b[65535 - i]) & 0xffff;
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

/// Two f32 in a register, f32 with a narrow operand, and three operands.
TEST_F(Semantics, Float32FormsOfNewerTargets) {
  auto F = asFloat;
  auto both = [](auto f) {
    return [=](u64 a, u64 b, u64 c) {
      return f(u32(a), u32(b), u32(c)) |
             f(u32(a >> 32), u32(b >> 32), u32(c >> 32)) << 32;
    };
  };
  check("add.rn.f32x2 %D, %A, %B;", 64, 64,
        both([&](u32 a, u32 b, u32) { return canonical(F(a) + F(b)); }));
  check("sub.f32x2 %D, %A, %B;", 64, 64,
        both([&](u32 a, u32 b, u32) { return canonical(F(a) - F(b)); }));
  check("mul.rn.f32x2 %D, %A, %B;", 64, 64,
        both([&](u32 a, u32 b, u32) { return canonical(F(a) * F(b)); }));
  check("fma.rn.f32x2 %D, %A, %B, %C;", 64, 64, both([&](u32 a, u32 b, u32 c) {
          return canonical(std::fma(F(a), F(b), F(c)));
        }));
  auto half = [](u64 v) { return float(fromHalf(uint16_t(v))); };
  auto brain = [](u64 v) { return float(fromBrain(uint16_t(v))); };
  check(
      "add.rn.f32.f16 %D, %A, %B;", 16, 32,
      [&](u64 a, u64 b, u64) { return canonical(half(a) + F(u32(b))); }, 32);
  check(
      "sub.f32.bf16 %D, %A, %B;", 16, 32,
      [&](u64 a, u64 b, u64) { return canonical(brain(a) - F(u32(b))); }, 32);
  check(
      "fma.rn.f32.f16 %D, %A, %B, %C;", 16, 32,
      [&](u64 a, u64 b, u64 c) {
        return canonical(std::fma(half(a), half(b), F(u32(c))));
      },
      16, 32);
  check("max.f32 %D, %A, %B, %C;", 32, 32, [&](u64 a, u64 b, u64 c) {
    float best = NAN;
    for (u64 v : {a, b, c}) {
      float f = F(u32(v));
      if (best != best || f > best || (f == best && !std::signbit(f)))
        best = f != f ? best : f;
    }
    return canonical(best);
  });
}

TEST_F(Semantics, DirectedRounding) {
  // Against sums and products that are exact in f64.
  size_t n = 4000;
  std::vector<u64> a(n), b(n);
  for (size_t i = 0; i < n; ++i) {
    a[i] = asBits(std::ldexp(float(int(rng() % 33554432) - 16777216),
                             int(rng() % 20) - 10));
    b[i] = asBits(std::ldexp(float(int(rng() % 33554432) - 16777216),
                             int(rng() % 20) - 10));
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
  } cases[] = {
      {"ex2.approx.f32 %D, %A;", std::exp2, 3e-7},
      {"tanh.approx.f32 %D, %A;", std::tanh, 5e-4},
      {"rcp.approx.f32 %D, %A;", [](double x) { return 1 / x; }, 2e-7},
      {"sqrt.approx.f32 %D, %A;", [](double x) { return std::sqrt(x); }, 2e-7}};
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

} // namespace
