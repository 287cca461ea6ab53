//===- InterfaceImpls.h - Interfaces implemented from outside ---*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_IR_INTERFACEIMPLS_H
#define CONV_LIB_DIALECT_LOWBIT_IR_INTERFACEIMPLS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace conv::lowbit {
/// Attach bufferization to the operations in destination style.
void registerBufferizableOpInterfaceImpls(mlir::DialectRegistry &registry);
} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_IR_INTERFACEIMPLS_H
