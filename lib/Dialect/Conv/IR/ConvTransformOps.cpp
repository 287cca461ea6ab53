//===- ConvTransformOps.cpp - Verification of the transforms --------------===//

#include "conv/Dialect/Conv/IR/ConvOps.h"

#include "Checks.h"

using namespace mlir;
using namespace conv;

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
