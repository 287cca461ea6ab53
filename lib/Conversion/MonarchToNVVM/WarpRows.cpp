//===- WarpRows.cpp - The kernel of a row in a warp's registers -----------===//

#include "WarpRows.h"
#include "Codelets.h"
#include "ElementOps.h"
#include "RowStaging.h"
#include "Tables.h"

#include "conv/Plan/TensorPlan.h"
#include "conv/Plan/TensorTables.h"

using namespace mlir;

namespace conv::nvidia {

namespace {

/// The right-angle transform evaluates at frequencies k + 1/4.
constexpr double shift = 0.25;
/// A grid of more blocks than this has enough for every multiprocessor; a block
/// then takes several rows for each of its warps, and pays once for its tables.
constexpr int64_t enoughBlocks = 1056;

class WarpRows {
public:
  WarpRows(KernelBuilder &b, const plan::Plan &plan,
           const RowSignature &signature)
      : b(b), f(b, plan.choice.tensor.accumulate == plan::Arithmetic::f16
                       ? Accumulator::f16
                       : Accumulator::f32),
        edges(f, signature.element), signature(signature),
        tiles(plan::tensorShape(plan.choice).tiles),
        warps(plan.choice.tensor.warps), buffers(plan.choice.tensor.buffers),
        staging(b, tiles, signature.length, signature.alignment()) {}

  void run();

private:
  // Shared memory: A, T, the spectrum, DFT fragments if parked, then the rows
  // of each warp: u, pregate, postgate, once for each buffer.
  int64_t sampleAt() const { return 0; }
  int64_t twiddleAt() const { return 1024 * tiles; }
  int64_t spectrumAt() const { return 2048 * tiles; }
  int64_t rowsAt() const { return 3072 * tiles; }
  int64_t bufferBytes() const {
    return (1 + signature.gates()) * staging.bytes();
  }
  int64_t pregateOffset() const { return staging.bytes(); }
  int64_t postgateOffset() const {
    return (1 + signature.hasPregate) * staging.bytes();
  }

  void copyTable(int64_t to, Value from, int64_t bytes);
  void loadFourier();
  void setUp();
  Value rowOffset(Value row);
  void fetch(Value row, Index buffer);
  ComplexTile complexTile(Value base, int64_t at, bool transposed = false);
  void forward(ArrayRef<Value> rows);
  void butterflies(bool inverse);
  void middle(int64_t k2);
  void inverse(ArrayRef<Value> rows);
  std::array<Complex, 2> complexHalves(const Sum &re, const Sum &im);

  KernelBuilder &b;
  Fragments f;
  ElementOps edges;
  const RowSignature &signature;
  const int64_t tiles, warps, buffers;
  RowStaging staging;

  Index channel = 0;
  Value tableRows,
      tableColumns; ///< lane's address in a tile, straight, swapped
  Value laneChunks; ///< lane's 16 bytes
  Value skip;
  // F and -Im F, as left operands and as right ones.
  Tile leftRe, leftIm, leftMinusIm, rightRe, rightIm, rightMinusIm;
  SmallVector<ComplexTile> x;
};

} // namespace

void WarpRows::copyTable(int64_t to, Value from, int64_t bytes) {
  int64_t threads = 32 * warps;
  Index thread = b.threadIndex();
  Value shared = b.offset(b.sharedBase(), b.shl(thread, 4));
  Value global = b.offset(from, b.shl(thread, 4));
  for (int64_t at = 0; at < bytes; at += 16 * threads) {
    auto copy = [&] {
      b.copyAsync(b.offset(shared, to + at), b.offset(global, at), 16);
    };
    int64_t left = (bytes - at) / 16;
    if (left >= threads)
      copy();
    else
      b.ifThen(b.less(thread, left), copy);
  }
}

void WarpRows::loadFourier() {
  Value table = b.table("conv_fourier16", packHalves(plan::fourierFragments()));
  Value lane = b.offset(table, b.shl(b.laneIndex(), 5));
  auto load = [&](int64_t at) {
    return f.loadLanes(b.offset(lane, at), 16, /*invariant=*/true);
  };
  leftRe = load(0);
  leftIm = load(16);
  rightRe = load(1024);
  rightIm = load(1040);
  for (int i = 0; i < 4; ++i) {
    leftMinusIm[i] = f.neg(leftIm[i]);
    rightMinusIm[i] = f.neg(rightIm[i]);
  }
}

void WarpRows::setUp() {
  channel = b.blockIndex(0);
  std::string suffix = std::to_string(tiles);
  std::vector<double> values = plan::sampleStageTable(tiles, shift);
  std::vector<double> twiddles = plan::twiddleTable(tiles, shift);
  values.insert(values.end(), twiddles.begin(), twiddles.end());
  copyTable(sampleAt(),
            b.table("conv_warp_tables_" + suffix, packHalves(values)),
            2048 * tiles);
  Value spectrum = b.argument(signature.filterAt());
  Value row = b.zext(signature.filterRow(b, channel));
  Value bytes = LLVM::MulOp::create(b, row, b.i64(1024 * tiles));
  copyTable(spectrumAt(), b.offset64(spectrum, bytes), 1024 * tiles);
  loadFourier();
  if (signature.skip) {
    Index at = b.mul(channel, signature.skip.getIntOrFloatBitWidth() / 8);
    skip = edges.loadSkip(b.offset(b.argument(signature.skipAt()), at),
                          signature.skip);
  }

  Index lane = b.laneIndex();
  Index quarter = b.lshr(lane, 3), row16 = b.shl(b.bitAnd(lane, 7), 4);
  // Matrices of a tile one behind the other; transposed, the middle two change
  // places.
  Index swapped = b.bitOr(b.shl(b.bitAnd(quarter, 1), 1), b.lshr(quarter, 1));
  tableRows = b.offset(b.sharedBase(), b.add(b.shl(quarter, 7), row16));
  tableColumns = b.offset(b.sharedBase(), b.add(b.shl(swapped, 7), row16));
  laneChunks = b.offset(b.sharedBase(), b.shl(lane, 4));
}

/// Byte offset of row (row, channel) in u, y and the gates.
Value WarpRows::rowOffset(Value row) {
  Value wide = LLVM::SExtOp::create(b, b.getI64Type(), row);
  Value rows = LLVM::MulOp::create(b, wide, b.i64(signature.channels));
  rows = LLVM::AddOp::create(b, rows, b.zext(channel));
  return LLVM::MulOp::create(b, rows, b.i64(signature.rowBytes()));
}

void WarpRows::fetch(Value row, Index buffer) {
  Value offset = rowOffset(row);
  auto copy = [&](unsigned argument, int64_t at) {
    staging.fetch(b.offset64(b.argument(argument), offset), b.add(buffer, at));
  };
  copy(signature.inputAt(), 0);
  if (signature.hasPregate)
    copy(signature.pregateAt(), pregateOffset());
  if (signature.hasPostgate)
    copy(signature.postgateAt(), postgateOffset());
}

ComplexTile WarpRows::complexTile(Value base, int64_t at, bool transposed) {
  Tile re = f.loadTile(b.offset(base, at), transposed);
  Tile im = f.loadTile(b.offset(base, at + 512), transposed);
  ComplexTile tile;
  for (int i = 0; i < 4; ++i)
    tile[i] = {re[i], im[i]};
  return tile;
}

std::array<Complex, 2> WarpRows::complexHalves(const Sum &re, const Sum &im) {
  auto r = f.halves(re), i = f.halves(im);
  return {Complex{r[0], i[0]}, Complex{r[1], i[1]}};
}

static Tile realPart(const ComplexTile &tile) {
  return {tile[0].re, tile[1].re, tile[2].re, tile[3].re};
}
static Tile imaginaryPart(const ComplexTile &tile) {
  return {tile[0].im, tile[1].im, tile[2].im, tile[3].im};
}

/// S1: the samples are the right operand.
void WarpRows::forward(ArrayRef<Value> rows) {
  x.assign(tiles, {});
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = complexTile(tableRows, sampleAt() + 1024 * n2);
    Tile samples = f.loadTile(rows[n2], /*transposed=*/true);
    Tile gates = {};
    if (signature.hasPregate)
      gates = f.loadTile(b.offset(rows[n2], pregateOffset()), true);
    for (int i = 0; i < 4; ++i)
      samples[i] = edges.input(samples[i], gates[i]);
    for (int j = 0; j < 2; ++j) {
      Sum re = f.multiply(realPart(table), samples[2 * j], samples[2 * j + 1]);
      Sum im =
          f.multiply(imaginaryPart(table), samples[2 * j], samples[2 * j + 1]);
      auto halves = complexHalves(re, im);
      x[n2][2 * j] = halves[0];
      x[n2][2 * j + 1] = halves[1];
    }
  }
}

/// S2 and S2'.
void WarpRows::butterflies(bool inverse) {
  for (int i = 0; i < 4; ++i) {
    SmallVector<Complex> values;
    for (const ComplexTile &tile : x)
      values.push_back(tile[i]);
    for (auto [n2, value] : llvm::enumerate(smallFourier(f, values, inverse)))
      x[n2][i] = value;
  }
}

/// Twiddle, S3, spectrum, S3' and twiddle' of one tile.
void WarpRows::middle(int64_t k2) {
  ComplexTile twiddle = complexTile(tableRows, twiddleAt() + 1024 * k2);
  ComplexTile data;
  for (int i = 0; i < 4; ++i)
    data[i] = f.mul(x[k2][i], twiddle[i]);
  Tile filterRe = f.loadLanes(b.offset(laneChunks, spectrumAt() + 1024 * k2));
  Tile filterIm =
      f.loadLanes(b.offset(laneChunks, spectrumAt() + 1024 * k2 + 512));

  Tile re = realPart(data), im = imaginaryPart(data);
  ComplexTile z;
  for (int j = 0; j < 2; ++j) {
    auto product = [&](const Tile &withRe, const Tile &withIm) {
      return f.multiply(im, withIm[2 * j], withIm[2 * j + 1],
                        f.multiply(re, withRe[2 * j], withRe[2 * j + 1]));
    };
    auto halves = complexHalves(product(rightRe, rightMinusIm),
                                product(rightIm, rightRe));
    z[2 * j] = halves[0];
    z[2 * j + 1] = halves[1];
  }
  for (int i = 0; i < 4; ++i)
    z[i] = f.mul(z[i], {filterRe[i], filterIm[i]});

  ComplexTile back = complexTile(tableColumns, twiddleAt() + 1024 * k2, true);
  for (int j = 0; j < 2; ++j) { // columns k1 of the half j
    auto product = [&](const Tile &first, bool firstIm, const Tile &second,
                       bool secondIm) {
      auto part = [&](int i, bool im) { return im ? z[i].im : z[i].re; };
      return f.multiply(
          second, part(j, secondIm), part(2 + j, secondIm),
          f.multiply(first, part(j, firstIm), part(2 + j, firstIm)));
    };
    auto halves = complexHalves(product(leftRe, false, leftIm, true),
                                product(leftRe, true, leftMinusIm, false));
    for (int i = 0; i < 2; ++i)
      x[k2][2 * j + i] = f.mul(halves[i], back[2 * j + i], /*conjugate=*/true);
  }
}

/// S1' and the way out: the real part of A^H times the data.
void WarpRows::inverse(ArrayRef<Value> rows) {
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = complexTile(tableColumns, sampleAt() + 1024 * n2, true);
    Tile input = {}, pregates = {}, postgates = {};
    if (skip) {
      input = f.loadTile(rows[n2]);
      if (signature.hasPregate)
        pregates = f.loadTile(b.offset(rows[n2], pregateOffset()));
    }
    if (signature.hasPostgate)
      postgates = f.loadTile(b.offset(rows[n2], postgateOffset()));
    Tile out;
    for (int j = 0; j < 2; ++j) {
      Sum sum = f.multiply(realPart(table), x[n2][j].re, x[n2][2 + j].re);
      sum = f.multiply(imaginaryPart(table), x[n2][j].im, x[n2][2 + j].im,
                       std::move(sum));
      auto values = edges.wantsFloats() ? f.floats(sum) : f.halves(sum);
      for (int i = 2 * j; i < 2 * j + 2; ++i) {
        Value gated = skip ? edges.input(input[i], pregates[i]) : Value();
        out[i] = edges.output(values[i % 2], gated, skip, postgates[i]);
      }
    }
    f.storeTile(rows[n2], out);
  }
}

void WarpRows::run() {
  setUp();
  Index warp = b.warpIndex();
  Value batch = b.argument(signature.batchAt());
  Value first = b.asValue(b.add(b.mul(b.blockIndex(1), warps), warp));
  Value step = b.asValue(b.mul(b.gridExtent(1), warps));
  Index mine = b.add(b.add(b.sharedBaseIndex(), rowsAt()),
                     b.mul(warp, buffers * bufferBytes()));
  Value current = b.asValue(mine);
  Value next = b.asValue(b.add(mine, (buffers - 1) * bufferBytes()));
  auto exists = [&](Value row) { return b.less(row, batch); };

  b.ifThen(exists(first), [&] { fetch(first, current); });
  b.commitCopies();
  b.waitCopies(0);
  b.syncBlock();
  b.loop(
      {first, current, next}, [&](ValueRange v) { return exists(v[0]); },
      [&](ValueRange v) -> SmallVector<Value> {
        Value row = v[0], here = v[1], there = v[2];
        Value following = LLVM::AddOp::create(b, row, step);
        auto prefetch = [&] {
          b.ifThen(exists(following), [&] { fetch(following, there); });
          b.commitCopies();
        };
        if (buffers == 2)
          prefetch();
        b.waitCopies(buffers - 1);
        b.syncWarp();
        SmallVector<Value> rows = staging.tileAddresses(here);
        forward(rows);
        butterflies(/*inverse=*/false);
        for (int64_t k2 = 0; k2 < tiles; ++k2)
          middle(k2);
        butterflies(/*inverse=*/true);
        b.syncWarp();
        inverse(rows);
        b.syncWarp();
        Value output = b.argument(signature.outputAt());
        staging.flush(here, b.offset64(output, rowOffset(row)));
        b.syncWarp();
        if (buffers == 1)
          prefetch();
        return {following, there, here};
      });
  b.finish();
}

Kernel emitWarpRows(gpu::GPUModuleOp module, Location loc, StringRef name,
                    const plan::Plan &plan, const RowSignature &signature) {
  const plan::TensorChoice &tensor = plan.choice.tensor;
  KernelBuilder b(module, loc, name, signature.parameters(), 32 * tensor.warps);
  WarpRows(b, plan, signature).run();
  int64_t perChannel = std::max<int64_t>(
      1, (enoughBlocks + signature.channels - 1) / signature.channels);
  return {b.getFunction().getSymNameAttr(),
          {GridExtent{signature.channels, std::nullopt},
           GridExtent{perChannel, tensor.warps}, GridExtent()},
          32 * tensor.warps,
          plan::warpSharedBytes(plan.choice, signature.gates())};
}

} // namespace conv::nvidia
