//===- DecomposeAttention.cpp - Attention as products and a softmax -------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cmath>

namespace conv::lowbit {
#define GEN_PASS_DEF_LOWBITDECOMPOSE
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"
} // namespace conv::lowbit

using namespace mlir;
using namespace conv::lowbit;

namespace {

/// Emits the softmax of the last dimension of a tensor [B, M, N] of f32.
class SoftmaxBuilder {
public:
  SoftmaxBuilder(ImplicitLocOpBuilder &b, Value scores)
      : b(b), scores(scores), type(cast<RankedTensorType>(scores.getType())),
        sizes(tensor::getMixedSizes(b, b.getLoc(), scores)),
        whole(b.getMultiDimIdentityMap(3)),
        rows(AffineMap::get(3, 0,
                            {b.getAffineDimExpr(0), b.getAffineDimExpr(1)},
                            b.getContext())) {}

  /// The weights, of the element type `result`.
  Value run(float scale, bool causal, Type result);

private:
  using Body = llvm::function_ref<void(OpBuilder &, Location, ValueRange)>;

  Value constant(float v) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(v));
  }
  Value empty(ArrayRef<OpFoldResult> shape, Type element) {
    return tensor::EmptyOp::create(b, shape, element);
  }
  Value filled(ArrayRef<OpFoldResult> shape, float v) {
    return linalg::FillOp::create(b, constant(v), empty(shape, b.getF32Type()))
        .getResult(0);
  }
  SmallVector<Value> generic(ValueRange inputs, ArrayRef<AffineMap> inputMaps,
                             ValueRange outputs, ArrayRef<AffineMap> outputMaps,
                             utils::IteratorType last, Body body) {
    SmallVector<AffineMap> maps(inputMaps);
    llvm::append_range(maps, outputMaps);
    utils::IteratorType parallel = utils::IteratorType::parallel;
    auto op = linalg::GenericOp::create(
        b, ValueRange(outputs).getTypes(), inputs, outputs, maps,
        ArrayRef<utils::IteratorType>{parallel, parallel, last}, body);
    return llvm::to_vector_of<Value>(op.getResults());
  }
  /// Whether query i may see key j: j <= i + N - M.
  Value sees(ImplicitLocOpBuilder &in, Value lead) {
    Value i = linalg::IndexOp::create(in, 1),
          j = linalg::IndexOp::create(in, 2);
    return arith::CmpIOp::create(in, arith::CmpIPredicate::sle, j,
                                 arith::AddIOp::create(in, i, lead));
  }

  ImplicitLocOpBuilder &b;
  Value scores;
  RankedTensorType type;
  SmallVector<OpFoldResult> sizes;
  AffineMap whole, rows;
};

/// exp(x) for x <= 0, as 2^n exp(r) with |r| <= ln(2) / 2: Taylor's polynomial
/// of degree 6 is within 2e-7. Results below exp(-87) are zero.
Value emitExp(ImplicitLocOpBuilder &b, Value x) {
  auto real = [&](double v) -> Value {
    return arith::ConstantOp::create(b,
                                     b.getF32FloatAttr(static_cast<float>(v)));
  };
  auto add = [&](Value p, Value q) -> Value {
    return arith::AddFOp::create(b, p, q);
  };
  auto multiply = [&](Value p, Value q) -> Value {
    return arith::MulFOp::create(b, p, q);
  };
  Value limit = real(-87.0);
  Value vanishes =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, limit);
  Value t = arith::SelectOp::create(b, vanishes, limit, x);
  // Adding 1.5 * 2^23 rounds to an integer, which the low bits then hold.
  constexpr double log2e = 1.4426950408889634, magic = 12582912.0;
  Value shifted = add(multiply(t, real(log2e)), real(magic));
  Value n = arith::SubFOp::create(b, shifted, real(magic));
  // r = t - n ln(2) (Cody and Waite): the first part of ln(2) has nine bits, so
  // that its product with n is exact.
  constexpr double firstPart = 355.0 / 512.0;
  Value r = arith::SubFOp::create(b, t, multiply(n, real(firstPart)));
  r = arith::SubFOp::create(b, r, multiply(n, real(std::log(2.0) - firstPart)));
  double factorial = 720;
  Value sum = real(1 / factorial);
  for (int degree = 5; degree >= 0; --degree) {
    factorial /= degree + 1;
    sum = add(multiply(sum, r), real(1 / factorial));
  }
  Value exponent = arith::ShLIOp::create(
      b, arith::BitcastOp::create(b, b.getI32Type(), shifted),
      arith::ConstantOp::create(b, b.getI32IntegerAttr(23)));
  Value scaled = arith::AddIOp::create(
      b, arith::BitcastOp::create(b, b.getI32Type(), sum), exponent);
  Value result = arith::BitcastOp::create(b, b.getF32Type(), scaled);
  return arith::SelectOp::create(b, vanishes, real(0), result);
}

} // namespace

Value SoftmaxBuilder::run(float scale, bool causal, Type result) {
  auto last = utils::IteratorType::parallel;
  auto across = utils::IteratorType::reduction;
  // Reductions in any order, so that they become vector code. The comparison
  // of maxima says nothing of NaN, which spreads through the exponentials.
  auto anyOrder = arith::FastMathFlagsAttr::get(b.getContext(),
                                                arith::FastMathFlags::reassoc);
  auto anyMaximum = arith::FastMathFlagsAttr::get(
      b.getContext(), arith::FastMathFlags::reassoc |
                          arith::FastMathFlags::nnan |
                          arith::FastMathFlags::nsz);
  Value factor = constant(scale), lowest = constant(-3.0e38f);
  Value none = constant(0), one = constant(1);
  Value lead = arith::SubIOp::create(
      b, getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[2]),
      getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[1]));

  Value scaled =
      generic(scores, whole, empty(sizes, b.getF32Type()), whole, last,
              [&](OpBuilder &builder, Location loc, ValueRange in) {
                ImplicitLocOpBuilder i(loc, builder);
                Value v = arith::MulFOp::create(i, in[0], factor);
                if (causal)
                  v = arith::SelectOp::create(i, sees(i, lead), v, lowest);
                linalg::YieldOp::create(i, v);
              })
          .front();
  ArrayRef<OpFoldResult> rowSizes = ArrayRef(sizes).drop_back();
  Value maximum =
      generic(scaled, whole, filled(rowSizes, -3.4e38f), rows, across,
              [&](OpBuilder &builder, Location loc, ValueRange in) {
                ImplicitLocOpBuilder i(loc, builder);
                linalg::YieldOp::create(i, Value(arith::MaxNumFOp::create(
                                               i, in[0], in[1], anyMaximum)));
              })
          .front();
  Value weights =
      generic({scaled, maximum}, {whole, rows}, empty(sizes, b.getF32Type()),
              whole, last,
              [&](OpBuilder &builder, Location loc, ValueRange in) {
                ImplicitLocOpBuilder i(loc, builder);
                Value v = emitExp(i, arith::SubFOp::create(i, in[0], in[1]));
                if (causal)
                  v = arith::SelectOp::create(i, sees(i, lead), v, none);
                linalg::YieldOp::create(i, v);
              })
          .front();
  Value total =
      generic(weights, whole, filled(rowSizes, 0), rows, across,
              [&](OpBuilder &builder, Location loc, ValueRange in) {
                ImplicitLocOpBuilder i(loc, builder);
                linalg::YieldOp::create(
                    i, Value(arith::AddFOp::create(i, in[0], in[1], anyOrder)));
              })
          .front();
  return generic(
             {weights, total}, {whole, rows}, empty(sizes, result), whole, last,
             [&](OpBuilder &builder, Location loc, ValueRange in) {
               ImplicitLocOpBuilder i(loc, builder);
               Value isEmpty = arith::CmpFOp::create(
                   i, arith::CmpFPredicate::OEQ, in[1], none);
               Value divisor = arith::SelectOp::create(i, isEmpty, one, in[1]);
               Value v = arith::DivFOp::create(i, in[0], divisor);
               if (!result.isF32())
                 v = arith::TruncFOp::create(i, result, v);
               linalg::YieldOp::create(i, v);
             })
      .front();
}

/// Replace one attention.
static void decompose(LMulAttentionOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  auto sizesOf = [&](Value v) {
    return tensor::getMixedSizes(b, op.getLoc(), v);
  };
  SmallVector<OpFoldResult> q = sizesOf(op.getQ()), k = sizesOf(op.getK());
  Value init = tensor::EmptyOp::create(b, {q[0], q[1], k[1]}, b.getF32Type());
  auto product = [&](Value left, Value right, Value out, bool transpose) {
    auto matmul = LMulMatmulOp::create(
        b, out.getType(), left, right, out, op.getSemanticsAttr(), UnitAttr(),
        transpose ? b.getUnitAttr() : UnitAttr(), op.getMantissaBitsAttr(),
        RangeAttr(), LMulPlanAttr());
    return matmul.getOutput();
  };
  Value scores = product(op.getQ(), op.getK(), init, /*transpose=*/true);
  auto queries = cast<ShapedType>(op.getQ().getType());
  float scale =
      op.getScale()
          ? op.getScale()->convertToFloat()
          : 1.0f / std::sqrt(static_cast<float>(queries.getDimSize(2)));
  Value weights = SoftmaxBuilder(b, scores).run(scale, op.getCausal(),
                                                queries.getElementType());
  Value result = product(weights, op.getV(), op.getInit(), /*transpose=*/false);
  op.replaceAllUsesWith(ValueRange{result});
  op.erase();
}

namespace {
/// Decompose every attention below the root.
struct LowBitDecomposePass
    : conv::lowbit::impl::LowBitDecomposeBase<LowBitDecomposePass> {
  void runOnOperation() override {
    getOperation()->walk([](LMulAttentionOp op) { decompose(op); });
  }
};
} // namespace
