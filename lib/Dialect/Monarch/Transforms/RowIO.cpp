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

Value itemsPerChannel(ImplicitLocOpBuilder &b, Value batch, int64_t rows) {
  if (rows == 1)
    return batch;
  // Rounded up by hand: nothing lowers arith.ceildivui to LLVM.
  Value padded = arith::AddIOp::create(
      b, batch, arith::ConstantIndexOp::create(b, rows - 1));
  return arith::DivUIOp::create(b, padded,
                                arith::ConstantIndexOp::create(b, rows));
}

SmallVector<Value, 2> RowIO::rowsOf(Value item) {
  Value items = itemsPerChannel(b, batch, rows);
  channel = arith::DivUIOp::create(b, item, items);
  Value first = b.muli(arith::RemUIOp::create(b, item, items), rows);
  firstOfChannel =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, first, b.index(0));
  SmallVector<Value, 2> offsets;
  for (int64_t r = 0; r < rows; ++r) {
    Value row = b.addi(first, r);
    if (r > 0)
      row = arith::MinUIOp::create(b, row, b.addi(batch, -1));
    offsets.push_back(b.muli(b.addi(b.muli(row, signature.channels), channel),
                             signature.length));
  }
  return offsets;
}

void RowIO::startItem(Value item) {
  rowOffsets = rowsOf(item);
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
  return scalar ? b.loadScalar({memref, index})
                : b.loadGroup({memref, index}, 1);
}

Value RowIO::sampleOfRow(Value index, bool scalar) const {
  Value v = read(input, index, scalar);
  return pregate ? b.mul(v, read(pregate, index, scalar)) : v;
}

void RowIO::writeToRow(Value value, Value index, bool scalar,
                       bool streaming) const {
  if (skip) {
    Value weight = skipWeight;
    if (!scalar)
      weight = vector::BroadcastOp::create(b, value.getType(), weight);
    value = b.fma(sampleOfRow(index, scalar), weight, value);
  }
  if (postgate)
    value = b.mul(value, read(postgate, index, scalar));
  b.store(value, {output, index}, streaming);
}

Value RowIO::sample(Value offset) const {
  SmallVector<Value> groups;
  for (Value row : rowOffsets)
    groups.push_back(sampleOfRow(b.addi(row, offset), /*scalar=*/false));
  return b.concatenate(groups);
}

void RowIO::write(Value value, Value offset, bool streaming) const {
  for (int64_t r = 0; r < rows; ++r)
    writeToRow(b.group(value, r), b.addi(rowOffsets[r], offset),
               /*scalar=*/false, streaming);
}

static void prefetch(VectorBuilder &b, Value memref, Value element,
                     bool isWrite = false) {
  memref::PrefetchOp::create(b, memref, element, isWrite, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

void RowIO::prefetchSamples(ValueRange rowOffsets, Value offset) const {
  for (Value row : rowOffsets) {
    prefetch(b, input, b.addi(row, offset));
    if (pregate)
      prefetch(b, pregate, b.addi(row, offset));
  }
}

void RowIO::prefetchOutputs(Value offset, bool streaming) const {
  for (Value row : rowOffsets) {
    if (postgate)
      prefetch(b, postgate, b.addi(row, offset));
    if (!streaming)
      prefetch(b, output, b.addi(row, offset), /*isWrite=*/true);
  }
}

void RowIO::forRange(Value start, Value end,
                     llvm::function_ref<void(Value)> body,
                     llvm::function_ref<void(Value)> rest) const {
  Value whole =
      arith::DivUIOp::create(b, b.subi(end, start), b.index(leafLanes));
  Value vectors = b.addi(start, b.muli(whole, leafLanes));
  b.loop(start, vectors, leafLanes, body);
  b.loop(vectors, end, 1, rest);
}

Address RowIO::inBuffer(Address buffer, Value n, int64_t row) const {
  if (rows == 1)
    return b.at(buffer, n);
  Value lane = arith::RemUIOp::create(b, n, b.index(leafLanes));
  Value group = b.muli(b.subi(n, lane), rows);
  return b.at(buffer, b.addi(b.addi(group, lane), row * leafLanes));
}

void RowIO::copyIn(Value start, Value end, Address buffer, Value origin) const {
  forRange(
      start, end,
      [&](Value n) {
        b.store(sample(n), b.at(buffer, b.muli(b.subi(n, origin), rows)));
      },
      [&](Value n) {
        for (int64_t r = 0; r < rows; ++r)
          b.store(sampleOfRow(b.addi(rowOffsets[r], n), /*scalar=*/true),
                  inBuffer(buffer, b.subi(n, origin), r));
      });
}

void RowIO::copyOut(Value start, Value end, Address buffer,
                    Value origin) const {
  forRange(
      start, end,
      [&](Value n) {
        write(b.load(b.at(buffer, b.muli(b.subi(n, origin), rows))), n);
      },
      [&](Value n) {
        for (int64_t r = 0; r < rows; ++r)
          writeToRow(b.loadScalar(inBuffer(buffer, b.subi(n, origin), r)),
                     b.addi(rowOffsets[r], n), /*scalar=*/true,
                     /*streaming=*/false);
      });
}

} // namespace conv::monarch
