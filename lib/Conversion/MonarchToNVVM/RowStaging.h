//===- RowStaging.h - Rows between global and shared memory -----*- C++ -*-===//
//
// A warp keeps a row of 256 R samples in shared memory as a matrix of 16 rows
// n1 and 16 R columns, in chunks of 16 bytes. Chunk c of row r is stored at
// place c ^ (r mod the chunks of a row, at most 8), so that the 8 rows that one
// matrix of ldmatrix reads, or stmatrix writes, lie in different banks, and so
// do the chunks that the lanes of a warp copy one behind the other.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_ROWSTAGING_H
#define CONV_CONVERSION_MONARCHTONVVM_ROWSTAGING_H

#include "KernelBuilder.h"

namespace conv::nvidia {

/// One warp's buffers of rows, of which the first `length` samples exist.
class RowStaging {
public:
  /// `alignment` divides the address of every row in global memory.
  RowStaging(KernelBuilder &b, int64_t tiles, int64_t length,
             int64_t alignment);

  int64_t bytes() const { return 512 * tiles; }

  /// Begin to copy the row at `global` to the buffer at `buffer`; samples past
  /// the length become zero. Rows whose address is odd in halves are copied at
  /// once, since asynchronous copies are of 4 bytes at least.
  void fetch(Value global, Index buffer);
  /// Copy the row in the buffer to `global`.
  void flush(Index buffer, Value global);
  /// This lane's row addresses for ldmatrix and stmatrix, one for each tile n2:
  /// rows n1, columns n3.
  llvm::SmallVector<Value> tileAddresses(Index buffer);

private:
  /// This lane's address of the piece of `granule` bytes with number
  /// 32 i + lane, for all i.
  llvm::SmallVector<Value> pieceAddresses(Index buffer);
  int64_t pieces() const { return bytes() / granule; }
  int64_t existing() const { return 2 * length / granule; }
  Index swizzled(Index row, Index chunk);
  /// Calls `each` for the pieces of this lane: i, whether the pieces 32 i..
  /// exist for no lane, for all, or for those below a bound.
  void forPieces(llvm::function_ref<void(int64_t i, Value exists)> some,
                 llvm::function_ref<void(int64_t i)> none);

  KernelBuilder &b;
  const int64_t tiles, length, granule;
  const int64_t chunks;   ///< 16-byte chunks of a matrix row
  const int64_t swizzle;  ///< how many places take part in the exchange
  const int64_t rowShift; ///< log2 of rows that share a place
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_ROWSTAGING_H
