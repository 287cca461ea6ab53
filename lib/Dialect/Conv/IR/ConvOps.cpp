//===- ConvOps.cpp - Verification and inference of the conv ops -----------===//

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Dialect/Conv/IR/PlanBridge.h"

#include "Checks.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace conv;

#include "conv/Dialect/Conv/IR/ConvInterfaces.cpp.inc"

/// The kind as a bare word.
static ParseResult parseKind(OpAsmParser &parser, KindAttr &kind) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<Kind> value = symbolizeKind(word);
  if (!value)
    return parser.emitError(loc)
           << "kind '" << word
           << "' is unknown; use one of causal, circular, bidirectional";
  kind = KindAttr::get(parser.getContext(), *value);
  return success();
}

static void printKind(OpAsmPrinter &printer, Operation *, KindAttr kind) {
  printer << stringifyKind(kind.getValue());
}

#define GET_OP_CLASSES
#include "conv/Dialect/Conv/IR/ConvOps.cpp.inc"

void conv::detail::addEffects(
    Operation *op, Value init,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (operand.get() == init)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

LogicalResult conv::detail::inferFromInit(std::optional<Location> location,
                                          Value init,
                                          SmallVectorImpl<Type> &results) {
  if (isa<MemRefType>(init.getType()))
    return success();
  auto tensor = dyn_cast<RankedTensorType>(init.getType());
  if (!tensor)
    return emitOptionalError(location, "'init' is ", init.getType(),
                             "; use a ranked tensor or memref");
  results.push_back(tensor);
  return success();
}

LogicalResult conv::detail::reifyLike(OpBuilder &builder, Operation *op,
                                      Value value,
                                      ReifiedRankedShapedTypeDims &shapes) {
  if (op->getNumResults() == 0)
    return failure();
  shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(), value));
  return success();
}

/// The names of operand groups in order, for diagnostics.
template <typename Op> static auto operandNames(Op op) {
  return [op](unsigned index) mutable -> StringRef {
    static constexpr StringLiteral names[] = {"input",    "filter", "pregate",
                                              "postgate", "skip",   "init"};
    for (unsigned group = 0; group < 6; ++group) {
      auto [start, size] = op.getODSOperandIndexAndLength(group);
      if (index >= start && index < start + size)
        return names[group];
    }
    llvm_unreachable("operand belongs to no group");
  };
}

/// What `conv.long_conv` and `conv.short_conv` check alike.
template <typename Op> static LogicalResult verifyRowConvolution(Op op) {
  Value input = op.getInput(), filter = op.getFilter();
  if (failed(verifyDim(op, input, "input", 1, "channels")) ||
      failed(verifyDim(op, input, "input", 2, "sequence length")) ||
      failed(verifyLength(op, op.getLength())) ||
      failed(verifyLikeInput(op, op.getPregate(), "pregate", input)) ||
      failed(verifyLikeInput(op, op.getPostgate(), "postgate", input)) ||
      failed(verifyLikeInput(op, op.getInit(), "init", input)) ||
      failed(verifyDim(op, filter, "filter", 0, "filter rows")) ||
      (!op.getFilterSpectrum() &&
       failed(verifyWeightType(op, filter, "filter", input))))
    return failure();
  int64_t channels = op.getChannels(), rows = op.getFilterRows();
  if (channels % rows != 0)
    return op.emitOpError()
           << "filter has " << rows << " rows, which does not divide the "
           << channels << " channels; groups of channels share a row, so use "
           << "a divisor of " << channels;
  if (Value skip = op.getSkip()) {
    if (failed(verifyWeightType(op, skip, "skip", input)))
      return failure();
    if (shaped(skip).getDimSize(0) != channels)
      return op.emitOpError()
             << "'skip' has shape " << shapeText(shaped(skip).getShape())
             << ", but there are " << channels << " channels";
  }
  return verifyStorage(op, op.getInit(), operandNames(op));
}

//===----------------------------------------------------------------------===//
// LongConvOp
//===----------------------------------------------------------------------===//

SpectrumAttr LongConvOp::getFilterSpectrum() {
  if (auto tensor = dyn_cast<RankedTensorType>(getFilter().getType()))
    return dyn_cast_or_null<SpectrumAttr>(tensor.getEncoding());
  return getSpectrumAttr();
}

/// Check that a plan reads a prepared spectrum at all.
static LogicalResult verifyReadsSpectrum(Operation *op, PlanAttr plan) {
  if (!plan || plan.getAlgorithm() == Algorithm::right_angle)
    return success();
  return op->emitOpError() << "plan " << plan
                           << " sums over the taps and has no spectrum; give "
                              "conv.long_conv the taps";
}

/// Check that the spectrum was prepared for this very convolution.
static LogicalResult verifySpectrum(LongConvOp op, SpectrumAttr spectrum,
                                    const std::optional<plan::Plan> &plan) {
  if (failed(verifyReadsSpectrum(op, spectrum.getPlan())))
    return failure();
  if (spectrum.getKind() != op.getKind() ||
      spectrum.getLength() != op.getLength())
    return op.emitOpError()
           << "spectrum was prepared for kind "
           << stringifyKind(spectrum.getKind()) << ", length "
           << spectrum.getLength() << ", but the operation has kind "
           << stringifyKind(op.getKind()) << ", length " << op.getLength()
           << "; prepare one for this operation";
  if (op.getPlanAttr() && !spectrum.getPlan())
    return op.emitOpError()
           << "spectrum was prepared for no plan, but the operation has plan "
           << op.getPlanAttr() << "; put the same plan on conv.filter_spectrum";
  if (op.getPlanAttr() && spectrum.getPlan() != op.getPlanAttr())
    return op.emitOpError()
           << "spectrum was prepared for plan " << spectrum.getPlan()
           << ", but the operation has plan " << op.getPlanAttr()
           << "; give both the same plan";
  ShapedType type = shaped(op.getFilter());
  Type element = spectrumElement(op.getContext(), spectrum.getPlan());
  if (type.getElementType() != element)
    return op.emitOpError() << "spectrum holds " << type.getElementType()
                            << "; a spectrum of this plan is " << element;
  int64_t size = type.getDimSize(1);
  if (plan && !ShapedType::isDynamic(size) && size != plan->spectrumSize())
    return op.emitOpError()
           << "spectrum has rows of " << size << " scalars, but those of plan "
           << op.getPlanAttr() << " have " << plan->spectrumSize();
  return success();
}

LogicalResult LongConvOp::verify() {
  if (failed(verifyRowConvolution(*this)))
    return failure();
  bool onTensors = isa<RankedTensorType>(getFilter().getType());
  if (onTensors && getSpectrumAttr())
    return emitOpError() << "has the attribute 'spectrum', which is for "
                            "buffers; on tensors the filter's type says it";
  SpectrumAttr spectrum = getFilterSpectrum();
  if (!spectrum &&
      failed(verifyDim(*this, getFilter(), "filter", 1, "filter taps")))
    return failure();
  if (failed(verifyTaps(*this, getKind(), getTaps(), getLength())))
    return failure();
  std::optional<plan::Plan> plan;
  if (PlanAttr attr = getPlanAttr()) {
    std::string error;
    plan = buildPlan(toProblem(*this), attr, error);
    if (!plan)
      return emitOpError() << "wrong plan: " << error;
  }
  return spectrum ? verifySpectrum(*this, spectrum, plan) : success();
}

//===----------------------------------------------------------------------===//
// ShortConvOp
//===----------------------------------------------------------------------===//

LogicalResult ShortConvOp::verify() {
  if (auto tensor = dyn_cast<RankedTensorType>(getFilter().getType());
      tensor && isa_and_nonnull<SpectrumAttr>(tensor.getEncoding()))
    return emitOpError()
           << "filter is a prepared spectrum, but short_conv takes taps";
  if (getKind() == Kind::circular)
    return emitOpError()
           << "kind circular is not for short filters; use conv.long_conv";
  if (failed(verifyRowConvolution(*this)) ||
      failed(verifyDim(*this, getFilter(), "filter", 1, "filter taps")))
    return failure();
  if (getTaps() > maxTaps)
    return emitOpError() << "filter has " << getTaps()
                         << " taps, but short_conv has at most " << maxTaps
                         << "; use conv.long_conv";
  return verifyTaps(*this, getKind(), getTaps(), getLength());
}

//===----------------------------------------------------------------------===//
// FilterSpectrumOp
//===----------------------------------------------------------------------===//

SpectrumAttr FilterSpectrumOp::getSpectrumAttr() {
  return SpectrumAttr::get(getContext(), getKind(), getLength(), getTaps(),
                           getPlanAttr());
}

/// S of a plan that builds, otherwise dynamic.
static int64_t spectrumSize(SpectrumAttr spectrum) {
  if (!spectrum.getPlan())
    return ShapedType::kDynamic;
  std::string error;
  auto plan = buildPlan(toProblem(spectrum), spectrum.getPlan(), error);
  return plan ? plan->spectrumSize() : ShapedType::kDynamic;
}

LogicalResult FilterSpectrumOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &results) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto tensor = dyn_cast<RankedTensorType>(adaptor.getFilter().getType());
  if (!tensor)
    return success(isa<MemRefType>(adaptor.getFilter().getType()));
  // Inference runs ahead of the verifier: refuse what no attribute can hold.
  if (tensor.getRank() != 2 || tensor.getDimSize(1) < 1 ||
      static_cast<int64_t>(adaptor.getLength()) < 1)
    return emitOptionalError(location, "filter ", tensor, " and length ",
                             static_cast<int64_t>(adaptor.getLength()),
                             " have no spectrum; use [rows, taps] with at "
                             "least one tap and a length of at least 1");
  auto spectrum =
      SpectrumAttr::get(context, adaptor.getKind(), adaptor.getLength(),
                        tensor.getDimSize(1), adaptor.getPlanAttr());
  results.push_back(RankedTensorType::get(
      {tensor.getDimSize(0), spectrumSize(spectrum)},
      spectrumElement(context, spectrum.getPlan()), spectrum));
  return success();
}

LogicalResult FilterSpectrumOp::verify() {
  Value filter = getFilter();
  if (failed(verifyLength(*this, getLength())) ||
      failed(verifyDim(*this, filter, "filter", 0, "filter rows")) ||
      failed(verifyDim(*this, filter, "filter", 1, "filter taps")) ||
      failed(verifyTaps(*this, getKind(), getTaps(), getLength())))
    return failure();
  if (PlanAttr attr = getPlanAttr()) {
    std::string error;
    if (!buildPlan(toProblem(*this), attr, error))
      return emitOpError() << "wrong plan: " << error;
    if (failed(verifyReadsSpectrum(*this, attr)))
      return failure();
  }
  if (auto tensor = dyn_cast<RankedTensorType>(filter.getType())) {
    if (isa_and_nonnull<SpectrumAttr>(tensor.getEncoding()))
      return emitOpError() << "filter is already a prepared spectrum";
    if (getInit())
      return emitOpError() << "tensor form returns its result; drop 'outs'";
    auto expected = RankedTensorType::get(
        {getFilterRows(), spectrumSize(getSpectrumAttr())},
        spectrumElement(getContext(), getPlanAttr()), getSpectrumAttr());
    if (!getOutput())
      return emitOpError() << "has no result; on tensors write -> " << expected;
    if (getOutput().getType() != expected)
      return emitOpError() << "result is " << getOutput().getType()
                           << ", but the spectrum of this filter and plan is "
                           << expected;
    return success();
  }
  if (!getInit() || getOutput())
    return emitOpError() << "needs 'outs' and no result on buffers";
  if (!getPlanAttr())
    return emitOpError() << "has no plan, which decides the size of the "
                            "buffer; choose one before bufferization";
  auto expected =
      MemRefType::get({getFilterRows(), spectrumSize(getSpectrumAttr())},
                      spectrumElement(getContext(), getPlanAttr()));
  auto memref = dyn_cast<MemRefType>(getInit().getType());
  if (!memref || memref.getElementType() != expected.getElementType() ||
      failed(verifyCompatibleShape(memref, expected)))
    return emitOpError() << "'init' is " << getInit().getType()
                         << ", but the spectrum of this plan is " << expected;
  return verifyStorage(*this, getInit(), [](unsigned index) -> StringRef {
    return index == 0 ? "filter" : "init";
  });
}

LogicalResult
FilterSpectrumOp::reifyResultShapes(OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &shapes) {
  // Before a plan is chosen nothing knows the size.
  if (!getOutput() || !getOutput().getType().hasStaticShape())
    return failure();
  auto &dims = shapes.emplace_back();
  for (int64_t size : getOutput().getType().getShape())
    dims.push_back(builder.getIndexAttr(size));
  return success();
}
