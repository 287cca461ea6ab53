//===- BufferizableOpInterfaceImpl.cpp - Bufferization of the conv ops ----===//

#include "InterfaceImpls.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace conv;

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
    auto convOp = cast<Op>(op);
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    Operation *clone = mlir::clone(rewriter, op, TypeRange(), buffers);
    // The encoding of the tensor type is lost; the attribute takes its place.
    if constexpr (std::is_same_v<Op, LongConvOp>)
      if (SpectrumAttr spectrum = convOp.getFilterSpectrum())
        cast<LongConvOp>(clone).setSpectrumAttr(spectrum);
    replaceOpWithBufferizedValues(rewriter, op, buffers.back());
    return success();
  }
};

/// Bufferize `conv.filter_spectrum` into an allocation that it fills.
struct FilterSpectrumModel
    : BufferizableOpInterface::ExternalModel<FilterSpectrumModel,
                                             FilterSpectrumOp> {
  bool bufferizesToAllocation(Operation *, Value) const { return true; }

  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }

  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }

  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto spectrumOp = cast<FilterSpectrumOp>(op);
    FailureOr<Value> filter =
        getBuffer(rewriter, spectrumOp.getFilter(), options, state);
    if (failed(filter))
      return failure();
    RankedTensorType type = spectrumOp.getOutput().getType();
    if (!type.hasStaticShape())
      return op->emitOpError() << "has no plan, which decides the size of the "
                                  "buffer; run conv-plan before bufferization";
    rewriter.setInsertionPoint(op);
    FailureOr<Value> alloc = options.createAlloc(
        rewriter, op->getLoc(),
        MemRefType::get(type.getShape(), type.getElementType()), {});
    if (failed(alloc))
      return failure();
    mlir::clone(rewriter, op, TypeRange(), {*filter, *alloc});
    replaceOpWithBufferizedValues(rewriter, op, *alloc);
    return success();
  }
};

} // namespace

void conv::registerBufferizableOpInterfaceImpls(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, ConvDialect *) {
    LongConvOp::attachInterface<DestinationStyleModel<LongConvOp>>(*context);
    ShortConvOp::attachInterface<DestinationStyleModel<ShortConvOp>>(*context);
    DFTOp::attachInterface<DestinationStyleModel<DFTOp>>(*context);
    IDFTOp::attachInterface<DestinationStyleModel<IDFTOp>>(*context);
    FilterSpectrumOp::attachInterface<FilterSpectrumModel>(*context);
    context->loadDialect<memref::MemRefDialect>();
  });
}
