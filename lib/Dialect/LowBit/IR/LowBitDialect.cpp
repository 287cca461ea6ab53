//===- LowBitDialect.cpp - The lowbit dialect -----------------------------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"

#include "InterfaceImpls.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace conv::lowbit;

#include "conv/Dialect/LowBit/IR/LowBitDialect.cpp.inc"
#include "conv/Dialect/LowBit/IR/LowBitEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/LowBit/IR/LowBitAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "conv/Dialect/LowBit/IR/LowBitOps.cpp.inc"

void LowBitDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "conv/Dialect/LowBit/IR/LowBitAttributes.cpp.inc"
      >();
}

void LowBitDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "conv/Dialect/LowBit/IR/LowBitOps.cpp.inc"
      >();
}

void conv::lowbit::registerLowBitDialect(DialectRegistry &registry) {
  registry.insert<LowBitDialect>();
  registerBufferizableOpInterfaceImpls(registry);
}
