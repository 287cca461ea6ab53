//===- RowIO.h - How kernels read and write rows ----------------*- C++ -*-===//
//
// Gates, skip weights and conversions are part of reading a sample and writing
// an output; what is computed in between does not know of them. A register of
// more than 16 lanes holds the same 16 samples of several batches: an item is
// then that many rows of one channel.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_ROWIO_H
#define CONV_LIB_MONARCH_ROWIO_H

#include "RightAngleTables.h"
#include "RowsToVector.h"
#include "VectorBuilder.h"

namespace conv::monarch {

class RowIO {
public:
  RowIO(VectorBuilder &b, const RowsSignature &signature)
      : b(b), signature(signature), rows(b.lanes / leafLanes) {}

  /// Rows of one item.
  int64_t rowCount() const { return rows; }

  /// The kernel arguments: u, `filter`, [pregate], [postgate], [skip], y,
  /// batch.
  llvm::SmallVector<mlir::Type> argumentTypes(mlir::Type filter) const;
  /// Take them from a function's arguments; returns the rest.
  mlir::ValueRange bind(mlir::ValueRange arguments);

  mlir::Value filter, batch, output;
  /// Of the current item.
  llvm::SmallVector<mlir::Value, 2> rowOffsets;
  mlir::Value channel;
  /// Whether the item is its channel's first.
  mlir::Value firstOfChannel;

  /// Element offsets of the rows of an item: the channel counts slowest. An
  /// item that would run past the batch repeats the last row.
  llvm::SmallVector<mlir::Value, 2> rowsOf(mlir::Value item);
  void startItem(mlir::Value item);
  /// The row's offset in a filter of `size` elements a row.
  mlir::Value filterOffset(int64_t size) const;

  /// A register of samples from `offset` in each row on, pregated.
  mlir::Value sample(mlir::Value offset) const;
  /// Write postgate * (value + skip * sample).
  void write(mlir::Value value, mlir::Value offset,
             bool streaming = false) const;
  /// Fetch what reading the samples at `offset` of these rows takes, and what
  /// writing the outputs there takes; streaming stores want no line in cache.
  void prefetchSamples(mlir::ValueRange rows, mlir::Value offset) const;
  void prefetchOutputs(mlir::Value offset, bool streaming) const;

  /// Copy the samples start..end-1 to a buffer, register by register, and from
  /// the buffer to the outputs. Neither touches memory past the row's end.
  /// Sample `origin` is the buffer's first.
  void copyIn(mlir::Value start, mlir::Value end, Address buffer,
              mlir::Value origin) const;
  void copyOut(mlir::Value start, mlir::Value end, Address buffer,
               mlir::Value origin) const;

private:
  /// 16 samples or one of one row, as the compute type.
  mlir::Value read(mlir::Value memref, mlir::Value index, bool scalar) const;
  mlir::Value sampleOfRow(mlir::Value index, bool scalar) const;
  void writeToRow(mlir::Value value, mlir::Value index, bool scalar,
                  bool streaming) const;
  /// body(n) for every 16 samples in [start, end), then rest(n) for each left.
  void forRange(mlir::Value start, mlir::Value end,
                llvm::function_ref<void(mlir::Value)> body,
                llvm::function_ref<void(mlir::Value)> rest) const;
  /// Where a buffer holds sample n (counted from its first) of a row.
  Address inBuffer(Address buffer, mlir::Value n, int64_t row) const;

  VectorBuilder &b;
  const RowsSignature &signature;
  int64_t rows;
  mlir::Value input, pregate, postgate, skip, skipWeight;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_ROWIO_H
