//===- DecodeArithmetic.cpp - Integer and floating-point opcodes ----------===//
#include "Decode/Decoder.h"
#include "Exec/Handlers.h"

namespace ptxemu {
namespace {

bool isHalf(const std::string &t) {
  return t == "f16" || t == "bf16" || t == "f16x2" || t == "bf16x2";
}
bool isFloat(const std::string &t) {
  return t == "f32" || t == "f64" || t == "f32x2" || isHalf(t);
}
InstClass classOf(const std::string &t) {
  return t == "f32" || t == "f32x2" ? InstClass::Float32
         : t == "f64"               ? InstClass::Float64
         : isHalf(t)                ? InstClass::Half
                                    : InstClass::Integer;
}
/// Names of float operations: add_f32_ftz_sat, but addsat_f16x2.
std::string floatName(const std::string &op, const std::string &t,
                      std::initializer_list<const char *> modifiers) {
  bool prefix = !(t == "f32" || t == "f32x2");
  std::string name = op, suffix;
  for (const char *m : modifiers)
    if (*m)
      (prefix ? name : suffix) += std::string(prefix ? "" : "_") + m;
  return name + "_" + t + suffix;
}
/// Signless operations are named by width; 16 bits live in 32.
std::string width(const std::string &t) {
  unsigned bits = typeBits(t);
  return bits == 64 ? "64" : "32";
}

} // namespace

/// Rounding modifiers; 0 is to nearest, others index the host's modes.
int Decoder::rounding() {
  if (take(".rn") || take(".rna"))
    return 0;
  if (take(".rz"))
    return 1;
  if (take(".rm"))
    return 2;
  if (take(".rp"))
    return 3;
  return 0;
}

std::string Decoder::flushSaturate() {
  std::string suffix;
  if (take(".ftz"))
    suffix += "_ftz";
  if (take(".sat"))
    suffix += "_sat";
  return suffix;
}

void Decoder::addSub() {
  if (take(".cc")) {
    carry();
    inst->mode[2] = 1;
    return;
  }
  inst->rounding = uint8_t(rounding());
  bool ftz = take(".ftz"), sat = take(".sat");
  std::string t = takeType(), name = s->opcode;
  unsigned bits = typeBits(t);
  inst->statClass = classOf(t);
  if (isFloat(t)) {
    name = floatName(name, t, {ftz ? "ftz" : "", sat ? "sat" : ""});
    if (t == "f32" && hasType()) { // d = widened a + c
      lane(name + "_" + takeType(), 32, {32, 32});
      return;
    }
  } else if (sat) {
    name += "sat_" + t;
  } else if (t == "u16x2" || t == "s16x2") {
    name += "_16x2";
  } else {
    name += "_" + width(t);
  }
  if (!isFloat(t) && ftz)
    fail("unknown modifier '.ftz' of an integer '" + s->opcode + "'");
  if (bits == 16)
    bits = 32;
  lane(name, bits, {bits, bits});
}

void Decoder::mul() {
  bool lo = take(".lo"), hi = take(".hi"), wide = take(".wide");
  if (lo || hi || wide) {
    std::string t = takeType();
    unsigned bits = typeBits(t);
    if (wide) {
      lane("mulwide_" + t, bits * 2, {bits, bits});
      return;
    }
    lane(lo ? "mullo_" + width(t) : "mulhi_" + t, bits, {bits, bits});
    return;
  }
  inst->rounding = uint8_t(rounding());
  bool ftz = take(".ftz"), sat = take(".sat");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (!isFloat(t))
    fail("mul of integers needs .lo, .hi or .wide");
  inst->statClass = classOf(t);
  std::string name = floatName("mul", t, {ftz ? "ftz" : "", sat ? "sat" : ""});
  lane(name, bits, {bits, bits});
}

void Decoder::mad() {
  if (take(".cc")) {
    carry();
    inst->mode[2] = 1;
    return;
  }
  bool lo = take(".lo"), hi = take(".hi"), wide = take(".wide");
  if (!lo && !hi && !wide) {
    fma(); // mad.f32 is fma.f32 on every target with .rn
    return;
  }
  bool sat = take(".sat");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (wide)
    lane("madwide_" + t + (sat ? "sat" : ""), bits * 2, {bits, bits, bits * 2});
  else if (lo)
    lane("madlo_" + width(t) + (sat ? "sat" : ""), bits, {bits, bits, bits});
  else
    lane(std::string("madhi") + (sat ? "sat" : "") + "_" + t, bits,
         {bits, bits, bits});
}

void Decoder::fma() {
  inst->rounding = uint8_t(rounding());
  bool ftz = take(".ftz"), sat = take(".sat"), relu = take(".relu");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  inst->statClass = classOf(t);
  std::string name = floatName(
      "fma", t, {ftz ? "ftz" : "", sat ? "sat" : "", relu ? "relu" : ""});
  if (t == "f32" && hasType()) { // a and b are widened
    lane(name + "_" + takeType(), 32, {32, 32, 32});
    return;
  }
  lane(name, bits, {bits, bits, bits});
}

void Decoder::div() {
  bool approx = take(".approx") || take(".full");
  inst->rounding = uint8_t(rounding());
  bool ftz = take(".ftz");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (isFloat(t)) {
    if (s->opcode != "div" || isHalf(t))
      fail("unsupported type of '" + s->opcode + "'");
    inst->statClass = t == "f32" ? InstClass::Float32 : InstClass::Float64;
  } else if (approx || ftz) {
    fail("unknown modifier of an integer '" + s->opcode + "'");
  }
  lane(s->opcode + "_" + t + (ftz ? "_ftz" : ""), bits, {bits, bits});
}

void Decoder::minMax() {
  bool ftz = take(".ftz"), nan = take(".NaN");
  bool xorsign = take(".xorsign");
  if (xorsign && !take(".abs"))
    fail(".xorsign goes with .abs");
  bool relu = take(".relu");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  inst->statClass = classOf(t);
  bool three = t == "f32" && s->operands.size() == 4;
  std::string name = floatName(s->opcode + (three ? "3" : ""), t,
                               {ftz ? "ftz" : "", nan ? "nan" : "",
                                xorsign ? "xorsign" : "", relu ? "relu" : ""});
  if (three)
    lane(name, bits, {bits, bits, bits});
  else
    lane(name, bits, {bits, bits});
}

void Decoder::unaryInteger() {
  bool shiftamt = take(".shiftamt");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  std::string name =
      s->opcode == "bfind"
          ? std::string(shiftamt ? "bfindshiftamt_" : "bfind_") + t
          : s->opcode + "_" + width(t);
  lane(name, s->opcode == "brev" ? bits : 32, {bits});
}

void Decoder::absNeg() {
  bool ftz = take(".ftz");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (isHalf(t) && ftz)
    fail("unknown modifier '.ftz' of a 16-bit '" + s->opcode + "'");
  inst->statClass = classOf(t);
  lane(s->opcode + "_" + t + (ftz ? "_ftz" : ""), bits, {bits});
}

void Decoder::logic() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  bool unary = s->opcode == "not" || s->opcode == "cnot";
  if (t == "pred") {
    operands(unary ? 2 : 3, unary ? 2 : 3);
    inst->fn = execPredicateLogic;
    inst->mode[0] = s->opcode == "and"   ? 0
                    : s->opcode == "or"  ? 1
                    : s->opcode == "xor" ? 2
                                         : 3;
    if (s->opcode == "cnot")
      fail("unsupported form of 'cnot'");
    inst->a = usePredicate(op(1));
    inst->b = unary ? inst->a : usePredicate(op(2));
    inst->d = def(op(0), 1);
    return;
  }
  std::string name =
      s->opcode + "_" + (s->opcode == "cnot" && bits == 16 ? "16" : width(t));
  if (unary)
    lane(name, bits, {bits});
  else
    lane(name, bits, {bits, bits});
}

void Decoder::shift() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  std::string name = s->opcode == "shl"
                         ? "shl_" + std::to_string(bits)
                         : "shr_" + std::string(isSignedType(t) ? "s" : "u") +
                               std::to_string(bits);
  lane(name, bits, {bits, 32});
}

void Decoder::unaryFloat() {
  bool approx = take(".approx");
  inst->rounding = uint8_t(rounding());
  bool ftz = take(".ftz");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  (void)approx; // the emulator's result is the correctly rounded one
  inst->statClass = classOf(t);
  // bf16 forms are spelled with .ftz; their results are bf16 all the same.
  bool halfFtz = t == "bf16" || t == "bf16x2";
  lane(s->opcode + "_" + t + (ftz && !halfFtz ? "_ftz" : ""), bits, {bits});
}

void Decoder::lop3() {
  if (take(".BoolOp") || takeType() != "b32")
    fail("unsupported type of 'lop3'");
  operands(5, 5);
  inst->control = Control::Lane;
  inst->lane = findLaneOrFail("lop3_32");
  inst->a = use(op(1), 32);
  inst->b = use(op(2), 32);
  inst->c = use(op(3), 32);
  inst->imm = uint32_t(immediate(op(4)));
  if (inst->imm > 255)
    fail("the table of 'lop3' has 8 bits");
  inst->d = def(op(0), 32);
}

void Decoder::prmt() {
  if (takeType() != "b32")
    fail("unsupported type of 'prmt'");
  static const char *modes[] = {"",     ".f4e", ".b4e", ".rc8",
                                ".ecl", ".ecr", ".rc16"};
  for (uint32_t i = 1; i < 7; ++i)
    if (take(modes[i]))
      inst->imm = i;
  lane("prmt_32", 32, {32, 32, 32});
}

void Decoder::shf() {
  std::string direction = takeAny({".l", ".r"});
  std::string mode = takeAny({".wrap", ".clamp"});
  if (takeType() != "b32" || direction.empty() || mode.empty())
    fail("unsupported form of 'shf'");
  lane("shf" + direction + mode + "_32", 32, {32, 32, 32});
}

void Decoder::bitField() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (s->opcode == "bfe") {
    lane("bfe_" + t, bits, {bits, 32, 32});
    return;
  }
  operands(5, 5);
  inst->fn = bits == 64 ? execBfi64 : execBfi32;
  inst->a = use(op(1), bits);
  inst->b = use(op(2), bits);
  inst->c = use(op(3), 32);
  inst->list = {use(op(4), 32)};
  inst->d = def(op(0), bits);
}

void Decoder::bmsk() {
  std::string mode = takeAny({".clamp", ".wrap"});
  takeType();
  lane("bmsk" + mode + "_32", 32, {32, 32});
}

void Decoder::szext() {
  std::string mode = takeAny({".clamp", ".wrap"});
  lane("szext" + mode + "_" + takeType(), 32, {32, 32});
}

void Decoder::dp() {
  bool hi = take(".hi");
  bool lo = take(".lo");
  if (s->opcode == "dp2a" && hi == lo)
    fail("'dp2a' needs .lo or .hi");
  std::string a = takeType(), b = takeType();
  inst->imm = (a == "s32" ? 1u : 0u) | (b == "s32" ? 2u : 0u) | (hi ? 4u : 0u);
  lane(s->opcode + "_32", 32, {32, 32, 32});
}

void Decoder::mul24() {
  if (!take(".lo"))
    fail("only the .lo form of '" + s->opcode + "' is supported");
  std::string t = takeType();
  if (s->opcode == "mul24")
    lane("mul24lo_" + t, 32, {32, 32});
  else
    lane("mad24lo_" + t, 32, {32, 32, 32});
}

void Decoder::sad() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  lane("sad_" + t, bits, {bits, bits, bits});
}

void Decoder::copysign() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  lane("copysign_" + t, bits, {bits, bits});
}

void Decoder::testp() {
  std::string kind = takeAny({".finite", ".infinite", ".number", ".notanumber",
                              ".normal", ".subnormal"});
  std::string t = takeType();
  lane(kind + "_" + t, 1, {typeBits(t)});
}

/// setp.cmp{.bool}{.ftz}.type p{|q}, a, b{, {!}c};
void Decoder::setp() {
  operands(3, 4);
  std::string cmp = takeAny({".eq", ".ne", ".lt", ".le", ".gt", ".ge", ".lo",
                             ".ls", ".hi", ".hs", ".equ", ".neu", ".ltu",
                             ".leu", ".gtu", ".geu", ".num", ".nan"});
  std::string boolOp = takeAny({".and", ".or", ".xor"});
  bool ftz = take(".ftz");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  cmp = cmp == "lo"   ? "lt"
        : cmp == "ls" ? "le"
        : cmp == "hi" ? "gt"
        : cmp == "hs" ? "ge"
                      : cmp;
  bool x2 = t == "f16x2" || t == "bf16x2";
  std::string base = t[0] == 'b' && t[1] != 'f' ? "u" + t.substr(1) : t;
  if (x2)
    base = t.substr(0, t.size() - 2);
  std::string suffix = ftz && t == "f32" ? "_ftz" : "";
  inst->lane = findLaneOrFail(cmp + "_" + base + suffix);
  inst->a = use(op(1), bits);
  inst->b = use(op(2), bits);
  bool simple = s->operands.size() == 3 && op(0).second.empty() && !x2;
  if (simple) {
    inst->control = Control::Lane;
    if (!boolOp.empty())
      fail("a Boolean operator needs a fourth operand");
    inst->d = def(op(0), 1);
    return;
  }
  if ((s->operands.size() == 4) != !boolOp.empty())
    fail("a Boolean operator and a fourth operand go together");
  inst->fn = execSetpCombined;
  inst->mode[0] = boolOp.empty()    ? 3
                  : boolOp == "and" ? 0
                  : boolOp == "or"  ? 1
                                    : 2;
  if (x2) { // p from the low halves, q from the high ones
    inst->lane2 = findLaneOrFail(cmp + "_" + base + "hi");
    if (op(0).second.empty())
      fail("a packed comparison sets p|q");
  }
  inst->c = constant(0xffffffffu, 1);
  if (s->operands.size() == 4) {
    inst->c = use(op(3), 1);
    inst->mode[1] = op(3).negated;
  }
  inst->d = def(op(0), 1);
  inst->list.assign(1,
                    op(0).second.empty() ? sink(1) : def(op(0).second[0], 1));
}

/// set.cmp.dtype.stype d, a, b: all ones or 1.0f.
void Decoder::set() {
  operands(3, 3);
  std::string cmp = takeAny({".eq", ".ne", ".lt", ".le", ".gt", ".ge", ".lo",
                             ".ls", ".hi", ".hs", ".equ", ".neu", ".ltu",
                             ".leu", ".gtu", ".geu", ".num", ".nan"});
  cmp = cmp == "lo"   ? "lt"
        : cmp == "ls" ? "le"
        : cmp == "hi" ? "gt"
        : cmp == "hs" ? "ge"
                      : cmp;
  bool ftz = take(".ftz");
  std::string d = takeType(), t = takeType();
  bool x2 = t == "f16x2" || t == "bf16x2";
  std::string base = t[0] == 'b' && t[1] != 'f' ? "u" + t.substr(1) : t;
  if (x2)
    base = t.substr(0, t.size() - 2);
  inst->lane =
      findLaneOrFail(cmp + "_" + base + (ftz && t == "f32" ? "_ftz" : ""));
  inst->fn = execSet;
  if (x2)
    inst->lane2 = findLaneOrFail(cmp + "_" + base + "hi");
  inst->imm = d == "f32"                     ? 0x3f800000u
              : d == "f16" || d == "f16x2"   ? 0x3c00u
              : d == "bf16" || d == "bf16x2" ? 0x3f80u
              : typeBits(d) == 16            ? 0xffffu
              : x2                           ? 0xffffu
                                             : 0xffffffffu;
  if (typeBits(d) > 32)
    fail("unsupported type of 'set'");
  unsigned bits = typeBits(t);
  inst->a = use(op(1), bits);
  inst->b = use(op(2), bits);
  inst->d = def(op(0), 32);
}

void Decoder::selp() {
  std::string t = takeType();
  unsigned bits = typeBits(t);
  inst->statClass = InstClass::Move;
  lane("selp_" + width(t), bits, {bits, bits, 1});
}

void Decoder::slct() {
  bool ftz = take(".ftz");
  (void)ftz; // a subnormal compares like zero of its sign: -0 >= 0
  std::string d = takeType(), c = takeType();
  unsigned bits = typeBits(d);
  if (c == "f32" && ftz)
    fail("unknown modifier '.ftz' of 'slct'");
  lane((c == "f32" ? "slctf_" : "slct_") + width(d), bits, {bits, bits, 32});
}

void Decoder::carry() {
  bool writesCarry = take(".cc");
  bool lo = take(".lo"), hi = take(".hi");
  std::string t = takeType();
  unsigned bits = typeBits(t);
  bool isMad = s->opcode[0] == 'm';
  operands(isMad ? 4 : 3, isMad ? 4 : 3);
  if (bits < 32 || (isMad && lo == hi))
    fail("unsupported form of '" + s->opcode + "'");
  if (carryRegister < 0) {
    carryRegister = int(f.registers.size());
    f.registers.push_back({"carry", 1, Special::None});
    f.constants.push_back(0);
  }
  inst->fn = bits == 64 ? execCarry64 : execCarry32;
  bool isSub = s->opcode[0] == 's';
  inst->mode[0] = isMad ? (lo ? 2 : 3) : isSub ? 1 : 0;
  inst->mode[1] = s->opcode.back() == 'c'; // addc, subc, madc read the carry
  inst->mode[2] = writesCarry;
  inst->mode[3] = isSignedType(t);
  inst->a = use(op(1), bits);
  inst->b = use(op(2), bits);
  if (isMad)
    inst->c = use(op(3), bits);
  inst->d = def(op(0), bits);
  inst->list = {uint32_t(carryRegister)};
  note(uint32_t(carryRegister), false);
  note(uint32_t(carryRegister), true);
}

//===- Moves --------------------------------------------------------------===//

void Decoder::mov() {
  operands(2, 2);
  std::string t = takeType();
  unsigned bits = typeBits(t);
  inst->statClass = InstClass::Move;
  inst->copiesOnly = true;
  const Operand &from = op(1), &to = op(0);
  if (t == "b128")
    fail("128-bit registers are not supported");
  if (from.kind == Operand::Vector) { // pack
    inst->fn = execPack;
    size_t n = from.elements.size();
    if (n == 0 || bits % n || bits / n < 8)
      fail("cannot pack this vector");
    inst->bytes = uint8_t(bits / n / 8);
    useList(from, unsigned(bits / n), n);
    inst->d = def(to, bits);
    inst->mode[0] = bits == 64;
    return;
  }
  if (to.kind == Operand::Vector) { // unpack
    inst->fn = execUnpack;
    size_t n = to.elements.size();
    if (n == 0 || bits % n || bits / n < 8)
      fail("cannot unpack into this vector");
    inst->bytes = uint8_t(bits / n / 8);
    inst->a = use(from, bits);
    inst->mode[0] = bits == 64;
    defList(to, unsigned(bits / n), n);
    return;
  }
  if (t == "pred") {
    inst->fn = execPredicateLogic;
    inst->mode[0] = 4;
    inst->a = inst->b = usePredicate(from);
    inst->d = def(to, 1);
    return;
  }
  if (from.kind == Operand::Symbol) { // the address of a variable
    if (module.functions.count(from.symbol) &&
        !function.locals.count(from.symbol))
      fail("addresses of functions are not supported");
    Space space = Space::Generic;
    auto local = function.locals.find(from.symbol);
    if (local != function.locals.end())
      space = local->second.space;
    else if (module.variables.count(from.symbol))
      space = module.variables.at(from.symbol).space;
    Address a = address(from, space);
    inst->d = def(to, bits);
    if (a.frameRelative) {
      inst->fn = execFrameAddress;
      inst->offset = a.offset;
      inst->mode[0] = bits == 64;
      return;
    }
    inst->control = Control::Lane;
    inst->lane = findLaneOrFail("mov_" + width(t));
    inst->a = constant(uint64_t(a.offset), bits);
    note(inst->a, false);
    return;
  }
  if (from.kind == Operand::Reg) {
    Special special = f.registers[from.reg].special;
    if (special == Special::Clock || special == Special::Clock64 ||
        special == Special::GlobalTimer) {
      inst->fn = execClock;
      inst->mode[0] = bits == 64;
      inst->d = def(to, bits);
      return;
    }
  }
  unsigned have = this->bits(from);
  if (have == 32 && bits == 64 &&
      f.registers[from.reg].special != Special::None) {
    lane("cvt_u64_u32", 64, {32});
    return;
  }
  lane("mov_" + width(t), bits, {bits});
}

} // namespace ptxemu
