//===- VectorBuilder.cpp - Short names for vector IR ----------------------===//

#include "VectorBuilder.h"

#include <array>

using namespace mlir;

namespace conv::monarch {

Value VectorBuilder::addi(Value a, Value b) {
  return arith::AddIOp::create(*this, a, b);
}

Value VectorBuilder::addi(Value a, int64_t b) {
  return b == 0 ? a : addi(a, index(b));
}

Value VectorBuilder::subi(Value a, Value b) {
  return arith::SubIOp::create(*this, a, b);
}

Value VectorBuilder::muli(Value a, int64_t b) {
  return b == 1 ? a : muli(a, index(b));
}

Value VectorBuilder::muli(Value a, Value b) {
  return arith::MulIOp::create(*this, a, b);
}

Value VectorBuilder::splat(double v) {
  APFloat value(v);
  bool lost;
  value.convert(cast<FloatType>(compute).getFloatSemantics(),
                APFloat::rmNearestTiesToEven, &lost);
  return arith::ConstantOp::create(*this,
                                   DenseElementsAttr::get(vectorType, value));
}

Value VectorBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(*this, a, b);
}

Value VectorBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(*this, a, b);
}

Value VectorBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(*this, a, b);
}

Value VectorBuilder::neg(Value a) { return arith::NegFOp::create(*this, a); }

Value VectorBuilder::fma(Value a, Value b, Value c) {
  if (isa<VectorType>(a.getType()))
    return vector::FMAOp::create(*this, a, b, c);
  return add(mul(a, b), c);
}

Value VectorBuilder::fnma(Value a, Value b, Value c) {
  return fma(neg(a), b, c);
}

Complex VectorBuilder::cmul(Complex z, Complex w) {
  return {fnma(z.im, w.im, mul(z.re, w.re)), fma(z.im, w.re, mul(z.re, w.im))};
}

Complex VectorBuilder::cfma(Complex z, Complex w, Complex acc) {
  return {fnma(z.im, w.im, fma(z.re, w.re, acc.re)),
          fma(z.im, w.re, fma(z.re, w.im, acc.im))};
}

Value VectorBuilder::convert(Value v, Type element) {
  Type from = getElementTypeOrSelf(v.getType());
  if (from == element)
    return v;
  Type to = element;
  if (auto vector = dyn_cast<VectorType>(v.getType()))
    to = VectorType::get(vector.getShape(), element);
  unsigned fromBits = from.getIntOrFloatBitWidth();
  unsigned toBits = element.getIntOrFloatBitWidth();
  if (fromBits < toBits)
    return arith::ExtFOp::create(*this, to, v);
  if (fromBits > toBits)
    return arith::TruncFOp::create(*this, to, v);
  // f16 <-> bf16 have no direct conversion; go through f32.
  return convert(convert(v, getF32Type()), element);
}

Value VectorBuilder::load(Address address) {
  Type element = cast<MemRefType>(address.memref.getType()).getElementType();
  auto type = VectorType::get({lanes}, element);
  Value v = vector::LoadOp::create(*this, type, address.memref, address.offset);
  return convert(v, compute);
}

/// Lanes that hold the digits of one leaf; see RightAngleTables.h.
constexpr int64_t groupLanes = 16;

Value VectorBuilder::loadGroup(Address address, int64_t count) {
  Type element = cast<MemRefType>(address.memref.getType()).getElementType();
  Value v =
      vector::LoadOp::create(*this, VectorType::get({groupLanes}, element),
                             address.memref, address.offset);
  v = convert(v, compute);
  if (count == 0)
    count = lanes / groupLanes;
  return concatenate(SmallVector<Value>(count, v));
}

Value VectorBuilder::loadScalar(Address address) {
  return convert(memref::LoadOp::create(*this, address.memref, address.offset),
                 compute);
}

Value VectorBuilder::concatenate(ValueRange groups) {
  if (groups.size() == 1)
    return groups[0];
  assert(groups.size() == 2 && "registers hold one or two groups");
  SmallVector<int64_t> mask;
  for (int64_t l = 0; l < 2 * groupLanes; ++l)
    mask.push_back(l);
  return shuffle(groups[0], groups[1], mask);
}

Value VectorBuilder::group(Value v, int64_t index) {
  if (cast<VectorType>(v.getType()).getDimSize(0) == groupLanes)
    return v;
  SmallVector<int64_t> mask;
  for (int64_t l = 0; l < groupLanes; ++l)
    mask.push_back(index * groupLanes + l);
  return shuffle(v, v, mask);
}

Value VectorBuilder::broadcast(Address address) {
  return vector::BroadcastOp::create(*this, vectorType, loadScalar(address));
}

void VectorBuilder::store(Value v, Address address, bool nontemporal) {
  auto type = cast<MemRefType>(address.memref.getType());
  v = convert(v, type.getElementType());
  if (!isa<VectorType>(v.getType())) {
    memref::StoreOp::create(*this, v, address.memref, address.offset);
    return;
  }
  if (!nontemporal) {
    vector::StoreOp::create(*this, v, address.memref, address.offset);
    return;
  }
  int64_t bytes = cast<VectorType>(v.getType()).getNumElements() *
                  type.getElementType().getIntOrFloatBitWidth() / 8;
  vector::StoreOp::create(*this, v, address.memref, address.offset,
                          /*nontemporal=*/true, llvm::MaybeAlign(bytes));
}

Complex VectorBuilder::loadComplex(Address address) {
  return {load(address), load(address, lanes)};
}

void VectorBuilder::storeComplex(Complex z, Address address) {
  store(z.re, address);
  store(z.im, at(address, lanes));
}

void VectorBuilder::loop(Value lower, Value upper, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  auto op = scf::ForOp::create(*this, lower, upper, index(step));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

void VectorBuilder::loop(int64_t lower, int64_t upper, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  if (lower + step >= upper) { // at most one iteration needs no loop
    if (lower < upper)
      body(index(lower));
    return;
  }
  loop(index(lower), index(upper), step, body);
}

SmallVector<Value> VectorBuilder::loop(
    Value lower, Value upper, int64_t step, ValueRange init,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto op = scf::ForOp::create(*this, lower, upper, index(step), init);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  scf::YieldOp::create(*this,
                       body(op.getInductionVar(), op.getRegionIterArgs()));
  return llvm::to_vector(
      llvm::map_range(op.getResults(), [](OpResult r) -> Value { return r; }));
}

void VectorBuilder::ifElse(Value condition, llvm::function_ref<void()> thenBody,
                           llvm::function_ref<void()> elseBody) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  thenBody();
  setInsertionPointToStart(op.elseBlock());
  elseBody();
}

Value VectorBuilder::shuffle(Value a, Value b, ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(*this, a, b, mask);
}

/// The exchange inside groups of four 16-bit lanes, by unpacks: a shuffle of
/// single 16-bit lanes across a register is three instructions' work.
static void exchangeWithinHalves(VectorBuilder &b, MutableArrayRef<Value> x) {
  // Unpack units of `width` lanes from the low or high half of every eight.
  auto unpack = [&](Value p, Value r, int64_t width, bool high) {
    SmallVector<int64_t> mask;
    for (int64_t l = 0; l < b.lanes; ++l) {
      int64_t within = l % 8, unit = within / width;
      int64_t from = (unit / 2) * width + within % width + (high ? 4 : 0);
      mask.push_back((unit % 2) * b.lanes + l - within + from);
    }
    return b.shuffle(p, r, mask);
  };
  // After two rounds a register has two digits of one half's group; the last
  // round joins the same digit of both halves.
  Value joined[2][2];
  for (bool high : {false, true}) {
    Value p = unpack(x[0], x[1], 1, high), q = unpack(x[2], x[3], 1, high);
    joined[high][0] = unpack(p, q, 2, false);
    joined[high][1] = unpack(p, q, 2, true);
  }
  for (int pair = 0; pair < 2; ++pair)
    for (bool high : {false, true})
      x[2 * pair + high] = unpack(joined[0][pair], joined[1][pair], 4, high);
}

void exchange(VectorBuilder &b, MutableArrayRef<Value> x, int64_t stride) {
  if (stride == 1 && b.compute.getIntOrFloatBitWidth() == 16)
    return exchangeWithinHalves(b, x);
  // A 4x4 transpose in two rounds of two-input shuffles. The rounds are chosen
  // so that each is one instruction: unpacks inside 128-bit lanes for stride 1,
  // shuffles of whole 128-bit lanes for stride 4.
  //
  // `pick` maps a digit of the result lane to (input, digit of its lane).
  using Pick = std::array<std::pair<int, int>, 4>;
  auto round = [&](Value p, Value r, Pick pick) {
    SmallVector<int64_t> mask;
    for (int64_t l = 0; l < b.lanes; ++l) {
      int64_t digit = (l / stride) % 4;
      auto [input, from] = pick[digit];
      mask.push_back(input * b.lanes + l + (from - digit) * stride);
    }
    return b.shuffle(p, r, mask);
  };
  bool within = stride == 1;
  Pick even = within ? Pick{{{0, 0}, {1, 0}, {0, 1}, {1, 1}}}
                     : Pick{{{0, 0}, {0, 2}, {1, 0}, {1, 2}}};
  Pick odd = within ? Pick{{{0, 2}, {1, 2}, {0, 3}, {1, 3}}}
                    : Pick{{{0, 1}, {0, 3}, {1, 1}, {1, 3}}};
  Pick low = within ? Pick{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}} : even;
  Pick high = within ? Pick{{{0, 2}, {0, 3}, {1, 2}, {1, 3}}} : odd;
  Value p = round(x[0], x[1], even), q = round(x[0], x[1], odd);
  Value r = round(x[2], x[3], even), s = round(x[2], x[3], odd);
  // p and r hold digits 0, 1 of the lanes (stride 1) or 0, 2 (stride 4).
  x[0] = round(p, r, low);
  x[within ? 1 : 2] = round(p, r, high);
  x[within ? 2 : 1] = round(q, s, low);
  x[3] = round(q, s, high);
}

void exchange(VectorBuilder &b, MutableArrayRef<Complex> x, int64_t stride) {
  Value re[4], im[4];
  for (int q = 0; q < 4; ++q) {
    re[q] = x[q].re;
    im[q] = x[q].im;
  }
  exchange(b, re, stride);
  exchange(b, im, stride);
  for (int q = 0; q < 4; ++q)
    x[q] = {re[q], im[q]};
}

} // namespace conv::monarch
