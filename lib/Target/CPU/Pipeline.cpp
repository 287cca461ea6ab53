//===- Pipeline.cpp - Pipelines of the CPU target -------------------------===//

#include "conv/Target/CPU/Pipeline.h"

#include "conv/Conversion/Passes.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "conv/Dialect/Monarch/Transforms/Passes.h"
#include "conv/Target/CPU/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/BufferizationToMemRef/BufferizationToMemRef.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void conv::cpu::buildTargetIndependentPipeline(OpPassManager &manager) {
  manager.addPass(createInlinerPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvPlan());
  manager.addPass(createConvSplitFilters());
  manager.addPass(createCSEPass());
  manager.addPass(createNameKernelArguments());
  manager.addPass(createStateNumerics());
  // Pointwise ops become linalg ops, one loop nest for each chain of them.
  manager.addNestedPass<func::FuncOp>(
      mlir::createConvertElementwiseToLinalgPass());
  manager.addPass(mlir::createLinalgElementwiseOpFusionPass());

  manager.addPass(createResultsToArguments());
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createWriteResultsInPlace());
  bufferization::buildBufferDeallocationPipeline(
      manager, bufferization::BufferDeallocationPipelineOptions());
  manager.addPass(createConvertBufferizationToMemRefPass());
  manager.addPass(createConvertConvToMonarch());
}

void conv::cpu::buildVectorPipeline(OpPassManager &manager) {
  manager.addPass(monarch::createMonarchToVector());
  manager.addNestedPass<func::FuncOp>(createLowerVectors());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void conv::cpu::buildLevelPipeline(OpPassManager &manager, const Level &level) {
  // What the level cannot compute, it computes in f32.
  SmallVector<std::string> unsupported{"bf16"};
  if (!level.hasF16Arithmetic)
    unsupported.push_back("f16");
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = unsupported;
  emulate.targetTypeStr = "f32";
  manager.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  if (!level.hasF16Conversion || !level.hasBF16Conversion)
    manager.addNestedPass<func::FuncOp>(createExpandFloatConversions(
        {!level.hasF16Conversion, !level.hasBF16Conversion}));
  manager.addPass(createThreadHostContext());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertToCPULLVM());
  manager.addPass(createEmitEntries());
}

namespace {

/// Options of the pipeline for one level.
struct LevelOptions : PassPipelineOptions<LevelOptions> {
  Option<std::string> level{*this, "level", llvm::cl::init("host"),
                            llvm::cl::desc("Instruction-set level: host, "
                                           "baseline, avx2, avx512, "
                                           "avx512fp16, neon")};
};

} // namespace

void conv::cpu::registerPipelines() {
  PassPipelineRegistration<LevelOptions>(
      "conv-cpu-level-pipeline",
      "Lower kernels of vector ops on memrefs to the LLVM dialect, with the "
      "runtime's entries, for one instruction-set level",
      [](OpPassManager &manager, const LevelOptions &options) {
        auto levels = parseLevels(options.level);
        if (!levels)
          llvm::report_fatal_error(levels.takeError());
        buildVectorPipeline(manager);
        buildLevelPipeline(manager, *levels->front());
      });
}
