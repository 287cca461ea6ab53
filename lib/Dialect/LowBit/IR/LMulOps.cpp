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

LogicalResult LMulOp::verify() {
  return verifyMantissaBits(*this, getElementTypeOrSelf(getType()),
                            getMantissaBits());
}
