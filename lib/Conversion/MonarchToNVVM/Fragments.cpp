//===- Fragments.cpp - 16x16 tiles spread over a warp ---------------------===//

#include "Fragments.h"

using namespace mlir;

namespace conv::nvidia {

//===----------------------------------------------------------------------===//
// Two halves at a time
//===----------------------------------------------------------------------===//

Value Fragments::add(Value x, Value y) { return LLVM::FAddOp::create(b, x, y); }
Value Fragments::sub(Value x, Value y) { return LLVM::FSubOp::create(b, x, y); }
Value Fragments::mul(Value x, Value y) { return LLVM::FMulOp::create(b, x, y); }
Value Fragments::fma(Value x, Value y, Value z) {
  return LLVM::FMAOp::create(b, x, y, z);
}
// A negation that is an instruction of its own folds into its user's operand;
// an exclusive or of the sign bits would not.
Value Fragments::neg(Value x) { return LLVM::FNegOp::create(b, x); }

Complex Fragments::mul(Complex x, Complex y, bool conjugate) {
  Value re = mul(x.re, y.re), im = mul(x.im, y.re);
  Value minus = neg(y.im);
  if (conjugate)
    return {fma(x.im, y.im, re), fma(x.re, minus, im)};
  return {fma(x.im, minus, re), fma(x.re, y.im, im)};
}

//===----------------------------------------------------------------------===//
// Tiles and shared memory
//===----------------------------------------------------------------------===//

static NVVM::LdStMatrixShapeAttr matrixShape(MLIRContext *context) {
  return NVVM::LdStMatrixShapeAttr::get(context, 8, 8);
}

Tile Fragments::loadTile(Value address, bool transposed) {
  Type word = b.getI32Type();
  Type type = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                               {word, word, word, word});
  Value words = NVVM::LdMatrixOp::create(
      b, type, address, 4,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      matrixShape(b.getContext()), NVVM::LdStMatrixEltType::B16);
  Tile tile;
  for (auto [i, part] : llvm::enumerate(b.unpackStruct(words, 4)))
    tile[i] = b.bitcast(part, half2());
  return tile;
}

void Fragments::storeTile(Value address, const Tile &tile) {
  SmallVector<Value> words;
  for (Value value : tile)
    words.push_back(b.bitcast(value, b.getI32Type()));
  if (!b.hasStoreMatrix())
    return storeWords(address, words);
  NVVM::StMatrixOp::create(b, address, words, NVVM::MMALayout::row,
                           matrixShape(b.getContext()),
                           NVVM::LdStMatrixEltType::B16);
}

Tile Fragments::loadLanes(Value address, int64_t alignment, bool invariant) {
  Type type = VectorType::get({4}, b.getI32Type());
  Value words = b.load(type, address, alignment, invariant);
  Tile tile;
  for (int64_t i = 0; i < 4; ++i)
    tile[i] =
        b.bitcast(LLVM::ExtractElementOp::create(b, words, b.i32(i)), half2());
  return tile;
}

Tile Fragments::loadLanesHere(Value address) {
  Type word = b.getI32Type();
  Type type = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                               {word, word, word, word});
  Value words =
      LLVM::InlineAsmOp::create(
          b, TypeRange{type}, ValueRange{address},
          "ld.global.nc.v4.b32 {$0, $1, $2, $3}, [$4];", "=r,=r,=r,=r,l",
          /*has_side_effects=*/true, /*is_align_stack=*/false,
          LLVM::tailcallkind::TailCallKind::None,
          LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT),
          ArrayAttr())
          .getResult(0);
  Tile tile;
  for (auto [i, part] : llvm::enumerate(b.unpackStruct(words, 4)))
    tile[i] = b.bitcast(part, half2());
  return tile;
}

/// What stmatrix does, by four stores a lane. Register i of lane (g, t) is a
/// pair of row g of matrix i, whose address lane 8 i + g has.
void Fragments::storeWords(Value address, ArrayRef<Value> words) {
  Type word = b.getI32Type();
  Value row = LLVM::PtrToIntOp::create(b, word, address);
  Index g = b.lshr(b.laneIndex(), 2), t = b.bitAnd(b.laneIndex(), 3);
  // Other lanes may have read, for this one, what it overwrites.
  b.syncWarp();
  for (auto [i, value] : llvm::enumerate(words)) {
    Value from = b.asValue(b.add(g, 8 * static_cast<int64_t>(i)));
    Value at = NVVM::ShflOp::create(b, word, b.i32(-1), row, from, b.i32(31),
                                    NVVM::ShflKind::idx, UnitAttr());
    b.store(value, b.sharedAt(b.add(at, b.shl(t, 2))), 4);
  }
}

void Fragments::storeLanes(Value address, const Tile &tile) {
  Value words = LLVM::PoisonOp::create(b, VectorType::get({4}, b.getI32Type()));
  for (int64_t i = 0; i < 4; ++i)
    words = LLVM::InsertElementOp::create(
        b, words, b.bitcast(tile[i], b.getI32Type()), b.i32(i));
  b.store(words, address, 16);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Sum Fragments::multiply(const Tile &left, Value right0, Value right1, Sum sum) {
  bool wide = accumulator == Accumulator::f32;
  unsigned count = wide ? 4 : 2;
  Type element = wide ? Type(b.getF32Type()) : half2();
  if (sum.registers.empty())
    sum.registers.assign(count, wide ? b.f32(0) : b.half2(0));
  Type type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(count, element));
  std::array<NVVM::MMALayout, 2> layouts = {NVVM::MMALayout::row,
                                            NVVM::MMALayout::col};
  Value result = NVVM::MmaOp::create(
      b, type, ValueRange(ArrayRef<Value>(left)), ValueRange{right0, right1},
      ValueRange(sum.registers), {16, 8, 16}, std::nullopt, std::nullopt,
      std::nullopt, layouts);
  return {b.unpackStruct(result, count)};
}

static Value pair(KernelBuilder &b, Type type, Value x, Value y) {
  Value vector = LLVM::PoisonOp::create(b, type);
  vector = LLVM::InsertElementOp::create(b, vector, x, b.i32(0));
  return LLVM::InsertElementOp::create(b, vector, y, b.i32(1));
}

std::array<Value, 2> Fragments::floats(const Sum &sum) {
  if (accumulator == Accumulator::f16)
    return {extend(sum.registers[0]), extend(sum.registers[1])};
  return {pair(b, float2(), sum.registers[0], sum.registers[1]),
          pair(b, float2(), sum.registers[2], sum.registers[3])};
}

std::array<Value, 2> Fragments::halves(const Sum &sum) {
  if (accumulator == Accumulator::f16)
    return {sum.registers[0], sum.registers[1]};
  auto [low, high] = floats(sum);
  return {round(low, half2()), round(high, half2())};
}

std::array<Complex, 2> Fragments::halves(const Sum &re, const Sum &im) {
  auto r = halves(re), i = halves(im);
  return {Complex{r[0], i[0]}, Complex{r[1], i[1]}};
}

ComplexTile Fragments::multiply(const ComplexTile &left, const Tile &right) {
  ComplexTile result;
  for (int j = 0; j < 2; ++j) {
    Value low = right[2 * j], high = right[2 * j + 1];
    Sum re = multiply(realPart(left), low, high);
    Sum im = multiply(imaginaryPart(left), low, high);
    auto both = halves(re, im);
    result[2 * j] = both[0];
    result[2 * j + 1] = both[1];
  }
  return result;
}

ComplexTile Fragments::multiply(const ComplexTile &left,
                                const ComplexTile &right) {
  ComplexTile result;
  for (int j = 0; j < 2; ++j) {
    Complex low = right[2 * j], high = right[2 * j + 1];
    Sum re = multiply(realPart(left), low.re, high.re);
    re = multiply(imaginaryPart(left), neg(low.im), neg(high.im), re);
    Sum im = multiply(imaginaryPart(left), low.re, high.re);
    im = multiply(realPart(left), low.im, high.im, im);
    auto both = halves(re, im);
    result[2 * j] = both[0];
    result[2 * j + 1] = both[1];
  }
  return result;
}

Sum Fragments::realOfConjugate(const ComplexTile &left,
                               const ComplexTile &right, int j) {
  Complex low = right[2 * j], high = right[2 * j + 1];
  Sum sum = multiply(realPart(left), low.re, high.re);
  return multiply(imaginaryPart(left), low.im, high.im, std::move(sum));
}

Sum Fragments::imaginaryOfConjugate(const ComplexTile &left,
                                    const ComplexTile &right, int j) {
  Complex low = right[2 * j], high = right[2 * j + 1];
  Sum sum = multiply(realPart(left), low.im, high.im);
  return multiply(imaginaryPart(left), neg(low.re), neg(high.re),
                  std::move(sum));
}

Value Fragments::permute(Value value, Value selector) {
  Value word = b.bitcast(value, b.getI32Type());
  Value result = NVVM::PermuteOp::create(b, b.getI32Type(), word, b.i32(0),
                                         selector, NVVM::PermuteMode::DEFAULT);
  return b.bitcast(result, value.getType());
}

Value Fragments::extend(Value value) {
  return LLVM::FPExtOp::create(b, float2(), value);
}

Value Fragments::round(Value value, Type type) {
  return LLVM::FPTruncOp::create(b, type, value);
}

} // namespace conv::nvidia
