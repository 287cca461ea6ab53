//===- Decoder.cpp - Operands, modifiers and the opcode table -------------===//
#include "Decode/Decoder.h"

#include "Exec/Handlers.h"

#include <cstring>

namespace ptxemu {

unsigned typeBits(const std::string &type) {
  if (type == "pred")
    return 1;
  return 8 * typeBytes("." + type);
}

bool isSignedType(const std::string &type) { return type[0] == 's'; }

const std::unordered_map<std::string, Decoder::Opcode> &Decoder::table() {
  using D = Decoder;
  static const std::unordered_map<std::string, Opcode> map = {
      {"add", &D::addSub},
      {"sub", &D::addSub},
      {"addc", &D::carry},
      {"subc", &D::carry},
      {"madc", &D::carry},
      {"mul", &D::mul},
      {"mad", &D::mad},
      {"fma", &D::fma},
      {"div", &D::div},
      {"rem", &D::div},
      {"min", &D::minMax},
      {"max", &D::minMax},
      {"popc", &D::unaryInteger},
      {"clz", &D::unaryInteger},
      {"brev", &D::unaryInteger},
      {"bfind", &D::unaryInteger},
      {"abs", &D::absNeg},
      {"neg", &D::absNeg},
      {"and", &D::logic},
      {"or", &D::logic},
      {"xor", &D::logic},
      {"not", &D::logic},
      {"cnot", &D::logic},
      {"shl", &D::shift},
      {"shr", &D::shift},
      {"rcp", &D::unaryFloat},
      {"sqrt", &D::unaryFloat},
      {"rsqrt", &D::unaryFloat},
      {"sin", &D::unaryFloat},
      {"cos", &D::unaryFloat},
      {"lg2", &D::unaryFloat},
      {"ex2", &D::unaryFloat},
      {"tanh", &D::unaryFloat},
      {"lop3", &D::lop3},
      {"prmt", &D::prmt},
      {"shf", &D::shf},
      {"bfe", &D::bitField},
      {"bfi", &D::bitField},
      {"bmsk", &D::bmsk},
      {"szext", &D::szext},
      {"dp4a", &D::dp},
      {"dp2a", &D::dp},
      {"mul24", &D::mul24},
      {"mad24", &D::mul24},
      {"sad", &D::sad},
      {"copysign", &D::copysign},
      {"testp", &D::testp},
      {"setp", &D::setp},
      {"set", &D::set},
      {"selp", &D::selp},
      {"slct", &D::slct},
      {"mov", &D::mov},
      {"cvt", &D::cvt},
      {"cvta", &D::cvta},
      {"isspacep", &D::isspacep},
      {"mapa", &D::mapa},
      {"getctarank", &D::getctarank},
      {"createpolicy", &D::createpolicy},
      {"ld", &D::load},
      {"ldu", &D::load},
      {"st", &D::store},
      {"atom", &D::atomic},
      {"red", &D::atomic},
      {"prefetch", &D::prefetch},
      {"prefetchu", &D::prefetch},
      {"applypriority", &D::prefetch},
      {"discard", &D::prefetch},
      {"bra", &D::branch},
      {"brx", &D::branchTable},
      {"call", &D::call},
      {"ret", &D::ret},
      {"exit", &D::exitOp},
      {"trap", &D::trap},
      {"brkpt", &D::trap},
      {"pmevent", &D::nop},
      {"nanosleep", &D::nanosleep},
      {"shfl", &D::shfl},
      {"vote", &D::vote},
      {"match", &D::match},
      {"redux", &D::redux},
      {"elect", &D::elect},
      {"activemask", &D::activemask},
      {"bar", &D::barrier},
      {"barrier", &D::barrier},
      {"ldmatrix", &D::ldmatrix},
      {"stmatrix", &D::stmatrix},
      {"movmatrix", &D::movmatrix},
      {"mma", &D::mma},
      {"wmma", &D::wmma},
      {"fence", &D::fence},
      {"membar", &D::fence},
      {"setmaxnreg", &D::setmaxnreg},
      {"cp", &D::cp},
      {"mbarrier", &D::mbarrier},
      {"wgmma", &D::wgmma},
      {"griddepcontrol", &D::griddepcontrol},
  };
  return map;
}

void Decoder::run() {
  f.registers = function.registers;
  f.constantBase = uint32_t(f.registers.size());
  f.code.reserve(function.body.size() + 1);
  f.uses.reserve(function.body.size() + 1);
  constant(0, 32);
  for (const Statement &st : function.body)
    statement(st);
  // Falling off the end returns.
  f.code.emplace_back();
  f.uses.emplace_back();
  f.code.back().control = function.isEntry ? Control::Exit : Control::Return;
  f.code.back().statClass = InstClass::Control;
  f.code.back().source =
      function.body.empty() ? nullptr : &function.body.back();
  for (const Inst &i : f.code)
    if (i.control == Control::Branch && i.target >= f.code.size())
      throw PtxError(function.line, "branch out of the function");
}

void Decoder::statement(const Statement &st) {
  s = &st;
  used.assign(st.modifiers.size(), 0);
  f.code.emplace_back();
  f.uses.emplace_back();
  inst = &f.code.back();
  uses = &f.uses.back();
  inst->source = s;
  if (st.guard >= 0) {
    inst->guard = st.guard;
    inst->guardNegated = st.guardNegated;
    note(uint32_t(st.guard), false);
  }
  auto it = table().find(st.opcode);
  if (it == table().end())
    fail("unknown opcode '" + st.opcode + "'");
  (this->*it->second)();
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i])
      fail("unknown modifier '" + st.modifiers[i] + "' of '" + st.opcode + "'");
  if (inst->control == Control::Handler && !inst->fn)
    fail("unknown form of '" + st.opcode + "'");
}

void Decoder::fail(const std::string &message) const {
  throw PtxError(s->line, message + ": " + s->text);
}

//===- Modifiers ----------------------------------------------------------===//

bool Decoder::peek(const char *modifier) const {
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && s->modifiers[i] == modifier)
      return true;
  return false;
}

bool Decoder::take(const char *modifier) {
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && s->modifiers[i] == modifier) {
      used[i] = 1;
      return true;
    }
  return false;
}

bool Decoder::hasType() const {
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && (typeBytes(s->modifiers[i]) || s->modifiers[i] == ".pred"))
      return true;
  return false;
}

std::string Decoder::takeType() {
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] &&
        (typeBytes(s->modifiers[i]) || s->modifiers[i] == ".pred")) {
      used[i] = 1;
      return s->modifiers[i].substr(1);
    }
  fail("a type is missing");
}

std::string Decoder::takeAny(std::initializer_list<const char *> choices) {
  for (const char *choice : choices)
    if (take(choice))
      return choice + 1;
  return "";
}

Space Decoder::takeSpace() {
  if (take(".global"))
    return Space::Global;
  if (take(".shared") || take(".shared::cta"))
    return Space::Shared;
  if (take(".shared::cluster")) {
    inst->cluster = true;
    return Space::Shared;
  }
  if (take(".local"))
    return Space::Local;
  if (take(".param") || take(".param::entry") || take(".param::func"))
    return Space::Param;
  if (take(".const"))
    return Space::Const;
  return Space::Generic;
}

/// Hints that change no result: cache operators, eviction, prefetch sizes.
void Decoder::takeCacheHints() {
  takeAny({".ca", ".cg", ".cs", ".lu", ".cv", ".wb", ".wt"});
  takeAny({".L1::evict_normal", ".L1::evict_unchanged", ".L1::evict_first",
           ".L1::evict_last", ".L1::no_allocate"});
  takeAny({".L2::evict_normal", ".L2::evict_first", ".L2::evict_last"});
  takeAny({".L2::64B", ".L2::128B", ".L2::256B"});
}

void Decoder::operands(size_t least, size_t most) {
  if (s->operands.size() < least || s->operands.size() > most)
    fail("'" + s->opcode + "' takes " + std::to_string(least) +
         (most != least ? " to " + std::to_string(most) : "") +
         " operands here, not " + std::to_string(s->operands.size()));
}

//===- Operands -----------------------------------------------------------===//

void Decoder::note(uint32_t reg, bool isDef) { uses->push_back({reg, isDef}); }

unsigned Decoder::bits(const Operand &o) const {
  return o.kind == Operand::Reg ? f.registers[o.reg].bits : 0;
}

uint32_t Decoder::constant(uint64_t value, unsigned width) {
  unsigned bits = width == 1 ? 1 : width == 64 ? 64 : 32;
  if (bits == 32)
    value &= 0xffffffffu;
  auto it = constants.find({value, bits});
  if (it != constants.end())
    return it->second;
  uint32_t reg = uint32_t(f.registers.size());
  f.registers.push_back({"", uint8_t(bits), Special::None});
  f.constants.push_back(value);
  constants[{value, bits}] = reg;
  return reg;
}

/// A register for results nobody wants.
uint32_t Decoder::sink(unsigned width) {
  unsigned bits = width == 1 ? 1 : width == 64 ? 64 : 32;
  auto it = sinks.find(bits);
  if (it == sinks.end()) {
    uint32_t reg = uint32_t(f.registers.size());
    f.registers.push_back({"_", uint8_t(bits), Special::None});
    f.constants.push_back(0);
    it = sinks.emplace(bits, reg).first;
  }
  note(it->second, true);
  return it->second;
}

uint64_t Decoder::immediate(const Operand &o) const {
  if (o.kind != Operand::Imm)
    fail("operand must be an immediate");
  return o.imm;
}

uint32_t Decoder::use(const Operand &o, unsigned width) {
  if (o.kind == Operand::Imm) {
    uint64_t value = o.imm;
    if (o.isFloat64 && width == 32) {
      double d;
      std::memcpy(&d, &value, 8);
      float narrow = float(d);
      uint32_t word;
      std::memcpy(&word, &narrow, 4);
      value = word;
    } else if (o.isFloat32 && width == 64) {
      float narrow;
      uint32_t word = uint32_t(value);
      std::memcpy(&narrow, &word, 4);
      double d = narrow;
      std::memcpy(&value, &d, 8);
    } else if (width == 1) {
      value = value ? 0xffffffffu : 0;
    }
    uint32_t reg = constant(value, width);
    note(reg, false);
    return reg;
  }
  if (o.kind != Operand::Reg)
    fail("operand must be a register or an immediate");
  unsigned have = bits(o);
  if (have != width && !(have <= 32 && width <= 32 && have > 1 && width > 1))
    fail("register '" + f.registers[o.reg].name + "' has " +
         std::to_string(have) + " bits, the instruction wants " +
         std::to_string(width));
  note(uint32_t(o.reg), false);
  return uint32_t(o.reg);
}

/// As wide as it is, but at least `least` bits.
uint32_t Decoder::useAny(const Operand &o, unsigned least) {
  return use(o, o.kind == Operand::Reg && bits(o) > least ? bits(o) : least);
}

uint32_t Decoder::def(const Operand &o, unsigned width) {
  if (o.kind == Operand::Sink)
    return sink(width);
  if (o.kind != Operand::Reg)
    fail("the result must be a register");
  if (f.registers[o.reg].special != Special::None)
    fail("register '" + f.registers[o.reg].name + "' cannot be written");
  unsigned have = bits(o);
  if (have != width && !(have <= 32 && width <= 32 && have > 1 && width > 1))
    fail("register '" + f.registers[o.reg].name + "' has " +
         std::to_string(have) + " bits, the instruction gives " +
         std::to_string(width));
  note(uint32_t(o.reg), true);
  return uint32_t(o.reg);
}

uint32_t Decoder::defAny(const Operand &o) {
  return def(o, o.kind == Operand::Reg ? bits(o) : 32);
}

uint32_t Decoder::usePredicate(const Operand &o) {
  if (o.negated)
    fail("a negated predicate is not expected here");
  return use(o, 1);
}

void Decoder::useList(const Operand &o, unsigned width, size_t count) {
  size_t have = o.kind == Operand::Vector ? o.elements.size() : 1;
  if (have != count)
    fail("expected a vector of " + std::to_string(count) + ", not " +
         std::to_string(have));
  for (size_t i = 0; i < count; ++i) {
    const Operand &e = o.kind == Operand::Vector ? o.elements[i] : o;
    inst->list.push_back(width ? use(e, width) : useAny(e, 32));
    inst->listBytes.push_back(e.kind == Operand::Reg && bits(e) == 64 ? 8 : 4);
    if (e.kind == Operand::Imm)
      inst->listBytes.back() = width == 64 ? 8 : 4;
  }
}

void Decoder::defList(const Operand &o, unsigned width, size_t count) {
  size_t have = o.kind == Operand::Vector ? o.elements.size() : 1;
  if (have != count)
    fail("expected a vector of " + std::to_string(count) + ", not " +
         std::to_string(have));
  for (size_t i = 0; i < count; ++i) {
    const Operand &e = o.kind == Operand::Vector ? o.elements[i] : o;
    unsigned own = e.kind == Operand::Reg ? bits(e) : 32;
    inst->list.push_back(def(e, width ? width : own));
    inst->listBytes.push_back((width ? width : own) == 64 ? 8 : 4);
  }
}

LaneFn Decoder::findLaneOrFail(const std::string &name) const {
  LaneFn fn = findLane(name.c_str());
  if (!fn)
    fail("unsupported form of '" + s->opcode + "' (no " + name + ")");
  return fn;
}

/// The common case: d = op(a, b, c) with the given widths.
Inst &Decoder::lane(const std::string &name, unsigned d,
                    std::initializer_list<unsigned> sources,
                    const std::string &) {
  operands(1 + sources.size(), 1 + sources.size());
  inst->control = Control::Lane;
  inst->lane = findLaneOrFail(name);
  size_t i = 1;
  for (unsigned width : sources) {
    uint32_t reg = use(op(i), width);
    (i == 1 ? inst->a : i == 2 ? inst->b : inst->c) = reg;
    ++i;
  }
  inst->d = def(op(0), d);
  return *inst;
}

//===- Addresses ----------------------------------------------------------===//

Decoder::Address Decoder::address(const Operand &o, Space space) {
  if (o.kind != Operand::Address && o.kind != Operand::Symbol)
    fail("an address in brackets is expected");
  Address a{0, o.offset, true, false, space};
  // Offsets wrap like addresses do.
  auto add = [&](uint64_t more) {
    a.offset = int64_t(uint64_t(a.offset) + more);
  };
  if (o.kind == Operand::Address && o.reg >= 0) {
    unsigned width = f.registers[o.reg].bits;
    if (width < 32)
      fail("an address register has 32 or 64 bits");
    a.is64 = width == 64;
    a.reg = uint32_t(o.reg);
    note(a.reg, false);
    return a;
  }
  a.reg = constant(0, 64);
  note(a.reg, false);
  if (o.symbol.empty()) {
    add(o.imm);
    return a;
  }
  Space where;
  auto local = function.locals.find(o.symbol);
  if (local != function.locals.end()) {
    const Variable &v = local->second;
    where = v.space;
    if (v.space == Space::Shared) {
      add(program.sharedOffsets.at(function.name + "/" + o.symbol));
    } else {
      bool entryParam = v.space == Space::Param && function.isEntry &&
                        o.symbol.find('@') == std::string::npos;
      add(v.offset);
      a.frameRelative = !entryParam;
      if (a.frameRelative)
        where = Space::Local;
    }
  } else {
    auto global = module.variables.find(o.symbol);
    if (global == module.variables.end())
      fail("variable '" + o.symbol + "' is not declared");
    where = global->second.space;
    if (where == Space::Shared)
      add(program.sharedOffsets.at(o.symbol));
    else
      add(globalAddress(o.symbol));
  }
  bool fits = space == where || (space == Space::Param && a.frameRelative) ||
              (space == Space::Generic &&
               (where == Space::Global || where == Space::Const));
  if (!fits)
    fail("variable '" + o.symbol + "' is in another space");
  a.space = where;
  return a;
}

void Decoder::useAddress(const Operand &o, Space space, uint32_t Inst::*reg,
                         int64_t Inst::*offset, int wideMode) {
  Address a = address(o, space);
  inst->*reg = a.reg;
  inst->*offset = a.offset;
  inst->mode[wideMode] = uint8_t((a.is64 ? 1 : 0) | (a.frameRelative ? 2 : 0));
  inst->space = a.space;
}

} // namespace ptxemu
