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

namespace {

/// Options of the pipeline for one level.
struct LevelOptions : PassPipelineOptions<LevelOptions> {
  Option<std::string> level{*this, "level", llvm::cl::init("host"),
                            llvm::cl::desc("Instruction-set level: host, "
                                           "baseline, avx2, avx512, "
                                           "avx512fp16, neon")};
};

/// Where a pipeline may end.
enum class Stage { monarch, vector, llvm };

/// Options of the whole pipeline.
struct ConvOptions : PassPipelineOptions<ConvOptions> {
  Option<std::string> target{*this, "target", llvm::cl::init("cpu"),
                             llvm::cl::desc("Target: cpu")};
  Option<std::string> level{*this, "level", llvm::cl::init("host"),
                            llvm::cl::desc("Instruction-set level: host, "
                                           "baseline, avx2, avx512, "
                                           "avx512fp16, neon")};
  Option<std::string> arithmetic{
      *this, "arithmetic", llvm::cl::init("f32"),
      llvm::cl::desc(
          "Arithmetic of the transforms: f32, or f16 where the level "
          "has it, at a stated error of 2e-3")};
  Option<bool> emitRemarks{
      *this, "emit-remarks", llvm::cl::init(false),
      llvm::cl::desc("Report the planner's choices at the ops")};
  Option<Stage> until{
      *this, "until", llvm::cl::init(Stage::llvm),
      llvm::cl::desc("Where to stop"),
      llvm::cl::values(
          clEnumValN(Stage::monarch, "monarch", "monarch ops on memrefs"),
          clEnumValN(Stage::vector, "vector", "vector ops and scf loops"),
          clEnumValN(Stage::llvm, "llvm", "the LLVM dialect, with entries"))};
};

} // namespace

/// The one level that an option names. Reports anything else on the pipeline's
/// error stream.
static const conv::cpu::Level *
parseOneLevel(StringRef name,
              function_ref<LogicalResult(const Twine &)> emitError) {
  auto levels = conv::cpu::parseLevels(name);
  if (!levels) {
    (void)emitError(llvm::toString(levels.takeError()));
    return nullptr;
  }
  if (levels->size() != 1) {
    (void)emitError("a pipeline is for one level, but \"" + name + "\" are " +
                    Twine(levels->size()) +
                    "; conv-translate makes packages "
                    "of several");
    return nullptr;
  }
  return levels->front();
}

static LogicalResult
buildLevelPipeline(OpPassManager &manager, StringRef text,
                   function_ref<LogicalResult(const Twine &)> emitError) {
  LevelOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  const conv::cpu::Level *level = parseOneLevel(options.level, emitError);
  if (!level)
    return failure();
  conv::cpu::buildVectorPipeline(manager, *level, level->mayHaveTiles);
  conv::cpu::buildLevelPipeline(manager, *level);
  return success();
}

static LogicalResult
buildConvPipeline(OpPassManager &manager, StringRef text,
                  function_ref<LogicalResult(const Twine &)> emitError) {
  ConvOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  if (options.target != "cpu")
    return emitError("unknown target \"" + options.target +
                     "\"; the targets are: cpu");
  const conv::cpu::Level *level = parseOneLevel(options.level, emitError);
  if (!level)
    return failure();
  if (options.arithmetic != "f32" && options.arithmetic != "f16")
    return emitError("unknown arithmetic \"" + options.arithmetic +
                     "\"; known are: f32, f16");
  conv::cpu::buildTargetIndependentPipeline(
      manager,
      conv::cpu::planOptions(*level, options.arithmetic, options.emitRemarks));
  if (options.until == Stage::monarch)
    return success();
  conv::cpu::buildVectorPipeline(manager, *level, level->mayHaveTiles);
  if (options.until == Stage::llvm)
    conv::cpu::buildLevelPipeline(manager, *level);
  return success();
}

conv::cpu::PlanOptions conv::cpu::planOptions(const Level &level,
                                              StringRef arithmetic,
                                              bool emitRemarks) {
  PlanOptions options;
  options.device = level.device.str();
  options.emitRemarks = emitRemarks;
  // Emulating f16 would be slower than f32, and less exact.
  if (level.hasF16Arithmetic)
    options.arithmetic = arithmetic.str();
  return options;
}

template <typename Options>
static void registerPipeline(
    StringRef name, StringRef description,
    LogicalResult (*build)(OpPassManager &, StringRef,
                           function_ref<LogicalResult(const Twine &)>)) {
  registerPassPipeline(
      name, description, build,
      [](function_ref<void(const detail::PassOptions &)> show) {
        show(Options());
      });
}

void conv::cpu::registerPipelines() {
  registerPipeline<ConvOptions>(
      "conv-pipeline",
      "Compile conv ops on tensors to kernels for a target: plan, bufferize, "
      "emit vector code, lower to LLVM",
      buildConvPipeline);
  registerPipeline<LevelOptions>(
      "conv-cpu-level-pipeline",
      "Lower monarch ops and vector code on memrefs to the LLVM dialect, with "
      "the runtime's entries, for one instruction-set level",
      ::buildLevelPipeline);
}
