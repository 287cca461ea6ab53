//===- StateNumerics.cpp - What each kernel promises ----------------------===//

#include "conv/Target/CPU/Passes.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/SetVector.h"

namespace conv::cpu {
#define GEN_PASS_DEF_STATENUMERICS
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;

/// What rounding to f16 may cost: half a unit in the last place of a number
/// just above a power of two, 2^-11.
constexpr double halfRounding = 4.89e-4;

/// The same for rounding a tensor to its element type.
static double roundingBound(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isF16())
    return halfRounding;
  if (element.isBF16())
    return 3.92e-3; // 2^-8
  if (isa<Float8E4M3FNType>(element))
    return 6.25e-2; // 2^-4
  if (isa<Float8E5M2Type>(element))
    return 1.25e-1; // 2^-3
  return 0;
}

/// Error of the sum itself, for each arithmetic, relative to |y| + |u| |k|.
/// Rounding u and k spreads an error of |u| |k| over all outputs, which is a
/// small part of |y| unless the sum cancels.
static double arithmeticBound(conv::Arithmetic arithmetic) {
  switch (arithmetic) {
  case conv::Arithmetic::f32:
    return 1e-6;
  case conv::Arithmetic::f16:
    return 2e-3;
  case conv::Arithmetic::bf16:
    return 7.9e-3; // taps and samples are rounded, each by at most 2^-8
  }
  llvm_unreachable("an arithmetic without a bound");
}

namespace {

/// Write conv.numerics on every public function.
struct StateNumerics : conv::cpu::impl::StateNumericsBase<StateNumerics> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic())
        state(function);
  }

private:
  void state(func::FuncOp function) {
    llvm::SmallSetVector<StringRef, 4> kinds;
    llvm::SmallSetVector<Attribute, 4> plans;
    conv::Arithmetic arithmetic = conv::Arithmetic::f32;
    double bound = 0;
    function.walk([&](Operation *op) {
      if (op == function)
        return;
      // Errors of ops that follow one another add up at most.
      double rounding = 0;
      for (Type result : op->getResultTypes())
        if (isa<TensorType>(result))
          rounding = std::max(rounding, roundingBound(result));
      StringRef dialect = op->getName().getDialectNamespace();
      if (dialect != "conv" && dialect != "lowbit") {
        if (op->hasTrait<OpTrait::Elementwise>())
          bound += std::max(rounding, 1e-7);
        return;
      }
      conv::Arithmetic own = conv::Arithmetic::f32;
      if (Attribute plan = op->getAttr("plan")) {
        plans.insert(plan);
        if (auto ofConv = dyn_cast<conv::PlanAttr>(plan))
          own = ofConv.getArithmetic();
      }
      if (own ==
          conv::Arithmetic::f16) // wider rows are rounded on their way in
        rounding = std::max(rounding, halfRounding);
      kinds.insert(op->getName().stripDialect());
      arithmetic = std::max(arithmetic, own);
      bound += arithmeticBound(own) + rounding;
    });

    std::string plan;
    llvm::raw_string_ostream stream(plan);
    llvm::interleave(plans, stream, "; ");
    Builder builder(function.getContext());
    function->setAttr(
        conv::cpu::numericsAttrName,
        builder.getDictionaryAttr({
            builder.getNamedAttr(
                "kind", builder.getStringAttr(kinds.size() == 1 ? kinds.front()
                                                                : "graph")),
            builder.getNamedAttr("plan", builder.getStringAttr(plan)),
            builder.getNamedAttr(
                "arithmetic",
                builder.getStringAttr(conv::stringifyArithmetic(arithmetic))),
            builder.getNamedAttr(
                "relative_l2_bound",
                builder.getF64FloatAttr(std::max(bound, 1e-6))),
        }));
  }
};

} // namespace
