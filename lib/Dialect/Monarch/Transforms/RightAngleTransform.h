//===- RightAngleTransform.h - Transform of blocks in scratch ---*- C++ -*-===//
//
// Emits the forward and inverse right-angle transform. A block in scratch is a
// leaf of 16 slots, each a complex vector; a transform with columns has one
// leaf per column frequency. A leaf runs in four rolled loops, each of which
// loads four slots, contracts one digit, exchanges it with lanes where the next
// loop needs that, and stores. Several blocks go through a loop body together,
// so that their dependency chains overlap.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_MONARCH_RIGHTANGLETRANSFORM_H
#define CONV_LIB_MONARCH_RIGHTANGLETRANSFORM_H

#include "Butterfly.h"
#include "RightAngleTables.h"

namespace conv::monarch {

class RightAngleTransform {
public:
  /// `table` is the memref that holds `tables.values`.
  RightAngleTransform(VectorBuilder &b, const plan::Plan &plan,
                      const RightAngleTables &tables, mlir::Value table)
      : b(b), plan(plan), tables(tables), table(table) {}

  /// Elements of one slot and one block of scratch. The padding slot keeps
  /// blocks from competing for the same cache sets.
  int64_t slotSize() const { return 2 * b.lanes; }
  int64_t blockSize() const { return (leafSlots + 1) * slotSize(); }

  /// A register of real samples: `block` counts the interleaved blocks, `slot`
  /// is the register's index in the leaf.
  using SampleSource =
      llvm::function_ref<mlir::Value(int64_t block, mlir::Value slot)>;
  /// Called once per phase (0..3; an inverse leaf has 0..2), loop step (0..3)
  /// and block, for prefetches.
  using StepHook =
      llvm::function_ref<void(int64_t phase, mlir::Value step, int64_t block)>;

  /// First stage of a leaf whose samples are real (a plan without columns).
  void loadLeaf(llvm::ArrayRef<Address> blocks, SampleSource source,
                StepHook hook);
  /// First stage of a leaf that column stages have left in scratch.
  void firstLeafStage(llvm::ArrayRef<Address> blocks, mlir::Value column,
                      StepHook hook);
  /// The other three stages.
  void forwardLeaf(llvm::ArrayRef<Address> blocks, mlir::Value column,
                   StepHook hook);

  /// The first three stages of the inverse.
  void inverseLeaf(llvm::ArrayRef<Address> blocks, StepHook hook);
  /// The last stage; `sink` takes each slot, before any rotation.
  void lastLeafStage(
      llvm::ArrayRef<Address> blocks,
      llvm::function_ref<void(int64_t block, mlir::Value slot, Complex z)>
          sink);
  /// The factor of exp(2 pi i ...) after the inverse leaf; see
  /// RightAngleTables::rotation.
  Complex rotation(mlir::Value column, mlir::Value slot);
  /// The factor of the spectrum; see RightAngleTables::compensation.
  Complex compensation();

  /// Slots that column stages take together: neighbours in memory, so that the
  /// far-apart accesses of a column are to runs of whole lines.
  int64_t columnGroup() const;
  /// Scratch elements that the column stages want.
  int64_t temporarySize() const {
    return plan.columns() * columnGroup() * slotSize();
  }
  /// Column stages of one group of slots: source(n_c, slot in the group) ->
  /// destination(column, slot in the group).
  void forwardColumns(
      llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> source,
      Address temporary,
      llvm::function_ref<Address(mlir::Value, mlir::Value)> destination);
  /// source(column, slot in the group) -> sink(n_c, slot, real samples).
  void inverseColumns(
      llvm::function_ref<Address(mlir::Value, mlir::Value)> source,
      Address temporary,
      llvm::function_ref<void(mlir::Value, mlir::Value, mlir::Value)> sink);

private:
  Address slot(Address block, mlir::Value index) {
    return b.at(block, b.muli(index, slotSize()));
  }
  /// The six constants at a table offset: one value for all lanes, or per lane.
  llvm::SmallVector<mlir::Value> scalars(mlir::Value offset, int64_t count);
  llvm::SmallVector<mlir::Value> vectors(mlir::Value offset);
  mlir::Value leafBase(mlir::Value column);

  /// One stage of a leaf: for the four values of the other slot digit, contract
  /// the digit that indexes four slots. `high` contracts the slots' high digit.
  struct Stage {
    bool high;
    /// Swap that digit with the lane digit of this stride, 1 or 4; 0 for none.
    int64_t exchangeBefore = 0, exchangeAfter = 0;
    int64_t phase = 0;
  };
  /// The butterfly of one loop step, on four slots.
  using StepFunction =
      llvm::function_ref<void(llvm::MutableArrayRef<Complex> x)>;
  void stage(
      llvm::ArrayRef<Address> blocks, Stage stage,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value)> constants,
      bool inverse, SampleSource source, StepHook hook,
      llvm::function_ref<void(int64_t, mlir::Value, Complex)> sink);
  /// One loop step of a stage.
  void stageStep(llvm::ArrayRef<Address> blocks, Stage stage, mlir::Value step,
                 StepFunction function, SampleSource source, StepHook hook,
                 llvm::function_ref<void(int64_t, mlir::Value, Complex)> sink);

  VectorBuilder &b;
  const plan::Plan &plan;
  const RightAngleTables &tables;
  mlir::Value table;
};

} // namespace conv::monarch

#endif // CONV_LIB_MONARCH_RIGHTANGLETRANSFORM_H
