//===- ParseBody.cpp - Function bodies and instructions -------------------===//
#include "Parse/Parser.h"

#include <algorithm>

namespace ptxemu {
namespace {

constexpr size_t maxRegisters = size_t(1) << 20;
constexpr size_t maxStatements = size_t(1) << 22;
constexpr size_t maxScopes = 64;
constexpr size_t maxOperands = 1024;
constexpr uint64_t maxFrameBytes = uint64_t(1) << 20;

struct SpecialName {
  const char *name;
  Special special;
};
const SpecialName specialNames[] = {
    {"%tid.x", Special::TidX},
    {"%tid.y", Special::TidY},
    {"%tid.z", Special::TidZ},
    {"%ntid.x", Special::NtidX},
    {"%ntid.y", Special::NtidY},
    {"%ntid.z", Special::NtidZ},
    {"%ctaid.x", Special::CtaidX},
    {"%ctaid.y", Special::CtaidY},
    {"%ctaid.z", Special::CtaidZ},
    {"%nctaid.x", Special::NctaidX},
    {"%nctaid.y", Special::NctaidY},
    {"%nctaid.z", Special::NctaidZ},
    {"%laneid", Special::LaneId},
    {"%warpid", Special::WarpId},
    {"%nwarpid", Special::NwarpId},
    {"%smid", Special::SmId},
    {"%nsmid", Special::NsmId},
    {"%gridid", Special::GridId},
    {"%lanemask_eq", Special::LaneMaskEq},
    {"%lanemask_le", Special::LaneMaskLe},
    {"%lanemask_lt", Special::LaneMaskLt},
    {"%lanemask_ge", Special::LaneMaskGe},
    {"%lanemask_gt", Special::LaneMaskGt},
    {"%clusterid.x", Special::ClusterIdX},
    {"%clusterid.y", Special::ClusterIdY},
    {"%clusterid.z", Special::ClusterIdZ},
    {"%nclusterid.x", Special::NclusterIdX},
    {"%nclusterid.y", Special::NclusterIdY},
    {"%nclusterid.z", Special::NclusterIdZ},
    {"%cluster_ctaid.x", Special::ClusterCtaidX},
    {"%cluster_ctaid.y", Special::ClusterCtaidY},
    {"%cluster_ctaid.z", Special::ClusterCtaidZ},
    {"%cluster_nctaid.x", Special::ClusterNctaidX},
    {"%cluster_nctaid.y", Special::ClusterNctaidY},
    {"%cluster_nctaid.z", Special::ClusterNctaidZ},
    {"%cluster_ctarank", Special::ClusterCtarank},
    {"%cluster_nctarank", Special::ClusterNctarank},
    {"%is_explicit_cluster", Special::IsExplicitCluster},
    {"%dynamic_smem_size", Special::DynamicSmemSize},
    {"%total_smem_size", Special::TotalSmemSize},
    {"%envreg1", Special::EnvReg1},
    {"%envreg2", Special::EnvReg2},
    {"%clock", Special::Clock},
    {"%clock64", Special::Clock64},
    {"%globaltimer", Special::GlobalTimer},
};

} // namespace

Special specialRegister(std::string_view name) {
  for (const SpecialName &s : specialNames)
    if (name == s.name)
      return s.special;
  return Special::None;
}

unsigned specialBits(Special special) {
  switch (special) {
  case Special::Clock64:
  case Special::GlobalTimer:
  case Special::GridId:
    return 64;
  case Special::IsExplicitCluster:
    return 1;
  default:
    return 32;
  }
}

//===- Scopes -------------------------------------------------------------===//

void Parser::body() {
  expect('{');
  scopes.push_back({scopeCounter++, {}, {}, {}});
  for (std::vector<Variable> *list : {&current->params, &current->returns})
    for (Variable &v : *list) {
      scopes.back().variables[v.name] = v.name;
      current->locals[v.name] = v;
    }
  while (!scopes.empty()) {
    if (lexer.peek().kind == Token::End)
      fail("function '" + current->name + "' is not closed");
    bodyItem();
  }
}

void Parser::bodyItem() {
  const Token &t = lexer.peek();
  if (t.is('{')) {
    lexer.take();
    if (scopes.size() >= maxScopes)
      fail("blocks are nested more than 64 deep");
    scopes.push_back({scopeCounter++, {}, {}, {}});
  } else if (t.is('}')) {
    lexer.take();
    scopes.pop_back();
  } else if (t.is(';')) {
    lexer.take();
  } else if (t.is(".reg")) {
    registerDeclaration();
  } else if (t.is(".local") || t.is(".shared") || t.is(".param")) {
    Space space = t.is(".local")    ? Space::Local
                  : t.is(".shared") ? Space::Shared
                                    : Space::Param;
    lexer.take();
    localVariable(space);
  } else if (t.is(".loc")) {
    locDirective();
  } else if (t.is(".pragma")) {
    lexer.take();
    lexer.take();
    expect(';');
  } else if (t.kind == Token::Dot) {
    fail("unknown directive '" + std::string(t.text) + "'");
  } else {
    instruction();
  }
}

void Parser::registerDeclaration() {
  lexer.take();
  Token type = lexer.take();
  if (type.is(".v2") || type.is(".v4"))
    failAt(type.line, "vector registers are not supported");
  unsigned bytes = typeBytes(type.text);
  bool predicate = type.is(".pred");
  if (type.kind != Token::Dot || (!bytes && !predicate) || bytes > 8)
    failAt(type.line, "unsupported register type '" + std::string(type.text) +
                          "'; the emulator has .pred and 8 to 64 bits");
  uint8_t bits = predicate ? 1 : uint8_t(bytes * 8);
  do {
    std::string name(expectWord().text);
    if (accept('<')) {
      uint64_t count = expectInteger();
      expect('>');
      if (count > (uint64_t(1) << 32))
        fail("more than 2^32 registers '" + name + "'");
      scopes.back().ranges.push_back({name, count, bits});
    } else {
      if (current->registers.size() >= maxRegisters)
        fail("more than " + std::to_string(maxRegisters) + " registers");
      scopes.back().registers[name] = int(current->registers.size());
      current->registers.push_back({name, bits, Special::None});
    }
  } while (accept(','));
  expect(';');
}

void Parser::localVariable(Space space) {
  int line = lexer.line();
  Variable v = variable(space, false);
  expect(';');
  if (!v.init.empty())
    failAt(line, "a " +
                     std::string(space == Space::Shared ? "shared" : "local") +
                     " variable cannot have initial values");
  if (space != Space::Shared) {
    current->frameBytes =
        (current->frameBytes + v.align - 1) / v.align * v.align;
    v.offset = current->frameBytes;
    current->frameBytes += v.size;
    if (current->frameBytes > maxFrameBytes)
      failAt(line, "local memory of '" + current->name +
                       "' is larger than 1 MiB a thread");
  }
  std::string mangled = v.name + "@" + std::to_string(scopes.back().id);
  scopes.back().variables[v.name] = mangled;
  if (!current->locals.emplace(mangled, v).second)
    failAt(line, "variable '" + v.name + "' is declared twice");
}

void Parser::locDirective() {
  lexer.take();
  location.file = int(expectInteger());
  location.line = int(expectInteger());
  expectInteger();
  while (accept(',')) {
    Token what = expectWord();
    if (what.is("function_name")) {
      expectWord();
      if (accept('+'))
        expectInteger();
    } else if (what.is("inlined_at")) {
      expectInteger();
      expectInteger();
      expectInteger();
    } else {
      failAt(what.line,
             "unknown .loc attribute '" + std::string(what.text) + "'");
    }
  }
}

//===- Labels -------------------------------------------------------------===//

void Parser::defineLabel(std::string_view name, int line) {
  auto key = std::make_pair(scopes.back().id, std::string(name));
  if (!labels.emplace(key, int(current->body.size())).second)
    failAt(line, "label '" + std::string(name) + "' is defined twice");
}

void Parser::branchTargets(const std::string &label) {
  lexer.take();
  branchTableNames[{scopes.back().id, label}] =
      int(current->branchTables.size());
  int table = int(current->branchTables.size());
  current->branchTables.emplace_back();
  std::vector<int> chain;
  for (const Scope &s : scopes)
    chain.push_back(s.id);
  do {
    Token name = expectWord();
    labelUses.push_back({table, int(current->branchTables.back().size()), true,
                         std::string(name.text), chain, name.line});
    current->branchTables.back().push_back(-1);
  } while (accept(','));
  expect(';');
}

void Parser::resolveLabels() {
  for (const LabelUse &use : labelUses) {
    int target = -1;
    for (size_t i = use.scopes.size(); i-- > 0 && target < 0;) {
      auto it = labels.find({use.scopes[i], use.name});
      if (it != labels.end())
        target = it->second;
      auto table = branchTableNames.find({use.scopes[i], use.name});
      if (!use.table && target < 0 && table != branchTableNames.end())
        target = table->second;
    }
    if (target < 0)
      failAt(use.line, "label '" + use.name + "' is not defined");
    if (use.table) {
      current->branchTables[use.statement][use.operand] = target;
      continue;
    }
    Operand &o = current->body[use.statement].operands[use.operand];
    o.kind = Operand::Label;
    o.imm = uint64_t(target);
  }
}

//===- Instructions -------------------------------------------------------===//

void Parser::instruction() {
  size_t begin = lexer.position();
  Statement s;
  s.line = lexer.line();
  s.location = location;
  if (accept('@')) {
    s.guardNegated = accept('!');
    Token name = expectWord();
    s.guard = findRegister(name.text);
    if (s.guard < 0 || current->registers[s.guard].bits != 1)
      failAt(name.line,
             "guard '" + std::string(name.text) + "' is not a predicate");
  }
  Token opcode = expectWord();
  if (s.guard < 0 && accept(':')) {
    if (lexer.peek().is(".branchtargets"))
      branchTargets(std::string(opcode.text));
    else
      defineLabel(opcode.text, opcode.line);
    return;
  }
  s.opcode = std::string(opcode.text);
  while (lexer.peek().kind == Token::Dot)
    s.modifiers.push_back(std::string(lexer.take().text));
  if (s.opcode == "call") {
    callOperands(s);
  } else if (!lexer.peek().is(';')) {
    do {
      s.operands.push_back(operand());
      if (s.operands.size() > maxOperands)
        fail("instruction has more than 1024 operands");
    } while (accept(','));
  }
  size_t end = lexer.position();
  expect(';');
  if (current->body.size() >= maxStatements)
    fail("function has more than " + std::to_string(maxStatements) +
         " instructions");
  s.text = std::string(lexer.slice(begin, end));
  for (char &c : s.text)
    if (c == '\n' || c == '\t')
      c = ' ';
  bool isBranch = s.opcode == "bra" || s.opcode == "brx";
  for (size_t i = 0; i < s.operands.size(); ++i) {
    Operand &o = s.operands[i];
    if (o.kind != Operand::Symbol || !isBranch)
      continue;
    std::vector<int> chain;
    for (const Scope &scope : scopes)
      chain.push_back(scope.id);
    labelUses.push_back(
        {int(current->body.size()), int(i), false, o.symbol, chain, s.line});
  }
  current->body.push_back(std::move(s));
}

/// call{.uni} (ret), name, (args);   each list optional.
void Parser::callOperands(Statement &s) {
  auto list = [&](std::vector<Operand> &into) {
    expect('(');
    while (!accept(')')) {
      if (!into.empty())
        expect(',');
      into.push_back(operand());
      if (into.size() > maxOperands)
        fail("call has more than 1024 operands");
    }
  };
  if (lexer.peek().is('(')) {
    list(s.callReturns);
    expect(',');
  }
  Token callee = expectWord();
  if (findRegister(callee.text) >= 0)
    failAt(callee.line, "indirect calls are not supported");
  s.callee = std::string(callee.text);
  if (accept(','))
    list(s.callArguments);
}

Operand Parser::operand() {
  Operand o = primary();
  if (accept('|'))
    o.second.push_back(primary());
  return o;
}

Operand Parser::primary() {
  const Token &t = lexer.peek();
  if (t.is('[')) {
    return address();
  }
  Operand o;
  if (t.is('{')) {
    lexer.take();
    o.kind = Operand::Vector;
    while (!accept('}')) {
      if (!o.elements.empty())
        expect(',');
      if (lexer.peek().is('{') || lexer.peek().is('['))
        fail("a vector operand cannot be nested");
      o.elements.push_back(primary());
      if (o.elements.size() > maxOperands)
        fail("vector has more than 1024 elements");
    }
    return o;
  }
  if (t.is('!')) {
    lexer.take();
    o = wordOperand();
    o.negated = true;
    return o;
  }
  bool negative = accept('-');
  const Token &value = lexer.peek();
  if (value.kind == Token::Integer || value.kind == Token::Float32 ||
      value.kind == Token::Float64) {
    Token v = lexer.take();
    o.kind = Operand::Imm;
    o.imm = v.bits;
    o.isFloat32 = v.kind == Token::Float32;
    o.isFloat64 = v.kind == Token::Float64;
    if (negative && o.isFloat32)
      o.imm ^= 0x80000000u;
    else if (negative && o.isFloat64)
      o.imm ^= uint64_t(1) << 63;
    else if (negative)
      o.imm = 0 - o.imm;
    return o;
  }
  if (negative)
    fail("expected a number after '-'");
  return wordOperand();
}

Operand Parser::wordOperand() {
  Token t = expectWord();
  Operand o;
  if (t.text == "_")
    return o;
  if (t.text == "WARP_SZ") {
    o.kind = Operand::Imm;
    o.imm = 32;
    return o;
  }
  int reg = findRegister(t.text);
  if (reg < 0 && t.text[0] == '%') {
    std::string name(t.text);
    if (lexer.peek().kind == Token::Dot)
      name += std::string(lexer.take().text);
    Special special = specialRegister(name);
    if (special == Special::None)
      failAt(t.line, "unknown register '" + name + "'");
    reg = specialOperand(special, name);
  }
  if (reg >= 0) {
    o.kind = Operand::Reg;
    o.reg = reg;
    return o;
  }
  o.kind = Operand::Symbol;
  o.symbol = std::string(t.text);
  for (size_t i = scopes.size(); i-- > 0;) {
    auto it = scopes[i].variables.find(t.text);
    if (it != scopes[i].variables.end()) {
      o.symbol = it->second;
      break;
    }
  }
  if (accept('+'))
    o.offset = expectSigned();
  return o;
}

/// [base], [base+offset], [base, {coordinates}], [base, {..}, {..}].
Operand Parser::address() {
  expect('[');
  Operand base = primary();
  if (base.kind != Operand::Reg && base.kind != Operand::Symbol &&
      base.kind != Operand::Imm)
    fail("an address starts with a register, a variable or a number");
  Operand o;
  o.kind = Operand::Address;
  o.reg = base.reg;
  o.symbol = base.symbol;
  o.imm = base.imm;
  o.offset = base.offset;
  if (accept('+') || lexer.peek().is('-'))
    o.offset = int64_t(uint64_t(o.offset) + uint64_t(expectSigned()));
  while (accept(','))
    o.elements.push_back(primary());
  expect(']');
  return o;
}

//===- Registers ----------------------------------------------------------===//

int Parser::specialOperand(Special special, std::string_view name) {
  auto it = specials.find(special);
  if (it != specials.end())
    return it->second;
  int index = int(current->registers.size());
  current->registers.push_back(
      {std::string(name), uint8_t(specialBits(special)), special});
  specials[special] = index;
  return index;
}

int Parser::findRegister(std::string_view name) {
  size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9')
    --digits;
  for (size_t i = scopes.size(); i-- > 0;) {
    Scope &scope = scopes[i];
    auto it = scope.registers.find(name);
    if (it != scope.registers.end())
      return it->second;
    // A prefix may end in a digit, so every split of the digits counts.
    for (const RegisterRange &range : scope.ranges) {
      size_t p = range.prefix.size();
      if (p < digits || p >= name.size() || name.substr(0, p) != range.prefix ||
          name.size() - p > 10)
        continue;
      uint64_t number = 0;
      for (size_t k = p; k < name.size(); ++k)
        number = number * 10 + uint64_t(name[k] - '0');
      if (number >= range.count)
        continue;
      if (current->registers.size() >= maxRegisters)
        fail("more than " + std::to_string(maxRegisters) + " registers");
      int index = int(current->registers.size());
      scope.registers.emplace(std::string(name), index);
      current->registers.push_back(
          {std::string(name), range.bits, Special::None});
      return index;
    }
  }
  return -1;
}

} // namespace ptxemu
