//===- SmallFloatTest.cpp - 16- and 8-bit formats and conversions ---------===//
//
// 8- and 16-bit formats are covered exhaustively. The reference rounds by
// searching for the nearest value of the format.
//
//===----------------------------------------------------------------------===//
#include "SemanticsFixture.h"

using namespace ptxemu;

namespace {

using u32 = uint32_t;
using s32 = int32_t;
using u64 = uint64_t;
using s64 = int64_t;

uint64_t canonical(float f) { return f != f ? 0x7fffffffu : asBits(f); }

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
      c[i] = toHalf(-fromHalf(uint16_t(a[i])) * fromHalf(uint16_t(b[i]))) ^
             (rng() & 3);
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
    ASSERT_EQ(add[i] & 0xffff, toHalf(x + y))
        << std::hex << a[i] << " " << b[i];
    ASSERT_EQ(mul[i] & 0xffff, toHalf(x * y))
        << std::hex << a[i] << " " << b[i];
    // The product is exact. Where the sum is not, its f64 rounded to odd
    // rounds on as the exact sum does: an odd last bit keeps it off the ties.
    auto once = [](double p, double q) {
      long double s = (long double)p + q;
      double d = double(s);
      if (!std::isfinite(d))
        return d;
      long double tail = ((long double)p - d) + q;
      if (tail != 0 && std::fabs(p) < std::fabs(q))
        tail = ((long double)q - d) + p;
      uint64_t bits = asBits(d);
      if (tail == 0 || (bits & 1))
        return d;
      return asDouble((tail > 0) == (d > 0) ? bits + 1 : bits - 1);
    };
    uint32_t want = toHalf(once(x * y, z));
    ASSERT_EQ(fma[i] & 0xffff, want)
        << std::hex << a[i] << " " << b[i] << " " << c[i];
    uint32_t clamped = want == 0x7fff ? want : want & 0x8000 ? 0 : want;
    ASSERT_EQ(relu[i] & 0xffff, clamped);
    double xb = fromBrain(uint16_t(a[i])), yb = fromBrain(uint16_t(b[i]));
    ASSERT_EQ(addB[i] & 0xffff, toBrain(xb + yb))
        << std::hex << a[i] << " " << b[i];
    ASSERT_EQ(mulB[i] & 0xffff, toBrain(xb * yb))
        << std::hex << a[i] << " " << b[i];
    double larger = x != x                                  ? y
                    : y != y                                ? x
                    : x > y || (x == y && !std::signbit(x)) ? x
                                                            : y;
    ASSERT_EQ(max[i] & 0xffff, toHalf(larger))
        << std::hex << a[i] << " " << b[i];
    double zb = fromBrain(uint16_t(c[i]));
    ASSERT_EQ(fmaB[i] & 0xffff, toBrain(once(xb * yb, zb)))
        << std::hex << a[i] << " " << b[i] << " " << c[i];
  }
}

/// Halves of a pair do not meet: each gives what the single form gives.
TEST_F(Semantics, PackedHalvesAreTwoHalves) {
  std::vector<u64> a = words(4096, 32), b = words(4096, 32),
                   c = words(4096, 32);
  struct {
    const char *opcode, *operands;
    bool brain; ///< has a bf16 form
  } cases[] = {{"add.rn", "%D, %A, %B;", true},
               {"sub.rn", "%D, %A, %B;", true},
               {"mul.rn", "%D, %A, %B;", true},
               {"fma.rn", "%D, %A, %B, %C;", true},
               {"fma.rn.relu", "%D, %A, %B, %C;", true},
               {"min", "%D, %A, %B;", true},
               {"max", "%D, %A, %B;", true},
               {"min.NaN", "%D, %A, %B;", true},
               {"max.NaN", "%D, %A, %B;", true},
               {"neg", "%D, %A;", true},
               {"abs", "%D, %A;", true},
               {"tanh.approx", "%D, %A;", true},
               {"ex2.approx", "%D, %A;", false},
               {"ex2.approx.ftz", "%D, %A;", true},
               {"add.ftz", "%D, %A, %B;", false},
               {"mul.sat", "%D, %A, %B;", false},
               {"sub.ftz.sat", "%D, %A, %B;", false},
               {"fma.rn.ftz.relu", "%D, %A, %B, %C;", false},
               {"max.ftz.NaN", "%D, %A, %B;", false},
               {"fma.rn.ftz.sat", "%D, %A, %B, %C;", false}};
  for (auto &t : cases)
    for (std::string type : {".f16", ".bf16"}) {
      if (type == ".bf16" ? !t.brain : !std::strcmp(t.opcode, "ex2.approx.ftz"))
        continue;
      SCOPED_TRACE(t.opcode + type);
      auto both = evaluate(t.opcode + type + "x2 " + t.operands, a, b, c);
      for (int shift : {0, 16}) {
        std::vector<u64> x = a, y = b, z = c;
        for (auto *v : {&x, &y, &z})
          for (u64 &w : *v)
            w = w >> shift & 0xffff;
        auto one =
            evaluate(t.opcode + type + " " + t.operands, x, y, z, 16, 16);
        for (size_t i = 0; i < a.size(); ++i)
          ASSERT_EQ(both[i] >> shift & 0xffff, one[i] & 0xffff);
      }
    }
}

/// sub, min, max, neg and abs of every value of both formats.
TEST_F(Semantics, OtherHalfOperationsOverAllValues) {
  std::vector<u64> a = all16(), b(65536);
  for (u64 &v : b)
    v = rng() & 0xffff;
  for (bool brain : {false, true}) {
    std::string t = brain ? ".bf16" : ".f16";
    auto value = [&](u64 v) {
      return brain ? fromBrain(uint16_t(v)) : fromHalf(uint16_t(v));
    };
    auto bits = [&](double v) { return brain ? toBrain(v) : toHalf(v); };
    auto sub = evaluate("sub.rn" + t + " %D, %A, %B;", a, b, {}, 16, 16);
    auto min = evaluate("min" + t + " %D, %A, %B;", a, b, {}, 16, 16);
    auto maxNan = evaluate("max.NaN" + t + " %D, %A, %B;", a, b, {}, 16, 16);
    auto neg = evaluate("neg" + t + " %D, %A;", a, {}, {}, 16, 16);
    auto abs = evaluate("abs" + t + " %D, %A;", a, {}, {}, 16, 16);
    for (size_t i = 0; i < 65536; ++i) {
      double x = value(a[i]), y = value(b[i]);
      ASSERT_EQ(sub[i] & 0xffff, bits(x - y)) << std::hex << a[i] << t;
      bool nan = x != x || y != y;
      double less = x != x                                 ? y
                    : y != y                               ? x
                    : x < y || (x == y && std::signbit(x)) ? x
                                                           : y;
      double more = x > y || (x == y && !std::signbit(x)) ? x : y;
      ASSERT_EQ(min[i] & 0xffff, bits(less)) << std::hex << a[i] << t;
      ASSERT_EQ(maxNan[i] & 0xffff, nan ? 0x7fff : bits(more));
      if (x == x) {
        ASSERT_EQ(neg[i] & 0xffff, a[i] ^ 0x8000);
        ASSERT_EQ(abs[i] & 0xffff, a[i] & 0x7fff);
      }
    }
  }
}

//===- Conversions --------------------------------------------------------===//

TEST_F(Semantics, WideningIsExactForEverySmallValue) {
  auto half = evaluate("cvt.f32.f16 %D, %A;", all16(), {}, {}, 16, 32);
  auto brain = evaluate("cvt.f32.bf16 %D, %A;", all16(), {}, {}, 16, 32);
  auto fp8 = evaluate("cvt.rn.f16x2.e4m3x2 %D, %A;", all16(), {}, {}, 16, 32);
  auto fp8wide =
      evaluate("cvt.rn.f16x2.e5m2x2 %D, %A;", all16(), {}, {}, 16, 32);
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
  auto fp8 =
      evaluate("cvt.rn.satfinite.e4m3x2.f32 %D, %A, %A;", a, {}, {}, 32, 16);
  auto fp8wide =
      evaluate("cvt.rn.satfinite.e5m2x2.f32 %D, %A, %A;", a, {}, {}, 32, 16);
  auto tf = evaluate("cvt.rna.tf32.f32 %D, %A;", a);
  for (size_t i = 0; i < a.size(); ++i) {
    double v = asFloat(u32(a[i]));
    ASSERT_EQ(half[i] & 0xffff, toHalf(v)) << std::hex << a[i];
    ASSERT_EQ(brain[i] & 0xffff, toBrain(v)) << std::hex << a[i];
    uint32_t sign = std::signbit(v) ? 0x80 : 0;
    uint32_t want8 = v != v          ? 0x7f
                     : std::isinf(v) ? sign | 0x7e
                                     : nearestCode(v, 4, 3, 0x7e, 0x7e);
    ASSERT_EQ(fp8[i] & 0xff, want8) << std::hex << a[i];
    ASSERT_EQ(fp8[i] >> 8 & 0xff, want8);
    uint32_t want5 = v != v          ? 0x7f
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

/// Pairs convert as their elements do; the first source is the upper one.
TEST_F(Semantics, PackedConversionsAreTwoConversions) {
  std::vector<u64> a = words(8192, 32), b = words(8192, 32), halves(8192);
  for (u64 &v : halves)
    v = rng();
  for (const char *form : {".rn.%16", ".rz.%16", ".rn.relu.%16"})
    for (std::string type : {"f16", "bf16"}) {
      std::string head = std::string("cvt") + form;
      head.replace(head.find("%16"), 3, type);
      SCOPED_TRACE(head);
      auto both = evaluate(head + "x2.f32 %D, %A, %B;", a, b);
      auto high = evaluate(head + ".f32 %D, %A;", a, {}, {}, 32, 16);
      auto low = evaluate(head + ".f32 %D, %A;", b, {}, {}, 32, 16);
      for (size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(both[i] & 0xffffffff,
                  (high[i] & 0xffff) << 16 | (low[i] & 0xffff))
            << std::hex << a[i] << " " << b[i];
    }
  struct {
    const char *type;
    int exponent, mantissa;
    uint32_t largest, nan;
  } small[] = {{"e4m3x2", 4, 3, 0x7e, 0x7f}, {"e5m2x2", 5, 2, 0x7b, 0x7f}};
  for (auto &t : small) {
    SCOPED_TRACE(t.type);
    std::string form = std::string("cvt.rn.satfinite.") + t.type + ".f16x2";
    auto got = evaluate(form + " %D, %A;", halves, {}, {}, 32, 16);
    auto relu = evaluate("cvt.rn.satfinite.relu." + std::string(t.type) +
                             ".f16x2 %D, %A;",
                         halves, {}, {}, 32, 16);
    for (size_t i = 0; i < halves.size(); ++i)
      for (int h : {0, 1}) {
        double v = fromHalf(uint16_t(halves[i] >> (16 * h)));
        uint32_t sign = std::signbit(v) ? 0x80 : 0;
        uint32_t want = v != v          ? t.nan
                        : std::isinf(v) ? sign | t.largest
                                        : nearestCode(v, t.exponent, t.mantissa,
                                                      t.largest, t.largest);
        ASSERT_EQ(got[i] >> (8 * h) & 0xff, want) << v;
        ASSERT_EQ(relu[i] >> (8 * h) & 0xff, v < 0 || want == 0x80 ? 0 : want)
            << v;
      }
  }
}

TEST_F(Semantics, IntegerConversions) {
  check("cvt.s64.s32 %D, %A;", 32, 64,
        [](u64 a, u64, u64) { return u64(s64(s32(a))); });
  check("cvt.u32.u16 %D, %A;", 16, 32,
        [](u64 a, u64, u64) { return a & 0xffff; });
  check("cvt.s32.s8 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return u64(int8_t(a)); });
  check("cvt.sat.s8.s32 %D, %A;", 32, 32, [](u64 a, u64, u64) {
    return u64(std::max(-128, std::min(127, s32(a))));
  });
  check("cvt.s64.s32 %D, %A;", 64, 64,
        [](u64 a, u64, u64) { return u64(s64(s32(a))); });
  check("cvt.rn.f32.s32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return u64(asBits(float(s32(a)))); });
  check("cvt.rn.f32.u64 %D, %A;", 64, 32,
        [](u64 a, u64, u64) { return u64(asBits(float(a))); });
  check("cvt.rn.f64.s64 %D, %A;", 64, 64,
        [](u64 a, u64, u64) { return asBits(double(s64(a))); });
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
  check("cvt.rpi.f32.f32 %D, %A;", 32, 32,
        [](u64 a, u64, u64) { return canonical(std::ceil(asFloat(u32(a)))); });
  check("cvt.rn.f32.f64 %D, %A;", 64, 32,
        [](u64 a, u64, u64) { return canonical(float(asDouble(a))); });
  auto halfInt = evaluate("cvt.rzi.s16.f16 %D, %A;", all16(), {}, {}, 16, 16);
  auto intHalf = evaluate("cvt.rn.f16.s16 %D, %A;", all16(), {}, {}, 16, 16);
  for (uint32_t i = 0; i < 65536; ++i) {
    double v = fromHalf(uint16_t(i));
    ASSERT_EQ(int16_t(halfInt[i]),
              int16_t(clampTo(std::trunc(v), -32768, 32767)))
        << i;
    ASSERT_EQ(intHalf[i] & 0xffff, toHalf(int16_t(i))) << i;
  }
}

} // namespace
