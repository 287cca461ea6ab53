//===- RowsToVector.cpp - The convolution kernel of a right-angle plan ----===//
//
// One item is one row. Its blocks are transformed into the workspace,
// multiplied by the channel's spectra there, transformed back and written: one
// pass over the row in memory while its transforms fit in cache.
//
//===----------------------------------------------------------------------===//

#include "RowsToVector.h"
#include "BlockProduct.h"
#include "KernelEmitter.h"
#include "RowIO.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace conv::monarch {

namespace {

/// Outputs of at least this many bytes bypass the caches on their way out.
constexpr int64_t streamingBytes = int64_t(8) << 20;
/// Rows of more columns do not fit in the second-level cache, nor would the
/// next row.
constexpr int64_t mostColumnsInCache = 16;

Type computeType(OpBuilder &builder, const plan::Plan &plan) {
  return plan.choice.arithmetic == plan::Arithmetic::f16
             ? static_cast<Type>(builder.getF16Type())
             : builder.getF32Type();
}

/// Samples are divided by this in half precision: a constant row adds up to the
/// whole block at one frequency, and a tangent of some hundreds multiplies it.
constexpr int64_t halfHeadroom = 64;

class RowsEmitter {
public:
  RowsEmitter(ModuleOp module, Location loc, const plan::Plan &plan,
              const RowsSignature &signature)
      : module(module), plan(plan), signature(signature),
        builder(module.getContext()),
        b(loc, builder, computeType(builder, plan),
          leafLanes * rowsPerItem(plan)),
        shape(plan), io(b, signature) {}

  KernelBody run();

private:
  int64_t length() const { return plan.problem.length; }
  /// How many samples ahead a column stage fetches: its next group of slots,
  /// and at least two.
  int64_t columnPrefetch() const {
    return std::max<int64_t>(2, transform->columnGroup()) * leafLanes;
  }
  int64_t tailStart() const { return tailBlock * plan.block(); }
  Address tailAt(Value sampleOffset) {
    return b.at(tail,
                b.muli(b.addi(sampleOffset, -tailStart()), io.rowCount()));
  }
  void rows();
  void stageSpectrum(Value condition);
  Value integer(int32_t v);
  /// The i32 exponent of the power of two above a positive f32.
  Value exponentAbove(Value v);
  Value powerOfTwo(Value exponent);
  Value sample(Value offset, bool tail);
  /// Scalars of one complex value of the spectrum that the product reads.
  int64_t spectrumVector() const {
    return 2 * (staged.memref ? b.lanes : leafLanes);
  }
  void copyTailIn();
  void copyTailOut();
  void outputs();
  void outputLeaves(bool streaming);
  void outputColumns(bool streaming);
  void output(Value value, Value sampleOffset, bool tail, bool streaming);

  ModuleOp module;
  const plan::Plan &plan;
  const RowsSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  plan::ProductShape shape;

  RowIO io;

  RightAngleTransform *transform = nullptr;
  TransformArea *area = nullptr;
  // A unit is what one loop body takes; the row's last, incomplete one is
  // padded with zeros in the workspace, and its outputs go there first.
  int64_t unitSamples = 0;
  int64_t tailBlock = 0; ///< first block of the padded unit

  Address transforms, results, temporary, tail;
  /// The channel's spectrum in the arithmetic of the transform, scaled into its
  /// range, a whole register each; null where the spectrum is used as it is.
  /// And the two factors that take the scale back.
  Address staged, rescale;
  Value streamingAllowed;
  SmallVector<Value, 2> nextRows;
};

KernelBody RowsEmitter::run() {
  int64_t blocks = plan.choice.blocks;
  int64_t unit = plan.columns() == 1 ? ForwardRow::interleave(blocks) : 1;
  unitSamples = unit * plan.block();
  tailBlock = length() / unitSamples * unit;

  func::FuncOp function =
      startKernelBody(module, builder, b.getLoc(), "conv_rows",
                      io.argumentTypes(b.getF32Type()));
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange rest = io.bind(function.getArguments());
  Value begin = rest[0], end = rest[1], workspace = rest[2];

  RightAngleTables tables(plan);
  RightAngleTransform rowTransform(
      b, plan, tables, tableGlobal(module, b, "conv_twists", tables.values));
  TransformArea rowArea(rowTransform, plan.columns(), blocks, shape.frontBlocks,
                        shape.backBlocks);
  // A two-sided product goes to one column's worth of a second buffer.
  TransformArea resultArea(rowTransform, 1, blocks, 0, 0);
  transform = &rowTransform;
  area = &rowArea;

  Workspace layout;
  int64_t temporarySize = rowTransform.temporarySize();
  int64_t areaAt = layout.reserve(rowArea.size(), b.compute);
  int64_t temporaryAt = layout.reserve(temporarySize, b.compute);
  int64_t tailSize = unitSamples * io.rowCount();
  int64_t tailOffset = layout.reserve(tailSize, b.compute);
  int64_t resultAt = layout.reserve(resultArea.size(), b.compute);
  transforms =
      Workspace::region(b, workspace, areaAt, rowArea.size(), b.compute);
  temporary =
      Workspace::region(b, workspace, temporaryAt, temporarySize, b.compute);
  tail = Workspace::region(b, workspace, tailOffset, tailSize, b.compute);
  if (!b.compute.isF32()) {
    int64_t size = plan.spectrumSize() * io.rowCount();
    int64_t stagedAt = layout.reserve(size, b.compute);
    int64_t rescaleAt = layout.reserve(2, b.compute);
    staged = Workspace::region(b, workspace, stagedAt, size, b.compute);
    rescale = Workspace::region(b, workspace, rescaleAt, 2, b.compute);
  }
  rowArea.clearPadding(b, transforms);
  if (!shape.inPlace()) {
    results =
        Workspace::region(b, workspace, resultAt, resultArea.size(), b.compute);
    clear(b, results, resultArea.size());
  }

  // Streaming stores want whole aligned lines, and an output too large to be
  // read back from cache.
  int64_t bytes = signature.element.getIntOrFloatBitWidth() / 8;
  bool wholeLines = length() * bytes % 64 == 0 && bytes == 4;
  if (wholeLines) {
    Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(
        b, b.getIndexType(), io.output);
    Value aligned = arith::CmpIOp::create(
        b, arith::CmpIPredicate::eq,
        arith::AndIOp::create(b, pointer, b.index(63)), b.index(0));
    int64_t rowBytes = plan.problem.channels * length() * bytes;
    Value large = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                        b.muli(io.batch, rowBytes),
                                        b.index(streamingBytes));
    streamingAllowed = arith::AndIOp::create(b, aligned, large);
  }

  Value last = b.addi(end, -1);
  b.loop(begin, end, 1, [&](Value i) {
    nextRows = io.rowsOf(arith::MinSIOp::create(b, b.addi(i, 1), last));
    io.startItem(i);
    if (staged.memref)
      stageSpectrum(arith::OrIOp::create(
          b, io.firstOfChannel,
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq, i, begin)));
    rows();
  });
  // Streaming stores are ordered by nothing but a fence.
  if (streamingAllowed)
    LLVM::FenceOp::create(b, LLVM::AtomicOrdering::seq_cst, "");
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

void RowsEmitter::rows() {
  if (tailBlock < plan.choice.blocks)
    copyTailIn();

  ForwardRow forward(b, plan, *transform, *area, transforms, temporary);
  auto source = [&](Value offset, bool inTail) {
    return sample(offset, inTail);
  };
  forward.columns(
      plan.choice.blocks, tailBlock, [&](Value offset, bool inTail) {
        // Column samples lie a leaf apart, which no hardware
        // prefetcher follows.
        if (!inTail)
          io.prefetchSamples(io.rowOffsets, b.addi(offset, columnPrefetch()));
        return sample(offset, inTail);
      });

  Address rowSpectrum = {io.filter, io.filterOffset(plan.spectrumSize())};
  if (staged.memref)
    rowSpectrum = staged;
  // A short row's successor comes in while the row is transformed, 16 samples
  // a step.
  auto prefetch = [&](Value offset) {
    if (plan.columns() <= mostColumnsInCache)
      io.prefetchSamples(nextRows, offset);
  };

  auto column = [&](Value column) {
    forward.leaves(column, plan.choice.blocks, tailBlock, source, prefetch);
    Address from = area->block(b, transforms, column, Value());
    Address columnSpectrum = rowSpectrum;
    if (column)
      columnSpectrum =
          b.at(rowSpectrum,
               b.muli(column, leafSlots * shape.stored * spectrumVector()));
    emitBlockProduct(b, shape, from, shape.inPlace() ? from : results,
                     columnSpectrum, spectrumVector(), transform->blockSize(),
                     transform->slotSize());
    if (!column)
      return;
    int64_t count = ForwardRow::interleave(plan.choice.blocks);
    b.loop(0, plan.choice.blocks, count, [&](Value first) {
      SmallVector<Address> addresses, targets;
      for (int64_t i = 0; i < count; ++i) {
        Value block = b.addi(first, i);
        targets.push_back(area->block(b, transforms, column, block));
        addresses.push_back(
            shape.inPlace()
                ? targets.back()
                : b.at(results, b.muli(block, transform->blockSize())));
      }
      transform->inverseLeaf(addresses, nullptr);
      transform->lastLeafStage(addresses, [&](int64_t i, Value slot,
                                              Complex z) {
        b.storeComplex(b.cmul(z, transform->rotation(column, slot)),
                       b.at(targets[i], b.muli(slot, transform->slotSize())));
      });
    });
  };
  if (plan.columns() == 1)
    column(Value());
  else
    b.loop(0, plan.columns(), 1, column);
  outputs();
  if (tailBlock < plan.choice.blocks)
    copyTailOut();
}

void RowsEmitter::stageSpectrum(Value condition) {
  auto op = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  Address from = {io.filter, io.filterOffset(plan.spectrumSize())};
  Type f32 = b.getF32Type();
  auto type = VectorType::get({leafLanes}, f32);
  auto constant = [&](double v) -> Value {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(v));
  };
  auto load = [&](Value i) -> Value {
    Address at = b.at(from, i);
    return vector::LoadOp::create(b, type, at.memref, at.offset);
  };
  Value begin = b.index(0), end = b.index(plan.spectrumSize());

  // What a row of order one can add up to at one frequency, over all blocks,
  // becomes at most `middle` / headroom: far from both ends of the format's
  // range whatever the filter's gain.
  constexpr double middle = 1024;
  Value zero = vector::BroadcastOp::create(b, type, constant(0));
  auto larger = [&](Value p, Value q) -> Value {
    return arith::MaxNumFOp::create(b, p, q);
  };
  int64_t complexVector = 2 * leafLanes;
  Value largest = b.loop(
      begin, end, shape.stored * complexVector, ValueRange(zero),
      [&](Value frequencies, ValueRange carried) {
        SmallVector<Value> sums = b.loop(
            frequencies, b.addi(frequencies, shape.stored * complexVector),
            complexVector, ValueRange{zero, zero},
            [&](Value i, ValueRange parts) {
              Value re = load(i), im = load(b.addi(i, leafLanes));
              return SmallVector<Value>{b.add(parts[0], larger(re, b.neg(re))),
                                        b.add(parts[1], larger(im, b.neg(im)))};
            });
        return SmallVector<Value>{larger(carried[0], larger(sums[0], sums[1]))};
      })[0];
  Value gain = vector::ReductionOp::create(b, vector::CombiningKind::MAXNUMF,
                                           largest, constant(1e-30));
  // Scales are powers of two: they cost no rounding, there and back. The way
  // back is two factors, so that each is a normal number of the format.
  Value exponent = exponentAbove(b.mul(gain, constant(plan.block() / middle)));
  Value scale = powerOfTwo(b.subi(integer(0), exponent));
  Value back = b.addi(exponent, integer(llvm::Log2_64(halfHeadroom)));
  Value half = arith::ShRSIOp::create(b, back, integer(1));
  b.store(b.convert(powerOfTwo(half), b.compute), rescale);
  b.store(b.convert(powerOfTwo(b.subi(back, half)), b.compute),
          b.at(rescale, 1));

  Value scales = vector::BroadcastOp::create(b, type, scale);
  b.loop(begin, end, leafLanes, [&](Value i) {
    Value v = b.convert(b.mul(load(i), scales), b.compute);
    b.store(b.concatenate(SmallVector<Value>(io.rowCount(), v)),
            b.at(staged, b.muli(i, io.rowCount())));
  });
}

Value RowsEmitter::integer(int32_t v) {
  return arith::ConstantOp::create(b, b.getI32IntegerAttr(v));
}

/// f32: 23 bits of mantissa below an exponent that is biased by 127.
Value RowsEmitter::exponentAbove(Value v) {
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), v);
  return b.addi(arith::ShRUIOp::create(b, bits, integer(23)), integer(1 - 127));
}

Value RowsEmitter::powerOfTwo(Value exponent) {
  Value bits =
      arith::ShLIOp::create(b, b.addi(exponent, integer(127)), integer(23));
  return arith::BitcastOp::create(b, b.getF32Type(), bits);
}

Value RowsEmitter::sample(Value offset, bool inTail) {
  Value v = inTail ? b.load(tailAt(offset)) : io.sample(offset);
  return staged.memref ? b.mul(v, b.splat(1.0 / halfHeadroom)) : v;
}

void RowsEmitter::copyTailIn() {
  // Clear from the last partial register on, then copy.
  int64_t kept = (length() - tailStart()) / leafLanes * leafLanes;
  clear(b, tailAt(b.index(tailStart() + kept)),
        (unitSamples - kept) * io.rowCount());
  io.copyIn(b.index(tailStart()), b.index(length()), tail,
            b.index(tailStart()));
}

void RowsEmitter::copyTailOut() {
  io.copyOut(b.index(tailStart()), b.index(length()), tail,
             b.index(tailStart()));
}

void RowsEmitter::output(Value value, Value sampleOffset, bool inTail,
                         bool streaming) {
  if (staged.memref) {
    value = b.mul(b.mul(value, b.broadcast(rescale)),
                  b.broadcast(b.at(rescale, 1)));
  }
  if (inTail)
    b.store(value, tailAt(sampleOffset));
  else
    io.write(value, sampleOffset, streaming);
}

void RowsEmitter::outputs() {
  auto run = [&](bool streaming) {
    if (plan.columns() == 1)
      outputLeaves(streaming);
    else
      outputColumns(streaming);
  };
  if (!streamingAllowed) {
    run(false);
    return;
  }
  b.ifElse(streamingAllowed, [&] { run(true); }, [&] { run(false); });
}

void RowsEmitter::outputLeaves(bool streaming) {
  int64_t blocks = plan.choice.blocks;
  int64_t count = ForwardRow::interleave(blocks);
  auto run = [&](Value first, bool inTail) {
    SmallVector<Address> addresses;
    for (int64_t i = 0; i < count; ++i) {
      Value block = b.addi(first, i);
      addresses.push_back(
          shape.inPlace()
              ? area->block(b, transforms, Value(), block)
              : b.at(results, b.muli(block, transform->blockSize())));
    }
    transform->inverseLeaf(
        addresses, [&](int64_t phase, Value step, int64_t i) {
          Value line = b.addi(step, 4 * phase);
          Value offset = b.addi(b.muli(b.addi(first, count + i), plan.leaf()),
                                b.muli(line, leafLanes));
          io.prefetchOutputs(offset, streaming);
        });
    transform->lastLeafStage(addresses, [&](int64_t i, Value slot, Complex z) {
      Value v = rotateReal(b, z, transform->rotation(Value(), slot));
      output(v,
             b.addi(b.muli(b.addi(first, i), plan.leaf()),
                    b.muli(slot, leafLanes)),
             inTail, streaming && !inTail);
    });
  };
  b.loop(0, std::min(tailBlock, blocks), count,
         [&](Value first) { run(first, false); });
  b.loop(tailBlock, blocks, count, [&](Value first) { run(first, true); });
}

void RowsEmitter::outputColumns(bool streaming) {
  auto run = [&](Value block, bool inTail) {
    b.loop(0, leafSlots, transform->columnGroup(), [&](Value slot) {
      Address source = b.at(area->block(b, transforms, Value(), block),
                            b.muli(slot, transform->slotSize()));
      Value first =
          b.addi(b.muli(block, plan.block()), b.muli(slot, leafLanes));
      transform->inverseColumns(
          [&](Value column, Value g) {
            return b.at(b.at(source, b.muli(column, area->columnSize)),
                        b.muli(g, transform->slotSize()));
          },
          temporary,
          [&](Value n, Value g, Value v) {
            Value offset = b.addi(b.addi(first, b.muli(n, plan.leaf())),
                                  b.muli(g, leafLanes));
            if (!inTail)
              io.prefetchOutputs(b.addi(offset, columnPrefetch()), streaming);
            output(v, offset, inTail, streaming && !inTail);
          });
    });
  };
  int64_t blocks = plan.choice.blocks;
  b.loop(0, std::min(tailBlock, blocks), 1,
         [&](Value block) { run(block, false); });
  b.loop(tailBlock, blocks, 1, [&](Value block) { run(block, true); });
}

} // namespace

int64_t rowsPerItem(const plan::Plan &plan) {
  return plan.choice.arithmetic == plan::Arithmetic::f16 ? 2 : 1;
}

KernelBody emitRows(ModuleOp module, Location loc, const plan::Plan &plan,
                    const RowsSignature &signature) {
  return RowsEmitter(module, loc, plan, signature).run();
}

} // namespace conv::monarch
