//===- Wmma.cpp - wmma.load, wmma.mma and wmma.store ----------------------===//
//
// PTX leaves the fragments of wmma opaque. Here element e of a fragment (in
// row-major order of its matrix) sits in lane e % 32, position e / 32; A and B
// of m16n16k16 hold every element twice on the device, so they have 8 registers
// of two f16, of which the emulator fills the first four.
//
//===----------------------------------------------------------------------===//
#include "Exec/Machine.h"
#include "Exec/Matrix.h"

#include <algorithm>
#include <cstring>

namespace ptxemu {
namespace {

using T = MatrixType;
struct Extents {
  int m, n, k;
};

bool extents(const std::string &shape, Extents &e) {
  if (shape == "m16n16k16")
    e = {16, 16, 16};
  else if (shape == "m32n8k16")
    e = {32, 8, 16};
  else if (shape == "m8n32k16")
    e = {8, 32, 16};
  else
    return false;
  return true;
}

/// Registers of a fragment; 0 when the type has none.
size_t fragmentRegisters(const Extents &e, char role, T type) {
  if (role == 'c') // also d
    return type == T::F32 || type == T::S32 ? 8 : type == T::F16 ? 4 : 0;
  int rows = role == 'a' ? e.m : e.n;
  if (type == T::F16)
    return 8;
  if (type == T::BF16)
    return rows == 16 ? 4 : rows == 8 ? 2 : 8;
  if (type == T::S8 || type == T::U8)
    return rows == 16 ? 2 : rows == 8 ? 1 : 4;
  return 0;
}

unsigned elementBytes(T type) {
  return type == T::S8 || type == T::U8      ? 1
         : type == T::F16 || type == T::BF16 ? 2
                                             : 4;
}

uint32_t getElement(Warp &w, const uint32_t *regs, T type, int e) {
  unsigned bytes = elementBytes(type), per = 4 / bytes;
  unsigned position = unsigned(e) / 32;
  uint32_t word = w.reg<uint32_t>(regs[position / per])[e % 32];
  return bytes == 4
             ? word
             : word >> (8 * bytes * (position % per)) & ((1u << 8 * bytes) - 1);
}

void setElement(Warp &w, const uint32_t *regs, T type, int e, uint32_t value) {
  unsigned bytes = elementBytes(type), per = 4 / bytes;
  unsigned position = unsigned(e) / 32;
  uint32_t &word = w.reg<uint32_t>(regs[position / per])[e % 32];
  if (bytes == 4) {
    word = value;
    return;
  }
  unsigned shift = 8 * bytes * (position % per);
  uint32_t field = (1u << 8 * bytes) - 1;
  word = (word & ~(field << shift)) | (value & field) << shift;
}

} // namespace

/// mode: [0] shape, [1] layout, [2] type, [4] role of an access;
/// of mma: [0] shape, [1] d, [2] a and [4] c type.
static const char *const shapeNames[] = {"m16n16k16", "m32n8k16", "m8n32k16"};

static uint8_t shapeIndex(const std::string &shape) {
  for (uint8_t i = 0; i < 3; ++i)
    if (shape == shapeNames[i])
      return i;
  return 3;
}

Handler findWmma(const std::string &shape, const std::string &d,
                 const std::string &a, const std::string &c, uint8_t *mode) {
  Extents e;
  T aType = matrixType(a), dType = matrixType(d), cType = matrixType(c);
  if (!extents(shape, e) || !fragmentRegisters(e, 'a', aType) ||
      !fragmentRegisters(e, 'c', dType) || !fragmentRegisters(e, 'c', cType))
    return nullptr;
  bool integers = aType == T::S8 || aType == T::U8;
  if (integers != (dType == T::S32) || integers != (cType == T::S32) ||
      (aType == T::BF16 && (dType != T::F32 || cType != T::F32)))
    return nullptr;
  mode[0] = shapeIndex(shape);
  mode[1] = uint8_t(dType);
  mode[2] = uint8_t(aType);
  mode[4] = uint8_t(cType);
  return execWmmaMma;
}

bool wmmaSizesFit(const std::string &shape, const std::string &d,
                  const std::string &a, const std::string &c,
                  const size_t sizes[4]) {
  Extents e;
  return extents(shape, e) &&
         sizes[0] == fragmentRegisters(e, 'a', matrixType(a)) &&
         sizes[1] == fragmentRegisters(e, 'b', matrixType(a)) &&
         sizes[2] == fragmentRegisters(e, 'c', matrixType(c)) &&
         sizes[3] == fragmentRegisters(e, 'c', matrixType(d));
}

bool wmmaAccess(const std::string &shape, const std::string &role,
                const std::string &type, size_t registers, uint8_t *mode) {
  Extents e;
  if (!extents(shape, e))
    return false;
  T t = matrixType(type);
  char r = role == "d" ? 'c' : role[0];
  size_t want = fragmentRegisters(e, r, t);
  mode[3] = shapeIndex(shape);
  mode[4] = uint8_t(r);
  mode[5] = uint8_t(t);
  return want && want == registers;
}

namespace {

void access(Warp &w, const Inst &inst, bool isLoad) {
  Extents e{};
  extents(shapeNames[inst.mode[3]], e);
  char role = char(inst.mode[4]);
  T type = T(inst.mode[5]);
  int rows = role == 'b' ? e.k : e.m, cols = role == 'a' ? e.k : e.n;
  unsigned bytes = elementBytes(type);
  bool colMajor = inst.mode[1];
  // A loaded register may be the address register: addresses come first.
  uint64_t bases[32], strides[32];
  for (int l = 0; l < 32; ++l) {
    bases[l] = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    strides[l] = inst.imm2 ? w.reg<uint32_t>(inst.b)[l]
                           : uint64_t(colMajor ? rows : cols);
  }
  for (int i = 0; i < rows * cols; ++i) {
    int lane = i % 32, row = i / cols, col = i % cols;
    uint64_t stride = strides[lane];
    uint64_t index = colMajor ? uint64_t(col) * stride + uint64_t(row)
                              : uint64_t(row) * stride + uint64_t(col);
    uint64_t address = bases[lane] + index * bytes;
    Target t = resolve(w, inst, lane, inst.space, address, bytes, bytes,
                       isLoad ? AccessKind::Read : AccessKind::Write);
    if (!t.bytes)
      continue;
    uint32_t value = 0;
    if (isLoad) {
      std::memcpy(&value, t.bytes, bytes);
      setElement(w, inst.list.data(), type, i, value);
    } else {
      value = getElement(w, inst.list.data(), type, i);
      std::memcpy(t.bytes, &value, bytes);
    }
  }
}

} // namespace

void execWmmaLoad(Warp &w, const Inst &inst, uint32_t) {
  access(w, inst, true);
}
void execWmmaStore(Warp &w, const Inst &inst, uint32_t) {
  access(w, inst, false);
}

void execWmmaMma(Warp &w, const Inst &inst, uint32_t) {
  Extents e{};
  extents(shapeNames[inst.mode[0]], e);
  T dType = T(inst.mode[1]), aType = T(inst.mode[2]), cType = T(inst.mode[4]);
  const uint32_t *a = inst.list.data();
  const uint32_t *b = a + fragmentRegisters(e, 'a', aType);
  const uint32_t *c = b + fragmentRegisters(e, 'b', aType);
  const uint32_t *d = c + fragmentRegisters(e, 'c', cType);
  std::vector<uint32_t> results(size_t(e.m * e.n));
  if (aType == T::S8 || aType == T::U8) {
    auto value = [&](uint32_t bits) {
      return aType == T::S8 ? int64_t(int8_t(bits)) : int64_t(uint8_t(bits));
    };
    for (int i = 0; i < e.m; ++i)
      for (int j = 0; j < e.n; ++j) {
        int64_t sum = int32_t(getElement(w, c, cType, i * e.n + j));
        for (int k = 0; k < e.k; ++k)
          sum += value(getElement(w, a, aType, i * e.k + k)) *
                 value(getElement(w, b, aType, k * e.n + j));
        if (inst.mode[3])
          sum = std::max<int64_t>(INT32_MIN, std::min<int64_t>(INT32_MAX, sum));
        results[size_t(i * e.n + j)] = uint32_t(uint64_t(sum));
      }
  } else {
    std::vector<float> am(size_t(e.m * e.k)), bm(size_t(e.k * e.n)),
        acc(size_t(e.m * e.n));
    for (int i = 0; i < e.m * e.k; ++i)
      am[size_t(i)] = smallToFloat(aType, getElement(w, a, aType, i));
    for (int i = 0; i < e.k * e.n; ++i)
      bm[size_t(i)] = smallToFloat(aType, getElement(w, b, aType, i));
    for (int i = 0; i < e.m * e.n; ++i)
      acc[size_t(i)] = smallToFloat(cType, getElement(w, c, cType, i));
    laneTable().multiplyTile(acc.data(), am.data(), bm.data(), e.m, e.n, e.k);
    for (size_t i = 0; i < acc.size(); ++i) {
      if (dType == T::F32) {
        std::memcpy(&results[i], &acc[i], 4);
      } else {
        uint16_t h;
        laneTable().narrowF16(&h, &acc[i], 1);
        results[i] = h;
      }
    }
  }
  for (int i = 0; i < e.m * e.n; ++i)
    setElement(w, d, dType, i, results[size_t(i)]);
  countTensor(uint64_t(2) * uint64_t(e.m) * uint64_t(e.n) * uint64_t(e.k));
}

} // namespace ptxemu
