//===- Program.h - What conv-run compiles -----------------------*- C++ -*-===//

#ifndef TOOLS_CONV_RUN_PROGRAM_H
#define TOOLS_CONV_RUN_PROGRAM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/Support/SourceMgr.h"

#include <memory>
#include <string>

namespace conv {

/// A file, reduced to one function.
struct Program {
  /// Shows the lines that errors are about, as long as the program lives.
  std::shared_ptr<llvm::SourceMgr> sources;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> diagnostics;
  /// What is compiled: the entry, and for each argument that is a prepared
  /// spectrum a kernel `prepare_<number>` that makes it from taps.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// A copy of the entry for evaluation in float64: pointwise ops as linalg
  /// ops, calls inlined.
  mlir::OwningOpRef<mlir::ModuleOp> reference;
  std::string entry;

  mlir::func::FuncOp referenceFunction();
};

/// Read the file and pick the entry; empty means the only public function, or
/// @main. Every error has been emitted.
mlir::FailureOr<Program> loadProgram(const std::string &file,
                                     const std::string &entry,
                                     mlir::MLIRContext &context);

/// The name of the kernel that prepares the spectrum for an argument.
std::string prepareName(unsigned argument);

} // namespace conv

#endif // TOOLS_CONV_RUN_PROGRAM_H
