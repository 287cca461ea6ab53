//===- InterfaceImpls.h - Interfaces implemented from outside ---*- C++ -*-===//
//
// Bufferization and tiling need dialects that the operations themselves do not;
// their implementations are attached when the dialect is registered.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DIALECT_CONV_IR_INTERFACEIMPLS_H
#define CONV_LIB_DIALECT_CONV_IR_INTERFACEIMPLS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace conv {
void registerBufferizableOpInterfaceImpls(mlir::DialectRegistry &registry);
void registerTilingInterfaceImpls(mlir::DialectRegistry &registry);
} // namespace conv

#endif // CONV_LIB_DIALECT_CONV_IR_INTERFACEIMPLS_H
