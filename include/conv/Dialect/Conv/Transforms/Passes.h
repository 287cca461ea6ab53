//===- Passes.h - Passes on the conv dialect --------------------*- C++ -*-===//

#ifndef CONV_DIALECT_CONV_TRANSFORMS_PASSES_H
#define CONV_DIALECT_CONV_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace conv {

#define GEN_PASS_DECL
#include "conv/Dialect/Conv/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Dialect/Conv/Transforms/Passes.h.inc"

} // namespace conv

#endif // CONV_DIALECT_CONV_TRANSFORMS_PASSES_H
