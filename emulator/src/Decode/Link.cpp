//===- Link.cpp - A kernel with the functions and memory it uses ----------===//
#include "Decode/Decoder.h"

#include <set>

namespace ptxemu {
namespace {

/// The entry first, then every function it reaches through calls.
std::vector<std::string> reachable(const Module &module,
                                   const std::string &entry) {
  std::vector<std::string> list{entry};
  std::set<std::string> seen{entry};
  for (size_t i = 0; i < list.size(); ++i)
    for (const Statement &s : module.functions.at(list[i]).body) {
      if (s.callee.empty() || seen.count(s.callee))
        continue;
      auto it = module.functions.find(s.callee);
      if (it == module.functions.end() || it->second.isDeclaration)
        continue; // the decoder says what is wrong with it
      seen.insert(s.callee);
      list.push_back(s.callee);
    }
  return list;
}

void collectSymbols(const Operand &o, std::set<std::string> &into) {
  if (!o.symbol.empty())
    into.insert(o.symbol);
  for (const Operand &e : o.elements)
    collectSymbols(e, into);
}

/// Shared variables follow one another from sharedBase. Only the declared
/// alignment is honoured: a variable never sits on a larger boundary by luck,
/// so that code relying on one fails here as it may on the device.
void layOutShared(Program &p, const std::vector<std::string> &names) {
  uint64_t at = sharedBase, declared = 0;
  std::vector<std::string> external;
  uint32_t externalAlign = 1;
  auto place = [&](const std::string &key, const Variable &v) {
    if (v.isExtern || v.size == 0) {
      external.push_back(key);
      externalAlign = std::max(externalAlign, v.align);
      return;
    }
    at = (at + v.align - 1) / v.align * v.align;
    if (at % (2 * v.align) == 0)
      at += v.align;
    p.sharedOffsets[key] = uint32_t(at);
    at += v.size;
    declared = (declared + v.align - 1) / v.align * v.align + v.size;
    if (at > (1u << 20))
      throw PtxError(p.entry->line, "shared variables of '" + p.entry->name +
                                        "' are larger than 1 MiB");
  };
  for (const std::string &name : names) {
    const Function &f = p.module->functions.at(name);
    std::set<std::string> symbols;
    for (const Statement &s : f.body)
      for (const Operand &o : s.operands)
        collectSymbols(o, symbols);
    for (const auto &[key, v] : f.locals)
      if (v.space == Space::Shared)
        place(name + "/" + key, v);
    for (const std::string &symbol : symbols) {
      auto it = p.module->variables.find(symbol);
      if (it != p.module->variables.end() &&
          it->second.space == Space::Shared && !p.sharedOffsets.count(symbol))
        place(symbol, it->second);
    }
  }
  at = (at + externalAlign - 1) / externalAlign * externalAlign;
  if (!external.empty() && at % (2 * externalAlign) == 0)
    at += externalAlign;
  for (const std::string &key : external)
    p.sharedOffsets[key] = uint32_t(at);
  p.declaredSharedBytes =
      uint32_t((declared + externalAlign - 1) / externalAlign * externalAlign);
  p.sharedBytes = uint32_t(at - sharedBase);
}

} // namespace

std::unique_ptr<Program>
decodeProgram(const Module &module, const std::string &entry,
              const std::function<uint64_t(const std::string &)> &global) {
  auto it = module.functions.find(entry);
  if (it == module.functions.end() || !it->second.isEntry ||
      it->second.isDeclaration)
    throw PtxError(0, "the module has no kernel '" + entry + "'");
  auto program = std::make_unique<Program>();
  program->module = &module;
  program->entry = &it->second;
  std::vector<std::string> names = reachable(module, entry);
  layOutShared(*program, names);
  program->functions.resize(names.size());
  std::function<int(const std::string &, int)> callee =
      [&](const std::string &name, int line) {
        for (size_t i = 0; i < names.size(); ++i)
          if (names[i] == name)
            return int(i);
        throw PtxError(line, "function '" + name + "' is not defined");
      };
  for (size_t i = 0; i < names.size(); ++i) {
    FunctionCode &f = program->functions[i];
    f.source = &module.functions.at(names[i]);
    Decoder(*program, f, global, callee).run();
    computeReconvergence(f);
    allocateRegisters(f);
    for (Inst &inst : f.code)
      inst.number = program->instructions++;
    f.localBytes = uint32_t((f.source->frameBytes + 15) / 16 * 16);
  }
  return program;
}

} // namespace ptxemu
