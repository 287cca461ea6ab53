//===- NameKernelArguments.cpp - Find the signature of each kernel --------===//

#include "conv/Target/CPU/Passes.h"
#include "conv/Target/CPU/Signature.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace conv::cpu {
#define GEN_PASS_DEF_NAMEKERNELARGUMENTS
#include "conv/Target/CPU/Passes.h.inc"
} // namespace conv::cpu

using namespace mlir;
using conv::cpu::Argument;
using conv::cpu::Extent;
using conv::cpu::Signature;

namespace {

/// Which dynamic sizes of a function's values are equal. A size is a value with
/// the number of a dimension, or an index value with -1.
class Sizes {
public:
  explicit Sizes(func::FuncOp function) {
    function.walk([&](Operation *op) { visit(op); });
  }

  using Size = std::pair<const void *, int64_t>;
  Size leader(Value value, int64_t dim) {
    return *classes.findLeader(classes.insert(key(value, dim)));
  }

private:
  static Size key(Value value, int64_t dim) {
    return {value.getAsOpaquePointer(), dim};
  }

  void tie(Value a, int64_t i, Value b, int64_t j) {
    classes.unionSets(key(a, i), key(b, j));
  }

  void tieShapes(Value a, Value b) {
    auto type = dyn_cast<RankedTensorType>(a.getType());
    auto other = dyn_cast<RankedTensorType>(b.getType());
    if (!type || !other || type.getRank() != other.getRank())
      return;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      tie(a, dim, b, dim);
  }

  void visit(Operation *op) {
    if (auto dimOp = dyn_cast<tensor::DimOp>(op)) {
      if (std::optional<int64_t> dim = dimOp.getConstantIndex())
        tie(dimOp.getResult(), -1, dimOp.getSource(), *dim);
    } else if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
      for (int64_t dim = 0; dim < empty.getType().getRank(); ++dim)
        if (empty.getType().isDynamicDim(dim))
          tie(empty.getResult(), dim, empty.getDynamicSize(dim), -1);
    } else if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      tieShapes(cast.getSource(), cast.getResult());
    } else if (op->hasTrait<OpTrait::Elementwise>()) {
      for (Value operand : op->getOperands())
        for (Value result : op->getResults())
          tieShapes(operand, result);
    }
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      visitIndexingMaps(linalgOp);
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
      visitDestinationStyle(destination);
  }

  /// Sizes that the same loop of a linalg op runs over are equal.
  void visitIndexingMaps(linalg::LinalgOp op) {
    llvm::DenseMap<unsigned, std::pair<Value, int64_t>> loops;
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      for (auto [dim, expression] : llvm::enumerate(map.getResults()))
        if (auto loop = dyn_cast<AffineDimExpr>(expression)) {
          auto [it, isNew] = loops.try_emplace(
              loop.getPosition(), operand.get(), static_cast<int64_t>(dim));
          if (!isNew)
            tie(it->second.first, it->second.second, operand.get(), dim);
        }
    }
  }

  void visitDestinationStyle(DestinationStyleOpInterface op) {
    for (OpOperand &init : op.getDpsInitsMutable()) {
      if (op->getNumResults() != 0)
        tieShapes(init.get(), op.getTiedOpResult(&init));
      // Tensors of a conv op with the destination's type are signals of one
      // shape: the input, the gates and the result.
      if (op->getName().getDialectNamespace() == "conv")
        for (OpOperand *input : op.getDpsInputOperands())
          if (input->get().getType() == init.get().getType())
            tieShapes(input->get(), init.get());
      // Dynamic sizes of these ops are all their rows M.
      using namespace conv::lowbit;
      if (isa<TernaryMatmulOp, Int8MatmulOp, ScalesOp, QuantizeOp, DequantizeOp,
              RequantizeOp>(op.getOperation()))
        for (OpOperand *input : op.getDpsInputOperands())
          if (cast<ShapedType>(input->get().getType()).isDynamicDim(0))
            tie(input->get(), 0, init.get(), 0);
    }
  }

  llvm::EquivalenceClasses<Size> classes;
};

/// Collects the arguments of one function.
class SignatureBuilder {
public:
  explicit SignatureBuilder(func::FuncOp function)
      : function(function), sizes(function) {}

  LogicalResult run() {
    for (BlockArgument argument : function.getArguments()) {
      // Inputs belong to the caller: bufferization must not write to them.
      function.setArgAttr(
          argument.getArgNumber(),
          bufferization::BufferizationDialect::kWritableAttrName,
          BoolAttr::get(function.getContext(), false));
      if (failed(add(argument, function.getArgAttrDict(argument.getArgNumber()),
                     "arg" + std::to_string(argument.getArgNumber()),
                     /*isOutput=*/false)))
        return failure();
    }
    auto terminator = dyn_cast<func::ReturnOp>(function.back().getTerminator());
    if (!terminator || !llvm::hasSingleElement(function.getBody()))
      return function.emitError("has more than one block; a kernel's function "
                                "is a single block");
    for (auto [index, value] : llvm::enumerate(terminator.getOperands()))
      if (failed(add(value, function.getResultAttrDict(index),
                     "result" + std::to_string(index), /*isOutput=*/true)))
        return failure();
    if (terminator.getNumOperands() == 0)
      return function.emitError("returns nothing; a kernel's function returns "
                                "its outputs");
    function->setAttr(conv::cpu::signatureAttrName,
                      signature.getAsAttribute(function.getContext()));
    return success();
  }

private:
  LogicalResult add(Value value, DictionaryAttr attributes,
                    std::string fallback, bool isOutput) {
    Argument argument;
    argument.isOutput = isOutput;
    argument.name = std::move(fallback);
    if (attributes)
      if (auto name = attributes.getAs<StringAttr>(conv::cpu::nameAttrName))
        argument.name = name.str();
    if (!names.insert(argument.name).second)
      return function.emitError("has two arguments named \"")
             << argument.name << "\"; change one " << conv::cpu::nameAttrName;
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type)
      argument.dtype = conv::cpu::getDtypeName(type.getElementType());
    if (!type || argument.dtype.empty())
      return function.emitError(isOutput ? "result \"" : "argument \"")
             << argument.name << "\" has type " << value.getType()
             << "; a kernel takes ranked tensors of f64, f32, f16, bf16, "
                "f8E4M3FN, f8E5M2, complex<f32>, complex<f64> or i8 to i64";
    for (auto [dim, size] : llvm::enumerate(type.getShape())) {
      Extent extent;
      if (!ShapedType::isDynamic(size)) {
        extent.size = size;
      } else {
        auto [it, isNew] = symbols.try_emplace(sizes.leader(value, dim),
                                               signature.dims.size());
        if (isNew && isOutput)
          return function.emitError("result \"")
                 << argument.name << "\" has a dimension " << dim
                 << " whose size does not follow from the arguments; make it "
                    "static, or compute it from an argument by tensor.dim";
        if (isNew)
          signature.dims.push_back("d" + std::to_string(signature.dims.size()));
        extent.symbol = it->second;
      }
      argument.shape.push_back(extent);
    }
    signature.arguments.push_back(std::move(argument));
    return success();
  }

  func::FuncOp function;
  Sizes sizes;
  Signature signature;
  llvm::StringSet<> names;
  std::map<Sizes::Size, int64_t> symbols;
};

/// Write conv.signature on every public function.
struct NameKernelArguments
    : conv::cpu::impl::NameKernelArgumentsBase<NameKernelArguments> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && failed(SignatureBuilder(function).run()))
        return signalPassFailure();
  }
};

} // namespace
