//===- WarpRows.h - The kernel of a row in a warp's registers ---*- C++ -*-===//
//
// A warp convolves one row after another of one channel, N <= 256 R, R = 1, 2,
// 4, 8, 16. A row stays in the warp's registers from its load to its store: it
// is transformed as InnerTransform.h says.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H
#define CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H

#include "Kernel.h"
#include "RowSignature.h"

#include "conv/Plan/Plan.h"

namespace conv::nvidia {

/// Emit the kernel `name` of a warp plan into `module`.
Kernel emitWarpRows(mlir::gpu::GPUModuleOp module, mlir::Location loc,
                    llvm::StringRef name, const plan::Plan &plan,
                    const RowSignature &signature);

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_WARPROWS_H
