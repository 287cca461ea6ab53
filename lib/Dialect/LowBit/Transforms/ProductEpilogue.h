//===- ProductEpilogue.h - From sums of products to results -----*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_PRODUCTEPILOGUE_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_PRODUCTEPILOGUE_H

#include "MatmulToVector.h"

namespace conv::lowbit {

/// The arguments that all product kernels share.
struct ProductArguments {
  /// (tiles[, row sums], weights[, zero points][, weight zero points]
  /// [, scales][, weight scales], out, M), without begin, end and workspace.
  static llvm::SmallVector<mlir::Type>
  types(IntegerBuilder &b, const Product &product, bool rowSums);
  ProductArguments(mlir::ValueRange arguments, const Product &product,
                   bool rowSums);

  mlir::Value tiles, rowSums, weights, zeroPoints, weightZeroPoints, scales,
      weightScales, out, rows, begin, end, workspace;
};

/// Turns raw sums into results and writes them:
///
///   sum x w - (zx + bias) sum w - zw (sum x - K zx), then scales.
///
/// The raw sums are of x + bias; `constant` per row is subtracted as it is.
class ProductEpilogue {
public:
  /// `columnSums` holds the sum of the weights of each output of the panel, or
  /// is null where no term needs it.
  ProductEpilogue(IntegerBuilder &b, const Product &product,
                  const ProductArguments &arguments, int64_t bias,
                  mlir::Value columnSums)
      : b(b), product(product), arguments(arguments), bias(bias),
        columnSums(columnSums) {}

  /// Write `count` rows from row `first` on, for the outputs from `output` on;
  /// row i of the raw sums begins at sums + i pitch and has `width` of them.
  /// With `subtractRowSums` the sum of the row is taken off each of them.
  void writeRows(mlir::Value first, mlir::Value count, mlir::Value output,
                 Address sums, int64_t pitch, int64_t width,
                 bool subtractRowSums = false);

  static bool needsRowSums(const Product &product) {
    return product.weightZeroPoints != Each::none;
  }
  static bool needsColumnSums(const Product &product, int64_t bias) {
    return bias != 0 || product.zeroPoints != Each::none;
  }

private:
  /// Terms of one row.
  struct Row {
    mlir::Value columnFactor;     ///< zx + bias, or null
    mlir::Value weightZeroFactor; ///< sum x - K zx, or null
    mlir::Value constant;         ///< or null
    mlir::Value scale;            ///< or null
  };
  Row startRow(mlir::Value row, bool subtractRowSums);
  /// Finish one vector of outputs, or one output if `type` is a scalar.
  mlir::Value finish(const Row &row, mlir::Value sum, mlir::Value output,
                     mlir::Value local);
  mlir::Value operand(mlir::Value memref, Each each, mlir::Value at,
                      mlir::Type like);

  IntegerBuilder &b;
  const Product &product;
  const ProductArguments &arguments;
  int64_t bias;
  mlir::Value columnSums;
};

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_PRODUCTEPILOGUE_H
