//===- EmitSteps.cpp - Emit the steps of a plan as ops --------------------===//

#include "conv/Conversion/ConvToMonarch.h"
#include "conv/Dialect/Monarch/IR/Monarch.h"

using namespace mlir;
using namespace conv;
using namespace conv::monarch;

/// The type that a step gives; a plan that breaks the layout rule is a bug of
/// plan::buildPlan, reported at the op that is being lowered.
template <typename Rule>
static TileType resultType(Location location, const plan::Step &step,
                           Rule rule) {
  auto emit = [&]() -> InFlightDiagnostic {
    return emitError(location) << "plan step '" << plan::describe(step) << "' ";
  };
  FailureOr<TileType> type = rule(emit);
  assert(succeeded(type) && "buildPlan made an illegal plan");
  return *type;
}

void conv::emitSteps(OpBuilder &builder, Location location,
                     const plan::Plan &plan) {
  TypedValue<TileType> tile;
  for (const plan::Step &step : plan.steps) {
    switch (step.kind) {
    case plan::StepKind::load:
      tile = LoadOp::create(builder, location,
                            loadTile(builder.getContext(), plan));
      break;
    case plan::StepKind::forward: {
      TileType type = resultType(location, step, [&](auto emit) {
        return tile.getType().contract(step.digit, Domain::sample, emit);
      });
      tile = ForwardOp::create(builder, location, type, tile, step.digit);
      break;
    }
    case plan::StepKind::exchange: {
      TileType type = resultType(location, step, [&](auto emit) {
        return tile.getType().exchange(step.digit, step.partner, emit);
      });
      tile = ExchangeOp::create(builder, location, type, tile, step.digit,
                                step.partner);
      break;
    }
    case plan::StepKind::product:
      tile = ProductOp::create(builder, location, tile);
      break;
    case plan::StepKind::inverse: {
      TileType type = resultType(location, step, [&](auto emit) {
        return tile.getType().contract(step.digit, Domain::frequency, emit);
      });
      tile = InverseOp::create(builder, location, type, tile, step.digit);
      break;
    }
    case plan::StepKind::twiddle:
      tile = TwiddleOp::create(builder, location, tile);
      break;
    case plan::StepKind::store:
      StoreOp::create(builder, location, tile);
      break;
    }
  }
}
