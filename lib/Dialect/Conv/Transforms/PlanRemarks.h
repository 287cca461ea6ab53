//===- PlanRemarks.h - Remarks of the planner -------------------*- C++ -*-===//

#ifndef CONV_DIALECT_CONV_TRANSFORMS_PLANREMARKS_H
#define CONV_DIALECT_CONV_TRANSFORMS_PLANREMARKS_H

#include "conv/Plan/Planner.h"
#include "conv/Plan/Transform.h"
#include "mlir/IR/Operation.h"

namespace conv {

/// Report the choice for `op` as a passed remark with the predicted cost, and
/// each rejected candidate as a missed one; also as diagnostics if
/// `asDiagnostics`.
void reportDecision(mlir::Operation *op, const plan::Problem &problem,
                    const plan::Decision &decision, bool asDiagnostics);
void reportDecision(mlir::Operation *op,
                    mlir::ArrayRef<plan::TransformCandidate> candidates,
                    bool asDiagnostics);

/// Report that `op` already had a plan.
void reportHonoured(mlir::Operation *op, const plan::Plan &plan,
                    const plan::Device &device, bool asDiagnostics);

} // namespace conv

#endif // CONV_DIALECT_CONV_TRANSFORMS_PLANREMARKS_H
