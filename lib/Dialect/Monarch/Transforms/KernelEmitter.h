//===- KernelEmitter.h - What all right-angle kernels share -----*- C++ -*-===//

#ifndef CONV_LIB_MONARCH_KERNELEMITTER_H
#define CONV_LIB_MONARCH_KERNELEMITTER_H

#include "RightAngleTransform.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace conv::monarch {

/// `name`, or where the module has that symbol `name` with a number.
std::string uniqueName(mlir::ModuleOp module, llvm::StringRef name);

/// Add a private function of a unique name, with these arguments followed by
/// begin, end and the workspace, and set `b` into its body.
mlir::func::FuncOp startKernelBody(mlir::ModuleOp module,
                                   mlir::OpBuilder &builder, mlir::Location loc,
                                   llvm::StringRef name,
                                   llvm::ArrayRef<mlir::Type> arguments);

/// A constant table as a module-level global, and its value inside `b`.
mlir::Value tableGlobal(mlir::ModuleOp module, VectorBuilder &b,
                        llvm::StringRef name, llvm::ArrayRef<double> values);

/// Hands out consecutive, 64-byte aligned regions of a workspace.
class Workspace {
public:
  /// Reserve a region of `elements` of `element` type.
  int64_t reserve(int64_t elements, mlir::Type element);
  int64_t bytes() const { return size; }
  /// The region at `offset` as a one-dimensional memref.
  static Address region(VectorBuilder &b, mlir::Value workspace, int64_t offset,
                        int64_t elements, mlir::Type element);

private:
  int64_t size = 0;
};

/// Where the transforms of one row lie in the workspace: [column][block][slot],
/// with zero blocks around each column's blocks as the product wants them.
struct TransformArea {
  TransformArea(const RightAngleTransform &transform, int64_t columns,
                int64_t blocks, int64_t frontBlocks, int64_t backBlocks);

  int64_t columns, blocks, frontBlocks, backBlocks;
  int64_t blockSize, columnSize;
  int64_t size() const { return columns * columnSize; }
  Address block(VectorBuilder &b, Address base, mlir::Value column,
                mlir::Value block) const;
  /// Clear the zero blocks.
  void clearPadding(VectorBuilder &b, Address base) const;
};

/// Zero `count` elements (a multiple of the lanes).
void clear(VectorBuilder &b, Address base, int64_t count);

/// The transforms of all blocks of one row whose samples `source` delivers:
/// source(sample offset in the row) loads one register. Blocks from `blocks`
/// to the next multiple of the interleaving are left undefined.
class ForwardRow {
public:
  /// Samples at a row offset; `tail` selects the padded copy of the last,
  /// incomplete unit.
  using Source =
      llvm::function_ref<mlir::Value(mlir::Value sampleOffset, bool tail)>;
  /// Called once per 16 samples, in order, with their offset in the row.
  using Hook = llvm::function_ref<void(mlir::Value sampleOffset)>;

  ForwardRow(VectorBuilder &b, const plan::Plan &plan,
             RightAngleTransform &transform, const TransformArea &area,
             Address base, Address temporary)
      : b(b), plan(plan), transform(transform), area(area), base(base),
        temporary(temporary) {}

  /// How many blocks run through one loop body.
  static int64_t interleave(int64_t blocks);

  /// Column stages of all blocks; nothing for a plan without columns.
  /// Blocks from `tailBlock` on read the tail.
  void columns(int64_t blocks, int64_t tailBlock, Source source);
  /// Leaves of one column (null without columns).
  void leaves(mlir::Value column, int64_t blocks, int64_t tailBlock,
              Source source, Hook hook);

private:
  VectorBuilder &b;
  const plan::Plan &plan;
  RightAngleTransform &transform;
  const TransformArea &area;
  Address base, temporary;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_KERNELEMITTER_H
