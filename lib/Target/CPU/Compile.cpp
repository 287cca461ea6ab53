//===- Compile.cpp - Conv IR to a package of CPU kernels ------------------===//

#include "conv/Target/CPU/Compile.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Dialect/LowBit/IR/LowBitOps.h"
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
#include <map>
#include <thread>
#include <tuple>

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
  explicit LevelJob(const Level *level, bool tiles)
      : level(level), tiles(tiles) {}

  const Level *level;
  std::vector<conv::package::Kernel> kernels;
  bool tiles; ///< whether the image requires AMX
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

/// Plan and emit vector code. Fills in the kernels.
static LogicalResult lowerToVector(ModuleOp module,
                                   conv::cpu::PlanOptions options,
                                   const Level &level, bool tiles,
                                   std::vector<conv::package::Kernel> &kernels,
                                   conv::cpu::StageTimes *times) {
  options.tiles = tiles;
  {
    StageTimer timer(times, "plan and bufferize");
    if (failed(runPipeline(module, [&](OpPassManager &manager) {
          conv::cpu::buildTargetIndependentPipeline(manager, options);
        })))
      return failure();
  }
  auto described = conv::cpu::describeKernels(module);
  if (failed(described))
    return failure();
  kernels = std::move(*described);
  StageTimer timer(times, "vectorize");
  return runPipeline(module, [&](OpPassManager &manager) {
    conv::cpu::buildVectorPipeline(manager, level, tiles);
  });
}

/// Whether tiles may change the code of a module: a convolution uses them only
/// where its plan says so, a product by L-Mul where it can.
static bool mayUseTiles(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    bool uses = false;
    if (auto convolution = dyn_cast<conv::LongConvOp>(op)) {
      conv::PlanAttr plan = convolution.getPlanAttr();
      uses = plan && plan.getAlgorithm() == conv::Algorithm::toeplitz;
    } else if (auto product = dyn_cast<conv::lowbit::LMulMatmulOp>(op)) {
      uses = product.whyNoMatrixUnit().empty();
    }
    return uses ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// Whether a module multiplies bytes, for which levels have instructions of
/// their own.
static bool multipliesBytes(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    return isa<conv::lowbit::TernaryMatmulOp, conv::lowbit::Int8MatmulOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// Lower a copy of vector code to LLVM IR for one level.
static LogicalResult lowerForLevel(LevelJob &job, ModuleOp module,
                                   conv::cpu::StageTimes *times) {
  {
    StageTimer timer(times, "lower");
    job.module = module.clone();
    if (failed(runPipeline(*job.module, [&](OpPassManager &manager) {
          conv::cpu::buildLevelPipeline(manager, *job.level);
        })))
      return failure();
  }
  StageTimer timer(times, "translate");
  job.context = std::make_unique<llvm::LLVMContext>();
  job.llvmModule =
      conv::cpu::translateToLLVMIR(*job.module, *job.level, *job.context);
  return success(job.llvmModule != nullptr);
}

/// Optimize, emit and link all levels, each in a thread of its own.
static void emitImages(std::vector<LevelJob> &jobs) {
  std::vector<std::thread> threads;
  for (LevelJob &job : llvm::drop_begin(jobs))
    threads.emplace_back([&job] { job.run(); });
  jobs.front().run();
  for (std::thread &thread : threads)
    thread.join();
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

  // Levels for which the planner is told the same share the code until they
  // part, at products of bytes if there are any.
  std::vector<LevelJob> jobs;
  std::map<std::tuple<std::string, std::string, std::string, bool>,
           OwningOpRef<ModuleOp>>
      lowered;
  llvm::DenseMap<Operation *, std::vector<package::Kernel>> kernels;
  bool hasProducts = multipliesBytes(module);
  bool hasTiles = hasProducts || mayUseTiles(module);
  for (const Level *level : levels) {
    PlanOptions plan =
        planOptions(*level, options.arithmetic, options.emitRemarks);
    for (bool tiles : {true, false}) {
      if (tiles && !(options.tiles && hasTiles && level->mayHaveTiles))
        continue;
      OwningOpRef<ModuleOp> &code =
          lowered[{plan.device, plan.arithmetic,
                   hasProducts ? level->name.str() : "", tiles}];
      if (!code) {
        code = module.clone();
        if (failed(lowerToVector(*code, plan, *level, tiles, kernels[*code],
                                 times)))
          return failure();
      }
      LevelJob &job = jobs.emplace_back(level, tiles);
      job.kernels = kernels[*code];
      if (failed(lowerForLevel(job, *code, times)))
        return failure();
    }
  }
  emitImages(jobs);

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
    image.requiredFeatures = getRequiredFeatures(*job.llvmModule);
    image.kernels = std::move(job.kernels);
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
                                                const Level &level, Form form,
                                                const CompileOptions &options) {
  LevelJob job(&level, options.tiles && level.mayHaveTiles);
  OwningOpRef<ModuleOp> code = module.clone();
  if (failed(lowerToVector(
          *code, planOptions(level, options.arithmetic, options.emitRemarks),
          level, job.tiles, job.kernels, nullptr)) ||
      failed(lowerForLevel(job, *code, nullptr)))
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
