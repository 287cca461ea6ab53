//===- ElementOps.cpp - Gates, skip and formats at the edges --------------===//

#include "ElementOps.h"

using namespace mlir;

namespace conv::nvidia {

Value loadFloat(KernelBuilder &b, Type type, Value pointer) {
  int64_t bytes = type.getIntOrFloatBitWidth() / 8;
  if (type.isBF16()) {
    // The upper half of an f32; older devices cannot convert it.
    Value half = b.load(b.getI16Type(), pointer, bytes, /*invariant=*/true);
    Index bits = Value(LLVM::ZExtOp::create(b, b.getI32Type(), half));
    return b.bitcast(b.asValue(b.shl(bits, 16)), b.getF32Type());
  }
  Value value = b.load(type, pointer, bytes, /*invariant=*/true);
  return type.isF32() ? value
                      : Value(LLVM::FPExtOp::create(b, b.getF32Type(), value));
}

Value ElementOps::input(Value sample, Value gate) {
  if (element == Element::f16)
    return gate ? f.mul(sample, gate) : sample;
  Value wide = f.extend(f.b.bitcast(sample, f.bfloat2()));
  if (gate)
    wide = f.mul(wide, f.extend(f.b.bitcast(gate, f.bfloat2())));
  return f.round(wide, f.half2());
}

Value ElementOps::output(Value sum, Value input, Value skip, Value gate) {
  if (element == Element::f16) {
    if (skip)
      sum = f.fma(input, skip, sum);
    return gate ? f.mul(sum, gate) : sum;
  }
  if (skip)
    sum = f.fma(f.extend(input), skip, sum);
  if (gate)
    sum = f.mul(sum, f.extend(f.b.bitcast(gate, f.bfloat2())));
  return f.round(sum, f.bfloat2());
}

Value ElementOps::loadSkip(Value pointer, Type type) {
  KernelBuilder &b = f.b;
  Value weight = b.load(type, pointer, type.getIntOrFloatBitWidth() / 8,
                        /*invariant=*/true);
  Type wanted = wantsFloats() ? Type(b.getF32Type()) : Type(b.getF16Type());
  if (type != wanted) {
    if (!type.isF32())
      weight = LLVM::FPExtOp::create(b, b.getF32Type(), weight);
    if (!wanted.isF32())
      weight = LLVM::FPTruncOp::create(b, wanted, weight);
  }
  Value pair = LLVM::PoisonOp::create(b, VectorType::get({2}, wanted));
  for (int64_t i = 0; i < 2; ++i)
    pair = LLVM::InsertElementOp::create(b, pair, weight, b.i32(i));
  return pair;
}

} // namespace conv::nvidia
