//===- Codegen.h - LLVM dialect to an ELF shared object ---------*- C++ -*-===//
//
// The second half of the CPU target. Everything happens in process. The
// functions may be called from several threads, on different modules.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TARGET_CPU_CODEGEN_H
#define CONV_TARGET_CPU_CODEGEN_H

#include "conv/Target/CPU/Levels.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace conv::cpu {

/// Translate a module of the LLVM dialect to LLVM IR for a level. On failure
/// the module has emitted diagnostics and the result is null.
std::unique_ptr<llvm::Module> translateToLLVMIR(mlir::ModuleOp module,
                                                const Level &level,
                                                llvm::LLVMContext &context);

/// CPU features that the code uses beyond its level, as packages name them: AMX
/// is there, or not, independently of everything else.
std::vector<std::string> getRequiredFeatures(const llvm::Module &module);

/// Run LLVM's optimizer on the module, for the level it was translated for.
llvm::Error optimize(llvm::Module &module, const Level &level);

/// The module as an object file, or as assembly text.
llvm::Expected<std::string> emitObject(llvm::Module &module,
                                       const Level &level);
llvm::Expected<std::string> emitAssembly(llvm::Module &module,
                                         const Level &level);

/// Link an object file into a shared object that exports its global symbols.
/// Fails if it needs a symbol that the contract of kernels does not allow.
llvm::Expected<std::string> linkSharedObject(llvm::StringRef object,
                                             const Level &level);

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_CODEGEN_H
