//===- GlobalShadow.cpp - Races between CTAs in global memory -------------===//
//
// A CTA is one thread here: its own accesses never race with each other. Each
// has an epoch that a device-wide fence ends. A relaxed write after the fence
// publishes the fenced epoch (and what the CTA had itself taken in by then) at
// its address; an atomic or strong read takes it in, in force from the next
// fence on.
//
//===----------------------------------------------------------------------===//
#include "Exec/Machine.h"

#include <algorithm>

namespace ptxemu {
namespace {
constexpr uint32_t flag = 0x80000000u;
}

void GlobalShadow::join(Known &into, const Known &from) {
  for (auto &[cta, epoch] : from) {
    uint32_t &mine = into[cta];
    mine = std::max(mine, epoch);
  }
}

bool GlobalShadow::ordered(uint32_t cta, uint32_t other, uint32_t epoch) {
  if (cta == other)
    return true;
  auto clock = clocks.find(cta);
  if (clock == clocks.end())
    return false;
  auto known = clock->second.known.find(other);
  return known != clock->second.known.end() && known->second >= epoch;
}

void GlobalShadow::fence(const Cta &cta) {
  CtaClock &c = clocks[cta.linear];
  join(c.known, c.acquired);
  c.acquired.clear();
  c.fencedEpoch = c.epoch++;
  c.fencedKnown = c.known;
}

void GlobalShadow::synchronise(const Cta &cta, uint64_t address, bool reads,
                               bool writes, bool acquire, bool release) {
  if (release)
    fence(cta);
  CtaClock &c = clocks[cta.linear];
  Known &location = locations[address];
  if (reads)
    join(acquire ? c.known : c.acquired, location);
  if (writes && c.fencedEpoch) {
    uint32_t &mine = location[cta.linear];
    mine = std::max(mine, c.fencedEpoch);
    join(location, c.fencedKnown);
  }
}

void GlobalShadow::access(Warp &w, const Inst &inst, int lane, uint64_t address,
                          uint32_t bytes, Access kind) {
  uint32_t cta = w.cta->linear, me = cta + 1;
  auto clock = clocks.find(cta);
  uint32_t epoch = clock == clocks.end() ? 1 : clock->second.epoch;
  for (uint64_t a = address; a < address + bytes; ++a) {
    if (a >> 12 != lastPage) {
      lastPage = a >> 12;
      std::unique_ptr<Page> &page = pages[lastPage];
      if (!page)
        page = std::make_unique<Page>();
      last = page.get();
    }
    Cell &cell = last->cells[a & 4095];
    uint32_t writer = cell.writer & ~flag;
    bool strong = kind == Atomic || kind == StrongRead;
    bool bothAtomic = strong && (cell.writer & flag);
    if (writer && writer != me && !bothAtomic &&
        !ordered(cta, writer - 1, cell.writeEpoch)) {
      report(
          w, &inst, lane, ReportKind::GlobalRace, a,
          std::string(kind == Read || kind == StrongRead ? "read" : "write") +
              " of global memory without synchronisation after the write "
              "of CTA " +
              std::to_string(writer - 1) + " (linear number)");
      cell.writer = 0;
    }
    if (kind == StrongRead)
      continue;
    if (kind == Read) {
      uint32_t reader = cell.reader & ~flag;
      bool several =
          reader && reader != me && !ordered(cta, reader - 1, cell.readEpoch);
      cell.reader = me | (several || (cell.reader & flag) ? flag : 0);
      cell.readEpoch = epoch;
      continue;
    }
    uint32_t reader = cell.reader & ~flag;
    bool races = reader &&
                 ((reader != me && !ordered(cta, reader - 1, cell.readEpoch)) ||
                  (reader == me && (cell.reader & flag)));
    // Several readers with an order to this write (a grid barrier) leave the
    // flag set; only the last reader is known, and it decides.
    if (reader != me && ordered(cta, reader ? reader - 1 : cta, cell.readEpoch))
      races = false;
    if (races && kind != Atomic)
      report(w, &inst, lane, ReportKind::GlobalRace, a,
             "write of global memory without synchronisation after the read "
             "of CTA " +
                 std::to_string(reader - 1) + " (linear number)");
    cell.writer = me | (kind == Atomic ? flag : 0);
    cell.writeEpoch = epoch;
    cell.reader = 0;
  }
}

} // namespace ptxemu
