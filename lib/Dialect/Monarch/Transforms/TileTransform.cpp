//===- TileTransform.cpp - Short transforms, one in each lane -------------===//

#include "TileTransform.h"

#include "Codelets.h"
#include "ComplexMemory.h"
#include "FourierPlan.h"

using namespace mlir;

namespace conv::monarch {

/// Terms of a long sum that are added up one after the other. Summing blocks
/// apart keeps the rounding error of a sum of r terms near that of sqrt(r).
constexpr int64_t sumBlock = 32;

static void append(SmallVectorImpl<double> &table, std::complex<double> z) {
  table.append({z.real(), z.imag()});
}

TileTransform::TileTransform(ModuleOp module, VectorBuilder &b, int64_t length,
                             int64_t lanes, bool byDefinition)
    : length(length), lanes(lanes), b(b) {
  SmallVector<double, 0> values;
  int64_t s = 1;
  std::vector<int64_t> radices = tileRadices(length);
  if (byDefinition && length > 1)
    radices = {length};
  for (int64_t radix : radices) {
    int64_t m = length / (s * radix);
    bool loops = !hasCodelet(radix);
    Stage stage{radix, s, m, static_cast<int64_t>(values.size()), -1};
    // The twiddle of k = 0 is one; only the loop over k wants it stored.
    if (m > 1)
      for (int64_t p = 0; p < m; ++p)
        for (int64_t k = loops ? 0 : 1; k < radix; ++k)
          append(values, unitRoot(p * k, radix * m));
    if (loops) {
      stage.roots = values.size();
      for (int64_t j = 0; j < radix; ++j)
        append(values, unitRoot(j, radix));
    }
    stages.push_back(stage);
    s *= radix;
  }
  if (!values.empty())
    table = {tableGlobal(module, b, "conv_roots", values), b.index(0)};
}

Complex TileTransform::constant(Value offset) {
  return {b.broadcast(b.at(table, offset)),
          b.broadcast(b.at(table, b.addi(offset, 1)))};
}

Complex TileTransform::loadPoint(Address tile, Value point) {
  VectorScope scope(b, lanes);
  return b.loadComplex(b.at(tile, b.muli(point, 2 * lanes)));
}

void TileTransform::storePoint(Complex z, Address tile, Value point) {
  VectorScope scope(b, lanes);
  b.storeComplex(z, b.at(tile, b.muli(point, 2 * lanes)));
}

void TileTransform::run(Load load, Store store) {
  VectorScope scope(b, lanes);
  if (stages.empty()) {
    store(load(b.index(0)), b.index(0));
    return;
  }
  for (size_t i = 0; i < stages.size(); ++i) {
    Address from = tiles[(i + 1) % 2], to = tiles[i % 2];
    auto loadTile = [&](Value point) { return loadPoint(from, point); };
    auto storeTile = [&](Complex z, Value point) { storePoint(z, to, point); };
    bool first = i == 0, last = i + 1 == stages.size();
    runStage(stages[i], first ? load : Load(loadTile),
             last ? store : Store(storeTile));
  }
}

void TileTransform::runStage(const Stage &stage, Load load, Store store) {
  int64_t radix = stage.radix, s = stage.s;
  b.loop(0, stage.m, 1, [&](Value p) {
    if (stage.roots >= 0) {
      b.loop(0, s, 1, [&](Value q) { runGeneric(stage, p, q, load, store); });
      return;
    }
    SmallVector<Complex> twiddles;
    if (stage.m > 1) {
      Value row = b.addi(b.muli(p, 2 * (radix - 1)), stage.twiddles);
      for (int64_t k = 1; k < radix; ++k)
        twiddles.push_back(constant(b.addi(row, 2 * (k - 1))));
    }
    b.loop(0, s, 1, [&](Value q) {
      Value in = b.addi(q, b.muli(p, s));
      Value out = b.addi(q, b.muli(p, s * radix));
      SmallVector<Complex> x;
      for (int64_t j = 0; j < radix; ++j)
        x.push_back(load(b.addi(in, s * stage.m * j)));
      codelet(b, x);
      for (int64_t k = 0; k < radix; ++k) {
        Complex z = x[k];
        if (k > 0 && !twiddles.empty())
          z = b.cmul(z, twiddles[k - 1]);
        store(z, b.addi(out, s * k));
      }
    });
  });
}

void TileTransform::runGeneric(const Stage &stage, Value p, Value q, Load load,
                               Store store) {
  int64_t radix = stage.radix, s = stage.s;
  Value in = b.addi(q, b.muli(p, s));
  Value out = b.addi(q, b.muli(p, s * radix));
  Value zero = b.splat(0);
  b.loop(0, radix, 1, [&](Value k) {
    // Carried: the products re re, im im, re im, im re, so that no sum waits
    // for another one, and j k mod r.
    auto block = [&](Value start, Value end, Value phase) {
      return b.loop(
          start, end, 1, {zero, zero, zero, zero, phase},
          [&](Value j, ValueRange carried) -> SmallVector<Value> {
            Complex z = load(b.addi(in, b.muli(j, s * stage.m)));
            Complex root = constant(b.addi(b.muli(carried[4], 2), stage.roots));
            Value next = b.addi(carried[4], k);
            Value over = arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                               next, b.index(radix));
            next = arith::SelectOp::create(b, over, b.addi(next, -radix), next);
            return {b.fma(z.re, root.re, carried[0]),
                    b.fma(z.im, root.im, carried[1]),
                    b.fma(z.re, root.im, carried[2]),
                    b.fma(z.im, root.re, carried[3]), next};
          });
    };
    SmallVector<Value> sums =
        b.loop(b.index(0), b.index(radix), sumBlock, {zero, zero, b.index(0)},
               [&](Value start, ValueRange carried) -> SmallVector<Value> {
                 Value end = arith::MinUIOp::create(b, b.addi(start, sumBlock),
                                                    b.index(radix));
                 SmallVector<Value> part = block(start, end, carried[2]);
                 return {b.add(carried[0], b.sub(part[0], part[1])),
                         b.add(carried[1], b.add(part[2], part[3])), part[4]};
               });
    Complex z = {sums[0], sums[1]};
    if (stage.m > 1) {
      Value number = b.addi(b.muli(p, radix), k);
      z = b.cmul(z, constant(b.addi(b.muli(number, 2), stage.twiddles)));
    }
    store(z, b.addi(out, b.muli(k, s)));
  });
}

} // namespace conv::monarch
