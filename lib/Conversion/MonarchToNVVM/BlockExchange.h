//===- BlockExchange.h - Rows in a block's shared memory --------*- C++ -*-===//
//
// A thread block keeps a row of 16 M samples, M = 256 R, in shared memory as a
// matrix of 16 rows and M columns of halves, a plane. Its warps take it by
// columns, each a sixteenth or an eighth of them in all rows, or by rows, each
// one or two of them. What a warp takes by columns it alone reads, writes,
// fills from global memory and copies back there: only between columns and rows
// the warps wait for one another.
//
// Chunk c of 16 bytes of row r is stored at place c ^ r ^ (c / 8), or c / 16
// for R = 8, with exclusive ors in the lower three bits. So the 8 rows that one
// matrix of ldmatrix reads, or stmatrix writes, lie in different banks for the
// tiles of both ways, and so do the chunks that the lanes of a warp copy.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_BLOCKEXCHANGE_H
#define CONV_CONVERSION_MONARCHTONVVM_BLOCKEXCHANGE_H

#include "KernelBuilder.h"

namespace conv::nvidia {

/// Addresses in planes, and copies of a warp's columns. `plane` is always the
/// offset of a plane from the start of the block's shared memory.
class BlockExchange {
public:
  /// Rows in global memory have `length` samples at multiples of `alignment`
  /// bytes.
  BlockExchange(KernelBuilder &b, int64_t tiles, int64_t warps, int64_t length,
                int64_t alignment);

  /// Forget the addresses that were made so far: those of the next stage are
  /// computed anew, rather than kept in registers across the others.
  void renew() { base = b.opaque(b.asValue(b.sharedBaseIndex())); }

  int64_t planeBytes() const { return rows * rowBytes; }
  /// How many tiles of 16 columns a warp has, and how many rows.
  int64_t columnTiles() const { return rows * tiles / warps; }
  int64_t sequences() const { return rows / warps; }

  /// This lane's row addresses for ldmatrix and stmatrix of the tile `i` of the
  /// warp's columns: rows are the plane's rows.
  Value columnTile(int64_t plane, int64_t i);
  /// The same of the plane's row `row(sequence)` as the warp's inner transform
  /// takes it: tile n2 has the samples 16 R n1 + 16 n2 + n3 at row n1 and
  /// column n3.
  Value rowTile(int64_t plane, int64_t sequence, int64_t n2);
  /// The plane's row that is sequence number `sequence` of this warp.
  Index row(int64_t sequence) { return b.add(b.warpIndex(), warps * sequence); }
  /// The number of the first tile of this warp's columns.
  Index firstColumnTile() { return b.mul(b.warpIndex(), columnTiles()); }

  /// Begin to copy this warp's columns of the row at `global` to a plane;
  /// samples past the length become zero. Rows whose address is odd in halves
  /// are copied at once, since asynchronous copies are of 4 bytes at least.
  void fetch(Value global, int64_t plane);
  /// Calls `each` for the pieces of this lane that exist: their address in
  /// shared memory and their offset, in bytes, in the row in global memory.
  void forPieces(int64_t plane,
                 llvm::function_ref<void(Value shared, Index offset)> each);
  /// Bytes of a piece.
  int64_t pieceBytes() const { return granule; }

private:
  /// A row and a chunk of it, in a part that is a lane's and a known part whose
  /// bits are others.
  struct Place {
    Index row = 0, chunk = 0;
    int64_t knownRow = 0, knownChunk = 0;
  };
  int64_t fold(int64_t chunk) const { return (chunk >> foldShift) & 7; }
  /// Address of a place, `within` bytes inside its chunk.
  Value address(int64_t plane, const Place &place, Index within = 0);
  /// The place of the piece 32 i + lane of this warp's columns.
  Place piece(int64_t i);
  int64_t pieces() const { return planeBytes() / warps / granule / 32; }
  Index offsetInRow(const Place &place);
  /// Calls `some` where a piece exists for all lanes (null) or on a condition,
  /// and `none` where it exists for no lane.
  void split(const Place &place, llvm::function_ref<void(Value exists)> some,
             llvm::function_ref<void()> none);

  static constexpr int64_t rows = 16;
  KernelBuilder &b;
  Index base;
  const int64_t tiles, warps, length, granule;
  const int64_t rowBytes;  ///< of a plane
  const int64_t chunks;    ///< of a warp's columns in a row
  const int64_t foldShift; ///< log2 of the chunks that share a fold
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_BLOCKEXCHANGE_H
