//===- ComplexMemory.cpp - Runs of complex numbers in memory --------------===//

#include "ComplexMemory.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace conv::monarch {

ComplexMemory ComplexMemory::pairs(VectorBuilder &b, Value memref) {
  ComplexMemory memory;
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), address);
  memory.pointer = LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext()), integer);
  return memory;
}

ComplexMemory ComplexMemory::planar(Address re, Address im) {
  ComplexMemory memory;
  memory.re = re;
  memory.im = im;
  return memory;
}

ComplexMemory ComplexMemory::at(VectorBuilder &b, Value by) const {
  ComplexMemory memory = *this;
  if (pointer) {
    memory.offset = offset ? b.addi(offset, by) : by;
  } else {
    memory.re = b.at(re, by);
    memory.im = b.at(im, by);
  }
  return memory;
}

ComplexMemory ComplexMemory::swapped() const {
  ComplexMemory memory = *this;
  memory.swap = !swap;
  return memory;
}

ComplexMemory ComplexMemory::scaled(double factor) const {
  ComplexMemory memory = *this;
  memory.scale = scale * factor;
  return memory;
}

Value ComplexMemory::pairAddress(VectorBuilder &b, Value index) const {
  if (offset)
    index = b.addi(offset, index);
  Value floats =
      arith::IndexCastOp::create(b, b.getI64Type(), b.muli(index, 2));
  return LLVM::GEPOp::create(b, pointer.getType(), b.compute, pointer,
                             ArrayRef<LLVM::GEPArg>{floats});
}

Complex ComplexMemory::load(VectorBuilder &b, Value index) const {
  Complex z;
  if (pointer) {
    Value both = LLVM::LoadOp::create(
        b, VectorType::get({2 * b.lanes}, b.compute), pairAddress(b, index),
        b.compute.getIntOrFloatBitWidth() / 8);
    SmallVector<int64_t> even, odd;
    for (int64_t l = 0; l < b.lanes; ++l) {
      even.push_back(2 * l);
      odd.push_back(2 * l + 1);
    }
    z = {b.shuffle(both, both, even), b.shuffle(both, both, odd)};
  } else {
    z = {b.load(b.at(re, index)), b.load(b.at(im, index))};
  }
  if (swap)
    std::swap(z.re, z.im);
  return z;
}

void ComplexMemory::store(VectorBuilder &b, Complex z, Value index) const {
  if (swap)
    std::swap(z.re, z.im);
  if (scale != 1)
    z = {b.mul(z.re, b.splat(scale)), b.mul(z.im, b.splat(scale))};
  if (!pointer) {
    b.store(z.re, b.at(re, index));
    b.store(z.im, b.at(im, index));
    return;
  }
  SmallVector<int64_t> mask;
  for (int64_t l = 0; l < b.lanes; ++l)
    mask.append({l, b.lanes + l});
  LLVM::StoreOp::create(b, b.shuffle(z.re, z.im, mask), pairAddress(b, index),
                        b.compute.getIntOrFloatBitWidth() / 8);
}

void transpose(VectorBuilder &b, MutableArrayRef<Value> x) {
  // Each round exchanges one bit of the register's number with the same bit of
  // the lane's.
  int64_t lanes = b.lanes, count = x.size();
  for (int64_t bit = count / 2; bit > 0; bit /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t l = 0; l < lanes; ++l) {
      bool set = l & bit;
      low.push_back(set ? lanes + (l ^ bit) : l);
      high.push_back(set ? lanes + l : l ^ bit);
    }
    for (int64_t i = 0; i < count; ++i) {
      if (i & bit)
        continue;
      Value p = x[i], q = x[i | bit];
      x[i] = b.shuffle(p, q, low);
      x[i | bit] = b.shuffle(p, q, high);
    }
  }
}

} // namespace conv::monarch
