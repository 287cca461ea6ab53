//===- WarpOps.cpp - Shuffles, votes and matrix moves ---------------------===//
#include "Exec/Machine.h"

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

void execShfl(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t result[32], inRange = 0;
  const uint32_t *a = w.reg<uint32_t>(inst.a), *b = w.reg<uint32_t>(inst.b),
                 *c = w.reg<uint32_t>(inst.c);
  forLanes(mask, [&](int l) {
    int shift = int(b[l] & 31), clamp = int(c[l] & 31);
    int segment = int(c[l] >> 8 & 31);
    int most = (l & segment) | (clamp & ~segment), least = l & segment, j;
    bool ok;
    switch (inst.mode[0]) {
    case 0: // up
      j = l - shift;
      ok = j >= most;
      break;
    case 1: // down
      j = l + shift;
      ok = j <= most;
      break;
    case 2: // bfly
      j = l ^ shift;
      ok = j <= most;
      break;
    default: // idx
      j = least | (shift & ~segment);
      ok = j <= most;
    }
    if (!ok)
      j = l;
    if (!(mask >> j & 1))
      report(w, &inst, l, ReportKind::Divergence, uint64_t(j),
             "shuffle reads lane " + std::to_string(j) +
                 ", which does not take part");
    result[l] = a[j];
    inRange |= uint32_t(ok) << l;
  });
  forLanes(mask, [&](int l) { w.reg<uint32_t>(inst.d)[l] = result[l]; });
  setPredicate(w, inst.list[0], inRange, mask);
}

void execVote(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t p = *w.reg<uint32_t>(inst.a);
  if (inst.mode[1])
    p = ~p;
  p &= mask;
  bool all = p == mask, any = p != 0;
  switch (inst.mode[0]) {
  case 0:
    setPredicate(w, inst.d, all ? ~0u : 0, mask);
    break;
  case 1:
    setPredicate(w, inst.d, any ? ~0u : 0, mask);
    break;
  case 2:
    setPredicate(w, inst.d, all || !any ? ~0u : 0, mask);
    break;
  default:
    forLanes(mask, [&](int l) { w.reg<uint32_t>(inst.d)[l] = p; });
  }
}

void execMatch(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t equal[32];
  bool all = true;
  forLanes(mask, [&](int l) {
    equal[l] = 0;
    forLanes(mask, [&](int k) {
      if (w.value(inst.a, inst.mode[1], k) == w.value(inst.a, inst.mode[1], l))
        equal[l] |= 1u << k;
    });
    all &= equal[l] == mask;
  });
  forLanes(mask, [&](int l) {
    w.reg<uint32_t>(inst.d)[l] = inst.mode[0] ? (all ? mask : 0) : equal[l];
  });
  setPredicate(w, inst.list[0], all ? ~0u : 0, mask);
}

void execRedux(Warp &w, const Inst &inst, uint32_t mask) {
  const uint32_t *a = w.reg<uint32_t>(inst.a);
  bool isSigned = inst.mode[1], first = true;
  uint32_t r = 0;
  forLanes(mask, [&](int l) {
    uint32_t v = a[l];
    bool less = isSigned ? int32_t(v) < int32_t(r) : v < r;
    if (first)
      r = v;
    else if (inst.mode[0] == 0)
      r += v;
    else if (inst.mode[0] == 1)
      r = less ? v : r;
    else if (inst.mode[0] == 2)
      r = less ? r : v;
    else if (inst.mode[0] == 3)
      r &= v;
    else if (inst.mode[0] == 4)
      r |= v;
    else
      r ^= v;
    first = false;
  });
  forLanes(mask, [&](int l) { w.reg<uint32_t>(inst.d)[l] = r; });
}

void execElect(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t leader = uint32_t(__builtin_ctz(mask));
  forLanes(mask, [&](int l) { w.reg<uint32_t>(inst.d)[l] = leader; });
  setPredicate(w, inst.list[0], 1u << leader, mask);
}

void execActiveMask(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) { w.reg<uint32_t>(inst.d)[l] = mask; });
}

/// bar.warp.sync orders the memory accesses of the warp's lanes.
void execWarpSync(Warp &w, const Inst &, uint32_t) {
  if (w.launch->config->sanitize)
    w.clock.tick();
}

void execFence(Warp &w, const Inst &inst, uint32_t) {
  switch (inst.mode[0]) {
  case fenceProxyAsync:
    proxyFence(w);
    [[fallthrough]];
  case fenceMbarrierInit:
    for (const std::unique_ptr<Cta> &c : w.cta->cluster->ctas)
      for (auto &[offset, bar] : c->mbarriers)
        if (bar.initialiser.agent() == w.clock.self ||
            bar.initialiser.clock() <=
                w.clock.clock.at(bar.initialiser.agent()))
          bar.fenced = true;
    break;
  case fenceGlobal:
    if (w.launch->globalShadow)
      w.launch->globalShadow->fence(*w.cta);
    [[fallthrough]];
  case fenceMemory:
    memoryFence(w);
    break;
  default:
    break;
  }
}

void execClusterArrive(Warp &w, const Inst &inst, uint32_t mask) {
  Cluster &cluster = *w.cta->cluster;
  uint32_t &lanes = cluster.clusterArrived[w.cta->rank][size_t(w.index)];
  if (lanes & mask)
    report(w, &inst, __builtin_ctz(lanes & mask), ReportKind::BarrierMisuse, 0,
           "barrier.cluster.arrive twice without a wait");
  lanes |= mask;
  if (!inst.mode[0])
    warpRelease(w, cluster.clusterClock);
  ++w.cta->events;
  if (Counters *s = counted.current)
    ++s->barriers;
  cluster.checkClusterBarrier();
}

//===- Matrices of 8 x 8 16-bit elements ----------------------------------===//

namespace {

/// Rows of the `count` matrices, where the lanes' addresses point.
bool matrixRows(Warp &w, const Inst &inst, bool write, uint8_t *rows[32]) {
  uint32_t offsets[32], mask = 0;
  for (int i = 0; i < inst.vec * 8; ++i) {
    uint64_t a = laneAddress(w, inst.a, inst.offset, inst.mode[0], i);
    offsets[i] = uint32_t(a) & 0xffffff;
    mask |= 1u << i;
    Target t = resolve(w, inst, i, inst.space, a, 16, 16,
                       write ? AccessKind::Write : AccessKind::Read);
    if (t.bytes && !t.cta) {
      report(w, &inst, i, ReportKind::InvalidOperation, a,
             "matrix rows must be in shared memory");
      t.bytes = nullptr;
    }
    rows[i] = t.bytes;
  }
  if (Counters *s = counted.current) {
    uint64_t requests = s->sharedRequests;
    for (int k = 0; k < inst.vec; ++k)
      countSharedWavefronts(offsets, mask & (0xffu << (8 * k)), 16);
    s->sharedRequests = requests + 1;
  }
  return true;
}

} // namespace

void execLdmatrix(Warp &w, const Inst &inst, uint32_t mask) {
  uint8_t *rows[32];
  matrixRows(w, inst, false, rows);
  for (int k = 0; k < inst.vec; ++k) {
    uint16_t m[8][8] = {};
    for (int r = 0; r < 8; ++r)
      if (rows[k * 8 + r])
        std::memcpy(m[r], rows[k * 8 + r], 16);
    uint32_t *d = w.reg<uint32_t>(inst.list[size_t(k)]);
    forLanes(mask, [&](int l) {
      int g = l >> 2, t = 2 * (l & 3);
      d[l] = inst.mode[1] ? m[t][g] | uint32_t(m[t + 1][g]) << 16
                          : m[g][t] | uint32_t(m[g][t + 1]) << 16;
    });
  }
}

void execStmatrix(Warp &w, const Inst &inst, uint32_t) {
  uint8_t *rows[32];
  matrixRows(w, inst, true, rows);
  for (int k = 0; k < inst.vec; ++k) {
    const uint32_t *s = w.reg<uint32_t>(inst.list[size_t(k)]);
    uint16_t m[8][8];
    for (int l = 0; l < 32; ++l) {
      int g = l >> 2, t = 2 * (l & 3);
      (inst.mode[1] ? m[t][g] : m[g][t]) = uint16_t(s[l]);
      (inst.mode[1] ? m[t + 1][g] : m[g][t + 1]) = uint16_t(s[l] >> 16);
    }
    for (int r = 0; r < 8; ++r)
      if (rows[k * 8 + r])
        std::memcpy(rows[k * 8 + r], m[r], 16);
  }
}

void execMovmatrix(Warp &w, const Inst &inst, uint32_t mask) {
  uint16_t m[8][8];
  const uint32_t *s = w.reg<uint32_t>(inst.a);
  for (int l = 0; l < 32; ++l) {
    m[l >> 2][2 * (l & 3)] = uint16_t(s[l]);
    m[l >> 2][2 * (l & 3) + 1] = uint16_t(s[l] >> 16);
  }
  forLanes(mask, [&](int l) {
    int g = l >> 2, t = 2 * (l & 3);
    w.reg<uint32_t>(inst.d)[l] = m[t][g] | uint32_t(m[t + 1][g]) << 16;
  });
}

} // namespace ptxemu
