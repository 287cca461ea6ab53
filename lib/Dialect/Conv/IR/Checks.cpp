//===- Checks.cpp - What the verifiers of all conv ops check --------------===//

#include "Checks.h"

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace conv;

ShapedType conv::shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

std::string conv::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape) {
    if (!text.empty())
      text += "x";
    text += ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  }
  return text;
}

LogicalResult conv::verifyDim(Operation *op, Value value, StringRef name,
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

LogicalResult conv::verifyLikeInput(Operation *op, Value value, StringRef name,
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

LogicalResult conv::verifyWeightType(Operation *op, Value value, StringRef name,
                                     Value input) {
  Type element = shaped(value).getElementType();
  Type rows = shaped(input).getElementType();
  if (!element.isF32() && element != rows)
    return op->emitOpError() << "'" << name << "' has elements of " << element
                             << "; use f32 or those of 'input', " << rows;
  return success();
}

LogicalResult conv::verifyTaps(Operation *op, Kind kind, int64_t taps,
                               int64_t length) {
  int64_t limit = kind == Kind::bidirectional ? 2 * length - 1 : length;
  if (taps > limit)
    return op->emitOpError()
           << "filter has " << taps << " taps, but a " << stringifyKind(kind)
           << " filter of rows of " << length << " samples has at most "
           << limit << "; shorten the filter or pad the rows";
  return success();
}

LogicalResult conv::verifyLength(Operation *op, int64_t length) {
  if (length < 1 || length > maxLength)
    return op->emitOpError() << "length " << length << " is outside 1.."
                             << maxLength << "; split the rows";
  return success();
}

LogicalResult conv::verifyStorage(Operation *op, Value init,
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
