//===- RowsToVector.h - Emit the kernels of a right-angle plan --*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_ROWSTOVECTOR_H
#define CONV_LIB_MONARCH_ROWSTOVECTOR_H

#include "conv/Plan/Plan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace conv::monarch {

/// What a kernel over rows reads and writes, however it computes them.
struct RowsSignature {
  int64_t length = 0;       ///< N
  int64_t channels = 1;     ///< H
  int64_t filterRows = 1;   ///< rows of the filter; divides the channels
  mlir::Type element;       ///< of u, the gates and y
  mlir::Type filterElement; ///< of taps (a spectrum is f32)
  mlir::Type skipElement;   ///< of the skip weights; null without
  bool pregate = false;
  bool postgate = false;
};

/// A kernel body for monarch.parallel_call and the workspace it wants.
struct KernelBody {
  mlir::func::FuncOp function;
  int64_t workspaceBytes;
};

/// Rows of one channel that an item of the rows kernel computes: half-precision
/// registers have room for two.
int64_t rowsPerItem(const plan::Plan &plan);
/// Items of a channel with this many batches.
mlir::Value itemsPerChannel(mlir::ImplicitLocOpBuilder &b, mlir::Value batch,
                            int64_t rows);

/// Rows kernel: arguments u, spectrum, [pregate], [postgate], [skip], y as
/// one-dimensional memrefs, the batch size, then begin, end (items, channel
/// outermost, ceil(batch / rowsPerItem) a channel) and the workspace.
KernelBody emitRows(mlir::ModuleOp module, mlir::Location loc,
                    const plan::Plan &plan, const RowsSignature &signature);

/// Direct kernel, one multiply-add per tap and output: the same arguments with
/// taps [rows, K] for the spectrum.
KernelBody emitDirect(mlir::ModuleOp module, mlir::Location loc,
                      plan::Kind kind, int64_t taps,
                      const RowsSignature &signature);

/// Spectrum kernel: arguments taps [rows, K] and spectrum [rows, S] as
/// one-dimensional memrefs, then begin, end (rows) and the workspace.
KernelBody emitSpectrum(mlir::ModuleOp module, mlir::Location loc,
                        const plan::Plan &plan, mlir::Type tapElement);

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_ROWSTOVECTOR_H
