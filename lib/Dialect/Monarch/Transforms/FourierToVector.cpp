//===- FourierToVector.cpp - Emit the kernels of a transform --------------===//
//
// Three kernels. Short transforms put a row into each lane of a tile. Long ones
// take rows one at a time, in two passes. Lengths with large prime factors are
// convolved with a chirp, again in two passes. An inverse transform is the
// forward one with real and imaginary parts exchanged on both sides.
//
//===----------------------------------------------------------------------===//

#include "FourierToVector.h"

#include "Bluestein.h"

using namespace mlir;

namespace conv::monarch {

namespace {

/// Above this length a tile of whole rows leaves the second-level cache, and a
/// cut into two passes is better even if it leaves lanes idle.
constexpr int64_t longestTile = 4096;
/// Above this length the tiles of a transform that cannot be cut take one row.
constexpr int64_t longestWideTile = 65536;

class FourierEmitter {
public:
  FourierEmitter(ModuleOp module, Location loc,
                 const FourierSignature &signature)
      : module(module), signature(signature), builder(module.getContext()),
        b(loc, builder, signature.element,
          512 / signature.element.getIntOrFloatBitWidth()),
        widest(b.lanes), factors(signature.factors) {}

  KernelBody run();

private:
  /// `split` is for the rows that do not fill a tile.
  void emitTiles(const FourierSplit &split);
  void emitTwoPass(const FourierSplit &split);
  void emitBluestein();
  /// For each row: body(source, target).
  void forEachRow(
      llvm::function_ref<void(const ComplexMemory &, const ComplexMemory &)>
          body);

  ModuleOp module;
  const FourierSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  int64_t widest;
  std::vector<int64_t> factors;
  Workspace layout;
  ComplexMemory input, output;
  Value begin, end, workspace;
};

KernelBody FourierEmitter::run() {
  auto type = MemRefType::get({ShapedType::kDynamic},
                              ComplexType::get(signature.element));
  func::FuncOp function = startKernelBody(module, builder, b.getLoc(),
                                          "conv_fourier", {type, type});
  b.setInsertionPointToStart(&function.getBody().front());
  input = ComplexMemory::pairs(b, function.getArgument(0));
  output = ComplexMemory::pairs(b, function.getArgument(1));
  if (signature.inverse) {
    input = input.swapped();
    output = output.swapped().scaled(1.0 / signature.length);
  }
  begin = function.getArgument(2);
  end = function.getArgument(3);
  workspace = function.getArgument(4);

  using Algorithm = FourierSignature::Algorithm;
  if (signature.algorithm == Algorithm::bluestein) {
    emitBluestein();
  } else {
    FourierSplit split = signature.digitReversed
                             ? splitFactors(factors, widest)
                             : splitLength(signature.length, widest);
    bool wide = split.lanes == widest ||
                (split.lanes > 1 && signature.length > longestTile);
    if (wide && signature.algorithm == Algorithm::mixedRadix)
      emitTwoPass(split);
    else
      emitTiles(split);
  }
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

void FourierEmitter::forEachRow(
    llvm::function_ref<void(const ComplexMemory &, const ComplexMemory &)>
        body) {
  b.loop(begin, end, 1, [&](Value row) {
    Value offset = b.muli(row, signature.length);
    body(input.at(b, offset), output.at(b, offset));
  });
}

void FourierEmitter::emitTwoPass(const FourierSplit &split) {
  using Order = TwoPassTransform::Order;
  Order order = !signature.digitReversed ? Order::natural
                : signature.inverse      ? Order::inputReversed
                                         : Order::outputReversed;
  TwoPassTransform transform(module, b, signature.length, split, order,
                             factors);
  transform.reserve(layout);
  transform.bind(workspace);
  forEachRow([&](const ComplexMemory &source, const ComplexMemory &target) {
    transform.run(source, target);
  });
}

void FourierEmitter::emitBluestein() {
  int64_t padded = 1;
  for (int64_t factor : factors)
    padded *= factor;
  Bluestein transform(module, b, signature.length, padded, widest);
  transform.reserve(layout);
  transform.bind(workspace);
  transform.prepare();
  forEachRow([&](const ComplexMemory &source, const ComplexMemory &target) {
    transform.run(source, target);
  });
}

void FourierEmitter::emitTiles(const FourierSplit &split) {
  int64_t length = signature.length;
  int64_t lanes = length > longestWideTile ? 1 : widest;
  bool direct = signature.algorithm == FourierSignature::Algorithm::direct;
  TileTransform tile(module, b, length, lanes, direct);
  int64_t size = TileTransform::tileSize(length, lanes);
  int64_t tilesAt = layout.reserve(2 * size, b.compute);
  Address tiles = Workspace::region(b, workspace, tilesAt, 2 * size, b.compute);
  tile.setTiles(tiles, b.at(tiles, size));
  IndexTable points;
  if (signature.digitReversed && factors.size() > 1)
    points = IndexTable(module, b, "conv_digits", digitPoints(factors));
  RowExchange reader(b, tile, length,
                     signature.inverse ? points : IndexTable());
  RowExchange writer(b, tile, length,
                     signature.inverse ? IndexTable() : points);

  auto transform = [&] {
    tile.run(
        [&](Value point) { return tile.loadPoint(tile.inputTile(), point); },
        [&](Complex z, Value point) {
          tile.storePoint(z, tile.outputTile(), point);
        });
  };
  // Whole tiles first.
  Value rest = begin;
  if (RowExchange::canFill(tile)) {
    Value count = b.subi(end, begin);
    rest = b.subi(end, arith::RemUIOp::create(b, count, b.index(lanes)));
    b.loop(begin, rest, lanes, [&](Value row) {
      Value offset = b.muli(row, length);
      reader.fill(input.at(b, offset));
      transform();
      writer.drain(output.at(b, offset));
    });
  }
  // What is left: rows by themselves if they can be cut for a few lanes, else a
  // tile with idle lanes.
  constexpr int64_t fewLanes = 4;
  if (split.lanes >= fewLanes && !direct) {
    begin = rest;
    emitTwoPass(split);
    return;
  }
  b.loop(rest, end, lanes, [&](Value row) {
    Value offset = b.muli(row, length);
    Value count = arith::MinUIOp::create(b, b.subi(end, row), b.index(lanes));
    reader.fillSome(input.at(b, offset), count);
    transform();
    writer.drainSome(output.at(b, offset), count);
  });
}

} // namespace

KernelBody emitFourier(ModuleOp module, Location loc,
                       const FourierSignature &signature) {
  return FourierEmitter(module, loc, signature).run();
}

} // namespace conv::monarch
