//===- Sanitizer.h - Happens-before and shadow memory ---------------------===//
//
// Shared memory. Every warp of a cluster has a vector clock; so does every
// mbarrier, as the agent of the copies that complete on it. Barriers,
// mbarriers, atomics with fences and warp-level synchronisation join clocks.
// Each byte of shared memory keeps the tag of its last write and of its reads
// since; an access that is not ordered after a conflicting tag is a race.
// Lanes of one warp are ordered only by bar.warp.sync (and stronger), which
// advances the warp's clock: within one clock value different lanes race.
//
// A second vector per clock records what a proxy fence has covered: a write
// through the generic proxy may be read by the async proxy (TMA, wgmma) only
// when a fence.proxy.async lies between them.
//
// An asynchronous operation in flight leaves its own tag, which nobody is
// ordered after until the operation has been waited for.
//
// Global memory keeps, for each byte, the last writer and reader CTA; CTAs are
// ordered through atomics and fences.
//
//===----------------------------------------------------------------------===//
#ifndef PTXEMU_SANITIZE_SANITIZER_H
#define PTXEMU_SANITIZE_SANITIZER_H

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ptxemu {

struct Warp;
struct Inst;
struct Cta;
struct Cluster;
struct Statement;

struct Clock {
  std::vector<uint32_t> time;
  std::vector<uint32_t> fenced; ///< part of `time` covered by proxy fences
  void join(const Clock &other);
  void clear() {
    time.clear();
    fenced.clear();
  }
  uint32_t at(uint32_t agent) const {
    return agent < time.size() ? time[agent] : 0;
  }
  uint32_t fencedAt(uint32_t agent) const {
    return agent < fenced.size() ? fenced[agent] : 0;
  }
  void raise(uint32_t agent, uint32_t value);
};

/// Who made an access, and when.
struct WarpTag {
  enum Kind : uint8_t { None, Generic, Operation, ReaderSet };
  uint64_t bits = 0;
  static WarpTag make(uint32_t clock, uint32_t agent, uint32_t lane, Kind kind,
                      bool atomic = false, uint32_t sequence = 0) {
    WarpTag t;
    t.bits = uint64_t(clock) << 32 | uint64_t(agent & 0xfff) << 20 |
             uint64_t(lane & 31) << 15 | uint64_t(kind) << 13 |
             uint64_t(atomic) << 12 | (sequence & 0xfff);
    return t;
  }
  uint32_t clock() const { return uint32_t(bits >> 32); }
  uint32_t agent() const { return bits >> 20 & 0xfff; }
  uint32_t lane() const { return bits >> 15 & 31; }
  Kind kind() const { return Kind(bits >> 13 & 3); }
  bool atomic() const { return bits >> 12 & 1; }
  uint32_t sequence() const { return bits & 0xfff; }
};

struct WarpClock {
  Clock clock;
  Clock atFence;  ///< what a later relaxed write publishes
  Clock acquired; ///< what relaxed reads saw, until the next fence
  uint32_t self = 0;
  uint32_t now() const { return clock.time.empty() ? 1 : clock.time[self]; }
  void tick() { clock.raise(self, now() + 1); }
};

/// An asynchronous operation, for the tags it left behind.
struct AsyncOp {
  enum Kind : uint8_t { CpAsync, BulkWrite, BulkRead, Wgmma } kind;
  bool done = false;
  WarpTag final; ///< what its tags mean once it is done
  const Statement *source = nullptr;
};

class ClusterSanitizer {
public:
  std::vector<AsyncOp> ops;
  /// Clocks of atomically accessed shared locations, by (rank, offset).
  std::unordered_map<uint64_t, Clock> locations;
  int begin(AsyncOp::Kind kind, const Statement *source);
  void finish(int op, WarpTag final);
};

/// History of a byte (or of an aligned word whose bytes share it).
struct ShadowCell {
  WarpTag write;
  WarpTag reads[4]; ///< since the write; [0] may name a set of more
};

class SharedShadow {
public:
  SharedShadow(ClusterSanitizer &cluster, uint32_t bytes)
      : cluster(cluster), cells(bytes + 4), split(bytes / 4 + 2) {}
  void read(Warp &w, const Inst &inst, int lane, uint32_t offset,
            uint32_t bytes, bool strong);
  void write(Warp &w, const Inst &inst, int lane, uint32_t offset,
             uint32_t bytes, bool strong);
  /// An operation will write (read) these bytes through its proxy.
  void asyncWrite(Warp &w, const Inst &inst, int lane, uint32_t offset,
                  uint32_t bytes, int op);
  void asyncRead(Warp &w, const Inst &inst, int lane, uint32_t offset,
                 uint32_t bytes, int op);

private:
  template <typename F> void forCells(uint32_t offset, uint32_t bytes, F f);
  void joinWords(uint32_t offset, uint32_t bytes);
  bool ordered(const Warp &w, int lane, WarpTag tag) const;
  WarpTag settled(WarpTag tag) const;
  void addReader(Warp &w, int lane, ShadowCell &cell, WarpTag mine);
  void checkWriter(Warp &w, const Inst &inst, int lane, uint32_t offset,
                   WarpTag tag, const char *what);
  void checkReaders(Warp &w, const Inst &inst, int lane, uint32_t offset,
                    const ShadowCell &cell, bool strong);
  void checkReader(Warp &w, const Inst &inst, int lane, uint32_t offset,
                   WarpTag tag);

  ClusterSanitizer &cluster;
  std::vector<ShadowCell> cells;
  /// For each aligned word: its bytes have histories of their own. Otherwise
  /// the cell of its first byte stands for all four.
  std::vector<uint8_t> split;
  std::vector<std::vector<WarpTag>> sets;
  std::unordered_map<uint64_t, uint32_t> interned;
};

/// Races between CTAs in global memory.
class GlobalShadow {
public:
  enum Access : uint8_t { Read, Write, Atomic, StrongRead };
  void access(Warp &w, const Inst &inst, int lane, uint64_t address,
              uint32_t bytes, Access kind);
  void fence(const Cta &cta);
  /// An atomic (or strong) access: take in what the location published, and
  /// publish what was fenced.
  void synchronise(const Cta &cta, uint64_t address, bool reads, bool writes,
                   bool acquire, bool release);

private:
  using Known = std::unordered_map<uint32_t, uint32_t>;
  struct CtaClock {
    uint32_t epoch = 1;
    uint32_t fencedEpoch = 0;
    Known known, fencedKnown, acquired;
  };
  struct Cell {
    uint32_t writer = 0, writeEpoch = 0; ///< CTA + 1; top bit: atomic
    uint32_t reader = 0, readEpoch = 0;  ///< CTA + 1; top bit: several
  };
  struct Page {
    Cell cells[4096];
  };
  bool ordered(uint32_t cta, uint32_t other, uint32_t epoch);
  static void join(Known &into, const Known &from);

  std::unordered_map<uint32_t, CtaClock> clocks;
  std::unordered_map<uint64_t, Known> locations;
  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages;
  uint64_t lastPage = ~uint64_t(0);
  Page *last = nullptr;
};

// Synchronisation of warps. All are no-ops without the sanitizer.
void warpRelease(Warp &w, Clock &into);
void warpAcquire(Warp &w, const Clock &from);
void proxyFence(Warp &w);
void memoryFence(Warp &w);

} // namespace ptxemu

#endif
