//===- MonarchOps.cpp - Verify the kernels of the monarch dialect ---------===//

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

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

/// Check the element type of a spectrum against its plan's.
static LogicalResult checkSpectrumElement(Operation *op, MemRefType spectrum,
                                          PlanAttr plan) {
  Type expected = spectrumElement(op->getContext(), plan);
  if (spectrum.getElementType() == expected)
    return success();
  return op->emitOpError("spectrum holds ")
         << spectrum.getElementType() << ", but that of its plan holds "
         << expected;
}

LogicalResult RowsOp::verify() {
  return checkConvolution(*this, getSpectrum(), "spectrum");
}

/// Check that one step of the region is the plan's.
static LogicalResult checkStep(Operation &op, const plan::Step &step) {
  plan::StepKind kind;
  int64_t digit = -1, partner = -1;
  if (isa<LoadOp>(op)) {
    kind = plan::StepKind::load;
  } else if (auto forward = dyn_cast<ForwardOp>(op)) {
    kind = plan::StepKind::forward;
    digit = forward.getDigit();
  } else if (auto exchange = dyn_cast<ExchangeOp>(op)) {
    kind = plan::StepKind::exchange;
    digit = exchange.getSlot();
    partner = exchange.getLane();
  } else if (isa<ProductOp>(op)) {
    kind = plan::StepKind::product;
  } else if (auto inverse = dyn_cast<InverseOp>(op)) {
    kind = plan::StepKind::inverse;
    digit = inverse.getDigit();
  } else if (isa<TwiddleOp>(op)) {
    kind = plan::StepKind::twiddle;
  } else if (isa<StoreOp>(op)) {
    kind = plan::StepKind::store;
  } else {
    return op.emitOpError("is not a step of a plan");
  }
  if (kind != step.kind || digit != step.digit || partner != step.partner)
    return op.emitOpError("is not the plan's step here, which is ")
           << plan::describe(step);
  return success();
}

LogicalResult RowsOp::verifyRegions() {
  std::string error;
  std::optional<plan::Plan> plan =
      buildPlan(toProblem(*this), getPlan(), error);
  if (!plan)
    return emitOpError("wrong plan: ") << error;
  if (plan->choice.algorithm != plan::Algorithm::rightAngle)
    return emitOpError("runs right_angle plans, but its plan is ")
           << getPlan() << "; use monarch.direct";
  if (failed(checkSpectrumElement(*this, getSpectrum().getType(), getPlan())))
    return failure();
  int64_t size = getSpectrum().getType().getDimSize(1);
  if (!agree(size, plan->spectrumSize()))
    return emitOpError("spectrum has ")
           << size << " scalars a row, but the plan reads "
           << plan->spectrumSize();

  Block &block = getBody().front();
  if (block.getOperations().size() != plan->steps.size())
    return emitOpError("has ")
           << block.getOperations().size() << " steps, but its plan has "
           << plan->steps.size();
  for (auto [op, step] : llvm::zip(block, plan->steps))
    if (failed(checkStep(op, step)))
      return failure();
  TileType expected = loadTile(getContext(), *plan);
  auto load = cast<LoadOp>(block.front());
  if (load.getType() != expected)
    return load.emitOpError("loads ")
           << load.getType() << ", but the plan's tile is " << expected;
  return success();
}

LogicalResult DirectOp::verify() {
  if (getPlanAttr() && getPlanAttr().getAlgorithm() != Algorithm::direct &&
      getPlanAttr().getAlgorithm() != Algorithm::toeplitz)
    return emitOpError("sums over taps, but its plan is ")
           << getPlanAttr() << "; use monarch.rows";
  if (failed(checkConvolution(*this, getTaps(), "taps")))
    return failure();
  std::string error;
  if (getPlanAttr() && !buildPlan(toProblem(*this), getPlanAttr(), error))
    return emitOpError("wrong plan: ") << error;
  return success();
}

LogicalResult SpectrumOp::verify() {
  if (failed(checkRank(*this, "taps", getTaps(), 2, "[Hf, K]")) ||
      failed(checkRank(*this, "spectrum", getSpectrum(), 2, "[Hf, S]")))
    return failure();
  MemRefType taps = getTaps().getType(), spectrum = getSpectrum().getType();
  if (!agree(taps.getDimSize(0), spectrum.getDimSize(0)))
    return emitOpError("taps have ")
           << taps.getDimSize(0) << " rows, but the spectrum has "
           << spectrum.getDimSize(0);
  if (ShapedType::isDynamic(taps.getDimSize(1)))
    return emitOpError("taps have type ")
           << taps << ", but the number of taps must be static";
  std::string error;
  std::optional<plan::Plan> plan =
      buildPlan(toProblem(*this), getPlan(), error);
  if (!plan)
    return emitOpError("wrong plan: ") << error;
  if (plan->choice.algorithm != plan::Algorithm::rightAngle)
    return emitOpError(
               "prepares spectra of right_angle plans, but its plan is ")
           << getPlan();
  if (failed(checkSpectrumElement(*this, spectrum, getPlan())))
    return failure();
  if (!agree(spectrum.getDimSize(1), plan->spectrumSize()))
    return emitOpError("spectrum has ")
           << spectrum.getDimSize(1) << " scalars a row, but the plan writes "
           << plan->spectrumSize();
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
  std::optional<plan::TransformChoice> choice = toTransformChoice(getPlan());
  if (!choice)
    return emitOpError("wrong plan: algorithm ")
           << stringifyAlgorithm(getPlan().getAlgorithm())
           << " is for convolutions; use direct, mixed_radix or bluestein";
  int64_t length = input.getShape().back();
  std::string error = plan::checkTransform(length, *choice);
  if (!error.empty())
    return emitOpError("wrong plan: ") << error;
  if (getOrdering() == Ordering::digit_reversed && length > 1 &&
      getPlan().getAlgorithm() != Algorithm::mixed_radix)
    return emitOpError("wrong plan: ordering digit_reversed needs mixed_radix, "
                       "whose factors are the digits");
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

TileType loadTile(MLIRContext *context, const plan::Plan &plan) {
  SmallVector<LayoutDigit> digits;
  digits.push_back({Place::block, Domain::block, 0, plan.choice.blocks});
  for (auto [i, digit] : llvm::enumerate(plan.digits)) {
    Place place = plan.places[i] == plan::Place::column ? Place::column
                  : plan.places[i] == plan::Place::slot ? Place::slot
                  : plan.places[i] == plan::Place::lane ? Place::lane
                                                        : Place::fragment;
    digits.push_back(
        {place, Domain::sample, static_cast<unsigned>(i), digit.radix});
  }
  // A layout lists its digits by place; their numbers tell their weights.
  llvm::sort(digits, [](const LayoutDigit &a, const LayoutDigit &b) {
    return std::make_pair(a.place, a.number) <
           std::make_pair(b.place, b.number);
  });
  Type element = Float32Type::get(context);
  if (plan.choice.arithmetic == plan::Arithmetic::f16)
    element = Float16Type::get(context);
  if (plan.choice.arithmetic == plan::Arithmetic::bf16)
    element = BFloat16Type::get(context);
  return TileType::get(context, LayoutAttr::get(context, digits), element,
                       /*isComplex=*/false);
}

template <typename Op> static plan::Problem problemOf(Op op, int64_t taps) {
  MemRefType input = op.getInput().getType();
  plan::Problem problem;
  problem.kind = toPlan(op.getKind());
  problem.length = input.getDimSize(2);
  problem.taps = taps;
  problem.batch = input.isDynamicDim(0) ? -1 : input.getDimSize(0);
  problem.channels = input.getDimSize(1);
  problem.gates = (op.getPregate() ? 1 : 0) + (op.getPostgate() ? 1 : 0);
  problem.skip = static_cast<bool>(op.getSkip());
  problem.elementBytes = input.getElementTypeBitWidth() / 8;
  return problem;
}

plan::Problem toProblem(RowsOp rows) { return problemOf(rows, rows.getTaps()); }

plan::Problem toProblem(DirectOp direct) {
  return problemOf(direct, direct.getTaps().getType().getDimSize(1));
}

plan::Problem toProblem(SpectrumOp spectrum) {
  plan::Problem problem;
  problem.kind = toPlan(spectrum.getKind());
  problem.length = spectrum.getLength();
  problem.taps = spectrum.getTaps().getType().getDimSize(1);
  return problem;
}

plan::Plan getPlan(RowsOp rows) {
  std::string error;
  return *buildPlan(toProblem(rows), rows.getPlan(), error);
}

plan::Plan getPlan(SpectrumOp spectrum) {
  std::string error;
  return *buildPlan(toProblem(spectrum), spectrum.getPlan(), error);
}

} // namespace conv::monarch
