//===- IntegerBuilder.cpp - Vectors of small integers ---------------------===//

#include "IntegerBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace conv::lowbit {

Value IntegerBuilder::minimum(Value a, Value b) {
  return arith::MinSIOp::create(*this, a, b);
}

Value IntegerBuilder::divide(Value a, int64_t b) {
  return arith::DivUIOp::create(*this, a, index(b));
}

Value IntegerBuilder::remainder(Value a, int64_t b) {
  return arith::RemUIOp::create(*this, a, index(b));
}

Value IntegerBuilder::lessEqual(Value a, int64_t b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::ule, a, index(b));
}

Value IntegerBuilder::integer(Type type, int64_t value) {
  TypedAttr attribute = getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, Attribute(attribute));
  return arith::ConstantOp::create(*this, attribute);
}

Value IntegerBuilder::load(VectorType type, Address address) {
  return vector::LoadOp::create(*this, type, address.memref, address.offset);
}

Value IntegerBuilder::load(Address address) {
  return memref::LoadOp::create(*this, address.memref, address.offset);
}

void IntegerBuilder::store(Value v, Address address) {
  if (isa<VectorType>(v.getType()))
    vector::StoreOp::create(*this, v, address.memref, address.offset);
  else
    memref::StoreOp::create(*this, v, address.memref, address.offset);
}

Value IntegerBuilder::splatTo(VectorType type, Value scalar) {
  return vector::BroadcastOp::create(*this, type, scalar);
}

Value IntegerBuilder::bitcast(VectorType type, Value v) {
  return vector::BitCastOp::create(*this, type, v);
}

Value IntegerBuilder::callIntrinsic(StringRef name, Type result,
                                    ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name),
                                       operands)
      .getResults();
}

Value IntegerBuilder::half(Value v, bool odd) {
  SmallVector<int64_t> lanes;
  int64_t count = cast<VectorType>(v.getType()).getNumElements();
  for (int64_t lane = odd; lane < count; lane += 2)
    lanes.push_back(lane);
  return shuffle(v, v, lanes);
}

Value IntegerBuilder::dotBytes(Value acc, Value u, Value s) {
  return callIntrinsic("llvm.x86.avx512.vpdpbusd.512", words, {acc, u, s});
}

Value IntegerBuilder::dotPairs(Value acc, Value x, Value y) {
  if (target.dot == Dot::pairs) {
    StringRef name = target.bits == 512   ? "llvm.x86.avx512.pmaddw.d.512"
                     : target.bits == 256 ? "llvm.x86.avx2.pmadd.wd"
                                          : "llvm.x86.sse2.pmadd.wd";
    return arith::AddIOp::create(*this, acc,
                                 callIntrinsic(name, acc.getType(), {x, y}));
  }
  auto wide = VectorType::get(cast<VectorType>(x.getType()).getShape(), i32);
  Value products =
      arith::MulIOp::create(*this, arith::ExtSIOp::create(*this, wide, x),
                            arith::ExtSIOp::create(*this, wide, y));
  return addi(addi(acc, half(products, false)), half(products, true));
}

} // namespace conv::lowbit
