//===- Allocate.cpp - Register slots by linear scan -----------------------===//
//
// PTX has as many virtual registers as its producer liked; giving each its own
// 128 bytes would push the warps out of the host's cache. Liveness over the
// basic blocks gives each register one interval in program order, and
// registers whose intervals do not meet share a slot. Lanes on different paths
// share a slot safely: liveness holds for every thread by itself, and a lane
// only ever touches its own cell.
//
// A register that is live on entry can be read before anything wrote it; only
// these few keep a mask of defined lanes for the sanitizer. They, and the
// registers wgmma works on behind the program's back, keep a slot of their own.
//
//===----------------------------------------------------------------------===//
#include "Decode/Program.h"

#include <algorithm>
#include <queue>

namespace ptxemu {
namespace {

constexpr uint64_t maxLivenessBits = uint64_t(1) << 31;
constexpr uint64_t maxFrameBytes = uint64_t(1) << 27;

uint32_t slotBytes(const Register &r) {
  return r.bits == 1 ? 8 : r.bits == 64 ? 256 : 128;
}

struct Liveness {
  std::vector<uint32_t> start; ///< first instruction of each block, then n
  std::vector<std::vector<uint64_t>> in, out;
};

bool test(const std::vector<uint64_t> &bits, uint32_t i) {
  return bits[i / 64] >> (i % 64) & 1;
}

void mark(std::vector<uint64_t> &bits, uint32_t i) {
  bits[i / 64] |= uint64_t(1) << (i % 64);
}

Liveness computeLiveness(const FunctionCode &f) {
  uint32_t n = uint32_t(f.code.size());
  size_t words = (f.registers.size() + 63) / 64;
  Liveness live;
  std::vector<uint32_t> next;
  std::vector<char> leader(n + 1, 0);
  leader[0] = 1;
  for (uint32_t pc = 0; pc < n; ++pc) {
    successors(f, pc, next);
    if (next.size() == 1 && next[0] == pc + 1)
      continue;
    leader[pc + 1] = 1;
    for (uint32_t t : next)
      leader[t] = 1;
  }
  std::vector<uint32_t> blockOf(n + 1, ~0u);
  for (uint32_t pc = 0; pc < n; ++pc) {
    if (leader[pc])
      live.start.push_back(pc);
    blockOf[pc] = uint32_t(live.start.size()) - 1;
  }
  size_t blocks = live.start.size();
  live.start.push_back(n);
  if (uint64_t(blocks) * words * 64 * 4 > maxLivenessBits)
    throw PtxError(f.source->line,
                   "function '" + f.source->name + "' has " +
                       std::to_string(f.registers.size()) + " registers and " +
                       std::to_string(blocks) +
                       " blocks, more than the emulator can allocate");
  live.in.assign(blocks, std::vector<uint64_t>(words, 0));
  live.out = live.in;
  std::vector<std::vector<uint64_t>> gen = live.in, kill = live.in;
  for (size_t b = 0; b < blocks; ++b)
    for (uint32_t pc = live.start[b]; pc < live.start[b + 1]; ++pc) {
      for (const RegisterUse &u : f.uses[pc])
        if ((!u.isDef || f.code[pc].guard >= 0) && !test(kill[b], u.reg))
          mark(gen[b], u.reg);
      for (const RegisterUse &u : f.uses[pc])
        if (u.isDef && f.code[pc].guard < 0)
          mark(kill[b], u.reg);
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t b = blocks; b-- > 0;) {
      successors(f, live.start[b + 1] - 1, next);
      std::vector<uint64_t> &out = live.out[b], &in = live.in[b];
      for (uint32_t t : next)
        if (t < n)
          for (size_t w = 0; w < words; ++w)
            out[w] |= live.in[blockOf[t]][w];
      for (size_t w = 0; w < words; ++w) {
        uint64_t value = gen[b][w] | (out[w] & ~kill[b][w]);
        changed |= value != in[w];
        in[w] = value;
      }
    }
  }
  return live;
}

} // namespace

void allocateRegisters(FunctionCode &f) {
  uint32_t n = uint32_t(f.code.size());
  size_t count = f.registers.size();
  std::vector<char> pinned(count, 0);
  std::vector<int> tracked(count, -1);
  std::vector<uint32_t> first(count, ~0u), last(count, 0);
  auto touch = [&](uint32_t r, uint32_t position) {
    first[r] = std::min(first[r], position);
    last[r] = std::max(last[r], position);
  };
  Liveness live = computeLiveness(f);
  for (size_t b = 0; b + 1 < live.start.size(); ++b) {
    for (uint32_t r = 0; r < count; ++r) {
      if (test(live.in[b], r))
        touch(r, 2 * live.start[b]);
      if (test(live.out[b], r))
        touch(r, 2 * live.start[b + 1] - 1);
    }
    for (uint32_t pc = live.start[b]; pc < live.start[b + 1]; ++pc)
      for (const RegisterUse &u : f.uses[pc])
        touch(u.reg, 2 * pc + (u.isDef ? 1 : 0));
  }
  for (uint32_t r = 0; r < count; ++r) {
    bool given = r >= f.constantBase || f.registers[r].special != Special::None;
    if (given)
      pinned[r] = 1;
    else if (n && test(live.in[0], r)) {
      pinned[r] = 1;
      tracked[r] = int(f.trackedCount++);
    }
  }
  for (int r : f.wgmmaSlots)
    pinned[r] = 1;

  // Linear scan: one pool of free slots for each slot size.
  std::vector<uint32_t> order;
  for (uint32_t r = 0; r < count; ++r)
    if (first[r] != ~0u)
      order.push_back(r);
  std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
    return std::make_pair(first[x], x) < std::make_pair(first[y], y);
  });
  using Active = std::pair<uint32_t, uint32_t>; // (end, register)
  std::priority_queue<Active, std::vector<Active>, std::greater<Active>> active;
  std::map<uint32_t, std::vector<uint32_t>> free;
  f.slots.assign(count, 0);
  // Offset 0 stays unused, predicates and padding share the first line.
  uint64_t top = 256;
  for (uint32_t r : order) {
    while (!active.empty() && active.top().first < first[r]) {
      uint32_t old = active.top().second;
      active.pop();
      free[slotBytes(f.registers[old])].push_back(f.slots[old]);
    }
    uint32_t size = slotBytes(f.registers[r]);
    std::vector<uint32_t> &pool = free[size];
    if (!pinned[r] && !pool.empty()) {
      f.slots[r] = pool.back();
      pool.pop_back();
    } else {
      if (size >= 64)
        top = (top + 63) / 64 * 64;
      f.slots[r] = uint32_t(top);
      top += size;
      if (top > maxFrameBytes)
        throw PtxError(f.source->line, "function '" + f.source->name +
                                           "' needs more than 128 MiB of "
                                           "registers a warp");
    }
    if (!pinned[r])
      active.push({last[r], r});
  }
  f.frameSize = uint32_t((top + 63) / 64 * 64);

  // Numbers become offsets.
  std::vector<char> isWgmma(count, 0);
  for (int r : f.wgmmaSlots)
    isWgmma[r] = 1;
  for (uint32_t pc = 0; pc < n; ++pc) {
    Inst &inst = f.code[pc];
    for (const RegisterUse &u : f.uses[pc]) {
      if (isWgmma[u.reg])
        (u.isDef ? inst.wgmmaWrites : inst.wgmmaReads)
            .push_back(f.slots[u.reg]);
      if (tracked[u.reg] >= 0)
        (u.isDef ? inst.trackedDefs : inst.trackedUses)
            .push_back(uint32_t(tracked[u.reg]));
    }
    inst.d = f.slots[inst.d];
    inst.a = f.slots[inst.a];
    inst.b = f.slots[inst.b];
    inst.c = f.slots[inst.c];
    inst.membersMask = f.slots[inst.membersMask];
    if (inst.guard >= 0)
      inst.guard = int32_t(f.slots[inst.guard]);
    if (inst.control != Control::BranchTable)
      for (uint32_t &r : inst.list)
        r = f.slots[r];
  }
  for (int &r : f.wgmmaSlots)
    r = int(f.slots[r]);
  std::sort(f.wgmmaSlots.begin(), f.wgmmaSlots.end());
  f.wgmmaSlots.erase(std::unique(f.wgmmaSlots.begin(), f.wgmmaSlots.end()),
                     f.wgmmaSlots.end());
  f.uses.clear();
  f.uses.shrink_to_fit();
}

} // namespace ptxemu
