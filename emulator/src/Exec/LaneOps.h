//===- LaneOps.h - Arithmetic on 32 lanes at once -------------------------===//
//
// Every arithmetic instruction is one function over structure-of-arrays
// registers: 16- and 32-bit registers are uint32_t[32] (the upper half of a
// 16-bit one is unspecified), 64-bit ones uint64_t[32], predicates one
// uint32_t with a bit a lane. The functions live in LaneOps.cpp, which is
// compiled once for each instruction set; LaneOps*.def list them.
//
//===----------------------------------------------------------------------===//
#ifndef PTXEMU_EXEC_LANEOPS_H
#define PTXEMU_EXEC_LANEOPS_H

#include <cstdint>

namespace ptxemu {

/// d = op(a, b, c) in the lanes of `mask`; `imm` is the op's own (lop3's
/// table, prmt's mode).
using LaneFn = void (*)(uint8_t *d, const uint8_t *a, const uint8_t *b,
                        const uint8_t *c, uint32_t mask, uint32_t imm);

/// acc[16][8] += a[16][k] * b[k][8], one f32 sum per group of `group` products
/// as the tensor cores' documented order of k.
using TileFn = void (*)(float *acc, const float *a, const float *b, int m,
                        int n, int k);

struct LaneEntry {
  const char *name;
  LaneFn fn;
};

/// The functions of one instruction set.
struct LaneTable {
  const LaneEntry *entries;
  int count;
  /// acc[m][n] += a[m][k] * b[k][n], rows dense, n a multiple of 8.
  TileFn multiplyTile;
  /// Widen `count` f16 or bf16 values to f32.
  void (*widenF16)(float *to, const uint16_t *from, int count);
  void (*widenBF16)(float *to, const uint16_t *from, int count);
  /// Round `count` f32 values to f16, to nearest even.
  void (*narrowF16)(uint16_t *to, const float *from, int count);
};

/// The table of the best instruction set this CPU has, or of the lower one that
/// the environment variable PTXEMU_ISA names.
const LaneTable &laneTable();
/// The table of "base", "avx2" or "avx512"; null when this CPU cannot run it.
const LaneTable *laneTableOf(const char *isa);
/// The lane function of this name, or null.
LaneFn findLane(const char *name);
const char *laneIsaName();

} // namespace ptxemu

#endif
