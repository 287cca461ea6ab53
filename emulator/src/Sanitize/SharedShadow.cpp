//===- SharedShadow.cpp - Races in shared memory --------------------------===//
#include "Exec/Machine.h"

#include <algorithm>

namespace ptxemu {
namespace {

constexpr size_t maxReaderSets = size_t(1) << 20;

std::string who(WarpTag tag) {
  return "warp " + std::to_string(tag.agent()) + " lane " +
         std::to_string(tag.lane());
}

const char *opName(AsyncOp::Kind kind) {
  switch (kind) {
  case AsyncOp::CpAsync:
    return "cp.async";
  case AsyncOp::BulkWrite:
    return "bulk copy";
  case AsyncOp::BulkRead:
    return "bulk store";
  default:
    return "wgmma";
  }
}

} // namespace

void Clock::raise(uint32_t agent, uint32_t value) {
  if (time.size() <= agent)
    time.resize(agent + 1);
  time[agent] = std::max(time[agent], value);
}

void Clock::join(const Clock &other) {
  auto merge = [](std::vector<uint32_t> &a, const std::vector<uint32_t> &b) {
    if (a.size() < b.size())
      a.resize(b.size());
    for (size_t i = 0; i < b.size(); ++i)
      a[i] = std::max(a[i], b[i]);
  };
  merge(time, other.time);
  merge(fenced, other.fenced);
}

void warpRelease(Warp &w, Clock &into) {
  if (!w.launch->config->sanitize)
    return;
  into.join(w.clock.clock);
  w.clock.tick();
}

void warpAcquire(Warp &w, const Clock &from) {
  if (!w.launch->config->sanitize)
    return;
  w.clock.clock.join(from);
  w.clock.tick();
}

/// Everything this warp knows of is now visible to the async proxy.
void proxyFence(Warp &w) {
  if (!w.launch->config->sanitize)
    return;
  Clock &c = w.clock.clock;
  if (c.fenced.size() < c.time.size())
    c.fenced.resize(c.time.size());
  for (size_t i = 0; i < c.time.size(); ++i)
    c.fenced[i] = std::max(c.fenced[i], c.time[i]);
  w.clock.tick();
}

void memoryFence(Warp &w) {
  if (!w.launch->config->sanitize)
    return;
  w.clock.clock.join(w.clock.acquired);
  w.clock.atFence = w.clock.clock;
  w.clock.tick();
}

int ClusterSanitizer::begin(AsyncOp::Kind kind, const Statement *source) {
  ops.push_back({kind, false, WarpTag(), source});
  return int(ops.size()) - 1;
}

void ClusterSanitizer::finish(int op, WarpTag final) {
  if (op < 0)
    return;
  ops[op].done = true;
  ops[op].final = final;
}

//===- Ordering -----------------------------------------------------------===//

/// The tag itself, or what the operation it names has become.
WarpTag SharedShadow::settled(WarpTag tag) const {
  if (tag.kind() == WarpTag::Operation && cluster.ops[tag.clock()].done)
    return cluster.ops[tag.clock()].final;
  return tag;
}

bool SharedShadow::ordered(const Warp &w, int lane, WarpTag tag) const {
  if (tag.kind() == WarpTag::None)
    return true;
  if (tag.kind() == WarpTag::Operation)
    return false;
  if (tag.agent() == w.clock.self)
    return int(tag.lane()) == lane || tag.clock() < w.clock.now();
  return tag.clock() <= w.clock.clock.at(tag.agent());
}

void SharedShadow::checkWriter(Warp &w, const Inst &inst, int lane,
                               uint32_t offset, WarpTag tag,
                               const char *what) {
  WarpTag now = settled(tag);
  if (ordered(w, lane, now))
    return;
  if (tag.kind() == WarpTag::Operation) {
    const AsyncOp &op = cluster.ops[tag.clock()];
    // The issuing thread has waited for its cp.async: what lacks is a barrier.
    bool waited = op.done && op.kind == AsyncOp::CpAsync;
    report(w, &inst, lane,
           waited ? ReportKind::SharedRace : ReportKind::MissingWait, offset,
           std::string(what) + " of shared memory that the " +
               opName(op.kind) + " of line " +
               std::to_string(op.source ? op.source->line : 0) +
               (waited    ? " wrote for " + who(now) + ", without a barrier"
                : op.done ? " wrote, without waiting for it"
                        : " is still writing"));
    return;
  }
  report(w, &inst, lane, ReportKind::SharedRace, offset,
         std::string(what) + " without synchronisation after the write of " +
             who(now));
}

void SharedShadow::checkReader(Warp &w, const Inst &inst, int lane,
                               uint32_t offset, WarpTag tag) {
  WarpTag now = settled(tag);
  if (ordered(w, lane, now))
    return;
  if (tag.kind() == WarpTag::Operation) {
    const AsyncOp &op = cluster.ops[tag.clock()];
    report(w, &inst, lane,
           op.done ? ReportKind::SharedRace : ReportKind::MissingWait, offset,
           std::string("write to shared memory that the ") + opName(op.kind) +
               " of line " + std::to_string(op.source ? op.source->line : 0) +
               (op.done ? " read for " + who(now) + ", without a barrier"
                        : " may still be reading"));
    return;
  }
  report(w, &inst, lane, ReportKind::SharedRace, offset,
         "write without synchronisation after the read of " + who(now));
}

void SharedShadow::checkReaders(Warp &w, const Inst &inst, int lane,
                                uint32_t offset, WarpTag tag) {
  if (tag.kind() != WarpTag::ReaderSet) {
    checkReader(w, inst, lane, offset, tag);
    return;
  }
  for (WarpTag reader : sets[tag.clock()])
    checkReader(w, inst, lane, offset, reader);
}

/// Add `mine` to the readers of a byte. Readers that are ordered before it
/// need no longer be kept. Sets are interned: neighbouring bytes share them.
void SharedShadow::addReader(Warp &w, int lane, WarpTag &slot, WarpTag mine) {
  if (slot.kind() != WarpTag::ReaderSet) {
    if (slot.kind() == WarpTag::None ||
        (slot.kind() == WarpTag::Generic && ordered(w, lane, slot) &&
         mine.kind() == WarpTag::Generic)) {
      slot = mine;
      return;
    }
  }
  uint64_t key = slot.bits * 0x9e3779b97f4a7c15ull ^ mine.bits;
  auto known = interned.find(key);
  if (known != interned.end()) {
    slot = WarpTag::make(known->second, 0, 0, WarpTag::ReaderSet);
    return;
  }
  if (sets.size() >= maxReaderSets) {
    slot = mine;
    return;
  }
  std::vector<WarpTag> next;
  if (slot.kind() == WarpTag::ReaderSet)
    next = sets[slot.clock()];
  else
    next.push_back(slot);
  next.erase(std::remove_if(next.begin(), next.end(),
                            [&](WarpTag t) {
                              return t.bits == mine.bits ||
                                     ordered(w, lane, settled(t));
                            }),
             next.end());
  next.push_back(mine);
  if (next.size() == 1) {
    slot = mine;
    return;
  }
  interned[key] = uint32_t(sets.size());
  slot = WarpTag::make(uint32_t(sets.size()), 0, 0, WarpTag::ReaderSet);
  sets.push_back(std::move(next));
}

//===- Accesses -----------------------------------------------------------===//

void SharedShadow::read(Warp &w, const Inst &inst, int lane, uint32_t offset,
                        uint32_t bytes, bool strong) {
  WarpTag mine = WarpTag::make(w.clock.now(), w.clock.self, uint32_t(lane),
                               WarpTag::Generic, strong);
  WarpTag lastWrite, lastRead, newRead;
  bool first = true;
  for (uint32_t i = offset; i < offset + bytes; ++i) {
    // Bytes of one access mostly share their history: check it once.
    if (first || writes[i].bits != lastWrite.bits) {
      lastWrite = writes[i];
      if (lastWrite.kind() == WarpTag::None)
        report(w, &inst, lane, ReportKind::Uninitialised, i,
               "read of shared memory that nothing has written");
      else if (!(strong && lastWrite.atomic()))
        checkWriter(w, inst, lane, i, lastWrite, "read");
    }
    if (first || reads[i].bits != lastRead.bits) {
      lastRead = newRead = reads[i];
      addReader(w, lane, newRead, mine);
    }
    reads[i] = newRead;
    first = false;
  }
}

void SharedShadow::write(Warp &w, const Inst &inst, int lane, uint32_t offset,
                         uint32_t bytes, bool strong) {
  WarpTag mine =
      WarpTag::make(w.clock.now(), w.clock.self, uint32_t(lane),
                    WarpTag::Generic, strong, uint32_t(w.instructions));
  WarpTag lastWrite, lastRead;
  bool first = true;
  for (uint32_t i = offset; i < offset + bytes; ++i) {
    if (first || writes[i].bits != lastWrite.bits) {
      lastWrite = writes[i];
      // Lanes of one instruction may write one address: one of them wins.
      bool sameInstruction = lastWrite.kind() == WarpTag::Generic &&
                             lastWrite.agent() == mine.agent() &&
                             lastWrite.clock() == mine.clock() &&
                             lastWrite.sequence() == mine.sequence();
      if (!sameInstruction && !(strong && lastWrite.atomic()))
        checkWriter(w, inst, lane, i, lastWrite, "write");
    }
    if (first || reads[i].bits != lastRead.bits) {
      lastRead = reads[i];
      if (!(strong && lastRead.atomic()))
        checkReaders(w, inst, lane, i, lastRead);
    }
    writes[i] = mine;
    reads[i] = WarpTag();
    first = false;
  }
}

void SharedShadow::asyncWrite(Warp &w, const Inst &inst, int lane,
                              uint32_t offset, uint32_t bytes, int op) {
  WarpTag mine = WarpTag::make(uint32_t(op), w.clock.self, uint32_t(lane),
                               WarpTag::Operation);
  WarpTag lastWrite, lastRead;
  bool first = true;
  for (uint32_t i = offset; i < offset + bytes; ++i) {
    if (first || writes[i].bits != lastWrite.bits) {
      lastWrite = writes[i];
      checkWriter(w, inst, lane, i, lastWrite, "asynchronous write");
    }
    if (first || reads[i].bits != lastRead.bits) {
      lastRead = reads[i];
      checkReaders(w, inst, lane, i, lastRead);
    }
    writes[i] = mine;
    reads[i] = WarpTag();
    first = false;
  }
}

void SharedShadow::asyncRead(Warp &w, const Inst &inst, int lane,
                             uint32_t offset, uint32_t bytes, int op) {
  WarpTag mine = WarpTag::make(uint32_t(op), w.clock.self, uint32_t(lane),
                               WarpTag::Operation);
  uint32_t warps = 0;
  for (const std::unique_ptr<Cta> &c : w.cta->cluster->ctas)
    warps += uint32_t(c->warps.size());
  WarpTag lastWrite, lastRead, newRead;
  bool first = true;
  for (uint32_t i = offset; i < offset + bytes; ++i) {
    if (first || writes[i].bits != lastWrite.bits) {
      lastWrite = writes[i];
      WarpTag now = settled(lastWrite);
      if (now.kind() == WarpTag::None)
        report(w, &inst, lane, ReportKind::Uninitialised, i,
               "asynchronous read of shared memory that nothing has written");
      else if (!ordered(w, lane, now))
        checkWriter(w, inst, lane, i, lastWrite, "asynchronous read");
      else if (now.agent() < warps &&
               w.clock.clock.fencedAt(now.agent()) < now.clock())
        report(w, &inst, lane, ReportKind::MissingProxyFence, i,
               "asynchronous read of what " + who(now) +
                   " wrote, without fence.proxy.async between them");
    }
    if (first || reads[i].bits != lastRead.bits) {
      lastRead = newRead = reads[i];
      addReader(w, lane, newRead, mine);
    }
    reads[i] = newRead;
    first = false;
  }
}

} // namespace ptxemu
