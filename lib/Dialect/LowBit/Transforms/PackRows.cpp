//===- PackRows.cpp - Rows into tiles, weights into two bits --------------===//

#include "MatmulToVector.h"

using namespace mlir;

namespace conv::lowbit {

monarch::KernelBody emitPackRows(ModuleOp module, Location loc,
                                 IntegerTarget target, int64_t inputs,
                                 bool biased, bool sums) {
  OpBuilder builder(module.getContext());
  IntegerBuilder b(loc, builder, target);
  auto flat = [](Type element) -> Type {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  Type stored = target.widens() ? b.i16 : b.i8;
  SmallVector<Type> types{flat(b.i8), flat(stored)};
  if (sums)
    types.push_back(flat(b.i32));
  func::FuncOp function =
      monarch::startKernelBody(module, builder, loc, "lowbit_pack_rows", types);
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange arguments = function.getArguments();
  Value begin = arguments[types.size()], end = arguments[types.size() + 1];
  int64_t whole = inputs / tileInputs * tileInputs;
  int64_t padded = (inputs + tileInputs - 1) / tileInputs * tileInputs;
  auto wide = VectorType::get({tileInputs}, b.i32);

  auto encode = [&](Value v) -> Value {
    Type type = v.getType();
    if (biased)
      return arith::XOrIOp::create(b, v, b.integer(type, -128));
    if (!target.widens())
      return v;
    auto vector = dyn_cast<VectorType>(type);
    return arith::ExtSIOp::create(
        b, vector ? Type(VectorType::get(vector.getShape(), b.i16)) : b.i16, v);
  };
  b.loop(begin, end, 1, [&](Value row) {
    Address from{arguments[0], b.muli(row, inputs)};
    Value tile = b.muli(b.divide(row, tileRows), tileRows * padded);
    Address to{arguments[1],
               b.addi(tile, b.muli(b.remainder(row, tileRows), tileInputs))};
    // A sum that nobody stores is removed later.
    Value sum = vector::ReductionOp::create(
        b, vector::CombiningKind::ADD,
        b.loop(b.index(0), b.index(whole), tileInputs, b.integer(wide, 0),
               [&](Value k, ValueRange partial) {
                 Value v = b.load(b.bytes, b.at(from, k));
                 b.store(encode(v), b.at(to, b.muli(k, tileRows)));
                 return SmallVector<Value>{
                     b.addi(partial[0], arith::ExtSIOp::create(b, wide, v))};
               })[0]);
    if (padded != whole) {
      Address last = b.at(to, whole * tileRows);
      b.store(encode(b.integer(b.bytes, 0)), last);
      sum = b.loop(b.index(0), b.index(inputs - whole), 1, sum,
                   [&](Value k, ValueRange partial) {
                     Value v = b.load(b.at(from, b.addi(k, whole)));
                     b.store(encode(v), b.at(last, k));
                     return SmallVector<Value>{b.addi(
                         partial[0], arith::ExtSIOp::create(b, b.i32, v))};
                   })[0];
    }
    if (sums)
      b.store(sum, {arguments[2], row});
  });
  func::ReturnOp::create(b);
  return {function, 0};
}

monarch::KernelBody emitTernaryPack(ModuleOp module, Location loc,
                                    IntegerTarget target, int64_t outputs,
                                    int64_t inputs) {
  OpBuilder builder(module.getContext());
  IntegerBuilder b(loc, builder, target);
  Type flat = MemRefType::get({ShapedType::kDynamic}, b.i8);
  func::FuncOp function = monarch::startKernelBody(
      module, builder, loc, "lowbit_ternary_pack", {flat, flat});
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange arguments = function.getArguments();
  int64_t chunks = (inputs + tileInputs - 1) / tileInputs * 4;
  Value zero = b.integer(b.i8, 0), one = b.integer(b.i8, 1),
        minusOne = b.integer(b.i8, -1);

  b.loop(arguments[2], arguments[3], 1, [&](Value block) {
    b.loop(0, chunks, 1, [&](Value chunk) {
      Address to{arguments[1],
                 b.muli(b.addi(b.muli(block, chunks), chunk), tileInputs)};
      b.loop(0, tileInputs, 1, [&](Value byte) {
        Value output = b.addi(b.muli(block, blockOutputs), b.divide(byte, 4));
        Value input = b.addi(b.muli(chunk, blockOutputs), b.remainder(byte, 4));
        Value known = b.minimum(output, b.index(outputs - 1));
        Value isOutput =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, output, known);
        Value packed = zero;
        for (int64_t field = 0; field < 4; ++field) {
          Value at = b.addi(input, 4 * field);
          Value within = b.minimum(at, b.index(inputs - 1));
          Value isInput =
              arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at, within);
          Value weight =
              b.load({arguments[0], b.addi(b.muli(known, inputs), within)});
          weight = arith::MaxSIOp::create(
              b, minusOne, arith::MinSIOp::create(b, one, weight));
          Value exists = arith::AndIOp::create(b, isOutput, isInput);
          weight = arith::SelectOp::create(b, exists, weight, zero);
          Value code = arith::ShLIOp::create(b, b.addi(weight, one),
                                             b.integer(b.i8, 2 * field));
          packed = arith::OrIOp::create(b, packed, code);
        }
        b.store(packed, b.at(to, byte));
      });
    });
  });
  func::ReturnOp::create(b);
  return {function, 0};
}

} // namespace conv::lowbit
