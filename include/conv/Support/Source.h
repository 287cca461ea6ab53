//===- Source.h - Read a module and name its kernels' arguments -*- C++ -*-===//

#ifndef CONV_SUPPORT_SOURCE_H
#define CONV_SUPPORT_SOURCE_H

#include "mlir/IR/OwningOpRef.h"

#include <memory>

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace mlir {
class MLIRContext;
class ModuleOp;
} // namespace mlir

namespace conv {

/// Parse the main file of `sources`, text or bytecode. In text, the arguments
/// of public functions get the name that they have there (`%u` becomes
/// `conv.name = "u"`), and so do results, after the value that is returned,
/// unless they have a name already. Null after an error, which the context's
/// diagnostics have.
mlir::OwningOpRef<mlir::ModuleOp>
parseNamedSource(const std::shared_ptr<llvm::SourceMgr> &sources,
                 mlir::MLIRContext *context);

} // namespace conv

#endif // CONV_SUPPORT_SOURCE_H
