//===- Compile.h - Conv IR to GPU kernels -----------------------*- C++ -*-===//

#ifndef CONV_TARGET_NVIDIA_COMPILE_H
#define CONV_TARGET_NVIDIA_COMPILE_H

#include "conv/Package/Package.h"
#include "conv/Target/NVIDIA/Codegen.h"

#include "mlir/Support/LLVM.h"

namespace mlir {
class ModuleOp;
class OpPassManager;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace conv::nvidia {

struct CompileOptions {
  /// Architectures to emit images for, such as sm_90a.
  std::vector<std::string> archs = {"sm_90a"};
  /// Whether to add machine code, by ptxas where it is found, to the PTX.
  bool assemble = true;
  /// Report the planner's choices as remarks.
  bool emitRemarks = false;
};

/// Add the passes from conv ops on tensors to monarch ops on memrefs, planned
/// for an architecture.
void buildMonarchPipeline(mlir::OpPassManager &manager, llvm::StringRef arch,
                          bool emitRemarks);

/// Add the passes from there to kernels and launches.
void buildKernelPipeline(mlir::OpPassManager &manager, llvm::StringRef arch);

/// Compile the public functions of `module` to a package with an image of PTX,
/// and one of machine code where ptxas is found, for each architecture.
mlir::FailureOr<llvm::SmallVector<char, 0>>
compileToPackage(mlir::ModuleOp module, const CompileOptions &options);

/// Compile for one architecture and stop at PTX text.
mlir::FailureOr<std::string> compileToPTX(mlir::ModuleOp module,
                                          llvm::StringRef arch);

/// The launches of a lowered function: what it computes on the host must be
/// sizes, its buffers arguments or temporaries. Says at the op what is not.
mlir::FailureOr<package::Program> translateProgram(mlir::func::FuncOp function);

} // namespace conv::nvidia

#endif // CONV_TARGET_NVIDIA_COMPILE_H
