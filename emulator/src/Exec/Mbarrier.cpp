//===- Mbarrier.cpp - Barriers in shared memory ---------------------------===//
//
// The state of an mbarrier is kept beside shared memory, keyed by its address:
// its 64 bits are opaque to programs. A phase ends when no arrival and no
// transaction byte is outstanding. A state token is the number of its phase,
// with the arrivals that were outstanding in the upper bits.
//
//===----------------------------------------------------------------------===//
#include "Exec/Machine.h"

namespace ptxemu {
namespace {

constexpr uint32_t maxCount = (1u << 20) - 1;
constexpr uint32_t maxAgents = 4000;
constexpr unsigned tokenPhaseBits = 40;
constexpr uint64_t tokenPhaseMask = (uint64_t(1) << tokenPhaseBits) - 1;

template <typename F> void forLanes(uint32_t mask, F f) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      f(l);
}

/// The initialisation must be ordered before any other use.
void checkInitialised(Warp &w, const Inst &inst, int lane, uint64_t address,
                      const Mbarrier &bar) {
  if (!w.launch->config->sanitize)
    return;
  WarpTag t = bar.initialiser;
  bool ordered = t.agent() == w.clock.self
                     ? int(t.lane()) == lane || t.clock() < w.clock.now()
                     : t.clock() <= w.clock.clock.at(t.agent());
  if (!ordered)
    report(w, &inst, lane, ReportKind::SharedRace, address,
           "mbarrier used without synchronisation after its initialisation at "
           "line " +
               std::to_string(bar.line));
}

} // namespace

Mbarrier *findMbarrier(Warp &w, const Inst &inst, int lane, uint64_t address,
                       Cta **owner) {
  uint32_t offset;
  Cta *cta = sharedOwner(w, address, offset);
  if (owner)
    *owner = cta;
  if (!cta || offset % 8 || offset < sharedBase ||
      offset + 8 > cta->sharedEnd) {
    report(w, &inst, lane,
           offset % 8 ? ReportKind::Misaligned : ReportKind::OutOfBounds,
           address, "an mbarrier takes 8 aligned bytes of shared memory");
    return nullptr;
  }
  auto it = cta->mbarriers.find(offset);
  if (it == cta->mbarriers.end()) {
    report(w, &inst, lane, ReportKind::Uninitialised, address,
           "mbarrier at " + hex(address) + " was not initialised");
    return nullptr;
  }
  checkInitialised(w, inst, lane, address, it->second);
  return &it->second;
}

void mbarrierCheckPhase(Cta &cta, Mbarrier &bar) {
  if (bar.pending || bar.tx)
    return;
  ++bar.phase;
  bar.expected = bar.nextExpected;
  bar.pending = bar.expected;
  bar.done = bar.current;
  if (bar.agent >= 0)
    bar.done.raise(uint32_t(bar.agent), bar.phase);
  bar.current.clear();
  ++cta.events;
}

void mbarrierComplete(Cta &cta, Mbarrier &bar, int64_t bytes) {
  bar.tx -= bytes;
  ++cta.events;
  mbarrierCheckPhase(cta, bar);
}

void execMbarrierInit(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    if (address >> windowShift == 1)
      address = uint32_t(address);
    uint32_t offset, count = w.reg<uint32_t>(inst.b)[l];
    Cta *cta = sharedOwner(w, address, offset);
    if (cta != w.cta || offset % 8 || offset < sharedBase ||
        offset + 8 > cta->sharedEnd) {
      report(w, &inst, l,
             offset % 8 ? ReportKind::Misaligned : ReportKind::OutOfBounds,
             address, "an mbarrier takes 8 aligned bytes of shared memory");
      return;
    }
    if (count == 0 || count > maxCount) {
      report(w, &inst, l, ReportKind::BarrierMisuse, address,
             "the count of an mbarrier is from 1 to " +
                 std::to_string(maxCount));
      return;
    }
    Mbarrier bar;
    auto old = cta->mbarriers.find(offset);
    if (old != cta->mbarriers.end()) {
      // A later life keeps the agent; phases go on so that clocks only grow.
      bar.agent = old->second.agent;
      bar.phase = (old->second.phase + 2) & ~1u;
    } else if (cta->cluster->agents < maxAgents) {
      bar.agent = int(cta->cluster->agents++);
    }
    bar.expected = bar.pending = bar.nextExpected = count;
    bar.line = inst.source ? inst.source->line : 0;
    bar.initialiser = WarpTag::make(w.clock.now(), w.clock.self, uint32_t(l),
                                    WarpTag::Generic);
    cta->mbarriers[offset] = bar;
    ++cta->events;
  });
}

void execMbarrierInval(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Cta *owner;
    if (!findMbarrier(w, inst, l, address, &owner))
      return;
    uint32_t offset;
    sharedOwner(w, address, offset);
    owner->mbarriers.erase(offset);
  });
}

void execMbarrierArrive(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Cta *owner;
    Mbarrier *bar = findMbarrier(w, inst, l, address, &owner);
    if (!bar)
      return;
    uint32_t value = w.reg<uint32_t>(inst.b)[l];
    uint32_t count = inst.mode[2] == 1 ? 1 : value;
    if (inst.mode[2] == 1)
      bar->tx += value;
    w.reg<uint64_t>(inst.d)[l] = bar->phase | uint64_t(bar->pending)
                                                  << tokenPhaseBits;
    if (count == 0 || count > bar->pending) {
      report(w, &inst, l, ReportKind::BarrierMisuse, address,
             "arrival of " + std::to_string(count) + " at an mbarrier with " +
                 std::to_string(bar->pending) + " of " +
                 std::to_string(bar->expected) + " arrivals outstanding");
      return;
    }
    if (inst.mode[2] == 2 && count == bar->pending && bar->tx == 0) {
      report(w, &inst, l, ReportKind::BarrierMisuse, address,
             "arrive.noComplete completes the phase");
      return;
    }
    if (inst.mode[3])
      bar->nextExpected -= count;
    bar->pending -= count;
    if (!inst.mode[1])
      warpRelease(w, bar->current);
    ++owner->events;
    mbarrierCheckPhase(*owner, *bar);
  });
}

void execMbarrierTx(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Cta *owner;
    Mbarrier *bar = findMbarrier(w, inst, l, address, &owner);
    if (!bar)
      return;
    int64_t bytes = w.reg<uint32_t>(inst.b)[l];
    if (inst.mode[2])
      mbarrierComplete(*owner, *bar, bytes);
    else
      bar->tx += bytes;
    ++owner->events;
  });
}

void execMbarrierWait(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t ready = 0;
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Mbarrier *bar = findMbarrier(w, inst, l, address, nullptr);
    if (!bar) {
      ready |= 1u << l; // reported; let the program go on
      return;
    }
    bool done;
    if (inst.mode[2]) {
      uint32_t parity = w.reg<uint32_t>(inst.b)[l];
      if (parity > 1)
        report(w, &inst, l, ReportKind::BarrierMisuse, address,
               "the parity of a phase is 0 or 1, not " +
                   std::to_string(parity));
      done = (bar->phase & 1) != (parity & 1);
    } else {
      uint64_t phase = w.reg<uint64_t>(inst.b)[l] & tokenPhaseMask;
      if (phase > bar->phase || phase + 1 < bar->phase)
        report(w, &inst, l, ReportKind::BarrierMisuse, address,
               "the state is not one of this phase or the one before");
      done = bar->phase != phase;
    }
    if (!done)
      return;
    ready |= 1u << l;
    if (!inst.mode[1])
      warpAcquire(w, bar->done);
  });
  uint32_t *p = w.reg<uint32_t>(inst.d);
  *p = (*p & ~mask) | ready;
  if (ready != mask)
    w.yield = true;
}

void execMbarrierPending(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    w.reg<uint32_t>(inst.d)[l] =
        uint32_t(w.reg<uint64_t>(inst.a)[l] >> tokenPhaseBits);
  });
}

} // namespace ptxemu
