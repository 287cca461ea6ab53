//===- PlanBridge.cpp - Between #conv.plan and conv::plan -----------------===//

#include "conv/Dialect/Conv/IR/PlanBridge.h"

using namespace mlir;
using namespace conv;

plan::Kind conv::toPlan(Kind kind) {
  switch (kind) {
  case Kind::causal:
    return plan::Kind::causal;
  case Kind::circular:
    return plan::Kind::circular;
  case Kind::bidirectional:
    return plan::Kind::bidirectional;
  }
  llvm_unreachable("unknown kind");
}

Kind conv::fromPlan(plan::Kind kind) {
  switch (kind) {
  case plan::Kind::causal:
    return Kind::causal;
  case plan::Kind::circular:
    return Kind::circular;
  case plan::Kind::bidirectional:
    return Kind::bidirectional;
  }
  llvm_unreachable("unknown kind");
}

plan::Arithmetic conv::toPlan(Arithmetic arithmetic) {
  switch (arithmetic) {
  case Arithmetic::f32:
    return plan::Arithmetic::f32;
  case Arithmetic::f16:
    return plan::Arithmetic::f16;
  case Arithmetic::bf16:
    return plan::Arithmetic::bf16;
  }
  llvm_unreachable("unknown arithmetic");
}

Arithmetic conv::fromPlan(plan::Arithmetic arithmetic) {
  switch (arithmetic) {
  case plan::Arithmetic::f32:
    return Arithmetic::f32;
  case plan::Arithmetic::f16:
    return Arithmetic::f16;
  case plan::Arithmetic::bf16:
    return Arithmetic::bf16;
  }
  llvm_unreachable("unknown arithmetic");
}

Algorithm conv::fromPlan(plan::Algorithm algorithm) {
  switch (algorithm) {
  case plan::Algorithm::direct:
    return Algorithm::direct;
  case plan::Algorithm::rightAngle:
    return Algorithm::right_angle;
  case plan::Algorithm::toeplitz:
    return Algorithm::toeplitz;
  }
  llvm_unreachable("unknown algorithm");
}

std::optional<plan::Algorithm> conv::toPlan(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::direct:
    return plan::Algorithm::direct;
  case Algorithm::right_angle:
    return plan::Algorithm::rightAngle;
  case Algorithm::toeplitz:
    return plan::Algorithm::toeplitz;
  case Algorithm::mixed_radix:
  case Algorithm::bluestein:
    return std::nullopt;
  }
  llvm_unreachable("unknown algorithm");
}

std::optional<plan::Choice> conv::toChoice(PlanAttr attr) {
  std::optional<plan::Algorithm> algorithm = toPlan(attr.getAlgorithm());
  if (!algorithm)
    return std::nullopt;
  plan::Choice choice;
  choice.algorithm = *algorithm;
  choice.arithmetic = toPlan(attr.getArithmetic());
  choice.blocks = attr.getBlocks();
  choice.factors.assign(attr.getFactors().begin(), attr.getFactors().end());
  choice.tensor = {attr.getWarps(), attr.getBuffers(),
                   toPlan(attr.getAccumulate())};
  return choice;
}

PlanAttr conv::toAttr(MLIRContext *context, const plan::Choice &choice) {
  return PlanAttr::get(
      context, fromPlan(choice.algorithm), fromPlan(choice.arithmetic),
      choice.blocks, choice.factors, choice.tensor.warps, choice.tensor.buffers,
      fromPlan(choice.tensor.accumulate));
}

std::optional<plan::TransformChoice> conv::toTransformChoice(PlanAttr attr) {
  plan::TransformChoice choice;
  choice.factors.assign(attr.getFactors().begin(), attr.getFactors().end());
  switch (attr.getAlgorithm()) {
  case Algorithm::direct:
    choice.algorithm = plan::TransformAlgorithm::direct;
    return choice;
  case Algorithm::mixed_radix:
    choice.algorithm = plan::TransformAlgorithm::mixedRadix;
    return choice;
  case Algorithm::bluestein:
    choice.algorithm = plan::TransformAlgorithm::bluestein;
    return choice;
  case Algorithm::right_angle:
  case Algorithm::toeplitz:
    return std::nullopt;
  }
  llvm_unreachable("unknown algorithm");
}

static Algorithm fromPlan(plan::TransformAlgorithm algorithm) {
  switch (algorithm) {
  case plan::TransformAlgorithm::direct:
    return Algorithm::direct;
  case plan::TransformAlgorithm::mixedRadix:
    return Algorithm::mixed_radix;
  case plan::TransformAlgorithm::bluestein:
    return Algorithm::bluestein;
  }
  llvm_unreachable("unknown algorithm");
}

PlanAttr conv::toAttr(MLIRContext *context,
                      const plan::TransformChoice &choice) {
  return PlanAttr::get(context, ::fromPlan(choice.algorithm), Arithmetic::f32,
                       /*blocks=*/1, choice.factors);
}

plan::Problem conv::toProblem(RowConvolutionOpInterface op) {
  plan::Problem problem;
  problem.kind = toPlan(op.getKind());
  problem.length = op.getLength();
  problem.taps = op.getTaps();
  problem.batch = ShapedType::isDynamic(op.getBatch()) ? -1 : op.getBatch();
  problem.channels = op.getChannels();
  problem.gates = (op.getPregate() ? 1 : 0) + (op.getPostgate() ? 1 : 0);
  problem.skip = static_cast<bool>(op.getSkip());
  problem.elementBytes = op.getInputType().getElementTypeBitWidth() / 8;
  return problem;
}

plan::Problem conv::toProblem(FilterSpectrumOp op) {
  return toProblem(op.getSpectrumAttr(), op.getFilterRows());
}

plan::Problem conv::toProblem(SpectrumAttr spectrum, int64_t channels) {
  plan::Problem problem;
  problem.kind = toPlan(spectrum.getKind());
  problem.length = spectrum.getLength();
  problem.taps = spectrum.getTaps();
  problem.channels = channels;
  return problem;
}

Type conv::spectrumElement(MLIRContext *context, PlanAttr plan) {
  if (plan && plan.getWarps() > 0)
    return Float16Type::get(context);
  return Float32Type::get(context);
}

std::optional<plan::Plan> conv::buildPlan(const plan::Problem &problem,
                                          PlanAttr attr, std::string &error) {
  std::optional<plan::Choice> choice = toChoice(attr);
  if (!choice) {
    error = ("algorithm " + stringifyAlgorithm(attr.getAlgorithm()) +
             " is for conv.dft; use direct, right_angle or toeplitz")
                .str();
    return std::nullopt;
  }
  plan::Plan plan = plan::buildPlan(problem, *choice, error);
  if (!error.empty())
    return std::nullopt;
  return plan;
}

/// The plan of a verified operation.
template <typename Op> static std::optional<plan::Plan> getVerifiedPlan(Op op) {
  if (!op.getPlanAttr())
    return std::nullopt;
  std::string error;
  return buildPlan(toProblem(op), op.getPlanAttr(), error);
}

std::optional<plan::Plan> conv::getPlan(LongConvOp op) {
  return getVerifiedPlan(op);
}

std::optional<plan::Plan> conv::getPlan(FilterSpectrumOp op) {
  return getVerifiedPlan(op);
}
