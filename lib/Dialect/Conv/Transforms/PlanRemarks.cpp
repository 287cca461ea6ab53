//===- PlanRemarks.cpp - Remarks of the planner ---------------------------===//

#include "PlanRemarks.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace conv;

static constexpr StringLiteral category = "conv-plan";

/// The function around `op`, or nothing.
static StringRef functionName(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function ? function.getName() : StringRef();
}

/// Report what was chosen, with its predicted cost.
static void reportChoice(Operation *op, StringRef what,
                         const plan::Problem &problem, const plan::Cost &cost,
                         bool asDiagnostics) {
  double nsPerElement = cost.nanosecondsPerElement(problem);
  auto options = remark::RemarkOpts::name("Plan").category(category).function(
      functionName(op));
  auto remark = remark::passed(op->getLoc(), options);
  remark << remark::add(what.str().c_str())
         << remark::metric("ns_per_element", nsPerElement)
         << remark::metric("flops", cost.flops)
         << remark::metric("bytes", cost.bytes)
         << remark::metric("scratch_bytes", cost.scratchBytes);
  bool isGpu = cost.floorNanoseconds > 0;
  double overFloor = isGpu ? cost.nanoseconds / cost.floorNanoseconds : 0;
  if (isGpu)
    remark << remark::metric("over_floor", overFloor)
           << remark::metric("mma", cost.kernel.mma)
           << remark::metric("half2", cost.kernel.half2)
           << remark::metric("instructions", cost.kernel.instructions)
           << remark::metric("shared_wavefronts", cost.kernel.sharedWavefronts)
           << remark::metric("l2_bytes", cost.kernel.l2Bytes);
  if (!asDiagnostics)
    return;
  InFlightDiagnostic diagnostic = emitRemark(op->getLoc());
  diagnostic << what << ", predicted ";
  if (isGpu)
    diagnostic << llvm::formatv("{0:F2}", 1000 * nsPerElement).str()
               << " ps an element, " << llvm::formatv("{0:F2}", overFloor).str()
               << " times the memory floor";
  else
    diagnostic << llvm::formatv("{0:F2}", nsPerElement).str()
               << " ns an element";
}

/// Report what was rejected, and why.
static void reportRejection(Operation *op, StringRef what, StringRef reason,
                            bool asDiagnostics) {
  // The name tells apart the candidates of one operation.
  auto options = remark::RemarkOpts::name(what).category(category).function(
      functionName(op));
  remark::missed(op->getLoc(), options)
      << remark::add(("rejected " + what).str().c_str())
      << remark::reason(reason.str().c_str());
  if (asDiagnostics)
    emitRemark(op->getLoc()) << "rejected " << what << ": " << reason;
}

void conv::reportDecision(Operation *op, const plan::Problem &problem,
                          const plan::Decision &decision, bool asDiagnostics) {
  for (const plan::Candidate &candidate : decision.candidates) {
    std::string what = plan::describe(candidate.choice);
    if (candidate.reason.empty())
      reportChoice(op, what, problem, candidate.cost, asDiagnostics);
    else
      reportRejection(op, what, candidate.reason, asDiagnostics);
  }
}

void conv::reportDecision(Operation *op,
                          ArrayRef<plan::TransformCandidate> candidates,
                          bool asDiagnostics) {
  for (const plan::TransformCandidate &candidate : candidates) {
    std::string what = plan::name(candidate.choice.algorithm);
    if (!candidate.reason.empty()) {
      reportRejection(op, what, candidate.reason, asDiagnostics);
      continue;
    }
    auto options = remark::RemarkOpts::name("Plan").category(category).function(
        functionName(op));
    remark::passed(op->getLoc(), options)
        << remark::add(what.c_str())
        << remark::metric("flops", candidate.flops);
    if (asDiagnostics)
      emitRemark(op->getLoc())
          << what << ", " << static_cast<int64_t>(candidate.flops)
          << " operations a row";
  }
}

void conv::reportHonoured(Operation *op, const plan::Plan &plan,
                          const plan::Device &device, bool asDiagnostics) {
  reportChoice(op, plan::describe(plan.choice) + " as given", plan.problem,
               plan::estimate(plan, device), asDiagnostics);
}
