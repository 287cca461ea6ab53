//===- RowIO.h - How kernels read and write rows ----------------*- C++ -*-===//
//
// Gates, skip weights and conversions are part of reading a sample and writing
// an output; what is computed in between does not know of them.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_ROWIO_H
#define CONV_LIB_MONARCH_ROWIO_H

#include "RowsToVector.h"
#include "VectorBuilder.h"

namespace conv::monarch {

class RowIO {
public:
  RowIO(VectorBuilder &b, const RowsSignature &signature)
      : b(b), signature(signature) {}

  /// The kernel arguments: u, `filter`, [pregate], [postgate], [skip], y, batch.
  llvm::SmallVector<mlir::Type> argumentTypes(mlir::Type filter) const;
  /// Take them from a function's arguments; returns the rest.
  mlir::ValueRange bind(mlir::ValueRange arguments);

  mlir::Value filter, batch, output;
  /// Of the current row.
  mlir::Value rowOffset, channel;

  /// Element offset of the row that an item computes, and its channel; items
  /// count channel * batch + b.
  mlir::Value rowOf(mlir::Value item, mlir::Value &channelOfItem) const;
  void startRow(mlir::Value item);
  /// The row's offset in a filter of `size` elements a row.
  mlir::Value filterOffset(int64_t size) const;

  /// Samples at `offset` in the row, pregated; a register or one element.
  mlir::Value sample(mlir::Value offset, bool scalar = false) const;
  /// Write postgate * (value + skip * sample).
  void write(mlir::Value value, mlir::Value offset, bool scalar = false,
             bool streaming = false) const;
  /// Fetch what reading the samples at this element takes, and what writing the
  /// outputs there takes; streaming stores want no line in cache.
  void prefetchSamples(mlir::Value element) const;
  void prefetchOutputs(mlir::Value element, bool streaming) const;

  /// body(n, scalar) for every register that fits in [start, end), and then for
  /// every element left over.
  void forRange(mlir::Value start, mlir::Value end,
                llvm::function_ref<void(mlir::Value, bool)> body) const;

private:
  mlir::Value read(mlir::Value memref, mlir::Value index, bool scalar) const;

  VectorBuilder &b;
  const RowsSignature &signature;
  mlir::Value input, pregate, postgate, skip, skipWeight;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_ROWIO_H
