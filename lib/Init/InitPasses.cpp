//===- InitPasses.cpp - Register passes and pipelines ---------------------===//

#include "conv/Conversion/Passes.h"
#include "conv/Dialect/Conv/Transforms/Passes.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"
#include "conv/Dialect/Monarch/Transforms/Passes.h"
#include "conv/InitAll.h"
#include "conv/Target/CPU/Passes.h"
#include "conv/Target/CPU/Pipeline.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/Transforms/Passes.h"
#include "mlir/Dialect/Transform/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

void conv::registerConvPasses() {
  registerConvConversionPasses();
  registerConvTransformsPasses();
  lowbit::registerLowBitTransformsPasses();
  cpu::registerConvTargetCPUPasses();
  registerConvPipelines();
  monarch::registerMonarchTransformsPasses();
}

/// Register the upstream conversions on the way from bufferized IR to LLVM.
static void registerUpstreamConversions() {
  mlir::registerArithToLLVMConversionPass();
  mlir::registerConvertComplexToLLVMPass();
  mlir::registerConvertControlFlowToLLVMPass();
  mlir::registerConvertFuncToLLVMPass();
  mlir::registerConvertIndexToLLVMPass();
  mlir::registerConvertMathToLLVMPass();
  mlir::registerConvertVectorToLLVMPass();
  mlir::registerConvertVectorToSCF();
  mlir::registerFinalizeMemRefToLLVMConversionPass();
  mlir::registerLowerAffinePass();
  mlir::registerReconcileUnrealizedCastsPass();
  mlir::registerSCFToControlFlowPass();
  mlir::registerUBToLLVMConversionPass();
}

void conv::registerAllPasses() {
  registerConvPasses();
  registerUpstreamConversions();
  mlir::registerTransformsPasses();
  mlir::affine::registerAffinePasses();
  mlir::arith::registerArithPasses();
  mlir::bufferization::registerBufferizationPasses();
  mlir::bufferization::registerBufferizationPipelines();
  mlir::math::registerMathPasses();
  mlir::memref::registerMemRefPasses();
  mlir::registerLinalgPasses();
  mlir::registerSCFPasses();
  mlir::tensor::registerTensorPasses();
  mlir::transform::registerTransformPasses();
  mlir::vector::registerVectorPasses();
}
