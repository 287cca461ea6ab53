//===- MonarchOps.cpp - Verify the kernels of the monarch dialect ---------===//

#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "conv/Dialect/Monarch/IR/MonarchOps.cpp.inc"

namespace conv::monarch {

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Whether two extents can be equal.
static bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// Check that `value` has the rank that `axes` names.
static LogicalResult checkRank(Operation *op, StringRef name, Value value,
                               int64_t rank, StringRef axes) {
  auto type = cast<MemRefType>(value.getType());
  if (type.getRank() != rank)
    return op->emitOpError(name)
           << " has rank " << type.getRank() << ", but its axes are " << axes;
  if (!type.getLayout().isIdentity())
    return op->emitOpError(name)
           << " has layout " << type.getLayout() << ", but it must be dense";
  return success();
}

/// Check that `value` has the shape and element type of the input.
static LogicalResult checkLike(Operation *op, StringRef name, Value value,
                               MemRefType input) {
  if (!value)
    return success();
  if (failed(checkRank(op, name, value, 3, "[B, H, N]")))
    return failure();
  auto type = cast<MemRefType>(value.getType());
  bool same = type.getElementType() == input.getElementType();
  for (int axis = 0; axis < 3; ++axis)
    same &= agree(type.getDimSize(axis), input.getDimSize(axis));
  if (!same)
    return op->emitOpError(name)
           << " has type " << type << ", which does not match the input's "
           << input;
  return success();
}

/// Check operands that monarch.rows and monarch.direct share. `filter` is the
/// spectrum or the taps.
template <typename Op>
static LogicalResult checkConvolution(Op op, Value filter, StringRef name) {
  if (failed(checkRank(op, "input", op.getInput(), 3, "[B, H, N]")))
    return failure();
  MemRefType input = op.getInput().getType();
  if (failed(checkLike(op, "output", op.getOutput(), input)) ||
      failed(checkLike(op, "pregate", op.getPregate(), input)) ||
      failed(checkLike(op, "postgate", op.getPostgate(), input)) ||
      failed(checkRank(op, name, filter, 2, "[Hf, taps or spectrum]")))
    return failure();
  int64_t channels = input.getDimSize(1);
  int64_t rows = cast<MemRefType>(filter.getType()).getDimSize(0);
  if (ShapedType::isDynamic(channels) ||
      ShapedType::isDynamic(input.getDimSize(2)))
    return op.emitOpError("input has type ")
           << input << ", but only its batch may be dynamic";
  if (!ShapedType::isDynamic(rows) && (rows < 1 || channels % rows != 0))
    return op.emitOpError(name) << " has " << rows << " rows, which do not "
                                << "divide the " << channels << " channels";
  if (Value skip = op.getSkip()) {
    if (failed(checkRank(op, "skip", skip, 1, "[H]")))
      return failure();
    int64_t size = cast<MemRefType>(skip.getType()).getDimSize(0);
    if (!agree(size, channels))
      return op.emitOpError("skip has ")
             << size << " weights, but the input has " << channels
             << " channels";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult RowsOp::verify() {
  return checkConvolution(*this, getSpectrum(), "spectrum");
}

LogicalResult RowsOp::verifyRegions() {
  Operation *product = nullptr;
  for (Operation &step : getBody().front()) {
    bool isFirst = &step == &getBody().front().front();
    if (isFirst != isa<LoadOp>(step))
      return step.emitOpError(isFirst ? "comes first in monarch.rows; "
                                        "monarch.load must"
                                      : "is not the first step");
    if (!isa<ProductOp>(step))
      continue;
    if (product)
      return step.emitOpError("is a second product; monarch.rows has one")
                 .attachNote(product->getLoc())
             << "the first product";
    product = &step;
  }
  if (getBody().front().empty() || !isa<StoreOp>(getBody().front().back()))
    return emitOpError("does not end with monarch.store");
  if (!product)
    return emitOpError("has no monarch.product, so it does not convolve");
  return success();
}

LogicalResult DirectOp::verify() {
  return checkConvolution(*this, getTaps(), "taps");
}

LogicalResult SpectrumOp::verify() {
  if (failed(checkRank(*this, "taps", getTaps(), 2, "[Hf, K]")) ||
      failed(checkRank(*this, "spectrum", getSpectrum(), 2, "[Hf, S]")))
    return failure();
  int64_t taps = getTaps().getType().getDimSize(0);
  int64_t rows = getSpectrum().getType().getDimSize(0);
  if (!agree(taps, rows))
    return emitOpError("taps have ")
           << taps << " rows, but the spectrum has " << rows;
  return success();
}

LogicalResult TransformOp::verify() {
  MemRefType input = getInput().getType(), output = getOutput().getType();
  if (input.getRank() == 0)
    return emitOpError("input has no axis to transform; use rank 1 or more");
  if (input != output)
    return emitOpError("output has type ")
           << output << ", which does not match the input's " << input;
  if (!input.getLayout().isIdentity())
    return emitOpError("input has layout ")
           << input.getLayout() << ", but it must be dense";
  if (ShapedType::isDynamic(input.getShape().back()))
    return emitOpError("input has type ")
           << input << ", but the transform length must be static";
  return success();
}

LogicalResult ParallelCallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto body =
      symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!body)
    return emitOpError("calls ")
           << getCalleeAttr() << ", which is not a function here";
  SmallVector<Type> expected(getArgs().getTypes());
  Type index = IndexType::get(getContext());
  expected.append({index, index,
                   MemRefType::get({ShapedType::kDynamic},
                                   IntegerType::get(getContext(), 8))});
  auto type = FunctionType::get(getContext(), expected, {});
  if (body.getFunctionType() != type)
    return emitOpError("calls ")
           << getCalleeAttr() << " of type " << body.getFunctionType()
           << ", but a body on these arguments has type " << type;
  return success();
}

//===----------------------------------------------------------------------===//
// From a plan
//===----------------------------------------------------------------------===//

LayoutAttr loadLayout(MLIRContext *context, const plan::Plan &plan) {
  SmallVector<LayoutDigit> digits;
  digits.push_back({Place::block, Domain::block, 0, plan.choice.blocks});
  for (auto [i, digit] : llvm::enumerate(plan.digits)) {
    Place place = plan.places[i] == plan::Place::column ? Place::column
                  : plan.places[i] == plan::Place::slot ? Place::slot
                                                        : Place::lane;
    digits.push_back(
        {place, Domain::sample, static_cast<unsigned>(i), digit.radix});
  }
  return LayoutAttr::get(context, digits);
}

} // namespace conv::monarch
