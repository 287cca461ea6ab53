//===- Codegen.cpp - LLVM dialect to object code --------------------------===//

#include "conv/Target/CPU/Codegen.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <mutex>

using namespace conv::cpu;

/// Initialize the back ends that the levels use, once a process.
static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  });
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const Level &level) {
  initializeTargets();
  llvm::Triple triple(level.triple);
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return llvm::createStringError("this LLVM cannot emit code for " +
                                   level.triple.str() + ": " + message);
  // FPOpFusion::Standard, the default, fuses only where the IR says fmuladd:
  // the plan decides which products are fused.
  llvm::TargetOptions options;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, level.cpu, level.features, options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine)
    return llvm::createStringError("no code generator for level " +
                                   level.name.str());
  return machine;
}

/// Replace fused multiply-adds, which would call a library, by ones that LLVM
/// may split.
static void splitFma(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : llvm::make_early_inc_range(block)) {
        auto *fma = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
        if (!fma || fma->getIntrinsicID() != llvm::Intrinsic::fma)
          continue;
        llvm::IRBuilder<> builder(fma);
        llvm::Value *split = builder.CreateIntrinsic(
            llvm::Intrinsic::fmuladd, {fma->getType()},
            {fma->getArgOperand(0), fma->getArgOperand(1),
             fma->getArgOperand(2)},
            fma);
        fma->replaceAllUsesWith(split);
        fma->eraseFromParent();
      }
}

std::vector<std::string>
conv::cpu::getRequiredFeatures(const llvm::Module &module) {
  bool bf16 = false, int8 = false;
  for (const llvm::Function &function : module) {
    bf16 |= function.getName().starts_with("llvm.x86.tdpbf16");
    for (const char *signs : {"ss", "su", "us", "uu"})
      int8 |= function.getName().starts_with(std::string("llvm.x86.tdpb") +
                                             signs + "d");
  }
  std::vector<std::string> features;
  if (bf16 || int8)
    features.push_back("amx_tile");
  if (bf16)
    features.push_back("amx_bf16");
  if (int8)
    features.push_back("amx_int8");
  return features;
}

std::unique_ptr<llvm::Module>
conv::cpu::translateToLLVMIR(mlir::ModuleOp module, const Level &level,
                             llvm::LLVMContext &context) {
  auto machine = makeTargetMachine(level);
  if (!machine) {
    module.emitError() << llvm::toString(machine.takeError());
    return nullptr;
  }
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, level.name);
  if (!result)
    return nullptr;
  result->setTargetTriple((*machine)->getTargetTriple());
  result->setDataLayout((*machine)->createDataLayout());
  std::string width = std::to_string(level.vectorBits);
  for (llvm::Function &function : *result) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", level.cpu);
    function.addFnAttr("tune-cpu", level.tuneCpu);
    if (!level.features.empty())
      function.addFnAttr("target-features", level.features);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  if (!level.hasFma)
    splitFma(*result);
  return result;
}

llvm::Error conv::cpu::optimize(llvm::Module &module, const Level &level) {
  auto machine = makeTargetMachine(level);
  if (!machine)
    return machine.takeError();
  // The kernels are vector code already, unrolled where that pays: the loop
  // vectorizer is for pointwise code around them, and looking for more to
  // unroll would take most of the compile time.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.LoopInterleaving = true;
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(machine->get(), tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
  return llvm::Error::success();
}

static llvm::Expected<std::string>
emit(llvm::Module &module, const Level &level, llvm::CodeGenFileType type) {
  auto machine = makeTargetMachine(level);
  if (!machine)
    return machine.takeError();
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, type))
    return llvm::createStringError("level " + level.name.str() +
                                   " cannot be written in this form");
  passes.run(module);
  return bytes.str().str();
}

llvm::Expected<std::string> conv::cpu::emitObject(llvm::Module &module,
                                                  const Level &level) {
  return emit(module, level, llvm::CodeGenFileType::ObjectFile);
}

llvm::Expected<std::string> conv::cpu::emitAssembly(llvm::Module &module,
                                                    const Level &level) {
  return emit(module, level, llvm::CodeGenFileType::AssemblyFile);
}
