//===- ConvFolders.cpp - Folders and local canonicalisations --------------===//

#include "Canonicalization.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace conv;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Whether `attr` is the number `number`, or a tensor of nothing else.
static bool isNumber(Attribute attr, double number) {
  if (auto scalar = dyn_cast_or_null<FloatAttr>(attr))
    return scalar.getValueAsDouble() == number;
  auto elements = dyn_cast_or_null<DenseFPElementsAttr>(attr);
  return elements && elements.isSplat() &&
         elements.getSplatValue<APFloat>().convertToDouble() == number;
}

/// Whether `value` is known to be `number` everywhere: a constant, a splat or a
/// fill.
static bool isConstantSplat(Value value, double number) {
  if (!value)
    return false;
  Attribute attr;
  if (matchPattern(value, m_Constant(&attr)))
    return isNumber(attr, number);
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    return isConstantSplat(splat.getInput(), number);
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return isConstantSplat(fill.getInputs().front(), number);
  return false;
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

/// Whether the result is a tensor without elements, which `init` is as good as.
static bool isEmpty(Value output) {
  return output &&
         llvm::is_contained(cast<ShapedType>(output.getType()).getShape(), 0);
}

/// Fold to `value` if it has the type of the result.
static LogicalResult foldTo(Value value, Value output,
                            SmallVectorImpl<OpFoldResult> &results) {
  if (!output || value.getType() != output.getType())
    return failure();
  results.push_back(value);
  return success();
}

LogicalResult LongConvOp::fold(FoldAdaptor,
                               SmallVectorImpl<OpFoldResult> &results) {
  return isEmpty(getOutput()) ? foldTo(getInit(), getOutput(), results)
                              : failure();
}

LogicalResult ShortConvOp::fold(FoldAdaptor adaptor,
                                SmallVectorImpl<OpFoldResult> &results) {
  if (isEmpty(getOutput()))
    return foldTo(getInit(), getOutput(), results);
  if (getTaps() == 1 && isNumber(adaptor.getFilter(), 1.0) && !getPregate() &&
      !getPostgate() && !getSkip())
    return foldTo(getInput(), getOutput(), results);
  return failure();
}

/// Fold a transform of nothing, of one sample, or of what `Inverse` made.
template <typename Inverse, typename Op>
static LogicalResult foldTransform(Op op,
                                   SmallVectorImpl<OpFoldResult> &results) {
  if (isEmpty(op.getOutput()))
    return foldTo(op.getInit(), op.getOutput(), results);
  if (op.getLength() == 1)
    return foldTo(op.getInput(), op.getOutput(), results);
  auto inverse = op.getInput().template getDefiningOp<Inverse>();
  if (!inverse || inverse.getOrdering() != op.getOrdering())
    return failure();
  if (op.getOrdering() == Ordering::digit_reversed &&
      inverse.getFactors() != op.getFactors())
    return failure();
  return foldTo(inverse.getInput(), op.getOutput(), results);
}

LogicalResult DFTOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  return foldTransform<IDFTOp>(*this, results);
}

LogicalResult IDFTOp::fold(FoldAdaptor,
                           SmallVectorImpl<OpFoldResult> &results) {
  return foldTransform<DFTOp>(*this, results);
}

//===----------------------------------------------------------------------===//
// Local patterns
//===----------------------------------------------------------------------===//

namespace {

/// Drop gates that are one everywhere and skip weights that are zero.
template <typename Op> struct DropNeutralOperands : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    bool pregate = isConstantSplat(op.getPregate(), 1.0);
    bool postgate = isConstantSplat(op.getPostgate(), 1.0);
    bool skip = isConstantSplat(op.getSkip(), 0.0);
    if (!pregate && !postgate && !skip)
      return rewriter.notifyMatchFailure(op, "no neutral operand");
    rewriter.modifyOpInPlace(op, [&] {
      if (pregate)
        op.getPregateMutable().clear();
      if (postgate)
        op.getPostgateMutable().clear();
      if (skip)
        op.getSkipMutable().clear();
    });
    return success();
  }
};

/// Turn a long convolution with few taps into a short one. A plan is someone's
/// wish, and is kept.
struct ShortenLongConv : OpRewritePattern<LongConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LongConvOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getPlanAttr() || op.getFilterSpectrum())
      return rewriter.notifyMatchFailure(op, "has a plan or a spectrum");
    if (op.getTaps() > ShortConvOp::maxTaps)
      return rewriter.notifyMatchFailure(op, "filter is long");
    Kind kind = op.getKind();
    if (kind == Kind::circular) {
      if (op.getTaps() != 1)
        return rewriter.notifyMatchFailure(op, "filter wraps around");
      kind = Kind::causal; // the one tap is lag zero
    }
    rewriter.replaceOpWithNewOp<ShortConvOp>(
        op, op->getResultTypes(), op.getInput(), op.getFilter(),
        op.getPregate(), op.getPostgate(), op.getSkip(), op.getInit(), kind);
    return success();
  }
};

} // namespace

void LongConvOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<DropNeutralOperands<LongConvOp>, ShortenLongConv>(context);
  populateCombineFiltersPatterns(patterns);
}

void ShortConvOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<DropNeutralOperands<ShortConvOp>>(context);
}
