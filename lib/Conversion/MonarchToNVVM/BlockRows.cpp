//===- BlockRows.cpp - The kernel of a row in a thread block --------------===//

#include "BlockRows.h"
#include "BlockExchange.h"
#include "ElementOps.h"
#include "InnerTransform.h"
#include "Tables.h"

#include "conv/Plan/TensorPlan.h"
#include "conv/Plan/TensorTables.h"

using namespace mlir;

namespace conv::nvidia {

namespace {

/// The right-angle transform evaluates at frequencies k + 1/4.
constexpr double shift = 0.25;
/// A grid of more blocks than this has enough for every multiprocessor; a block
/// then takes several rows, and pays once for its tables.
constexpr int64_t enoughBlocks = 1056;

class BlockRows {
public:
  BlockRows(KernelBuilder &b, const plan::Plan &plan,
            const RowSignature &signature)
      : b(b), f(b, plan.choice.tensor.accumulate == plan::Arithmetic::f16
                       ? Accumulator::f16
                       : Accumulator::f32),
        edges(f, signature.element), signature(signature),
        tiles(plan::tensorShape(plan.choice).tiles),
        buffers(plan.choice.tensor.buffers),
        keepsSpectrum(plan::blockKeepsSpectrum(plan.choice)),
        exchange(b, tiles, plan.choice.tensor.warps, signature.length,
                 signature.alignment()),
        outer(f, outerAt()),
        inner(f, tiles, /*shift=*/0, exchange.sequences(), /*tablesAt=*/0) {}

  void run();

private:
  // Shared memory: A and T, A_0, the outer twiddles, the exchange's planes of
  // real and imaginary parts, samples if there are two buffers, the spectrum if
  // it is kept.
  int64_t outerAt() const { return 2048 * tiles; }
  int64_t twiddlesAt() const { return outerAt() + 1024; }
  int64_t realAt() const { return twiddlesAt() + 1024 * tiles; }
  int64_t imaginaryAt() const { return realAt() + exchange.planeBytes(); }
  int64_t behindExchange() const {
    return realAt() + 2 * exchange.planeBytes();
  }
  int64_t spectrumAt() const {
    return behindExchange() + exchange.planeBytes();
  }
  // Where samples and pregates land: what a row leaves last is its real plane.
  int64_t samplesAt() const {
    return buffers == 2 ? behindExchange() : imaginaryAt();
  }
  int64_t pregatesAt() const { return buffers == 2 ? imaginaryAt() : realAt(); }
  /// Whether S0 writes to where it has just read.
  bool isInPlace() const { return buffers == 1 || signature.hasPregate; }
  bool hasEpilogue() const { return signature.hasPostgate || signature.skip; }
  int64_t rowsOfSpectrum() const { return 16 * 1024 * tiles; } // bytes

  void setUp();
  Value rowOffset(Value row);
  Value rowOf(unsigned argument, Value row) {
    return b.offset64(b.argument(argument), rowOffset(row));
  }
  void forward();
  ComplexTile spectrum(int64_t sequence, int64_t k2);
  void innerRows();
  void inverse();
  void flush(Value row);
  SmallVector<Value> loadPiece(Value pointer, bool isGlobal);
  void storePiece(ArrayRef<Value> piece, Value pointer);

  KernelBuilder &b;
  Fragments f;
  ElementOps edges;
  const RowSignature &signature;
  const int64_t tiles, buffers;
  const bool keepsSpectrum;
  BlockExchange exchange;
  TileTable outer; ///< A_0
  InnerTransform inner;

  Index channel = 0;
  Value filter; ///< lane's 16 bytes of the first tile of this warp's spectrum
  Value skip;
};

} // namespace

void BlockRows::setUp() {
  channel = b.blockIndex(0);
  outer.setUp("conv_shifted_fourier16",
              plan::sampleStageTable(/*tiles=*/1, shift));
  inner.setUp();
  std::string suffix = std::to_string(tiles);
  b.copyToShared(twiddlesAt(),
                 b.table("conv_outer_twiddles_" + suffix,
                         packHalves(plan::outerTwiddleTable(tiles, shift))),
                 1024 * tiles);
  Value rowBytes = b.i64(rowsOfSpectrum());
  Value spectra =
      b.offset64(b.argument(signature.filterAt()),
                 LLVM::MulOp::create(b, b.zext(signature.filterRow(b, channel)),
                                     rowBytes));
  Index mine =
      b.add(b.mul(b.warpIndex(), 1024 * tiles), b.shl(b.laneIndex(), 4));
  if (keepsSpectrum) {
    b.copyToShared(spectrumAt(), spectra, rowsOfSpectrum());
    filter = b.offset(b.offset(b.sharedBase(), spectrumAt()), mine);
  } else {
    filter = b.offset(spectra, mine);
  }
  Value table = b.table("conv_block_fourier_" + suffix,
                        packHalves(plan::blockFourierFragments(tiles, shift)));
  // With 8 tiles registers are scarce.
  bool withMinus = tiles < 8;
  for (int64_t i = 0; i < exchange.sequences(); ++i)
    inner.setFourier(
        i, FourierMatrix::load(f, b.offset(table, b.mul(exchange.row(i), 2048)),
                               withMinus));
  if (signature.skip) {
    Index at = b.mul(channel, signature.skip.getIntOrFloatBitWidth() / 8);
    skip = edges.loadSkip(b.offset(b.argument(signature.skipAt()), at),
                          signature.skip);
  }
}

/// Byte offset of row (row, channel) in u, y and the gates.
Value BlockRows::rowOffset(Value row) {
  Value wide = LLVM::SExtOp::create(b, b.getI64Type(), row);
  Value rows = LLVM::MulOp::create(b, wide, b.i64(signature.channels));
  rows = LLVM::AddOp::create(b, rows, b.zext(channel));
  return LLVM::MulOp::create(b, rows, b.i64(signature.rowBytes()));
}

/// S0: a tile of samples is the right operand.
void BlockRows::forward() {
  ComplexTile table = outer.load(0);
  Index lane = b.laneIndex();
  // Lane's row k0 = lane / 4, and 8 more, of the twiddles of tile 0; which of
  // the two values of a word it is.
  Index at =
      b.add(b.shl(exchange.firstColumnTile(), 6), b.shl(b.lshr(lane, 3), 4));
  Value twiddles = b.offset(b.offset(b.sharedBase(), twiddlesAt()), at);
  Value both =
      b.asValue(b.add(b.mul(b.bitAnd(b.lshr(lane, 2), 1), 0x2222), 0x1010));
  for (int64_t i = 0; i < exchange.columnTiles(); ++i) {
    Tile samples = f.loadTile(exchange.columnTile(samplesAt(), i), true);
    Tile gates = {};
    if (signature.hasPregate)
      gates = f.loadTile(exchange.columnTile(pregatesAt(), i), true);
    for (int k = 0; k < 4; ++k)
      samples[k] = edges.input(samples[k], gates[k]);
    Tile words = f.loadLanes(b.offset(twiddles, 64 * i));
    for (Value &word : words)
      word = f.permute(word, both);
    ComplexTile x = f.multiply(table, samples);
    for (int k = 0; k < 4; ++k)
      x[k] = f.mul(x[k], {words[k & 1], words[2 + (k & 1)]});
    if (isInPlace())
      b.syncWarp();
    f.storeTile(exchange.columnTile(realAt(), i), realPart(x));
    f.storeTile(exchange.columnTile(imaginaryAt(), i), imaginaryPart(x));
  }
}

ComplexTile BlockRows::spectrum(int64_t sequence, int64_t k2) {
  int64_t warps = 16 / exchange.sequences();
  Value at = b.offset(filter, (sequence * warps * tiles + k2) * 1024);
  Tile re, im;
  if (keepsSpectrum) {
    re = f.loadLanes(at);
    im = f.loadLanes(b.offset(at, 512));
  } else {
    re = f.loadLanesHere(at);
    im = f.loadLanesHere(b.offset(at, 512));
  }
  return complexTile(re, im);
}

void BlockRows::innerRows() {
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = inner.sampleTable(n2);
    for (int64_t i = 0; i < exchange.sequences(); ++i) {
      Tile re = f.loadTile(exchange.rowTile(realAt(), i, n2), true);
      Tile im = f.loadTile(exchange.rowTile(imaginaryAt(), i, n2), true);
      inner.forward(i, n2, table, complexTile(re, im));
    }
  }
  inner.butterflies(/*inverse=*/false);
  for (int64_t k2 = 0; k2 < tiles; ++k2)
    inner.middle(k2, [&](int64_t i) { return spectrum(i, k2); });
  inner.butterflies(/*inverse=*/true);
  b.syncWarp();
  exchange.renew();
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = inner.transposedSampleTable(n2);
    for (int64_t i = 0; i < exchange.sequences(); ++i) {
      Tile re, im;
      for (int j = 0; j < 2; ++j) {
        auto halves = f.halves(inner.inverseReal(i, n2, table, j));
        std::copy(halves.begin(), halves.end(), re.begin() + 2 * j);
        halves = f.halves(inner.inverseImaginary(i, n2, table, j));
        std::copy(halves.begin(), halves.end(), im.begin() + 2 * j);
      }
      f.storeTile(exchange.rowTile(realAt(), i, n2), re);
      f.storeTile(exchange.rowTile(imaginaryAt(), i, n2), im);
    }
  }
}

/// S0': a tile of the exchange is the right operand. What is stored is the row
/// in f16 if there is more to do to it, and in the memory's format otherwise.
void BlockRows::inverse() {
  ComplexTile table = outer.loadTransposed(0);
  Index lane = b.laneIndex();
  Index at =
      b.add(b.shl(exchange.firstColumnTile(), 6), b.shl(b.bitAnd(lane, 3), 4));
  Value twiddles = b.offset(b.offset(b.sharedBase(), twiddlesAt()), at);
  for (int64_t i = 0; i < exchange.columnTiles(); ++i) {
    Tile re = f.loadTile(exchange.columnTile(realAt(), i), true);
    Tile im = f.loadTile(exchange.columnTile(imaginaryAt(), i), true);
    Tile words = f.loadLanes(b.offset(twiddles, 64 * i));
    // As a right operand, the first register of a half has the rows 0-7.
    ComplexTile x;
    for (int k = 0; k < 4; ++k)
      x[k] = f.mul({re[k], im[k]}, {words[k & 1], words[2 + (k & 1)]},
                   /*conjugate=*/true);
    Tile out;
    for (int j = 0; j < 2; ++j) {
      Sum sum = f.realOfConjugate(table, x, j);
      bool floats = edges.wantsFloats() && !hasEpilogue();
      auto values = floats ? f.floats(sum) : f.halves(sum);
      for (int k = 0; k < 2; ++k)
        out[2 * j + k] =
            hasEpilogue() ? values[k] : edges.output(values[k], {}, {}, {});
    }
    b.syncWarp();
    f.storeTile(exchange.columnTile(realAt(), i), out);
  }
}

SmallVector<Value> BlockRows::loadPiece(Value pointer, bool isGlobal) {
  int64_t bytes = exchange.pieceBytes();
  int64_t words = std::max<int64_t>(1, bytes / 4);
  Type type = bytes < 4 ? Type(b.getIntegerType(8 * bytes))
                        : Type(VectorType::get({words}, b.getI32Type()));
  Value loaded = b.load(type, pointer, bytes, /*invariant=*/isGlobal);
  if (bytes < 4)
    return {
        b.bitcast(LLVM::ZExtOp::create(b, b.getI32Type(), loaded), f.half2())};
  SmallVector<Value> piece;
  for (int64_t i = 0; i < words; ++i)
    piece.push_back(b.bitcast(
        LLVM::ExtractElementOp::create(b, loaded, b.i32(i)), f.half2()));
  return piece;
}

void BlockRows::storePiece(ArrayRef<Value> piece, Value pointer) {
  int64_t bytes = exchange.pieceBytes();
  Type word = b.getI32Type();
  if (bytes < 4) {
    Value narrow = LLVM::TruncOp::create(b, b.getIntegerType(8 * bytes),
                                         b.bitcast(piece[0], word));
    return b.store(narrow, pointer, bytes);
  }
  Value words = LLVM::PoisonOp::create(
      b, VectorType::get({static_cast<int64_t>(piece.size())}, word));
  for (auto [i, value] : llvm::enumerate(piece))
    words = LLVM::InsertElementOp::create(b, words, b.bitcast(value, word),
                                          b.i32(i));
  b.store(words, pointer, bytes);
}

/// From the real plane to y: skip and postgate on the way, all from memory.
void BlockRows::flush(Value row) {
  Value offset = rowOffset(row);
  auto at = [&](unsigned argument) {
    return b.offset64(b.argument(argument), offset);
  };
  exchange.forPieces(realAt(), [&](Value shared, Index within) {
    SmallVector<Value> out = loadPiece(shared, /*isGlobal=*/false);
    auto load = [&](bool exists, unsigned argument) {
      return exists ? loadPiece(b.offset(at(argument), within), true)
                    : SmallVector<Value>(out.size());
    };
    if (hasEpilogue()) {
      auto inputs = load(skip != nullptr, signature.inputAt());
      auto pregates = load(skip && signature.hasPregate, signature.pregateAt());
      auto postgates = load(signature.hasPostgate, signature.postgateAt());
      for (size_t i = 0; i < out.size(); ++i) {
        Value sum = edges.wantsFloats() ? f.extend(out[i]) : out[i];
        Value input = skip ? edges.input(inputs[i], pregates[i]) : Value();
        out[i] = edges.output(sum, input, skip, postgates[i]);
      }
    }
    storePiece(out, b.offset(at(signature.outputAt()), within));
  });
}

void BlockRows::run() {
  setUp();
  Value batch = b.argument(signature.batchAt());
  Value first = b.asValue(b.blockIndex(1));
  Value step = b.asValue(b.gridExtent(1));
  auto exists = [&](Value row) { return b.less(row, batch); };
  auto fetchSamples = [&](Value row) {
    b.ifThen(exists(row), [&] {
      exchange.fetch(rowOf(signature.inputAt(), row), samplesAt());
    });
  };
  auto fetchPregates = [&](Value row) {
    if (signature.hasPregate)
      b.ifThen(exists(row), [&] {
        exchange.fetch(rowOf(signature.pregateAt(), row), pregatesAt());
      });
  };

  fetchSamples(first);
  fetchPregates(first);
  b.commitCopies();
  b.waitCopies(0);
  b.syncBlock();
  b.loop(
      {first}, [&](ValueRange v) { return exists(v[0]); },
      [&](ValueRange v) -> SmallVector<Value> {
        Value following = LLVM::AddOp::create(b, v[0], step);
        b.waitCopies(0);
        b.syncWarp();
        exchange.renew();
        forward();
        b.syncBlock();
        exchange.renew();
        if (buffers == 2)
          fetchSamples(following);
        innerRows();
        b.syncBlock();
        exchange.renew();
        inverse();
        exchange.renew();
        b.syncWarp();
        if (buffers == 1)
          fetchSamples(following);
        else
          fetchPregates(following);
        flush(v[0]);
        if (buffers == 1) {
          b.syncWarp();
          fetchPregates(following);
        }
        b.commitCopies();
        return {following};
      });
  b.finish();
}

Kernel emitBlockRows(gpu::GPUModuleOp module, Location loc, StringRef name,
                     const plan::Plan &plan, const RowSignature &signature) {
  int64_t threads = 32 * plan.choice.tensor.warps;
  KernelBuilder b(module, loc, name, signature.parameters(), threads);
  BlockRows(b, plan, signature).run();
  int64_t perChannel = std::max<int64_t>(
      1, (enoughBlocks + signature.channels - 1) / signature.channels);
  return {b.getFunction().getSymNameAttr(),
          {GridExtent{signature.channels, std::nullopt},
           GridExtent{perChannel, /*batchDivisor=*/1}, GridExtent()},
          threads,
          plan::blockSharedBytes(plan.choice)};
}

} // namespace conv::nvidia
