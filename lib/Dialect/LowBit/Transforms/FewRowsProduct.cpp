//===- FewRowsProduct.cpp - One row times packed ternary weights ----------===//
//
// Where weights are used once, reading them is what costs. 64 bytes hold 16
// inputs of 16 outputs; field s is masked but not shifted, so that its sum is
// 4^s times too large. Each field has its own sums, and is shifted once at the
// end. Codes are w + 1, so that the sum of the row is taken off.
//
// The largest sum, of 64 times K / 4 products of at most 2 and 128, fits 32
// bits while K <= 2^19.
//
//===----------------------------------------------------------------------===//

#include "ProductEpilogue.h"

using namespace mlir;

namespace conv::lowbit {

/// Bytes ahead of the loads that are fetched: far enough to hide the latency of
/// memory, which the hardware's own prefetching stops doing at page borders.
static constexpr int64_t prefetchDistance = 4096;

monarch::KernelBody emitFewRowsProduct(ModuleOp module, Location loc,
                                       IntegerTarget target,
                                       const Product &product) {
  OpBuilder builder(module.getContext());
  IntegerBuilder b(loc, builder, target);
  func::FuncOp function = monarch::startKernelBody(
      module, builder, loc, "lowbit_ternary_matmul_few_rows",
      ProductArguments::types(b, product, /*rowSums=*/true));
  b.setInsertionPointToStart(&function.getBody().front());
  ProductArguments arguments(function.getArguments(), product, true);
  Workspace layout;
  Address sums = Workspace::region(b, arguments.workspace,
                                   layout.reserve(blockOutputs, b.i32),
                                   blockOutputs, b.i32);
  ProductEpilogue epilogue(b, product, arguments, /*bias=*/0, Value());

  int64_t padded = product.paddedInputs();
  int64_t blockBytes = padded / 4 * blockOutputs;
  Value lastByte = b.index(product.blocks() * blockBytes - 1);
  auto four = VectorType::get({4}, b.i8);
  auto word = VectorType::get({1}, b.i32);
  constexpr int64_t fields = 4, turns = 2;
  b.loop(arguments.begin, arguments.end, 1, [&](Value block) {
    Address weights{arguments.weights, b.muli(block, blockBytes)};
    b.loop(b.index(0), arguments.rows, 1, [&](Value row) {
      Address x{arguments.tiles, b.muli(row, tileInputs)};
      SmallVector<Value> init(turns * fields, b.integer(b.words, 0));
      SmallVector<Value> result = b.loop(
          b.index(0), b.index(padded / tileInputs), 1, init,
          [&](Value chunk, ValueRange carried) {
            SmallVector<Value> acc(carried);
            Address from = b.at(weights, b.muli(chunk, 4 * tileInputs));
            Address inputs = b.at(x, b.muli(chunk, tileRows * tileInputs));
            for (int64_t step = 0; step < 4; ++step) {
              Address at = b.at(from, step * tileInputs);
              Value ahead =
                  b.minimum(lastByte, b.addi(at.offset, prefetchDistance));
              memref::PrefetchOp::create(b, at.memref, ahead,
                                         /*isWrite=*/false,
                                         /*localityHint=*/3,
                                         /*isDataCache=*/true);
              Value codes = b.load(b.bytes, at);
              for (int64_t field = 0; field < fields; ++field) {
                Value masked = arith::AndIOp::create(
                    b, codes,
                    b.integer(b.bytes, static_cast<int8_t>(3 << 2 * field)));
                Value four4 = b.bitcast(
                    word, b.load(four, b.at(inputs, 16 * step + 4 * field)));
                Value spread = b.bitcast(b.bytes, b.splatTo(b.words, four4));
                Value &sum = acc[step % turns * fields + field];
                sum = b.dotBytes(sum, masked, spread);
              }
            }
            return acc;
          });
      Value total;
      for (int64_t field = 0; field < fields; ++field) {
        Value sum = result[field];
        for (int64_t turn = 1; turn < turns; ++turn)
          sum = b.addi(sum, result[turn * fields + field]);
        sum = arith::ShRSIOp::create(b, sum, b.integer(b.words, 2 * field));
        total = total ? b.addi(total, sum) : sum;
      }
      b.store(total, sums);
      epilogue.writeRows(row, b.index(1), b.muli(block, blockOutputs), sums,
                         blockOutputs, blockOutputs, /*subtractRowSums=*/true);
    });
  });
  func::ReturnOp::create(b);
  return {function, layout.bytes()};
}

} // namespace conv::lowbit
