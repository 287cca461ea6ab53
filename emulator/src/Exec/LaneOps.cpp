//===- LaneOps.cpp - Lane functions, compiled once an instruction set -----===//
//
// PTXEMU_ISA names the namespace. No standard container may appear here: an
// inline function of one would be emitted for this instruction set, and the
// linker could keep that copy for the whole program.
//
//===----------------------------------------------------------------------===//
#include "Exec/LaneOps.h"

namespace ptxemu {
namespace PTXEMU_ISA {

#include "Exec/LaneMath.h"

// Results go through a local array, which the compiler knows not to alias the
// operands, so that the loops vectorise even when d is also a source.
#define FINISH(D)                                                              \
  D *d = (D *)dp;                                                              \
  if (mask == ~0u) {                                                           \
    for (int l = 0; l < 32; ++l)                                               \
      d[l] = t[l];                                                             \
  } else {                                                                     \
    for (int l = 0; l < 32; ++l)                                               \
      d[l] = mask >> l & 1 ? t[l] : d[l];                                      \
  }
#define UNUSED                                                                 \
  (void)bp;                                                                    \
  (void)cp;                                                                    \
  (void)imm

#define LANE1(name, Dt, A, e)                                                  \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    Dt t[32];                                                                  \
    for (int l = 0; l < 32; ++l) {                                             \
      const A x = ((const A *)ap)[l];                                          \
      t[l] = (Dt)(e);                                                          \
    }                                                                          \
    FINISH(Dt)                                                                 \
  }
#define LANE2(name, Dt, A, B, e)                                               \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    Dt t[32];                                                                  \
    for (int l = 0; l < 32; ++l) {                                             \
      const A x = ((const A *)ap)[l];                                          \
      const B y = ((const B *)bp)[l];                                          \
      t[l] = (Dt)(e);                                                          \
    }                                                                          \
    FINISH(Dt)                                                                 \
  }
#define LANE3(name, Dt, A, B, C, e)                                            \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    Dt t[32];                                                                  \
    for (int l = 0; l < 32; ++l) {                                             \
      const A x = ((const A *)ap)[l];                                          \
      const B y = ((const B *)bp)[l];                                          \
      const C z = ((const C *)cp)[l];                                          \
      t[l] = (Dt)(e);                                                          \
    }                                                                          \
    FINISH(Dt)                                                                 \
  }
#define LANESEL(name, T)                                                       \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    u32 pick;                                                                  \
    __builtin_memcpy(&pick, cp, 4);                                            \
    T t[32];                                                                   \
    for (int l = 0; l < 32; ++l)                                               \
      t[l] = pick >> l & 1 ? ((const T *)ap)[l] : ((const T *)bp)[l];          \
    FINISH(T)                                                                  \
  }
#define FINISH_PREDICATE                                                       \
  u32 old;                                                                     \
  __builtin_memcpy(&old, dp, 4);                                               \
  old = (old & ~mask) | (r & mask);                                            \
  __builtin_memcpy(dp, &old, 4);
#define CMP1(name, A, e)                                                       \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    u32 r = 0;                                                                 \
    for (int l = 0; l < 32; ++l) {                                             \
      const A x = ((const A *)ap)[l];                                          \
      r |= (u32)(e) << l;                                                      \
    }                                                                          \
    FINISH_PREDICATE                                                           \
  }
#define CMP2(name, A, B, e)                                                    \
  static void name(u8 *dp, const u8 *ap, const u8 *bp, const u8 *cp, u32 mask, \
                   u32 imm) {                                                  \
    UNUSED;                                                                    \
    u32 r = 0;                                                                 \
    for (int l = 0; l < 32; ++l) {                                             \
      const A x = ((const A *)ap)[l];                                          \
      const B y = ((const B *)bp)[l];                                          \
      r |= (u32)(e) << l;                                                      \
    }                                                                          \
    FINISH_PREDICATE                                                           \
  }

#include "Exec/LaneFloat.def"
#include "Exec/LaneInteger.def"

#undef LANE1
#undef LANE2
#undef LANE3
#undef LANESEL
#undef CMP1
#undef CMP2

//===- Tiles --------------------------------------------------------------===//

/// Products of 16-bit and tf32 values are exact in f32, so a fused
/// multiply-add gives the same sum; use it where it is one instruction.
static inline float accumulate(float x, float y, float sum) {
#ifdef __FMA__
  return __builtin_fmaf(x, y, sum);
#else
  return x * y + sum;
#endif
}

static void multiplyTile(float *acc, const float *a, const float *b, int m,
                         int n, int k) {
  int j = 0;
  for (; j + 16 <= n; j += 16)
    for (int i = 0; i < m; ++i) {
      float sum[16];
      for (int q = 0; q < 16; ++q)
        sum[q] = acc[i * n + j + q];
      for (int p = 0; p < k; ++p) {
        float x = a[i * k + p];
        for (int q = 0; q < 16; ++q)
          sum[q] = accumulate(x, b[p * n + j + q], sum[q]);
      }
      for (int q = 0; q < 16; ++q)
        acc[i * n + j + q] = sum[q];
    }
  for (; j + 8 <= n; j += 8)
    for (int i = 0; i < m; ++i) {
      float sum[8];
      for (int q = 0; q < 8; ++q)
        sum[q] = acc[i * n + j + q];
      for (int p = 0; p < k; ++p) {
        float x = a[i * k + p];
        for (int q = 0; q < 8; ++q)
          sum[q] = accumulate(x, b[p * n + j + q], sum[q]);
      }
      for (int q = 0; q < 8; ++q)
        acc[i * n + j + q] = sum[q];
    }
}

static void widenF16(float *to, const u16 *from, int count) {
  for (int i = 0; i < count; ++i)
    to[i] = h2f(from[i]);
}
static void widenBF16(float *to, const u16 *from, int count) {
  for (int i = 0; i < count; ++i)
    to[i] = b2f(from[i]);
}
static void narrowF16(u16 *to, const float *from, int count) {
  for (int i = 0; i < count; ++i)
    to[i] = (u16)f2h(from[i]);
}

static const LaneEntry entries[] = {
#define LANE1(name, ...) {#name, name},
#define LANE2(name, ...) {#name, name},
#define LANE3(name, ...) {#name, name},
#define LANESEL(name, ...) {#name, name},
#define CMP1(name, ...) {#name, name},
#define CMP2(name, ...) {#name, name},
#include "Exec/LaneFloat.def"
#include "Exec/LaneInteger.def"
};

extern const LaneTable table;
const LaneTable table = {
    entries,      (int)(sizeof(entries) / sizeof(entries[0])),
    multiplyTile, widenF16,
    widenBF16,    narrowF16};

} // namespace PTXEMU_ISA
} // namespace ptxemu
