//===- KernelEmitter.cpp - What all right-angle kernels share -------------===//

#include "KernelEmitter.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace conv::monarch {

std::string uniqueName(ModuleOp module, StringRef name) {
  std::string unique = name.str();
  for (int i = 0; module.lookupSymbol(unique); ++i)
    unique = name.str() + "_" + std::to_string(i);
  return unique;
}

func::FuncOp startKernelBody(ModuleOp module, OpBuilder &builder, Location loc,
                             StringRef name, ArrayRef<Type> arguments) {
  SmallVector<Type> types(arguments);
  types.append({builder.getIndexType(), builder.getIndexType(),
                MemRefType::get({ShapedType::kDynamic}, builder.getI8Type())});
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, loc, uniqueName(module, name),
                                       builder.getFunctionType(types, {}));
  function.setPrivate();
  function.addEntryBlock();
  return function;
}

Value tableGlobal(ModuleOp module, VectorBuilder &b, StringRef name,
                  ArrayRef<double> values) {
  auto type = MemRefType::get({static_cast<int64_t>(values.size())}, b.compute);
  auto tensor = RankedTensorType::get(type.getShape(), b.compute);
  const llvm::fltSemantics &semantics =
      cast<FloatType>(b.compute).getFloatSemantics();
  DenseElementsAttr data;
  if (b.compute.isF32()) {
    SmallVector<float, 0> narrow(values.begin(), values.end());
    data = DenseElementsAttr::get(tensor, ArrayRef<float>(narrow));
  } else {
    SmallVector<APFloat, 0> narrow;
    for (double v : values) {
      narrow.emplace_back(v);
      bool lost;
      narrow.back().convert(semantics, APFloat::rmNearestTiesToEven, &lost);
    }
    data = DenseElementsAttr::get(tensor, narrow);
  }
  std::string unique = uniqueName(module, name);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(b, unique, b.getStringAttr("private"), type, data,
                             /*constant=*/true, b.getI64IntegerAttr(64));
  }
  return memref::GetGlobalOp::create(b, type, unique);
}

int64_t Workspace::reserve(int64_t elements, Type element) {
  int64_t offset = size;
  int64_t bytes = elements * element.getIntOrFloatBitWidth() / 8;
  size += (bytes + 63) / 64 * 64;
  return offset;
}

Address Workspace::region(VectorBuilder &b, Value workspace, int64_t offset,
                          int64_t elements, Type element) {
  auto type = MemRefType::get({elements}, element);
  Value view =
      memref::ViewOp::create(b, type, workspace, b.index(offset), ValueRange());
  return {view, b.index(0)};
}

TransformArea::TransformArea(const RightAngleTransform &transform,
                             int64_t columns, int64_t blocks,
                             int64_t frontBlocks, int64_t backBlocks)
    : columns(columns), blocks(blocks), frontBlocks(frontBlocks),
      backBlocks(backBlocks), blockSize(transform.blockSize()) {
  // Interleaving may run one block past the last. One more slot keeps columns
  // from competing for the same cache sets.
  this->backBlocks =
      std::max<int64_t>(backBlocks, blocks % ForwardRow::interleave(blocks));
  columnSize = (frontBlocks + blocks + this->backBlocks) * blockSize;
  if (columns > 1)
    columnSize += transform.slotSize();
}

Address TransformArea::block(VectorBuilder &b, Address base, Value column,
                             Value block) const {
  Address address = b.at(base, frontBlocks * blockSize);
  if (column)
    address = b.at(address, b.muli(column, columnSize));
  return block ? b.at(address, b.muli(block, blockSize)) : address;
}

void TransformArea::clearPadding(VectorBuilder &b, Address base) const {
  if (frontBlocks == 0 && backBlocks == 0)
    return;
  b.loop(0, columns, 1, [&](Value column) {
    Address first = b.at(base, b.muli(column, columnSize));
    clear(b, first, frontBlocks * blockSize);
    clear(b, b.at(first, (frontBlocks + blocks) * blockSize),
          backBlocks * blockSize);
  });
}

void clear(VectorBuilder &b, Address base, int64_t count) {
  b.loop(0, count, b.lanes,
         [&](Value i) { b.store(b.splat(0), b.at(base, i)); });
}

int64_t ForwardRow::interleave(int64_t blocks) {
  // An odd number wastes a block in the last pair; not worth it for few.
  return blocks == 1 || (blocks % 2 && blocks < 6) ? 1 : 2;
}

void ForwardRow::columns(int64_t blocks, int64_t tailBlock, Source source) {
  if (plan.columns() == 1)
    return;
  int64_t leaf = plan.leaf(), size = plan.block();
  auto run = [&](Value block, bool tail) {
    b.loop(0, leafSlots, transform.columnGroup(), [&](Value slot) {
      Value first = b.addi(b.muli(block, size), b.muli(slot, leafLanes));
      Address target = b.at(area.block(b, base, Value(), block),
                            b.muli(slot, transform.slotSize()));
      transform.forwardColumns(
          [&](Value n, Value g) {
            Value offset = b.addi(b.muli(n, leaf), b.muli(g, leafLanes));
            return source(b.addi(first, offset), tail);
          },
          temporary,
          [&](Value column, Value g) {
            return b.at(b.at(target, b.muli(column, area.columnSize)),
                        b.muli(g, transform.slotSize()));
          });
    });
  };
  b.loop(0, std::min(blocks, tailBlock), 1,
         [&](Value block) { run(block, false); });
  b.loop(tailBlock, blocks, 1, [&](Value block) { run(block, true); });
}

void ForwardRow::leaves(Value column, int64_t blocks, int64_t tailBlock,
                        Source source, Hook hook) {
  int64_t count = interleave(blocks), leaf = plan.leaf();
  auto run = [&](Value first) {
    SmallVector<Address> addresses;
    for (int64_t i = 0; i < count; ++i)
      addresses.push_back(area.block(b, base, column, b.addi(first, i)));
    auto step = [&](int64_t phase, Value step, int64_t i) {
      Value line = b.addi(b.muli(b.addi(first, i), leaf),
                          b.muli(b.addi(step, 4 * phase), leafLanes));
      if (column)
        line = b.addi(line, b.muli(column, leaf * blocks));
      hook(line);
    };
    auto load = [&](bool tail) {
      transform.loadLeaf(
          addresses,
          [&](int64_t i, Value slot) {
            return source(
                b.addi(b.muli(b.addi(first, i), leaf), b.muli(slot, leafLanes)),
                tail);
          },
          step);
    };
    if (column) {
      transform.firstLeafStage(addresses, column, step);
    } else if (tailBlock >= blocks) {
      load(false);
    } else {
      Value inTail = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, first,
                                           b.index(tailBlock));
      b.ifElse(inTail, [&] { load(true); }, [&] { load(false); });
    }
    transform.forwardLeaf(addresses, column, step);
  };
  b.loop(0, blocks, count, run);
}

} // namespace conv::monarch
