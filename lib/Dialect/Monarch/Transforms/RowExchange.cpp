//===- RowExchange.cpp - Rows in memory to tiles and back -----------------===//

#include "RowExchange.h"

using namespace mlir;

namespace conv::monarch {

IndexTable::IndexTable(ModuleOp module, VectorBuilder &b, StringRef name,
                       ArrayRef<int64_t> values) {
  Type element = b.getI32Type();
  int64_t size = values.size();
  auto type = MemRefType::get({size}, element);
  SmallVector<int32_t, 0> narrow(values.begin(), values.end());
  auto data = DenseElementsAttr::get(RankedTensorType::get({size}, element),
                                     ArrayRef<int32_t>(narrow));
  std::string symbol = uniqueName(module, name);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(b, symbol, b.getStringAttr("private"), type, data,
                             /*constant=*/true, b.getI64IntegerAttr(64));
  }
  table = memref::GetGlobalOp::create(b, type, symbol);
}

Value IndexTable::at(VectorBuilder &b, Value index) const {
  if (!table)
    return index;
  Value entry = memref::LoadOp::create(b, table, index);
  return arith::IndexCastOp::create(b, b.getIndexType(), entry);
}

bool RowExchange::canFill(const TileTransform &tile) {
  return tile.length >= tile.lanes || llvm::isPowerOf2_64(tile.length);
}

void RowExchange::squares(llvm::function_ref<void(Value)> body) {
  if (tile.length < tile.lanes)
    return body(b.index(0));
  int64_t count = (tile.length + tile.lanes - 1) / tile.lanes;
  b.loop(0, count, 1, [&](Value i) {
    // The last square overlaps the one before it where lanes do not divide the
    // length.
    Value first = b.muli(i, tile.lanes);
    if (tile.length % tile.lanes)
      first =
          arith::MinUIOp::create(b, first, b.index(tile.length - tile.lanes));
    body(first);
  });
}

void RowExchange::fill(const ComplexMemory &rows) {
  VectorScope scope(b, tile.lanes);
  squares([&](Value first) {
    SmallVector<Value> re, im;
    for (int64_t l = 0; l < side(); ++l) {
      Complex z = rows.load(b, b.addi(first, l * stride()));
      re.push_back(z.re);
      im.push_back(z.im);
    }
    transpose(b, re);
    transpose(b, im);
    for (int64_t l = 0; l < side(); ++l)
      tile.storePoint({re[l], im[l]}, tile.inputTile(),
                      points.at(b, b.addi(first, l)));
  });
}

void RowExchange::drain(const ComplexMemory &rows) {
  VectorScope scope(b, tile.lanes);
  squares([&](Value first) {
    SmallVector<Value> re, im;
    for (int64_t l = 0; l < side(); ++l) {
      Complex z =
          tile.loadPoint(tile.outputTile(), points.at(b, b.addi(first, l)));
      re.push_back(z.re);
      im.push_back(z.im);
    }
    transpose(b, re);
    transpose(b, im);
    for (int64_t l = 0; l < side(); ++l)
      rows.store(b, {re[l], im[l]}, b.addi(first, l * stride()));
  });
}

/// The real and imaginary part of one lane of a point.
static ComplexMemory lane(VectorBuilder &b, const TileTransform &tile,
                          Address base, Value point, Value lane) {
  Address re = b.at(base, b.addi(b.muli(point, 2 * tile.lanes), lane));
  return ComplexMemory::planar(re, b.at(re, tile.lanes));
}

void RowExchange::fillSome(const ComplexMemory &rows, Value count) {
  VectorScope scope(b, 1);
  b.loop(b.index(0), count, 1, [&](Value l) {
    Value row = b.muli(l, rowStride);
    b.loop(0, tile.length, 1, [&](Value position) {
      lane(b, tile, tile.inputTile(), points.at(b, position), l)
          .store(b, rows.load(b, b.addi(row, position)), b.index(0));
    });
  });
}

void RowExchange::drainSome(const ComplexMemory &rows, Value count) {
  VectorScope scope(b, 1);
  b.loop(b.index(0), count, 1, [&](Value l) {
    Value row = b.muli(l, rowStride);
    b.loop(0, tile.length, 1, [&](Value position) {
      Complex z = lane(b, tile, tile.outputTile(), points.at(b, position), l)
                      .load(b, b.index(0));
      rows.store(b, z, b.addi(row, position));
    });
  });
}

} // namespace conv::monarch
