//===- TileTransform.h - Short transforms, one in each lane -----*- C++ -*-===//
//
// A tile holds b.lanes transforms of T points, point after point: a register of
// real and one of imaginary parts, in which each lane belongs to another
// transform. No stage ever mixes lanes, so twiddles are scalars, and any radix
// vectorizes alike.
//
// The stages are Stockham's, which leave frequencies in natural order without a
// reordering pass. With s = r_1 ... r_{i-1} and m = T / (s r), for radix r,
//
//   y[q + s (r p + k)] = w_{rm}^{p k} sum_j w_r^{j k} x[q + s (p + m j)]
//
// for p < m, q < s, k < r.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_TILETRANSFORM_H
#define CONV_LIB_MONARCH_TILETRANSFORM_H

#include "KernelEmitter.h"

namespace conv::monarch {

class TileTransform {
public:
  using Load = llvm::function_ref<Complex(mlir::Value point)>;
  using Store = llvm::function_ref<void(Complex z, mlir::Value point)>;

  /// Transforms of `length` points. Emits their tables. With `byDefinition`
  /// the whole transform is one stage.
  TileTransform(mlir::ModuleOp module, VectorBuilder &b, int64_t length,
                int64_t lanes, bool byDefinition = false);

  /// Elements of the two tiles that the stages alternate between.
  static int64_t tileSize(int64_t length, int64_t lanes) {
    return 2 * length * lanes;
  }
  void setTiles(Address first, Address second) {
    tiles[0] = first;
    tiles[1] = second;
  }

  int64_t length, lanes;

  /// Transform: the first stage reads its points through `load`, the last one
  /// writes through `store`. Registers have `lanes` lanes meanwhile.
  void run(Load load, Store store);

  /// Where callers that cannot load point by point put the points, and where
  /// those that cannot store so find them, for use with `run`.
  Address inputTile() const { return tiles[1]; }
  Address outputTile() const {
    return tiles[stages.empty() ? 0 : (stages.size() - 1) % 2];
  }
  Complex loadPoint(Address tile, mlir::Value point);
  void storePoint(Complex z, Address tile, mlir::Value point);

private:
  struct Stage {
    int64_t radix, s, m;
    int64_t twiddles; ///< offset in the table
    int64_t roots;    ///< offset of w_r^0..w_r^{r-1}; -1 with a codelet
  };

  void runStage(const Stage &stage, Load load, Store store);
  void runGeneric(const Stage &stage, mlir::Value p, mlir::Value q, Load load,
                  Store store);
  /// The complex number at an offset of the table, in every lane.
  Complex constant(mlir::Value offset);

  VectorBuilder &b;
  llvm::SmallVector<Stage> stages;
  Address table;
  Address tiles[2];
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_TILETRANSFORM_H
