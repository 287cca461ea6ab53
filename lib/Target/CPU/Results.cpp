//===- Results.cpp - Results as arguments, written in place ---------------===//

#include "conv/Target/CPU/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dominance.h"

namespace conv::cpu {
#define GEN_PASS_DEF_RESULTSTOARGUMENTS
#define GEN_PASS_DEF_WRITERESULTSINPLACE
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;

namespace {

/// Turn the results of public functions into memref arguments.
struct ResultsToArguments
    : conv::cpu::impl::ResultsToArgumentsBase<ResultsToArguments> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && failed(convert(function)))
        return signalPassFailure();
  }

private:
  LogicalResult convert(func::FuncOp function) {
    auto terminator = cast<func::ReturnOp>(function.back().getTerminator());
    OpBuilder builder(terminator);
    for (auto [index, value] : llvm::enumerate(terminator.getOperands())) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type)
        return function.emitError("result ")
               << index << " has type " << value.getType()
               << "; a kernel's function returns ranked tensors";
      auto memref = MemRefType::get(type.getShape(), type.getElementType());
      unsigned position = function.getNumArguments();
      if (failed(function.insertArgument(position, memref,
                                         function.getResultAttrDict(index),
                                         value.getLoc())))
        return failure();
      auto write = bufferization::MaterializeInDestinationOp::create(
          builder, terminator.getLoc(), /*result=*/Type(), value,
          function.getArgument(position));
      write.setRestrict(true);
      write.setWritable(true);
    }
    terminator->setOperands({});
    BitVector all(function.getNumResults(), true);
    return function.eraseResults(all);
  }
};

/// Compute into an argument instead of copying to it.
struct WriteResultsInPlace
    : conv::cpu::impl::WriteResultsInPlaceBase<WriteResultsInPlace> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    for (memref::CopyOp copy : copies)
      forward(copy);
  }

private:
  void forward(memref::CopyOp copy) {
    auto allocation = copy.getSource().getDefiningOp<memref::AllocOp>();
    auto target = dyn_cast<BlockArgument>(copy.getTarget());
    if (!allocation || !target || !copy.getTarget().hasOneUse() ||
        target.getOwner() != &getOperation().front() ||
        allocation->getBlock() != copy->getBlock() ||
        allocation.getType() != target.getType())
      return;
    // Whatever happens to the buffer must happen before the copy, directly in
    // this block, by ops that do not let it escape into another value.
    for (Operation *user : allocation->getUsers())
      if (user != copy &&
          (user->getBlock() != copy->getBlock() ||
           !user->isBeforeInBlock(copy) || user->getNumResults() != 0))
        return;
    allocation.getResult().replaceAllUsesWith(target);
    copy.erase();
    allocation.erase();
  }
};

} // namespace
