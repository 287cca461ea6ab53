//===- conv-translate.cpp - Conv IR to packages, objects and back ---------===//
//
//   conv-translate --mlir-to-package in.mlir -o conv.pkg --levels=all
//   conv-translate --mlir-to-object in.mlir -o conv.o --levels=neon
//   conv-translate --list-package conv.pkg
//   conv-translate --plan-to-dot in.mlir | dot -Tsvg -o plan.svg
//
//===----------------------------------------------------------------------===//

#include "conv/InitAll.h"
#include "conv/Support/Source.h"
#include "conv/Target/CPU/Compile.h"
#include "conv/Target/NVIDIA/Compile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include "PackageListing.h"
#include "PlanDrawing.h"

using namespace mlir;

namespace {

/// Our part of the command line.
struct CommandLine {
  llvm::cl::opt<std::string> levels{
      "levels",
      llvm::cl::desc("Instruction-set levels to emit code for, separated by "
                     "commas: host, all, baseline, avx2, avx512, avx512fp16, "
                     "neon (default: all for a package, else host)")};
  llvm::cl::opt<std::string> target{
      "target", llvm::cl::init("cpu"),
      llvm::cl::desc("What a package is for: cpu, or cuda")};
  llvm::cl::list<std::string> archs{
      "archs", llvm::cl::CommaSeparated,
      llvm::cl::desc("GPU architectures to emit code for, separated by commas "
                     "(default: sm_90a)")};
  llvm::cl::opt<bool> assemble{
      "assemble", llvm::cl::init(true),
      llvm::cl::desc("Add machine code to a package for cuda, where ptxas is "
                     "found")};
  llvm::cl::opt<std::string> arithmetic{
      "arithmetic", llvm::cl::init("f32"),
      llvm::cl::desc(
          "Arithmetic of transforms: f32, or f16 on levels that have "
          "it, at a stated error of 2e-3")};
  llvm::cl::opt<bool> tiles{
      "tiles", llvm::cl::init(true),
      llvm::cl::desc("Emit code for AMX tiles where it pays, beside code "
                     "without them (default: true)")};
  llvm::cl::opt<bool> remarks{
      "emit-remarks",
      llvm::cl::desc("Report the planner's choices at the ops")};
};

} // namespace

static CommandLine &commandLine() {
  static CommandLine options;
  return options;
}

/// The levels of the command line, or of `fallback` if none are given.
static FailureOr<llvm::SmallVector<const conv::cpu::Level *>>
getLevels(llvm::StringRef fallback) {
  auto levels = conv::cpu::parseLevels(
      commandLine().levels.empty() ? fallback
                                   : llvm::StringRef(commandLine().levels));
  if (levels)
    return std::move(*levels);
  llvm::WithColor::error() << "--levels: " << llvm::toString(levels.takeError())
                           << "\n";
  return failure();
}

static FailureOr<conv::cpu::CompileOptions> getCompileOptions() {
  conv::cpu::CompileOptions options;
  options.arithmetic = commandLine().arithmetic;
  options.emitRemarks = commandLine().remarks;
  options.tiles = commandLine().tiles;
  if (options.arithmetic == "f32" || options.arithmetic == "f16")
    return options;
  llvm::WithColor::error() << "--arithmetic: unknown \"" << options.arithmetic
                           << "\"; known are: f32, f16\n";
  return failure();
}

using Sources = std::shared_ptr<llvm::SourceMgr>;

static OwningOpRef<ModuleOp> parse(const Sources &sources,
                                   MLIRContext *context) {
  DialectRegistry registry;
  conv::registerAllDialects(registry);
  context->appendDialectRegistry(registry);
  return conv::parseNamedSource(sources, context);
}

static std::vector<std::string> getArchs() {
  if (commandLine().archs.empty())
    return {"sm_90a"};
  return commandLine().archs;
}

static LogicalResult toGPUPackage(const Sources &sources,
                                  llvm::raw_ostream &output,
                                  MLIRContext *context) {
  conv::nvidia::CompileOptions options;
  options.archs = getArchs();
  options.assemble = commandLine().assemble;
  options.emitRemarks = commandLine().remarks;
  SourceMgrDiagnosticHandler handler(*sources, context);
  OwningOpRef<ModuleOp> module = parse(sources, context);
  if (!module)
    return failure();
  auto bytes = conv::nvidia::compileToPackage(*module, options);
  if (failed(bytes))
    return failure();
  output.write(bytes->data(), bytes->size());
  return success();
}

static LogicalResult toPTX(const Sources &sources, llvm::raw_ostream &output,
                           MLIRContext *context) {
  SourceMgrDiagnosticHandler handler(*sources, context);
  OwningOpRef<ModuleOp> module = parse(sources, context);
  if (!module)
    return failure();
  auto text = conv::nvidia::compileToPTX(*module, getArchs().front());
  if (failed(text))
    return failure();
  output << *text;
  return success();
}

static LogicalResult toPackage(const Sources &sources,
                               llvm::raw_ostream &output,
                               MLIRContext *context) {
  if (commandLine().target == "cuda")
    return toGPUPackage(sources, output, context);
  if (commandLine().target != "cpu") {
    llvm::WithColor::error() << "--target: unknown \"" << commandLine().target
                             << "\"; known are: cpu, cuda\n";
    return failure();
  }
  auto levels = getLevels("all");
  auto options = getCompileOptions();
  if (failed(levels) || failed(options))
    return failure();
  options->levels = *levels;
  SourceMgrDiagnosticHandler handler(*sources, context);
  OwningOpRef<ModuleOp> module = parse(sources, context);
  if (!module)
    return failure();
  auto bytes = conv::cpu::compileToPackage(*module, *options);
  if (failed(bytes))
    return failure();
  output.write(bytes->data(), bytes->size());
  return success();
}

static TranslateFunction toForm(conv::cpu::Form form) {
  return [form](const Sources &sources, llvm::raw_ostream &output,
                MLIRContext *context) -> LogicalResult {
    auto levels = getLevels("host");
    auto options = getCompileOptions();
    if (failed(levels) || failed(options))
      return failure();
    if (levels->size() != 1) {
      llvm::WithColor::error() << "--levels names " << levels->size()
                               << " levels; this output is for one\n";
      return failure();
    }
    SourceMgrDiagnosticHandler handler(*sources, context);
    OwningOpRef<ModuleOp> module = parse(sources, context);
    if (!module)
      return failure();
    auto text =
        conv::cpu::compileToForm(*module, *levels->front(), form, *options);
    if (failed(text))
      return failure();
    output << *text;
    return success();
  };
}

static void registerTranslations() {
  static TranslateRegistration package(
      "mlir-to-package", "compile to a package of kernels", toPackage);
  static TranslateRegistration ptx("mlir-to-ptx", "compile to PTX text", toPTX);
  static TranslateRegistration object("mlir-to-object",
                                      "compile to an object file",
                                      toForm(conv::cpu::Form::object));
  static TranslateRegistration assembly("mlir-to-asm",
                                        "compile to assembly text",
                                        toForm(conv::cpu::Form::assembly));
  static TranslateRegistration llvmIR("mlir-to-llvmir",
                                      "compile to optimized LLVM IR",
                                      toForm(conv::cpu::Form::llvmIR));
  static TranslateRegistration listing(
      "list-package", "list the images and kernels of a package",
      [](const Sources &sources, llvm::raw_ostream &output, MLIRContext *) {
        return conv::listPackage(
            *sources->getMemoryBuffer(sources->getMainFileID()), output);
      });
}

int main(int argc, char **argv) {
  // Hide what LLVM's libraries registered; ours come after.
  for (auto &[name, option] : llvm::cl::getRegisteredOptions())
    if (name != "help" && name != "help-hidden" && name != "version")
      option->setHiddenFlag(llvm::cl::Hidden);
  commandLine();
  registerTranslations();
  conv::registerPlanTranslations();
  return failed(
      mlirTranslateMain(argc, argv, "Long convolution compiler: translator"));
}
