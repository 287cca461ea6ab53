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
  void emitTiles();
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
      emitTiles();
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

void FourierEmitter::emitTiles() {
  int64_t length = signature.length;
  int64_t lanes = length > longestWideTile ? 1 : widest;
  TileTransform tile(module, b, length, lanes,
                     signature.algorithm ==
                         FourierSignature::Algorithm::direct);
  int64_t size = TileTransform::tileSize(length, lanes);
  int64_t tilesAt = layout.reserve(2 * size, b.compute);
  Address tiles = Workspace::region(b, workspace, tilesAt, 2 * size, b.compute);
  tile.setTiles(tiles, b.at(tiles, size));

  IndexTable points;
  if (signature.digitReversed && factors.size() > 1) {
    std::vector<int64_t> order(length), positions = digitPositions(factors);
    for (int64_t k = 0; k < length; ++k)
      order[positions[k]] = k;
    points = IndexTable(module, b, "conv_digits", order);
  }
  RowExchange reader(b, tile, signature.inverse ? points : IndexTable());
  RowExchange writer(b, tile, signature.inverse ? IndexTable() : points);

  b.loop(begin, end, lanes, [&](Value row) {
    Value offset = b.muli(row, length);
    ComplexMemory source = input.at(b, offset), target = output.at(b, offset);
    Value left = b.subi(end, row);
    Value count = arith::MinUIOp::create(b, left, b.index(lanes));
    auto whole = [&](llvm::function_ref<void()> squares,
                     llvm::function_ref<void()> elements) {
      if (length < lanes)
        return elements();
      b.ifElse(arith::CmpIOp::create(b, arith::CmpIPredicate::uge, left,
                                     b.index(lanes)),
               squares, elements);
    };
    whole([&] { reader.fill(source); },
          [&] { reader.fillSome(source, count); });
    tile.run(
        [&](Value point) { return tile.loadPoint(tile.inputTile(), point); },
        [&](Complex z, Value point) {
          tile.storePoint(z, tile.outputTile(), point);
        });
    whole([&] { writer.drain(target); },
          [&] { writer.drainSome(target, count); });
  });
}

} // namespace

KernelBody emitFourier(ModuleOp module, Location loc,
                       const FourierSignature &signature) {
  return FourierEmitter(module, loc, signature).run();
}

} // namespace conv::monarch
