//===- Pipeline.cpp - Pipelines of the CPU target -------------------------===//

#include "conv/Target/CPU/Pipeline.h"

#include "conv/Conversion/Passes.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"
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

void conv::cpu::buildTargetIndependentPipeline(OpPassManager &manager,
                                               const PlanOptions &options) {
  manager.addPass(createInlinerPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  ConvPlanOptions plan;
  plan.device = options.device;
  plan.arithmetic = options.arithmetic;
  plan.emitRemarks = options.emitRemarks;
  manager.addPass(createConvPlan(plan));
  manager.addPass(lowbit::createLowBitDecompose());
  manager.addPass(lowbit::createLowBitPlan(
      {options.device, options.tiles, options.emitRemarks}));
  // With the plans in place, and before filters are split off: what is stated
  // is what was asked for.
  manager.addPass(createNameKernelArguments());
  manager.addPass(createStateNumerics());
  manager.addNestedPass<func::FuncOp>(createConvSplitFilters());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
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

void conv::cpu::buildVectorPipeline(OpPassManager &manager, const Level &level,
                                    bool tiles) {
  manager.addPass(lowbit::createIntegersToVector(
      {level.dot, static_cast<int64_t>(level.vectorBits), tiles}));
  manager.addPass(monarch::createMonarchToVector({tiles}));
  manager.addPass(lowbit::createLMulToVector({tiles}));
  manager.addNestedPass<func::FuncOp>(createLowerVectors());
  manager.addPass(lowbit::createExpandLMul());
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

conv::cpu::PlanOptions conv::cpu::planOptions(const Level &level,
                                              StringRef arithmetic,
                                              bool emitRemarks) {
  PlanOptions options;
  options.device = level.device.str();
  options.tiles = level.mayHaveTiles;
  options.emitRemarks = emitRemarks;
  // Emulating f16 would be slower than f32, and less exact.
  if (level.hasF16Arithmetic)
    options.arithmetic = arithmetic.str();
  return options;
}
