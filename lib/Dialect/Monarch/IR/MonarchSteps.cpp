//===- MonarchSteps.cpp - Types of the steps of a plan --------------------===//

#include "conv/Dialect/Monarch/IR/Monarch.h"

using namespace mlir;

namespace conv::monarch {

/// Check a result type against the one that the rule gives.
static LogicalResult checkResult(Operation *op, FailureOr<TileType> expected) {
  if (failed(expected))
    return failure();
  Type given = op->getResult(0).getType();
  if (given != *expected)
    return op->emitOpError("has result type ")
           << given << ", but the step makes " << *expected;
  return success();
}

//===----------------------------------------------------------------------===//
// load and store
//===----------------------------------------------------------------------===//

LogicalResult LoadOp::verify() {
  TileType type = getResult().getType();
  if (type.getIsComplex())
    return emitOpError("makes a complex tile; samples are real");
  if (!type.getLayout().isAll(Domain::sample))
    return emitOpError("makes a tile with frequency digits; use n, not k");
  int64_t length =
      (*this)->getParentOfType<RowsOp>().getInput().getType().getShape().back();
  int64_t block = type.getLayout().getBlockSize();
  int64_t blocks = type.getLayout().getBlocks();
  if (ShapedType::isDynamic(length))
    return success();
  int64_t needed = (length + block - 1) / block;
  if (length > 0 && blocks != needed)
    return emitOpError("cuts a row of ")
           << length << " samples into " << blocks << " blocks of " << block
           << "; use j = " << needed;
  return success();
}

LogicalResult StoreOp::verify() {
  TileType type = getTile().getType();
  if (!type.getIsComplex())
    return emitOpError("stores a real tile; store takes the real part itself");
  if (!type.getLayout().isAll(Domain::sample))
    return emitOpError("stores a tile with frequency digits; contract every "
                       "digit by monarch.inverse first");
  return success();
}

//===----------------------------------------------------------------------===//
// forward, inverse, exchange
//===----------------------------------------------------------------------===//

LogicalResult ForwardOp::verify() {
  return checkResult(
      *this, getTile().getType().contract(getDigit(), Domain::sample,
                                          [&] { return emitOpError(); }));
}

LogicalResult InverseOp::verify() {
  return checkResult(
      *this, getTile().getType().contract(getDigit(), Domain::frequency,
                                          [&] { return emitOpError(); }));
}

LogicalResult ExchangeOp::verify() {
  return checkResult(
      *this, getTile().getType().exchange(getSlot(), getLane(),
                                          [&] { return emitOpError(); }));
}

//===----------------------------------------------------------------------===//
// product and twiddle
//===----------------------------------------------------------------------===//

LogicalResult ProductOp::verify() {
  TileType type = getTile().getType();
  if (!type.getIsComplex() || !type.getLayout().isAll(Domain::frequency))
    return emitOpError("multiplies a tile with sample digits by a spectrum; "
                       "contract every digit by monarch.forward first");
  return success();
}

LogicalResult TwiddleOp::verify() {
  TileType type = getTile().getType();
  if (!type.getIsComplex())
    return emitOpError("rotates a real tile; rotate a complex one");
  bool hasColumn = false;
  for (const LayoutDigit &digit : type.getLayout().getDigits()) {
    if (digit.domain == Domain::block)
      continue;
    bool isColumn = digit.place == Place::column;
    hasColumn |= isColumn;
    if (isColumn != (digit.domain == Domain::frequency))
      return emitOpError("needs frequency digits in the columns and sample "
                         "digits in slots and lanes, but digit ")
             << digitName(digit) << " is in place "
             << stringifyPlace(digit.place);
  }
  if (!hasColumn)
    return emitOpError("rotates by the column frequency of a tile without "
                       "columns; leave it out");
  return success();
}

} // namespace conv::monarch
