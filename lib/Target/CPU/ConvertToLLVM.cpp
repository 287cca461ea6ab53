//===- ConvertToLLVM.cpp - Lower bufferized IR to the LLVM dialect --------===//

#include "conv/Dialect/Monarch/IR/Monarch.h"
#include "conv/Target/CPU/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ComplexToLLVM/ComplexToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/X86Vector/Transforms.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"

namespace conv::cpu {
#define GEN_PASS_DEF_CONVERTTOCPULLVM
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;
using conv::monarch::ParallelCallOp;

/// Declare a placeholder of a host service, once a module.
static void declareService(OpBuilder &builder, ModuleOp module, StringRef name,
                           Type result, ArrayRef<Type> arguments) {
  if (module.lookupSymbol(name))
    return;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  LLVM::LLVMFuncOp::create(builder, module.getLoc(), name,
                           LLVM::LLVMFunctionType::get(result, arguments));
}

/// The context pointer that conv-cpu-host-context passes to every function.
static FailureOr<Value> getHostContext(Operation *op,
                                       ConversionPatternRewriter &rewriter) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  if (!function || function.getNumArguments() == 0 ||
      !isa<LLVM::LLVMPointerType>(function.getArgument(0).getType()))
    return op->emitOpError("needs the host's services; run "
                           "conv-cpu-host-context first");
  return rewriter.getRemappedValue(function.getArgument(0));
}

namespace {

/// Lower memref.alloc to a call of the host's allocator.
struct LowerAlloc : ConvertOpToLLVMPattern<memref::AllocOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(memref::AllocOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    if (!isConvertibleAndHasIdentityMaps(type))
      return op.emitOpError("allocates ") << type << ", which is not dense";
    if (op.getAlignment().value_or(0) > 64)
      return op.emitOpError("asks for an alignment of ")
             << *op.getAlignment() << " bytes; the host gives 64";
    FailureOr<Value> context = getHostContext(op, rewriter);
    if (failed(context))
      return failure();
    SmallVector<Value> sizes, strides;
    Value bytes;
    getMemRefDescriptorSizes(op.getLoc(), type, adaptor.getDynamicSizes(),
                             rewriter, sizes, strides, bytes);
    Value memory = LLVM::CallOp::create(rewriter, op.getLoc(), getPtrType(),
                                        conv::cpu::allocateName,
                                        ValueRange{*context, bytes})
                       .getResult();
    rewriter.replaceOp(
        op, Value(createMemRefDescriptor(op.getLoc(), type, memory, memory,
                                         sizes, strides, rewriter)));
    return success();
  }
};

/// Lower memref.dealloc to a call of the host's allocator.
struct LowerDealloc : ConvertOpToLLVMPattern<memref::DeallocOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(memref::DeallocOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FailureOr<Value> context = getHostContext(op, rewriter);
    if (failed(context))
      return failure();
    Value memory = MemRefDescriptor(adaptor.getMemref())
                       .allocatedPtr(rewriter, op.getLoc());
    LLVM::CallOp::create(rewriter, op.getLoc(), TypeRange(),
                         conv::cpu::releaseName, ValueRange{*context, memory});
    rewriter.eraseOp(op);
    return success();
  }
};

/// Lower monarch.parallel_call to a structure of captured values, a function
/// that unpacks it, and a call of the host's parallel_for.
struct LowerParallelCall : ConvertOpToLLVMPattern<ParallelCallOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(ParallelCallOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<Value> context = getHostContext(op, rewriter);
    if (failed(context))
      return failure();
    // The values as the body's function takes them, then the size of the
    // workspace, which becomes part of a memref descriptor.
    SmallVector<Value> captured = getTypeConverter()->promoteOperands(
        loc, op.getArgs(), adaptor.getArgs(), rewriter);
    captured.push_back(adaptor.getWorkspace());
    SmallVector<Type> fields = llvm::to_vector(ValueRange(captured).getTypes());
    auto capture =
        LLVM::LLVMStructType::getLiteral(rewriter.getContext(), fields);

    auto pointer = getPtrType();
    Type i64 = rewriter.getI64Type();
    Value memory;
    {
      // In the entry block, so that a loop does not grow the stack.
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(
          &op->getParentOfType<FunctionOpInterface>().front());
      Value one = LLVM::ConstantOp::create(rewriter, loc, i64, 1);
      memory = LLVM::AllocaOp::create(rewriter, loc, pointer, capture, one);
    }
    for (auto [index, value] : llvm::enumerate(captured))
      LLVM::StoreOp::create(
          rewriter, loc, value,
          fieldPointer(rewriter, loc, capture, memory, index));
    LLVM::LLVMFuncOp thunk = createThunk(op, rewriter, capture, i64);
    Value body = LLVM::AddressOfOp::create(rewriter, loc, thunk);
    LLVM::CallOp::create(rewriter, loc, TypeRange(), conv::cpu::parallelForName,
                         ValueRange{*context, body, memory, adaptor.getExtent(),
                                    adaptor.getWorkspace()});
    rewriter.eraseOp(op);
    return success();
  }

private:
  static Value fieldPointer(OpBuilder &builder, Location loc, Type capture,
                            Value memory, size_t index) {
    return LLVM::GEPOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), capture,
        memory, ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(index)});
  }

  /// void thunk(ptr capture, i64 begin, i64 end, ptr workspace): call the body.
  LLVM::LLVMFuncOp createThunk(ParallelCallOp op,
                               ConversionPatternRewriter &rewriter,
                               LLVM::LLVMStructType capture, Type i64) const {
    Location loc = op.getLoc();
    auto module = op->getParentOfType<ModuleOp>();
    auto pointer = getPtrType();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToEnd(module.getBody());
    std::string base = (op.getCallee() + "_thunk").str(), name = base;
    for (int i = 0; module.lookupSymbol(name); ++i)
      name = base + "_" + std::to_string(i);
    auto thunk = LLVM::LLVMFuncOp::create(
        rewriter, loc, name,
        LLVM::LLVMFunctionType::get(
            LLVM::LLVMVoidType::get(rewriter.getContext()),
            {pointer, i64, i64, pointer}),
        LLVM::Linkage::Internal);
    Block *entry = thunk.addEntryBlock(rewriter);
    rewriter.setInsertionPointToStart(entry);
    SmallVector<Value> arguments;
    for (auto [index, type] : llvm::enumerate(capture.getBody()))
      arguments.push_back(LLVM::LoadOp::create(
          rewriter, loc, type,
          fieldPointer(rewriter, loc, capture, entry->getArgument(0), index)));
    Value size = arguments.pop_back_val();
    Value workspace = entry->getArgument(3);
    Value zero = LLVM::ConstantOp::create(rewriter, loc, i64, 0);
    Value one = LLVM::ConstantOp::create(rewriter, loc, i64, 1);
    arguments.append({entry->getArgument(1), entry->getArgument(2), workspace,
                      workspace, zero, size, one});
    LLVM::CallOp::create(rewriter, loc, TypeRange(), op.getCallee(), arguments);
    LLVM::ReturnOp::create(rewriter, loc, ValueRange());
    return thunk;
  }
};

/// Which arguments of the converted functions are pointers to memory that no
/// other argument reaches: of public functions all, by the runtime's contract,
/// of others those marked `llvm.noalias`.
class NoAliasArguments {
public:
  explicit NoAliasArguments(ModuleOp module) {
    StringRef mark = LLVM::LLVMDialect::getNoAliasAttrName();
    for (auto function : module.getOps<func::FuncOp>()) {
      unsigned position = 0;
      for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
        auto memref = dyn_cast<MemRefType>(type);
        if (memref && (function.isPublic() || function.getArgAttr(index, mark)))
          arguments[function.getName()].push_back(position + 1);
        position += memref ? 3 + 2 * memref.getRank() : 1;
      }
    }
  }

  /// Mark the aligned pointers of the descriptors. The allocated pointers,
  /// equal to them, are never accessed.
  void apply(ModuleOp module) const {
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      auto found = arguments.find(function.getName());
      if (found == arguments.end())
        continue;
      for (unsigned position : found->second)
        function.setArgAttr(position, LLVM::LLVMDialect::getNoAliasAttrName(),
                            UnitAttr::get(module.getContext()));
    }
  }

private:
  llvm::StringMap<SmallVector<unsigned>> arguments;
};

struct ConvertToCPULLVM
    : conv::cpu::impl::ConvertToCPULLVMBase<ConvertToCPULLVM> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    options.overrideIndexBitwidth(64);
    options.allocLowering = LowerToLLVMOptions::AllocLowering::None;
    LLVMTypeConverter converter(context, options);

    OpBuilder builder(context);
    Type pointer = LLVM::LLVMPointerType::get(context);
    Type nothing = LLVM::LLVMVoidType::get(context);
    Type i64 = builder.getI64Type();
    declareService(builder, module, conv::cpu::allocateName, pointer,
                   {pointer, i64});
    declareService(builder, module, conv::cpu::releaseName, nothing,
                   {pointer, pointer});
    declareService(builder, module, conv::cpu::parallelForName, nothing,
                   {pointer, pointer, pointer, i64, i64});

    NoAliasArguments noAlias(module);
    SymbolTableCollection symbolTables;
    RewritePatternSet patterns(context);
    patterns.add<LowerAlloc, LowerDealloc, LowerParallelCall>(converter);
    populateFuncToLLVMConversionPatterns(converter, patterns, &symbolTables);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns,
                                                   &symbolTables);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateComplexToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);

    populateAMXLegalizeForLLVMExportPatterns(converter, patterns);
    populateX86VectorLegalizeForLLVMExportPatterns(converter, patterns);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    configureAMXLegalizeForExportTarget(target);
    configureX86VectorLegalizeForExportTarget(target);
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    noAlias.apply(module);
  }
};

} // namespace
