//===- ConvPlan.cpp - Choose how to compute -------------------------------===//

#include "PlanRemarks.h"

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace conv {
#define GEN_PASS_DEF_CONVPLAN
#include "conv/Dialect/Conv/Transforms/Passes.h.inc"
} // namespace conv

using namespace mlir;
using namespace conv;

namespace {

/// Whether a spectrum waits for a plan.
bool isUnplanned(SpectrumAttr spectrum) {
  return spectrum && !spectrum.getPlan();
}

/// The same spectrum, planned.
SpectrumAttr withPlan(SpectrumAttr spectrum, PlanAttr plan) {
  return SpectrumAttr::get(spectrum.getContext(), spectrum.getKind(),
                           spectrum.getLength(), spectrum.getTaps(), plan);
}

/// Write plans on every operation of a module.
struct ConvPlanPass : conv::impl::ConvPlanBase<ConvPlanPass> {
  using ConvPlanBase::ConvPlanBase;

  void runOnOperation() override {
    if (failed(readOptions()))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](Operation *op) {
      return WalkResult(TypeSwitch<Operation *, LogicalResult>(op)
                            .Case<LongConvOp, FilterSpectrumOp>([&](auto op) {
                              return op.getPlanAttr() ? honour(op)
                                                      : planConvolution(op);
                            })
                            .Case<DFTOp, IDFTOp>([&](auto op) {
                              if (!op.getPlanAttr())
                                planTransform(op);
                              return success();
                            })
                            .Default([](Operation *) { return success(); }));
    });
    if (result.wasInterrupted() || failed(retypeSpectra()))
      signalPassFailure();
  }

private:
  LogicalResult readOptions() {
    facts = plan::findAnyDevice(device);
    if (!facts) {
      InFlightDiagnostic diagnostic = getOperation().emitError("conv-plan: ");
      diagnostic << "device '" << device << "' is not known; use one of ";
      llvm::interleaveComma(plan::deviceNames(), diagnostic);
      return diagnostic;
    }
    return failure(
        failed(readFormat("arithmetic", arithmetic, options.arithmetic)) ||
        failed(readFormat("accumulate", accumulate, options.accumulate)));
  }

  LogicalResult readFormat(StringRef option, StringRef value,
                           plan::Arithmetic &format) {
    std::optional<Arithmetic> parsed = symbolizeArithmetic(value);
    if (!parsed || *parsed == Arithmetic::bf16)
      return getOperation().emitError("conv-plan: ")
             << option << " '" << value << "' is not one of f32, f16";
    format = toPlan(*parsed);
    return success();
  }

  /// What an operation reads or makes, if that is a spectrum.
  static SpectrumAttr spectrumOf(LongConvOp op) {
    return op.getFilterSpectrum();
  }
  static SpectrumAttr spectrumOf(FilterSpectrumOp op) {
    return op.getSpectrumAttr();
  }

  template <typename Op> LogicalResult honour(Op op) {
    plan::Plan plan = *getPlan(op);
    std::string error = plan::checkDevice(plan, facts);
    if (!error.empty())
      return op.emitOpError("has a plan for another device: ") << error;
    reportHonoured(op, plan, facts, emitRemarks);
    return success();
  }

  /// Choose for a convolution, or take what was chosen for its spectrum.
  template <typename Op> LogicalResult planConvolution(Op op) {
    plan::Problem problem = toProblem(op);
    SpectrumAttr spectrum = spectrumOf(op);
    if (spectrum && spectrum.getPlan()) {
      op.setPlanAttr(spectrum.getPlan());
      return honour(op);
    }
    plan::PlannerOptions allowed = options;
    allowed.allowDirect = !spectrum;
    if (spectrum)
      problem = sharedProblem(problem, spectrum);
    plan::Decision decision = plan::decide(problem, facts, allowed);
    if (!decision.error.empty())
      return op.emitOpError("has no plan: ") << decision.error;
    PlanAttr plan = toAttr(&getContext(), decision.chosen().choice);
    if (spectrum)
      plan = chosen.try_emplace(spectrum, plan).first->second;
    op.setPlanAttr(plan);
    reportDecision(op, problem, decision, emitRemarks);
    return success();
  }

  /// What one plan for all who share a spectrum has to serve: any batch, and as
  /// many gates as one of them has. A spectrum that nothing here reads may be
  /// for rows with both.
  plan::Problem sharedProblem(plan::Problem problem, SpectrumAttr spectrum) {
    problem.batch = -1;
    if (readers.empty())
      getOperation().walk([&](LongConvOp op) {
        if (SpectrumAttr read = op.getFilterSpectrum()) {
          plan::Problem own = toProblem(op);
          auto [entry, isNew] = readers.try_emplace(read, own);
          entry->second.gates = std::max(entry->second.gates, own.gates);
          entry->second.skip |= own.skip;
        }
      });
    auto reader = readers.find(spectrum);
    bool isRead = reader != readers.end();
    problem.gates = isRead ? reader->second.gates : 2;
    problem.skip = !isRead || reader->second.skip;
    problem.elementBytes = isRead ? reader->second.elementBytes : 2;
    return problem;
  }

  template <typename Op> void planTransform(Op op) {
    auto candidates = plan::decideTransform(op.getLength(), op.getFactors());
    const plan::TransformChoice &choice = candidates.front().choice;
    Algorithm algorithm = *symbolizeAlgorithm(plan::name(choice.algorithm));
    op.setPlanAttr(PlanAttr::get(&getContext(), algorithm, Arithmetic::f32,
                                 /*blocks=*/1, choice.factors));
    reportDecision(op, candidates, emitRemarks);
  }

  /// Give every spectrum type that waited for a plan its plan and size.
  LogicalResult retypeSpectra() {
    std::string error;
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](RankedTensorType type) -> std::optional<Type> {
      auto spectrum = dyn_cast_or_null<SpectrumAttr>(type.getEncoding());
      if (!isUnplanned(spectrum))
        return std::nullopt;
      PlanAttr plan = planOf(spectrum, error);
      if (!plan)
        return std::nullopt;
      int64_t size =
          buildPlan(toProblem(spectrum), plan, error)->spectrumSize();
      return RankedTensorType::get({type.getDimSize(0), size},
                                   spectrumElement(&getContext(), plan),
                                   withPlan(spectrum, plan));
    });
    replacer.recursivelyReplaceElementsIn(getOperation(),
                                          /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
    if (!error.empty())
      return getOperation().emitError("conv-plan: a spectrum has no plan: ")
             << error;
    return success();
  }

  /// The plan of a spectrum; one that only passes through is planned here.
  /// Null, with `error` set, if it has none.
  PlanAttr planOf(SpectrumAttr spectrum, std::string &error) {
    PlanAttr &plan = chosen[spectrum];
    if (plan)
      return plan;
    plan::PlannerOptions allowed = options;
    allowed.allowDirect = false;
    plan::Decision decision = plan::decide(
        sharedProblem(toProblem(spectrum), spectrum), facts, allowed);
    if (!decision.error.empty()) {
      error = decision.error;
      return {};
    }
    return plan = toAttr(&getContext(), decision.chosen().choice);
  }

  plan::Device facts;
  plan::PlannerOptions options;
  llvm::DenseMap<SpectrumAttr, PlanAttr> chosen;
  /// What the convolutions need that read each spectrum.
  llvm::DenseMap<SpectrumAttr, plan::Problem> readers;
};

} // namespace
