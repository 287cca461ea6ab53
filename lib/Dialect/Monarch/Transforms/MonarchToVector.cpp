//===- MonarchToVector.cpp - Emit CPU kernels for monarch ops -------------===//

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "conv/Dialect/Monarch/Transforms/Passes.h"

#include "FourierToVector.h"
#include "ToeplitzToVector.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace conv::monarch {

#define GEN_PASS_DEF_MONARCHTOVECTOR
#include "conv/Dialect/Monarch/Transforms/Passes.h.inc"

} // namespace conv::monarch

using namespace mlir;
using namespace conv;
using namespace conv::monarch;

namespace {

MemRefType memrefOf(Value v) { return cast<MemRefType>(v.getType()); }

/// View dense memory as one dimension.
Value flatten(ImplicitLocOpBuilder &b, Value v) {
  MemRefType type = memrefOf(v);
  if (type.getRank() > 1) {
    SmallVector<ReassociationIndices> all(1);
    for (int64_t i = 0; i < type.getRank(); ++i)
      all[0].push_back(i);
    v = memref::CollapseShapeOp::create(b, v, all);
  }
  auto flat = MemRefType::get({ShapedType::kDynamic}, type.getElementType());
  return v.getType() == flat ? v : memref::CastOp::create(b, flat, v);
}

/// Replace an op by a parallel call of its kernel.
void call(ImplicitLocOpBuilder &b, Operation *op, const KernelBody &kernel,
          ValueRange arguments, Value extent) {
  Value workspace = arith::ConstantIndexOp::create(b, kernel.workspaceBytes);
  ParallelCallOp::create(b, SymbolRefAttr::get(kernel.function), arguments,
                         extent, workspace);
  op->erase();
}

/// The signature and arguments that monarch.rows and monarch.direct share.
template <typename OpTy>
RowsSignature signatureOf(ImplicitLocOpBuilder &b, OpTy op, Value filter,
                          int64_t rows, SmallVectorImpl<Value> &arguments,
                          Value &extent) {
  MemRefType input = memrefOf(op.getInput());
  RowsSignature signature;
  signature.length = input.getDimSize(2);
  signature.channels = input.getDimSize(1);
  signature.filterRows = memrefOf(filter).getDimSize(0);
  signature.element = input.getElementType();
  signature.filterElement = memrefOf(filter).getElementType();
  signature.pregate = static_cast<bool>(op.getPregate());
  signature.postgate = static_cast<bool>(op.getPostgate());
  if (op.getSkip())
    signature.skipElement = memrefOf(op.getSkip()).getElementType();

  for (Value operand :
       {Value(op.getInput()), filter, Value(op.getPregate()),
        Value(op.getPostgate()), Value(op.getSkip()), Value(op.getOutput())})
    if (operand)
      arguments.push_back(flatten(b, operand));
  Value batch = memref::DimOp::create(b, op.getInput(), 0);
  arguments.push_back(batch);
  extent = arith::MulIOp::create(
      b, itemsPerChannel(b, batch, rows),
      arith::ConstantIndexOp::create(b, signature.channels));
  return signature;
}

struct MonarchToVectorPass
    : monarch::impl::MonarchToVectorBase<MonarchToVectorPass> {
  using MonarchToVectorBase::MonarchToVectorBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<Operation *> ops;
    module.walk([&](Operation *op) {
      if (isa<RowsOp, SpectrumOp, DirectOp, TransformOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      ImplicitLocOpBuilder b(op->getLoc(), op);
      for (Value operand : op->getOperands())
        if (!memrefOf(operand).getLayout().isIdentity()) {
          op->emitOpError("operand ")
              << operand.getType()
              << " is not dense and row-major; copy it before the kernel";
          return signalPassFailure();
        }
      if (auto rows = dyn_cast<RowsOp>(op))
        lower(b, rows);
      else if (auto spectrum = dyn_cast<SpectrumOp>(op))
        lower(b, spectrum);
      else if (auto direct = dyn_cast<DirectOp>(op))
        lower(b, direct);
      else
        lower(b, cast<TransformOp>(op));
    }
  }

  void lower(ImplicitLocOpBuilder &b, RowsOp op) {
    plan::Plan plan = getPlan(op);
    SmallVector<Value> arguments;
    Value extent;
    RowsSignature signature = signatureOf(b, op, op.getSpectrum(),
                                          rowsPerItem(plan), arguments, extent);
    call(b, op, emitRows(getOperation(), op.getLoc(), plan, signature),
         arguments, extent);
  }

  void lower(ImplicitLocOpBuilder &b, DirectOp op) {
    SmallVector<Value> arguments;
    Value extent;
    int64_t taps = memrefOf(op.getTaps()).getDimSize(1);
    plan::Kind kind = toPlan(op.getKind());
    PlanAttr plan = op.getPlanAttr();
    if (tiles && plan && plan.getAlgorithm() == Algorithm::toeplitz) {
      RowsSignature signature =
          signatureOf(b, op, op.getTaps(), toeplitzRows, arguments, extent);
      return call(
          b, op,
          emitToeplitz(getOperation(), op.getLoc(), kind, taps, signature),
          arguments, extent);
    }
    RowsSignature signature =
        signatureOf(b, op, op.getTaps(), /*rows=*/1, arguments, extent);
    call(b, op, emitDirect(getOperation(), op.getLoc(), kind, taps, signature),
         arguments, extent);
  }

  void lower(ImplicitLocOpBuilder &b, TransformOp op) {
    MemRefType type = op.getInput().getType();
    PlanAttr plan = op.getPlan();
    FourierSignature signature;
    signature.length = type.getShape().back();
    signature.element =
        cast<ComplexType>(type.getElementType()).getElementType();
    signature.inverse = op.getDirection() == Direction::inverse;
    signature.digitReversed = op.getOrdering() == Ordering::digit_reversed;
    signature.factors = plan.getFactors();
    using FourierAlgorithm = FourierSignature::Algorithm;
    signature.algorithm = plan.getAlgorithm() == Algorithm::direct
                              ? FourierAlgorithm::direct
                          : plan.getAlgorithm() == Algorithm::bluestein
                              ? FourierAlgorithm::bluestein
                              : FourierAlgorithm::mixedRadix;
    Value rows = arith::ConstantIndexOp::create(b, 1);
    for (int64_t i = 0; i + 1 < type.getRank(); ++i)
      rows = arith::MulIOp::create(b, rows,
                                   memref::DimOp::create(b, op.getInput(), i));
    call(b, op, emitFourier(getOperation(), op.getLoc(), signature),
         {flatten(b, op.getInput()), flatten(b, op.getOutput())}, rows);
  }

  void lower(ImplicitLocOpBuilder &b, SpectrumOp op) {
    Value rows = memref::DimOp::create(b, op.getTaps(), 0);
    call(b, op,
         emitSpectrum(getOperation(), op.getLoc(), getPlan(op),
                      memrefOf(op.getTaps()).getElementType()),
         {flatten(b, op.getTaps()), flatten(b, op.getSpectrum())}, rows);
  }
};

} // namespace
