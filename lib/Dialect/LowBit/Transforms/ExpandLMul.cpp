//===- ExpandLMul.cpp - lowbit.lmul to arith ------------------------------===//

#include "LMulEmitter.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace conv::lowbit {
#define GEN_PASS_DEF_EXPANDLMUL
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"
} // namespace conv::lowbit

using namespace mlir;
using namespace conv::lowbit;

namespace {
/// Expand every L-Mul of numbers or vectors below the root.
struct ExpandLMulPass : conv::lowbit::impl::ExpandLMulBase<ExpandLMulPass> {
  void runOnOperation() override {
    getOperation()->walk([](LMulOp op) {
      if (isa<TensorType>(op.getType()))
        return;
      ImplicitLocOpBuilder b(op.getLoc(), op);
      op.replaceAllUsesWith(emitLMul(b, op.getX(), op.getY(), op.getSemantics(),
                                     op.getMantissaBits(), op.getRange()));
      op.erase();
    });
  }
};
} // namespace
