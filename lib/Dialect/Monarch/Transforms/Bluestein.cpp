//===- Bluestein.cpp - Transforms of any length as convolutions -----------===//

#include "Bluestein.h"

using namespace mlir;

namespace conv::monarch {

Bluestein::Bluestein(ModuleOp module, VectorBuilder &b, int64_t length,
                     int64_t padded, int64_t lanes)
    : b(b), length(length), padded(padded), lanes(lanes),
      roots(module, b, 2 * length),
      transform(module, b, padded, splitLength(padded, lanes),
                TwoPassTransform::Order::natural, {}) {}

void Bluestein::reserve(Workspace &layout) {
  chirpAt = layout.reserve(2 * length, b.compute);
  filterAt = layout.reserve(2 * padded, b.compute);
  rowAt = layout.reserve(2 * padded, b.compute);
  transform.reserve(layout);
}

ComplexMemory Bluestein::region(Value workspace, int64_t at, int64_t size) {
  Address base = Workspace::region(b, workspace, at, 2 * size, b.compute);
  return ComplexMemory::planar(base, b.at(base, size));
}

void Bluestein::bind(Value workspace) {
  chirp = region(workspace, chirpAt, length);
  filter = region(workspace, filterAt, padded);
  row = region(workspace, rowAt, padded);
  transform.bind(workspace);
}

void Bluestein::forEach(int64_t count, llvm::function_ref<void(Value)> body) {
  int64_t vectors = count / lanes * lanes;
  {
    VectorScope scope(b, lanes);
    b.loop(0, vectors, lanes, body);
  }
  VectorScope scope(b, 1);
  b.loop(vectors, count, 1, body);
}

void Bluestein::prepare() {
  auto zero = [&] { return Complex{b.splat(0), b.splat(0)}; };
  forEach(padded, [&](Value i) { filter.store(b, zero(), i); });
  {
    // n^2 mod 2N grows by 2n + 1 from one n to the next.
    VectorScope scope(b, 1);
    b.loop(
        b.index(0), b.index(length), 1, {b.index(0)},
        [&](Value n, ValueRange square) -> SmallVector<Value> {
          Complex root = roots.at(b, square[0]);
          Complex c = {vector::BroadcastOp::create(b, b.vectorType, root.re),
                       vector::BroadcastOp::create(b, b.vectorType, root.im)};
          chirp.store(b, c, n);
          Complex conjugate = {c.re, b.neg(c.im)};
          filter.store(b, conjugate, n);
          // Lag -n; for n = 0 it is lag 0 again.
          Value first =
              arith::CmpIOp::create(b, arith::CmpIPredicate::eq, n, b.index(0));
          Value mirrored =
              arith::SelectOp::create(b, first, n, b.subi(b.index(padded), n));
          filter.store(b, conjugate, mirrored);
          Value next = b.addi(square[0], b.addi(b.muli(n, 2), 1));
          Value over = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, next,
                                             b.index(2 * length));
          return {arith::SelectOp::create(b, over, b.addi(next, -2 * length),
                                          next)};
        });
  }
  // The filter's transform takes the 1/M of the inverse.
  transform.run(filter, filter.scaled(1.0 / padded));
}

void Bluestein::run(const ComplexMemory &source, const ComplexMemory &target) {
  forEach(length, [&](Value n) {
    row.store(b, b.cmul(source.load(b, n), chirp.load(b, n)), n);
  });
  Value tail = b.index(length);
  forEach(padded - length, [&](Value i) {
    row.store(b, {b.splat(0), b.splat(0)}, b.addi(i, tail));
  });
  transform.run(row, row);
  forEach(padded, [&](Value k) {
    row.store(b, b.cmul(row.load(b, k), filter.load(b, k)), k);
  });
  transform.run(row.swapped(), row.swapped());
  forEach(length, [&](Value k) {
    target.store(b, b.cmul(row.load(b, k), chirp.load(b, k)), k);
  });
}

} // namespace conv::monarch
