//===- LaneMath.h - Scalar helpers of the lane functions ------------------===//
//
// Included only by LaneOps.cpp, inside the namespace of one instruction set:
// everything is static, so that code compiled for AVX-512 can never be picked
// by the linker for a CPU without it.
//
//===----------------------------------------------------------------------===//

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s8 = int8_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;
using u128 = unsigned __int128;
using s128 = __int128;

static inline float F(u32 v) {
  float f;
  __builtin_memcpy(&f, &v, 4);
  return f;
}
static inline u32 bitsOf(float f) {
  u32 v;
  __builtin_memcpy(&v, &f, 4);
  return v;
}
/// Results that are not a number are the GPU's canonical one.
static inline u32 U(float f) { return f != f ? 0x7fffffffu : bitsOf(f); }
static inline double D(u64 v) {
  double d;
  __builtin_memcpy(&d, &v, 8);
  return d;
}
static inline u64 W(double d) {
  u64 v;
  __builtin_memcpy(&v, &d, 8);
  return v;
}
static inline u64 wide(u32 low, u32 high) { return (u64)high << 32 | low; }
/// Flush a subnormal to zero of the same sign.
static inline float Z(float f) {
  u32 v = bitsOf(f);
  return (v & 0x7f800000u) == 0 ? F(v & 0x80000000u) : f;
}
static inline float clamp01(float f) {
  return f >= 1.0f ? 1.0f : f > 0.0f ? f : 0.0f; // NaN gives +0
}

static inline float h2f(u32 h) {
  u16 bits = (u16)h;
  _Float16 v;
  __builtin_memcpy(&v, &bits, 2);
  return (float)v;
}
static inline u32 f2hRaw(float f) {
  _Float16 v = (_Float16)f;
  u16 bits;
  __builtin_memcpy(&bits, &v, 2);
  return bits;
}
static inline u32 f2h(float f) { return f != f ? 0x7fffu : f2hRaw(f); }
static inline float b2f(u32 b) { return F(b << 16); }
static inline u32 f2b(float f) {
  u32 v = bitsOf(f);
  u32 rounded = (v + 0x7fffu + ((v >> 16) & 1)) >> 16;
  return f != f ? 0x7fffu : rounded;
}

/// The f32 next to `s` that keeps the inexact tail `e` visible: rounding it
/// again to fewer than 23 bits equals rounding s + e once.
static inline float toOdd(float s, float e) {
  u32 v = bitsOf(s);
  bool finite = (v & 0x7f800000u) != 0x7f800000u;
  bool adjust = finite && e == e && e != 0.0f && !(v & 1);
  u32 step = (e > 0.0f) == (s > 0.0f) ? 1u : ~0u;
  return F(adjust ? v + step : v);
}
/// f16 a * b + c with one rounding: the product is exact in f32.
static inline u32 fmaH(u32 a, u32 b, u32 c) {
  float p = h2f(a) * h2f(b), z = h2f(c);
  float s = p + z, t = s - p;
  float e = (p - (s - t)) + (z - t);
  return f2h(toOdd(s, e));
}
static inline float doubleToOddFloat(double d) {
  float f = (float)d;
  u32 v = bitsOf(f);
  bool adjust = d == d && (double)f != d && !(v & 1);
  bool away = d > 0 ? (double)f < d : (double)f > d;
  return F(adjust ? (away ? v + 1 : v - 1) : v);
}
static inline u32 d2b(double d) { return f2b(doubleToOddFloat(d)); }
/// bf16 a * b + c with one rounding: the product is exact in f64.
static inline double fmaBExact(u32 a, u32 b, u32 c) {
  double p = (double)b2f(a) * (double)b2f(b), z = b2f(c);
  double s = p + z, t = s - p;
  double e = (p - (s - t)) + (z - t);
  u64 v = W(s);
  bool finite = (v & 0x7ff0000000000000ull) != 0x7ff0000000000000ull;
  bool adjust = finite && e == e && e != 0.0 && !(v & 1);
  return D(adjust ? ((e > 0) == (s > 0) ? v + 1 : v - 1) : v);
}
static inline u32 fmaB(u32 a, u32 b, u32 c) { return d2b(fmaBExact(a, b, c)); }
static inline u32 reluH(u32 h) {
  return (h & 0x7fff) > 0x7c00 ? 0x7fffu : (h & 0x8000) ? 0u : (h & 0xffff);
}
static inline u32 reluB(u32 h) {
  return (h & 0x7fff) > 0x7f80 ? 0x7fffu : (h & 0x8000) ? 0u : (h & 0xffff);
}
static inline u32 satH(u32 h) { return f2h(clamp01(h2f(h))); }
static inline u32 satB(u32 b) { return f2b(clamp01(b2f(b))); }
static inline u32 ftzH(u32 h) { return (h & 0x7c00) == 0 ? h & 0x8000 : h; }

/// min and max of IEEE 754-2019: -0 below +0, a NaN loses unless `nan`.
static inline u32 minmaxF(u32 x, u32 y, bool greater, bool nan) {
  float a = F(x), b = F(y);
  bool an = a != a, bn = b != b;
  s32 ka = (s32)x < 0 ? (s32)(0x80000000u - x) : (s32)x;
  s32 kb = (s32)y < 0 ? (s32)(0x80000000u - y) : (s32)y;
  // Equal keys are the two zeros; -0 is the smaller.
  bool takeA = ka == kb ? (greater ? (s32)x >= 0 : (s32)x < 0)
                        : (greater ? ka > kb : ka < kb);
  u32 r = takeA ? x : y;
  if (an || bn)
    r = nan || (an && bn) ? 0x7fffffffu : (an ? y : x);
  return r;
}
static inline u64 minmaxD(u64 x, u64 y, bool greater) {
  double a = D(x), b = D(y);
  if (a != a)
    return y;
  if (b != b)
    return x;
  if (a == b)
    return greater ? ((s64)x >= 0 ? x : y) : ((s64)x < 0 ? x : y);
  return (greater ? a > b : a < b) ? x : y;
}
static inline u32 minmaxH(u32 x, u32 y, bool greater, bool nan) {
  return f2h(F(minmaxF(bitsOf(h2f(x)), bitsOf(h2f(y)), greater, nan)));
}
static inline u32 minmaxB(u32 x, u32 y, bool greater, bool nan) {
  return f2b(F(minmaxF(x << 16, y << 16, greater, nan)));
}
static inline u32 xorSign(u32 r, u32 x, u32 y) {
  return r == 0x7fffffffu ? r : (r & 0x7fffffffu) | ((x ^ y) & 0x80000000u);
}

static inline u32 pair(u32 lo, u32 hi) { return (lo & 0xffff) | hi << 16; }

static inline u32 permute(u32 x, u32 y, u32 z, u32 mode) {
  u64 bytes = (u64)y << 32 | x;
  u32 s = z & 3, r = 0;
  for (u32 i = 0; i < 4; ++i) {
    u32 pick;
    bool sign = false;
    switch (mode) {
    case 0: // default: a nibble a byte, its top bit replicates the sign
      pick = (z >> (4 * i)) & 7;
      sign = (z >> (4 * i)) & 8;
      break;
    case 1: // f4e
      pick = (s + i) & 7;
      break;
    case 2: // b4e
      pick = (s + 8 - i) & 7;
      break;
    case 3: // rc8
      pick = s;
      break;
    case 4: // ecl
      pick = i < s ? s : i;
      break;
    case 5: // ecr
      pick = i < s ? i : s;
      break;
    default: // rc16
      pick = (s & 1) * 2 + (i & 1);
      break;
    }
    u32 byte = (bytes >> (8 * pick)) & 0xff;
    if (sign)
      byte = byte & 0x80 ? 0xff : 0;
    r |= byte << (8 * i);
  }
  return r;
}
static inline u32 satU16(s32 v) {
  return (u32)(v < 0 ? 0 : v > 0xffff ? 0xffff : v);
}
static inline u32 satS16(s32 v) {
  return (u32)(v < -0x8000 ? -0x8000 : v > 0x7fff ? 0x7fff : v);
}
static inline u32 lop3(u32 x, u32 y, u32 z, u32 table) {
  u32 r = 0;
  r |= table & 0x01 ? ~x & ~y & ~z : 0;
  r |= table & 0x02 ? ~x & ~y & z : 0;
  r |= table & 0x04 ? ~x & y & ~z : 0;
  r |= table & 0x08 ? ~x & y & z : 0;
  r |= table & 0x10 ? x & ~y & ~z : 0;
  r |= table & 0x20 ? x & ~y & z : 0;
  r |= table & 0x40 ? x & y & ~z : 0;
  r |= table & 0x80 ? x & y & z : 0;
  return r;
}
/// dp4a; bit 0 of `signs`: a is signed, bit 1: b is.
static inline u32 dot4(u32 x, u32 y, u32 z, u32 signs) {
  for (int i = 0; i < 4; ++i) {
    s32 a = signs & 1 ? (s32)(s8)(x >> (8 * i)) : (s32)(u8)(x >> (8 * i));
    s32 b = signs & 2 ? (s32)(s8)(y >> (8 * i)) : (s32)(u8)(y >> (8 * i));
    z += (u32)(a * b);
  }
  return z;
}
/// dp2a; bit 2 of `signs`: the high half of b.
static inline u32 dot2(u32 x, u32 y, u32 z, u32 signs) {
  for (int i = 0; i < 2; ++i) {
    s32 a = signs & 1 ? (s32)(s16)(x >> (16 * i)) : (s32)(u16)(x >> (16 * i));
    u32 byte = y >> (8 * i + (signs & 4 ? 16 : 0));
    s32 b = signs & 2 ? (s32)(s8)byte : (s32)(u8)byte;
    z += (u32)a * (u32)b;
  }
  return z;
}
static inline u32 bfind32(u32 x) {
  return x ? 31 - (u32)__builtin_clz(x) : ~0u;
}
static inline u32 bfind64(u64 x) {
  return x ? 63 - (u32)__builtin_clzll(x) : ~0u;
}
static inline u32 brev32(u32 x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x);
}
static inline u64 bfeU(u64 x, u32 pos, u32 len, u32 bits) {
  pos &= 0xff;
  len &= 0xff;
  if (pos >= bits || len == 0)
    return 0;
  u64 v = x >> pos;
  return len >= 64 ? v : v & (((u64)1 << len) - 1);
}
static inline u64 bfeS(u64 x, u32 pos, u32 len, u32 bits) {
  pos &= 0xff;
  len &= 0xff;
  if (len == 0)
    return 0;
  u32 top = pos + len - 1 < bits - 1 ? pos + len - 1 : bits - 1;
  u64 sign = x >> top & 1;
  u64 r = pos < bits ? bfeU(x, pos, len, bits) : 0;
  u32 got = pos < bits ? (len < bits - pos ? len : bits - pos) : 0;
  if (sign && got < 64)
    r |= ~(u64)0 << got;
  return r;
}
static inline u64 bfi(u64 x, u64 y, u32 pos, u32 len, u32 bits) {
  pos &= 0xff;
  len &= 0xff;
  if (pos >= bits || len == 0)
    return y;
  u64 m = (len >= 64 ? ~(u64)0 : ((u64)1 << len) - 1) << pos;
  return (y & ~m) | ((x << pos) & m);
}
static inline u32 bmsk(u32 pos, u32 len, bool wrap) {
  if (wrap) {
    pos &= 31;
    len &= 31;
  } else if (pos > 31) {
    return 0;
  }
  u64 m = len >= 32 ? 0xffffffffu : ((u64)1 << len) - 1;
  return (u32)(m << pos);
}
static inline u32 szext(u32 x, u32 len, bool sign, bool wrap) {
  if (wrap)
    len &= 31;
  if (len == 0)
    return 0;
  if (len >= 32)
    return x;
  u32 v = x & ((1u << len) - 1);
  return sign && (v >> (len - 1)) ? v | ~0u << len : v;
}
static inline u32 satAdd(s64 v) {
  return (u32)(v > 0x7fffffff      ? 0x7fffffff
               : v < -0x80000000ll ? -0x80000000ll
                                   : v);
}
