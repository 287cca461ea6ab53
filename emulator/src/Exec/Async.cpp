//===- Async.cpp - cp.async and bulk copies -------------------------------===//
#include "Exec/Machine.h"

#include <algorithm>
#include <cstring>

namespace ptxemu {
namespace {

template <typename F> void forLanes(uint32_t mask, F f) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      f(l);
}

/// What an operation's tags mean from now on: an access of this lane.
WarpTag doneBy(const Warp &w, int lane) {
  return WarpTag::make(w.clock.now(), w.clock.self, uint32_t(lane),
                       WarpTag::Generic);
}

bool eager(Warp &w) {
  const LaunchConfig &c = *w.launch->config;
  return c.async == AsyncMode::Eager ||
         (c.async == AsyncMode::Random && w.cta->cluster->random() % 2);
}

void perform(Warp &w, CpAsyncCopy &c) {
  if (c.done)
    return;
  c.done = true;
  uint8_t *to = w.cta->shared.data() + c.to;
  if (c.sourceBytes)
    std::memcpy(to, reinterpret_cast<const uint8_t *>(c.from), c.sourceBytes);
  std::memset(to + c.sourceBytes, 0, c.bytes - c.sourceBytes);
}

/// Finish the lane's copies of groups below `limit`.
void finishCopies(Warp &w, int lane, uint32_t limit) {
  for (CpAsyncCopy &c : w.copies) {
    if (int(c.lane) != lane || c.group >= limit || c.bytes == 0)
      continue;
    perform(w, c);
    if (c.op >= 0)
      w.cta->cluster->sanitizer->finish(c.op, doneBy(w, lane));
    c.bytes = 0; // retired
  }
}

} // namespace

//===- cp.async -----------------------------------------------------------===//

void execCpAsync(Warp &w, const Inst &inst, uint32_t mask) {
  uint32_t offsets[32];
  uint64_t sources[32];
  forLanes(mask, [&](int l) {
    offsets[l] = uint32_t(laneAddress(w, inst.a, inst.offset, inst.mode[1], l));
    sources[l] = laneAddress(w, inst.b, inst.offset2, inst.mode[2], l);
  });
  if (counted.current) {
    countGlobalSectors(sources, mask, inst.imm, false);
    countSharedWavefronts(offsets, mask, inst.imm);
  }
  SharedShadow *shadow = w.cta->shadow.get();
  forLanes(mask, [&](int l) {
    uint32_t bytes = inst.imm, sourceBytes = w.reg<uint32_t>(inst.c)[l];
    bool ignore = false;
    if (inst.mode[3]) {
      ignore = *w.reg<uint32_t>(inst.list[0]) >> l & 1;
      if (inst.mode[3] == 2)
        ignore = !ignore;
    }
    if (ignore)
      sourceBytes = 0;
    if (sourceBytes > bytes) {
      report(w, &inst, l, ReportKind::InvalidOperation, sourceBytes,
             "cp.async has more source than destination bytes");
      return;
    }
    // Bounds and alignment of both sides; the shadow's checks are those of an
    // asynchronous write.
    uint32_t to = offsets[l];
    if (to % bytes || sources[l] % bytes) {
      report(w, &inst, l, ReportKind::Misaligned, to % bytes ? to : sources[l],
             "cp.async addresses must be multiples of " +
                 std::to_string(bytes));
      return;
    }
    if (to < sharedBase || to > w.cta->sharedEnd ||
        bytes > w.cta->sharedEnd - to) {
      report(w, &inst, l, ReportKind::OutOfBounds, to,
             "cp.async to shared memory at " + hex(to) + " of " +
                 hex(w.cta->sharedEnd));
      return;
    }
    if (sourceBytes &&
        !globalPointer(w, inst, l, sources[l], sourceBytes, false))
      return;
    if (sourceBytes && w.launch->globalShadow)
      w.launch->globalShadow->access(w, inst, l, sources[l], sourceBytes,
                                     GlobalShadow::Read);
    int op = -1;
    if (shadow) {
      op = w.cta->cluster->sanitizer->begin(AsyncOp::CpAsync, inst.source);
      shadow->asyncWrite(w, inst, l, to, bytes, op);
    }
    w.copies.push_back({uint32_t(l), w.committed[l], to, bytes, sourceBytes,
                        sources[l], op, false});
    if (eager(w))
      perform(w, w.copies.back());
  });
  // What follows in this warp is not covered by what was issued before.
  if (shadow)
    w.clock.tick();
}

void execCpCommit(Warp &w, const Inst &, uint32_t mask) {
  forLanes(mask, [&](int l) { ++w.committed[l]; });
}

void execCpWait(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint32_t limit;
    if (inst.imm2) // wait_all counts what is not committed yet
      limit = ~0u;
    else
      limit = w.committed[l] > inst.imm ? w.committed[l] - inst.imm : 0;
    finishCopies(w, l, limit);
  });
  w.copies.erase(std::remove_if(w.copies.begin(), w.copies.end(),
                                [](const CpAsyncCopy &c) { return !c.bytes; }),
                 w.copies.end());
}

/// The mbarrier gets an arrival of each lane when its copies are done; here
/// they are done with the arrival, at the latest legal moment for others.
void execCpMbarrierArrive(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Cta *owner;
    Mbarrier *bar = findMbarrier(w, inst, l, address, &owner);
    if (!bar)
      return;
    if (!inst.mode[1])
      ++bar->pending;
    uint32_t offset;
    sharedOwner(w, address, offset);
    std::vector<CpAsyncCopy> mine;
    for (CpAsyncCopy &c : w.copies)
      if (int(c.lane) == l && c.bytes) {
        mine.push_back(c);
        c.bytes = 0;
      }
    PendingCopy copy;
    Warp *issuer = &w;
    uint32_t phase = bar->phase;
    const Inst *source = &inst;
    copy.apply = [issuer, owner, offset, mine, l, source, phase]() mutable {
      auto it = owner->mbarriers.find(offset);
      for (CpAsyncCopy &c : mine) {
        perform(*issuer, c);
        if (c.op >= 0)
          issuer->cta->cluster->sanitizer->finish(
              c.op, WarpTag::make(phase + 1, uint32_t(it->second.agent),
                                  uint32_t(l), WarpTag::Generic));
      }
      if (it == owner->mbarriers.end())
        return;
      if (it->second.pending == 0)
        report(*issuer, source, l, ReportKind::BarrierMisuse, offset,
               "more arrivals at the mbarrier than it was initialised for");
      else
        --it->second.pending;
      mbarrierCheckPhase(*owner, it->second);
    };
    queueAsync(w, std::move(copy));
  });
  w.copies.erase(std::remove_if(w.copies.begin(), w.copies.end(),
                                [](const CpAsyncCopy &c) { return !c.bytes; }),
                 w.copies.end());
}

void queueAsync(Warp &w, PendingCopy copy) {
  if (eager(w) && w.launch->config->async == AsyncMode::Eager) {
    copy.apply();
    return;
  }
  w.cta->cluster->async.push_back(std::move(copy));
}

//===- Bulk copies --------------------------------------------------------===//

namespace {

/// Checks of a bulk copy's shared side.
bool sharedRange(Warp &w, const Inst &inst, int lane, Cta *owner,
                 uint32_t offset, uint32_t bytes) {
  if (!owner || offset < sharedBase || offset > owner->sharedEnd ||
      bytes > owner->sharedEnd - offset) {
    report(w, &inst, lane, ReportKind::OutOfBounds, offset,
           "bulk copy of " + std::to_string(bytes) +
               " bytes of shared memory at " + hex(offset) + " of " +
               hex(w.cta->sharedEnd));
    return false;
  }
  return true;
}

void globalAccess(Warp &w, const Inst &inst, int lane, uint64_t address,
                  uint32_t bytes, GlobalShadow::Access kind) {
  if (w.launch->globalShadow)
    w.launch->globalShadow->access(w, inst, lane, address, bytes, kind);
}

void bulkLoad(Warp &w, const Inst &inst, int lane, uint32_t bytes) {
  uint64_t to = laneAddress(w, inst.a, inst.offset, inst.mode[1], lane);
  uint64_t from = laneAddress(w, inst.b, inst.offset2, inst.mode[2], lane);
  bool fromShared = inst.imm == bulkSharedToShared;
  uint32_t toOffset, fromOffset = 0;
  Cta *owner = sharedOwner(w, to, toOffset);
  Cta *sourceOwner = fromShared ? sharedOwner(w, from, fromOffset) : nullptr;
  if (to % 16 || from % 16) {
    report(w, &inst, lane, ReportKind::Misaligned, to % 16 ? to : from,
           "bulk copies need addresses that are multiples of 16");
    return;
  }
  if (!sharedRange(w, inst, lane, owner, toOffset, bytes))
    return;
  if (fromShared ? !sharedRange(w, inst, lane, sourceOwner, fromOffset, bytes)
                 : !globalPointer(w, inst, lane, from, bytes, false))
    return;
  uint64_t barAddress =
      w.value(inst.list[0], inst.listBytes[0] == 8, lane) + inst.imm2;
  uint32_t multicast =
      inst.mode[3] ? w.reg<uint32_t>(inst.list[1])[lane] & 0xffff : 0;
  if (!fromShared) {
    globalAccess(w, inst, lane, from, bytes, GlobalShadow::Read);
    if (counted.current)
      counted.current->globalBytesRead += bytes;
  }
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  int readOp = -1;
  if (san && fromShared) {
    readOp = san->begin(AsyncOp::BulkRead, inst.source);
    sourceOwner->shadow->asyncRead(w, inst, lane, fromOffset, bytes, readOp);
  }
  const auto &ctas = w.cta->cluster->ctas;
  std::vector<Cta *> targets;
  if (inst.mode[3]) {
    for (size_t r = 0; r < ctas.size(); ++r)
      if (multicast >> r & 1)
        targets.push_back(ctas[r].get());
  } else {
    targets.push_back(owner);
  }
  for (Cta *target : targets) {
    Cta *barOwner;
    uint64_t barHere = barAddress;
    if (inst.mode[3])
      barHere = (barAddress & ((1u << clusterRankShift) - 1)) |
                uint64_t(target->rank + 1) << clusterRankShift;
    Mbarrier *bar = findMbarrier(w, inst, lane, barHere, &barOwner);
    if (!bar)
      continue;
    if (san && !bar->fenced)
      report(w, &inst, lane, ReportKind::MissingProxyFence, barAddress,
             "mbarrier initialised without fence.mbarrier_init or "
             "fence.proxy.async before the async proxy uses it");
    int op = -1;
    if (san) {
      op = san->begin(AsyncOp::BulkWrite, inst.source);
      target->shadow->asyncWrite(w, inst, lane, toOffset, bytes, op);
    }
    uint32_t barOffset = uint32_t(barHere) & ((1u << clusterRankShift) - 1);
    uint8_t *d = target->shared.data() + toOffset;
    const uint8_t *s = fromShared ? sourceOwner->shared.data() + fromOffset
                                  : reinterpret_cast<const uint8_t *>(from);
    AtomicType type = AtomicType(inst.mode[5]);
    AtomicOp operation = AtomicOp(inst.mode[4]);
    bool reduce = inst.mode[0];
    WarpTag readerDone = doneBy(w, lane);
    PendingCopy copy;
    copy.apply = [=]() {
      if (!reduce) {
        std::memcpy(d, s, bytes);
      } else {
        reduceBytes(d, s, bytes, operation, type);
      }
      auto it = barOwner->mbarriers.find(barOffset);
      if (it == barOwner->mbarriers.end())
        return;
      if (san) {
        san->finish(op, WarpTag::make(it->second.phase + 1,
                                      uint32_t(it->second.agent), 0,
                                      WarpTag::Generic));
        san->finish(readOp, readerDone);
      }
      mbarrierComplete(*barOwner, it->second, bytes);
    };
    queueAsync(w, std::move(copy));
  }
  if (san)
    w.clock.tick();
}

void bulkStore(Warp &w, const Inst &inst, int lane, uint32_t bytes) {
  uint64_t to = laneAddress(w, inst.a, inst.offset, inst.mode[1], lane);
  uint64_t from = laneAddress(w, inst.b, inst.offset2, inst.mode[2], lane);
  uint32_t offset;
  Cta *owner = sharedOwner(w, from, offset);
  if (to % 16 || from % 16) {
    report(w, &inst, lane, ReportKind::Misaligned, to % 16 ? to : from,
           "bulk copies need addresses that are multiples of 16");
    return;
  }
  uint8_t *d = globalPointer(w, inst, lane, to, bytes, true);
  if (!d || !sharedRange(w, inst, lane, owner, offset, bytes))
    return;
  bool reduce = inst.mode[0];
  globalAccess(w, inst, lane, to, bytes,
               reduce ? GlobalShadow::Atomic : GlobalShadow::Write);
  if (counted.current)
    counted.current->globalBytesWritten += bytes;
  AtomicType type = AtomicType(inst.mode[5]);
  AtomicOp operation = AtomicOp(inst.mode[4]);
  queueBulkStore(w, inst, lane, owner, {{offset, bytes}},
                 [=](const std::vector<uint8_t> &data) {
                   if (!reduce) {
                     std::memcpy(d, data.data(), bytes);
                     return;
                   }
                   reduceBytes(d, data.data(), bytes, operation, type);
                 });
}

} // namespace

void reduceBytes(uint8_t *to, const uint8_t *from, uint32_t bytes, AtomicOp op,
                 AtomicType type) {
  unsigned n = atomicBytes(type);
  for (uint32_t i = 0; i + n <= bytes; i += n) {
    uint64_t x = 0, y = 0;
    std::memcpy(&x, to + i, n);
    std::memcpy(&y, from + i, n);
    x = atomicApply(op, type, x, y, 0);
    std::memcpy(to + i, &x, n);
  }
}

/// A store is two steps: its source has been read (wait_group.read), and its
/// result has been written (wait_group, or the kernel's end).
void queueBulkStore(Warp &w, const Inst &inst, int lane, Cta *owner,
                    const std::vector<std::pair<uint32_t, uint32_t>> &ranges,
                    std::function<void(const std::vector<uint8_t> &)> write) {
  BulkStore store;
  store.warp = &w;
  store.lane = lane;
  store.group = w.bulkCommitted[lane];
  store.owner = owner;
  store.ranges = ranges;
  store.write = std::move(write);
  if (ClusterSanitizer *san = w.cta->cluster->sanitizer.get()) {
    store.op = san->begin(AsyncOp::BulkRead, inst.source);
    for (auto &[offset, bytes] : ranges)
      owner->shadow->asyncRead(w, inst, lane, offset, bytes, store.op);
    w.clock.tick();
  }
  w.cta->bulk.push_back(std::move(store));
  if (eager(w)) {
    w.cta->bulk.back().readSource();
    w.cta->bulk.back().finish();
  }
}

void BulkStore::readSource() {
  if (sourceRead)
    return;
  sourceRead = true;
  for (auto &[offset, bytes] : ranges)
    data.insert(data.end(), owner->shared.begin() + offset,
                owner->shared.begin() + offset + bytes);
}

void BulkStore::finish() {
  readSource();
  if (write)
    write(data);
  write = nullptr;
}

void execBulkCopy(Warp &w, const Inst &inst, uint32_t mask) {
  forLanes(mask, [&](int l) {
    uint32_t bytes = w.reg<uint32_t>(inst.c)[l];
    if (bytes == 0 || bytes % 16) {
      report(w, &inst, l, ReportKind::InvalidOperation, bytes,
             "a bulk copy moves a multiple of 16 bytes, not " +
                 std::to_string(bytes));
      return;
    }
    if (inst.imm == bulkSharedToGlobal)
      bulkStore(w, inst, l, bytes);
    else
      bulkLoad(w, inst, l, bytes);
  });
}

void execBulkCommit(Warp &w, const Inst &, uint32_t mask) {
  forLanes(mask, [&](int l) { ++w.bulkCommitted[l]; });
}

void execBulkWait(Warp &w, const Inst &inst, uint32_t mask) {
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  std::vector<BulkStore> &bulk = w.cta->bulk;
  for (BulkStore &b : bulk) {
    if (b.warp != &w || !(mask >> b.lane & 1))
      continue;
    uint32_t committed = w.bulkCommitted[b.lane];
    if (b.group >= committed || b.group + inst.imm >= committed)
      continue;
    b.readSource();
    if (san)
      san->finish(b.op, doneBy(w, b.lane));
    b.op = -1;
    if (!inst.mode[1])
      b.finish();
  }
  bulk.erase(std::remove_if(bulk.begin(), bulk.end(),
                            [](const BulkStore &b) {
                              return b.sourceRead && !b.write && b.op < 0;
                            }),
             bulk.end());
  ++w.cta->events;
}

/// st.async / red.async: a store into a CTA of the cluster.
void execStAsync(Warp &w, const Inst &inst, uint32_t mask) {
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  forLanes(mask, [&](int l) {
    uint64_t to = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    uint32_t bytes = uint32_t(inst.bytes) * inst.vec, offset;
    Cta *owner = sharedOwner(w, to, offset);
    if (to % bytes) {
      report(w, &inst, l, ReportKind::Misaligned, to,
             "address is not a multiple of " + std::to_string(bytes));
      return;
    }
    if (!sharedRange(w, inst, l, owner, offset, bytes))
      return;
    uint64_t barAddress =
        w.value(inst.c, inst.mode[5], l) + uint64_t(inst.offset2);
    Cta *barOwner;
    Mbarrier *bar = findMbarrier(w, inst, l, barAddress, &barOwner);
    if (!bar)
      return;
    std::vector<uint64_t> values;
    for (uint32_t i = 0; i < inst.vec; ++i)
      values.push_back(w.value(inst.list[i], inst.listBytes[i] == 8, l));
    int op = -1;
    if (san) {
      op = san->begin(AsyncOp::BulkWrite, inst.source);
      if (inst.mode[3] == 255)
        owner->shadow->asyncWrite(w, inst, l, offset, bytes, op);
    }
    uint32_t barOffset = uint32_t(barAddress) & ((1u << clusterRankShift) - 1);
    uint32_t element = inst.bytes;
    uint8_t operation = inst.mode[3];
    AtomicType type = AtomicType(inst.mode[4]);
    PendingCopy copy;
    copy.apply = [=]() {
      for (size_t i = 0; i < values.size(); ++i) {
        uint8_t *p = owner->shared.data() + offset + i * element;
        uint64_t v = values[i];
        if (operation != 255) {
          uint64_t old = 0;
          std::memcpy(&old, p, element);
          v = atomicApply(AtomicOp(operation), type, old, v, 0);
        }
        std::memcpy(p, &v, element);
      }
      auto it = barOwner->mbarriers.find(barOffset);
      if (it == barOwner->mbarriers.end())
        return;
      if (san)
        san->finish(op, WarpTag::make(it->second.phase + 1,
                                      uint32_t(it->second.agent), 0,
                                      WarpTag::Generic));
      mbarrierComplete(*barOwner, it->second, bytes);
    };
    queueAsync(w, std::move(copy));
  });
  if (san)
    w.clock.tick();
}

} // namespace ptxemu
