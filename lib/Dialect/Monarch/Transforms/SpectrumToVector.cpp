//===- SpectrumToVector.cpp - Prepared spectra of a right-angle plan ------===//
//
// K'_d = (RA(k_d) + i RA(k_{d-1})) c, with k_d the taps at lags dM..(d+1)M-1
// and c what the inverse transform leaves to the spectrum. Layout of a row:
// [column][slot][distance][re, im][16 lanes].
//
//===----------------------------------------------------------------------===//

#include "BlockProduct.h"
#include "KernelEmitter.h"
#include "RowsToVector.h"

using namespace mlir;

namespace conv::monarch {

namespace {

class SpectrumEmitter {
public:
  SpectrumEmitter(ModuleOp module, Location loc, const plan::Plan &plan,
                  Type tapElement)
      : module(module), plan(plan), tapElement(tapElement),
        builder(module.getContext()),
        b(loc, builder, builder.getF32Type(), leafLanes), shape(plan) {}

  KernelBody run();

private:
  void gatherTaps(Value row);
  void copyTaps(int64_t firstLag, int64_t lastLag, int64_t firstTap, Value row);
  void combine(RightAngleTransform &transform, const TransformArea &area,
               Value row);

  ModuleOp module;
  const plan::Plan &plan;
  Type tapElement;
  OpBuilder builder;
  VectorBuilder b;
  plan::ProductShape shape;
  Value taps, spectrum;
  Address lags, transforms;
};

KernelBody SpectrumEmitter::run() {
  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  func::FuncOp function =
      startKernelBody(module, builder, b.getLoc(), "conv_spectrum",
                      {flat(tapElement), flat(b.compute)});
  b.setInsertionPointToStart(&function.getBody().front());
  taps = function.getArgument(0);
  spectrum = function.getArgument(1);
  Value begin = function.getArgument(2), end = function.getArgument(3);
  Value workspace = function.getArgument(4);

  RightAngleTables tables(plan);
  RightAngleTransform transform(
      b, plan, tables, tableGlobal(module, b, "conv_twists", tables.values));
  // Blocks of lags from distance first - 1 to last.
  int64_t blocks = shape.last - shape.first + 2;
  int64_t padded = blocks + blocks % ForwardRow::interleave(blocks);
  TransformArea area(transform, plan.columns(), blocks, 0, 0);
  Workspace layout;
  int64_t temporarySize = transform.temporarySize();
  int64_t lagsAt = layout.reserve(padded * plan.block(), b.compute);
  int64_t areaAt = layout.reserve(area.size(), b.compute);
  int64_t temporaryAt = layout.reserve(temporarySize, b.compute);
  lags =
      Workspace::region(b, workspace, lagsAt, padded * plan.block(), b.compute);
  transforms = Workspace::region(b, workspace, areaAt, area.size(), b.compute);
  Address temporary =
      Workspace::region(b, workspace, temporaryAt, temporarySize, b.compute);
  clear(b, lags, padded * plan.block());
  area.clearPadding(b, transforms);

  b.loop(begin, end, 1, [&](Value row) {
    gatherTaps(row);
    ForwardRow forward(b, plan, transform, area, transforms, temporary);
    auto source = [&](Value offset, bool) {
      return b.load(b.at(lags, offset));
    };
    forward.columns(blocks, blocks, source);
    auto leaves = [&](Value column) {
      forward.leaves(column, blocks, padded, source, [](Value) {});
    };
    if (plan.columns() == 1)
      leaves(Value());
    else
      b.loop(0, plan.columns(), 1, leaves);
    combine(transform, area, row);
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

/// Copy taps firstTap.. to lags firstLag..lastLag, as far as they are stored.
void SpectrumEmitter::copyTaps(int64_t firstLag, int64_t lastLag,
                               int64_t firstTap, Value row) {
  int64_t origin = (shape.first - 1) * plan.block();
  int64_t end = (shape.last + 1) * plan.block();
  int64_t shift = std::max<int64_t>(0, origin - firstLag);
  firstLag += shift;
  firstTap += shift;
  int64_t count = std::min(lastLag + 1, end) - firstLag;
  Value from = b.addi(b.muli(row, plan.problem.taps), firstTap);
  int64_t vectors = count / b.lanes * b.lanes;
  Address to = b.at(lags, firstLag - origin);
  b.loop(0, vectors, b.lanes, [&](Value i) {
    b.store(b.load({taps, b.addi(from, i)}), b.at(to, i));
  });
  b.loop(vectors, count, 1, [&](Value i) {
    Value tap = memref::LoadOp::create(b, taps, b.addi(from, i));
    b.store(b.convert(tap, b.compute), b.at(to, i));
  });
}

void SpectrumEmitter::gatherTaps(Value row) {
  const plan::Problem &problem = plan.problem;
  if (problem.kind != plan::Kind::circular) {
    copyTaps(plan::firstLag(problem), plan::lastLag(problem), 0, row);
    return;
  }
  // Tap t acts at lag t, and one period earlier at lag t - N.
  copyTaps(0, problem.taps - 1, 0, row);
  if (problem.taps > 1)
    copyTaps(1 - problem.length, problem.taps - 1 - problem.length, 1, row);
}

void SpectrumEmitter::combine(RightAngleTransform &transform,
                              const TransformArea &area, Value row) {
  int64_t vector = 2 * leafLanes;
  Address rowSpectrum = {spectrum, b.muli(row, plan.spectrumSize())};
  Complex factor = transform.compensation();
  b.loop(0, plan.columns(), 1, [&](Value column) {
    b.loop(0, leafSlots, 1, [&](Value slot) {
      Address to =
          b.at(rowSpectrum, b.muli(b.addi(b.muli(column, leafSlots), slot),
                                   shape.stored * vector));
      Address from = b.at(area.block(b, transforms, column, Value()),
                          b.muli(slot, transform.slotSize()));
      auto zeros = [&](int64_t first, int64_t count) {
        clear(b, b.at(to, first * vector), count * vector);
      };
      zeros(0, shape.first - shape.storedFirst);
      b.loop(0, shape.last - shape.first + 1, 1, [&](Value d) {
        Address before = b.at(from, b.muli(d, area.blockSize));
        Complex previous = b.loadComplex(before);
        Complex current = b.loadComplex(b.at(before, area.blockSize));
        Complex sum = {b.sub(current.re, previous.im),
                       b.add(current.im, previous.re)};
        b.storeComplex(
            b.cmul(sum, factor),
            b.at(to, b.addi(b.muli(d, vector),
                            (shape.first - shape.storedFirst) * vector)));
      });
      int64_t after = shape.last + 1 - shape.storedFirst;
      zeros(after, shape.stored - after);
    });
  });
}

} // namespace

KernelBody emitSpectrum(ModuleOp module, Location loc, const plan::Plan &plan,
                        Type tapElement) {
  return SpectrumEmitter(module, loc, plan, tapElement).run();
}

} // namespace conv::monarch
