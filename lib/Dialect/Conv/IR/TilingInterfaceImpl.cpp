//===- TilingInterfaceImpl.cpp - Tiling of the conv ops -------------------===//
//
// Rows are independent, so that the iteration domain is every dimension but the
// last: [B, H] of a convolution, the leading dimensions of a transform. The
// last dimension is never cut: every output of a row needs all of its input.
//
//===----------------------------------------------------------------------===//

#include "InterfaceImpls.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;
using namespace conv;

namespace {

using Ranges = SmallVector<OpFoldResult>;

SmallVector<OpFoldResult> mixedSizes(OpBuilder &builder, Location loc,
                                     Value value) {
  if (isa<TensorType>(value.getType()))
    return tensor::getMixedSizes(builder, loc, value);
  return memref::getMixedSizes(builder, loc, value);
}

/// The tile of `value`, an extract_slice or a subview.
Value slice(OpBuilder &builder, Location loc, Value value,
            ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
            SmallVectorImpl<Operation *> &slices) {
  Ranges strides(offsets.size(), builder.getIndexAttr(1));
  Operation *op;
  if (isa<TensorType>(value.getType()))
    op = tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes,
                                        strides);
  else
    op =
        memref::SubViewOp::create(builder, loc, value, offsets, sizes, strides);
  slices.push_back(op);
  return op->getResult(0);
}

/// Whether `value` is known to be a multiple of `divisor`: a constant, an
/// affine expression, or the induction variable of a loop with such bounds.
bool isMultipleOf(OpFoldResult value, int64_t divisor) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant % divisor == 0;
  auto ssa = cast<Value>(value);
  if (auto apply = ssa.getDefiningOp<affine::AffineApplyOp>())
    return apply.getAffineMap().getResult(0).isMultipleOf(divisor);
  auto argument = dyn_cast<BlockArgument>(ssa);
  if (!argument)
    return false;
  auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
  if (!loop)
    return false;
  auto variables = loop.getLoopInductionVars();
  auto lower = loop.getLoopLowerBounds();
  auto steps = loop.getLoopSteps();
  if (!variables || !lower || !steps)
    return false;
  for (auto [variable, begin, step] : llvm::zip(*variables, *lower, *steps)) {
    std::optional<int64_t> first = getConstantIntValue(begin);
    std::optional<int64_t> by = getConstantIntValue(step);
    if (variable == ssa)
      return first && by && *first % divisor == 0 && *by % divisor == 0;
  }
  return false;
}

/// The rows of `op`'s filter that `size` channels from `offset` on use. Fails
/// if it is not known that the tile begins and ends with a group, or lies in
/// one.
LogicalResult filterRows(OpBuilder &builder, RowConvolutionOpInterface op,
                         OpFoldResult offset, int64_t size,
                         OpFoldResult &rowOffset, int64_t &rows) {
  int64_t group = op.getGroupSize();
  rowOffset = offset;
  rows = size;
  if (group == 1)
    return success();
  if (op.getFilterRows() == 1) {
    rowOffset = builder.getIndexAttr(0);
    rows = 1;
    return success();
  }
  bool wholeGroups = size % group == 0;
  if (!wholeGroups && group % size != 0)
    return failure();
  if (!isMultipleOf(offset, wholeGroups ? group : size))
    return failure();
  AffineExpr channel = builder.getAffineDimExpr(0);
  rowOffset = affine::makeComposedFoldedAffineApply(
      builder, op.getLoc(), channel.floorDiv(group), {offset});
  rows = wholeGroups ? size / group : 1;
  return success();
}

/// The operands of one tile of a convolution.
FailureOr<SmallVector<Value>>
tileConvolution(OpBuilder &builder, RowConvolutionOpInterface op,
                ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                SmallVectorImpl<Operation *> &slices) {
  Location loc = op.getLoc();
  auto index = [&](int64_t value) { return builder.getIndexAttr(value); };
  int64_t channels = *getConstantIntValue(sizes[1]);
  OpFoldResult row;
  int64_t rows;
  if (failed(filterRows(builder, op, offsets[1], channels, row, rows)))
    return op.emitOpError()
           << "cannot be tiled by " << channels << " channels: groups of "
           << op.getGroupSize()
           << " share a filter row; use a multiple or a divisor of that";

  Ranges rowOffsets(offsets), rowSizes(sizes);
  rowOffsets.push_back(index(0));
  rowSizes.push_back(index(op.getLength()));
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    Ranges operandOffsets = rowOffsets, operandSizes = rowSizes;
    if (operand == op.getFilter()) {
      if (rows == op.getFilterRows()) {
        operands.push_back(operand);
        continue;
      }
      OpFoldResult taps = mixedSizes(builder, loc, operand)[1];
      operandOffsets = {row, index(0)};
      operandSizes = {index(rows), taps};
    } else if (operand == op.getSkip()) {
      operandOffsets = {offsets[1]};
      operandSizes = {sizes[1]};
    }
    operands.push_back(
        slice(builder, loc, operand, operandOffsets, operandSizes, slices));
  }
  return operands;
}

/// The operands of one tile of a transform.
SmallVector<Value> tileTransform(OpBuilder &builder, Operation *op,
                                 int64_t length, ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes,
                                 SmallVectorImpl<Operation *> &slices) {
  Ranges rowOffsets(offsets), rowSizes(sizes);
  rowOffsets.push_back(builder.getIndexAttr(0));
  rowSizes.push_back(builder.getIndexAttr(length));
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(
        slice(builder, op->getLoc(), operand, rowOffsets, rowSizes, slices));
  return operands;
}

/// Tile over rows, whole rows only.
template <typename Op>
struct RowTiling : TilingInterface::ExternalModel<RowTiling<Op>, Op> {
  static int64_t loops(Operation *op) {
    return cast<ShapedType>(op->getOperand(0).getType()).getRank() - 1;
  }

  SmallVector<utils::IteratorType> getLoopIteratorTypes(Operation *op) const {
    return SmallVector<utils::IteratorType>(loops(op),
                                            utils::IteratorType::parallel);
  }

  SmallVector<Range> getIterationDomain(Operation *op,
                                        OpBuilder &builder) const {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(op);
    Ranges sizes = mixedSizes(builder, op->getLoc(), op->getOperand(0));
    SmallVector<Range> domain;
    for (int64_t dim = 0; dim < loops(op); ++dim)
      domain.push_back(
          {builder.getIndexAttr(0), sizes[dim], builder.getIndexAttr(1)});
    return domain;
  }

  FailureOr<TilingResult>
  getTiledImplementation(Operation *op, OpBuilder &builder,
                         ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes) const {
    for (int64_t dim = 1; dim < loops(op); ++dim)
      if (!getConstantIntValue(sizes[dim]))
        return op->emitOpError()
               << "cannot be tiled: the tile size of dimension " << dim
               << " is not constant; use one that divides "
               << cast<ShapedType>(op->getOperand(0).getType()).getDimSize(dim);
    SmallVector<Operation *> slices;
    FailureOr<SmallVector<Value>> operands;
    if (auto conv = dyn_cast<RowConvolutionOpInterface>(op))
      operands = tileConvolution(builder, conv, offsets, sizes, slices);
    else
      operands = tileTransform(builder, op, cast<Op>(op).getLength(), offsets,
                               sizes, slices);
    if (failed(operands))
      return failure();
    SmallVector<Type> results;
    if (op->getNumResults())
      results.push_back(operands->back().getType());
    Operation *tiled = mlir::clone(builder, op, results, *operands);
    return TilingResult{
        {tiled}, SmallVector<Value>(tiled->getResults()), slices};
  }

  LogicalResult getResultTilePosition(Operation *op, OpBuilder &builder,
                                      unsigned, ArrayRef<OpFoldResult> offsets,
                                      ArrayRef<OpFoldResult> sizes,
                                      Ranges &resultOffsets,
                                      Ranges &resultSizes) const {
    resultOffsets.assign(offsets.begin(), offsets.end());
    resultSizes.assign(sizes.begin(), sizes.end());
    resultOffsets.push_back(builder.getIndexAttr(0));
    resultSizes.push_back(builder.getIndexAttr(cast<Op>(op).getLength()));
    return success();
  }

  /// The rows that a tile of the output or of an operand of its shape covers;
  /// fails if it cuts them.
  LogicalResult getIterationDomainTileFromResultTile(
      Operation *op, OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
      ArrayRef<OpFoldResult> sizes,
      SmallVectorImpl<OpFoldResult> &domainOffsets,
      SmallVectorImpl<OpFoldResult> &domainSizes) const {
    if (getConstantIntValue(offsets.back()) != 0 ||
        getConstantIntValue(sizes.back()) != cast<Op>(op).getLength())
      return failure();
    domainOffsets.assign(offsets.begin(), offsets.end() - 1);
    domainSizes.assign(sizes.begin(), sizes.end() - 1);
    return success();
  }

  FailureOr<TilingResult>
  generateResultTileValue(Operation *op, OpBuilder &builder,
                          unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes) const {
    Ranges domainOffsets, domainSizes;
    if (failed(getIterationDomainTileFromResultTile(
            op, builder, resultNumber, offsets, sizes, domainOffsets,
            domainSizes)))
      return failure();
    return getTiledImplementation(op, builder, domainOffsets, domainSizes);
  }

  LogicalResult getIterationDomainTileFromOperandTiles(
      Operation *op, OpBuilder &builder, ArrayRef<unsigned> operandNumbers,
      ArrayRef<Ranges> offsets, ArrayRef<Ranges> sizes,
      SmallVectorImpl<OpFoldResult> &domainOffsets,
      SmallVectorImpl<OpFoldResult> &domainSizes) const {
    // Tiles of filters and skip weights are shared by all of the batch.
    if (operandNumbers.size() != 1 ||
        cast<ShapedType>(op->getOperand(operandNumbers[0]).getType())
                .getRank() != loops(op) + 1)
      return failure();
    return getIterationDomainTileFromResultTile(
        op, builder, 0, offsets[0], sizes[0], domainOffsets, domainSizes);
  }

  FailureOr<TilingResult> getTiledImplementationFromOperandTiles(
      Operation *op, OpBuilder &builder, ArrayRef<unsigned> operandNumbers,
      ArrayRef<Ranges> offsets, ArrayRef<Ranges> sizes) const {
    Ranges domainOffsets, domainSizes;
    if (failed(getIterationDomainTileFromOperandTiles(
            op, builder, operandNumbers, offsets, sizes, domainOffsets,
            domainSizes)))
      return failure();
    return getTiledImplementation(op, builder, domainOffsets, domainSizes);
  }
};

} // namespace

void conv::registerTilingInterfaceImpls(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, ConvDialect *) {
    LongConvOp::attachInterface<RowTiling<LongConvOp>>(*context);
    ShortConvOp::attachInterface<RowTiling<ShortConvOp>>(*context);
    DFTOp::attachInterface<RowTiling<DFTOp>>(*context);
    IDFTOp::attachInterface<RowTiling<IDFTOp>>(*context);
    context->loadDialect<affine::AffineDialect, memref::MemRefDialect,
                         tensor::TensorDialect>();
  });
}
