//===- ConvTransformOps.cpp - Verification of the transforms --------------===//

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Dialect/Conv/IR/PlanBridge.h"

#include "Checks.h"

using namespace mlir;
using namespace conv;

/// Check that the plan computes this transform, in the order it asks for.
template <typename Op> static LogicalResult verifyPlan(Op op, PlanAttr attr) {
  auto wrong = [&]() -> InFlightDiagnostic {
    return op.emitOpError() << "wrong plan: ";
  };
  std::optional<plan::TransformChoice> choice = toTransformChoice(attr);
  if (!choice)
    return wrong() << "algorithm " << stringifyAlgorithm(attr.getAlgorithm())
                   << " is for convolutions; use direct, mixed_radix or "
                      "bluestein";
  if (attr.getArithmetic() != Arithmetic::f32)
    return wrong() << "arithmetic " << stringifyArithmetic(attr.getArithmetic())
                   << "; transforms are computed in f32";
  std::string error = plan::checkTransform(op.getLength(), *choice);
  if (!error.empty())
    return wrong() << error;
  // Only contracting these very digits leaves frequencies in their order.
  if (op.getOrdering() == Ordering::digit_reversed && op.getLength() > 1 &&
      (attr.getAlgorithm() != Algorithm::mixed_radix ||
       attr.getFactors() != op.getFactors()))
    return wrong() << "ordering digit_reversed needs mixed_radix with the "
                      "operation's own factors";
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
  if (!factors.empty()) {
    std::string error = plan::checkTransform(
        length, {plan::TransformAlgorithm::mixedRadix,
                 std::vector<int64_t>(factors.begin(), factors.end())});
    if (!error.empty())
      return op.emitOpError() << error;
  } else if (length > 1 && op.getOrdering() == Ordering::digit_reversed) {
    return op.emitOpError() << "ordering digit_reversed needs factors, which "
                               "say what the digits are";
  }
  if (PlanAttr attr = op.getPlanAttr(); attr && failed(verifyPlan(op, attr)))
    return failure();
  return verifyStorage(op, op.getInit(), [](unsigned index) -> StringRef {
    return index == 0 ? "input" : "init";
  });
}

LogicalResult DFTOp::verify() { return verifyTransform(*this); }
LogicalResult IDFTOp::verify() { return verifyTransform(*this); }
