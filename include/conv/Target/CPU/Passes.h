//===- Passes.h - Passes of the CPU target ----------------------*- C++ -*-===//

#ifndef CONV_TARGET_CPU_PASSES_H
#define CONV_TARGET_CPU_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>

namespace mlir {
class ModuleOp;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace conv::cpu {

/// Attribute of a function that becomes a kernel: its arguments, in order.
inline constexpr llvm::StringLiteral signatureAttrName = "conv.signature";
/// Attribute of a function that becomes a kernel: what it promises.
inline constexpr llvm::StringLiteral numericsAttrName = "conv.numerics";
/// Attribute of a function's argument or result: its name in the package.
inline constexpr llvm::StringLiteral nameAttrName = "conv.name";
/// What the symbol of an entry starts with; the function's name follows.
inline constexpr llvm::StringLiteral entryPrefix = "conv_kernel_";
/// The placeholders of the host's services.
inline constexpr llvm::StringLiteral allocateName = "conv_host_allocate";
inline constexpr llvm::StringLiteral releaseName = "conv_host_release";
inline constexpr llvm::StringLiteral parallelForName = "conv_host_parallel_for";

#define GEN_PASS_DECL
#include "conv/Target/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Target/CPU/Passes.h.inc"

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_PASSES_H
