//===- RowSignature.h - Operands of a row kernel ----------------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_ROWSIGNATURE_H
#define CONV_CONVERSION_MONARCHTONVVM_ROWSIGNATURE_H

#include "Fragments.h"

#include "conv/Dialect/Monarch/IR/Monarch.h"

namespace conv::nvidia {

/// What a kernel over the rows of a convolution gets, in the order of its
/// parameters: u [B, H, N], the filter, prepared or not, then, if present,
/// pregate, postgate and skip, then y, and the batch B as i32. Sizes but B are
/// known.
struct RowSignature {
  Element element = Element::f16;
  int64_t length = 0;     ///< N
  int64_t channels = 0;   ///< H
  int64_t filterRows = 0; ///< Hf, a divisor of H
  bool hasPregate = false, hasPostgate = false;
  /// The element type of the skip weight; null if there is none.
  Type skip;

  static mlir::FailureOr<RowSignature> get(monarch::RowsOp op);
  static mlir::FailureOr<RowSignature> get(monarch::DirectOp op);

  llvm::SmallVector<Parameter> parameters() const;
  unsigned inputAt() const { return 0; }
  unsigned filterAt() const { return 1; }
  unsigned pregateAt() const { return 2; }
  unsigned postgateAt() const { return 2 + hasPregate; }
  unsigned skipAt() const { return 2 + hasPregate + hasPostgate; }
  unsigned outputAt() const { return skipAt() + (skip ? 1 : 0); }
  unsigned batchAt() const { return outputAt() + 1; }

  int64_t gates() const { return int64_t(hasPregate) + hasPostgate; }
  int64_t rowBytes() const { return 2 * length; }
  /// The largest power of two, up to 16, that every row's address is a multiple
  /// of, given that tensors start at multiples of 16.
  int64_t alignment() const;
  /// The filter row of channel `h`.
  Index filterRow(KernelBuilder &b, Index h) const {
    return b.div(h, channels / filterRows);
  }
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_ROWSIGNATURE_H
