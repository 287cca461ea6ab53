//===- Compile.cpp - Conv IR to GPU kernels -------------------------------===//

#include "conv/Target/NVIDIA/Compile.h"

#include "conv/Conversion/Passes.h"
#include "conv/Target/CPU/Compile.h"
#include "conv/Target/CPU/Pipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

static constexpr StringLiteral triple = "nvptx64-nvidia-cuda";

void conv::nvidia::buildMonarchPipeline(OpPassManager &manager, StringRef arch,
                                        bool emitRemarks) {
  cpu::PlanOptions options;
  options.device = ("gpu-" + arch).str();
  options.arithmetic = "f16";
  options.emitRemarks = emitRemarks;
  cpu::buildTargetIndependentPipeline(manager, options);
}

void conv::nvidia::buildKernelPipeline(OpPassManager &manager, StringRef arch) {
  manager.addPass(createConvertMonarchToNVVM({arch.str()}));
}

static LogicalResult lower(ModuleOp module, StringRef arch, bool emitRemarks) {
  PassManager manager(module->getName());
  manager.enableVerifier(false); // the input has been verified
  conv::nvidia::buildMonarchPipeline(manager, arch, emitRemarks);
  conv::nvidia::buildKernelPipeline(manager, arch);
  return manager.run(module);
}

static FailureOr<std::string> toPTX(ModuleOp module, StringRef arch) {
  auto kernels = module.getOps<gpu::GPUModuleOp>();
  if (kernels.empty())
    return module.emitError("has nothing to compute on a GPU");
  conv::nvidia::CodegenOptions options;
  options.arch = arch.str();
  auto ptx = conv::nvidia::emitPTX(*kernels.begin(), options);
  if (!ptx)
    return module.emitError(llvm::toString(ptx.takeError()));
  return std::move(*ptx);
}

FailureOr<std::string> conv::nvidia::compileToPTX(ModuleOp module,
                                                  StringRef arch) {
  OwningOpRef<ModuleOp> code = module.clone();
  if (failed(lower(*code, arch, /*emitRemarks=*/false)))
    return failure();
  return toPTX(*code, arch);
}

/// Describe the kernels with their launches.
static FailureOr<std::vector<conv::package::Kernel>> describe(ModuleOp module) {
  auto kernels = conv::cpu::describeKernels(module);
  if (failed(kernels))
    return failure();
  for (conv::package::Kernel &kernel : *kernels) {
    auto program = conv::nvidia::translateProgram(
        module.lookupSymbol<func::FuncOp>(kernel.name));
    if (failed(program))
      return failure();
    kernel.symbol.clear();
    kernel.program = std::move(*program);
  }
  return kernels;
}

FailureOr<llvm::SmallVector<char, 0>>
conv::nvidia::compileToPackage(ModuleOp module, const CompileOptions &options) {
  package::Writer writer;
  std::optional<std::string> ptxas;
  if (options.assemble)
    ptxas = findPtxas();
  for (const std::string &arch : options.archs) {
    OwningOpRef<ModuleOp> code = module.clone();
    if (failed(lower(*code, arch, options.emitRemarks)))
      return failure();
    auto kernels = describe(*code);
    auto ptx = toPTX(*code, arch);
    if (failed(kernels) || failed(ptx))
      return failure();
    package::Image image;
    image.triple = triple.str();
    image.isa = arch;
    image.kernels = std::move(*kernels);
    if (ptxas) {
      auto assembly = nvidia::assemble(*ptx, arch, *ptxas);
      if (!assembly)
        return module.emitError(llvm::toString(assembly.takeError()));
      package::Image cubin = image;
      cubin.kind = package::ImageKind::cubin;
      cubin.bytes = std::move(assembly->cubin);
      writer.add(std::move(cubin));
    }
    image.kind = package::ImageKind::ptx;
    image.bytes = std::move(*ptx);
    writer.add(std::move(image));
  }
  auto bytes = writer.write();
  if (!bytes)
    return module.emitError(llvm::toString(bytes.takeError()));
  return std::move(*bytes);
}
