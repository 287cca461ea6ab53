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
                               uint32_t offset, WarpTag tag, const char *what) {
  WarpTag now = settled(tag);
  if (ordered(w, lane, now))
    return;
  if (tag.kind() == WarpTag::Operation) {
    const AsyncOp &op = cluster.ops[tag.clock()];
    // The issuing thread has waited for its cp.async: what lacks is a barrier.
    bool waited = op.done && op.kind == AsyncOp::CpAsync;
    report(w, &inst, lane,
           waited ? ReportKind::SharedRace : ReportKind::MissingWait, offset,
           std::string(what) + " of shared memory that the " + opName(op.kind) +
               " of line " + std::to_string(op.source ? op.source->line : 0) +
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
                                uint32_t offset, const ShadowCell &cell,
                                bool strong) {
  for (WarpTag tag : cell.reads) {
    if (tag.kind() == WarpTag::ReaderSet) {
      for (WarpTag reader : sets[tag.clock()])
        if (!(strong && reader.atomic()))
          checkReader(w, inst, lane, offset, reader);
    } else if (tag.kind() != WarpTag::None && !(strong && tag.atomic())) {
      checkReader(w, inst, lane, offset, tag);
    }
  }
}

/// Add `mine` to the readers of a cell. Readers that are ordered before it
/// need no longer be kept. Beyond four they become an interned set, which
/// neighbouring bytes share.
void SharedShadow::addReader(Warp &w, int lane, ShadowCell &cell,
                             WarpTag mine) {
  bool generic = mine.kind() == WarpTag::Generic;
  WarpTag *place = nullptr;
  for (WarpTag &tag : cell.reads) {
    if (tag.bits == mine.bits)
      return;
    bool replaceable =
        tag.kind() == WarpTag::None ||
        (generic && tag.kind() == WarpTag::Generic && ordered(w, lane, tag));
    if (replaceable && !place)
      place = &tag;
    else if (replaceable)
      tag = WarpTag();
  }
  if (place) {
    *place = mine;
    return;
  }
  uint64_t key = mine.bits;
  for (WarpTag tag : cell.reads)
    key = (key ^ tag.bits) * 0x9e3779b97f4a7c15ull;
  auto known = interned.find(key);
  if (known == interned.end()) {
    std::vector<WarpTag> all;
    for (WarpTag tag : cell.reads) {
      if (tag.kind() == WarpTag::ReaderSet)
        all.insert(all.end(), sets[tag.clock()].begin(),
                   sets[tag.clock()].end());
      else
        all.push_back(tag);
    }
    all.erase(
        std::remove_if(all.begin(), all.end(),
                       [&](WarpTag t) { return ordered(w, lane, settled(t)); }),
        all.end());
    if (sets.size() < maxReaderSets) {
      known = interned.emplace(key, uint32_t(sets.size())).first;
      sets.push_back(std::move(all));
    }
  }
  for (WarpTag &tag : cell.reads)
    tag = WarpTag();
  if (known != interned.end())
    cell.reads[0] = WarpTag::make(known->second, 0, 0, WarpTag::ReaderSet);
  cell.reads[1] = mine;
}

//===- Accesses -----------------------------------------------------------===//

/// f(cell, offset) for the words and bytes of a range.
template <typename F>
void SharedShadow::forCells(uint32_t offset, uint32_t bytes, F f) {
  for (uint32_t i = offset, end = offset + bytes; i < end;) {
    if (!split[i / 4]) {
      if (i % 4 == 0 && end - i >= 4) {
        f(cells[i], i);
        i += 4;
        continue;
      }
      uint32_t word = i & ~3u;
      for (uint32_t k = 1; k < 4; ++k)
        cells[word + k] = cells[word];
      split[i / 4] = 1;
    }
    f(cells[i], i);
    ++i;
  }
}

/// After a write the bytes of each whole word share their history again.
void SharedShadow::joinWords(uint32_t offset, uint32_t bytes) {
  for (uint32_t i = (offset + 3) & ~3u; i + 4 <= offset + bytes; i += 4)
    split[i / 4] = 0;
}

void SharedShadow::read(Warp &w, const Inst &inst, int lane, uint32_t offset,
                        uint32_t bytes, bool strong) {
  WarpTag mine = WarpTag::make(w.clock.now(), w.clock.self, uint32_t(lane),
                               WarpTag::Generic, strong);
  WarpTag lastWrite;
  bool first = true;
  forCells(offset, bytes, [&](ShadowCell &cell, uint32_t i) {
    // Words of one access mostly share their writer: check it once.
    if (first || cell.write.bits != lastWrite.bits) {
      lastWrite = cell.write;
      first = false;
      if (lastWrite.kind() == WarpTag::None)
        report(w, &inst, lane, ReportKind::Uninitialised, i,
               "read of shared memory that nothing has written");
      else if (!(strong && lastWrite.atomic()))
        checkWriter(w, inst, lane, i, lastWrite, "read");
    }
    addReader(w, lane, cell, mine);
  });
}

void SharedShadow::write(Warp &w, const Inst &inst, int lane, uint32_t offset,
                         uint32_t bytes, bool strong) {
  WarpTag mine =
      WarpTag::make(w.clock.now(), w.clock.self, uint32_t(lane),
                    WarpTag::Generic, strong, uint32_t(w.instructions));
  ShadowCell written;
  written.write = mine;
  forCells(offset, bytes, [&](ShadowCell &cell, uint32_t i) {
    WarpTag last = cell.write;
    // Lanes of one instruction may write one address: one of them wins.
    bool sameInstruction =
        last.kind() == WarpTag::Generic && last.agent() == mine.agent() &&
        last.clock() == mine.clock() && last.sequence() == mine.sequence();
    if (!sameInstruction && !(strong && last.atomic()))
      checkWriter(w, inst, lane, i, last, "write");
    checkReaders(w, inst, lane, i, cell, strong);
    cell = written;
  });
  joinWords(offset, bytes);
}

void SharedShadow::asyncWrite(Warp &w, const Inst &inst, int lane,
                              uint32_t offset, uint32_t bytes, int op) {
  ShadowCell written;
  written.write = WarpTag::make(uint32_t(op), w.clock.self, uint32_t(lane),
                                WarpTag::Operation);
  forCells(offset, bytes, [&](ShadowCell &cell, uint32_t i) {
    checkWriter(w, inst, lane, i, cell.write, "asynchronous write");
    checkReaders(w, inst, lane, i, cell, false);
    cell = written;
  });
  joinWords(offset, bytes);
}

void SharedShadow::asyncRead(Warp &w, const Inst &inst, int lane,
                             uint32_t offset, uint32_t bytes, int op) {
  WarpTag mine = WarpTag::make(uint32_t(op), w.clock.self, uint32_t(lane),
                               WarpTag::Operation);
  uint32_t warps = 0;
  for (const std::unique_ptr<Cta> &c : w.cta->cluster->ctas)
    warps += uint32_t(c->warps.size());
  WarpTag lastWrite;
  bool first = true;
  forCells(offset, bytes, [&](ShadowCell &cell, uint32_t i) {
    if (first || cell.write.bits != lastWrite.bits) {
      first = false;
      lastWrite = cell.write;
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
    addReader(w, lane, cell, mine);
  });
}

} // namespace ptxemu
