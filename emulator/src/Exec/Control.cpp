//===- Control.cpp - Branches, calls, collectives and barriers of a warp --===//
#include "Exec/Machine.h"

#include <algorithm>

namespace ptxemu {
namespace {
constexpr uint32_t maxFrames = 256;
} // namespace

//===- Branches -----------------------------------------------------------===//

void Warp::branch(const Inst &inst, uint32_t active) {
  SimtEntry &parent = stack.back();
  uint32_t here = parent.pc, rest = parent.mask & alive & ~active;
  parent.pc = inst.reconverge;
  SimtEntry side = parent;
  side.reconverge = inst.reconverge;
  if (here + 1 != inst.reconverge) {
    side.pc = here + 1;
    side.mask = rest;
    stack.push_back(side);
  }
  if (inst.target != inst.reconverge) {
    side.pc = inst.target;
    side.mask = active;
    stack.push_back(side);
  }
}

void Warp::branchTable(const Inst &inst, uint32_t active) {
  SimtEntry parent = stack.back();
  std::map<uint32_t, uint32_t> paths;
  if (uint32_t rest = parent.mask & alive & ~active)
    paths[parent.pc + 1] |= rest;
  for (uint32_t l = 0; l < 32; ++l) {
    if (!(active >> l & 1))
      continue;
    uint32_t i = reg<uint32_t>(inst.a)[l];
    if (i >= inst.list.size()) {
      report(*this, &inst, int(l), ReportKind::InvalidOperation, i,
             "index of brx.idx is outside of its table");
      i = 0;
    }
    paths[inst.list[i]] |= 1u << l;
  }
  stack.back().pc = inst.reconverge;
  for (auto &[pc, mask] : paths) {
    if (pc == inst.reconverge)
      continue;
    SimtEntry side = parent;
    side.reconverge = inst.reconverge;
    side.pc = pc;
    side.mask = mask;
    stack.push_back(side);
  }
}

//===- Calls --------------------------------------------------------------===//

void Warp::call(const Inst &inst, uint32_t active) {
  SimtEntry &caller = stack.back();
  uint32_t frame = caller.frame;
  int pc = int(caller.pc) - 1;
  if (frame + 1 >= maxFrames) {
    report(*this, &inst, -1, ReportKind::InvalidOperation, 0,
           "calls are nested more than 256 deep");
    launch->stop = true;
    return;
  }
  const FunctionCode &from = *frames[frame].fn;
  const FunctionCode &to = launch->program->functions[size_t(inst.callee)];
  uint32_t base = frames[frame].localBase;
  // Frames of paths that wait below may lie above this one; local memory is
  // the lanes' own, registers get a frame of their own.
  uint32_t newBase = base + from.localBytes;
  for (uint32_t l = 0; l < 32; ++l) {
    if (!(active >> l & 1))
      continue;
    for (const CallCopy &c : from.argumentCopies.at(pc))
      for (uint32_t i = 0; i < c.bytes; ++i) {
        uint8_t *d = localPointer(int(l), newBase + c.to + i);
        uint8_t *s = localPointer(int(l), base + c.from + i);
        // Growing moves the storage: look both up again.
        d = localPointer(int(l), newBase + c.to + i);
        if (d && s)
          *d = *localPointer(int(l), base + c.from + i);
      }
  }
  SimtEntry callee = caller;
  callee.pc = 0;
  callee.reconverge = ~0u;
  callee.mask = active;
  callee.frame = liveFrames;
  enterFrame(to, newBase, pc);
  frames[callee.frame].caller = frame;
  stack.push_back(callee);
}

void Warp::returnLanes(const Inst &inst, uint32_t active) {
  uint32_t frame = stack.back().frame;
  const Frame &f = frames[frame];
  uint32_t callerFrame = f.caller;
  const FunctionCode &caller = *frames[callerFrame].fn;
  uint32_t base = frames[callerFrame].localBase;
  auto copies = caller.returnCopies.find(f.callPc);
  if (copies != caller.returnCopies.end())
    for (uint32_t l = 0; l < 32; ++l) {
      if (!(active >> l & 1))
        continue;
      for (const CallCopy &c : copies->second)
        for (uint32_t b = 0; b < c.bytes; ++b) {
          uint8_t *s = localPointer(int(l), f.localBase + c.to + b);
          uint8_t *d = localPointer(int(l), base + c.from + b);
          s = localPointer(int(l), f.localBase + c.to + b);
          if (s && d)
            *d = *s;
        }
    }
  for (SimtEntry &e : stack)
    if (e.frame == frame)
      e.mask &= ~active;
}

//===- Collectives --------------------------------------------------------===//

/// The lanes of `active` whose member mask is that of the first of them, and
/// the mask: lanes of one instruction may form several groups (tiles).
uint32_t Warp::memberGroup(const Inst &inst, uint32_t active,
                           uint32_t &members) {
  if (inst.members != Members::Operand) {
    members = existing;
    return active;
  }
  const uint32_t *masks = reg<uint32_t>(inst.membersMask);
  members = masks[__builtin_ctz(active)];
  uint32_t group = 0;
  for (uint32_t l = 0; l < 32; ++l)
    if ((active >> l & 1) && masks[l] == members)
      group |= 1u << l;
  return group;
}

/// Run a collective when all the lanes it names are here; otherwise park the
/// path until they come.
Warp::Next Warp::collective(const Inst &inst, uint32_t active) {
  SimtEntry &entry = stack.back();
  bool warpSync = inst.fn == execWarpSync;
  // First see whether any group must wait: nothing has run then.
  uint32_t members;
  for (uint32_t rest = active; rest;) {
    uint32_t group = memberGroup(inst, rest, members);
    rest &= ~group;
    uint32_t missing = members & alive & ~group;
    // Lanes of this very path that are switched off will not come.
    if (missing && !(entry.mask & alive & missing)) {
      entry.state = SimtEntry::AtCollective;
      return Next::Reselect;
    }
  }
  for (uint32_t rest = active; rest;) {
    uint32_t group = memberGroup(inst, rest, members);
    rest &= ~group;
    if (group & ~members)
      report(*this, &inst, __builtin_ctz(group & ~members),
             ReportKind::Divergence, 0,
             "lane runs a collective whose member mask " + hex(members) +
                 " does not name it");
    uint32_t gone = members & ~alive;
    // bar.warp.sync alone counts exited lanes as arrived.
    if (gone && !warpSync && inst.fn != execNop)
      report(*this, &inst, __builtin_ctz(gone), ReportKind::ExitedLane, 0,
             "collective names lanes " + hex(gone) +
                 " that have exited or do not exist");
    uint32_t missing = members & alive & ~group;
    if (missing)
      report(*this, &inst, __builtin_ctz(missing), ReportKind::Divergence, 0,
             "collective for lanes " + hex(members) + " runs with lanes " +
                 hex(group) + " only");
    inst.fn(*this, inst, group);
  }
  return Next::Go;
}

/// Every path is parked. Run the collectives that are now complete; with
/// `force`, report one that cannot be and run it all the same.
bool Warp::releaseCollectives(bool force) {
  struct Group {
    uint32_t mask = 0, need = 0;
    std::vector<size_t> entries;
  };
  std::map<std::pair<uint32_t, uint32_t>, Group> groups; // (frame, pc)
  uint32_t atWarpSync = 0;
  for (size_t i = 0; i < stack.size(); ++i) {
    SimtEntry &e = stack[i];
    if (e.state != SimtEntry::AtCollective || !(e.mask & alive))
      continue;
    const Inst &inst = frames[e.frame].fn->code[e.pc];
    uint8_t *base = frames[e.frame].storage[0].bytes;
    uint32_t active = e.mask & alive;
    if (inst.guard >= 0) {
      uint32_t guard = *reinterpret_cast<uint32_t *>(base + inst.guard);
      active &= inst.guardNegated ? ~guard : guard;
    }
    if (!active)
      continue;
    // What this path's lanes wait for, over all their groups.
    uint32_t need = 0, members;
    uint8_t *saved = regs;
    regs = base;
    for (uint32_t rest = active; rest;) {
      uint32_t group = memberGroup(inst, rest, members);
      rest &= ~group;
      need |= members & alive;
    }
    regs = saved;
    Group &g = groups[{e.frame, e.pc}];
    g.mask |= active;
    g.need |= need;
    g.entries.push_back(i);
    if (inst.fn == execWarpSync)
      atWarpSync |= active;
  }
  bool any = false;
  for (auto &[where, g] : groups) {
    const Inst &inst = frames[where.first].fn->code[where.second];
    // Lanes may meet in different bar.warp.sync instructions.
    uint32_t here = inst.fn == execWarpSync ? atWarpSync : g.mask;
    bool complete = (g.need & ~here) == 0;
    if (!complete && !force)
      continue;
    regs = frames[where.first].storage[0].bytes;
    current = &inst;
    if (!complete) {
      report(*this, &inst, __builtin_ctz(g.need & ~here),
             ReportKind::Divergence, 0,
             "collective for lanes " + hex(g.need) + " is reached by lanes " +
                 hex(here) + " only");
      force = false;
    }
    if (inst.control == Control::Barrier) {
      if (barrierArrive(inst, g.mask, g.entries))
        for (size_t i : g.entries) {
          stack[i].state = SimtEntry::Ready;
          ++stack[i].pc;
        }
    } else {
      uint32_t members;
      for (uint32_t rest = g.mask; rest;) {
        uint32_t group = memberGroup(inst, rest, members);
        rest &= ~group;
        inst.fn(*this, inst, group);
      }
      for (size_t i : g.entries) {
        stack[i].state = SimtEntry::Ready;
        ++stack[i].pc;
      }
    }
    any = true;
  }
  return any;
}

//===- Barriers of the CTA and the cluster --------------------------------===//

bool CtaBarrier::any() const {
  for (uint32_t lanes : arrived)
    if (lanes)
      return true;
  return false;
}

Warp::Next Warp::barrier(const Inst &inst, uint32_t active) {
  SimtEntry &entry = stack.back();
  if (inst.control == Control::ClusterWait) {
    Cluster &cluster = *cta->cluster;
    // arrive raised the lanes; they wait while any lane of theirs is set.
    if (cluster.clusterArrived[cta->rank][size_t(index)] & active) {
      entry.state = SimtEntry::AtCluster;
      return Next::Reselect;
    }
    if (!inst.mode[0])
      warpAcquire(*this, cluster.clusterClock);
    return Next::Go;
  }
  // .aligned: all lanes of the warp run it together.
  if (inst.mode[0] && active != alive) {
    if (entry.mask & alive & ~active) {
      report(*this, &inst, __builtin_ctz(alive & ~active),
             ReportKind::Divergence, 0,
             "aligned barrier runs with lanes " + hex(active) + " of " +
                 hex(alive));
    } else {
      entry.state = SimtEntry::AtCollective;
      return Next::Reselect;
    }
  }
  return barrierArrive(inst, active, {stack.size() - 1}) ? Next::Go
                                                         : Next::Reselect;
}

/// Arrive at bar/barrier; true when the lanes need not wait. Otherwise the
/// given paths do.
bool Warp::barrierArrive(const Inst &inst, uint32_t active,
                         const std::vector<size_t> &entries) {
  int first = __builtin_ctz(active);
  uint32_t id = reg<uint32_t>(inst.a)[first];
  if (id > 15) {
    report(*this, &inst, first, ReportKind::BarrierMisuse, id,
           "barrier number is above 15");
    return true;
  }
  CtaBarrier &b = cta->barriers[id];
  if (b.arrived.size() < cta->warps.size())
    b.arrived.resize(cta->warps.size());
  uint32_t expected = 0;
  if (inst.mode[2]) {
    expected = reg<uint32_t>(inst.b)[first];
    if (expected == 0 || expected % 32 || expected > cta->warps.size() * 32)
      report(*this, &inst, first, ReportKind::BarrierMisuse, expected,
             "a barrier's thread count must be a multiple of 32 of at most "
             "the CTA's threads, not " +
                 std::to_string(expected));
  }
  if (b.any() && b.expected != expected)
    report(*this, &inst, first, ReportKind::BarrierMisuse, expected,
           "barrier " + std::to_string(id) + " is used with " +
               std::to_string(expected) + " threads here and " +
               std::to_string(b.expected) + " at line " +
               std::to_string(b.sourceLine));
  b.expected = expected;
  b.sourceLine = inst.source ? inst.source->line : 0;
  if (b.arrived[size_t(index)] & active)
    b.extra += 32;
  b.arrived[size_t(index)] |= active;
  warpRelease(*this, b.clock);
  ++cta->events;
  if (Counters *s = counted.current)
    ++s->barriers;
  bool arriveOnly = inst.mode[1];
  if (inst.mode[3]) {
    uint32_t predicate = *reg<uint32_t>(inst.c);
    if (inst.mode[4])
      predicate = ~predicate;
    predicate &= active;
    b.redCount += uint32_t(__builtin_popcount(predicate));
    b.redAll &= predicate == active;
    b.redAny |= predicate != 0;
    b.reductions.push_back({this, active, &inst, regs});
  }
  bool waits = !arriveOnly;
  if (waits) {
    for (size_t i : entries) {
      stack[i].state = SimtEntry::AtBarrier;
      stack[i].barrier = uint8_t(id);
      ++stack[i].pc;
    }
  }
  cta->checkBarrier(id);
  return !waits;
}

/// Release barrier `id` when enough threads have arrived.
void Cta::checkBarrier(uint32_t id) {
  CtaBarrier &b = barriers[id];
  if (!b.any())
    return;
  uint32_t count = b.extra, needed = b.expected;
  for (size_t i = 0; i < b.arrived.size(); ++i) {
    uint32_t lanes = b.arrived[i];
    bool whole = lanes && (lanes & warps[i]->alive) == warps[i]->alive;
    count += whole ? 32 : uint32_t(__builtin_popcount(lanes));
  }
  if (!needed)
    for (const std::unique_ptr<Warp> &w : warps)
      needed += w->alive || b.arrived[size_t(w->index)] ? 32 : 0;
  if (count < needed)
    return;
  for (CtaBarrier::Reduction &r : b.reductions) {
    uint8_t *d = r.regs + r.inst->d;
    if (r.inst->mode[3] == 1) {
      for (uint32_t l = 0; l < 32; ++l)
        if (r.mask >> l & 1)
          reinterpret_cast<uint32_t *>(d)[l] = b.redCount;
    } else {
      bool value = r.inst->mode[3] == 2 ? b.redAll : b.redAny;
      uint32_t *p = reinterpret_cast<uint32_t *>(d);
      *p = (*p & ~r.mask) | (value ? r.mask : 0);
    }
  }
  for (const std::unique_ptr<Warp> &w : warps) {
    bool waited = false;
    for (SimtEntry &e : w->stack)
      if (e.state == SimtEntry::AtBarrier && e.barrier == id) {
        e.state = SimtEntry::Ready;
        waited = true;
      }
    if (waited)
      warpAcquire(*w, b.clock);
  }
  b = CtaBarrier();
  ++events;
}

uint32_t Cta::liveWarps() const {
  uint32_t n = 0;
  for (const std::unique_ptr<Warp> &w : warps)
    n += w->alive != 0;
  return n;
}

} // namespace ptxemu
