//===- LMulToVector.cpp - Emit CPU kernels for lowbit ops ---------------===//

#include "LMulMatmul.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace conv::lowbit {
#define GEN_PASS_DEF_LMULTOVECTOR
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"
} // namespace conv::lowbit

using namespace mlir;
using namespace conv;
using namespace conv::lowbit;

/// View dense memory as one dimension of unknown size.
static Value flatten(ImplicitLocOpBuilder &b, Value v) {
  auto type = cast<MemRefType>(v.getType());
  if (type.getRank() > 1) {
    SmallVector<ReassociationIndices> all(1);
    for (int64_t i = 0; i < type.getRank(); ++i)
      all[0].push_back(i);
    v = memref::CollapseShapeOp::create(b, v, all);
  }
  auto flat = MemRefType::get({ShapedType::kDynamic}, type.getElementType());
  return v.getType() == flat ? v : memref::CastOp::create(b, flat, v);
}

/// What the kernels are specialized for. Matrix-unit plans become integer ones
/// where there are no tiles.
static MatmulSignature signatureOf(LMulMatmulOp op, bool tiles) {
  MatmulSignature signature;
  signature.element = op.getFormat();
  signature.result = cast<FloatType>(op.getInitType().getElementType());
  signature.semantics = op.getSemantics();
  signature.kept = op.getKeptBits();
  signature.transposeA = op.getTransposeA();
  signature.transposeB = op.getTransposeB();
  signature.sharedB = op.getAType().getRank() > op.getBType().getRank();
  signature.checked = op.getRange() == lowbit::Range::checked;
  signature.form = op.getPlanAttr().getForm();
  signature.rows = op.getPlanAttr().getRows();
  signature.columns = op.getPlanAttr().getColumns();
  if (!tiles && signature.form == Form::matrix_unit) {
    signature.form = Form::integer;
    signature.rows = 4;
  }
  auto known = [](int64_t x, int64_t y) {
    return ShapedType::isDynamic(x) ? y : x;
  };
  int64_t rank = op.getInitType().getRank();
  signature.m = known(op.getAType().getDimSize(op.getRowDimOfA()),
                      op.getInitType().getDimSize(rank - 2));
  signature.n = known(op.getBType().getDimSize(op.getColumnDimOfB()),
                      op.getInitType().getDimSize(rank - 1));
  signature.k = known(op.getAType().getDimSize(op.getInnerDimOfA()),
                      op.getBType().getDimSize(op.getInnerDimOfB()));
  return signature;
}

namespace {

/// Replace every lowbit product by calls of its kernels.
struct LMulToVectorPass
    : conv::lowbit::impl::LMulToVectorBase<LMulToVectorPass> {
  using LMulToVectorBase::LMulToVectorBase;

  void runOnOperation() override {
    SmallVector<LMulMatmulOp> products;
    getOperation().walk([&](LMulMatmulOp op) { products.push_back(op); });
    SmallVector<LMulDotOp> dots;
    getOperation().walk([&](LMulDotOp op) { dots.push_back(op); });
    for (LMulMatmulOp op : products)
      if (failed(lower(op)))
        return signalPassFailure();
    for (LMulDotOp op : dots)
      if (failed(lower(op)))
        return signalPassFailure();
  }

private:
  LogicalResult check(Operation *op) {
    if (op->getNumResults() != 0)
      return op->emitOpError("is on tensors; bufferize before "
                             "convert-lowbit-lmul-to-vector");
    for (Value operand : op->getOperands())
      if (!cast<MemRefType>(operand.getType()).getLayout().isIdentity())
        return op->emitOpError("operand ")
               << operand.getType()
               << " is not dense and row-major; copy it before the kernel";
    return success();
  }

  LogicalResult lower(LMulDotOp op) {
    if (failed(check(op)))
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto type = cast<MemRefType>(op.getA().getType());
    MatmulSignature signature;
    signature.element = cast<FloatType>(type.getElementType());
    signature.result = cast<FloatType>(
        cast<MemRefType>(op.getInit().getType()).getElementType());
    signature.semantics = op.getSemantics();
    signature.kept = op.getMantissaBits().value_or(
        signature.element.getFPMantissaWidth() - 1);
    signature.checked = op.getRange() == lowbit::Range::checked;
    signature.k = type.getDimSize(1);
    func::FuncOp kernel = emitDot(getOperation(), op.getLoc(), signature);
    Value rows = memref::DimOp::create(b, op.getA(), 0);
    Value k = memref::DimOp::create(b, op.getA(), 1);
    Value nothing = arith::ConstantIndexOp::create(b, 0);
    monarch::ParallelCallOp::create(b, SymbolRefAttr::get(kernel),
                                    ValueRange{flatten(b, op.getA()),
                                               flatten(b, op.getB()),
                                               flatten(b, op.getInit()), k},
                                    rows, nothing);
    op.erase();
    return success();
  }

  LogicalResult lower(LMulMatmulOp op) {
    if (failed(check(op)))
      return failure();
    LMulPlanAttr plan = op.getPlanAttr();
    if (!plan || plan.getRows() == 0 || plan.getColumns() == 0)
      return op.emitOpError("has no complete plan; run lowbit-plan before "
                            "convert-lowbit-lmul-to-vector");
    ImplicitLocOpBuilder b(op.getLoc(), op);
    ModuleOp module = getOperation();
    MatmulSignature signature = signatureOf(op, tiles);
    auto constant = [&](int64_t v) {
      return arith::ConstantIndexOp::create(b, v).getResult();
    };
    auto multiply = [&](Value x, Value y) {
      return arith::MulIOp::create(b, x, y).getResult();
    };
    auto dim = [&](Value v, int64_t index) {
      return memref::DimOp::create(b, v, index).getResult();
    };
    Value a = op.getA(), right = op.getB(), init = op.getInit();
    int64_t rank = op.getInitType().getRank();
    Value m = dim(init, rank - 2), n = dim(init, rank - 1);
    Value k = dim(a, op.getInnerDimOfA());
    Value batch = rank == 3 ? dim(init, 0) : constant(1);
    Value panels = ceilDiv(b, n, signature.columns);
    Value allPanels = signature.sharedB ? panels : multiply(batch, panels);

    Value padded = multiply(ceilDiv(b, k, signature.innerStep()),
                            constant(signature.innerStep()));
    Value bytes =
        multiply(multiply(allPanels, padded), constant(4 * signature.columns));
    auto bytesType = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
    auto flagsType = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
    Value words =
        memref::AllocOp::create(b, bytesType, bytes, b.getI64IntegerAttr(64));
    Value flags = memref::AllocOp::create(b, flagsType, allPanels,
                                          b.getI64IntegerAttr(64));
    func::FuncOp pack = emitPackB(module, op.getLoc(), signature), rawPack;
    if (signature.form == Form::matrix_unit) {
      MatmulSignature raw = signature;
      raw.form = Form::integer;
      raw.checked = false;
      rawPack = emitPackB(module, op.getLoc(), raw);
    }
    func::FuncOp product = emitMatmul(module, op.getLoc(), signature, rawPack);
    Value flatB = flatten(b, right);
    monarch::ParallelCallOp::create(
        b, SymbolRefAttr::get(pack),
        ValueRange{flatB, words, flags, n, k, panels, constant(0)}, allPanels,
        constant(128));
    Value items =
        multiply(batch, multiply(ceilDiv(b, m, rowsPerItem(signature)),
                                 ceilDiv(b, panels, panelsPerItem)));
    monarch::ParallelCallOp::create(b, SymbolRefAttr::get(product),
                                    ValueRange{flatten(b, a), flatB, words,
                                               flags, flatten(b, init), m, n, k,
                                               panels},
                                    items, matmulWorkspace(b, signature, k));
    memref::DeallocOp::create(b, words);
    memref::DeallocOp::create(b, flags);
    op.erase();
    return success();
  }
};

} // namespace
