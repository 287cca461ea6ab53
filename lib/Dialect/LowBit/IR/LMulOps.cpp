//===- LMulOps.cpp - Verification of the L-Mul ops ------------------------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace conv::lowbit;

/// Reject numbers of mantissa bits that the format does not have.
static LogicalResult verifyMantissaBits(Operation *op, Type element,
                                        std::optional<int64_t> bits) {
  int64_t available = cast<FloatType>(element).getFPMantissaWidth() - 1;
  if (!bits || (*bits >= 1 && *bits <= available))
    return success();
  return op->emitOpError("mantissa_bits is ")
         << *bits << ", but " << element << " has " << available
         << " mantissa bits; use 1 to " << available
         << ", or leave the attribute out";
}

/// A shape as it is written in a type: 8x?x4096.
static std::string shapeText(ShapedType type) {
  std::string text;
  for (int64_t size : type.getShape())
    text += (text.empty() ? "" : "x") +
            (ShapedType::isDynamic(size) ? "?" : std::to_string(size));
  return text;
}

/// Check that two dimensions agree, as far as they are known.
static LogicalResult verifySame(LMulMatmulOp op, StringRef what, StringRef left,
                                int64_t a, StringRef right, int64_t b) {
  if (ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b)
    return success();
  return op.emitOpError() << "'" << left << "' has " << what << " = " << a
                          << ", but '" << right << "' has " << what << " = "
                          << b;
}

static LogicalResult verifyShapes(LMulMatmulOp op) {
  ShapedType a = op.getAType(), b = op.getBType(), c = op.getInitType();
  if (a.getRank() != 2 && a.getRank() != 3)
    return op.emitOpError() << "'a' has rank " << a.getRank()
                            << "; use [M, K] or [B, M, K], collapse leading "
                               "dimensions into one";
  if (b.getRank() != 2 && b.getRank() != a.getRank())
    return op.emitOpError()
           << "'b' has rank " << b.getRank() << ", but 'a' has rank "
           << a.getRank() << "; use that, or 2 for a 'b' without batch";
  if (c.getRank() != a.getRank())
    return op.emitOpError()
           << "'init' has rank " << c.getRank() << ", but 'a' has rank "
           << a.getRank() << "; the result has as many dimensions as 'a'";
  int64_t rank = a.getRank();
  if (failed(verifySame(op, "K", "a", a.getDimSize(op.getInnerDimOfA()), "b",
                        b.getDimSize(op.getInnerDimOfB()))) ||
      failed(verifySame(op, "M", "a", a.getDimSize(op.getRowDimOfA()), "init",
                        c.getDimSize(rank - 2))) ||
      failed(verifySame(op, "N", "b", b.getDimSize(op.getColumnDimOfB()),
                        "init", c.getDimSize(rank - 1))))
    return failure();
  if (rank == 2)
    return success();
  if (b.getRank() == 3 &&
      failed(verifySame(op, "B", "a", a.getDimSize(0), "b", b.getDimSize(0))))
    return failure();
  return verifySame(op, "B", "a", a.getDimSize(0), "init", c.getDimSize(0));
}

std::string LMulMatmulOp::whyNoMatrixUnit() {
  if (getSemantics() == Semantics::adder)
    return "the adder's carry moves the exponent, which is no sum of products "
           "of its operands; use the equation";
  if (getKeptBits() > 7)
    return "operands have " + std::to_string(getKeptBits()) +
           " mantissa bits and bf16 has 7; set mantissa_bits to 7 or less";
  return "";
}

LogicalResult LMulMatmulOp::verify() {
  if (failed(verifyShapes(*this)))
    return failure();
  Type a = getFormat(), b = getBType().getElementType();
  if (a != b)
    return emitOpError() << "'b' has elements of " << b << ", but 'a' of " << a
                         << "; convert one of them";
  if (failed(verifyMantissaBits(*this, a, getMantissaBits())))
    return failure();
  for (Value operand : {getA(), getB()}) {
    if (isa<TensorType>(operand.getType()) !=
        isa<TensorType>(getInit().getType()))
      return emitOpError() << "mixes tensors and memrefs: " << operand.getType()
                           << " and " << getInit().getType();
    if (isa<MemRefType>(operand.getType()) && operand == getInit())
      return emitOpError("writes 'init', which it also reads; give it its own "
                         "buffer");
  }
  LMulPlanAttr plan = getPlanAttr();
  if (!plan)
    return success();
  if (plan.getForm() == Form::matrix_unit) {
    std::string reason = whyNoMatrixUnit();
    if (!reason.empty())
      return emitOpError("plan has form matrix_unit, but ") << reason;
    return success();
  }
  if (plan.getRows() < 0 || plan.getRows() > 16 || plan.getColumns() < 0 ||
      plan.getColumns() > 256 || plan.getColumns() % 16 != 0)
    return emitOpError("plan has a tile of ")
           << plan.getRows() << " rows and " << plan.getColumns()
           << " columns; use up to 16 rows and a multiple of 16 up to 256 "
              "columns, or leave both out";
  return success();
}

LogicalResult LMulDotOp::verify() {
  auto a = cast<ShapedType>(getA().getType());
  auto b = cast<ShapedType>(getB().getType());
  auto c = cast<ShapedType>(getInit().getType());
  if (a.getRank() != 2 || b.getRank() != 2 || c.getRank() != 1 ||
      failed(verifyCompatibleShape(a.getShape(), b.getShape())) ||
      failed(verifyCompatibleShape(a.getShape().take_front(), c.getShape())))
    return emitOpError() << "'a' is " << shapeText(a) << ", 'b' "
                         << shapeText(b) << " and 'init' " << shapeText(c)
                         << "; use [R, K] twice and [R]";
  if (a.getElementType() != b.getElementType())
    return emitOpError() << "'b' has elements of " << b.getElementType()
                         << ", but 'a' of " << a.getElementType()
                         << "; convert one of them";
  for (Value operand : {getA(), getB()})
    if (isa<TensorType>(operand.getType()) !=
        isa<TensorType>(getInit().getType()))
      return emitOpError() << "mixes tensors and memrefs: " << operand.getType()
                           << " and " << getInit().getType();
  return verifyMantissaBits(*this, a.getElementType(), getMantissaBits());
}

LogicalResult LMulAttentionOp::verify() {
  for (Value operand : getOperands())
    if (isa<MemRefType>(operand.getType()))
      return emitOpError("is on memrefs; run lowbit-decompose before "
                         "bufferization");
  auto q = cast<ShapedType>(getQ().getType());
  auto k = cast<ShapedType>(getK().getType());
  auto v = cast<ShapedType>(getV().getType());
  auto c = cast<ShapedType>(getInit().getType());
  auto check = [&](StringRef name, ShapedType type, ArrayRef<int64_t> wanted,
                   StringRef roles) -> LogicalResult {
    if (succeeded(verifyCompatibleShape(type.getShape(), wanted)))
      return success();
    return emitOpError() << "'" << name << "' is " << shapeText(type)
                         << ", but 'q' is " << shapeText(q) << ", 'k' "
                         << shapeText(k) << " and 'v' " << shapeText(v)
                         << "; use " << roles;
  };
  int64_t batch = q.getDimSize(0), any = ShapedType::kDynamic;
  if (failed(check("k", k, {batch, any, q.getDimSize(2)}, "[B, N, D]")) ||
      failed(check("v", v, {batch, k.getDimSize(1), any}, "[B, N, E]")) ||
      failed(check("init", c, {batch, q.getDimSize(1), v.getDimSize(2)},
                   "[B, M, E]")))
    return failure();
  for (ShapedType other : {k, v})
    if (other.getElementType() != q.getElementType())
      return emitOpError() << "has elements of " << other.getElementType()
                           << " and " << q.getElementType()
                           << "; q, k and v have the same";
  if (ShapedType::isDynamic(q.getDimSize(2)))
    return emitOpError("has a dynamic D; the last dimension of 'q' and 'k' "
                       "is static");
  if (getScale() && !getScale()->isFinite())
    return emitOpError("scale is not finite");
  return verifyMantissaBits(*this, q.getElementType(), getMantissaBits());
}

LogicalResult LMulOp::verify() {
  return verifyMantissaBits(*this, getElementTypeOrSelf(getType()),
                            getMantissaBits());
}
