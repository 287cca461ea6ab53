//===- Wgmma.cpp - Warpgroup matrix multiply ------------------------------===//
//
// Each of the four warps of a warpgroup computes its own 16 rows: B and the
// rows of A are read from shared memory through 64-bit descriptors (PTX ISA,
// "Matrix Descriptor"). In units of 16 bytes T, with s the swizzle's width / 16
// (1 without), element (row, chunk) of a K-major operand lies at
//   ((8, rows/8), chunks) : ((s, stride), 1)      without swizzle: (1, stride),
//                                                  chunks at the leading offset
// and of an MN-major one, 8 elements along MN to a T,
//   ((T, s, blocks), (8, k/8)) : ((1, T, leading), (sT, stride))
//                                 without swizzle the two offsets change roles.
// The swizzle then XORs bits of the address.
//
//===----------------------------------------------------------------------===//
#include "Exec/Machine.h"
#include "Exec/Matrix.h"
#include "Exec/Tensor.h"

#include <algorithm>
#include <cstring>

namespace ptxemu {
namespace {

using T = MatrixType;

struct Descriptor {
  uint32_t start, leading, stride;
  unsigned swizzleBits; ///< 0 none, 1, 2, 3 for 32, 64, 128 bytes

  explicit Descriptor(uint64_t bits) {
    start = uint32_t(bits & 0x3fff) << 4;
    leading = uint32_t(bits >> 16 & 0x3fff) << 4;
    stride = uint32_t(bits >> 32 & 0x3fff) << 4;
    unsigned mode = bits >> 62;
    swizzleBits = mode == 0 ? 0 : 4 - mode; // 1: 128, 2: 64, 3: 32 bytes
  }

  uint32_t address(uint32_t mn, uint32_t k, unsigned element,
                   bool mnMajor) const {
    uint32_t width = 16u << swizzleBits, at;
    if (!mnMajor) {
      uint32_t byte = k * element, chunk = byte / 16;
      at = mn / 8 * stride + mn % 8 * width + byte % 16 +
           chunk * (swizzleBits ? 16 : leading);
    } else {
      uint32_t block = mn / 8, span = width / 16;
      at = mn % 8 * element + k % 8 * width;
      if (swizzleBits)
        at += block % span * 16 + block / span * leading + k / 8 * stride;
      else
        at += block * stride + k / 8 * leading;
    }
    return swizzleOffset(start + at, swizzleBits);
  }
};

unsigned elementBytes(T type) {
  return type == T::F16 || type == T::BF16 ? 2 : type == T::TF32 ? 4 : 1;
}

/// Rows [first, first + rows) of an operand as out[row][k] (or [k][row]).
template <typename V, typename Get>
void gather(Warp &w, const Descriptor &d, T type, bool mnMajor, uint32_t first,
            uint32_t rows, uint32_t k, bool transposed, V *out, Get get) {
  unsigned element = elementBytes(type);
  const std::vector<uint8_t> &shared = w.cta->shared;
  for (uint32_t r = 0; r < rows; ++r)
    for (uint32_t c = 0; c < k; ++c) {
      uint32_t at = d.address(first + r, c, element, mnMajor);
      uint32_t bits = 0;
      if (at >= sharedBase && at + element <= w.cta->sharedEnd)
        std::memcpy(&bits, shared.data() + at, element);
      out[transposed ? c * rows + r : r * k + c] = get(bits);
    }
}

/// Bounds and sanitizer checks of an operand, in pieces of 16 bytes.
void checkOperand(Warp &w, const Inst &inst, const Descriptor &d, T type,
                  bool mnMajor, uint32_t first, uint32_t rows, uint32_t k,
                  int op) {
  unsigned element = elementBytes(type);
  uint32_t perChunk = 16 / element;
  uint32_t outer = mnMajor ? k : rows, inner = mnMajor ? rows : k;
  for (uint32_t o = 0; o < outer; ++o)
    for (uint32_t i = 0; i < inner; i += perChunk) {
      uint32_t at = mnMajor ? d.address(first + i, o, element, true)
                            : d.address(first + o, i, element, false);
      if (at < sharedBase || at + 16 > w.cta->sharedEnd) {
        report(w, &inst, -1, ReportKind::OutOfBounds, at,
               "wgmma operand at shared address " + hex(at) + " of " +
                   hex(w.cta->sharedEnd));
        return;
      }
      if (w.cta->shadow)
        w.cta->shadow->asyncRead(w, inst, 0, at, 16, op);
    }
}

float decode(T type, uint32_t bits) { return smallToFloat(type, bits); }

void computeFloat(Warp &w, const Warp::WgmmaPending &p) {
  const Inst &inst = *p.inst;
  uint32_t n = inst.imm & 0xffff, k = inst.imm >> 16;
  T dType = T(inst.mode[0]), aType = T(inst.mode[1]), bType = T(inst.mode[2]);
  uint32_t row0 = uint32_t(w.index % 4) * 16;
  std::vector<float> a(16 * k), b(size_t(k) * n), acc(size_t(16) * n, 0.0f);
  size_t results = inst.list.size() - (inst.mode[4] ? 4 : 0);
  if (inst.mode[4])
    loadA(w, inst.list.data() + results, 4, aType, int(k), a.data());
  else
    gather(w, Descriptor(p.a), aType, inst.imm2 >> 2 & 1, row0, 16, k, false,
           a.data(), [&](uint32_t v) { return decode(aType, v); });
  if (bType == T::F16) {
    // The common case: gather bits, widen them together.
    std::vector<uint16_t> raw(size_t(k) * n);
    gather(w, Descriptor(p.b), bType, inst.imm2 >> 3 & 1, 0, n, k, true,
           raw.data(), [](uint32_t v) { return uint16_t(v); });
    laneTable().widenF16(b.data(), raw.data(), int(raw.size()));
  } else {
    gather(w, Descriptor(p.b), bType, inst.imm2 >> 3 & 1, 0, n, k, true,
           b.data(), [&](uint32_t v) { return decode(bType, v); });
  }
  if ((inst.imm2 & 1) != (inst.imm2 >> 1 & 1))
    for (float &x : a)
      x = -x;
  if (p.accumulate)
    loadAccumulator(w, inst.list.data(), dType, int(n), acc.data());
  laneTable().multiplyTile(acc.data(), a.data(), b.data(), 16, int(n), int(k));
  storeAccumulator(w, inst.list.data(), dType, int(n), acc.data());
}

void computeInteger(Warp &w, const Warp::WgmmaPending &p) {
  const Inst &inst = *p.inst;
  uint32_t n = inst.imm & 0xffff, k = inst.imm >> 16;
  T aType = T(inst.mode[1]), bType = T(inst.mode[2]);
  std::vector<int32_t> a(16 * k), b(size_t(k) * n);
  auto value = [](T type, uint32_t v) {
    return type == T::S8 ? int32_t(int8_t(v)) : int32_t(uint8_t(v));
  };
  if (inst.mode[4]) {
    size_t results = inst.list.size() - 4;
    for (size_t i = 0; i < 4; ++i) {
      const uint32_t *reg = w.reg<uint32_t>(inst.list[results + i]);
      for (uint32_t l = 0; l < 32; ++l)
        for (uint32_t e = 0; e < 4; ++e)
          a[((l >> 2) + 8 * (i & 1)) * k + 16 * (i >> 1) + (l & 3) * 4 + e] =
              value(aType, reg[l] >> (8 * e));
    }
  } else {
    gather(w, Descriptor(p.a), aType, false, uint32_t(w.index % 4) * 16, 16, k,
           false, a.data(), [&](uint32_t v) { return value(aType, v); });
  }
  gather(w, Descriptor(p.b), bType, false, 0, n, k, true, b.data(),
         [&](uint32_t v) { return value(bType, v); });
  for (uint32_t l = 0; l < 32; ++l)
    for (uint32_t r = 0; r < n / 2; ++r) {
      uint32_t row = (l >> 2) + 8 * (r >> 1 & 1);
      uint32_t col = r / 4 * 8 + 2 * (l & 3) + (r & 1);
      int32_t &d = w.reg<int32_t>(inst.list[r])[l];
      int64_t sum = p.accumulate ? d : 0;
      for (uint32_t i = 0; i < k; ++i)
        sum += int64_t(a[row * k + i]) * b[i * n + col];
      if (inst.mode[3])
        sum = std::max<int64_t>(INT32_MIN, std::min<int64_t>(INT32_MAX, sum));
      d = int32_t(uint32_t(uint64_t(sum)));
    }
}

void compute(Warp &w, const Warp::WgmmaPending &p) {
  uint8_t *saved = w.regs;
  w.regs = p.regs;
  if (T(p.inst->mode[0]) == T::S32)
    computeInteger(w, p);
  else
    computeFloat(w, p);
  w.regs = saved;
}

} // namespace

void execWgmma(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t n = inst.imm & 0xffff, k = inst.imm >> 16;
  if (w.cta->warps.size() % 4 &&
      size_t(w.index / 4 * 4 + 4) > w.cta->warps.size())
    report(w, &inst, -1, ReportKind::Divergence, 0,
           "wgmma needs a whole warpgroup of four warps");
  // A register of the accumulator or of A changed since wgmma.fence?
  for (uint32_t r : inst.wgmmaReads)
    if (!w.wgmmaFenced || w.wgmmaWritten.count(r)) {
      report(w, &inst, -1, ReportKind::MissingWait, 0,
             w.wgmmaFenced
                 ? "a register of this wgmma was written after the last "
                   "wgmma.fence"
                 : "the first wgmma needs a wgmma.fence before it");
      break;
    }
  int first = __builtin_ctz(mask);
  Warp::WgmmaPending p;
  p.inst = &inst;
  p.regs = w.regs;
  p.a = inst.mode[4] ? 0 : w.reg<uint64_t>(inst.a)[first];
  p.b = w.reg<uint64_t>(inst.b)[first];
  bool scale = *w.reg<uint32_t>(inst.c) >> first & 1;
  p.accumulate = scale != bool(inst.mode[5]);
  p.op = -1;
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  if (san)
    p.op = san->begin(AsyncOp::Wgmma, inst.source);
  if (!inst.mode[4])
    checkOperand(w, inst, Descriptor(p.a), T(inst.mode[1]), inst.imm2 >> 2 & 1,
                 uint32_t(w.index % 4) * 16, 16, k, p.op);
  checkOperand(w, inst, Descriptor(p.b), T(inst.mode[2]), inst.imm2 >> 3 & 1, 0,
               n, k, p.op);
  if (san)
    w.clock.tick();
  const LaunchConfig &config = *w.launch->config;
  bool now = config.async == AsyncMode::Eager ||
             (config.async == AsyncMode::Random && w.wgmmaOpen.empty() &&
              w.wgmmaGroups.empty() && w.cta->cluster->random() % 2);
  if (now) {
    compute(w, p);
    p.done = true;
  }
  w.wgmmaOpen.push_back(p);
  if (counted.current)
    countTensor(uint64_t(2) * 16 * n * k);
}

void execWgmmaFence(Warp &w, const Inst &, uint32_t) {
  w.wgmmaFenced = true;
  w.wgmmaWritten.clear();
}

void execWgmmaCommit(Warp &w, const Inst &, uint32_t) {
  w.wgmmaGroups.push_back(std::move(w.wgmmaOpen));
  w.wgmmaOpen.clear();
}

void execWgmmaWait(Warp &w, const Inst &inst, uint32_t) {
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  while (w.wgmmaGroups.size() > inst.imm) {
    for (const Warp::WgmmaPending &p : w.wgmmaGroups.front()) {
      if (!p.done)
        compute(w, p);
      if (san)
        san->finish(p.op, WarpTag::make(w.clock.now(), w.clock.self, 0,
                                        WarpTag::Generic));
    }
    w.wgmmaGroups.erase(w.wgmmaGroups.begin());
  }
  if (san)
    w.clock.tick();
  ++w.cta->events;
}

} // namespace ptxemu
