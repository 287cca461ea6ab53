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
/// lanes of a tile, by transposing squares of lanes x lanes.
class RowExchange {
public:
  /// `points` maps a position within a row to the point of the tile.
  RowExchange(VectorBuilder &b, TileTransform &tile, IndexTable points)
      : b(b), tile(tile), points(points) {}

  /// Rows of memory, `tile.length` elements apart, into the input tile.
  void fill(const ComplexMemory &rows);
  /// The output tile into rows of memory.
  void drain(const ComplexMemory &rows);

  /// The same for rows shorter than a register, and for the first `count` rows
  /// only: an element at a time. Other lanes of the tile keep what they hold.
  void fillSome(const ComplexMemory &rows, mlir::Value count);
  void drainSome(const ComplexMemory &rows, mlir::Value count);

private:
  /// For squares of the tile: body(position of the first point).
  void squares(llvm::function_ref<void(mlir::Value)> body);

  VectorBuilder &b;
  TileTransform &tile;
  IndexTable points;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_ROWEXCHANGE_H
