//===- PackageListing.h - Show what a package holds -------------*- C++ -*-===//

#ifndef TOOLS_CONV_TRANSLATE_PACKAGELISTING_H
#define TOOLS_CONV_TRANSLATE_PACKAGELISTING_H

#include "mlir/Support/LLVM.h"

namespace llvm {
class MemoryBuffer;
} // namespace llvm

namespace conv {

/// Write the images and kernels of a package as text. Opens it with the
/// runtime, so that what the runtime would refuse is refused here too.
mlir::LogicalResult listPackage(const llvm::MemoryBuffer &package,
                                llvm::raw_ostream &output);

} // namespace conv

#endif // TOOLS_CONV_TRANSLATE_PACKAGELISTING_H
