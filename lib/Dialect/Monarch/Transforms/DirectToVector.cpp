//===- DirectToVector.cpp - Convolution by multiply-adds ------------------===//
//
// For few taps. A row goes through in chunks: the chunk's inputs, with the
// halo that its taps reach, are copied into the workspace (pregated, widened,
// zeros or the wrapped period beyond the row's ends), and then every output is
// one sum over taps at a fixed distance.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "RowIO.h"

using namespace mlir;

namespace conv::monarch {

namespace {

/// Registers of outputs that are summed at once: enough to cover the latency of
/// a multiply-add on two ports.
constexpr int64_t sums = 8;
/// Outputs of one chunk; with its inputs it stays in the first-level cache.
constexpr int64_t largestChunk = 2048;

class DirectEmitter {
public:
  DirectEmitter(ModuleOp module, Location loc, plan::Kind kind, int64_t taps,
                const RowsSignature &signature)
      : module(module), signature(signature), builder(module.getContext()),
        b(loc, builder, builder.getF32Type(), leafLanes), io(b, signature),
        taps(taps) {
    plan::Problem problem;
    problem.kind = kind;
    problem.length = signature.length;
    problem.taps = taps;
    circular = kind == plan::Kind::circular;
    // Circular taps act at lags 0..K-1; the wrapped period stands in for the
    // negative ones.
    lastLag = plan::lastLag(problem);
    int64_t step = sums * b.lanes;
    chunk = std::min(largestChunk, (signature.length + step - 1) / step * step);
  }

  KernelBody run();

private:
  void loadTaps();
  void loadChunk(Value start);
  void computeChunk();
  void storeChunk(Value start);
  Value clamp(Value v) {
    return arith::MaxSIOp::create(
        b, b.index(0), arith::MinSIOp::create(b, v, b.index(signature.length)));
  }

  ModuleOp module;
  const RowsSignature &signature;
  OpBuilder builder;
  VectorBuilder b;
  RowIO io;
  int64_t taps, lastLag, chunk;
  bool circular;
  Address weights, inputs, outputs;
};

KernelBody DirectEmitter::run() {
  func::FuncOp function =
      startKernelBody(module, builder, b.getLoc(), "conv_direct",
                      io.argumentTypes(signature.filterElement));
  b.setInsertionPointToStart(&function.getBody().front());
  ValueRange rest = io.bind(function.getArguments());
  Value begin = rest[0], end = rest[1], workspace = rest[2];

  Workspace layout;
  int64_t inputSize = (chunk + taps - 1 + b.lanes - 1) / b.lanes * b.lanes;
  int64_t weightsAt = layout.reserve(taps, b.compute);
  int64_t inputsAt = layout.reserve(inputSize, b.compute);
  int64_t outputsAt = layout.reserve(chunk, b.compute);
  weights = Workspace::region(b, workspace, weightsAt, taps, b.compute);
  inputs = Workspace::region(b, workspace, inputsAt, inputSize, b.compute);
  outputs = Workspace::region(b, workspace, outputsAt, chunk, b.compute);

  b.loop(begin, end, 1, [&](Value item) {
    io.startItem(item);
    loadTaps();
    b.loop(0, signature.length, chunk, [&](Value start) {
      clear(b, inputs, inputSize);
      loadChunk(start);
      computeChunk();
      storeChunk(start);
    });
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

void DirectEmitter::loadTaps() {
  Value from = io.filterOffset(taps);
  b.loop(0, taps, 1, [&](Value t) {
    Value tap = memref::LoadOp::create(b, io.filter, b.addi(from, t));
    b.store(b.convert(tap, b.compute), b.at(weights, t));
  });
}

void DirectEmitter::loadChunk(Value start) {
  // inputs[i] is the sample at start - lastLag + i.
  Value origin = b.addi(start, -lastLag);
  Value low = clamp(origin), high = clamp(b.addi(origin, chunk + taps - 1));
  io.copyIn(low, high, inputs, origin);
  if (!circular)
    return;
  Value wrapped = arith::SelectOp::create(
      b, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, start, b.index(0)),
      b.index(taps - 1), b.index(0));
  Value before = b.index(signature.length - (taps - 1));
  io.copyIn(before, b.addi(before, wrapped), inputs, before);
}

void DirectEmitter::computeChunk() {
  b.loop(0, chunk, sums * b.lanes, [&](Value n) {
    SmallVector<Value> zeros(sums, b.splat(0));
    Address last = b.at(inputs, b.addi(n, taps - 1));
    SmallVector<Value> result = b.loop(
        b.index(0), b.index(taps), 1, zeros, [&](Value t, ValueRange carried) {
          Value weight = b.broadcast(b.at(weights, t));
          Address from = {last.memref, b.subi(last.offset, t)};
          SmallVector<Value> next;
          for (int64_t i = 0; i < sums; ++i)
            next.push_back(
                b.fma(weight, b.load(from, i * b.lanes), carried[i]));
          return next;
        });
    for (int64_t i = 0; i < sums; ++i)
      b.store(result[i], b.at(outputs, b.addi(n, i * b.lanes)));
  });
}

void DirectEmitter::storeChunk(Value start) {
  io.copyOut(start, clamp(b.addi(start, chunk)), outputs, start);
}

} // namespace

KernelBody emitDirect(ModuleOp module, Location loc, plan::Kind kind,
                      int64_t taps, const RowsSignature &signature) {
  return DirectEmitter(module, loc, kind, taps, signature).run();
}

} // namespace conv::monarch
