//===- DecodeConvert.cpp - cvt and address conversions --------------------===//
#include "Decode/Decoder.h"
#include "Exec/Handlers.h"
#include "Exec/SmallFloat.h"

namespace ptxemu {
namespace {

/// Strips the packing of a type: `f16x2` holds f16.
std::string elementType(const std::string &t) {
  return t.size() > 2 && t.substr(t.size() - 2) == "x2"
             ? t.substr(0, t.size() - 2)
             : t;
}

} // namespace

/// cvt{.rounding}{.relu}{.satfinite}{.ftz}{.sat}.dtype.atype d, a{, b};
void Decoder::cvt() {
  inst->statClass = InstClass::Convert;
  static const std::pair<const char *, Rounding> roundings[] = {
      {".rn", Rounding::Nearest}, {".rna", Rounding::NearestAway},
      {".rz", Rounding::Zero},    {".rm", Rounding::Down},
      {".rp", Rounding::Up},      {".rni", Rounding::Nearest},
      {".rzi", Rounding::Zero},   {".rmi", Rounding::Down},
      {".rpi", Rounding::Up}};
  Rounding mode = Rounding::Nearest;
  bool integral = false, given = false;
  for (auto &[name, value] : roundings)
    if (take(name)) {
      mode = value;
      given = true;
      integral = name[std::char_traits<char>::length(name) - 1] == 'i';
    }
  bool relu = take(".relu"), satfinite = take(".satfinite");
  bool ftz = take(".ftz"), sat = take(".sat");
  std::string d = takeType(), a = takeType();
  Format to = formatOf(elementType(d)), from = formatOf(elementType(a));
  if (to == Format::None || from == Format::None)
    fail("unsupported type of 'cvt'");
  bool packs = elementType(d) != d, unpacks = elementType(a) != a;
  size_t sources = packs && !unpacks ? 2 : 1;
  operands(1 + sources, 1 + sources);
  unsigned dBits = typeBits(d), aBits = typeBits(a);
  if (dBits < 16)
    dBits = 16;
  // An operand register may be wider than its type.
  auto source = [&](size_t i) {
    return useAny(op(i), aBits < 32 ? 32 : aBits);
  };
  if (bits(op(0)) == 64 && dBits < 64) {
    inst->mode[4] = 1; // extend into the wider register
    inst->mode[5] = isSignedType(d);
  }
  // The plain integer and common float conversions run vectorised.
  bool integers = !isFloatFormat(to) && !isFloatFormat(from);
  bool plain = !sat && !satfinite && !relu && !ftz && !inst->mode[4] &&
               !integral && mode == Rounding::Nearest &&
               (aBits == 64) == (bits(op(1)) == 64);
  std::string name = "cvt_" + d + "_" + a;
  if (plain && (integers || given || d == "f32" || d == "f64") &&
      findLane(name.c_str())) {
    inst->control = Control::Lane;
    inst->lane = findLane(name.c_str());
    inst->a = source(1);
    if (sources == 2)
      inst->b = source(2);
    inst->d = def(op(0), dBits == 16 ? 32 : dBits);
    return;
  }
  inst->fn = execConvert;
  inst->imm = uint32_t(to) | uint32_t(from) << 8 | uint32_t(mode) << 16;
  inst->imm2 = (relu ? convertRelu : 0) | (satfinite ? convertSatFinite : 0) |
               (ftz ? convertFlush : 0) | (sat ? convertSaturate : 0) |
               (integral ? convertIntegral : 0);
  inst->mode[0] = packs;
  inst->mode[1] = unpacks;
  inst->mode[2] = bits(op(1)) == 64;
  inst->mode[3] = typeBits(d) == 64;
  inst->a = source(1);
  if (sources == 2)
    inst->b = source(2);
  inst->d =
      inst->mode[4] ? def(op(0), 64) : def(op(0), dBits == 16 ? 32 : dBits);
}

/// cvta.space d, a (to generic) and cvta.to.space d, a (from generic).
void Decoder::cvta() {
  operands(2, 2);
  bool to = take(".to");
  Space space = takeSpace();
  unsigned bits = typeBits(takeType());
  if (bits != 64)
    fail("generic addresses have 64 bits");
  inst->statClass = InstClass::Move;
  if (op(1).kind == Operand::Symbol) {
    Address a = address(op(1), space);
    inst->a = constant(uint64_t(a.offset), 64);
    inst->mode[2] = a.frameRelative;
  } else {
    inst->a = use(op(1), 64);
  }
  inst->fn = execCvta;
  inst->space = space;
  inst->mode[0] = to;
  inst->d = def(op(0), 64);
}

void Decoder::isspacep() {
  operands(2, 2);
  inst->space = takeSpace();
  inst->fn = execIsSpace;
  inst->a = use(op(1), 64);
  inst->d = def(op(0), 1);
}

void Decoder::mapa() {
  operands(3, 3);
  Space space = takeSpace();
  unsigned bits = typeBits(takeType());
  inst->fn = execMapa;
  inst->mode[0] = bits == 64;
  inst->mode[1] = space == Space::Generic;
  if (op(1).kind == Operand::Symbol) {
    Address a = address(op(1), Space::Shared);
    inst->a = constant(uint64_t(a.offset), bits);
  } else {
    inst->a = use(op(1), bits);
  }
  inst->b = use(op(2), 32);
  inst->d = def(op(0), bits);
}

void Decoder::getctarank() {
  operands(2, 2);
  Space space = takeSpace();
  unsigned bits = typeBits(takeType());
  inst->fn = execGetCtaRank;
  inst->mode[0] = bits == 64;
  inst->mode[1] = space == Space::Generic;
  inst->a = use(op(1), bits);
  inst->d = def(op(0), 32);
}

/// L2 policies change no result: the policy is an opaque number.
void Decoder::createpolicy() {
  takeAny({".fractional", ".range"});
  while (!takeAny({".L2::evict_last", ".L2::evict_normal", ".L2::evict_first",
                   ".L2::evict_unchanged"})
              .empty()) {
  }
  takeAny({".global"});
  takeType();
  operands(1, 4);
  inst->control = Control::Lane;
  inst->lane = findLaneOrFail("mov_64");
  inst->a = constant(0x1234, 64);
  inst->d = def(op(0), 64);
}

} // namespace ptxemu
