//===- ProductEpilogue.cpp - From sums of products to results -------------===//

#include "ProductEpilogue.h"

using namespace mlir;

namespace conv::lowbit {

SmallVector<Type> ProductArguments::types(IntegerBuilder &b,
                                          const Product &product,
                                          bool rowSums) {
  auto flat = [](Type element) -> Type {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  Type f32 = b.getF32Type();
  SmallVector<Type> types{flat(b.target.widens() ? b.i16 : b.i8)};
  if (rowSums)
    types.push_back(flat(b.i32));
  types.push_back(flat(b.i8));
  for (Each each : {product.zeroPoints, product.weightZeroPoints})
    if (each != Each::none)
      types.push_back(flat(b.i32));
  for (Each each : {product.scales, product.weightScales})
    if (each != Each::none)
      types.push_back(flat(f32));
  types.push_back(flat(product.toFloat ? f32 : b.i32));
  types.push_back(b.getIndexType());
  return types;
}

ProductArguments::ProductArguments(ValueRange arguments, const Product &product,
                                   bool hasRowSums) {
  auto next = [&] {
    Value value = arguments.front();
    arguments = arguments.drop_front();
    return value;
  };
  tiles = next();
  if (hasRowSums)
    rowSums = next();
  weights = next();
  if (product.zeroPoints != Each::none)
    zeroPoints = next();
  if (product.weightZeroPoints != Each::none)
    weightZeroPoints = next();
  if (product.scales != Each::none)
    scales = next();
  if (product.weightScales != Each::none)
    weightScales = next();
  out = next();
  rows = next();
  begin = next();
  end = next();
  workspace = next();
}

ProductEpilogue::Row ProductEpilogue::startRow(Value row,
                                               bool subtractRowSums) {
  Row result;
  auto perRow = [&](Value memref, Each each) {
    return b.load({memref, each == Each::one ? b.index(0) : row});
  };
  Value zero;
  if (product.zeroPoints != Each::none)
    zero = perRow(arguments.zeroPoints, product.zeroPoints);
  if (needsColumnSums(product, bias)) {
    result.columnFactor = b.integer(b.i32, bias);
    if (zero)
      result.columnFactor = b.addi(result.columnFactor, zero);
  }
  if (product.weightZeroPoints != Each::none) {
    result.weightZeroFactor = b.load({arguments.rowSums, row});
    if (zero)
      result.weightZeroFactor = b.subi(
          result.weightZeroFactor,
          arith::MulIOp::create(b, zero, b.integer(b.i32, product.inputs)));
  }
  if (subtractRowSums)
    result.constant = b.load({arguments.rowSums, row});
  if (product.scales != Each::none)
    result.scale = perRow(arguments.scales, product.scales);
  return result;
}

Value ProductEpilogue::operand(Value memref, Each each, Value at, Type like) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  auto vector = dyn_cast<VectorType>(like);
  Address address{memref, each == Each::one ? b.index(0) : at};
  if (!vector)
    return b.load(address);
  auto type = VectorType::get(vector.getShape(), element);
  return each == Each::one ? b.splatTo(type, b.load(address))
                           : b.load(type, address);
}

Value ProductEpilogue::finish(const Row &row, Value sum, Value output,
                              Value local) {
  Type type = sum.getType();
  auto spread = [&](Value scalar) -> Value {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return scalar;
    return b.splatTo(VectorType::get(vector.getShape(), scalar.getType()),
                     scalar);
  };
  auto subtractProduct = [&](Value factor, Value each) {
    Value term = arith::MulIOp::create(b, spread(factor), each);
    sum = b.subi(sum, term);
  };
  if (row.constant)
    sum = b.subi(sum, spread(row.constant));
  if (row.columnFactor)
    subtractProduct(row.columnFactor,
                    operand(columnSums, Each::all, local, type));
  if (row.weightZeroFactor)
    subtractProduct(row.weightZeroFactor,
                    operand(arguments.weightZeroPoints,
                            product.weightZeroPoints, output, type));
  if (!product.toFloat)
    return sum;
  Type real = b.getF32Type();
  if (auto vector = dyn_cast<VectorType>(type))
    real = VectorType::get(vector.getShape(), real);
  Value result = arith::SIToFPOp::create(b, real, sum);
  if (row.scale)
    result = b.mul(result, spread(row.scale));
  if (product.weightScales != Each::none)
    result = b.mul(result, operand(arguments.weightScales, product.weightScales,
                                   output, type));
  return result;
}

void ProductEpilogue::writeRows(Value first, Value count, Value output,
                                Address sums, int64_t pitch, int64_t width,
                                bool subtractRowSums) {
  Value left = b.subi(b.index(product.outputs), output);
  Value whole =
      arith::CmpIOp::create(b, arith::CmpIPredicate::uge, left, b.index(width));
  b.loop(b.index(0), count, 1, [&](Value i) {
    Value row = b.addi(first, i);
    Row terms = startRow(row, subtractRowSums);
    Address from = b.at(sums, b.muli(i, pitch));
    Address to{arguments.out, b.addi(b.muli(row, product.outputs), output)};
    b.ifElse(
        whole,
        [&] {
          for (int64_t j = 0; j < width; j += blockOutputs)
            b.store(finish(terms, b.load(b.words, b.at(from, j)),
                           b.addi(output, j), b.index(j)),
                    b.at(to, j));
        },
        [&] {
          b.loop(b.index(0), left, 1, [&](Value j) {
            b.store(finish(terms, b.load(b.at(from, j)), b.addi(output, j), j),
                    b.at(to, j));
          });
        });
  });
}

} // namespace conv::lowbit
