//===- Program.cpp - A host function as a list of launches ----------------===//

#include "conv/Target/CPU/Signature.h"
#include "conv/Target/NVIDIA/Compile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using conv::package::Expression;
using conv::package::Parameter;

namespace {

/// Temporaries start at multiples of this.
constexpr int64_t temporaryAlignment = 256;

class Translator {
public:
  explicit Translator(func::FuncOp function) : function(function) {}

  FailureOr<conv::package::Program> run();

private:
  LogicalResult translate(Operation *op);
  LogicalResult translate(gpu::LaunchFuncOp op);
  LogicalResult translate(memref::AllocOp op);
  LogicalResult translate(memref::DimOp op);
  template <typename Op>
  LogicalResult combine(Op op,
                        Expression (*how)(Expression, const Expression &)) {
    expressions.try_emplace(op.getResult(),
                            how(get(op.getLhs()), get(op.getRhs())));
    return success();
  }
  /// The expression of an integer that has been translated.
  const Expression &get(Value value) { return expressions.at(value); }
  static LogicalResult constantOf(Value value, uint32_t &result);

  func::FuncOp function;
  conv::cpu::Signature signature;
  conv::package::Program program;
  llvm::DenseMap<Value, Expression> expressions;
  llvm::DenseMap<Value, Parameter> buffers;
};

} // namespace

LogicalResult Translator::constantOf(Value value, uint32_t &result) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)))
    return failure();
  result = static_cast<uint32_t>(constant.getZExtValue());
  return success();
}

LogicalResult Translator::translate(memref::AllocOp op) {
  MemRefType type = op.getType();
  Expression bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  unsigned dynamic = 0;
  for (int64_t extent : type.getShape())
    bytes = std::move(bytes) * (ShapedType::isDynamic(extent)
                                    ? get(op.getDynamicSizes()[dynamic++])
                                    : Expression(extent));
  buffers.try_emplace(op.getResult(), Parameter::workspace(program.workspace));
  program.workspace =
      std::move(program.workspace) +
      ceilDiv(std::move(bytes), temporaryAlignment) * temporaryAlignment;
  return success();
}

LogicalResult Translator::translate(memref::DimOp op) {
  auto argument = dyn_cast<BlockArgument>(op.getSource());
  std::optional<int64_t> dimension = op.getConstantIndex();
  if (!argument || !dimension)
    return op.emitOpError("is not of an argument; a GPU program knows only the "
                          "sizes of its arguments");
  const conv::cpu::Extent &extent =
      signature.arguments[argument.getArgNumber()].shape[*dimension];
  expressions.try_emplace(
      op.getResult(), extent.isSymbol()
                          ? Expression::symbol(signature.dims[extent.symbol])
                          : Expression(extent.size));
  return success();
}

LogicalResult Translator::translate(gpu::LaunchFuncOp op) {
  conv::package::Launch launch;
  launch.symbol = op.getKernelName().str();
  Value grid[] = {op.getGridSizeX(), op.getGridSizeY(), op.getGridSizeZ()};
  Value block[] = {op.getBlockSizeX(), op.getBlockSizeY(), op.getBlockSizeZ()};
  for (int i = 0; i < 3; ++i) {
    launch.grid[i] = get(grid[i]);
    if (failed(constantOf(block[i], launch.block[i])))
      return op.emitOpError("has a block whose size is not a constant");
  }
  if (Value x = op.getClusterSizeX()) {
    Value cluster[] = {x, op.getClusterSizeY(), op.getClusterSizeZ()};
    launch.cluster.emplace();
    for (int i = 0; i < 3; ++i)
      if (failed(constantOf(cluster[i], (*launch.cluster)[i])))
        return op.emitOpError("has a cluster whose size is not a constant");
  }
  if (Value shared = op.getDynamicSharedMemorySize())
    if (failed(constantOf(shared, launch.sharedBytes)))
      return op.emitOpError("has shared memory whose size is not a constant");
  auto module = function->getParentOfType<ModuleOp>();
  auto kernel = module.lookupSymbol<LLVM::LLVMFuncOp>(op.getKernelAttr());
  for (auto [i, operand] : llvm::enumerate(op.getKernelOperands())) {
    if (!isa<BaseMemRefType>(operand.getType())) {
      launch.parameters.push_back(operand.getType().isInteger(64)
                                      ? Parameter::i64(get(operand))
                                      : Parameter::i32(get(operand)));
      continue;
    }
    Parameter parameter = buffers.at(operand);
    // What the kernel was compiled for.
    if (auto alignment = kernel.getArgAttrOfType<IntegerAttr>(
            i, LLVM::LLVMDialect::getAlignAttrName()))
      if (parameter.kind == Parameter::Kind::buffer)
        parameter.alignment = alignment.getInt();
    launch.parameters.push_back(std::move(parameter));
  }
  program.launches.push_back(std::move(launch));
  return success();
}

LogicalResult Translator::translate(Operation *op) {
  using namespace conv::package;
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<gpu::LaunchFuncOp, memref::AllocOp, memref::DimOp>(
          [&](auto typed) { return translate(typed); })
      .Case([&](arith::ConstantOp constant) -> LogicalResult {
        if (auto value = dyn_cast<IntegerAttr>(constant.getValue()))
          expressions.try_emplace(constant.getResult(), value.getInt());
        return success();
      })
      .Case([&](arith::IndexCastOp cast) {
        expressions.try_emplace(cast.getResult(), get(cast.getIn()));
        return success();
      })
      .Case([&](arith::AddIOp sum) {
        return combine(sum, [](Expression a, const Expression &b) {
          return std::move(a) + b;
        });
      })
      .Case([&](arith::MulIOp product) {
        return combine(product, [](Expression a, const Expression &b) {
          return std::move(a) * b;
        });
      })
      .Case([&](arith::CeilDivUIOp quotient) {
        return combine(quotient, &ceilDiv);
      })
      .Case([&](arith::MinUIOp least) {
        return combine(least, [](Expression a, const Expression &b) {
          return min(std::move(a), b);
        });
      })
      .Case([&](arith::MaxUIOp most) {
        return combine(most, [](Expression a, const Expression &b) {
          return max(std::move(a), b);
        });
      })
      .Case<memref::DeallocOp, func::ReturnOp>([](auto) { return success(); })
      .Default([](Operation *other) {
        return other->emitOpError(
            "cannot run on a GPU: a program is a list of kernels, sizes and "
            "temporaries");
      });
}

FailureOr<conv::package::Program> Translator::run() {
  auto read = conv::cpu::Signature::get(function);
  if (failed(read))
    return failure();
  signature = std::move(*read);
  if (!function.getBody().hasOneBlock())
    return function.emitError(
        "has control flow, which a GPU program cannot have");
  for (BlockArgument argument : function.getArguments())
    buffers.try_emplace(argument, Parameter::buffer(argument.getArgNumber()));
  for (Operation &op : function.getBody().front())
    if (failed(translate(&op)))
      return failure();
  return std::move(program);
}

FailureOr<conv::package::Program>
conv::nvidia::translateProgram(func::FuncOp function) {
  return Translator(function).run();
}
