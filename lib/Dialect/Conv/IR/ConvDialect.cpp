//===- ConvDialect.cpp - The conv dialect ---------------------------------===//

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "conv/Dialect/Conv/IR/ConvOps.h"

#include "InterfaceImpls.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace conv;

#include "conv/Dialect/Conv/IR/ConvDialect.cpp.inc"

void ConvDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "conv/Dialect/Conv/IR/ConvOps.cpp.inc"
      >();
}

void conv::registerConvDialect(DialectRegistry &registry) {
  registry.insert<ConvDialect>();
  registerBufferizableOpInterfaceImpls(registry);
  registerTilingInterfaceImpls(registry);
}
