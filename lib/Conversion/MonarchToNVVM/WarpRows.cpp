//===- WarpRows.cpp - The kernel of a row in a warp's registers -----------===//

#include "WarpRows.h"
#include "ElementOps.h"
#include "InnerTransform.h"
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

/// F as a left and as a right operand.
constexpr int64_t fourierBytes = 2048;

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
        staging(b, tiles, signature.length, signature.alignment()),
        transform(f, tiles, shift, /*sequences=*/1, /*tablesAt=*/0) {}

  void run();

private:
  // Shared memory: A, T, the spectrum, then the rows of each warp: u, pregate,
  // postgate, once for each buffer.
  int64_t spectrumAt() const { return transform.tableBytes(); }
  int64_t fourierAt() const { return spectrumAt() + 1024 * tiles; }
  int64_t rowsAt() const {
    return fourierAt() + (plan::parksFourier(tiles) ? fourierBytes : 0);
  }
  int64_t bufferBytes() const {
    return (1 + signature.gates()) * staging.bytes();
  }
  int64_t pregateOffset() const { return staging.bytes(); }
  int64_t postgateOffset() const {
    return (1 + signature.hasPregate) * staging.bytes();
  }

  void setUp();
  Value rowOffset(Value row);
  void fetch(Value row, Index buffer);
  void forward(ArrayRef<Value> rows);
  void inverse(ArrayRef<Value> rows);

  KernelBuilder &b;
  Fragments f;
  ElementOps edges;
  const RowSignature &signature;
  const int64_t tiles, warps, buffers;
  RowStaging staging;
  InnerTransform transform;

  Index channel = 0;
  Value laneChunks; ///< lane's 16 bytes of the spectrum
  Value skip;
};

} // namespace

void WarpRows::setUp() {
  // Found by trying: ptxas needs no spills this way, and elsewhere fewer
  // instructions the other way.
  if (tiles == 2 || tiles == 16)
    b.keepOrder();
  channel = b.blockIndex(0);
  transform.setUp();
  Value spectrum = b.argument(signature.filterAt());
  Value row = b.zext(signature.filterRow(b, channel));
  Value bytes = LLVM::MulOp::create(b, row, b.i64(1024 * tiles));
  b.copyToShared(spectrumAt(), b.offset64(spectrum, bytes), 1024 * tiles);
  Value fourier =
      b.table("conv_fourier16", packHalves(plan::fourierFragments()));
  if (plan::parksFourier(tiles))
    b.copyToShared(fourierAt(), fourier, fourierBytes);
  else
    transform.setFourier(0, FourierMatrix::load(f, fourier));
  if (signature.skip) {
    Index at = b.mul(channel, signature.skip.getIntOrFloatBitWidth() / 8);
    skip = edges.loadSkip(b.offset(b.argument(signature.skipAt()), at),
                          signature.skip);
  }
  laneChunks =
      b.offset(b.offset(b.sharedBase(), spectrumAt()), b.shl(b.laneIndex(), 4));
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

/// S1: the samples are the right operand.
void WarpRows::forward(ArrayRef<Value> rows) {
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = transform.sampleTable(n2);
    Tile samples = f.loadTile(rows[n2], /*transposed=*/true);
    Tile gates = {};
    if (signature.hasPregate)
      gates = f.loadTile(b.offset(rows[n2], pregateOffset()), true);
    for (int i = 0; i < 4; ++i)
      samples[i] = edges.input(samples[i], gates[i]);
    transform.forward(0, n2, table, samples);
  }
}

/// S1' and the way out: the real part of A^H times the data.
void WarpRows::inverse(ArrayRef<Value> rows) {
  for (int64_t n2 = 0; n2 < tiles; ++n2) {
    ComplexTile table = transform.transposedSampleTable(n2);
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
      Sum sum = transform.inverseReal(0, n2, table, j);
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
        transform.butterflies(/*inverse=*/false);
        if (plan::parksFourier(tiles))
          transform.setFourier(
              0, FourierMatrix::load(f, b.offset(b.sharedBase(), fourierAt()),
                                     /*withMinus=*/f.accumulator ==
                                         Accumulator::f16,
                                     /*invariant=*/false));
        for (int64_t k2 = 0; k2 < tiles; ++k2)
          transform.middle(k2, [&](int64_t) {
            Tile re = f.loadLanes(b.offset(laneChunks, 1024 * k2));
            Tile im = f.loadLanes(b.offset(laneChunks, 1024 * k2 + 512));
            return complexTile(re, im);
          });
        transform.butterflies(/*inverse=*/true);
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
