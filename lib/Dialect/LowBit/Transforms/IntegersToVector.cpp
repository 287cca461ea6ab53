//===- IntegersToVector.cpp - Kernels of the integer ops of lowbit --------===//

#include "MatmulToVector.h"
#include "MatrixToVector.h"
#include "ProductEpilogue.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace conv::lowbit {
#define GEN_PASS_DEF_INTEGERSTOVECTOR
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"
} // namespace conv::lowbit

using namespace mlir;
using namespace conv;
using namespace conv::lowbit;

namespace {

/// View dense memory as one dimension.
Value flatten(ImplicitLocOpBuilder &b, Value v) {
  auto type = cast<MemRefType>(v.getType());
  if (type.getRank() > 1) {
    ReassociationIndices all =
        llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
    v = memref::CollapseShapeOp::create(b, v,
                                        ArrayRef<ReassociationIndices>{all});
  }
  auto flat = MemRefType::get({ShapedType::kDynamic}, type.getElementType());
  return v.getType() == flat ? v : memref::CastOp::create(b, flat, v);
}

void call(ImplicitLocOpBuilder &b, const monarch::KernelBody &kernel,
          ValueRange arguments, Value extent) {
  Value workspace = arith::ConstantIndexOp::create(b, kernel.workspaceBytes);
  monarch::ParallelCallOp::create(b, SymbolRefAttr::get(kernel.function),
                                  arguments, extent, workspace);
}

Each eachOf(Value operand) {
  if (!operand)
    return Each::none;
  auto type = cast<MemRefType>(operand.getType());
  return type.getDimSize(0) == 1 ? Each::one : Each::all;
}

struct IntegersToVectorPass
    : lowbit::impl::IntegersToVectorBase<IntegersToVectorPass> {
  using IntegersToVectorBase::IntegersToVectorBase;

  void runOnOperation() override {
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      getOperation().emitError("vector-bits is ")
          << static_cast<int64_t>(vectorBits) << "; use 128, 256 or 512";
      return signalPassFailure();
    }
    target = {dot, vectorBits, tiles};
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<TernaryPackOp, TernaryMatmulOp, Int8MatmulOp, ScalesOp,
              QuantizeOp, DequantizeOp, RequantizeOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (op->getNumResults() != 0) {
        op->emitOpError("is on tensors; bufferize before "
                        "convert-lowbit-integers-to-vector");
        return signalPassFailure();
      }
      for (Value operand : op->getOperands())
        if (!cast<MemRefType>(operand.getType()).getLayout().isIdentity()) {
          op->emitOpError("operand ")
              << operand.getType()
              << " is not dense and row-major; copy it before the kernel";
          return signalPassFailure();
        }
      ImplicitLocOpBuilder b(op->getLoc(), op);
      if (auto pack = dyn_cast<TernaryPackOp>(op))
        lower(b, pack);
      else if (auto ternary = dyn_cast<TernaryMatmulOp>(op))
        lowerProduct(b, ternary, Value(), Value());
      else if (auto bytes = dyn_cast<Int8MatmulOp>(op))
        lowerProduct(b, bytes, bytes.getZeroPoints(),
                     bytes.getWeightZeroPoints());
      else if (auto scales = dyn_cast<ScalesOp>(op))
        callRows(b, op, emitScales(getOperation(), scales),
                 memref::DimOp::create(b, scales.getInput(), 0));
      else if (auto quantize = dyn_cast<QuantizeOp>(op))
        callRows(b, op, emitQuantize(getOperation(), quantize));
      else if (auto dequantize = dyn_cast<DequantizeOp>(op))
        callRows(b, op, emitDequantize(getOperation(), dequantize));
      else
        callRows(b, op, emitRequantize(getOperation(), cast<RequantizeOp>(op)));
      op->erase();
    }
  }

private:
  /// Call a kernel over the rows of the result with all operands of the op.
  void callRows(ImplicitLocOpBuilder &b, Operation *op,
                const monarch::KernelBody &kernel, Value extra = Value()) {
    SmallVector<Value> arguments;
    for (Value operand : op->getOperands())
      arguments.push_back(flatten(b, operand));
    if (extra)
      arguments.push_back(extra);
    call(b, kernel, arguments,
         memref::DimOp::create(b, op->getOperands().back(), 0));
  }

  void lower(ImplicitLocOpBuilder &b, TernaryPackOp op) {
    auto weights = cast<MemRefType>(op.getInput().getType());
    auto packed = cast<MemRefType>(op.getInit().getType());
    call(b,
         emitTernaryPack(getOperation(), op.getLoc(), target,
                         weights.getDimSize(0), weights.getDimSize(1)),
         {flatten(b, op.getInput()), flatten(b, op.getInit())},
         arith::ConstantIndexOp::create(b, packed.getDimSize(0)));
  }

  /// Copy the rows into tiles, multiply, and release the tiles.
  template <typename Op>
  void multiply(ImplicitLocOpBuilder &b, Op op, const Product &product,
                ValueRange vectors, Value rows, bool few) {
    bool biased = !few && target.dot == Dot::bytes && !target.tiles;
    bool sums = few || ProductEpilogue::needsRowSums(product);
    auto index = [&](int64_t v) -> Value {
      return arith::ConstantIndexOp::create(b, v);
    };
    // Whole pairs of tiles, which AMX reads even where rows end in the first.
    Value atLeastOne = arith::MaxUIOp::create(b, rows, index(1));
    Value pairs = arith::DivUIOp::create(
        b, arith::AddIOp::create(b, atLeastOne, index(2 * tileRows - 1)),
        index(2 * tileRows));
    Value padded = arith::MulIOp::create(
        b, pairs, index(2 * tileRows * product.paddedInputs()));
    auto allocate = [&](Type element, Value size) -> Value {
      return memref::AllocOp::create(
          b, MemRefType::get({ShapedType::kDynamic}, element), size,
          b.getI64IntegerAttr(64));
    };
    Type element = target.widens() ? b.getI16Type() : b.getI8Type();
    SmallVector<Value> temporaries{allocate(element, padded)};
    if (sums)
      temporaries.push_back(allocate(b.getI32Type(), atLeastOne));
    SmallVector<Value> arguments{flatten(b, op.getInput())};
    llvm::append_range(arguments, temporaries);
    call(b,
         emitPackRows(getOperation(), op.getLoc(), target, product.inputs,
                      biased, sums),
         arguments, rows);

    arguments = temporaries;
    arguments.push_back(flatten(b, op.getWeights()));
    llvm::append_range(arguments, vectors);
    arguments.append({flatten(b, op.getInit()), rows});
    if (few)
      call(b, emitFewRowsProduct(getOperation(), op.getLoc(), target, product),
           arguments, index(product.blocks()));
    else
      call(b, emitPanelProduct(getOperation(), op.getLoc(), target, product),
           arguments, index(llvm::divideCeil(product.outputs, panelOutputs)));
    for (Value temporary : temporaries)
      memref::DeallocOp::create(b, temporary);
  }

  template <typename Op>
  void lowerProduct(ImplicitLocOpBuilder &b, Op op, Value zeroPoints,
                    Value weightZeroPoints) {
    auto input = cast<MemRefType>(op.getInput().getType());
    auto init = cast<MemRefType>(op.getInit().getType());
    Product product{init.getDimSize(1),
                    input.getDimSize(1),
                    std::is_same_v<Op, TernaryMatmulOp>,
                    init.getElementType().isF32(),
                    eachOf(zeroPoints),
                    eachOf(weightZeroPoints),
                    eachOf(op.getScales()),
                    eachOf(op.getWeightScales())};
    SmallVector<Value> vectors;
    for (Value vector : {zeroPoints, weightZeroPoints, Value(op.getScales()),
                         Value(op.getWeightScales())})
      if (vector)
        vectors.push_back(flatten(b, vector));
    Value rows = memref::DimOp::create(b, op.getInput(), 0);
    bool mayBeFew = product.ternary && target.dot == Dot::bytes &&
                    product.inputs <= fewRowsInputs;
    int64_t known = input.getDimSize(0);
    if (!ShapedType::isDynamic(known) || !mayBeFew)
      return multiply(b, op, product, vectors, rows,
                      mayBeFew && known <= fewRows);
    Value few =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ule, rows,
                              arith::ConstantIndexOp::create(b, fewRows));
    auto branch = scf::IfOp::create(b, few, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    multiply(b, op, product, vectors, rows, /*few=*/true);
    b.setInsertionPointToStart(branch.elseBlock());
    multiply(b, op, product, vectors, rows, /*few=*/false);
  }

  IntegerTarget target;
};

} // namespace
