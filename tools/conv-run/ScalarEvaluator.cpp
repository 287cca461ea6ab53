//===- ScalarEvaluator.cpp - Evaluate scalar ops in float64 ---------------===//

#include "ScalarEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <cmath>

using namespace mlir;

std::optional<double> conv::toDouble(Attribute attribute) {
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getValue().getSExtValue();
  return std::nullopt;
}

static std::optional<bool> compare(arith::CmpFPredicate predicate, double a,
                                   double b) {
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return !unordered && a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::ONE:
    return !unordered && a != b;
  case arith::CmpFPredicate::UGT:
    return unordered || a > b;
  case arith::CmpFPredicate::UGE:
    return unordered || a >= b;
  case arith::CmpFPredicate::ULT:
    return unordered || a < b;
  case arith::CmpFPredicate::ULE:
    return unordered || a <= b;
  case arith::CmpFPredicate::UNE:
    return unordered || a != b;
  default:
    return std::nullopt;
  }
}

/// The value of an op with one result, or nothing if it is not known.
static std::optional<double> apply(Operation *op, ArrayRef<double> x) {
  if (isa<arith::AddFOp>(op))
    return x[0] + x[1];
  if (isa<arith::SubFOp>(op))
    return x[0] - x[1];
  if (isa<arith::MulFOp>(op))
    return x[0] * x[1];
  if (isa<arith::DivFOp>(op))
    return x[0] / x[1];
  if (isa<arith::NegFOp>(op))
    return -x[0];
  if (isa<arith::MaximumFOp, arith::MaxNumFOp>(op))
    return std::fmax(x[0], x[1]);
  if (isa<arith::MinimumFOp, arith::MinNumFOp>(op))
    return std::fmin(x[0], x[1]);
  // A conversion between formats is a rounding, which float64 leaves out.
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return x[0];
  if (isa<arith::SelectOp>(op))
    return x[0] != 0 ? x[1] : x[2];
  if (auto cmp = dyn_cast<arith::CmpFOp>(op)) {
    std::optional<bool> result = compare(cmp.getPredicate(), x[0], x[1]);
    return result ? std::optional<double>(*result) : std::nullopt;
  }
  if (isa<math::FmaOp>(op))
    return x[0] * x[1] + x[2];
  if (isa<math::AbsFOp>(op))
    return std::fabs(x[0]);
  if (isa<math::SqrtOp>(op))
    return std::sqrt(x[0]);
  if (isa<math::RsqrtOp>(op))
    return 1 / std::sqrt(x[0]);
  if (isa<math::ExpOp>(op))
    return std::exp(x[0]);
  if (isa<math::LogOp>(op))
    return std::log(x[0]);
  if (isa<math::TanhOp>(op))
    return std::tanh(x[0]);
  if (isa<math::ErfOp>(op))
    return std::erf(x[0]);
  if (isa<math::SinOp>(op))
    return std::sin(x[0]);
  if (isa<math::CosOp>(op))
    return std::cos(x[0]);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return conv::toDouble(constant.getValue());
  return std::nullopt;
}

Operation *conv::ScalarEvaluator::run(const std::vector<double> &arguments,
                                      const std::vector<int64_t> &indices,
                                      std::vector<double> &results) {
  auto get = [&](Value value) {
    auto found = values.find(value);
    if (found != values.end())
      return found->second;
    // Defined outside the body: a constant, or nothing that is known.
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    return constant ? toDouble(constant.getValue()).value_or(std::nan(""))
                    : std::nan("");
  };
  for (auto [value, number] : llvm::zip_equal(body->getArguments(), arguments))
    values[value] = number;
  for (Operation &op : *body) {
    SmallVector<double> operands = llvm::map_to_vector(op.getOperands(), get);
    if (isa<linalg::YieldOp>(op)) {
      results.assign(operands.begin(), operands.end());
      return nullptr;
    }
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      values[index.getResult()] = static_cast<double>(indices[index.getDim()]);
      continue;
    }
    std::optional<double> value = apply(&op, operands);
    if (!value)
      return &op;
    values[op.getResult(0)] = *value;
  }
  return nullptr;
}
