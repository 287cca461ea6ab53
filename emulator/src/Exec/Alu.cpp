//===- Alu.cpp - Arithmetic that is not one lane function -----------------===//
#include "Exec/Machine.h"
#include "Exec/SmallFloat.h"

#include <cstring>

namespace ptxemu {
namespace {

template <typename F> void forLanes(uint32_t mask, F f) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      f(l);
}

void setPredicate(Warp &w, uint32_t at, uint32_t value, uint32_t mask) {
  uint32_t *p = w.reg<uint32_t>(at);
  *p = (*p & ~mask) | (value & mask);
}

} // namespace

void execNop(Warp &, const Inst &, uint32_t) {}

void execPredicateLogic(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t a = *w.reg<uint32_t>(inst.a), b = *w.reg<uint32_t>(inst.b);
  uint32_t r = inst.mode[0] == 0   ? a & b
               : inst.mode[0] == 1 ? a | b
               : inst.mode[0] == 2 ? a ^ b
               : inst.mode[0] == 3 ? ~a
                                   : a;
  setPredicate(w, inst.d, r, mask);
}

void execSetpCombined(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t compared = 0, high = 0;
  inst.lane(reinterpret_cast<uint8_t *>(&compared), w.regs + inst.a,
            w.regs + inst.b, nullptr, mask, 0);
  high = ~compared;
  if (inst.lane2)
    inst.lane2(reinterpret_cast<uint8_t *>(&high), w.regs + inst.a,
               w.regs + inst.b, nullptr, mask, 0);
  uint32_t c = *w.reg<uint32_t>(inst.c);
  if (inst.mode[1])
    c = ~c;
  auto combine = [&](uint32_t v) {
    return inst.mode[0] == 0   ? v & c
           : inst.mode[0] == 1 ? v | c
           : inst.mode[0] == 2 ? v ^ c
                               : v;
  };
  setPredicate(w, inst.d, combine(compared), mask);
  setPredicate(w, inst.list[0], combine(high), mask);
}

void execSet(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t low = 0, high = 0;
  inst.lane(reinterpret_cast<uint8_t *>(&low), w.regs + inst.a, w.regs + inst.b,
            nullptr, mask, 0);
  if (inst.lane2)
    inst.lane2(reinterpret_cast<uint8_t *>(&high), w.regs + inst.a,
               w.regs + inst.b, nullptr, mask, 0);
  forLanes(mask, [&](int l) {
    uint32_t v = low >> l & 1 ? inst.imm : 0;
    if (inst.lane2)
      v |= high >> l & 1 ? inst.imm << 16 : 0;
    w.reg<uint32_t>(inst.d)[l] = v;
  });
}

namespace {
template <typename T>
void bitFieldInsert(Warp &w, const Inst &inst, uint32_t mask) {
  constexpr uint32_t bits = sizeof(T) * 8;
  forLanes(mask, [&](int l) {
    T x = w.reg<T>(inst.a)[l], y = w.reg<T>(inst.b)[l];
    uint32_t pos = w.reg<uint32_t>(inst.c)[l] & 0xff;
    uint32_t len = w.reg<uint32_t>(inst.list[0])[l] & 0xff;
    T r = y;
    if (pos < bits && len) {
      T field = (len >= bits ? ~T(0) : T((T(1) << len) - 1)) << pos;
      r = T((y & ~field) | ((x << pos) & field));
    }
    w.reg<T>(inst.d)[l] = r;
  });
}

/// add/sub/mad with carry in (mode 1) and carry out (mode 2).
template <typename T, typename Wide>
void withCarry(Warp &w, const Inst &inst, uint32_t mask) {
  constexpr int bits = sizeof(T) * 8;
  uint32_t carries = *w.reg<uint32_t>(inst.list[0]), out = carries;
  forLanes(mask, [&](int l) {
    T a = w.reg<T>(inst.a)[l], b = w.reg<T>(inst.b)[l], first, second;
    if (inst.mode[0] >= 2) {
      Wide product = Wide(a) * b;
      first = inst.mode[0] == 2 ? T(product) : T(product >> bits);
      if (inst.mode[0] == 3 && inst.mode[3]) {
        // Signed high half from the unsigned one.
        first -= (a >> (bits - 1) ? b : 0) + (b >> (bits - 1) ? a : 0);
      }
      second = w.reg<T>(inst.c)[l];
    } else {
      first = a;
      second = b;
    }
    bool in = inst.mode[1] && (carries >> l & 1);
    Wide sum;
    bool carry;
    if (inst.mode[0] == 1) { // the flag holds the borrow
      sum = Wide(first) - second - in;
      carry = Wide(second) + in > Wide(first);
    } else {
      sum = Wide(first) + second + in;
      carry = sum >> bits & 1;
    }
    w.reg<T>(inst.d)[l] = T(sum);
    if (inst.mode[2])
      out = (out & ~(1u << l)) | uint32_t(carry) << l;
  });
  *w.reg<uint32_t>(inst.list[0]) = out;
}
} // namespace

void execBfi32(Warp &w, const Inst &inst, uint32_t mask) {
  bitFieldInsert<uint32_t>(w, inst, mask);
}
void execBfi64(Warp &w, const Inst &inst, uint32_t mask) {
  bitFieldInsert<uint64_t>(w, inst, mask);
}
void execCarry32(Warp &w, const Inst &inst, uint32_t mask) {
  withCarry<uint32_t, uint64_t>(w, inst, mask);
}
void execCarry64(Warp &w, const Inst &inst, uint32_t mask) {
  withCarry<uint64_t, unsigned __int128>(w, inst, mask);
}

//===- Moves --------------------------------------------------------------===//

void execPack(Warp &w, const Inst &inst, uint32_t mask) {
  unsigned bits = inst.bytes * 8u;
  uint64_t part = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  forLanes(mask, [&](int l) {
    uint64_t v = 0;
    for (size_t i = 0; i < inst.list.size(); ++i)
      v |= (w.value(inst.list[i], inst.listBytes[i] == 8, l) & part)
           << (bits * i);
    if (inst.mode[0])
      w.reg<uint64_t>(inst.d)[l] = v;
    else
      w.reg<uint32_t>(inst.d)[l] = uint32_t(v);
  });
}

void execUnpack(Warp &w, const Inst &inst, uint32_t mask) {
  unsigned bits = inst.bytes * 8u;
  uint64_t part = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  forLanes(mask, [&](int l) {
    uint64_t v = w.value(inst.a, inst.mode[0], l);
    for (size_t i = 0; i < inst.list.size(); ++i) {
      uint64_t field = (v >> (bits * i)) & part;
      if (inst.listBytes[i] == 8)
        w.reg<uint64_t>(inst.list[i])[l] = field;
      else
        w.reg<uint32_t>(inst.list[i])[l] = uint32_t(field);
    }
  });
}

void execFrameAddress(Warp &w, const Inst &inst, uint32_t mask) {
  uint64_t address =
      w.frames[w.stack.back().frame].localBase + uint64_t(inst.offset);
  forLanes(mask, [&](int l) {
    if (inst.mode[0])
      w.reg<uint64_t>(inst.d)[l] = address;
    else
      w.reg<uint32_t>(inst.d)[l] = uint32_t(address);
  });
}

/// The clock counts the warp's instructions: time is not modelled.
void execClock(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    if (inst.mode[0])
      w.reg<uint64_t>(inst.d)[l] = w.instructions;
    else
      w.reg<uint32_t>(inst.d)[l] = uint32_t(w.instructions);
  });
}

//===- Conversions --------------------------------------------------------===//

void execConvert(Warp &w, const Inst &inst, uint32_t mask) {
  Format to = Format(inst.imm & 0xff), from = Format(inst.imm >> 8 & 0xff);
  Rounding rounding = Rounding(inst.imm >> 16 & 0xff);
  unsigned fromBits = formatBits(from), toBits = formatBits(to);
  uint64_t fromMask =
      fromBits == 64 ? ~uint64_t(0) : (uint64_t(1) << fromBits) - 1;
  forLanes(mask, [&](int l) {
    uint64_t a = w.value(inst.a, inst.mode[2], l), r;
    if (inst.mode[0]) { // two values; the first source is the upper half
      uint64_t high, low;
      if (inst.mode[1]) {
        high = a >> fromBits & fromMask;
        low = a & fromMask;
      } else {
        high = a;
        low = w.reg<uint32_t>(inst.b)[l];
      }
      high = convert(to, from, high, rounding, inst.imm2);
      low = convert(to, from, low, rounding, inst.imm2);
      r = high << toBits | low;
    } else {
      r = convert(to, from, a & fromMask, rounding, inst.imm2);
      bool isSigned =
          to == Format::S8 || to == Format::S16 || to == Format::S32;
      if (isSigned && r >> (toBits - 1) & 1)
        r |= ~uint64_t(0) << toBits;
    }
    if (inst.mode[3] || inst.mode[4])
      w.reg<uint64_t>(inst.d)[l] = r;
    else
      w.reg<uint32_t>(inst.d)[l] = uint32_t(r);
  });
}

void execCvta(Warp &w, const Inst &inst, uint32_t mask) {
  uint64_t window = inst.space == Space::Shared  ? sharedWindow
                    : inst.space == Space::Local ? localWindow
                    : inst.space == Space::Param ? paramWindow
                                                 : 0;
  uint64_t base = inst.mode[2] ? w.frames[w.stack.back().frame].localBase : 0;
  forLanes(mask, [&](int l) {
    uint64_t a = w.reg<uint64_t>(inst.a)[l] + base;
    if (!inst.mode[0])
      a += window;
    else if (window)
      a -= window;
    w.reg<uint64_t>(inst.d)[l] = a;
  });
}

void execIsSpace(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t r = 0;
  forLanes(mask, [&](int l) {
    uint64_t a = w.reg<uint64_t>(inst.a)[l], window = a >> windowShift;
    bool is = false;
    if (inst.space == Space::Shared) {
      uint32_t offset;
      is = window == 1 && (inst.cluster || sharedOwner(w, a, offset) == w.cta);
    } else if (inst.space == Space::Local) {
      is = window == 2;
    } else if (inst.space == Space::Param) {
      is = window == 3;
    } else {
      is = window == 0;
    }
    r |= uint32_t(is) << l;
  });
  setPredicate(w, inst.d, r, mask);
}

/// Shared address of the same variable in another CTA of the cluster.
void execMapa(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t a = w.value(inst.a, inst.mode[0], l);
    uint32_t rank = w.reg<uint32_t>(inst.b)[l];
    if (rank >= w.cta->cluster->ctas.size())
      report(w, &inst, l, ReportKind::OutOfBounds, rank,
             "mapa to rank " + std::to_string(rank) + " of a cluster of " +
                 std::to_string(w.cta->cluster->ctas.size()));
    uint64_t offset = a & ((1u << clusterRankShift) - 1);
    uint64_t r = offset | uint64_t(rank + 1) << clusterRankShift;
    if (inst.mode[1])
      r |= sharedWindow;
    if (inst.mode[0])
      w.reg<uint64_t>(inst.d)[l] = r;
    else
      w.reg<uint32_t>(inst.d)[l] = uint32_t(r);
  });
}

void execGetCtaRank(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t a = w.value(inst.a, inst.mode[0], l);
    uint32_t rank = uint32_t(a) >> clusterRankShift;
    w.reg<uint32_t>(inst.d)[l] = rank ? rank - 1 : w.cta->rank;
  });
}

//===- The end ------------------------------------------------------------===//

void execTrap(Warp &w, const Inst &inst, uint32_t mask) {
  report(w, &inst, __builtin_ctz(mask), ReportKind::Trap, 0, "trap");
  w.launch->stop = true;
}

void execAssert(Warp &w, const Inst &inst, uint32_t mask) {
  report(w, &inst, __builtin_ctz(mask), ReportKind::Trap, 0,
         "a device assertion failed");
  w.launch->stop = true;
}

void execNanosleep(Warp &w, const Inst &, uint32_t) {
  w.yield = true;
  w.sleeping = true;
}

} // namespace ptxemu
