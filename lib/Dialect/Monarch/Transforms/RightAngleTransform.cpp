//===- RightAngleTransform.cpp - Transform of blocks in scratch -----------===//

#include "RightAngleTransform.h"

using namespace mlir;

namespace conv::monarch {

SmallVector<Value> RightAngleTransform::scalars(Value offset, int64_t count) {
  SmallVector<Value> result;
  for (int64_t q = 0; q < count; ++q)
    result.push_back(b.broadcast({table, b.addi(offset, q)}));
  return result;
}

SmallVector<Value> RightAngleTransform::vectors(Value offset) {
  SmallVector<Value> result;
  for (int64_t q = 0; q < 6; ++q)
    result.push_back(b.loadGroup({table, b.addi(offset, q * leafLanes)}));
  return result;
}

Value RightAngleTransform::leafBase(Value column) {
  if (!column)
    return b.index(tables.leafForward);
  return b.addi(b.muli(column, LeafTable::size), tables.leafForward);
}

void RightAngleTransform::stageStep(
    ArrayRef<Address> blocks, Stage stage, Value step, StepFunction function,
    SampleSource source, StepHook hook,
    llvm::function_ref<void(int64_t, Value, Complex)> sink) {
  // Slots 4 q + step or 4 step + q.
  Value base = stage.high ? step : b.muli(step, 4);
  int64_t stride = stage.high ? 4 : 1;
  for (auto [i, block] : llvm::enumerate(blocks)) {
    if (hook)
      hook(stage.phase, step, i);
    Address first = slot(block, base);
    Complex x[4];
    for (int q = 0; q < 4; ++q) {
      if (source)
        x[q].re = source(i, b.addi(base, q * stride));
      else
        x[q] = b.loadComplex(b.at(first, q * stride * slotSize()));
    }
    if (stage.exchangeBefore)
      exchange(b, x, stage.exchangeBefore);
    function(x);
    if (stage.exchangeAfter)
      exchange(b, x, stage.exchangeAfter);
    for (int q = 0; q < 4; ++q) {
      if (sink)
        sink(i, b.addi(base, q * stride), x[q]);
      else
        b.storeComplex(x[q], b.at(first, q * stride * slotSize()));
    }
  }
}

void RightAngleTransform::stage(
    ArrayRef<Address> blocks, Stage stage,
    llvm::function_ref<SmallVector<Value>(Value)> constants, bool inverse,
    SampleSource source, StepHook hook,
    llvm::function_ref<void(int64_t, Value, Complex)> sink) {
  b.loop(b.index(0), b.index(4), 1, [&](Value step) {
    SmallVector<Value> k = constants(step);
    auto constant = [&](int64_t q) { return k[q]; };
    auto function = [&](MutableArrayRef<Complex> x) {
      if (source)
        realButterfly(b, x, constant);
      else
        butterfly(b, x, constant, inverse);
    };
    stageStep(blocks, stage, step, function, source, hook, sink);
  });
}

void RightAngleTransform::loadLeaf(ArrayRef<Address> blocks,
                                   SampleSource source, StepHook hook) {
  SmallVector<Value> k =
      scalars(b.index(tables.leafForward + LeafTable::first), 6);
  stage(
      blocks, {/*high=*/true, 0, 0, /*phase=*/0}, [&](Value) { return k; },
      /*inverse=*/false, source, hook, nullptr);
}

void RightAngleTransform::firstLeafStage(ArrayRef<Address> blocks, Value column,
                                         StepHook hook) {
  SmallVector<Value> k = scalars(b.addi(leafBase(column), LeafTable::first), 6);
  stage(
      blocks, {/*high=*/true, 0, 0, /*phase=*/0}, [&](Value) { return k; },
      /*inverse=*/false, nullptr, hook, nullptr);
}

void RightAngleTransform::forwardLeaf(ArrayRef<Address> blocks, Value column,
                                      StepHook hook) {
  Value base = leafBase(column);
  // Digit b, then swap it with the low lane digit; swap digit a with the high
  // lane digit, then digit c; digit d.
  stage(
      blocks, {/*high=*/false, 0, /*exchangeAfter=*/1, /*phase=*/1},
      [&](Value step) {
        return scalars(b.addi(b.addi(base, b.muli(step, 6)), LeafTable::second),
                       6);
      },
      /*inverse=*/false, nullptr, hook, nullptr);
  SmallVector<Value> k = vectors(b.addi(base, LeafTable::third));
  stage(
      blocks, {/*high=*/true, /*exchangeBefore=*/4, 0, /*phase=*/2},
      [&](Value) { return k; }, /*inverse=*/false, nullptr, hook, nullptr);
  stage(
      blocks, {/*high=*/false, 0, 0, /*phase=*/3},
      [&](Value step) {
        return vectors(b.addi(b.addi(base, b.muli(step, 6 * leafLanes)),
                              LeafTable::fourth));
      },
      /*inverse=*/false, nullptr, hook, nullptr);
}

void RightAngleTransform::inverseLeaf(ArrayRef<Address> blocks, StepHook hook) {
  // Digit d; digit c, then swap it with the high lane digit. Their twists are
  // constants, n_d / 4 at the second, so nothing is loaded for them.
  b.loop(b.index(0), b.index(4), 1, [&](Value step) {
    stageStep(
        blocks, {/*high=*/false, 0, 0, /*phase=*/0}, step,
        [&](MutableArrayRef<Complex> x) { constantInverseButterfly(b, x, 0); },
        nullptr, hook, nullptr);
  });
  for (int step = 0; step < 4; ++step)
    stageStep(
        blocks, {/*high=*/true, 0, /*exchangeAfter=*/4, /*phase=*/1},
        b.index(step),
        [&](MutableArrayRef<Complex> x) {
          constantInverseButterfly(b, x, step);
        },
        nullptr, hook, nullptr);
  // Swap digit d with the low lane digit, then digit b.
  SmallVector<Value> third = vectors(b.index(tables.leafInverse));
  stage(
      blocks, {/*high=*/false, /*exchangeBefore=*/1, 0, /*phase=*/2},
      [&](Value) { return third; }, /*inverse=*/true, nullptr, hook, nullptr);
}

void RightAngleTransform::lastLeafStage(
    ArrayRef<Address> blocks,
    llvm::function_ref<void(int64_t, Value, Complex)> sink) {
  stage(
      blocks, {/*high=*/true, 0, 0, /*phase=*/3},
      [&](Value step) {
        return vectors(b.addi(b.muli(step, 6 * leafLanes),
                              tables.leafInverse + 6 * leafLanes));
      },
      /*inverse=*/true, nullptr, nullptr, sink);
}

Complex RightAngleTransform::rotation(Value column, Value slot) {
  Value offset = b.addi(b.muli(slot, 2 * leafLanes), tables.rotation);
  if (column)
    offset = b.addi(offset, b.muli(column, 2 * leafLanes * leafSlots));
  return {b.loadGroup({table, offset}),
          b.loadGroup({table, b.addi(offset, leafLanes)})};
}

Complex RightAngleTransform::compensation() {
  Value offset = b.index(tables.compensation);
  return {b.loadGroup({table, offset}),
          b.loadGroup({table, b.addi(offset, leafLanes)})};
}

int64_t RightAngleTransform::columnGroup() const {
  // As many as keep the stages' scratch near the first-level cache.
  constexpr int64_t scratchBytes = 64 << 10;
  int64_t bytes = b.compute.getIntOrFloatBitWidth() / 8;
  int64_t group = 4;
  while (group > 1 &&
         plan.columns() * group * slotSize() * bytes > scratchBytes)
    group /= 2;
  return group;
}

void RightAngleTransform::forwardColumns(
    llvm::function_ref<Value(Value, Value)> source, Address temporary,
    llvm::function_ref<Address(Value, Value)> destination) {
  int count = plan.columnDigits();
  int64_t before = 1, after = plan.columns(), group = columnGroup();
  auto scratch = [&](Value index, Value g) {
    return slot(temporary, b.addi(b.muli(index, group), g));
  };
  for (int i = 0; i < count; ++i) {
    int64_t radix = plan.digits[i].radix;
    after /= radix;
    int64_t constants = butterflyConstants(radix);
    b.loop(0, before, 1, [&](Value path) {
      SmallVector<Value> k = scalars(
          b.addi(b.muli(path, constants), tables.columnForward[i]), constants);
      auto constant = [&](int64_t q) { return k[q]; };
      b.loop(0, after, 1, [&](Value rest) {
        Value base = b.addi(b.muli(path, radix * after), rest);
        b.loop(0, group, 1, [&](Value g) {
          SmallVector<Complex> x(radix);
          for (int64_t q = 0; q < radix; ++q) {
            Value index = b.addi(base, q * after);
            if (i == 0)
              x[q].re = source(index, g);
            else
              x[q] = b.loadComplex(scratch(index, g));
          }
          if (i == 0)
            realButterfly(b, x, constant);
          else
            butterfly(b, x, constant, /*inverse=*/false);
          for (int64_t q = 0; q < radix; ++q) {
            Value index = b.addi(base, q * after);
            b.storeComplex(x[q], i == count - 1 ? destination(index, g)
                                                : scratch(index, g));
          }
        });
      });
    });
    before *= radix;
  }
}

void RightAngleTransform::inverseColumns(
    llvm::function_ref<Address(Value, Value)> source, Address temporary,
    llvm::function_ref<void(Value, Value, Value)> sink) {
  int count = plan.columnDigits();
  int64_t before = plan.columns(), after = 1, group = columnGroup();
  auto scratch = [&](Value index, Value g) {
    return slot(temporary, b.addi(b.muli(index, group), g));
  };
  for (int i = count - 1; i >= 0; --i) {
    int64_t radix = plan.digits[i].radix;
    before /= radix;
    int64_t constants = butterflyConstants(radix);
    b.loop(0, after, 1, [&](Value tail) {
      SmallVector<Value> k = scalars(
          b.addi(b.muli(tail, constants), tables.columnInverse[i]), constants);
      auto constant = [&](int64_t q) { return k[q]; };
      b.loop(0, before, 1, [&](Value head) {
        Value base = b.addi(b.muli(head, radix * after), tail);
        b.loop(0, group, 1, [&](Value g) {
          SmallVector<Complex> x(radix);
          for (int64_t q = 0; q < radix; ++q) {
            Value index = b.addi(base, q * after);
            x[q] = b.loadComplex(i == count - 1 ? source(index, g)
                                                : scratch(index, g));
          }
          butterfly(b, x, constant, /*inverse=*/true);
          for (int64_t q = 0; q < radix; ++q) {
            Value index = b.addi(base, q * after);
            if (i > 0) {
              b.storeComplex(x[q], scratch(index, g));
              continue;
            }
            SmallVector<Value> w =
                scalars(b.addi(b.muli(index, 2), tables.columnRotation), 2);
            sink(index, g, rotateReal(b, x[q], {w[0], w[1]}));
          }
        });
      });
    });
    after *= radix;
  }
}

} // namespace conv::monarch
