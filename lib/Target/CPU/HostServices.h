//===- HostServices.h - Expand calls of the host's services -----*- C++ -*-===//

#ifndef LIB_TARGET_CPU_HOSTSERVICES_H
#define LIB_TARGET_CPU_HOSTSERVICES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace conv::cpu {

/// What every function gets as its first argument: the host, and the code of
/// the first service that failed.
mlir::LLVM::LLVMStructType getContextType(mlir::MLIRContext *context);
inline constexpr int contextHost = 0, contextStatus = 1;

/// Replace the placeholders of host services by loads of the host's functions
/// and indirect calls, and make each function return when one fails.
void expandHostServices(mlir::ModuleOp module);

} // namespace conv::cpu

#endif // LIB_TARGET_CPU_HOSTSERVICES_H
