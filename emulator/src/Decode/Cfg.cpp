//===- Cfg.cpp - Control flow and reconvergence ---------------------------===//
//
// Threads of a warp that part at a branch meet again at its immediate
// post-dominator, found with the iterative algorithm of Cooper, Harvey and
// Kennedy ("A Simple, Fast Dominance Algorithm") on the reversed graph of
// basic blocks, whose root is the exit.
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

void computeReconvergence(FunctionCode &f) {
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
  std::vector<uint32_t> start, blockOf(n + 1);
  for (uint32_t pc = 0; pc <= n; ++pc) {
    if (leader[pc])
      start.push_back(pc);
    blockOf[pc] = uint32_t(start.size()) - 1;
  }
  uint32_t blocks = uint32_t(start.size()), exit = blocks - 1;
  std::vector<std::vector<uint32_t>> succ(blocks), pred(blocks);
  for (uint32_t b = 0; b < exit; ++b) {
    successors(f, start[b + 1] - 1, next);
    for (uint32_t t : next) {
      succ[b].push_back(blockOf[t]);
      pred[blockOf[t]].push_back(b);
    }
  }
  // Postorder of the reversed graph.
  std::vector<uint32_t> order;
  std::vector<int> number(blocks, -1);
  std::vector<char> seen(blocks, 0);
  std::vector<std::pair<uint32_t, size_t>> stack{{exit, 0}};
  seen[exit] = 1;
  while (!stack.empty()) {
    auto &[b, i] = stack.back();
    if (i < pred[b].size()) {
      uint32_t p = pred[b][i++];
      if (!seen[p]) {
        seen[p] = 1;
        stack.push_back({p, 0});
      }
    } else {
      number[b] = int(order.size());
      order.push_back(b);
      stack.pop_back();
    }
  }
  std::vector<int> idom(blocks, -1);
  idom[exit] = int(exit);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = order.size(); k-- > 0;) {
      uint32_t b = order[k];
      if (b == exit)
        continue;
      int best = -1;
      for (uint32_t s : succ[b]) {
        if (idom[s] < 0)
          continue;
        if (best < 0) {
          best = int(s);
          continue;
        }
        int x = int(s), y = best;
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
  for (uint32_t b = 0; b < exit; ++b) {
    Inst &last = f.code[start[b + 1] - 1];
    last.reconverge = idom[b] < 0 ? n : start[idom[b]];
  }
}

} // namespace ptxemu
