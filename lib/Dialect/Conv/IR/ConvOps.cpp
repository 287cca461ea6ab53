//===- ConvOps.cpp - Verification and inference of the conv ops -----------===//

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Dialect/Conv/IR/PlanBridge.h"

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

/// The longest row: what a plan covers.
static constexpr int64_t maxLength = int64_t(1) << 24;

//===----------------------------------------------------------------------===//
// What every operation checks
//===----------------------------------------------------------------------===//

static ShapedType shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

/// A shape as it is written in a type: 8x?x4096.
static std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape) {
    if (!text.empty())
      text += "x";
    text += ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  }
  return text;
}

/// Check that dimension `dim` of `value` is static and not zero.
static LogicalResult verifyDim(Operation *op, Value value, StringRef name,
                               int64_t dim, StringRef meaning) {
  int64_t size = shaped(value).getDimSize(dim);
  if (ShapedType::isDynamic(size))
    return op->emitOpError()
           << "dimension " << dim << " of '" << name << "' (" << meaning
           << ") is dynamic; only the batch may be";
  if (size == 0)
    return op->emitOpError() << "dimension " << dim << " of '" << name << "' ("
                             << meaning << ") is zero; only the batch may be";
  return success();
}

/// Check that `value`, if present, has the shape and element type of `input`.
/// A dynamic dimension fits every size.
static LogicalResult verifyLikeInput(Operation *op, Value value, StringRef name,
                                     Value input) {
  if (!value)
    return success();
  ShapedType type = shaped(value), expected = shaped(input);
  if (failed(verifyCompatibleShape(type.getShape(), expected.getShape())))
    return op->emitOpError()
           << "'" << name << "' has shape " << shapeText(type.getShape())
           << ", but 'input' has " << shapeText(expected.getShape());
  if (type.getElementType() != expected.getElementType())
    return op->emitOpError()
           << "'" << name << "' has elements of " << type.getElementType()
           << ", but 'input' of " << expected.getElementType();
  return success();
}

/// Check that `value` holds f32 or what the rows hold.
static LogicalResult verifyWeightType(Operation *op, Value value,
                                      StringRef name, Value input) {
  Type element = shaped(value).getElementType();
  Type rows = shaped(input).getElementType();
  if (!element.isF32() && element != rows)
    return op->emitOpError() << "'" << name << "' has elements of " << element
                             << "; use f32 or those of 'input', " << rows;
  return success();
}

/// Check that `taps` is from one to what rows of `length` samples admit.
static LogicalResult verifyTaps(Operation *op, Kind kind, int64_t taps,
                                int64_t length) {
  int64_t limit = kind == Kind::bidirectional ? 2 * length - 1 : length;
  if (taps > limit)
    return op->emitOpError()
           << "filter has " << taps << " taps, but a " << stringifyKind(kind)
           << " filter of rows of " << length << " samples has at most "
           << limit << "; shorten the filter or pad the rows";
  return success();
}

static LogicalResult verifyLength(Operation *op, int64_t length) {
  if (length < 1 || length > maxLength)
    return op->emitOpError() << "length " << length << " is outside 1.."
                             << maxLength << "; split the rows";
  return success();
}

/// Check that operands are all tensors or all memrefs, that rows of memrefs are
/// contiguous, and that the output buffer is not an input too.
static LogicalResult verifyStorage(Operation *op, Value init,
                                   function_ref<StringRef(unsigned)> name) {
  bool tensors = isa<TensorType>(op->getOperand(0).getType());
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    StringRef operandName = name(operand.getOperandNumber());
    if (isa<TensorType>(value.getType()) != tensors)
      return op->emitOpError() << "mixes tensors and memrefs: '" << operandName
                               << "' is a " << value.getType();
    auto memref = dyn_cast<MemRefType>(value.getType());
    if (!memref)
      continue;
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(memref.getStridesAndOffset(strides, offset)))
      return op->emitOpError() << "'" << operandName
                               << "' has a layout without strides; copy it "
                                  "into a contiguous buffer first";
    if (!strides.empty() && strides.back() != 1 &&
        !ShapedType::isDynamic(strides.back()))
      return op->emitOpError()
             << "last stride of '" << operandName << "' is " << strides.back()
             << "; rows must be contiguous, copy them first";
    if (value == init && &operand != &op->getOpOperands().back())
      return op->emitOpError() << "writes 'init', which it also reads as '"
                               << operandName << "'; give it its own buffer";
  }
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
      failed(verifyWeightType(op, filter, "filter", input)))
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

/// Effects of reading every operand but `init`, and of writing `init`.
static void
addEffects(Operation *op, Value init,
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

/// The result of an operation in destination style: the type of `init` on
/// tensors, none on buffers.
static LogicalResult inferFromInit(Value init, SmallVectorImpl<Type> &results) {
  if (auto tensor = dyn_cast<RankedTensorType>(init.getType()))
    results.push_back(tensor);
  return success();
}

/// The sizes of `value`, which the result shares.
static LogicalResult reifyLike(OpBuilder &builder, Operation *op, Value value,
                               ReifiedRankedShapedTypeDims &shapes) {
  if (op->getNumResults() == 0)
    return failure();
  shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(), value));
  return success();
}

//===----------------------------------------------------------------------===//
// LongConvOp
//===----------------------------------------------------------------------===//

SpectrumAttr LongConvOp::getFilterSpectrum() {
  if (auto tensor = dyn_cast<RankedTensorType>(getFilter().getType()))
    return dyn_cast_or_null<SpectrumAttr>(tensor.getEncoding());
  return getSpectrumAttr();
}

/// Check that the spectrum was prepared for this very convolution.
static LogicalResult verifySpectrum(LongConvOp op, SpectrumAttr spectrum,
                                    const std::optional<plan::Plan> &plan) {
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
  if (!type.getElementType().isF32())
    return op.emitOpError() << "spectrum holds " << type.getElementType()
                            << "; a spectrum is f32";
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

LogicalResult
LongConvOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                             ValueRange operands, DictionaryAttr attributes,
                             OpaqueProperties properties, RegionRange regions,
                             SmallVectorImpl<Type> &results) {
  return inferFromInit(operands.back(), results);
}

LogicalResult
LongConvOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  return reifyLike(builder, *this, getInput(), shapes);
}

void LongConvOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addEffects(*this, getInit(), effects);
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

LogicalResult
ShortConvOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                              ValueRange operands, DictionaryAttr attributes,
                              OpaqueProperties properties, RegionRange regions,
                              SmallVectorImpl<Type> &results) {
  return inferFromInit(operands.back(), results);
}

LogicalResult
ShortConvOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyLike(builder, *this, getInput(), shapes);
}

void ShortConvOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addEffects(*this, getInit(), effects);
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
  results.push_back(
      RankedTensorType::get({tensor.getDimSize(0), spectrumSize(spectrum)},
                            Float32Type::get(context), spectrum));
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
  }
  if (auto tensor = dyn_cast<RankedTensorType>(filter.getType())) {
    if (isa_and_nonnull<SpectrumAttr>(tensor.getEncoding()))
      return emitOpError() << "filter is already a prepared spectrum";
    if (getInit())
      return emitOpError() << "tensor form returns its result; drop 'outs'";
    auto expected = RankedTensorType::get(
        {getFilterRows(), spectrumSize(getSpectrumAttr())},
        Float32Type::get(getContext()), getSpectrumAttr());
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
                      Float32Type::get(getContext()));
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

void FilterSpectrumOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addEffects(*this, getInit(), effects);
}

//===----------------------------------------------------------------------===//
// DFTOp and IDFTOp
//===----------------------------------------------------------------------===//

/// Check that all factors are at least two, and multiply to `least` or, unless
/// `exact`, to more. `subject` opens the message.
static LogicalResult verifyFactors(Operation *op, ArrayRef<int64_t> factors,
                                   int64_t length, bool exact,
                                   StringRef subject) {
  int64_t product = 1, limit = 4 * maxLength;
  for (int64_t factor : factors) {
    if (factor < 2)
      return op->emitOpError()
             << subject << "factor " << factor << " is not at least 2";
    product = factor > limit / product ? limit + 1 : product * factor;
    if (product > limit)
      return op->emitOpError() << subject << "factors multiply to more than "
                               << limit << ", the longest transform";
  }
  if (exact && product != length)
    return op->emitOpError() << subject << "factors multiply to " << product
                             << ", but the rows have " << length << " samples";
  if (product < length)
    return op->emitOpError() << subject << "factors multiply to " << product
                             << ", but bluestein needs at least " << length;
  return success();
}

template <typename Op> static LogicalResult verifyTransform(Op op) {
  ShapedType type = op.getInputType();
  int64_t last = type.getRank() - 1, length = op.getLength();
  if (failed(verifyDim(op, op.getInput(), "input", last, "sequence length")) ||
      failed(verifyLength(op, length)) ||
      failed(verifyLikeInput(op, op.getInit(), "init", op.getInput())))
    return failure();
  for (int64_t dim = 1; dim < last; ++dim)
    if (failed(verifyDim(op, op.getInput(), "input", dim, "leading dimension")))
      return failure();
  ArrayRef<int64_t> factors = op.getFactors();
  if (factors.empty() && length > 1 &&
      op.getOrdering() == Ordering::digit_reversed)
    return op.emitOpError() << "ordering digit_reversed needs factors, which "
                               "say what the digits are";
  if (!factors.empty() && failed(verifyFactors(op, factors, length, true, "")))
    return failure();
  if (PlanAttr plan = op.getPlanAttr()) {
    StringRef subject = "wrong plan: ";
    if (plan.getArithmetic() != Arithmetic::f32)
      return op.emitOpError() << subject << "arithmetic "
                              << stringifyArithmetic(plan.getArithmetic())
                              << "; transforms are computed in f32";
    switch (plan.getAlgorithm()) {
    case Algorithm::direct:
      break;
    case Algorithm::mixed_radix:
      if (failed(verifyFactors(op, plan.getFactors(), length, true, subject)))
        return failure();
      if (op.getOrdering() == Ordering::digit_reversed &&
          plan.getFactors() != factors)
        return op.emitOpError() << subject
                                << "ordering digit_reversed is bound to the "
                                   "operation's own factors; use the same";
      break;
    case Algorithm::bluestein:
      if (failed(verifyFactors(op, plan.getFactors(), 2 * length - 1, false,
                               subject)))
        return failure();
      break;
    case Algorithm::right_angle:
    case Algorithm::toeplitz:
      return op.emitOpError()
             << subject << "algorithm "
             << stringifyAlgorithm(plan.getAlgorithm())
             << " is for convolutions; use direct, mixed_radix or bluestein";
    }
  }
  return verifyStorage(op, op.getInit(), [](unsigned index) -> StringRef {
    return index == 0 ? "input" : "init";
  });
}

LogicalResult DFTOp::verify() { return verifyTransform(*this); }
LogicalResult IDFTOp::verify() { return verifyTransform(*this); }

LogicalResult DFTOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                      ValueRange operands,
                                      DictionaryAttr attributes,
                                      OpaqueProperties properties,
                                      RegionRange regions,
                                      SmallVectorImpl<Type> &results) {
  return inferFromInit(operands.back(), results);
}

LogicalResult IDFTOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       ValueRange operands,
                                       DictionaryAttr attributes,
                                       OpaqueProperties properties,
                                       RegionRange regions,
                                       SmallVectorImpl<Type> &results) {
  return inferFromInit(operands.back(), results);
}

LogicalResult DFTOp::reifyResultShapes(OpBuilder &builder,
                                       ReifiedRankedShapedTypeDims &shapes) {
  return reifyLike(builder, *this, getInput(), shapes);
}

LogicalResult IDFTOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  return reifyLike(builder, *this, getInput(), shapes);
}

void DFTOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addEffects(*this, getInit(), effects);
}

void IDFTOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addEffects(*this, getInit(), effects);
}
