//===- Compile.h - Conv IR to a package of CPU kernels ----------*- C++ -*-===//
//
// The whole road, in process: plan, bufferize, emit vector code, lower to LLVM,
// optimize, emit and link one image per level, write the package. conv-run,
// conv-translate and the C API all take it.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TARGET_CPU_COMPILE_H
#define CONV_TARGET_CPU_COMPILE_H

#include "conv/Package/Package.h"
#include "conv/Target/CPU/Levels.h"

#include "mlir/Support/LLVM.h"

#include "llvm/ADT/SmallVector.h"

#include <string>
#include <utility>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace conv::cpu {

struct CompileOptions {
  /// The levels to emit images for. Empty means that of this machine.
  llvm::SmallVector<const Level *> levels;
  /// Arithmetic of transforms: "f32", or "f16" on levels that have it.
  std::string arithmetic = "f32";
  /// Report the planner's choices as remarks.
  bool emitRemarks = false;
  /// Emit code for AMX tiles where it pays, beside code without them.
  bool tiles = true;
};

/// How long each stage of a compilation took, in seconds, in order. Stages of
/// several levels run in parallel; their times are added up.
using StageTimes = std::vector<std::pair<std::string, double>>;

/// Compile a module of conv ops on tensors; every public function becomes a
/// kernel. A module with toeplitz plans or
/// products of bytes has two images for a level whose CPUs
/// may have AMX: one that requires it, and one that does not. Errors are
/// diagnostics on the module's context.
mlir::FailureOr<llvm::SmallVector<char, 0>>
compileToPackage(mlir::ModuleOp module, const CompileOptions &options,
                 StageTimes *times = nullptr);

/// What a package says of each public function of a module that the
/// target-independent pipeline has run on. `symbol` is for a CPU's image.
mlir::FailureOr<std::vector<package::Kernel>>
describeKernels(mlir::ModuleOp module);

/// The same for one level, without linking: an object file, assembly text, or
/// optimized LLVM IR as text. Toeplitz plans use tiles if CPUs of the level may
/// have them.
enum class Form { object, assembly, llvmIR };
mlir::FailureOr<std::string> compileToForm(mlir::ModuleOp module,
                                           const Level &level, Form form,
                                           const CompileOptions &options);

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_COMPILE_H
