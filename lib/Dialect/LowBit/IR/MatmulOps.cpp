//===- MatmulOps.cpp - Verification of the integer products ---------------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "OperandChecks.h"

using namespace mlir;
using namespace conv::lowbit;

/// Inputs of a product: sums of this many products with a ternary weight fit 32
/// bits with room for the corrections.
static constexpr int64_t maxInputs = int64_t(1) << 23;

static ShapedType shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

/// The shape that lowbit.ternary_pack gives weights of n outputs and k inputs.
static SmallVector<int64_t> packedShape(int64_t n, int64_t k) {
  return {(n + 15) / 16, 4 * ((k + 63) / 64), 64};
}

LogicalResult TernaryPackOp::verify() {
  if (failed(verifyStorage(*this)) ||
      failed(verifyStaticFrom(*this, getInput(), "input", 0)))
    return failure();
  ArrayRef<int64_t> weights = shaped(getInput()).getShape();
  ArrayRef<int64_t> packed = shaped(getInit()).getShape();
  SmallVector<int64_t> expected = packedShape(weights[0], weights[1]);
  if (packed != ArrayRef<int64_t>(expected))
    return emitOpError() << "packs " << shapeText(weights) << " weights into "
                         << shapeText(packed) << " bytes, but they take "
                         << shapeText(expected);
  return success();
}

/// What both products check, with N and K static.
template <typename Op> static LogicalResult verifyProduct(Op op) {
  if (failed(verifyStorage(op)))
    return failure();
  ShapedType input = shaped(op.getInput()), init = shaped(op.getInit());
  if (ShapedType::isDynamic(input.getDimSize(1)))
    return op.emitOpError() << "dimension 1 of 'input' (K) is dynamic; only "
                               "the rows M may be";
  if (ShapedType::isDynamic(init.getDimSize(1)))
    return op.emitOpError() << "dimension 1 of 'init' (N) is dynamic; only "
                               "the rows M may be";
  int64_t k = input.getDimSize(1), n = init.getDimSize(1);
  if (k < 1 || k > maxInputs || n < 1 || n > maxInputs)
    return op.emitOpError() << "has N = " << n << " and K = " << k
                            << "; use sizes of 1 to " << maxInputs;
  int64_t rows = input.getDimSize(0), outRows = init.getDimSize(0);
  if (rows != outRows && !ShapedType::isDynamic(rows) &&
      !ShapedType::isDynamic(outRows))
    return op.emitOpError()
           << "'init' has " << outRows << " rows, but 'input' has " << rows;
  if (!init.getElementType().isF32() &&
      (op.getScales() || op.getWeightScales()))
    return op.emitOpError()
           << "scales an i32 result; make 'init' f32 or drop the scales";
  return success(
      succeeded(
          verifyOneOrEach(op, op.getScales(), "scales", rows, "rows M")) &&
      succeeded(verifyOneOrEach(op, op.getWeightScales(), "weight_scales", n,
                                "outputs N")) &&
      succeeded(verifyScales(op, op.getScales(), "scales")) &&
      succeeded(verifyScales(op, op.getWeightScales(), "weight_scales")));
}

LogicalResult TernaryMatmulOp::verify() {
  if (failed(verifyProduct(*this)))
    return failure();
  int64_t k = shaped(getInput()).getDimSize(1);
  int64_t n = shaped(getInit()).getDimSize(1);
  ArrayRef<int64_t> packed = shaped(getWeights()).getShape();
  SmallVector<int64_t> expected = packedShape(n, k);
  if (packed != ArrayRef<int64_t>(expected))
    return emitOpError() << "packed weights of " << n << " outputs and " << k
                         << " inputs are " << shapeText(expected)
                         << ", but 'weights' is " << shapeText(packed)
                         << "; pack them by lowbit.ternary_pack";
  return success();
}

LogicalResult Int8MatmulOp::verify() {
  if (failed(verifyProduct(*this)))
    return failure();
  int64_t rows = shaped(getInput()).getDimSize(0);
  int64_t k = shaped(getInput()).getDimSize(1);
  int64_t n = shaped(getInit()).getDimSize(1);
  ShapedType weights = shaped(getWeights());
  if (weights.getDimSize(1) != k)
    return emitOpError() << "'weights' has " << shapeText(weights.getShape()[1])
                         << " inputs, but 'input' has K = " << k;
  if (weights.getDimSize(0) != n)
    return emitOpError() << "'weights' has " << shapeText(weights.getShape()[0])
                         << " outputs, but 'init' has N = " << n;
  constexpr StringLiteral meaning = "an i8 zero point";
  return success(
      succeeded(verifyOneOrEach(*this, getZeroPoints(), "zero_points", rows,
                                "rows M")) &&
      succeeded(verifyOneOrEach(*this, getWeightZeroPoints(),
                                "weight_zero_points", n, "outputs N")) &&
      succeeded(verifyIntegers(*this, getZeroPoints(), "zero_points", -128, 127,
                               meaning)) &&
      succeeded(verifyIntegers(*this, getWeightZeroPoints(),
                               "weight_zero_points", -128, 127, meaning)));
}
