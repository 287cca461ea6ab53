//===- InitAll.h - The one list of dialects and passes ----------*- C++ -*-===//
//
// Every tool, the plugin and the C API register the compiler through these
// functions, so that they all understand the same IR.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_INITALL_H
#define CONV_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace conv {

/// Register the dialects of this project only, with their external models.
void registerConvDialects(mlir::DialectRegistry &registry);

/// Register the dialects of this project, the upstream dialects that its
/// pipelines use, and the interfaces that bufferization, tiling and the
/// translation to LLVM IR need.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Register the pipelines of this project, for all targets.
void registerConvPipelines();

/// Register the passes and pipelines of this project only.
void registerConvPasses();

/// Register the passes and pipelines of this project and the upstream passes
/// that are useful next to them.
void registerAllPasses();

} // namespace conv

#endif // CONV_INITALL_H
