//===- ConvSplitFilters.cpp - Prepare the filters of convolutions ---------===//

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

namespace conv {
#define GEN_PASS_DEF_CONVSPLITFILTERS
#include "conv/Dialect/Conv/Transforms/Passes.h.inc"
} // namespace conv

using namespace mlir;
using namespace conv;

/// Split `op` into a spectrum and a convolution of it, if its plan needs one.
static void split(LongConvOp op, RewriterBase &rewriter) {
  std::optional<plan::Plan> plan = getPlan(op);
  if (!plan || plan->choice.algorithm != plan::Algorithm::rightAngle ||
      op.getFilterSpectrum() || !op.getOutput())
    return;
  rewriter.setInsertionPoint(op);
  auto spectrum = FilterSpectrumOp::create(
      rewriter, op.getLoc(), op.getFilter(), /*init=*/Value(), op.getKindAttr(),
      rewriter.getI64IntegerAttr(op.getLength()), op.getPlanAttr());
  rewriter.modifyOpInPlace(
      op, [&] { op.getFilterMutable().assign(spectrum.getOutput()); });
}

namespace {
/// Prepare the filters of all convolutions below the root.
struct ConvSplitFiltersPass
    : conv::impl::ConvSplitFiltersBase<ConvSplitFiltersPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](LongConvOp op) { split(op, rewriter); });
  }
};
} // namespace
