//===- CombineFilters.cpp - Merge a convolution of a convolution ----------===//
//
// With no gate between them, y = (u * k1) * k2 = u * (k1 * k2). For causal
// filters the cut to N samples in between changes nothing, since no output
// depends on later inputs; circular convolutions are exact as they are. The cut
// does change a bidirectional one, which therefore stays. Skip weights are one
// more tap at lag zero.
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

#include <numeric>

using namespace mlir;
using namespace conv;

namespace {

/// Beyond so many products, or elements of the result, merging costs the
/// compiler more than it is worth.
constexpr int64_t maxProducts = int64_t(1) << 24;

/// The filter of one convolution, skip weight included, row by row.
struct Taps {
  int64_t rows = 0, taps = 0;
  SmallVector<double> values;
  const double *row(int64_t index) const { return &values[index * taps]; }
};

/// Read a constant tensor of floats.
std::optional<SmallVector<double>> readConstant(Value value) {
  DenseFPElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  SmallVector<double> values;
  values.reserve(attr.getNumElements());
  for (const APFloat &element : attr.getValues<APFloat>())
    values.push_back(element.convertToDouble());
  return values;
}

/// The constant taps of `op` with its constant skip weight, or nothing.
std::optional<Taps> readTaps(RowConvolutionOpInterface op) {
  if (op.getFilterSpectrum())
    return std::nullopt;
  Taps taps{op.getFilterRows(), op.getTaps(), {}};
  if (taps.rows * taps.taps > maxProducts)
    return std::nullopt;
  std::optional<SmallVector<double>> values = readConstant(op.getFilter());
  if (!values)
    return std::nullopt;
  taps.values = std::move(*values);
  if (!op.getSkip())
    return taps;

  std::optional<SmallVector<double>> skip = readConstant(op.getSkip());
  int64_t channels = op.getChannels();
  if (!skip || channels * taps.taps > maxProducts)
    return std::nullopt;
  // Channels that share a row may have different weights: a row for each.
  Taps own{channels, taps.taps, {}};
  for (int64_t channel = 0; channel < channels; ++channel) {
    const double *row = taps.row(channel / op.getGroupSize());
    own.values.append(row, row + taps.taps);
    own.values[channel * taps.taps] += (*skip)[channel];
  }
  return own;
}

/// k1 * k2 for every row, cut or wrapped to `length` samples.
std::optional<Taps> combine(const Taps &first, const Taps &second, Kind kind,
                            int64_t length) {
  Taps result;
  result.rows = std::lcm(first.rows, second.rows);
  result.taps = std::min(first.taps + second.taps - 1, length);
  // Each factor is at most maxProducts = 2^24, so no product overflows.
  if (first.taps * second.taps > maxProducts / result.rows ||
      result.rows * result.taps > maxProducts)
    return std::nullopt;
  result.values.assign(result.rows * result.taps, 0.0);
  for (int64_t row = 0; row < result.rows; ++row) {
    const double *a = first.row(row / (result.rows / first.rows));
    const double *b = second.row(row / (result.rows / second.rows));
    double *c = &result.values[row * result.taps];
    for (int64_t i = 0; i < first.taps; ++i)
      for (int64_t j = 0; j < second.taps; ++j) {
        int64_t lag = i + j;
        if (lag >= length) {
          if (kind == Kind::causal)
            break; // never reaches an output
          lag -= length;
        }
        c[lag] += a[i] * b[j];
      }
  }
  return result;
}

/// The kind of both convolutions, if merging them is exact. One tap is lag zero
/// in any kind.
std::optional<Kind> commonKind(RowConvolutionOpInterface inner,
                               RowConvolutionOpInterface outer) {
  Kind kind = inner.getTaps() == 1 ? outer.getKind() : inner.getKind();
  if (outer.getTaps() != 1 && outer.getKind() != kind)
    return std::nullopt;
  if (inner.getTaps() == 1 && outer.getTaps() == 1)
    return Kind::causal;
  if (kind == Kind::bidirectional)
    return std::nullopt;
  return kind;
}

bool hasPlan(Operation *op) {
  auto longConv = dyn_cast<LongConvOp>(op);
  return longConv && longConv.getPlanAttr();
}

/// Replace conv(conv(u, k1), k2) by conv(u, k1 * k2) for constant filters.
struct CombineFilters : OpInterfaceRewritePattern<RowConvolutionOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(RowConvolutionOpInterface outer,
                                PatternRewriter &rewriter) const override {
    auto inner = outer.getInput().getDefiningOp<RowConvolutionOpInterface>();
    if (!inner || !inner->hasOneUse())
      return rewriter.notifyMatchFailure(outer, "input is no other conv's");
    if (inner.getPostgate() || outer.getPregate())
      return rewriter.notifyMatchFailure(outer, "a gate stands between");
    if (hasPlan(inner) || hasPlan(outer))
      return rewriter.notifyMatchFailure(outer, "has a plan");
    std::optional<Kind> kind = commonKind(inner, outer);
    if (!kind)
      return rewriter.notifyMatchFailure(outer, "kinds do not compose");
    std::optional<Taps> first = readTaps(inner), second = readTaps(outer);
    if (!first || !second)
      return rewriter.notifyMatchFailure(outer, "filter is not constant");
    std::optional<Taps> taps =
        combine(*first, *second, *kind, outer.getLength());
    if (!taps)
      return rewriter.notifyMatchFailure(outer, "filters are too long");

    SmallVector<float> values(taps->values.begin(), taps->values.end());
    auto type =
        RankedTensorType::get({taps->rows, taps->taps}, rewriter.getF32Type());
    Value filter = arith::ConstantOp::create(
        rewriter, outer.getLoc(),
        DenseElementsAttr::get(type, ArrayRef<float>(values)));
    rewriter.replaceOpWithNewOp<LongConvOp>(
        outer, outer->getResultTypes(), inner.getInput(), filter,
        inner.getPregate(), outer.getPostgate(), /*skip=*/Value(),
        outer.getInit(), *kind, /*spectrum=*/nullptr, /*plan=*/nullptr);
    return success();
  }
};

} // namespace

void conv::populateCombineFiltersPatterns(RewritePatternSet &patterns) {
  patterns.add<CombineFilters>(patterns.getContext());
}
