//===- PanelProduct.cpp - Rows times panels of weights --------------------===//
//
// A panel is 64 outputs. Its weights are brought into the workspace once, as
// [4 blocks][K / 4][16 outputs][4 inputs], bytes or 16-bit numbers, and then
// multiplied by all rows. The three kernels differ in how:
//
//   tiles   32 rows x 32 outputs of AMX tiles, signed bytes;
//   bytes   4 rows x 64 outputs in registers, 4 inputs an instruction. One
//           factor is unsigned, so that rows are biased by 128;
//   pairs   a few rows x 16 outputs, 2 inputs an instruction. Four inputs of a
//           row meet (outputs, 4) weights, and a lane sums two of them, so that
//           an output has two lanes that are added at the end.
//
//===----------------------------------------------------------------------===//

#include "ProductEpilogue.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;

namespace conv::lowbit {

namespace {

constexpr int64_t panelBlocks = panelOutputs / blockOutputs;
/// Rows that tiles take at a time.
constexpr int64_t tilePairRows = 2 * tileRows;

class PanelEmitter {
public:
  PanelEmitter(ModuleOp module, Location loc, IntegerTarget target,
               const Product &product)
      : module(module), builder(module.getContext()), b(loc, builder, target),
        product(product), padded(product.paddedInputs()),
        bias(target.dot == Dot::bytes && !target.tiles ? 128 : 0),
        rowSums(ProductEpilogue::needsRowSums(product)),
        element(target.widens() ? b.i16 : b.i8) {}

  monarch::KernelBody run();

private:
  void loadPanel(Value panel, Value blocks);
  void loadTernaryBlock(Value block, Value local);
  void loadByteBlock(Value block, Value local);
  /// Keep the weights of 4 inputs of a block; returns the updated sums.
  Value keep(Value weights, Value local, Value step, Value sums);
  Value startSums() { return b.integer(b.words, 0); }
  void multiplyTiles(Value firstRow);
  void multiplyBytes(Value firstRow);
  void multiplyPairs(Value firstRow);
  int64_t rowsAtOnce() const {
    if (b.target.tiles)
      return tilePairRows;
    return b.target.bits == 512 ? 4 : b.target.bits == 256 ? 2 : 1;
  }
  /// The first input of a row in the tiles.
  Address rowTile(Value row) {
    Value tile = b.muli(b.divide(row, tileRows), tileRows * padded);
    return {arguments->tiles,
            b.addi(tile, b.muli(b.remainder(row, tileRows), tileInputs))};
  }

  ModuleOp module;
  OpBuilder builder;
  IntegerBuilder b;
  const Product &product;
  int64_t padded, bias;
  bool rowSums;
  Type element;
  std::optional<ProductArguments> arguments;
  Address weights, sums, columnSums, zeros, edge;
};

monarch::KernelBody PanelEmitter::run() {
  func::FuncOp function = monarch::startKernelBody(
      module, builder, b.getLoc(),
      product.ternary ? "lowbit_ternary_matmul" : "lowbit_int8_matmul",
      ProductArguments::types(b, product, rowSums));
  b.setInsertionPointToStart(&function.getBody().front());
  arguments.emplace(function.getArguments(), product, rowSums);
  Workspace layout;
  auto region = [&](int64_t elements, Type type) {
    int64_t at = layout.reserve(elements, type);
    return Workspace::region(b, arguments->workspace, at, elements, type);
  };
  weights = region(panelOutputs * padded, element);
  sums = region(rowsAtOnce() * panelOutputs, b.i32);
  columnSums = region(panelOutputs, b.i32);
  zeros = region(4 * blockOutputs, b.i32);
  edge = region(tileRows * tileInputs, b.i8);
  for (int64_t i = 0; i < 4; ++i)
    b.store(b.integer(b.words, 0), b.at(zeros, i * blockOutputs));

  ProductEpilogue epilogue(b, product, *arguments, bias, columnSums.memref);
  b.loop(arguments->begin, arguments->end, 1, [&](Value panel) {
    Value firstBlock = b.muli(panel, panelBlocks);
    Value blocks = b.minimum(b.index(panelBlocks),
                             b.subi(b.index(product.blocks()), firstBlock));
    loadPanel(firstBlock, blocks);
    b.loop(b.index(0), arguments->rows, rowsAtOnce(), [&](Value row) {
      if (b.target.tiles)
        multiplyTiles(row);
      else if (b.target.dot == Dot::bytes)
        multiplyBytes(row);
      else
        multiplyPairs(row);
      Value count =
          b.minimum(b.subi(arguments->rows, row), b.index(rowsAtOnce()));
      epilogue.writeRows(row, count, b.muli(panel, panelOutputs), sums,
                         panelOutputs, panelOutputs);
    });
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

void PanelEmitter::loadPanel(Value firstBlock, Value blocks) {
  b.loop(b.index(0), blocks, 1, [&](Value local) {
    Value block = b.addi(firstBlock, local);
    if (product.ternary)
      loadTernaryBlock(block, local);
    else
      loadByteBlock(block, local);
  });
}

Value PanelEmitter::keep(Value v, Value local, Value step, Value partial) {
  Address to = b.at(weights, b.addi(b.muli(local, padded * blockOutputs),
                                    b.muli(step, tileInputs)));
  Value stored = v;
  if (b.target.widens())
    stored = arith::ExtSIOp::create(b, VectorType::get({tileInputs}, b.i16), v);
  b.store(stored, to);
  if (!ProductEpilogue::needsColumnSums(product, bias))
    return partial;
  if (b.target.dot == Dot::bytes)
    return b.dotBytes(partial, b.integer(b.bytes, 1), v);
  auto wide = VectorType::get({tileInputs}, b.i32);
  Value quarters = arith::ExtSIOp::create(b, wide, v);
  for (int64_t i = 0; i < 2; ++i)
    quarters = b.addi(b.half(quarters, false), b.half(quarters, true));
  return b.addi(partial, quarters);
}

void PanelEmitter::loadTernaryBlock(Value block, Value local) {
  int64_t chunks = padded / blockOutputs;
  Address from{arguments->weights, b.muli(block, chunks * tileInputs)};
  auto halves = VectorType::get({tileInputs / 2}, b.i16);
  SmallVector<Value> total = b.loop(
      b.index(0), b.index(chunks), 1, startSums(),
      [&](Value chunk, ValueRange carried) {
        Value codes = b.load(b.bytes, b.at(from, b.muli(chunk, tileInputs)));
        Value partial = carried[0];
        for (int64_t field = 0; field < 4; ++field) {
          // Bits that a shift brings over from the next byte are masked.
          Value shifted = b.bitcast(
              b.bytes, arith::ShRUIOp::create(b, b.bitcast(halves, codes),
                                              b.integer(halves, 2 * field)));
          Value code = arith::AndIOp::create(b, shifted, b.integer(b.bytes, 3));
          partial = keep(b.subi(code, b.integer(b.bytes, 1)), local,
                         b.addi(b.muli(chunk, 4), field), partial);
        }
        return SmallVector<Value>{partial};
      });
  b.store(total[0], b.at(columnSums, b.muli(local, blockOutputs)));
}

void PanelEmitter::loadByteBlock(Value block, Value local) {
  auto square = VectorType::get({tileRows, blockOutputs}, b.i32);
  // 16 outputs of 16 times 4 inputs, transposed so that outputs are lanes.
  auto load = [&](Value first, function_ref<Address(int64_t)> output,
                  Value partial) {
    Value matrix = b.integer(square, 0);
    for (int64_t i = 0; i < blockOutputs; ++i)
      matrix = vector::InsertOp::create(
          b, b.bitcast(b.words, b.load(b.bytes, output(i))), matrix, i);
    matrix = vector::TransposeOp::create(b, matrix, ArrayRef<int64_t>{1, 0});
    for (int64_t i = 0; i < tileRows; ++i) {
      Value line = vector::ExtractOp::create(b, matrix, i);
      partial =
          keep(b.bitcast(b.bytes, line), local, b.addi(first, i), partial);
    }
    return partial;
  };
  SmallVector<Value> outputs;
  for (int64_t i = 0; i < blockOutputs; ++i) {
    Value output = b.minimum(b.addi(b.muli(block, blockOutputs), i),
                             b.index(product.outputs - 1));
    outputs.push_back(b.muli(output, product.inputs));
  }
  int64_t whole = product.inputs / tileInputs * tileInputs;
  SmallVector<Value> total = b.loop(
      b.index(0), b.index(whole), tileInputs, startSums(),
      [&](Value k, ValueRange carried) {
        auto output = [&](int64_t i) -> Address {
          return {arguments->weights, b.addi(outputs[i], k)};
        };
        return SmallVector<Value>{load(b.divide(k, 4), output, carried[0])};
      });
  if (whole != padded) {
    for (int64_t i = 0; i < blockOutputs; ++i) {
      Address line = b.at(edge, i * tileInputs);
      b.store(b.integer(b.bytes, 0), line);
      b.loop(0, product.inputs - whole, 1, [&](Value k) {
        Value from = b.addi(outputs[i], b.addi(k, whole));
        b.store(b.load({arguments->weights, from}), b.at(line, k));
      });
    }
    auto output = [&](int64_t i) { return b.at(edge, i * tileInputs); };
    total[0] = load(b.index(whole / 4), output, total[0]);
  }
  b.store(total[0], b.at(columnSums, b.muli(local, blockOutputs)));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void PanelEmitter::multiplyTiles(Value row) {
  auto bytes = amx::TileType::get({tileRows, tileInputs}, b.i8);
  auto words = amx::TileType::get({tileRows, blockOutputs}, b.i32);
  auto tile = [&](amx::TileType type, Address from, int64_t stride) -> Value {
    return amx::TileLoadOp::create(b, type, from.memref,
                                   ValueRange{from.offset}, b.index(stride));
  };
  Address left = {arguments->tiles, b.muli(row, padded)};
  for (int64_t half = 0; half < 2; ++half) {
    // Sums begin from loaded zeros, each from its own, as one tile for all
    // would be copied through memory.
    SmallVector<Value> init;
    for (int64_t i = 0; i < 4; ++i)
      init.push_back(tile(words, b.at(zeros, i * blockOutputs), /*stride=*/0));
    Address right = b.at(weights, half * 2 * blockOutputs * padded);
    SmallVector<Value> result = b.loop(
        b.index(0), b.index(padded * tileRows), tileRows * tileInputs, init,
        [&](Value k, ValueRange acc) {
          SmallVector<Value> x, w, next;
          for (int64_t i = 0; i < 2; ++i) {
            x.push_back(tile(bytes,
                             b.at(left, b.addi(k, i * tileRows * padded)),
                             tileInputs));
            w.push_back(tile(bytes,
                             b.at(right, b.addi(k, i * blockOutputs * padded)),
                             tileInputs));
          }
          for (int64_t i = 0; i < 4; ++i)
            next.push_back(amx::TileMulIOp::create(b, words, x[i / 2], w[i % 2],
                                                   acc[i], /*isZextLhs=*/false,
                                                   /*isZextRhs=*/false));
          return next;
        });
    for (int64_t i = 0; i < 4; ++i) {
      Address to = b.at(sums, i / 2 * tileRows * panelOutputs +
                                  (2 * half + i % 2) * blockOutputs);
      amx::TileStoreOp::create(b, to.memref, ValueRange{to.offset}, result[i],
                               b.index(panelOutputs));
    }
  }
}

void PanelEmitter::multiplyBytes(Value row) {
  int64_t rows = rowsAtOnce();
  Address left = rowTile(row);
  SmallVector<Value> init(rows * panelBlocks, b.integer(b.words, 0));
  auto four = VectorType::get({4}, b.i8);
  auto word = VectorType::get({1}, b.i32);
  SmallVector<Value> result = b.loop(
      b.index(0), b.index(padded / tileInputs), 1, init,
      [&](Value chunk, ValueRange carried) {
        SmallVector<Value> acc(carried);
        Address x = b.at(left, b.muli(chunk, tileRows * tileInputs));
        Address w = b.at(weights, b.muli(chunk, blockOutputs * tileInputs));
        for (int64_t step = 0; step < tileInputs / 4; ++step) {
          SmallVector<Value> column;
          for (int64_t j = 0; j < panelBlocks; ++j)
            column.push_back(b.load(b.bytes, b.at(w, j * blockOutputs * padded +
                                                         step * tileInputs)));
          for (int64_t i = 0; i < rows; ++i) {
            Value four4 = b.bitcast(
                word, b.load(four, b.at(x, i * tileInputs + 4 * step)));
            Value spread = b.bitcast(b.bytes, b.splatTo(b.words, four4));
            for (int64_t j = 0; j < panelBlocks; ++j) {
              Value &sum = acc[i * panelBlocks + j];
              sum = b.dotBytes(sum, spread, column[j]);
            }
          }
        }
        return acc;
      });
  for (int64_t i = 0; i < rows * panelBlocks; ++i)
    b.store(result[i], b.at(sums, i * blockOutputs));
}

void PanelEmitter::multiplyPairs(Value row) {
  int64_t rows = rowsAtOnce(), lanes = b.target.bits / 32;
  int64_t parts = 2 * blockOutputs / lanes;
  Address left = rowTile(row);
  auto four = VectorType::get({4}, b.i16);
  auto wordPair = VectorType::get({1}, b.getI64Type());
  auto spreadType = VectorType::get({lanes / 2}, b.getI64Type());
  auto halves = VectorType::get({2 * lanes}, b.i16);
  auto words = VectorType::get({lanes}, b.i32);
  b.loop(0, panelBlocks, 1, [&](Value block) {
    Address right = b.at(weights, b.muli(block, blockOutputs * padded));
    SmallVector<Value> init(rows * parts, b.integer(words, 0));
    SmallVector<Value> result = b.loop(
        b.index(0), b.index(padded / tileInputs), 1, init,
        [&](Value chunk, ValueRange carried) {
          SmallVector<Value> acc(carried);
          Address x = b.at(left, b.muli(chunk, tileRows * tileInputs));
          Address w = b.at(right, b.muli(chunk, blockOutputs * tileInputs));
          for (int64_t step = 0; step < tileInputs / 4; ++step) {
            SmallVector<Value> spread;
            for (int64_t i = 0; i < rows; ++i) {
              Value inputs = b.bitcast(
                  wordPair, b.load(four, b.at(x, i * tileInputs + 4 * step)));
              spread.push_back(
                  b.bitcast(halves, b.splatTo(spreadType, inputs)));
            }
            for (int64_t part = 0; part < parts; ++part) {
              Value column =
                  b.load(halves, b.at(w, step * tileInputs + part * 2 * lanes));
              for (int64_t i = 0; i < rows; ++i) {
                Value &sum = acc[i * parts + part];
                sum = b.dotPairs(sum, spread[i], column);
              }
            }
          }
          return acc;
        });
    Address to = b.at(sums, b.muli(block, blockOutputs));
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t part = 0; part < parts; ++part) {
        Value both = result[i * parts + part];
        b.store(b.addi(b.half(both, false), b.half(both, true)),
                b.at(to, i * panelOutputs + part * lanes / 2));
      }
  });
}

} // namespace

monarch::KernelBody emitPanelProduct(ModuleOp module, Location loc,
                                     IntegerTarget target,
                                     const Product &product) {
  return PanelEmitter(module, loc, target, product).run();
}

} // namespace conv::lowbit
