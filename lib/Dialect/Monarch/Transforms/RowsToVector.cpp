//===- RowsToVector.cpp - The convolution kernel of a right-angle plan ----===//
//
// One item is one row. Its blocks are transformed into the workspace, multiplied
// by the channel's spectra there, transformed back and written: one pass over
// the row in memory while its transforms fit in cache.
//
//===----------------------------------------------------------------------===//

#include "RowsToVector.h"
#include "BlockProduct.h"
#include "KernelEmitter.h"

using namespace mlir;

namespace conv::monarch {

namespace {

/// Outputs of at least this many bytes bypass the caches on their way out.
constexpr int64_t streamingBytes = int64_t(8) << 20;

class RowsEmitter {
public:
  RowsEmitter(ModuleOp module, Location loc, const plan::Plan &plan,
              const RowsSignature &signature)
      : module(module), plan(plan), signature(signature),
        builder(module.getContext()),
        b(loc, builder, builder.getF32Type(), leafLanes), shape(plan) {}

  KernelBody run();

private:
  int64_t length() const { return plan.problem.length; }
  void item(Value item);
  Value sample(Value rowOffset, Value offset, bool tail);
  Value gated(Value v, Value offset, const std::function<Value(Value)> &load);
  void copyTailIn();
  void copyTailOut();
  void outputs();
  void outputLeaves(bool streaming);
  void outputColumns(bool streaming);
  void output(Value value, Value sampleOffset, bool tail, bool streaming);
  Value epilogue(Value value, Value sampleOffset, bool scalar);
  Value read(Value memref, Value index, bool scalar);
  /// for each 16 samples of [tailStart, N), then for each single one left.
  void forTail(llvm::function_ref<void(Value sampleOffset, bool scalar)> body);

  ModuleOp module;
  const plan::Plan &plan;
  const RowsSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  plan::ProductShape shape;

  RightAngleTransform *transform = nullptr;
  TransformArea *area = nullptr;
  int64_t tailBlock = 0; ///< first block that reads the padded tail

  // Values of the body.
  Value u, spectrum, pregate, postgate, skip, y, batch, streamingAllowed;
  Address transforms, results, temporary, tail;
  // Values of the item.
  Value rowOffset, nextRowOffset, channel, skipWeight;
};

KernelBody RowsEmitter::run() {
  int64_t blocks = plan.choice.blocks;
  int64_t unit = plan.columns() == 1 ? ForwardRow::interleave(blocks) : 1;
  int64_t unitSamples = unit * plan.block();
  tailBlock = length() / unitSamples * unit;

  auto flat = [](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  SmallVector<Type> types = {flat(signature.element), flat(b.compute)};
  if (signature.pregate)
    types.push_back(flat(signature.element));
  if (signature.postgate)
    types.push_back(flat(signature.element));
  if (signature.skipElement)
    types.push_back(flat(signature.skipElement));
  types.append({flat(signature.element), b.getIndexType()});
  func::FuncOp function =
      startKernelBody(module, builder, b.getLoc(), "conv_rows", types);
  b.setInsertionPointToStart(&function.getBody().front());

  auto arguments = function.getArguments();
  auto next = arguments.begin();
  u = *next++;
  spectrum = *next++;
  if (signature.pregate)
    pregate = *next++;
  if (signature.postgate)
    postgate = *next++;
  if (signature.skipElement)
    skip = *next++;
  y = *next++;
  batch = *next++;
  Value begin = *next++, end = *next++, workspace = *next++;

  RightAngleTables tables(plan);
  RightAngleTransform rowTransform(
      b, plan, tables, tableGlobal(module, b, "conv_twists", tables.values));
  TransformArea rowArea(rowTransform, plan.columns(), blocks,
                        shape.frontBlocks, shape.backBlocks);
  // A two-sided product goes to one column's worth of a second buffer.
  TransformArea resultArea(rowTransform, 1, blocks, 0, 0);
  transform = &rowTransform;
  area = &rowArea;

  Workspace layout;
  int64_t temporarySize = plan.columns() * rowTransform.slotSize();
  int64_t areaAt = layout.reserve(rowArea.size(), b.compute);
  int64_t temporaryAt = layout.reserve(temporarySize, b.compute);
  int64_t tailAt = layout.reserve(unitSamples, b.compute);
  int64_t resultAt = layout.reserve(resultArea.size(), b.compute);
  transforms =
      Workspace::region(b, workspace, areaAt, rowArea.size(), b.compute);
  temporary =
      Workspace::region(b, workspace, temporaryAt, temporarySize, b.compute);
  tail = Workspace::region(b, workspace, tailAt, unitSamples, b.compute);
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
    Value pointer =
        memref::ExtractAlignedPointerAsIndexOp::create(b, b.getIndexType(), y);
    Value aligned = arith::CmpIOp::create(
        b, arith::CmpIPredicate::eq,
        arith::AndIOp::create(b, pointer, b.index(63)), b.index(0));
    int64_t rowBytes = plan.problem.channels * length() * bytes;
    Value large = arith::CmpIOp::create(
        b, arith::CmpIPredicate::sge, b.muli(batch, rowBytes),
        b.index(streamingBytes));
    streamingAllowed = arith::AndIOp::create(b, aligned, large);
  }

  Value last = b.addi(end, -1);
  b.loop(begin, end, 1, [&](Value i) {
    auto offsetOf = [&](Value item) {
      channel = arith::DivUIOp::create(b, item, batch);
      Value row = b.addi(
          b.muli(arith::RemUIOp::create(b, item, batch),
                 plan.problem.channels),
          channel);
      return b.muli(row, length());
    };
    nextRowOffset =
        offsetOf(arith::MinSIOp::create(b, b.addi(i, 1), last));
    rowOffset = offsetOf(i);
    item(i);
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

void RowsEmitter::item(Value) {
  if (skip)
    skipWeight =
        b.convert(memref::LoadOp::create(b, skip, channel), b.compute);
  if (tailBlock < plan.choice.blocks)
    copyTailIn();

  ForwardRow forward(b, plan, *transform, *area, transforms, temporary);
  auto source = [&](Value offset, bool inTail) {
    return sample(rowOffset, offset, inTail);
  };
  // The next row comes in while this one is transformed.
  int64_t perLine = 64 / (signature.element.getIntOrFloatBitWidth() / 8);
  int64_t lines = (length() + perLine - 1) / perLine;
  auto prefetch = [&](Value offset) {
    if (lines * leafLanes < perLine)
      return;
    // Steps come once per 16 samples; a line may hold more.
    Value at = b.addi(nextRowOffset, b.muli(offset, perLine / leafLanes));
    if (perLine == leafLanes) {
      memref::PrefetchOp::create(b, u, at, /*isWrite=*/false,
                                 /*localityHint=*/3, /*isDataCache=*/true);
    }
  };
  forward.columns(plan.choice.blocks, tailBlock, source);

  int64_t group = plan.problem.channels / signature.filterRows;
  Value filterRow = channel;
  if (group > 1)
    filterRow = arith::DivUIOp::create(b, channel, b.index(group));
  Address rowSpectrum = {spectrum, b.muli(filterRow, plan.spectrumSize())};

  auto column = [&](Value column) {
    forward.leaves(column, plan.choice.blocks, tailBlock, source, prefetch);
    Address from = area->block(b, transforms, column, Value());
    Address columnSpectrum = rowSpectrum;
    if (column)
      columnSpectrum = b.at(
          rowSpectrum,
          b.muli(column, leafSlots * shape.stored * 2 * leafLanes));
    emitBlockProduct(b, shape, from, shape.inPlace() ? from : results,
                     columnSpectrum, transform->blockSize(),
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
      transform->inverseLeaf(addresses);
      transform->lastLeafStage(
          addresses, [&](int64_t i, Value slot, Complex z) {
            b.storeComplex(
                b.cmul(z, transform->rotation(column, slot)),
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

Value RowsEmitter::read(Value memref, Value index, bool scalar) {
  if (scalar)
    return b.convert(memref::LoadOp::create(b, memref, index), b.compute);
  return b.load({memref, index});
}

Value RowsEmitter::sample(Value row, Value offset, bool inTail) {
  if (inTail)
    return b.load(b.at(tail, b.addi(offset, -tailBlock * plan.block())));
  Value index = b.addi(row, offset);
  Value v = b.load({u, index});
  return pregate ? b.mul(v, b.load({pregate, index})) : v;
}

void RowsEmitter::forTail(llvm::function_ref<void(Value, bool)> body) {
  int64_t start = tailBlock * plan.block();
  int64_t vectors = start + (length() - start) / b.lanes * b.lanes;
  b.loop(start, vectors, b.lanes, [&](Value n) { body(n, false); });
  b.loop(vectors, length(), 1, [&](Value n) { body(n, true); });
}

void RowsEmitter::copyTailIn() {
  int64_t start = tailBlock * plan.block();
  int64_t unit = plan.columns() == 1
                     ? ForwardRow::interleave(plan.choice.blocks)
                     : 1;
  // Clear from the last partial register on, then copy.
  int64_t kept = (length() - start) / b.lanes * b.lanes;
  clear(b, b.at(tail, kept), unit * plan.block() - kept);
  forTail([&](Value n, bool scalar) {
    Value index = b.addi(rowOffset, n);
    Value v = read(u, index, scalar);
    if (pregate)
      v = b.mul(v, read(pregate, index, scalar));
    b.store(v, b.at(tail, b.addi(n, -start)));
  });
}

Value RowsEmitter::epilogue(Value value, Value sampleOffset, bool scalar) {
  Value index = b.addi(rowOffset, sampleOffset);
  if (skip) {
    Value v = read(u, index, scalar);
    if (pregate)
      v = b.mul(v, read(pregate, index, scalar));
    Value weight = skipWeight;
    if (!scalar)
      weight = vector::BroadcastOp::create(b, b.vectorType, weight);
    value = b.fma(v, weight, value);
  }
  if (postgate)
    value = b.mul(value, read(postgate, index, scalar));
  return value;
}

void RowsEmitter::copyTailOut() {
  int64_t start = tailBlock * plan.block();
  forTail([&](Value n, bool scalar) {
    Value v = read(tail.memref, b.addi(n, -start), scalar);
    b.store(epilogue(v, n, scalar), {y, b.addi(rowOffset, n)});
  });
}

void RowsEmitter::output(Value value, Value sampleOffset, bool inTail,
                         bool streaming) {
  if (inTail) {
    b.store(value,
            b.at(tail, b.addi(sampleOffset, -tailBlock * plan.block())));
    return;
  }
  b.store(epilogue(value, sampleOffset, /*scalar=*/false),
          {y, b.addi(rowOffset, sampleOffset)}, streaming);
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
    transform->inverseLeaf(addresses);
    transform->lastLeafStage(addresses, [&](int64_t i, Value slot,
                                            Complex z) {
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
    b.loop(0, leafSlots, 1, [&](Value slot) {
      Address source = b.at(area->block(b, transforms, Value(), block),
                            b.muli(slot, transform->slotSize()));
      Value first = b.addi(b.muli(block, plan.block()),
                           b.muli(slot, leafLanes));
      transform->inverseColumns(
          [&](Value column) {
            return b.at(source, b.muli(column, area->columnSize));
          },
          temporary,
          [&](Value n, Value v) {
            output(v, b.addi(first, b.muli(n, plan.leaf())), inTail,
                   streaming && !inTail);
          });
    });
  };
  int64_t blocks = plan.choice.blocks;
  b.loop(0, std::min(tailBlock, blocks), 1,
         [&](Value block) { run(block, false); });
  b.loop(tailBlock, blocks, 1, [&](Value block) { run(block, true); });
}

} // namespace

KernelBody emitRows(ModuleOp module, Location loc, const plan::Plan &plan,
                    const RowsSignature &signature) {
  return RowsEmitter(module, loc, plan, signature).run();
}

} // namespace conv::monarch
