//===- ConvToMonarch.h - Lower conv ops to monarch ops ----------*- C++ -*-===//

#ifndef CONV_CONVERSION_CONVTOMONARCH_H
#define CONV_CONVERSION_CONVTOMONARCH_H

#include "conv/Plan/Plan.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"

namespace conv {

#define GEN_PASS_DECL_CONVERTCONVTOMONARCH
#include "conv/Conversion/Passes.h.inc"

/// Emit one monarch op for each step of `plan` at the insertion point, which
/// must be in the body of a `monarch.rows`.
void emitSteps(mlir::OpBuilder &builder, mlir::Location location,
               const plan::Plan &plan);

} // namespace conv

#endif // CONV_CONVERSION_CONVTOMONARCH_H
