//===- Passes.h - Passes on the lowbit dialect ------------------*- C++ -*-===//

#ifndef CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_H
#define CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_H

#include "conv/Dialect/LowBit/Transforms/Dot.h"

#include "mlir/Pass/Pass.h"

namespace conv::lowbit {

#define GEN_PASS_DECL
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"

} // namespace conv::lowbit

#endif // CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_H
