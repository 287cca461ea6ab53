//===- PlanBridge.h - Between #conv.plan and conv::plan ---------*- C++ -*-===//
//
// The attribute and the plan library describe the same choices; here one is
// converted to the other. Nothing else in the compiler knows both spellings.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_DIALECT_CONV_IR_PLANBRIDGE_H
#define CONV_DIALECT_CONV_IR_PLANBRIDGE_H

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Plan/Plan.h"
#include "conv/Plan/Transform.h"

#include <optional>

namespace conv {

plan::Kind toPlan(Kind kind);
Kind fromPlan(plan::Kind kind);
plan::Arithmetic toPlan(Arithmetic arithmetic);
Arithmetic fromPlan(plan::Arithmetic arithmetic);
Algorithm fromPlan(plan::Algorithm algorithm);

/// The algorithm, or nothing if it is not one of convolutions.
std::optional<plan::Algorithm> toPlan(Algorithm algorithm);

/// The choice that `attr` spells, or nothing if its algorithm is not one of
/// convolutions.
std::optional<plan::Choice> toChoice(PlanAttr attr);
PlanAttr toAttr(mlir::MLIRContext *context, const plan::Choice &choice);

/// The same for a transform.
std::optional<plan::TransformChoice> toTransformChoice(PlanAttr attr);
PlanAttr toAttr(mlir::MLIRContext *context,
                const plan::TransformChoice &choice);

/// What the operation asks for. `channels` are filter rows for
/// `conv.filter_spectrum`, and for a spectrum, which knows no batch.
plan::Problem toProblem(RowConvolutionOpInterface op);
plan::Problem toProblem(FilterSpectrumOp op);
plan::Problem toProblem(SpectrumAttr spectrum, int64_t channels = 1);

/// The element type of a spectrum: f16 for a plan on tensor cores, else f32.
mlir::Type spectrumElement(mlir::MLIRContext *context, PlanAttr plan);

/// Build the plan that `attr` spells. On failure `error` says what is wrong and
/// how to mend it.
std::optional<plan::Plan> buildPlan(const plan::Problem &problem, PlanAttr attr,
                                    std::string &error);

/// The plan of an operation that carries one; nothing if it carries none. The
/// verifier has checked it.
std::optional<plan::Plan> getPlan(LongConvOp op);
std::optional<plan::Plan> getPlan(FilterSpectrumOp op);

} // namespace conv

#endif // CONV_DIALECT_CONV_IR_PLANBRIDGE_H
