//===- Passes.h - Passes on the monarch dialect -----------------*- C++ -*-===//

#ifndef CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_H
#define CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace conv::monarch {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "conv/Dialect/Monarch/Transforms/Passes.h.inc"

} // namespace conv::monarch

#endif // CONV_DIALECT_MONARCH_TRANSFORMS_PASSES_H
