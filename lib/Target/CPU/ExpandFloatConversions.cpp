//===- ExpandFloatConversions.cpp - f16 and bf16 without hardware ---------===//

#include "conv/Target/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace conv::cpu {
#define GEN_PASS_DEF_EXPANDFLOATCONVERSIONS
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;

namespace {

/// Builds integer code of the shape of one scalar or vector type.
class BitBuilder {
public:
  BitBuilder(PatternRewriter &rewriter, Location loc, Type like)
      : builder(loc, rewriter), like(like) {}

  Type type(Type element) {
    auto shaped = dyn_cast<ShapedType>(like);
    return shaped ? Type(shaped.clone(element)) : element;
  }
  Type i16() { return type(builder.getI16Type()); }
  Type i32() { return type(builder.getI32Type()); }
  Type f32() { return type(builder.getF32Type()); }

  Value constant(uint32_t value) {
    TypedAttr scalar = builder.getI32IntegerAttr(value);
    if (auto shaped = dyn_cast<ShapedType>(i32()))
      scalar = DenseElementsAttr::get(shaped, Attribute(scalar));
    return arith::ConstantOp::create(builder, scalar);
  }
  Value andI(Value a, uint32_t b) {
    return arith::AndIOp::create(builder, a, constant(b));
  }
  Value orI(Value a, Value b) { return arith::OrIOp::create(builder, a, b); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, a, b); }
  Value shl(Value a, uint32_t b) {
    return arith::ShLIOp::create(builder, a, constant(b));
  }
  Value shr(Value a, uint32_t b) {
    return arith::ShRUIOp::create(builder, a, constant(b));
  }
  Value atLeast(Value a, uint32_t b) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::uge, a,
                                 constant(b));
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, condition, a, b);
  }
  Value bitcast(Type to, Value value) {
    return arith::BitcastOp::create(builder, to, value);
  }

  ImplicitLocOpBuilder builder;
  Type like;
};

/// f16 -> f32: move the exponent by a multiplication, which also normalizes
/// subnormals, then mend infinities and NaN.
struct ExpandExtF : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    BitBuilder b(rewriter, op.getLoc(), op.getType());
    Value half = arith::ExtUIOp::create(b.builder, b.i32(),
                                        b.bitcast(b.i16(), op.getIn()));
    Value magnitude = b.shl(b.andI(half, 0x7fff), 13);
    Value sign = b.shl(b.andI(half, 0x8000), 16);
    Value two112 = b.bitcast(b.f32(), b.constant((127 + 112) << 23));
    Value scaled = b.bitcast(
        b.i32(), arith::MulFOp::create(b.builder, b.bitcast(b.f32(), magnitude),
                                       two112));
    Value special = b.orI(scaled, b.constant(0x7f800000));
    Value bits = b.select(b.atLeast(magnitude, 0x7c00 << 13), special, scaled);
    rewriter.replaceOp(op, b.bitcast(op.getType(), b.orI(bits, sign)));
    return success();
  }
};

/// f32 -> f16, to nearest even.
struct ExpandTruncF : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF32() ||
        !getElementTypeOrSelf(op.getType()).isF16())
      return failure();
    BitBuilder b(rewriter, op.getLoc(), op.getType());
    Value bits = b.bitcast(b.i32(), op.getIn());
    Value sign = b.shr(b.andI(bits, 0x80000000), 16);
    Value magnitude = b.andI(bits, 0x7fffffff);

    // Normal: shift the exponent's bias, and round by adding half an ulp less
    // one, plus one if the result would be odd. A carry moves to the exponent.
    Value odd = b.andI(b.shr(magnitude, 13), 1);
    Value normal = b.shr(
        b.add(b.add(magnitude, odd),
              b.constant((static_cast<uint32_t>(15 - 127) << 23) + 0xfff)),
        13);
    // Subnormal: adding a number whose ulp is f16's smallest value rounds.
    uint32_t magic = (127 - 15 + 23 - 10 + 1) << 23;
    Value sum = arith::AddFOp::create(b.builder, b.bitcast(b.f32(), magnitude),
                                      b.bitcast(b.f32(), b.constant(magic)));
    Value subnormal = b.add(b.bitcast(b.i32(), sum), b.constant(-magic));
    Value special = b.select(b.atLeast(magnitude, 0x7f800001),
                             b.constant(0x7e00), b.constant(0x7c00));

    Value result = b.select(b.atLeast(magnitude, 113 << 23), normal, subnormal);
    result = b.select(b.atLeast(magnitude, (127 + 16) << 23), special, result);
    result = arith::TruncIOp::create(b.builder, b.i16(), b.orI(result, sign));
    rewriter.replaceOp(op, b.bitcast(op.getType(), result));
    return success();
  }
};

struct ExpandFloatConversions
    : conv::cpu::impl::ExpandFloatConversionsBase<ExpandFloatConversions> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    if (expandF16)
      patterns.add<ExpandExtF, ExpandTruncF>(&getContext());
    if (expandBF16)
      arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
