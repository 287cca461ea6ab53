//===- Mma.cpp - mma.sync -------------------------------------------------===//
//
// Fragments (PTX ISA, "Matrix Fragments for mma.m16n8k*"): with g = lane / 4,
// t = lane % 4 and E elements in a register, register i of A holds row
// g + 8 (i & 1), columns 4E (i >> 1) + E t ..; register i of B column g, rows
// 4E i + E t ..; the accumulators rows g and g + 8, columns 2t and 2t + 1.
// So the 32 lanes of a register, read in order, are an 8 x 4E tile by rows.
//
//===----------------------------------------------------------------------===//
#include "Exec/Machine.h"
#include "Exec/Matrix.h"
#include "Exec/SmallFloat.h"

#include <algorithm>
#include <cstring>

namespace ptxemu {
namespace {

using T = MatrixType;
const MmaShape shapes[] = {
    {"m16n8k8", 16, 8, 8, T::F16, T::F16, T::F16, 2, 1, 2, execMmaHalf},
    {"m16n8k8", 16, 8, 8, T::F32, T::F16, T::F16, 2, 1, 4, execMmaHalf},
    {"m16n8k8", 16, 8, 8, T::F32, T::BF16, T::BF16, 2, 1, 4, execMmaHalf},
    {"m16n8k16", 16, 8, 16, T::F16, T::F16, T::F16, 4, 2, 2, execMmaHalf},
    {"m16n8k16", 16, 8, 16, T::F32, T::F16, T::F16, 4, 2, 4, execMmaHalf},
    {"m16n8k16", 16, 8, 16, T::F32, T::BF16, T::BF16, 4, 2, 4, execMmaHalf},
    {"m16n8k4", 16, 8, 4, T::F32, T::TF32, T::TF32, 2, 1, 4, execMmaTf32},
    {"m16n8k8", 16, 8, 8, T::F32, T::TF32, T::TF32, 4, 2, 4, execMmaTf32},
    {"m16n8k16", 16, 8, 16, T::F32, T::E4M3, T::E4M3, 2, 1, 4, execMmaTf32},
    {"m16n8k32", 16, 8, 32, T::F32, T::E4M3, T::E4M3, 4, 2, 4, execMmaTf32},
    {"m16n8k32", 16, 8, 32, T::F32, T::E5M2, T::E5M2, 4, 2, 4, execMmaTf32},
    {"m16n8k32", 16, 8, 32, T::F32, T::E4M3, T::E5M2, 4, 2, 4, execMmaTf32},
    {"m16n8k32", 16, 8, 32, T::F32, T::E5M2, T::E4M3, 4, 2, 4, execMmaTf32},
    {"m16n8k32", 16, 8, 32, T::F16, T::E4M3, T::E4M3, 4, 2, 2, execMmaTf32},
    {"m16n8k16", 16, 8, 16, T::S32, T::S8, T::S8, 2, 1, 4, execMmaInteger},
    {"m16n8k16", 16, 8, 16, T::S32, T::U8, T::U8, 2, 1, 4, execMmaInteger},
    {"m16n8k16", 16, 8, 16, T::S32, T::U8, T::S8, 2, 1, 4, execMmaInteger},
    {"m16n8k16", 16, 8, 16, T::S32, T::S8, T::U8, 2, 1, 4, execMmaInteger},
    {"m16n8k32", 16, 8, 32, T::S32, T::S8, T::S8, 4, 2, 4, execMmaInteger},
    {"m16n8k32", 16, 8, 32, T::S32, T::U8, T::U8, 4, 2, 4, execMmaInteger},
    {"m16n8k32", 16, 8, 32, T::S32, T::U8, T::S8, 4, 2, 4, execMmaInteger},
    {"m16n8k32", 16, 8, 32, T::S32, T::S8, T::U8, 4, 2, 4, execMmaInteger},
    {"m8n8k4", 8, 8, 4, T::F64, T::F64, T::F64, 1, 1, 2, execMmaF64},
    {"m16n8k4", 16, 8, 4, T::F64, T::F64, T::F64, 2, 1, 4, execMmaF64},
    {"m16n8k8", 16, 8, 8, T::F64, T::F64, T::F64, 4, 2, 4, execMmaF64},
    {"m16n8k16", 16, 8, 16, T::F64, T::F64, T::F64, 8, 4, 4, execMmaF64},
};

/// 8 x 8 tile of a register of 16-bit elements, widened.
void widenTile(MatrixType type, const uint32_t *reg, float tile[64]) {
  const uint16_t *halves = reinterpret_cast<const uint16_t *>(reg);
  (type == T::BF16 ? laneTable().widenBF16 : laneTable().widenF16)(tile, halves,
                                                                   64);
}

} // namespace

MatrixType matrixType(const std::string &t) {
  static const std::pair<const char *, MatrixType> names[] = {
      {"f16", T::F16}, {"bf16", T::BF16}, {"tf32", T::TF32}, {"f32", T::F32},
      {"f64", T::F64}, {"e4m3", T::E4M3}, {"e5m2", T::E5M2}, {"s8", T::S8},
      {"u8", T::U8},   {"s32", T::S32}};
  for (auto &[name, type] : names)
    if (t == name)
      return type;
  return T::None;
}

const MmaShape *mmaShapes() { return shapes; }
int mmaShapeCount() { return int(sizeof(shapes) / sizeof(shapes[0])); }

const MmaShape *findMma(const std::string &shape, const std::string &d,
                        const std::string &a, const std::string &b,
                        const std::string &c) {
  if (d != c)
    return nullptr;
  for (const MmaShape &s : shapes)
    if (shape == s.shape && matrixType(d) == s.d && matrixType(a) == s.a &&
        matrixType(b) == s.b)
      return &s;
  return nullptr;
}

float smallToFloat(MatrixType type, uint32_t bits) {
  if (type == T::TF32)
    bits &= 0xffffe000u; // the tensor core reads the upper 19 bits
  Format f = type == T::F16    ? Format::F16
             : type == T::BF16 ? Format::BF16
             : type == T::E4M3 ? Format::E4M3
             : type == T::E5M2 ? Format::E5M2
                               : Format::F32;
  uint32_t v = uint32_t(convert(Format::F32, f, bits, Rounding::Nearest, 0));
  float r;
  std::memcpy(&r, &v, 4);
  return r;
}

void loadAccumulator(Warp &w, const uint32_t *regs, MatrixType type, int n,
                     float *acc) {
  for (int j = 0; j < n / 8; ++j)
    for (int h = 0; h < 2; ++h) {
      float *row = acc + h * 8 * n + j * 8;
      if (type == T::F16) {
        float tile[64];
        widenTile(T::F16, w.reg<uint32_t>(regs[j * 2 + h]), tile);
        for (int g = 0; g < 8; ++g)
          std::memcpy(row + g * n, tile + g * 8, 32);
      } else {
        const float *even = w.reg<float>(regs[j * 4 + h * 2]);
        const float *odd = w.reg<float>(regs[j * 4 + h * 2 + 1]);
        for (int g = 0; g < 8; ++g)
          for (int t = 0; t < 4; ++t) {
            row[g * n + 2 * t] = even[4 * g + t];
            row[g * n + 2 * t + 1] = odd[4 * g + t];
          }
      }
    }
}

void storeAccumulator(Warp &w, const uint32_t *regs, MatrixType type, int n,
                      const float *acc) {
  for (int j = 0; j < n / 8; ++j)
    for (int h = 0; h < 2; ++h) {
      const float *row = acc + h * 8 * n + j * 8;
      if (type == T::F16) {
        float tile[64];
        for (int g = 0; g < 8; ++g)
          std::memcpy(tile + g * 8, row + g * n, 32);
        laneTable().narrowF16(
            reinterpret_cast<uint16_t *>(w.reg<uint32_t>(regs[j * 2 + h])),
            tile, 64);
      } else {
        float *even = w.reg<float>(regs[j * 4 + h * 2]);
        float *odd = w.reg<float>(regs[j * 4 + h * 2 + 1]);
        for (int g = 0; g < 8; ++g)
          for (int t = 0; t < 4; ++t) {
            even[4 * g + t] = row[g * n + 2 * t];
            odd[4 * g + t] = row[g * n + 2 * t + 1];
          }
      }
    }
}

void loadA(Warp &w, const uint32_t *regs, size_t count, MatrixType type, int k,
           float *a) {
  int e = type == T::TF32 ? 1 : type == T::F16 || type == T::BF16 ? 2 : 4;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t *reg = w.reg<uint32_t>(regs[i]);
    float *to = a + (i & 1) * 8 * size_t(k) + (i >> 1) * 4 * size_t(e);
    if (e == 2) {
      float tile[64];
      widenTile(type, reg, tile);
      for (int g = 0; g < 8; ++g)
        std::memcpy(to + g * k, tile + g * 8, 32);
    } else {
      for (int l = 0; l < 32; ++l)
        for (int p = 0; p < e; ++p)
          to[(l >> 2) * k + (l & 3) * e + p] =
              smallToFloat(type, e == 1 ? reg[l] : reg[l] >> (8 * p) & 0xff);
    }
  }
}

void countTensor(uint64_t operations) {
  if (counted.current)
    counted.current->tensorOperations += operations;
}

void execMmaHalf(Warp &w, const Inst &inst, uint32_t) {
  const MmaShape &s = shapes[inst.imm];
  const uint32_t *regs = inst.list.data();
  alignas(64) float a[16 * 16], b[16 * 8], acc[16 * 8];
  loadA(w, regs, s.aRegs, s.a, s.k, a);
  regs += s.aRegs;
  for (int i = 0; i < s.bRegs; ++i) {
    alignas(64) float tile[64]; // [n][k]
    widenTile(s.b, w.reg<uint32_t>(regs[i]), tile);
    for (int k = 0; k < 8; ++k)
      for (int n = 0; n < 8; ++n)
        b[(i * 8 + k) * 8 + n] = tile[n * 8 + k];
  }
  regs += s.bRegs;
  loadAccumulator(w, regs, s.d, 8, acc);
  laneTable().multiplyTile(acc, a, b, 16, 8, s.k);
  storeAccumulator(w, regs + s.cRegs, s.d, 8, acc);
  countTensor(uint64_t(2) * 16 * 8 * uint64_t(s.k));
}

/// tf32 and the 8-bit floating-point formats.
void execMmaTf32(Warp &w, const Inst &inst, uint32_t) {
  const MmaShape &s = shapes[inst.imm];
  const uint32_t *regs = inst.list.data();
  alignas(64) float a[16 * 32], b[32 * 8], acc[16 * 8];
  loadA(w, regs, s.aRegs, s.a, s.k, a);
  regs += s.aRegs;
  int e = s.b == T::TF32 ? 1 : 4;
  for (int i = 0; i < s.bRegs; ++i) {
    const uint32_t *reg = w.reg<uint32_t>(regs[i]);
    for (int l = 0; l < 32; ++l)
      for (int p = 0; p < e; ++p)
        b[(i * 4 * e + (l & 3) * e + p) * 8 + (l >> 2)] =
            smallToFloat(s.b, e == 1 ? reg[l] : reg[l] >> (8 * p) & 0xff);
  }
  regs += s.bRegs;
  loadAccumulator(w, regs, s.d, 8, acc);
  laneTable().multiplyTile(acc, a, b, 16, 8, s.k);
  storeAccumulator(w, regs + s.cRegs, s.d, 8, acc);
  countTensor(uint64_t(2) * 16 * 8 * uint64_t(s.k));
}

void execMmaInteger(Warp &w, const Inst &inst, uint32_t) {
  const MmaShape &s = shapes[inst.imm];
  const uint32_t *regs = inst.list.data();
  int32_t a[16][32], b[32][8];
  auto element = [](MatrixType type, uint32_t bits) {
    return type == T::S8 ? int32_t(int8_t(bits)) : int32_t(uint8_t(bits));
  };
  for (size_t i = 0; i < s.aRegs; ++i) {
    const uint32_t *reg = w.reg<uint32_t>(regs[i]);
    for (int l = 0; l < 32; ++l)
      for (int p = 0; p < 4; ++p)
        a[(l >> 2) + 8 * (i & 1)][16 * (i >> 1) + size_t(4 * (l & 3) + p)] =
            element(s.a, reg[l] >> (8 * p));
  }
  regs += s.aRegs;
  for (size_t i = 0; i < s.bRegs; ++i) {
    const uint32_t *reg = w.reg<uint32_t>(regs[i]);
    for (int l = 0; l < 32; ++l)
      for (int p = 0; p < 4; ++p)
        b[16 * i + size_t(4 * (l & 3) + p)][l >> 2] =
            element(s.b, reg[l] >> (8 * p));
  }
  regs += s.bRegs;
  const uint32_t *out = regs + s.cRegs;
  int32_t results[4][32];
  for (int l = 0; l < 32; ++l)
    for (int i = 0; i < 4; ++i) {
      int row = (l >> 2) + 8 * (i >> 1), col = 2 * (l & 3) + (i & 1);
      int64_t sum = w.reg<int32_t>(regs[i])[l];
      for (int k = 0; k < s.k; ++k)
        sum += int64_t(a[row][k]) * b[k][col];
      if (inst.mode[3])
        sum = std::max<int64_t>(INT32_MIN, std::min<int64_t>(INT32_MAX, sum));
      results[i][l] = int32_t(uint32_t(uint64_t(sum)));
    }
  for (int i = 0; i < 4; ++i)
    std::memcpy(w.reg<int32_t>(out[i]), results[i], sizeof(results[i]));
  countTensor(uint64_t(2) * 16 * 8 * uint64_t(s.k));
}

void execMmaF64(Warp &w, const Inst &inst, uint32_t) {
  const MmaShape &s = shapes[inst.imm];
  const uint32_t *regs = inst.list.data();
  double a[16][16], b[16][8];
  int rowBlocks = s.m / 8;
  for (int i = 0; i < s.aRegs; ++i)
    for (int l = 0; l < 32; ++l)
      a[(l >> 2) + 8 * (i % rowBlocks)][4 * (i / rowBlocks) + (l & 3)] =
          w.reg<double>(regs[i])[l];
  regs += s.aRegs;
  for (int i = 0; i < s.bRegs; ++i)
    for (int l = 0; l < 32; ++l)
      b[4 * i + (l & 3)][l >> 2] = w.reg<double>(regs[i])[l];
  regs += s.bRegs;
  const uint32_t *out = regs + s.cRegs;
  double results[4][32];
  for (int l = 0; l < 32; ++l)
    for (int i = 0; i < s.cRegs; ++i) {
      int row = (l >> 2) + 8 * (i >> 1), col = 2 * (l & 3) + (i & 1);
      double sum = w.reg<double>(regs[i])[l];
      for (int k = 0; k < s.k; ++k)
        sum = __builtin_fma(a[row][k], b[k][col], sum);
      results[i][l] = sum;
    }
  for (int i = 0; i < s.cRegs; ++i)
    std::memcpy(w.reg<double>(out[i]), results[i], sizeof(results[i]));
  countTensor(uint64_t(2) * uint64_t(s.m) * 8 * uint64_t(s.k));
}

} // namespace ptxemu
