//===- RowIO.cpp - How kernels read and write rows ------------------------===//

#include "RowIO.h"

using namespace mlir;

namespace conv::monarch {

SmallVector<Type> RowIO::argumentTypes(Type filterElement) const {
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  SmallVector<Type> types = {flat(signature.element), flat(filterElement)};
  if (signature.pregate)
    types.push_back(flat(signature.element));
  if (signature.postgate)
    types.push_back(flat(signature.element));
  if (signature.skipElement)
    types.push_back(flat(signature.skipElement));
  types.append({flat(signature.element), b.getIndexType()});
  return types;
}

ValueRange RowIO::bind(ValueRange arguments) {
  size_t next = 0;
  input = arguments[next++];
  filter = arguments[next++];
  if (signature.pregate)
    pregate = arguments[next++];
  if (signature.postgate)
    postgate = arguments[next++];
  if (signature.skipElement)
    skip = arguments[next++];
  output = arguments[next++];
  batch = arguments[next++];
  return arguments.drop_front(next);
}

Value RowIO::rowOf(Value item, Value &channelOfItem) const {
  channelOfItem = arith::DivUIOp::create(b, item, batch);
  Value row = b.addi(b.muli(arith::RemUIOp::create(b, item, batch),
                            signature.channels),
                     channelOfItem);
  return b.muli(row, signature.length);
}

void RowIO::startRow(Value item) {
  rowOffset = rowOf(item, channel);
  if (skip)
    skipWeight = b.convert(memref::LoadOp::create(b, skip, channel), b.compute);
}

Value RowIO::filterOffset(int64_t size) const {
  int64_t group = signature.channels / signature.filterRows;
  Value row = channel;
  if (group > 1)
    row = arith::DivUIOp::create(b, channel, b.index(group));
  return b.muli(row, size);
}

Value RowIO::read(Value memref, Value index, bool scalar) const {
  if (scalar)
    return b.convert(memref::LoadOp::create(b, memref, index), b.compute);
  return b.load({memref, index});
}

Value RowIO::sample(Value offset, bool scalar) const {
  Value index = b.addi(rowOffset, offset);
  Value v = read(input, index, scalar);
  return pregate ? b.mul(v, read(pregate, index, scalar)) : v;
}

void RowIO::write(Value value, Value offset, bool scalar,
                  bool streaming) const {
  Value index = b.addi(rowOffset, offset);
  if (skip) {
    Value weight = skipWeight;
    if (!scalar)
      weight = vector::BroadcastOp::create(b, b.vectorType, weight);
    value = b.fma(sample(offset, scalar), weight, value);
  }
  if (postgate)
    value = b.mul(value, read(postgate, index, scalar));
  b.store(value, {output, index}, streaming);
}

static void prefetch(VectorBuilder &b, Value memref, Value element,
                     bool isWrite = false) {
  memref::PrefetchOp::create(b, memref, element, isWrite, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

void RowIO::prefetchSamples(Value element) const {
  prefetch(b, input, element);
  if (pregate)
    prefetch(b, pregate, element);
}

void RowIO::prefetchOutputs(Value element, bool streaming) const {
  if (postgate)
    prefetch(b, postgate, element);
  if (!streaming)
    prefetch(b, output, element, /*isWrite=*/true);
}

void RowIO::forRange(Value start, Value end,
                     llvm::function_ref<void(Value, bool)> body) const {
  Value whole = arith::DivUIOp::create(b, b.subi(end, start),
                                       b.index(b.lanes));
  Value vectors = b.addi(start, b.muli(whole, b.lanes));
  b.loop(start, vectors, b.lanes, [&](Value n) { body(n, false); });
  b.loop(vectors, end, 1, [&](Value n) { body(n, true); });
}

} // namespace conv::monarch
