//===- Machine.h - Warps, CTAs and clusters at run time -------------------===//
#ifndef PTXEMU_EXEC_MACHINE_H
#define PTXEMU_EXEC_MACHINE_H

#include "Decode/Program.h"
#include "Exec/Handlers.h"
#include "Sanitize/Sanitizer.h"
#include "ptxemu/Emulator.h"

#include <atomic>
#include <mutex>
#include <set>

namespace ptxemu {

// Windows of the generic address space. Global memory is host memory at its
// own address; these lie outside of what a host address can be.
constexpr uint64_t windowShift = 56;
constexpr uint64_t sharedWindow = uint64_t(1) << windowShift;
constexpr uint64_t localWindow = uint64_t(2) << windowShift;
constexpr uint64_t paramWindow = uint64_t(3) << windowShift;
// A .shared::cluster address: 0 in the upper byte is this CTA, r + 1 the CTA
// of rank r.
constexpr uint32_t clusterRankShift = 24;

/// The device's memory: ranges that kernels may touch.
struct MemoryRange {
  uint64_t begin, end;
  bool readOnly;
};
class MemoryMap {
public:
  void insert(const MemoryRange &range);
  void erase(uint64_t begin);
  /// The range holding this address, or null.
  const MemoryRange *find(uint64_t address) const;

private:
  std::vector<MemoryRange> ranges; ///< sorted
};

struct LaunchState;
struct Cta;
struct Cluster;
struct Warp;

struct alignas(64) CacheLine {
  uint8_t bytes[64];
};

/// Registers of one activation of a function.
struct Frame {
  const FunctionCode *fn = nullptr;
  std::vector<CacheLine> storage;
  std::vector<uint32_t> defined; ///< masks of the tracked registers
  uint32_t localBase = 0;
  int callPc = -1;     ///< in the caller
  uint32_t caller = 0; ///< its frame
};

/// Threads of a warp on one path. Children lie above their parents.
struct SimtEntry {
  enum State : uint8_t { Ready, AtCollective, AtBarrier, AtCluster };
  uint32_t pc = 0;
  uint32_t reconverge = 0;
  uint32_t mask = 0;
  uint32_t frame = 0;
  State state = Ready;
  uint8_t barrier = 0;
};

struct CpAsyncCopy { ///< one lane's cp.async
  uint32_t lane, group, to, bytes, sourceBytes;
  uint64_t from;
  int op; ///< sanitizer's record
  bool done;
};

enum class RunStatus : uint8_t { Running, Blocked, Polling, Finished };

struct Warp {
  Cta *cta = nullptr;
  LaunchState *launch = nullptr;
  int index = 0;      ///< in the CTA
  uint32_t alive = 0; ///< lanes that have not exited
  uint32_t existing = 0;
  std::vector<SimtEntry> stack;
  std::vector<Frame> frames;
  uint32_t liveFrames = 0;
  uint8_t *regs = nullptr; ///< of the current frame
  const Inst *current = nullptr;
  bool yield = false;    ///< a handler asks to be rescheduled
  bool sleeping = false; ///< in nanosleep, so perhaps waiting for another CTA
  uint64_t instructions = 0;
  std::vector<uint8_t> local; ///< 8-byte granules of the lanes, interleaved
  // cp.async: each lane has its own groups.
  std::vector<CpAsyncCopy> copies;
  uint32_t committed[32] = {};
  // Bulk copies to global: groups of the warp's lanes.
  uint32_t bulkCommitted[32] = {};
  WarpClock clock;
  // wgmma: what has been issued and not waited for, oldest group first.
  struct WgmmaPending {
    const Inst *inst;
    uint8_t *regs;
    uint64_t a, b; ///< descriptors
    bool accumulate, done = false;
    int op;
  };
  std::vector<std::vector<WgmmaPending>> wgmmaGroups;
  std::vector<WgmmaPending> wgmmaOpen;
  std::set<uint32_t> wgmmaWritten; ///< registers written since the last fence
  bool wgmmaFenced = false;

  template <typename T> T *reg(uint32_t offset) {
    return reinterpret_cast<T *>(regs + offset);
  }
  uint64_t value(uint32_t offset, bool wide, int lane) {
    return wide ? reg<uint64_t>(offset)[lane] : reg<uint32_t>(offset)[lane];
  }
  RunStatus run(uint64_t budget);
  void start(Cta &owner, int warpIndex);
  void enterFrame(const FunctionCode &fn, uint32_t localBase, int callPc);
  void leaveFrames();
  void exitLanes(uint32_t mask);
  bool allDone() const { return stack.empty(); }
  /// Bytes of a lane's local memory (grows on demand up to a limit).
  uint8_t *localPointer(int lane, uint64_t address);

private:
  enum class Next : uint8_t { Go, Reselect, Leave };
  bool select();
  bool rotate();
  Next collective(const Inst &inst, uint32_t active);
  uint32_t memberGroup(const Inst &inst, uint32_t active, uint32_t &members);
  bool releaseCollectives(bool force);
  Next barrier(const Inst &inst, uint32_t active);
  bool barrierArrive(const Inst &inst, uint32_t active,
                     const std::vector<size_t> &entries);
  void branch(const Inst &inst, uint32_t active);
  void branchTable(const Inst &inst, uint32_t active);
  void call(const Inst &inst, uint32_t active);
  void returnLanes(const Inst &inst, uint32_t active);
  void popEntry();
  void checkTracked(const Inst &inst, uint32_t mask);
  void checkWgmma(const Inst &inst);
  friend struct Cluster;
};

struct CtaBarrier {
  uint32_t expected = 0; ///< 0: all threads
  uint32_t extra = 0;    ///< arrivals of warps that had arrived before
  std::vector<uint32_t> arrived;
  Clock clock;
  uint32_t redCount = 0, redAll = 1, redAny = 0;
  struct Reduction {
    Warp *warp;
    uint32_t mask;
    const Inst *inst;
    uint8_t *regs;
  };
  std::vector<Reduction> reductions;
  int sourceLine = 0;
  bool any() const;
};

struct Mbarrier {
  uint32_t expected = 0; ///< arrivals of a phase
  uint32_t pending = 0;
  uint32_t nextExpected = 0; ///< after arrive_drop
  int64_t tx = 0;
  uint32_t phase = 0;
  Clock current, done; ///< released into this phase, and by the last one
  WarpTag initialiser;
  bool fenced = false; ///< visible to the async proxy
  int agent = -1;
  int line = 0;
};

/// An asynchronous operation that completes on an mbarrier.
struct PendingCopy {
  std::function<void()> apply;
};

/// A copy from shared to global memory, which completes in a bulk group.
struct BulkStore {
  Warp *warp = nullptr;
  int lane = 0;
  uint32_t group = 0;
  Cta *owner = nullptr;
  std::vector<std::pair<uint32_t, uint32_t>> ranges; ///< offset, bytes
  std::vector<uint8_t> data;
  bool sourceRead = false;
  std::function<void(const std::vector<uint8_t> &)> write; ///< empty: done
  int op = -1;
  void readSource();
  void finish();
};

struct Cta {
  Cluster *cluster = nullptr;
  uint32_t rank = 0;
  uint32_t id[3] = {0, 0, 0};
  uint32_t linear = 0;
  std::vector<std::unique_ptr<Warp>> warps;
  std::vector<uint8_t> shared;
  uint32_t sharedEnd = 0; ///< one past the last valid address
  std::map<uint32_t, Mbarrier> mbarriers;
  CtaBarrier barriers[16];
  std::vector<BulkStore> bulk;
  std::unique_ptr<SharedShadow> shadow;
  uint64_t events = 0; ///< grows with anything a waiting warp could notice
  void checkBarrier(uint32_t id);
  uint32_t liveWarps() const;
};

struct Cluster {
  LaunchState *launch = nullptr;
  std::vector<std::unique_ptr<Cta>> ctas;
  uint32_t dims[3] = {1, 1, 1};
  uint32_t id[3] = {0, 0, 0};
  std::vector<PendingCopy> async; ///< completing on mbarriers
  // barrier.cluster
  uint32_t clusterPhase = 0;
  std::vector<std::vector<uint32_t>> clusterArrived; ///< lanes, by CTA, warp
  Clock clusterClock;
  std::unique_ptr<ClusterSanitizer> sanitizer;
  uint32_t agents = 0; ///< warps, then mbarriers
  uint64_t rng = 0;
  uint32_t idleRounds = 0;
  uint64_t lastEvents = 0;

  enum class Status : uint8_t { Running, Finished, Stuck };
  /// Run for about this many warp instructions.
  Status run(uint64_t budget);
  uint64_t random();
  bool completeOne(bool randomly);
  void reportDeadlock();
  uint64_t totalEvents() const;
  void checkClusterBarrier();
};

/// What all threads of a launch share.
struct LaunchState {
  const Program *program = nullptr;
  const LaunchConfig *config = nullptr;
  const MemoryMap *memory = nullptr;
  std::vector<uint8_t> params;
  std::mutex mutex;
  std::vector<Report> reports;
  std::map<std::pair<int, const Statement *>, size_t> reportIndex;
  std::atomic<uint64_t> steps{0};
  std::atomic<bool> stop{false};
  const DeviceFacts *facts = nullptr;
  std::vector<Counters> counters; ///< by instruction
  std::unique_ptr<GlobalShadow> globalShadow;
  uint32_t clusterDims[3] = {1, 1, 1};
  uint64_t dynamicShared = 0;
  uint64_t gridWorkspace = 0; ///< of a cooperative launch
};

/// What the host thread counts, by instruction; null when statistics are off.
struct InstructionCounters {
  Counters *first = nullptr;
  Counters *current = nullptr; ///< of the instruction now running
};
extern thread_local InstructionCounters counted;

/// Record what went wrong; the access is then dropped.
void report(Warp &w, const Inst *inst, int lane, ReportKind kind,
            uint64_t address, const std::string &message);
std::string hex(uint64_t value);

//===- Memory -------------------------------------------------------------===//

enum class AccessKind : uint8_t {
  Read,
  Write,
  Atomic,
  StrongRead,
  StrongWrite
};

/// Where an address leads.
struct Target {
  uint8_t *bytes = nullptr; ///< null: reported, drop the access
  Cta *cta = nullptr;       ///< owner when it is shared memory
  uint32_t offset = 0;      ///< shared offset
  bool global = false;
};
/// Check bounds and alignment of an access of one lane and run the sanitizer's
/// checks on it.
Target resolve(Warp &w, const Inst &inst, int lane, Space space,
               uint64_t address, uint32_t bytes, uint32_t align,
               AccessKind kind);
/// Address of a lane: register plus constant, plus the frame's base.
uint64_t laneAddress(Warp &w, uint32_t reg, int64_t offset, uint8_t mode,
                     int lane);
/// Shared owner and offset of an address that must be shared memory.
Cta *sharedOwner(Warp &w, uint64_t address, uint32_t &offset);
uint8_t *globalPointer(Warp &w, const Inst &inst, int lane, uint64_t address,
                       uint32_t bytes, bool write);
void countSharedWavefronts(const uint32_t *offsets, uint32_t mask,
                           uint32_t bytes);
void countGlobalSectors(const uint64_t *addresses, uint32_t mask,
                        uint32_t bytes, bool write);

/// mbarrier at a shared address; reports when there is none.
Mbarrier *findMbarrier(Warp &w, const Inst &inst, int lane, uint64_t address,
                       Cta **owner);
/// Complete transactions (async proxy); may end the phase.
void mbarrierComplete(Cta &cta, Mbarrier &bar, int64_t bytes);
void mbarrierCheckPhase(Cta &cta, Mbarrier &bar);
void queueBulkStore(Warp &w, const Inst &inst, int lane, Cta *owner,
                    const std::vector<std::pair<uint32_t, uint32_t>> &ranges,
                    std::function<void(const std::vector<uint8_t> &)> write);
/// to[i] = op(to[i], from[i]) over elements of the type.
void reduceBytes(uint8_t *to, const uint8_t *from, uint32_t bytes, AtomicOp op,
                 AtomicType type);
/// Queue a copy that completes on an mbarrier, or run it in eager mode.
void queueAsync(Warp &w, PendingCopy copy);

} // namespace ptxemu

#endif
