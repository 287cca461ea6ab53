//===- LMulDot.cpp - The kernel of dot products by L-Mul ------------------===//

#include "LMulMatmul.h"

using namespace mlir;

namespace conv::lowbit {

func::FuncOp emitDot(ModuleOp module, Location loc,
                     const MatmulSignature &signature) {
  constexpr int64_t lanes = 16;
  OpBuilder builder(module.getContext());
  VectorBuilder b(loc, builder, builder.getF32Type(), lanes);
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  func::FuncOp function = monarch::startKernelBody(
      module, builder, loc, "lowbit_lmul_dot",
      {flat(signature.element), flat(signature.element), flat(signature.result),
       builder.getIndexType()});
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange arguments = function.getArguments();
  Value k = ShapedType::isDynamic(signature.k) ? Value(arguments[3])
                                               : b.index(signature.k);
  MatmulSignature words = signature;
  words.checked = false; // the product applies the rules
  Range range = signature.checked ? Range::checked : Range::assumed;
  auto product = [&](Value x, Value y, Type real) -> Value {
    auto operand = [&](Value number) {
      return arith::BitcastOp::create(b, real, emitWord(b, words, number).bits);
    };
    return emitLMul(b, operand(x), operand(y), signature.semantics,
                    signature.kept, range);
  };
  auto numbers = VectorType::get({lanes}, signature.element);
  Value whole = b.muli(arith::DivUIOp::create(b, k, b.index(lanes)), lanes);
  b.loop(arguments[4], arguments[5], 1, [&](Value row) {
    Address left = {arguments[0], b.muli(row, k)};
    Address right = {arguments[1], left.offset};
    Value sums =
        b.loop(b.index(0), whole, lanes, b.splat(0),
               [&](Value at, ValueRange before) -> SmallVector<Value> {
                 auto load = [&](Address from) -> Value {
                   Address here = b.at(from, at);
                   return vector::LoadOp::create(b, numbers, here.memref,
                                                 here.offset);
                 };
                 return {b.add(before[0],
                               product(load(left), load(right), b.vectorType))};
               })
            .front();
    Value sum =
        vector::ReductionOp::create(b, vector::CombiningKind::ADD, sums);
    sum = b.loop(whole, k, 1, sum,
                 [&](Value at, ValueRange before) -> SmallVector<Value> {
                   auto load = [&](Address from) -> Value {
                     Address here = b.at(from, at);
                     return memref::LoadOp::create(b, here.memref, here.offset);
                   };
                   return {b.add(before[0],
                                 product(load(left), load(right), b.compute))};
                 })
              .front();
    b.store(sum, {arguments[2], row});
  });
  func::ReturnOp::create(b);
  return function;
}

} // namespace conv::lowbit
