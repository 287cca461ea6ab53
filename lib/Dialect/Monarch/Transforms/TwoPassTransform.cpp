//===- TwoPassTransform.cpp - Long transforms of one row ------------------===//

#include "TwoPassTransform.h"

using namespace mlir;

namespace conv::monarch {

FactoredRoots::FactoredRoots(ModuleOp module, VectorBuilder &b,
                             int64_t denominator) {
  VectorScope scope(b, 1, b.getF64Type());
  shift = 0;
  while ((int64_t(1) << (2 * shift)) < denominator)
    ++shift;
  int64_t step = int64_t(1) << shift;
  auto table = [&](int64_t count, int64_t stride) {
    SmallVector<double, 0> values;
    for (int64_t i = 0; i < count; ++i) {
      std::complex<double> root = unitRoot(i * stride, denominator);
      values.append({root.real(), root.imag()});
    }
    return tableGlobal(module, b, "conv_roots", values);
  };
  fine = table(step, 1);
  coarse = table((denominator + step - 1) / step, step);
}

Complex FactoredRoots::at(VectorBuilder &b, Value exponent) const {
  auto entry = [&](Value table, Value index) -> Complex {
    Value re = b.muli(index, 2), im = b.addi(re, 1);
    return {memref::LoadOp::create(b, table, re),
            memref::LoadOp::create(b, table, im)};
  };
  Complex c =
      entry(coarse, arith::ShRUIOp::create(b, exponent, b.index(shift)));
  Complex f = entry(fine, arith::AndIOp::create(
                              b, exponent, b.index((int64_t(1) << shift) - 1)));
  Complex w = b.cmul(c, f);
  return {b.convert(w.re, b.compute), b.convert(w.im, b.compute)};
}

/// Both parts of exp(-2 pi i k l / length) for each k and lane l.
static SmallVector<double, 0> laneTable(int64_t length,
                                        const FourierSplit &split) {
  SmallVector<double, 0> values;
  for (int64_t k = 0; k < split.columns; ++k) {
    for (int64_t l = 0; l < split.lanes; ++l)
      values.push_back(unitRoot(k * l, length).real());
    for (int64_t l = 0; l < split.lanes; ++l)
      values.push_back(unitRoot(k * l, length).imag());
  }
  return values;
}

TwoPassTransform::TwoPassTransform(ModuleOp module, VectorBuilder &b,
                                   int64_t length, const FourierSplit &split,
                                   Order order, ArrayRef<int64_t> factors)
    : b(b), split(split), order(order),
      columns(module, b, split.columns, split.lanes),
      rows(module, b, split.rows, split.lanes), roots(module, b, length),
      laneTwiddles{
          tableGlobal(module, b, "conv_roots", laneTable(length, split)),
          b.index(0)},
      middleStride((split.rows + split.lanes - 1) / split.lanes * split.lanes) {
  if (order == Order::natural)
    return;
  size_t outer = 0;
  for (int64_t product = 1; product < split.columns; ++outer)
    product *= factors[outer];
  columnPositions = IndexTable(module, b, "conv_digits",
                               digitPositions(factors.take_front(outer)));
  rowPoints = IndexTable(module, b, "conv_digits",
                         digitPoints(factors.drop_front(outer)));
}

void TwoPassTransform::reserve(Workspace &layout) {
  middleAt = layout.reserve(2 * split.columns * middleStride, b.compute);
  int64_t longest = std::max(split.columns, split.rows);
  tilesAt = layout.reserve(2 * TileTransform::tileSize(longest, split.lanes),
                           b.compute);
}

void TwoPassTransform::bind(Value workspace) {
  int64_t middleSize = split.columns * middleStride;
  Address region =
      Workspace::region(b, workspace, middleAt, 2 * middleSize, b.compute);
  middle = ComplexMemory::planar(region, b.at(region, middleSize));
  int64_t size =
      TileTransform::tileSize(std::max(split.columns, split.rows), split.lanes);
  Address tiles = Workspace::region(b, workspace, tilesAt, 2 * size, b.compute);
  columns.setTiles(tiles, b.at(tiles, size));
  rows.setTiles(tiles, b.at(tiles, size));
}

void TwoPassTransform::run(const ComplexMemory &source,
                           const ComplexMemory &target) {
  if (order == Order::inputReversed) {
    rowPass(source, middle);
    columnPass(middle, target, /*frequenciesIn=*/true);
    return;
  }
  columnPass(source, middle, /*frequenciesIn=*/false);
  rowPass(middle, target);
}

void TwoPassTransform::groups(int64_t count,
                              llvm::function_ref<void(Value)> body) {
  b.loop(0, (count + split.lanes - 1) / split.lanes, 1, [&](Value i) {
    Value first = b.muli(i, split.lanes);
    if (count % split.lanes)
      first = arith::MinUIOp::create(b, first, b.index(count - split.lanes));
    body(first);
  });
}

Complex TwoPassTransform::twiddle(Complex z, Value frequency, Value column) {
  // w^(k (column + l)) = w^(k column) w^(k l); k column is less than N.
  Complex base = roots.at(b, b.muli(frequency, column));
  Complex splat = {vector::BroadcastOp::create(b, b.vectorType, base.re),
                   vector::BroadcastOp::create(b, b.vectorType, base.im)};
  Complex lane =
      b.loadComplex(b.at(laneTwiddles, b.muli(frequency, 2 * split.lanes)));
  return b.cmul(z, b.cmul(lane, splat));
}

void TwoPassTransform::columnPass(const ComplexMemory &source,
                                  const ComplexMemory &target,
                                  bool frequenciesIn) {
  // Of the two sides, that with the frequencies is the middle.
  auto samples = [&](Value row, Value column) {
    return b.addi(b.muli(row, split.rows), column);
  };
  auto frequencies = [&](Value point, Value column) {
    Value row = columnPositions.at(b, point);
    return b.addi(b.muli(row, middleStride), column);
  };
  groups(split.rows, [&](Value column) {
    columns.run(
        [&](Value point) {
          if (!frequenciesIn)
            return source.load(b, samples(point, column));
          return twiddle(source.load(b, frequencies(point, column)), point,
                         column);
        },
        [&](Complex z, Value point) {
          if (frequenciesIn)
            return target.store(b, z, samples(point, column));
          target.store(b, twiddle(z, point, column),
                       frequencies(point, column));
        });
  });
}

void TwoPassTransform::rowPass(const ComplexMemory &source,
                               const ComplexMemory &target) {
  bool in = order == Order::inputReversed;
  bool out = order == Order::outputReversed;
  int64_t from = in ? split.rows : middleStride;
  int64_t to = in ? middleStride : split.rows;
  RowExchange reader(b, rows, from, in ? rowPoints : IndexTable());
  RowExchange writer(b, rows, to, out ? rowPoints : IndexTable());
  groups(split.columns, [&](Value first) {
    reader.fill(source.at(b, b.muli(first, from)));
    auto load = [&](Value point) {
      return rows.loadPoint(rows.inputTile(), point);
    };
    if (order == Order::natural) {
      rows.run(load, [&](Complex z, Value point) {
        target.store(b, z, b.addi(b.muli(point, split.columns), first));
      });
      return;
    }
    rows.run(load, [&](Complex z, Value point) {
      rows.storePoint(z, rows.outputTile(), point);
    });
    writer.drain(target.at(b, b.muli(first, to)));
  });
}

} // namespace conv::monarch
