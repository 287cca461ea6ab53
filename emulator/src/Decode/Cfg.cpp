//===- Cfg.cpp - Control flow and reconvergence ---------------------------===//
//
// Threads of a warp that part at a branch meet again at its immediate
// post-dominator, found with the iterative algorithm of Cooper, Harvey and
// Kennedy ("A Simple, Fast Dominance Algorithm") on the reversed graph of
// basic blocks, whose root is the exit. Loops of the statistics are those of
// the forward dominators.
//
//===----------------------------------------------------------------------===//
#include "Decode/Program.h"

#include <algorithm>

namespace ptxemu {

void successors(const FunctionCode &f, uint32_t pc,
                std::vector<uint32_t> &out) {
  out.clear();
  const Inst &inst = f.code[pc];
  uint32_t exit = uint32_t(f.code.size());
  switch (inst.control) {
  case Control::Branch:
    out.push_back(inst.target);
    if (inst.guard >= 0)
      out.push_back(pc + 1);
    break;
  case Control::BranchTable:
    for (uint32_t target : inst.list)
      out.push_back(target);
    if (inst.guard >= 0)
      out.push_back(pc + 1);
    break;
  case Control::Return:
  case Control::Exit:
    out.push_back(exit);
    if (inst.guard >= 0)
      out.push_back(pc + 1);
    break;
  default:
    out.push_back(pc + 1);
  }
}

namespace {

using Edges = std::vector<std::vector<uint32_t>>;

/// Basic blocks; the last one is the exit and has no instructions.
struct BlockGraph {
  std::vector<uint32_t> start;
  Edges succ, pred;
  uint32_t exit = 0;
  explicit BlockGraph(const FunctionCode &f);
};

BlockGraph::BlockGraph(const FunctionCode &f) {
  uint32_t n = uint32_t(f.code.size());
  std::vector<uint32_t> next;
  // Blocks start at the entry, at targets, and after anything that jumps.
  std::vector<char> leader(n + 1, 0);
  leader[0] = leader[n] = 1;
  for (uint32_t pc = 0; pc < n; ++pc) {
    successors(f, pc, next);
    if (next.size() == 1 && next[0] == pc + 1)
      continue;
    leader[pc + 1] = 1;
    for (uint32_t t : next)
      leader[t] = 1;
  }
  std::vector<uint32_t> blockOf(n + 1);
  for (uint32_t pc = 0; pc <= n; ++pc) {
    if (leader[pc])
      start.push_back(pc);
    blockOf[pc] = uint32_t(start.size()) - 1;
  }
  exit = uint32_t(start.size()) - 1;
  succ.resize(start.size());
  pred.resize(start.size());
  for (uint32_t b = 0; b < exit; ++b) {
    successors(f, start[b + 1] - 1, next);
    for (uint32_t t : next) {
      succ[b].push_back(blockOf[t]);
      pred[blockOf[t]].push_back(b);
    }
  }
}

/// Immediate dominators of a graph with this root; -1 where it is not reached.
std::vector<int> dominators(uint32_t root, const Edges &succ,
                            const Edges &pred) {
  std::vector<uint32_t> order; // postorder
  std::vector<int> number(succ.size(), -1);
  std::vector<char> seen(succ.size(), 0);
  std::vector<std::pair<uint32_t, size_t>> stack{{root, 0}};
  seen[root] = 1;
  while (!stack.empty()) {
    auto &[b, i] = stack.back();
    if (i < succ[b].size()) {
      uint32_t s = succ[b][i++];
      if (!seen[s]) {
        seen[s] = 1;
        stack.push_back({s, 0});
      }
    } else {
      number[b] = int(order.size());
      order.push_back(b);
      stack.pop_back();
    }
  }
  std::vector<int> idom(succ.size(), -1);
  idom[root] = int(root);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = order.size(); k-- > 0;) {
      uint32_t b = order[k];
      if (b == root)
        continue;
      int best = -1;
      for (uint32_t p : pred[b]) {
        if (idom[p] < 0)
          continue;
        if (best < 0) {
          best = int(p);
          continue;
        }
        int x = int(p), y = best;
        while (x != y) {
          while (number[x] < number[y])
            x = idom[x];
          while (number[y] < number[x])
            y = idom[y];
        }
        best = x;
      }
      if (best != idom[b]) {
        idom[b] = best;
        changed = true;
      }
    }
  }
  return idom;
}

} // namespace

void computeReconvergence(FunctionCode &f) {
  BlockGraph g(f);
  std::vector<int> idom = dominators(g.exit, g.pred, g.succ);
  for (uint32_t b = 0; b < g.exit; ++b) {
    Inst &last = f.code[g.start[b + 1] - 1];
    last.reconverge =
        idom[b] < 0 ? uint32_t(f.code.size()) : g.start[size_t(idom[b])];
  }
}

std::vector<Loop> findLoops(const FunctionCode &f) {
  BlockGraph g(f);
  std::vector<int> idom = dominators(0, g.succ, g.pred);
  auto dominates = [&](uint32_t a, uint32_t b) {
    while (b != a && b != 0)
      b = uint32_t(idom[b]);
    return b == a;
  };
  std::vector<Loop> loops;
  std::vector<std::vector<char>> members;
  for (uint32_t header = 0; header < g.exit; ++header) {
    std::vector<char> in(g.start.size(), 0);
    std::vector<uint32_t> work;
    for (uint32_t p : g.pred[header])
      if (idom[p] >= 0 && dominates(header, p))
        work.push_back(p);
    if (work.empty())
      continue;
    in[header] = 1;
    while (!work.empty()) {
      uint32_t b = work.back();
      work.pop_back();
      if (in[b])
        continue;
      in[b] = 1;
      for (uint32_t p : g.pred[b])
        if (idom[p] >= 0)
          work.push_back(p);
    }
    Loop loop;
    loop.header = g.start[header];
    for (uint32_t b = 0; b < g.exit; ++b) {
      if (!in[b])
        continue;
      if (!loop.ranges.empty() && loop.ranges.back().second == g.start[b])
        loop.ranges.back().second = g.start[b + 1];
      else
        loop.ranges.push_back({g.start[b], g.start[b + 1]});
    }
    for (const std::vector<char> &other : members)
      loop.depth += other[header];
    // A loop found earlier may start later in the text and still lie inside.
    for (size_t i = 0; i < loops.size(); ++i)
      for (auto &[begin, end] : loop.ranges)
        loops[i].depth += begin <= loops[i].header && loops[i].header < end;
    loops.push_back(loop);
    members.push_back(in);
  }
  return loops;
}

} // namespace ptxemu
