//===- InitPipelines.cpp - Register the pipelines -------------------------===//

#include "conv/InitAll.h"
#include "conv/Target/CPU/Levels.h"
#include "conv/Target/CPU/Pipeline.h"
#include "conv/Target/NVIDIA/Compile.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

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
  Option<std::string> target{
      *this, "target", llvm::cl::init("cpu"),
      llvm::cl::desc("Target: cpu, or cuda with an architecture, as in "
                     "cuda:sm_90a (which cuda alone means)")};
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
          clEnumValN(Stage::vector, "vector",
                     "vector ops and scf loops (cpu only)"),
          clEnumValN(Stage::llvm, "llvm",
                     "the LLVM dialect, with entries or with kernels"))};
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

/// `suffix` is what follows "cuda" in the name of the target.
static LogicalResult
buildCudaPipeline(OpPassManager &manager, StringRef suffix,
                  const ConvOptions &options,
                  function_ref<LogicalResult(const Twine &)> emitError) {
  StringRef arch = suffix.empty() ? "sm_90a" : suffix;
  if (!suffix.empty() && !arch.consume_front(":"))
    return emitError("unknown target \"" + options.target +
                     "\"; the targets are: cpu, cuda");
  if (options.until == Stage::vector)
    return emitError("target cuda has no stage of vector code; use "
                     "until=monarch or until=llvm");
  conv::nvidia::buildMonarchPipeline(manager, arch, options.emitRemarks);
  if (options.until == Stage::llvm)
    conv::nvidia::buildKernelPipeline(manager, arch);
  return success();
}

static LogicalResult
buildConvPipeline(OpPassManager &manager, StringRef text,
                  function_ref<LogicalResult(const Twine &)> emitError) {
  ConvOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  StringRef target = options.target;
  if (target.consume_front("cuda"))
    return buildCudaPipeline(manager, target, options, emitError);
  if (target != "cpu")
    return emitError("unknown target \"" + options.target +
                     "\"; the targets are: cpu, cuda");
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

void conv::registerConvPipelines() {
  registerPipeline<ConvOptions>(
      "conv-pipeline",
      "Compile conv ops on tensors to kernels for a target: plan, bufferize, "
      "emit vector code or CUDA kernels, lower to LLVM",
      buildConvPipeline);
  registerPipeline<LevelOptions>(
      "conv-cpu-level-pipeline",
      "Lower monarch ops and vector code on memrefs to the LLVM dialect, with "
      "the runtime's entries, for one instruction-set level",
      ::buildLevelPipeline);
}
