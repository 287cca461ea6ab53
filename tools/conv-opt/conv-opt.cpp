//===- conv-opt.cpp - Run passes over conv IR -----------------------------===//

#include "conv/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"

/// Hide the options that LLVM's libraries registered when they were loaded, so
/// that --help shows ours and MLIR's. They still parse, and --help-hidden lists
/// them.
static void hideLLVMOptions() {
  for (auto &[name, option] : llvm::cl::getRegisteredOptions())
    if (name != "help" && name != "help-hidden" && name != "version")
      option->setHiddenFlag(llvm::cl::Hidden);
}

int main(int argc, char **argv) {
  hideLLVMOptions();
  mlir::DialectRegistry registry;
  conv::registerAllDialects(registry);
  conv::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Long convolution compiler: pass driver\n", registry));
}
