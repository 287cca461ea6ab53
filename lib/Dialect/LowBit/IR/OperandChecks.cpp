//===- OperandChecks.cpp - What verifiers of the lowbit ops check ---------===//

#include "OperandChecks.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/SmallString.h"

using namespace mlir;
using namespace conv::lowbit;

std::string conv::lowbit::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape) {
    if (!text.empty())
      text += "x";
    text += ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  }
  return text;
}

LogicalResult conv::lowbit::verifyStaticFrom(Operation *op, Value value,
                                             StringRef name, int64_t first) {
  auto type = cast<ShapedType>(value.getType());
  for (int64_t dim = first; dim < type.getRank(); ++dim)
    if (ShapedType::isDynamic(type.getDimSize(dim)) ||
        type.getDimSize(dim) == 0)
      return op->emitOpError()
             << "dimension " << dim << " of '" << name << "' is "
             << (type.getDimSize(dim) == 0 ? "zero" : "dynamic") << "; only "
             << (first == 0 ? "the rows of other operands" : "the rows")
             << " may be";
  return success();
}

LogicalResult conv::lowbit::verifyStorage(Operation *op) {
  Value init = op->getOperands().back();
  bool tensors = isa<TensorType>(init.getType());
  for (OpOperand &operand : op->getOpOperands()) {
    Type type = operand.get().getType();
    unsigned index = operand.getOperandNumber();
    if (isa<TensorType>(type) != tensors)
      return op->emitOpError() << "mixes tensors and memrefs: operand " << index
                               << " is a " << type << "; bufferize all of them";
    if (!tensors && operand.get() == init && index + 1 != op->getNumOperands())
      return op->emitOpError()
             << "writes 'init', which it also reads as operand " << index
             << "; give it its own buffer";
  }
  return success();
}

LogicalResult conv::lowbit::verifyOneOrEach(Operation *op, Value value,
                                            StringRef name, int64_t count,
                                            StringRef meaning) {
  if (!value)
    return success();
  int64_t size = cast<ShapedType>(value.getType()).getDimSize(0);
  if (size == 1 || size == count || ShapedType::isDynamic(size) ||
      (size != 0 && ShapedType::isDynamic(count)))
    return success();
  return op->emitOpError() << "'" << name << "' has " << size
                           << " elements; use 1 or " << count << ", the "
                           << meaning;
}

LogicalResult conv::lowbit::verifyScales(Operation *op, Value value,
                                         StringRef name) {
  DenseElementsAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return success();
  for (auto [index, scale] : llvm::enumerate(constant.getValues<APFloat>())) {
    if (scale.isFiniteNonZero() && !scale.isNegative())
      continue;
    SmallString<16> text;
    scale.toString(text);
    return op->emitOpError() << "'" << name << "' is " << text << " at index "
                             << index << "; a scale is finite and positive";
  }
  return success();
}

LogicalResult conv::lowbit::verifyIntegers(Operation *op, Value value,
                                           StringRef name, int64_t low,
                                           int64_t high, StringRef meaning) {
  DenseElementsAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return success();
  for (auto [index, number] : llvm::enumerate(constant.getValues<APInt>())) {
    int64_t v = number.getSExtValue();
    if (v < low || v > high)
      return op->emitOpError()
             << "'" << name << "' is " << v << " at index " << index << "; "
             << meaning << " is " << low << " to " << high;
  }
  return success();
}
