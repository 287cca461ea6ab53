//===- RowExchange.h - Rows in memory to tiles and back ---------*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_ROWEXCHANGE_H
#define CONV_LIB_MONARCH_ROWEXCHANGE_H

#include "ComplexMemory.h"
#include "TileTransform.h"

namespace conv::monarch {

/// A table of indices as a module-level global of i32.
class IndexTable {
public:
  IndexTable() = default;
  IndexTable(mlir::ModuleOp module, VectorBuilder &b, llvm::StringRef name,
             llvm::ArrayRef<int64_t> values);
  /// The entry; `index` itself without a table.
  mlir::Value at(VectorBuilder &b, mlir::Value index) const;

private:
  mlir::Value table;
};

/// Brings `lanes` neighbouring rows, in which points lie side by side, into the
/// lanes of a tile, by transposing squares of lanes x lanes. Rows that are
/// shorter than a register, of a power of two, fill T registers together, which
/// one exchange sorts by points; it leaves the rows in another order of lanes,
/// and the way back undoes it.
class RowExchange {
public:
  /// Rows begin `rowStride` elements apart. `points` maps a position within a
  /// row to the point of the tile.
  RowExchange(VectorBuilder &b, TileTransform &tile, int64_t rowStride,
              IndexTable points)
      : b(b), tile(tile), rowStride(rowStride), points(points) {}

  /// Whether `fill` and `drain` can do this tile.
  static bool canFill(const TileTransform &tile);
  /// Rows of memory into the input tile.
  void fill(const ComplexMemory &rows);
  /// The output tile into rows of memory.
  void drain(const ComplexMemory &rows);

  /// The first `count` rows, an element at a time. Other lanes of the tile keep
  /// what they hold.
  void fillSome(const ComplexMemory &rows, mlir::Value count);
  void drainSome(const ComplexMemory &rows, mlir::Value count);

private:
  /// For squares of the tile: body(position of the first point).
  void squares(llvm::function_ref<void(mlir::Value)> body);
  /// Registers that one exchange takes, and how far apart they begin in memory.
  int64_t side() const { return std::min(tile.length, tile.lanes); }
  int64_t stride() const { return std::max(rowStride, tile.lanes); }

  VectorBuilder &b;
  TileTransform &tile;
  int64_t rowStride;
  IndexTable points;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_ROWEXCHANGE_H
