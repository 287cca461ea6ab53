//===- BufferizableOpInterfaceImpl.cpp - Bufferization of lowbit ops ------===//

#include "InterfaceImpls.h"

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace conv::lowbit;

namespace {

/// Bufferize an operation in destination style: the same operation on buffers,
/// whose output is the buffer of `init`. The old contents of `init` are never
/// read, so that an uninitialised tensor needs no copy.
template <typename Op>
struct DestinationStyleModel
    : DstBufferizableOpInterfaceExternalModel<DestinationStyleModel<Op>, Op> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<Op>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        buffers.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    mlir::clone(rewriter, op, TypeRange(), buffers);
    replaceOpWithBufferizedValues(rewriter, op, buffers.back());
    return success();
  }
};

/// Attach the model to each of the operations.
template <typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<DestinationStyleModel<Ops>>(*context), ...);
}

} // namespace

void conv::lowbit::registerBufferizableOpInterfaceImpls(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LowBitDialect *) {
    attach<TernaryPackOp, TernaryMatmulOp, Int8MatmulOp, ScalesOp, QuantizeOp,
           DequantizeOp, RequantizeOp, LMulMatmulOp, LMulDotOp>(context);
    context->loadDialect<memref::MemRefDialect>();
  });
}
