//===- HostContext.cpp - Pass the host's services to functions ------------===//

#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "conv/Target/CPU/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace conv::cpu {
#define GEN_PASS_DEF_THREADHOSTCONTEXT
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;

namespace {

/// Prepend the context pointer to functions, calls and parallel calls.
struct ThreadHostContext
    : conv::cpu::impl::ThreadHostContextBase<ThreadHostContext> {
  void runOnOperation() override {
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal()) {
        function.emitError("is external; a kernel may call only functions "
                           "whose body is in the module");
        return signalPassFailure();
      }
      if (failed(function.insertArgument(0, pointer, {}, function.getLoc())))
        return signalPassFailure();
      Value context = function.getArgument(0);
      function.walk([&](Operation *op) {
        if (isa<func::CallOp, conv::monarch::ParallelCallOp>(op))
          op->insertOperands(0, context);
      });
    }
  }
};

} // namespace
