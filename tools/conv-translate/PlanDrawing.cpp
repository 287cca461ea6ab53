//===- PlanDrawing.cpp - Draw the plans of a module -----------------------===//

#include "PlanDrawing.h"

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "conv/InitAll.h"
#include "conv/Plan/Draw.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-translate/Translation.h"

#include "llvm/Support/CommandLine.h"

using namespace mlir;

static llvm::cl::opt<std::string> &deviceOption() {
  static llvm::cl::opt<std::string> option{
      "plan-device", llvm::cl::init("cpu-avx512"),
      llvm::cl::desc(
          "Device that --plan-to-dot and --plan-to-json plan for, and "
          "whose costs they predict: as conv-plan's option device")};
  return option;
}

/// Plan what has no plan, and hand the plan of each convolution to `draw`.
static LogicalResult
forEachPlan(Operation *op, function_ref<void(const conv::plan::Plan &)> draw) {
  if (!isa<ModuleOp>(op))
    return op->emitError("is not a builtin.module");
  PassManager manager(op->getContext());
  conv::ConvPlanOptions options;
  options.device = deviceOption();
  if (conv::plan::findAnyDevice(options.device).gpu)
    options.arithmetic = "f16";
  manager.addPass(conv::createConvPlan(options));
  if (failed(manager.run(op)))
    return failure();
  bool any = false;
  op->walk([&](conv::LongConvOp convolution) {
    draw(*conv::getPlan(convolution));
    any = true;
  });
  if (!any)
    return op->emitError("has no conv.long_conv whose plan could be drawn");
  return success();
}

void conv::registerPlanTranslations() {
  deviceOption();
  static TranslateFromMLIRRegistration dot(
      "plan-to-dot", "draw the plan of each long convolution for Graphviz",
      [](Operation *op, llvm::raw_ostream &output) {
        return forEachPlan(
            op, [&](const plan::Plan &plan) { output << plan::toDot(plan); });
      },
      registerAllDialects);
  static TranslateFromMLIRRegistration json(
      "plan-to-json", "write the plan of each long convolution as JSON",
      [](Operation *op, llvm::raw_ostream &output) {
        StringRef separator = "[\n";
        plan::Device device = plan::findAnyDevice(deviceOption());
        LogicalResult result = forEachPlan(op, [&](const plan::Plan &plan) {
          output << separator << StringRef(plan::toJson(plan, device)).rtrim();
          separator = ",\n";
        });
        if (succeeded(result))
          output << "\n]\n";
        return result;
      },
      registerAllDialects);
}
