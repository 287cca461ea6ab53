//===- EmitEntries.cpp - Entries with the runtime's kernel ABI ------------===//

#include "HostServices.h"

#include "conv/Target/CPU/Passes.h"
#include "conv/Target/CPU/Signature.h"

namespace conv::cpu {
#define GEN_PASS_DEF_EMITENTRIES
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;

namespace {

/// Emit an entry for each function with a signature; make the rest internal.
struct EmitEntries : conv::cpu::impl::EmitEntriesBase<EmitEntries> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    conv::cpu::expandHostServices(module);
    for (auto function : llvm::to_vector(module.getOps<LLVM::LLVMFuncOp>())) {
      if (function.isExternal())
        continue;
      if (function->hasAttr(conv::cpu::signatureAttrName) &&
          failed(emitEntry(function)))
        return signalPassFailure();
      function->removeAttr(conv::cpu::signatureAttrName);
      function->removeAttr(conv::cpu::numericsAttrName);
      function.setLinkage(LLVM::Linkage::Internal);
    }
  }

private:
  LogicalResult emitEntry(LLVM::LLVMFuncOp function) {
    FailureOr<conv::cpu::Signature> signature =
        conv::cpu::Signature::get(function);
    if (failed(signature))
      return failure();
    MLIRContext *context = &getContext();
    Location loc = function.getLoc();
    OpBuilder builder(context);
    builder.setInsertionPointAfter(function);
    Type pointer = LLVM::LLVMPointerType::get(context);
    Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
    auto entry = LLVM::LLVMFuncOp::create(
        builder, loc, (conv::cpu::entryPrefix + function.getName()).str(),
        LLVM::LLVMFunctionType::get(i32, {pointer, pointer, pointer}));
    Block *block = entry.addEntryBlock(builder);
    Value host = block->getArgument(0), buffers = block->getArgument(1),
          dims = block->getArgument(2);
    builder.setInsertionPointToStart(block);
    auto constant = [&](int64_t value) -> Value {
      return LLVM::ConstantOp::create(builder, loc, i64, value);
    };

    Type contextType = conv::cpu::getContextType(context);
    Value hostContext =
        LLVM::AllocaOp::create(builder, loc, pointer, contextType, constant(1));
    auto member = [&](int32_t index) -> Value {
      return LLVM::GEPOp::create(builder, loc, pointer, contextType,
                                 hostContext, ArrayRef<LLVM::GEPArg>{0, index});
    };
    LLVM::StoreOp::create(builder, loc, host, member(conv::cpu::contextHost));
    Value status = member(conv::cpu::contextStatus);
    LLVM::StoreOp::create(
        builder, loc, LLVM::ConstantOp::create(builder, loc, i32, 0), status);

    auto element = [&](Value array, Type type, int32_t index) -> Value {
      return LLVM::LoadOp::create(
          builder, loc, type,
          LLVM::GEPOp::create(builder, loc, pointer, type, array,
                              ArrayRef<LLVM::GEPArg>{index}));
    };
    SmallVector<Value> dynamic;
    for (size_t i = 0; i < signature->dims.size(); ++i)
      dynamic.push_back(element(dims, i64, i));
    SmallVector<Value> operands{hostContext};
    for (auto [index, argument] : llvm::enumerate(signature->arguments)) {
      Value buffer = element(buffers, pointer, index);
      operands.append({buffer, buffer, constant(0)});
      SmallVector<Value> sizes, strides;
      for (const conv::cpu::Extent &extent : argument.shape)
        sizes.push_back(extent.isSymbol() ? dynamic[extent.symbol]
                                          : constant(extent.size));
      Value stride = constant(1);
      for (Value size : llvm::reverse(sizes)) {
        strides.push_back(stride);
        stride = LLVM::MulOp::create(builder, loc, stride, size);
      }
      operands.append(sizes);
      operands.append(strides.rbegin(), strides.rend());
    }
    if (operands.size() != function.getNumArguments() ||
        !isa<LLVM::LLVMVoidType>(function.getFunctionType().getReturnType()))
      return function.emitError(
          "does not have the arguments of its conv.signature; bufferize with "
          "results as out-parameters and identity layouts");
    LLVM::CallOp::create(builder, loc, function, operands);
    LLVM::ReturnOp::create(
        builder, loc,
        ValueRange(LLVM::LoadOp::create(builder, loc, i32, status)));
    return success();
  }
};

} // namespace
