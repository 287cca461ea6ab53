//===- MatmulToVector.h - Kernels of the integer products -------*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATMULTOVECTOR_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATMULTOVECTOR_H

#include "IntegerBuilder.h"

namespace conv::lowbit {

/// Outputs of a packed block, and rows of a tile of activations.
constexpr int64_t blockOutputs = 16;
constexpr int64_t tileRows = 16;
/// Inputs that a tile of activations holds of each row.
constexpr int64_t tileInputs = 64;
/// Outputs that a thread takes at a time.
constexpr int64_t panelOutputs = 64;
/// So many rows are multiplied by packed weights as they are; more rows share
/// weights that were unpacked to bytes.
constexpr int64_t fewRows = 4;
/// The most inputs for which that is exact.
constexpr int64_t fewRowsInputs = int64_t(1) << 19;

/// A factor or zero point of each row or output, or one for all.
enum class Each { none, one, all };

/// What one product multiplies.
struct Product {
  int64_t outputs, inputs; ///< N, K
  bool ternary;
  bool toFloat;
  Each zeroPoints, weightZeroPoints, scales, weightScales;

  int64_t blocks() const { return (outputs + blockOutputs - 1) / blockOutputs; }
  int64_t paddedInputs() const {
    return (inputs + tileInputs - 1) / tileInputs * tileInputs;
  }
};

/// Copy rows [M, K] into tiles [M / 16][K / 64][16][64] with zeros past K:
/// (rows, tiles[, sums]). With `biased` bytes are stored plus 128, with `sums`
/// the sum of each row is stored too.
monarch::KernelBody emitPackRows(mlir::ModuleOp module, mlir::Location loc,
                                 IntegerTarget target, int64_t inputs,
                                 bool biased, bool sums);

/// Multiply tiles by panels of 64 outputs:
/// (tiles[, sums], weights, vectors.., out, M).
monarch::KernelBody emitPanelProduct(mlir::ModuleOp module, mlir::Location loc,
                                     IntegerTarget target,
                                     const Product &product);

/// Multiply few rows by packed ternary weights, 16 outputs an item, with the
/// arguments of emitPanelProduct.
monarch::KernelBody emitFewRowsProduct(mlir::ModuleOp module,
                                       mlir::Location loc, IntegerTarget target,
                                       const Product &product);

/// Pack ternary weights, 16 outputs an item: (weights, packed).
monarch::KernelBody emitTernaryPack(mlir::ModuleOp module, mlir::Location loc,
                                    IntegerTarget target, int64_t outputs,
                                    int64_t inputs);

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_MATMULTOVECTOR_H
