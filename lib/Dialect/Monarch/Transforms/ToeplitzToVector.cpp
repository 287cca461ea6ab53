//===- ToeplitzToVector.cpp - Convolution as a matrix product -------------===//
//
// For 16 rows of one channel, Y[b, n] = sum_j U[b, j] T[j, n], where
// T[j, n] = k[n - j] is the Toeplitz matrix of the filter. The product is
// formed from bf16 tiles that are summed in f32: 16 rows of 32 samples times 32
// samples of 16 outputs.
//
// A right-hand tile holds pairs of samples: its row p has, for outputs c =
// 0..15, T[j + 2p, n + c] and T[j + 2p + 1, n + c]. With the lag n - j = 16 d,
//
//   row p of tile d = line(16 d - 2 p),
//   line(x) = (k[x], k[x - 1]), (k[x + 1], k[x]), ..., (k[x + 15], k[x + 14]).
//
// So a tile depends on the distance d alone, and rows 0..7 of tile d - 1 are
// rows 8..15 of tile d: the lines are stored once, by falling x, and tile d is
// the 16 of them that begin at x = 16 d. They are made once for all rows of a
// channel.
//
//===----------------------------------------------------------------------===//

#include "ToeplitzToVector.h"

#include "KernelEmitter.h"
#include "RowIO.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;

namespace conv::monarch {

namespace {

/// Rows, and outputs, of a tile.
constexpr int64_t tileSize = toeplitzRows;
/// Samples that one product of tiles sums over.
constexpr int64_t depth = 32;
/// Output tiles that are summed at once; with one tile of samples and their
/// right-hand tiles they use the eight tile registers.
constexpr int64_t group = 4;
constexpr int64_t groupOutputs = group * tileSize;
/// Outputs of a row that wait to be written; 16 rows of them stay in the
/// first-level cache.
constexpr int64_t largestChunk = 512;
/// One more cache line for each row keeps rows of 2^n samples from competing
/// for the same cache sets.
constexpr int64_t lineBytes = 64;

int64_t floorTo(int64_t v, int64_t step) {
  return (v >= 0 ? v : v - step + 1) / step * step;
}

class ToeplitzEmitter {
public:
  ToeplitzEmitter(ModuleOp module, Location loc, plan::Kind kind, int64_t taps,
                  const RowsSignature &signature);

  KernelBody run();

private:
  void reserve(Value workspace);
  void clearHalves(Address base, int64_t count) {
    VectorBuilder halves(b.getLoc(), b, bf16, depth);
    clear(halves, base, floorTo(count + depth - 1, depth));
  }
  void loadTaps(Value filter);
  void makeLines();
  void loadRows(Value channel, Value firstRow, Value rows);
  void computeGroup(Value start, Value chunkStart);
  void storeRows(Value channel, Value firstRow, Value rows, Value start);
  void startRow(Value channel, Value row) {
    io.startItem(b.addi(b.muli(channel, io.batch), row));
  }
  Value tile(Type element, int64_t columns, Address from, int64_t stride) {
    auto type = amx::TileType::get({tileSize, columns}, element);
    return amx::TileLoadOp::create(b, type, from.memref,
                                   ValueRange{from.offset}, b.index(stride));
  }
  Value clamp(Value v, int64_t low, int64_t high) {
    return arith::MaxSIOp::create(b, b.index(low),
                                  arith::MinSIOp::create(b, v, b.index(high)));
  }

  ModuleOp module;
  const RowsSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  RowIO io;
  Type bf16;
  bool circular;
  int64_t taps;
  int64_t samples, chunk;        ///< of a row, padded; outputs of a chunk
  int64_t firstLag, lastLag;     ///< of the band of T
  int64_t farthest, lineCount;   ///< largest d; stored lines
  int64_t tapOrigin, tapCount;   ///< lag of the first stored tap; stored taps
  int64_t rowPitch, outputPitch; ///< elements from row to row
  Address tapLine, lines, rowTiles, outputs, zeros;
  Workspace layout;
};

ToeplitzEmitter::ToeplitzEmitter(ModuleOp module, Location loc, plan::Kind kind,
                                 int64_t taps, const RowsSignature &signature)
    : module(module), signature(signature), builder(module.getContext()),
      b(loc, builder, builder.getF32Type(), leafLanes), io(b, signature),
      bf16(builder.getBF16Type()), circular(kind == plan::Kind::circular),
      taps(taps) {
  plan::Problem problem;
  problem.kind = kind;
  problem.length = signature.length;
  problem.taps = taps;
  firstLag = plan::firstLag(problem);
  lastLag = plan::lastLag(problem);
  samples = floorTo(signature.length + depth - 1, depth);
  chunk = std::min(largestChunk,
                   floorTo(signature.length + groupOutputs - 1, groupOutputs));
  // A group at n meets samples from n - lastLag rounded down, to
  // n + groupOutputs - firstLag rounded up.
  farthest = (lastLag + depth - 1) / tileSize + group - 1;
  int64_t nearest =
      floorTo(firstLag - groupOutputs - depth, tileSize) / tileSize;
  lineCount = tileSize + tileSize / 2 * (farthest - nearest);
  // The lines fall from x = 16 farthest and reach 15 lags up and one down.
  tapOrigin = tileSize * farthest - 2 * (lineCount - 1) - 1;
  tapCount = tileSize * farthest + tileSize - tapOrigin;
  rowPitch = samples + lineBytes / 2;
  outputPitch = chunk + lineBytes / 4;
}

KernelBody ToeplitzEmitter::run() {
  func::FuncOp function =
      startKernelBody(module, builder, b.getLoc(), "conv_toeplitz",
                      io.argumentTypes(signature.filterElement));
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange rest = io.bind(function.getArguments());
  Value begin = rest[0], end = rest[1];
  reserve(rest[2]);

  // What stays zero: sums begin with it, and it surrounds taps and samples.
  clear(b, zeros, group * tileSize);
  clearHalves(tapLine, tapCount);
  b.loop(0, tileSize, 1, [&](Value row) {
    clearHalves(b.at(rowTiles, b.addi(b.muli(row, rowPitch), samples - depth)),
                depth);
  });

  // An item is 16 rows of one channel. Consecutive items often share the
  // filter.
  Value tiles = itemsPerChannel(b, io.batch, tileSize);
  Value none = b.index(-1);
  b.loop(begin, end, 1, none, [&](Value item, ValueRange madeFor) {
    Value channel = arith::DivUIOp::create(b, item, tiles);
    Value firstRow = b.muli(arith::RemUIOp::create(b, item, tiles), tileSize);
    Value rows = arith::MinSIOp::create(b, b.subi(io.batch, firstRow),
                                        b.index(tileSize));
    io.channel = channel;
    Value filter = io.filterOffset(taps);
    Value isNew = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, filter,
                                        madeFor.front());
    b.ifElse(
        isNew,
        [&] {
          loadTaps(filter);
          makeLines();
        },
        [] {});
    loadRows(channel, firstRow, rows);
    b.loop(0, signature.length, chunk, [&](Value start) {
      Value end = clamp(b.addi(start, chunk), 0, signature.length);
      b.loop(start, end, groupOutputs,
             [&](Value n) { computeGroup(n, start); });
      storeRows(channel, firstRow, rows, start);
    });
    return SmallVector<Value>{filter};
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

void ToeplitzEmitter::reserve(Value workspace) {
  auto region = [&](int64_t elements, Type element) {
    int64_t at = layout.reserve(elements, element);
    return Workspace::region(b, workspace, at, elements, element);
  };
  zeros = region(group * tileSize, b.compute);
  tapLine = region(floorTo(tapCount + depth - 1, depth), bf16);
  lines = region(lineCount * depth, bf16);
  rowTiles = region(tileSize * rowPitch, bf16);
  outputs = region(tileSize * outputPitch, b.compute);
}

void ToeplitzEmitter::loadTaps(Value filter) {
  Address from = {io.filter, filter};
  auto copy = [&](int64_t firstTap, int64_t lagOfTapZero) {
    Address to = b.at(tapLine, lagOfTapZero - tapOrigin);
    int64_t vectors = firstTap + floorTo(taps - firstTap, b.lanes);
    b.loop(firstTap, vectors, b.lanes,
           [&](Value t) { b.store(b.load(b.at(from, t)), b.at(to, t)); });
    b.loop(vectors, taps, 1,
           [&](Value t) { b.store(b.loadScalar(b.at(from, t)), b.at(to, t)); });
  };
  copy(0, circular ? 0 : firstLag);
  if (circular) // tap t acts at lag t - N too
    copy(1, -signature.length);
}

void ToeplitzEmitter::makeLines() {
  auto half = VectorType::get({tileSize}, bf16);
  SmallVector<int64_t> pairs;
  for (int64_t i = 0; i < tileSize; ++i)
    pairs.append({i, tileSize + i});
  int64_t first = tileSize * farthest - tapOrigin;
  b.loop(0, lineCount, 1, [&](Value line) {
    Address even = {tapLine.memref,
                    b.subi(b.addi(tapLine.offset, first), b.muli(line, 2))};
    Address odd = b.at(even, -1);
    Value lower = vector::LoadOp::create(b, half, even.memref, even.offset);
    Value upper = vector::LoadOp::create(b, half, odd.memref, odd.offset);
    Address to = b.at(lines, b.muli(line, depth));
    vector::StoreOp::create(b, b.shuffle(lower, upper, pairs), to.memref,
                            to.offset);
  });
}

void ToeplitzEmitter::loadRows(Value channel, Value firstRow, Value rows) {
  b.loop(b.index(0), rows, 1, [&](Value row) {
    startRow(channel, b.addi(firstRow, row));
    io.copyIn(b.index(0), b.index(signature.length),
              b.at(rowTiles, b.muli(row, rowPitch)), b.index(0));
  });
}

void ToeplitzEmitter::computeGroup(Value start, Value chunkStart) {
  // A sum begins from loaded zeros: a product right after tilezero would wait
  // for all work before it. Each tile has its own, or they would become one
  // load and copies, and a tile is copied through memory.
  SmallVector<Value> sums;
  for (int64_t t = 0; t < group; ++t)
    sums.push_back(
        tile(b.compute, tileSize, b.at(zeros, t * tileSize), /*stride=*/0));

  // Both ends are multiples of `depth`: `samples` is one, and so is a group's
  // start.
  Value first = clamp(b.addi(start, floorTo(-lastLag, depth)), 0, samples);
  Value last =
      clamp(b.addi(start, groupOutputs + floorTo(depth - 1 - firstLag, depth)),
            0, samples);
  Value lineOfStart =
      b.muli(b.subi(b.index(tileSize * farthest), start), tileSize);
  sums = b.loop(first, last, depth, sums, [&](Value j, ValueRange carried) {
    Value left = tile(bf16, depth, b.at(rowTiles, j), rowPitch);
    // Tile d begins at line 8 (farthest - d), where d = (start - j) / 16 + t.
    Address line = b.at(lines, b.addi(lineOfStart, b.muli(j, tileSize)));
    SmallVector<Value> next;
    for (int64_t t = 0; t < group; ++t) {
      Value right =
          tile(bf16, depth, b.at(line, -t * tileSize / 2 * depth), depth);
      next.push_back(amx::TileMulFOp::create(b, carried[t].getType(), left,
                                             right, carried[t]));
    }
    return next;
  });
  Address to = b.at(outputs, b.subi(start, chunkStart));
  for (int64_t t = 0; t < group; ++t)
    amx::TileStoreOp::create(b, to.memref,
                             ValueRange{b.addi(to.offset, t * tileSize)},
                             sums[t], b.index(outputPitch));
}

void ToeplitzEmitter::storeRows(Value channel, Value firstRow, Value rows,
                                Value start) {
  Value end = clamp(b.addi(start, chunk), 0, signature.length);
  b.loop(b.index(0), rows, 1, [&](Value row) {
    startRow(channel, b.addi(firstRow, row));
    io.copyOut(start, end, b.at(outputs, b.muli(row, outputPitch)), start);
  });
}

} // namespace

KernelBody emitToeplitz(ModuleOp module, Location loc, plan::Kind kind,
                        int64_t taps, const RowsSignature &signature) {
  return ToeplitzEmitter(module, loc, kind, taps, signature).run();
}

} // namespace conv::monarch
