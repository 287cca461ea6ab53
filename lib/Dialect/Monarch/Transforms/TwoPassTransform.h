//===- TwoPassTransform.h - Long transforms of one row ----------*- C++ -*-===//
//
// One pass over the columns of a row seen as a matrix of N1 x N2 samples, one
// over its rows, with a twiddle between them (see FourierPlan.h). Each pass
// moves b.lanes columns or rows through a tile that stays in the cache, so a
// row of any length is read and written twice.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_TWOPASSTRANSFORM_H
#define CONV_LIB_MONARCH_TWOPASSTRANSFORM_H

#include "FourierPlan.h"
#include "RowExchange.h"

namespace conv::monarch {

/// Roots of unity by two tables of about sqrt(denominator) entries in float64:
/// w^e = coarse[e / 2^shift] fine[e % 2^shift].
class FactoredRoots {
public:
  FactoredRoots(mlir::ModuleOp module, VectorBuilder &b, int64_t denominator);
  /// exp(-2 pi i exponent / denominator) as scalars of the compute type, for
  /// 0 <= exponent < denominator.
  Complex at(VectorBuilder &b, mlir::Value exponent) const;

private:
  int64_t shift;
  mlir::Value coarse, fine;
};

class TwoPassTransform {
public:
  /// Which side of the transform is digit-reversed.
  enum class Order { natural, outputReversed, inputReversed };

  /// `factors` are the digits of a reversed order; the cut falls between two
  /// of them.
  TwoPassTransform(mlir::ModuleOp module, VectorBuilder &b, int64_t length,
                   const FourierSplit &split, Order order,
                   llvm::ArrayRef<int64_t> factors);

  /// Reserve and find the row between the passes and the tiles.
  void reserve(Workspace &layout);
  void bind(mlir::Value workspace);

  /// Emit the transform of one row. The source is read before the target is
  /// written, so they may be the same.
  void run(const ComplexMemory &source, const ComplexMemory &target);

private:
  /// Transform all columns. Row k_A of the side that holds frequencies lies at
  /// position columnPositions[k_A], and is multiplied by the twiddle.
  void columnPass(const ComplexMemory &source, const ComplexMemory &target,
                  bool frequenciesIn);
  /// Transform all rows, which lie in the order of the source.
  void rowPass(const ComplexMemory &source, const ComplexMemory &target);
  Complex twiddle(Complex z, mlir::Value frequency, mlir::Value column);
  /// body(first) for groups of `lanes` items; the last may overlap.
  void groups(int64_t count, llvm::function_ref<void(mlir::Value)> body);

  VectorBuilder &b;
  FourierSplit split;
  Order order;
  TileTransform columns, rows;
  FactoredRoots roots;
  Address laneTwiddles; ///< [k_A][re, im][lane]
  IndexTable columnPositions, rowPoints;
  /// Elements between rows of the middle, so that each begins on a register's
  /// boundary.
  int64_t middleStride;
  int64_t middleAt = 0, tilesAt = 0;
  ComplexMemory middle;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_TWOPASSTRANSFORM_H
