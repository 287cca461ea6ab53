//===- conv-translate.cpp - Conv IR to packages, objects and back ---------===//
//
//   conv-translate --mlir-to-package in.mlir -o conv.pkg --levels=all
//   conv-translate --mlir-to-object in.mlir -o conv.o --levels=neon
//   conv-translate --list-package conv.pkg
//
//===----------------------------------------------------------------------===//

#include "conv/InitAll.h"
#include "conv/Target/CPU/Compile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

#include "PackageListing.h"

using namespace mlir;

static llvm::cl::opt<std::string> levelsOption(
    "levels",
    llvm::cl::desc("Instruction-set levels to emit code for, separated by "
                   "commas: host, all, baseline, avx2, avx512, avx512fp16, "
                   "neon (default: all for a package, else host)"));

/// The levels of the command line, or of `fallback` if none are given.
static FailureOr<llvm::SmallVector<const conv::cpu::Level *>>
getLevels(Operation *op, llvm::StringRef fallback) {
  auto levels = conv::cpu::parseLevels(
      levelsOption.empty() ? fallback : llvm::StringRef(levelsOption));
  if (!levels)
    return op->emitError("--levels: ") << llvm::toString(levels.takeError());
  return std::move(*levels);
}

static FailureOr<ModuleOp> getModule(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    return op->emitError("is not a builtin.module");
  return module;
}

static LogicalResult toPackage(Operation *op, llvm::raw_ostream &output) {
  FailureOr<ModuleOp> module = getModule(op);
  auto levels = getLevels(op, "all");
  if (failed(module) || failed(levels))
    return failure();
  conv::cpu::CompileOptions options;
  options.levels = *levels;
  auto bytes = conv::cpu::compileToPackage(*module, options);
  if (failed(bytes))
    return failure();
  output.write(bytes->data(), bytes->size());
  return success();
}

static TranslateFromMLIRFunction toForm(conv::cpu::Form form) {
  return [form](Operation *op, llvm::raw_ostream &output) -> LogicalResult {
    FailureOr<ModuleOp> module = getModule(op);
    auto levels = getLevels(op, "host");
    if (failed(module) || failed(levels))
      return failure();
    if (levels->size() != 1)
      return op->emitError("--levels names ")
             << levels->size() << " levels; this output is for one";
    auto text = conv::cpu::compileToForm(*module, *levels->front(), form);
    if (failed(text))
      return failure();
    output << *text;
    return success();
  };
}

static void registerTranslations() {
  static TranslateFromMLIRRegistration package(
      "mlir-to-package", "compile to a package of CPU kernels", toPackage,
      conv::registerAllDialects);
  static TranslateFromMLIRRegistration object(
      "mlir-to-object", "compile to an object file",
      toForm(conv::cpu::Form::object), conv::registerAllDialects);
  static TranslateFromMLIRRegistration assembly(
      "mlir-to-asm", "compile to assembly text",
      toForm(conv::cpu::Form::assembly), conv::registerAllDialects);
  static TranslateFromMLIRRegistration llvmIR(
      "mlir-to-llvmir", "compile to optimized LLVM IR",
      toForm(conv::cpu::Form::llvmIR), conv::registerAllDialects);
  static TranslateRegistration listing(
      "list-package", "list the images and kernels of a package",
      [](const std::shared_ptr<llvm::SourceMgr> &sources,
         llvm::raw_ostream &output, MLIRContext *) {
        return conv::listPackage(
            *sources->getMemoryBuffer(sources->getMainFileID()), output);
      });
}

int main(int argc, char **argv) {
  for (auto &[name, option] : llvm::cl::getRegisteredOptions())
    if (option != &levelsOption && name != "help" && name != "help-hidden" &&
        name != "version")
      option->setHiddenFlag(llvm::cl::Hidden);
  registerTranslations();
  return failed(
      mlirTranslateMain(argc, argv, "Long convolution compiler: translator"));
}
