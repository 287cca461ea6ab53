//===- MonarchToNVVM.cpp - Lower monarch ops to CUDA kernels --------------===//

#include "conv/Conversion/MonarchToNVVM.h"

#include "BlockRows.h"
#include "Spectrum.h"
#include "ToeplitzRows.h"
#include "WarpRows.h"

#include "conv/Dialect/Conv/IR/PlanBridge.h"
#include "conv/Plan/TensorPlan.h"
#include "conv/Plan/ToeplitzShape.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/TypeSwitch.h"

namespace conv {
#define GEN_PASS_DEF_CONVERTMONARCHTONVVM
#include "conv/Conversion/Passes.h.inc"
} // namespace conv

using namespace mlir;
using namespace conv;
using nvidia::Kernel;

namespace {

/// Warps of a thread block of a short convolution.
constexpr int64_t shortWarps = 4;

/// Replaces monarch ops by launches.
class Lowering {
public:
  Lowering(ModuleOp module, StringRef chip)
      : module(module), builder(module), chip(chip) {}

  LogicalResult run();

private:
  LogicalResult lower(monarch::RowsOp op);
  LogicalResult lower(monarch::SpectrumOp op);
  LogicalResult lower(monarch::DirectOp op);
  /// The plan of an op, if it is for tensor cores.
  template <typename Op> FailureOr<plan::Plan> tensorPlan(Op op);
  gpu::GPUModuleOp kernels(Location loc);
  /// The kernel of ops that print alike, made by `emit` for the first of them.
  FailureOr<Kernel>
  kernelFor(Operation *op, StringRef stem,
            function_ref<FailureOr<Kernel>(gpu::GPUModuleOp, StringRef)> emit);
  /// Launch with the buffers and, unless null, the leading extent of `batched`.
  void launch(Operation *op, const Kernel &kernel, Value batched,
              ArrayRef<Value> buffers);

  ModuleOp module;
  OpBuilder builder;
  StringRef chip;
  gpu::GPUModuleOp gpuModule;
  std::map<std::string, Kernel> emitted;
};

} // namespace

gpu::GPUModuleOp Lowering::kernels(Location loc) {
  if (!gpuModule) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(module.getBody());
    gpuModule = gpu::GPUModuleOp::create(builder, loc, "kernels");
    gpuModule.setTargetsAttr(builder.getArrayAttr(NVVM::NVVMTargetAttr::get(
        module.getContext(), /*optLevel=*/3, "nvptx64-nvidia-cuda", chip)));
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                    builder.getUnitAttr());
  }
  return gpuModule;
}

template <typename Op> FailureOr<plan::Plan> Lowering::tensorPlan(Op op) {
  std::string error;
  std::optional<plan::Plan> plan =
      buildPlan(toProblem(op), op.getPlan(), error);
  if (!plan)
    return op.emitOpError("has an illegal plan: ") << error;
  if (!plan->choice.isTensor())
    return op.emitOpError("has the plan ")
           << op.getPlan()
           << " of a CPU; plan for a GPU, with conv-plan's device option";
  return *plan;
}

/// What decides over the code of an op: its name, attributes and types.
static std::string fingerprint(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getName() << op->getAttrDictionary();
  for (Type type : op->getOperandTypes())
    stream << ' ' << type;
  return text;
}

FailureOr<Kernel> Lowering::kernelFor(
    Operation *op, StringRef stem,
    function_ref<FailureOr<Kernel>(gpu::GPUModuleOp, StringRef)> emit) {
  std::string key = fingerprint(op);
  auto known = emitted.find(key);
  if (known != emitted.end())
    return known->second;
  std::string name = (stem + "_" + Twine(emitted.size())).str();
  FailureOr<Kernel> kernel = emit(kernels(op->getLoc()), name);
  if (succeeded(kernel))
    emitted[key] = *kernel;
  return kernel;
}

void Lowering::launch(Operation *op, const Kernel &kernel, Value batched,
                      ArrayRef<Value> buffers) {
  Location loc = op->getLoc();
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value batch;
  if (batched)
    batch = builder.createOrFold<memref::DimOp>(loc, batched, int64_t(0));
  auto extent = [&](const nvidia::GridExtent &e) -> Value {
    if (!e.batchDivisor)
      return index(e.constant);
    Value needed = builder.createOrFold<arith::CeilDivUIOp>(
        loc, batch, index(*e.batchDivisor));
    return builder.createOrFold<arith::MinUIOp>(loc, needed, index(e.constant));
  };
  SmallVector<Value> operands(buffers);
  if (batch)
    operands.push_back(
        arith::IndexCastOp::create(builder, loc, builder.getI32Type(), batch));
  auto name = SymbolRefAttr::get(gpuModule.getSymNameAttr(),
                                 {FlatSymbolRefAttr::get(kernel.name)});
  Value shared = arith::ConstantIntOp::create(
      builder, loc, builder.getI32Type(), kernel.sharedBytes);
  gpu::LaunchFuncOp::create(
      builder, loc, name,
      gpu::KernelDim3{extent(kernel.grid[0]), extent(kernel.grid[1]),
                      extent(kernel.grid[2])},
      gpu::KernelDim3{index(kernel.threads), index(1), index(1)}, shared,
      operands);
  op->erase();
}

LogicalResult Lowering::lower(monarch::RowsOp op) {
  FailureOr<plan::Plan> plan = tensorPlan(op);
  if (failed(plan))
    return failure();
  auto signature = nvidia::RowSignature::get(op);
  if (failed(signature))
    return failure();
  plan::Family family = plan::tensorShape(plan->choice).family;
  auto emit = [&](gpu::GPUModuleOp target,
                  StringRef name) -> FailureOr<Kernel> {
    switch (family) {
    case plan::Family::warp:
      return nvidia::emitWarpRows(target, op.getLoc(), name, *plan, *signature);
    case plan::Family::block:
      return nvidia::emitBlockRows(target, op.getLoc(), name, *plan,
                                   *signature);
    case plan::Family::threePass:
    case plan::Family::toeplitz:
      break;
    }
    return op.emitOpError("has a plan of the ")
           << plan::name(family) << " family, which has no CUDA kernel";
  };
  FailureOr<Kernel> kernel = kernelFor(op, "conv_rows", emit);
  if (failed(kernel))
    return failure();
  SmallVector<Value> buffers(op->getOperands());
  launch(op, *kernel, op.getInput(), buffers);
  return success();
}

LogicalResult Lowering::lower(monarch::SpectrumOp op) {
  FailureOr<plan::Plan> plan = tensorPlan(op);
  if (failed(plan))
    return failure();
  FailureOr<Kernel> kernel = kernelFor(
      op, "conv_spectrum", [&](gpu::GPUModuleOp target, StringRef name) {
        return nvidia::emitSpectrum(target, name, *plan, op);
      });
  if (failed(kernel))
    return failure();
  SmallVector<Value> buffers = {op.getTaps(), op.getSpectrum()};
  launch(op, *kernel, /*batched=*/Value(), buffers);
  return success();
}

LogicalResult Lowering::lower(monarch::DirectOp op) {
  // A short convolution has no plan: there is only one way.
  std::optional<plan::Plan> plan;
  plan::Problem problem = toProblem(op);
  if (!op.getPlanAttr()) {
    plan.emplace();
    plan->problem = problem;
    plan->choice.algorithm = plan::Algorithm::toeplitz;
    plan->choice.arithmetic = plan::Arithmetic::f16;
    plan->choice.tensor.warps = shortWarps;
  } else {
    std::string error;
    plan = buildPlan(problem, op.getPlanAttr(), error);
    if (!plan)
      return op.emitOpError("has an illegal plan: ") << error;
  }
  if (!plan->choice.isTensor() ||
      plan->choice.algorithm != plan::Algorithm::toeplitz)
    return op.emitOpError("has the plan ")
           << op.getPlanAttr()
           << ", but the CUDA kernel for taps multiplies by their Toeplitz "
              "matrix; plan for a GPU, with conv-plan's device option";
  auto signature = nvidia::RowSignature::get(op);
  if (failed(signature))
    return failure();
  int64_t lags = plan::ToeplitzShape(problem).lags();
  if (lags > plan::ToeplitzShape::mostLags)
    return op.emitOpError("has taps for ")
           << lags << " lags, but the CUDA kernel holds at most "
           << plan::ToeplitzShape::mostLags << "; use a right_angle plan";
  FailureOr<Kernel> kernel = kernelFor(
      op, "conv_toeplitz",
      [&](gpu::GPUModuleOp target, StringRef name) -> FailureOr<Kernel> {
        Type taps = cast<MemRefType>(op.getTaps().getType()).getElementType();
        return nvidia::emitToeplitzRows(target, op.getLoc(), name, *plan,
                                        *signature, taps);
      });
  if (failed(kernel))
    return failure();
  SmallVector<Value> buffers(op->getOperands());
  launch(op, *kernel, op.getInput(), buffers);
  return success();
}

LogicalResult Lowering::run() {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (isa<monarch::RowsOp, monarch::SpectrumOp, monarch::DirectOp,
            monarch::TransformOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    builder.setInsertionPoint(op);
    LogicalResult result =
        TypeSwitch<Operation *, LogicalResult>(op)
            .Case([&](monarch::RowsOp rows) { return lower(rows); })
            .Case([&](monarch::SpectrumOp spectrum) { return lower(spectrum); })
            .Case([&](monarch::DirectOp direct) { return lower(direct); })
            .Default([](Operation *other) {
              return other->emitOpError("has no CUDA kernel");
            });
    if (failed(result))
      return failure();
  }
  return success();
}

namespace {
struct ConvertMonarchToNVVMPass
    : conv::impl::ConvertMonarchToNVVMBase<ConvertMonarchToNVVMPass> {
  using ConvertMonarchToNVVMBase::ConvertMonarchToNVVMBase;

  void runOnOperation() override {
    if (failed(Lowering(getOperation(), chip).run()))
      signalPassFailure();
  }
};
} // namespace
