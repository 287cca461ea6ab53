//===- Atomic.cpp - Read-modify-write operations --------------------------===//
#include "Exec/Handlers.h"
#include "Exec/SmallFloat.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ptxemu {
namespace {

template <typename T> T as(uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof(T));
  return v;
}
template <typename T> uint64_t raw(T v) {
  uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof(T));
  return bits;
}

template <typename T>
uint64_t integer(AtomicOp op, uint64_t old, uint64_t value) {
  T a = T(old), b = T(value);
  switch (op) {
  case AtomicOp::Min:
    return uint64_t(std::min(a, b));
  case AtomicOp::Max:
    return uint64_t(std::max(a, b));
  case AtomicOp::Inc: // wraps to zero at the bound
    return uint64_t(a >= b ? T(0) : T(a + 1));
  default:
    return uint64_t(a == 0 || a > b ? b : T(a - 1)); // Dec
  }
}

/// Sum of two small floats through f64, which holds them and their sum's
/// rounding exactly enough: 53 bits are more than twice 11 and two.
uint64_t smallSum(Format f, uint64_t a, uint64_t b) {
  double x = as<double>(convert(Format::F64, f, a, Rounding::Nearest, 0));
  double y = as<double>(convert(Format::F64, f, b, Rounding::Nearest, 0));
  return convert(f, Format::F64, raw(x + y), Rounding::Nearest, 0);
}

uint64_t smallMinMax(Format f, bool greater, uint64_t a, uint64_t b) {
  double x =
      as<double>(convert(Format::F64, f, a & 0xffff, Rounding::Nearest, 0));
  double y =
      as<double>(convert(Format::F64, f, b & 0xffff, Rounding::Nearest, 0));
  if (std::isnan(x))
    return b & 0xffff;
  if (std::isnan(y))
    return a & 0xffff;
  return (greater ? x >= y : x <= y) ? a & 0xffff : b & 0xffff;
}

uint64_t pairwise(AtomicOp op, Format f, uint64_t a, uint64_t b) {
  uint64_t r = 0;
  for (int i = 0; i < 32; i += 16) {
    uint64_t x = a >> i & 0xffff, y = b >> i & 0xffff;
    uint64_t v = op == AtomicOp::Add
                     ? smallSum(f, x, y)
                     : smallMinMax(f, op == AtomicOp::Max, x, y);
    r |= (v & 0xffff) << i;
  }
  return r;
}

} // namespace

AtomicType atomicType(const std::string &t) {
  static const std::pair<const char *, AtomicType> names[] = {
      {"u32", AtomicType::U32},     {"b32", AtomicType::U32},
      {"s32", AtomicType::S32},     {"u64", AtomicType::U64},
      {"b64", AtomicType::U64},     {"s64", AtomicType::S64},
      {"f32", AtomicType::F32},     {"f64", AtomicType::F64},
      {"f16", AtomicType::F16},     {"bf16", AtomicType::BF16},
      {"f16x2", AtomicType::F16x2}, {"bf16x2", AtomicType::BF16x2},
      {"b16", AtomicType::B16}};
  for (auto &[name, type] : names)
    if (t == name)
      return type;
  return AtomicType::None;
}

unsigned atomicBytes(AtomicType t) {
  switch (t) {
  case AtomicType::U64:
  case AtomicType::S64:
  case AtomicType::F64:
    return 8;
  case AtomicType::F16:
  case AtomicType::BF16:
  case AtomicType::B16:
    return 2;
  default:
    return 4;
  }
}

bool atomicSupported(AtomicOp op, AtomicType t) {
  bool isInteger = t >= AtomicType::U32 && t <= AtomicType::S64;
  bool isSmall = t >= AtomicType::F16 && t <= AtomicType::BF16x2;
  switch (op) {
  case AtomicOp::Add:
    return t != AtomicType::B16;
  case AtomicOp::Min:
  case AtomicOp::Max:
    return isInteger || isSmall;
  case AtomicOp::Exch:
  case AtomicOp::Cas:
    return isInteger || t == AtomicType::B16;
  case AtomicOp::Inc:
  case AtomicOp::Dec:
    return t == AtomicType::U32;
  default:
    return isInteger;
  }
}

uint64_t atomicApply(AtomicOp op, AtomicType t, uint64_t old, uint64_t value,
                     uint64_t value2) {
  switch (op) {
  case AtomicOp::Exch:
    return value;
  case AtomicOp::Cas: {
    uint64_t mask = atomicBytes(t) == 8   ? ~uint64_t(0)
                    : atomicBytes(t) == 4 ? 0xffffffffu
                                          : 0xffffu;
    return (old & mask) == (value & mask) ? value2 : old;
  }
  case AtomicOp::And:
    return old & value;
  case AtomicOp::Or:
    return old | value;
  case AtomicOp::Xor:
    return old ^ value;
  default:
    break;
  }
  switch (t) {
  case AtomicType::F32:
    return raw(as<float>(old) + as<float>(value));
  case AtomicType::F64:
    return raw(as<double>(old) + as<double>(value));
  case AtomicType::F16:
    return pairwise(op, Format::F16, old & 0xffff, value & 0xffff) & 0xffff;
  case AtomicType::BF16:
    return pairwise(op, Format::BF16, old & 0xffff, value & 0xffff) & 0xffff;
  case AtomicType::F16x2:
    return pairwise(op, Format::F16, old, value);
  case AtomicType::BF16x2:
    return pairwise(op, Format::BF16, old, value);
  default:
    break;
  }
  if (op == AtomicOp::Add)
    return old + value;
  switch (t) {
  case AtomicType::S32:
    return integer<int32_t>(op, old, value);
  case AtomicType::U64:
    return integer<uint64_t>(op, old, value);
  case AtomicType::S64:
    return integer<int64_t>(op, old, value);
  default:
    return integer<uint32_t>(op, old, value);
  }
}

} // namespace ptxemu
