//===- ConvToMonarch.cpp - Lower conv ops to monarch ops ------------------===//

#include "conv/Conversion/ConvToMonarch.h"
#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

namespace conv {
#define GEN_PASS_DEF_CONVERTCONVTOMONARCH
#include "conv/Conversion/Passes.h.inc"
} // namespace conv

using namespace mlir;
using namespace conv;

/// Report a planned op that has no plan.
static LogicalResult missingPlan(Operation *op) {
  return op->emitOpError("has no plan; run conv-plan before "
                         "convert-conv-to-monarch");
}

/// Lower a convolution by a sum over taps to monarch.direct.
template <typename Op>
static void lowerDirect(Op op, PlanAttr plan, RewriterBase &rewriter) {
  rewriter.replaceOpWithNewOp<monarch::DirectOp>(
      op, op.getInput(), op.getFilter(), op.getPregate(), op.getPostgate(),
      op.getSkip(), op.getInit(), op.getKindAttr(), plan);
}

/// Lower a planned convolution to monarch.rows or monarch.direct.
static LogicalResult lower(LongConvOp op, RewriterBase &rewriter) {
  std::optional<plan::Plan> plan = getPlan(op);
  if (!plan)
    return missingPlan(op);
  if (plan->choice.algorithm != plan::Algorithm::rightAngle) {
    lowerDirect(op, op.getPlanAttr(), rewriter);
    return success();
  }
  if (!op.getFilterSpectrum())
    return op.emitOpError("takes taps, but its right_angle plan needs a "
                          "prepared spectrum; run conv-split-filters before "
                          "bufferization");
  auto rows = monarch::RowsOp::create(
      rewriter, op.getLoc(), op.getInput(), op.getFilter(), op.getPregate(),
      op.getPostgate(), op.getSkip(), op.getInit(), op.getKindAttr(),
      rewriter.getI64IntegerAttr(plan->problem.taps), op.getPlanAttr());
  rewriter.createBlock(&rows.getBody());
  emitSteps(rewriter, op.getLoc(), *plan);
  rewriter.eraseOp(op);
  return success();
}

/// Lower a short convolution to monarch.direct.
static LogicalResult lower(ShortConvOp op, RewriterBase &rewriter) {
  lowerDirect(op, PlanAttr(), rewriter);
  return success();
}

/// Lower the preparation of a filter to monarch.spectrum.
static LogicalResult lower(FilterSpectrumOp op, RewriterBase &rewriter) {
  if (!op.getPlanAttr())
    return missingPlan(op);
  rewriter.replaceOpWithNewOp<monarch::SpectrumOp>(
      op, op.getFilter(), op.getInit(), op.getKindAttr(), op.getLengthAttr(),
      op.getPlanAttr());
  return success();
}

/// Lower a transform to monarch.transform.
template <typename Op>
static LogicalResult lowerTransform(Op op, monarch::Direction direction,
                                    RewriterBase &rewriter) {
  if (!op.getPlanAttr())
    return missingPlan(op);
  rewriter.replaceOpWithNewOp<monarch::TransformOp>(
      op, op.getInput(), op.getInit(),
      monarch::DirectionAttr::get(op.getContext(), direction),
      OrderingAttr::get(op.getContext(), op.getOrdering()), op.getPlanAttr());
  return success();
}

static LogicalResult lower(DFTOp op, RewriterBase &rewriter) {
  return lowerTransform(op, monarch::Direction::forward, rewriter);
}

static LogicalResult lower(IDFTOp op, RewriterBase &rewriter) {
  return lowerTransform(op, monarch::Direction::inverse, rewriter);
}

namespace {
/// Lower every conv op below the root.
struct ConvertConvToMonarchPass
    : conv::impl::ConvertConvToMonarchBase<ConvertConvToMonarchPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<ConvDialect>(op->getDialect()))
        return WalkResult::advance();
      if (op->getNumResults() != 0) {
        op->emitOpError("is on tensors; bufferize before "
                        "convert-conv-to-monarch");
        return WalkResult::interrupt();
      }
      rewriter.setInsertionPoint(op);
      return WalkResult(
          TypeSwitch<Operation *, LogicalResult>(op)
              .Case<LongConvOp, ShortConvOp, FilterSpectrumOp, DFTOp, IDFTOp>(
                  [&](auto op) { return lower(op, rewriter); })
              .Default([](Operation *op) {
                return op->emitOpError("has no lowering to monarch");
              }));
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
