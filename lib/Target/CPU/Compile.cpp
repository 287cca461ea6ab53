//===- Compile.cpp - Conv IR to a package of CPU kernels ------------------===//

#include "conv/Target/CPU/Compile.h"

#include "conv/Target/CPU/Codegen.h"
#include "conv/Target/CPU/Passes.h"
#include "conv/Target/CPU/Pipeline.h"
#include "conv/Target/CPU/Signature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <chrono>
#include <thread>

using namespace mlir;
using conv::cpu::Level;

static void addTime(conv::cpu::StageTimes &times, const std::string &stage,
                    double seconds) {
  for (auto &entry : times)
    if (entry.first == stage) {
      entry.second += seconds;
      return;
    }
  times.push_back({stage, seconds});
}

namespace {

/// Adds the time until its end to a stage.
class StageTimer {
public:
  StageTimer(conv::cpu::StageTimes *times, const char *stage)
      : times(times), stage(stage), start(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    if (!times)
      return;
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    addTime(*times, stage, elapsed.count());
  }

private:
  conv::cpu::StageTimes *times;
  const char *stage;
  std::chrono::steady_clock::time_point start;
};

/// The work of one level after MLIR, which runs in a thread of its own.
struct LevelJob {
  const Level *level;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> llvmModule;
  std::string image, error;
  conv::cpu::StageTimes times;

  void run() {
    if (llvm::Error failure = emitImage())
      error = llvm::toString(std::move(failure));
  }

private:
  llvm::Error emitImage() {
    {
      StageTimer timer(&times, "optimize");
      if (llvm::Error failure = conv::cpu::optimize(*llvmModule, *level))
        return failure;
    }
    std::string object;
    {
      StageTimer timer(&times, "emit");
      if (llvm::Error failure =
              conv::cpu::emitObject(*llvmModule, *level).moveInto(object))
        return failure;
    }
    StageTimer timer(&times, "link");
    return conv::cpu::linkSharedObject(object, *level).moveInto(image);
  }
};

} // namespace

FailureOr<std::vector<conv::package::Kernel>>
conv::cpu::describeKernels(ModuleOp module) {
  std::vector<package::Kernel> kernels;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    FailureOr<Signature> signature = Signature::get(function);
    auto numerics = function->getAttrOfType<DictionaryAttr>(numericsAttrName);
    if (failed(signature))
      return failure();
    if (!numerics)
      return function.emitError("has no ")
             << numericsAttrName << "; run conv-state-numerics";
    package::Kernel kernel;
    kernel.name = function.getName().str();
    kernel.symbol = (entryPrefix + function.getName()).str();
    kernel.kind = numerics.getAs<StringAttr>("kind").str();
    kernel.plan = numerics.getAs<StringAttr>("plan").str();
    kernel.arithmetic = numerics.getAs<StringAttr>("arithmetic").str();
    kernel.relativeL2Bound =
        numerics.getAs<FloatAttr>("relative_l2_bound").getValueAsDouble();
    for (const Argument &argument : signature->arguments) {
      package::Argument described;
      described.name = argument.name;
      described.role =
          argument.isOutput ? package::Role::output : package::Role::input;
      described.dtype = argument.dtype;
      for (const Extent &extent : argument.shape)
        described.shape.push_back(
            extent.isSymbol()
                ? package::Dimension(signature->dims[extent.symbol])
                : package::Dimension(extent.size));
      kernel.arguments.push_back(std::move(described));
    }
    kernels.push_back(std::move(kernel));
  }
  if (kernels.empty())
    return module.emitError("has no public function to make a kernel from");
  return kernels;
}

static LogicalResult
runPipeline(ModuleOp module, llvm::function_ref<void(OpPassManager &)> build) {
  PassManager manager(module->getName());
  // The verifier has checked the input; between our own passes it would cost
  // a third of the compilation.
  manager.enableVerifier(false);
  build(manager);
  return manager.run(module);
}

LogicalResult conv::cpu::lowerToVector(ModuleOp module) {
  return runPipeline(module, [](OpPassManager &manager) {
    buildTargetIndependentPipeline(manager);
    buildVectorPipeline(manager);
  });
}

FailureOr<OwningOpRef<ModuleOp>> conv::cpu::lowerForLevel(ModuleOp module,
                                                          const Level &level) {
  OwningOpRef<ModuleOp> copy(module.clone());
  if (failed(runPipeline(*copy, [&](OpPassManager &manager) {
        buildLevelPipeline(manager, level);
      })))
    return failure();
  return copy;
}

/// Lower to LLVM IR for one level.
static LogicalResult prepare(LevelJob &job, ModuleOp module,
                             conv::cpu::StageTimes *times) {
  {
    StageTimer timer(times, "lower");
    FailureOr<OwningOpRef<ModuleOp>> lowered =
        conv::cpu::lowerForLevel(module, *job.level);
    if (failed(lowered))
      return failure();
    job.module = std::move(*lowered);
  }
  StageTimer timer(times, "translate");
  job.context = std::make_unique<llvm::LLVMContext>();
  job.llvmModule =
      conv::cpu::translateToLLVMIR(*job.module, *job.level, *job.context);
  return success(job.llvmModule != nullptr);
}

FailureOr<llvm::SmallVector<char, 0>>
conv::cpu::compileToPackage(ModuleOp module, const CompileOptions &options,
                            StageTimes *times) {
  llvm::SmallVector<const Level *> levels = options.levels;
  if (levels.empty()) {
    const Level *host = hostLevel();
    if (!host)
      return module.emitError(
          "cannot be compiled for this machine's CPU, which "
          "has none of the known levels; name one");
    levels.push_back(host);
  }
  {
    StageTimer timer(times, "plan and bufferize");
    if (failed(runPipeline(module, buildTargetIndependentPipeline)))
      return failure();
  }
  FailureOr<std::vector<package::Kernel>> kernels = describeKernels(module);
  if (failed(kernels))
    return failure();
  {
    StageTimer timer(times, "vectorize");
    if (failed(runPipeline(module, buildVectorPipeline)))
      return failure();
  }

  std::vector<LevelJob> jobs(levels.size());
  for (auto [job, level] : llvm::zip_equal(jobs, levels)) {
    job.level = level;
    if (failed(prepare(job, module, times)))
      return failure();
  }
  std::vector<std::thread> threads;
  for (LevelJob &job : llvm::drop_begin(jobs))
    threads.emplace_back([&job] { job.run(); });
  jobs.front().run();
  for (std::thread &thread : threads)
    thread.join();

  package::Writer writer;
  for (LevelJob &job : jobs) {
    if (!job.error.empty())
      return module.emitError(job.error);
    if (times)
      for (const auto &[stage, seconds] : job.times)
        addTime(*times, stage, seconds);
    package::Image image;
    image.triple = job.level->triple.str();
    image.isa = job.level->name.str();
    image.kernels = *kernels;
    image.bytes = std::move(job.image);
    writer.add(std::move(image));
  }
  StageTimer timer(times, "package");
  auto bytes = writer.write();
  if (!bytes)
    return module.emitError(llvm::toString(bytes.takeError()));
  return std::move(*bytes);
}

FailureOr<std::string> conv::cpu::compileToForm(ModuleOp module,
                                                const Level &level, Form form) {
  LevelJob job;
  job.level = &level;
  if (failed(lowerToVector(module)) || failed(prepare(job, module, nullptr)))
    return failure();
  if (llvm::Error failure = optimize(*job.llvmModule, level))
    return module.emitError(llvm::toString(std::move(failure)));
  if (form == Form::llvmIR) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    job.llvmModule->print(stream, nullptr);
    return text;
  }
  auto bytes = form == Form::object ? emitObject(*job.llvmModule, level)
                                    : emitAssembly(*job.llvmModule, level);
  if (!bytes)
    return module.emitError(llvm::toString(bytes.takeError()));
  return std::move(*bytes);
}
