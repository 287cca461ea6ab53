//===- Warp.cpp - The interpreter loop ------------------------------------===//
#include "Exec/Machine.h"

#include <algorithm>
#include <cfenv>

namespace ptxemu {

thread_local InstructionCounters counted;

namespace {

const int hostRounding[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                            FE_UPWARD};
constexpr uint64_t maxLocalBytes = uint64_t(1) << 20;

} // namespace

//===- Frames -------------------------------------------------------------===//

void Warp::start(Cta &owner, int warpIndex) {
  cta = &owner;
  launch = owner.cluster->launch;
  index = warpIndex;
  const uint32_t *block = launch->config->block;
  uint32_t threads = block[0] * block[1] * block[2];
  uint32_t first = uint32_t(index) * 32;
  existing = threads - first >= 32 ? ~0u : (1u << (threads - first)) - 1;
  alive = existing;
  enterFrame(launch->program->functions[0], 0, -1);
  SimtEntry e;
  e.mask = alive;
  e.reconverge = ~0u;
  stack.push_back(e);
}

uint8_t *Warp::localPointer(int lane, uint64_t address) {
  if (address >= maxLocalBytes)
    return nullptr;
  uint64_t granule = address >> 3;
  if (local.size() < (granule + 1) * 256)
    local.resize((granule + 1) * 256, 0xCB);
  return local.data() + (granule * 32 + uint64_t(lane)) * 8 + (address & 7);
}

void Warp::enterFrame(const FunctionCode &fn, uint32_t localBase, int callPc) {
  if (liveFrames == frames.size())
    frames.emplace_back();
  Frame &f = frames[liveFrames++];
  f.fn = &fn;
  f.localBase = localBase;
  f.callPc = callPc;
  f.caller = 0;
  f.storage.resize(fn.frameSize / 64 + 1);
  f.defined.assign(fn.trackedCount, 0);
  regs = f.storage[0].bytes;
  // Constants and special registers hold their value throughout.
  for (size_t i = 0; i < fn.constants.size(); ++i) {
    size_t r = fn.constantBase + i;
    uint64_t value = fn.constants[i];
    if (fn.registers[r].bits == 1)
      *reg<uint32_t>(fn.slots[r]) = uint32_t(value);
    else if (fn.registers[r].bits == 64)
      std::fill_n(reg<uint64_t>(fn.slots[r]), 32, value);
    else
      std::fill_n(reg<uint32_t>(fn.slots[r]), 32, uint32_t(value));
  }
  const LaunchConfig &config = *launch->config;
  const Cluster &cluster = *cta->cluster;
  for (size_t r = 0; r < fn.constantBase; ++r) {
    Special special = fn.registers[r].special;
    if (special == Special::None || fn.slots[r] == 0)
      continue;
    auto at = [&](Special base) { return int(special) - int(base); };
    auto within = [&](Special base) { return at(base) >= 0 && at(base) < 3; };
    auto every = [&](uint64_t value) {
      if (fn.registers[r].bits == 1)
        *reg<uint32_t>(fn.slots[r]) = value ? ~0u : 0;
      else if (fn.registers[r].bits == 64)
        std::fill_n(reg<uint64_t>(fn.slots[r]), 32, value);
      else
        std::fill_n(reg<uint32_t>(fn.slots[r]), 32, uint32_t(value));
    };
    auto lanes = [&](auto function) {
      for (uint32_t l = 0; l < 32; ++l)
        reg<uint32_t>(fn.slots[r])[l] = function(l);
    };
    uint32_t base = uint32_t(index) * 32;
    if (within(Special::TidX))
      lanes([&](uint32_t l) {
        uint32_t t = base + l;
        return special == Special::TidX ? t % config.block[0]
               : special == Special::TidY
                   ? t / config.block[0] % config.block[1]
                   : t / config.block[0] / config.block[1];
      });
    else if (within(Special::NtidX))
      every(config.block[at(Special::NtidX)]);
    else if (within(Special::CtaidX))
      every(cta->id[at(Special::CtaidX)]);
    else if (within(Special::NctaidX))
      every(config.grid[at(Special::NctaidX)]);
    else if (within(Special::ClusterIdX))
      every(cluster.id[at(Special::ClusterIdX)]);
    else if (within(Special::NclusterIdX)) {
      int i = at(Special::NclusterIdX);
      every(config.grid[i] / cluster.dims[i]);
    } else if (within(Special::ClusterCtaidX)) {
      int i = at(Special::ClusterCtaidX);
      every(cta->id[i] % cluster.dims[i]);
    } else if (within(Special::ClusterNctaidX))
      every(cluster.dims[at(Special::ClusterNctaidX)]);
    else if (special == Special::LaneId)
      lanes([](uint32_t l) { return l; });
    else if (special == Special::WarpId)
      every(uint64_t(index));
    else if (special == Special::NwarpId)
      every(cta->warps.size());
    else if (special == Special::SmId)
      every(cta->linear % launch->facts->multiprocessors);
    else if (special == Special::NsmId)
      every(launch->facts->multiprocessors);
    else if (special == Special::LaneMaskEq)
      lanes([](uint32_t l) { return 1u << l; });
    else if (special == Special::LaneMaskLe)
      lanes([](uint32_t l) { return ~0u >> (31 - l); });
    else if (special == Special::LaneMaskLt)
      lanes([](uint32_t l) { return (1u << l) - 1; });
    else if (special == Special::LaneMaskGe)
      lanes([](uint32_t l) { return ~0u << l; });
    else if (special == Special::LaneMaskGt)
      lanes([](uint32_t l) { return ~0u << l & ~(1u << l); });
    else if (special == Special::ClusterCtarank)
      every(cta->rank);
    else if (special == Special::ClusterNctarank)
      every(cluster.ctas.size());
    else if (special == Special::IsExplicitCluster)
      every(cluster.ctas.size() > 1);
    else if (special == Special::EnvReg1)
      every(launch->gridWorkspace >> 32);
    else if (special == Special::EnvReg2)
      every(launch->gridWorkspace & 0xffffffffu);
    else if (special == Special::DynamicSmemSize)
      every(launch->dynamicShared);
    else if (special == Special::TotalSmemSize)
      every(cta->sharedEnd - sharedBase);
    else
      every(0);
  }
}

/// Drop frames that no entry of the stack runs in any more.
void Warp::leaveFrames() {
  uint32_t most = 0;
  for (const SimtEntry &e : stack)
    most = std::max(most, e.frame + 1);
  liveFrames = std::max(most, 1u);
}

void Warp::popEntry() {
  stack.pop_back();
  if (liveFrames > 1)
    leaveFrames();
}

void Warp::exitLanes(uint32_t mask) {
  alive &= ~mask;
  ++cta->events;
}

//===- Selecting what runs next -------------------------------------------===//

/// Bring a runnable path to the top. False when there is none.
bool Warp::select() {
  for (;;) {
    while (!stack.empty()) {
      SimtEntry &e = stack.back();
      if ((e.mask & alive) && e.pc != e.reconverge)
        break;
      popEntry();
    }
    if (stack.empty())
      return false;
    if (stack.back().state == SimtEntry::Ready)
      return true;
    if (!rotate())
      return releaseCollectives(false) ? select() : false;
  }
}

/// The top path cannot go on: bring up a sibling, that is a path below whose
/// lanes have no part in any path above it. Its place does not matter to the
/// others, since each ends at its own reconvergence point.
bool Warp::rotate() {
  uint32_t above = 0;
  for (size_t i = stack.size(); i-- > 0;) {
    uint32_t lanes = stack[i].mask & alive;
    bool leaf = !(lanes & above);
    above |= lanes;
    if (!leaf || !lanes || i + 1 == stack.size())
      continue;
    if (stack[i].state != SimtEntry::Ready ||
        stack[i].pc == stack[i].reconverge)
      continue;
    SimtEntry e = stack[i];
    stack.erase(stack.begin() + long(i));
    stack.push_back(e);
    return true;
  }
  return false;
}

//===- Checks -------------------------------------------------------------===//

void Warp::checkTracked(const Inst &inst, uint32_t mask) {
  Frame &f = frames[stack.back().frame];
  // A wgmma with scale-d of zero does not read its accumulators.
  bool checks = !inst.copiesOnly && inst.fn != execWgmma;
  if (checks)
    for (uint32_t t : inst.trackedUses) {
      uint32_t missing = mask & ~f.defined[t];
      if (!missing)
        continue;
      report(*this, &inst, __builtin_ctz(missing), ReportKind::Uninitialised, 0,
             "read of a register that nothing has written");
      f.defined[t] |= missing;
    }
  bool copied = true;
  if (inst.copiesOnly)
    for (uint32_t t : inst.trackedUses)
      copied &= (mask & ~f.defined[t]) == 0;
  if (copied)
    for (uint32_t t : inst.trackedDefs)
      f.defined[t] |= mask;
}

/// An ordinary instruction touches a register of a wgmma.
void Warp::checkWgmma(const Inst &inst) {
  auto flying = [&](uint32_t r, bool write) {
    auto in = [&](const std::vector<WgmmaPending> &group) {
      for (const WgmmaPending &p : group) {
        size_t results =
            p.inst->mode[4] ? p.inst->list.size() - 4 : p.inst->list.size();
        size_t limit = write ? p.inst->list.size() : results;
        for (size_t i = 0; i < limit; ++i)
          if (p.inst->list[i] == r && p.regs == regs)
            return true;
      }
      return false;
    };
    for (const std::vector<WgmmaPending> &group : wgmmaGroups)
      if (in(group))
        return true;
    return in(wgmmaOpen);
  };
  for (uint32_t r : inst.wgmmaReads)
    if (flying(r, false)) {
      report(*this, &inst, -1, ReportKind::MissingWait, 0,
             "read of a register that a wgmma in flight still writes; "
             "wgmma.wait_group is missing");
      break;
    }
  for (uint32_t r : inst.wgmmaWrites) {
    if (flying(r, true))
      report(*this, &inst, -1, ReportKind::MissingWait, 0,
             "write of a register that a wgmma in flight still uses; "
             "wgmma.wait_group is missing");
    wgmmaWritten.insert(r);
  }
}

//===- The loop -----------------------------------------------------------===//

RunStatus Warp::run(uint64_t budget) {
  const bool sanitize = launch->config->sanitize;
  Counters *counters = counted.first;
  bool sliceEnded = false;
  while (budget) {
    if (!select()) {
      current = nullptr;
      if (stack.empty())
        return RunStatus::Finished;
      return RunStatus::Blocked;
    }
    SimtEntry &entry = stack.back();
    Frame &frame = frames[entry.frame];
    regs = frame.storage[0].bytes;
    const Inst *code = frame.fn->code.data();
    uint32_t pc = entry.pc;
    const uint32_t reconverge = entry.reconverge;
    const uint32_t mask = entry.mask & alive;
    Next next = Next::Go;
    while (next == Next::Go) {
      if (pc == reconverge || budget == 0) {
        entry.pc = pc;
        break;
      }
      const Inst &inst = code[pc];
      --budget;
      ++instructions;
      uint32_t active = mask;
      if (inst.guard >= 0) {
        uint32_t guard = *reg<uint32_t>(uint32_t(inst.guard));
        active &= inst.guardNegated ? ~guard : guard;
      }
      if (counters) {
        counted.current = counters + inst.number;
        ++counted.current->warpInstructions;
        counted.current->threadInstructions +=
            uint64_t(__builtin_popcount(active));
      }
      if (sanitize) {
        if (!(inst.trackedUses.empty() && inst.trackedDefs.empty()) && active)
          checkTracked(inst, active);
      }
      switch (inst.control) {
      case Control::Lane:
        if (!(inst.wgmmaReads.empty() && inst.wgmmaWrites.empty()) && active)
          checkWgmma(inst);
        if (active) {
          if (inst.rounding) {
            std::fesetround(hostRounding[inst.rounding]);
            inst.lane(regs + inst.d, regs + inst.a, regs + inst.b,
                      regs + inst.c, active, inst.imm);
            std::fesetround(FE_TONEAREST);
          } else {
            inst.lane(regs + inst.d, regs + inst.a, regs + inst.b,
                      regs + inst.c, active, inst.imm);
          }
        }
        ++pc;
        break;
      case Control::Handler:
        if (!(inst.wgmmaReads.empty() && inst.wgmmaWrites.empty()) && active)
          checkWgmma(inst);
        current = &inst;
        if (active)
          inst.fn(*this, inst, active);
        ++pc;
        break;
      case Control::Poll:
        current = &inst;
        entry.pc = pc + 1;
        if (active)
          inst.fn(*this, inst, active);
        ++pc;
        if (yield) {
          yield = false;
          sliceEnded = true;
          next = Next::Leave;
        }
        break;
      case Control::Collective:
        current = &inst;
        entry.pc = pc;
        if (!active) {
          ++pc;
          break;
        }
        next = collective(inst, active);
        if (next == Next::Go)
          ++pc;
        break;
      case Control::Branch:
        if (active == mask) {
          pc = inst.target;
        } else if (!active) {
          ++pc;
        } else {
          entry.pc = pc;
          branch(inst, active);
          next = Next::Reselect;
        }
        break;
      case Control::BranchTable:
        entry.pc = pc;
        branchTable(inst, active);
        next = Next::Reselect;
        break;
      case Control::Call:
        if (!active) {
          ++pc;
          break;
        }
        current = &inst;
        entry.pc = pc + 1;
        call(inst, active);
        next = Next::Reselect;
        break;
      case Control::Return:
        entry.pc = pc + 1;
        returnLanes(inst, active);
        next = Next::Reselect;
        break;
      case Control::Exit:
        current = &inst;
        entry.pc = pc + 1;
        if (active && active == alive &&
            (!wgmmaGroups.empty() || !wgmmaOpen.empty()))
          report(*this, &inst, -1, ReportKind::MissingWait, 0,
                 "exit with a wgmma in flight");
        exitLanes(active);
        next = Next::Reselect;
        break;
      case Control::Barrier:
      case Control::ClusterWait:
        current = &inst;
        entry.pc = pc;
        if (!active) {
          ++pc;
          break;
        }
        next = barrier(inst, active);
        if (next == Next::Go)
          ++pc;
        break;
      }
      if (launch->stop.load(std::memory_order_relaxed))
        return RunStatus::Finished;
    }
    if (next == Next::Leave) {
      // A path that polls must not starve its siblings.
      rotate();
      return sliceEnded ? RunStatus::Polling : RunStatus::Blocked;
    }
  }
  rotate();
  return RunStatus::Running;
}

} // namespace ptxemu
