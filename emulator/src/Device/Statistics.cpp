//===- Statistics.cpp - Sums by class, opcode and loop --------------------===//
#include "Device/Launch.h"

#include <algorithm>
#include <cstdio>

namespace ptxemu {
namespace {

void addAll(std::vector<uint64_t> &to, const std::vector<uint64_t> &from) {
  to.resize(std::max(to.size(), from.size()));
  for (size_t i = 0; i < from.size(); ++i)
    to[i] += from[i];
}

/// "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
std::string fullOpcode(const Statement &s) {
  std::string name = s.opcode;
  for (const std::string &modifier : s.modifiers)
    name += modifier;
  return name;
}

double ratio(uint64_t a, uint64_t b) { return b ? double(a) / double(b) : 0; }

std::string line(const char *name, uint64_t value, const std::string &more) {
  char text[64];
  std::snprintf(text, sizeof(text), "%-20s %llu", name,
                (unsigned long long)value);
  return text + more + "\n";
}

std::string fraction(const char *format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

} // namespace

void Counters::add(const Counters &o) {
  warpInstructions += o.warpInstructions;
  threadInstructions += o.threadInstructions;
  sharedRequests += o.sharedRequests;
  sharedWavefronts += o.sharedWavefronts;
  sharedIdealWavefronts += o.sharedIdealWavefronts;
  globalRequests += o.globalRequests;
  globalSectors += o.globalSectors;
  globalBytesRead += o.globalBytesRead;
  globalBytesWritten += o.globalBytesWritten;
  tensorOperations += o.tensorOperations;
  barriers += o.barriers;
}

double Counters::bankConflictFactor() const {
  return sharedIdealWavefronts ? ratio(sharedWavefronts, sharedIdealWavefronts)
                               : 1;
}

void Statistics::add(const Statistics &o) {
  Counters::add(o);
  launches += o.launches;
  addAll(byClass, o.byClass);
  for (auto &[name, count] : o.byOpcode)
    byOpcode[name] += count;
  if (loops.empty()) {
    loops = o.loops;
    return;
  }
  for (size_t i = 0; i < std::min(loops.size(), o.loops.size()); ++i) {
    loops[i].iterations += o.loops[i].iterations;
    loops[i].counters.add(o.loops[i].counters);
    addAll(loops[i].byClass, o.loops[i].byClass);
  }
}

uint64_t Statistics::opcodeCount(const std::string &opcode) const {
  uint64_t sum = 0;
  for (auto &[name, count] : byOpcode)
    if (name.compare(0, opcode.size(), opcode) == 0 &&
        (name.size() == opcode.size() || name[opcode.size()] == '.'))
      sum += count;
  return sum;
}

std::string Statistics::text() const {
  std::string s = line("warp instructions", warpInstructions, "") +
                  line("thread instructions", threadInstructions, "");
  for (size_t i = 0; i < byClass.size(); ++i)
    if (byClass[i])
      s += line((std::string("  ") + statisticsClassName(i)).c_str(),
                byClass[i], "");
  s += line(
      "shared wavefronts", sharedWavefronts,
      fraction(", %.2f a request", ratio(sharedWavefronts, sharedRequests)) +
          fraction(", bank conflicts x%.2f", bankConflictFactor()));
  s += line("global sectors", globalSectors,
            fraction(", %.2f a request", ratio(globalSectors, globalRequests)));
  s += line("global bytes", globalBytesRead,
            " read, " + std::to_string(globalBytesWritten) + " written");
  s += line("tensor operations", tensorOperations, "");
  s += line("barrier arrivals", barriers, "");
  for (const LoopStatistics &l : loops) {
    if (!l.iterations)
      continue;
    s += std::string(size_t(2 * (l.depth - 1)), ' ') + "loop at line " +
         std::to_string(l.firstLine) + "-" + std::to_string(l.lastLine);
    if (l.sourceLine)
      s += " (" + l.sourceFile + ":" + std::to_string(l.sourceLine) + ")";
    s += ": " + std::to_string(l.iterations) + " iterations, " +
         std::to_string(l.counters.warpInstructions) + " instructions";
    for (size_t i = 0; i < l.byClass.size(); ++i)
      if (l.byClass[i])
        s += std::string(", ") + statisticsClassName(i) + " " +
             std::to_string(l.byClass[i]);
    s += fraction(", bank conflicts x%.2f", l.counters.bankConflictFactor()) +
         "\n";
  }
  return s;
}

Statistics summarise(const Program &program,
                     const std::vector<Counters> &counters) {
  Statistics s;
  s.launches = 1;
  const size_t classes = size_t(InstClass::Count);
  s.byClass.resize(classes);
  for (const FunctionCode &f : program.functions) {
    for (const Inst &inst : f.code) {
      const Counters &c = counters[inst.number];
      if (!c.warpInstructions)
        continue;
      s.Counters::add(c);
      s.byClass[size_t(inst.statClass)] += c.warpInstructions;
      if (inst.source)
        s.byOpcode[fullOpcode(*inst.source)] += c.warpInstructions;
    }
    for (const Loop &loop : findLoops(f)) {
      LoopStatistics l;
      l.function = f.source->name;
      l.depth = loop.depth;
      l.iterations = counters[f.code[loop.header].number].warpInstructions;
      l.byClass.resize(classes);
      if (const Statement *header = f.code[loop.header].source) {
        l.firstLine = header->line;
        l.sourceLine = header->location.line;
        auto file = program.module->files.find(header->location.file);
        if (l.sourceLine && file != program.module->files.end())
          l.sourceFile = file->second;
      }
      for (auto &[begin, end] : loop.ranges)
        for (uint32_t pc = begin; pc < end; ++pc) {
          const Inst &inst = f.code[pc];
          const Counters &c = counters[inst.number];
          l.counters.add(c);
          l.byClass[size_t(inst.statClass)] += c.warpInstructions;
          if (inst.source)
            l.lastLine = std::max(l.lastLine, inst.source->line);
        }
      s.loops.push_back(std::move(l));
    }
  }
  return s;
}

} // namespace ptxemu
