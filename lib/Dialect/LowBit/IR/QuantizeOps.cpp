//===- QuantizeOps.cpp - Verification of the quantizing ops ---------------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "OperandChecks.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace conv::lowbit;

static ShapedType shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

/// Check that [R, C] of scales or zero points divides the input.
static LogicalResult verifyParts(Operation *op, Value parts, StringRef what,
                                 Value input) {
  if (!parts)
    return success();
  int64_t rows = shaped(input).getDimSize(0);
  int64_t columns = shaped(input).getDimSize(1);
  int64_t partRows = shaped(parts).getDimSize(0);
  int64_t partColumns = shaped(parts).getDimSize(1);
  if (ShapedType::isDynamic(partColumns) || partColumns < 1 ||
      columns % partColumns != 0)
    return op->emitOpError()
           << what << " have " << shapeText(partColumns)
           << " columns, which do not divide the " << columns
           << " columns of 'input' into groups; use a divisor of " << columns;
  if (partRows != 1 && partRows != rows && !ShapedType::isDynamic(rows) &&
      !ShapedType::isDynamic(partRows))
    return op->emitOpError()
           << what << " have " << partRows << " rows; use 1 or " << rows
           << ", as 'input' has";
  if (ShapedType::isDynamic(rows) && !ShapedType::isDynamic(partRows) &&
      partRows != 1)
    return op->emitOpError() << what << " have " << partRows
                             << " rows, but those of 'input' are dynamic; "
                                "use 1, or dynamic rows";
  return success();
}

/// What all ops from a matrix to one of the same shape check.
static LogicalResult verifyLike(Operation *op, Value input, Value init) {
  if (failed(verifyStorage(op)) ||
      failed(verifyStaticFrom(op, input, "input", 1)))
    return failure();
  if (failed(verifyCompatibleShape(shaped(init).getShape(),
                                   shaped(input).getShape())) ||
      shaped(init).getDimSize(1) != shaped(input).getDimSize(1))
    return op->emitOpError()
           << "'init' is " << shapeText(shaped(init).getShape())
           << ", but 'input' is " << shapeText(shaped(input).getShape());
  return success();
}

static LogicalResult verifyRange(Operation *op, int32_t low, int32_t high) {
  if (low >= -128 && low < high && high <= 127)
    return success();
  return op->emitOpError() << "low is " << low << " and high " << high
                           << "; use -128 <= low < high <= 127";
}

LogicalResult ScalesOp::verify() {
  if (failed(verifyStorage(*this)) ||
      failed(verifyStaticFrom(*this, getInput(), "input", 1)) ||
      failed(verifyParts(*this, getInit(), "scales", getInput())))
    return failure();
  for (auto [name, value] :
       {std::pair("divisor", getDivisor()), std::pair("floor", getFloor())})
    if (!value.isNormal() || value.isNegative())
      return emitOpError() << name << " is " << value.convertToDouble()
                           << "; use a positive normal number";
  double exponent = getExponent().convertToDouble();
  if (!(exponent >= 0 && exponent <= 1))
    return emitOpError() << "exponent is " << exponent
                         << "; use a number from 0 to 1";
  return success();
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifyLike(*this, getInput(), getInit())) ||
      failed(verifyParts(*this, getScales(), "scales", getInput())) ||
      failed(verifyParts(*this, getZeroPoints(), "zero points", getInput())) ||
      failed(verifyRange(*this, getLow(), getHigh())) ||
      failed(verifyScales(*this, getScales(), "scales")) ||
      failed(verifyScales(*this, getColumnScales(), "column_scales")) ||
      failed(verifyIntegers(*this, getZeroPoints(), "zero_points", -128, 127,
                            "an i8 zero point")))
    return failure();
  int64_t columns = shaped(getInput()).getDimSize(1);
  if (getColumnScales() && shaped(getColumnScales()).getDimSize(0) != columns)
    return emitOpError() << "'column_scales' has "
                         << shapeText(shaped(getColumnScales()).getShape())
                         << " elements, but 'input' has " << columns
                         << " columns";
  return success();
}

LogicalResult DequantizeOp::verify() {
  return success(
      succeeded(verifyLike(*this, getInput(), getInit())) &&
      succeeded(verifyParts(*this, getScales(), "scales", getInput())) &&
      succeeded(
          verifyParts(*this, getZeroPoints(), "zero points", getInput())) &&
      succeeded(verifyScales(*this, getScales(), "scales")));
}

LogicalResult RequantizeOp::verify() {
  if (failed(verifyLike(*this, getInput(), getInit())) ||
      failed(verifyRange(*this, getLow(), getHigh())))
    return failure();
  int32_t zeroPoint = getZeroPoint();
  if (zeroPoint < -128 || zeroPoint > 127)
    return emitOpError() << "zero_point is " << zeroPoint
                         << "; use -128 to 127";
  int64_t columns = shaped(getInput()).getDimSize(1);
  for (auto [name, value] : {std::pair("multipliers", getMultipliers()),
                             std::pair("shifts", getShifts())})
    if (failed(verifyStaticFrom(*this, value, name, 0)) ||
        failed(verifyOneOrEach(*this, value, name, columns, "columns")))
      return failure();
  return success(
      succeeded(verifyIntegers(*this, getMultipliers(), "multipliers", 1 << 30,
                               INT32_MAX, "a multiplier")) &&
      succeeded(
          verifyIntegers(*this, getShifts(), "shifts", 0, 31, "a shift")));
}
