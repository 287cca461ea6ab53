//===- MonarchToNVVM.h - Lower monarch ops to CUDA kernels ------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_H
#define CONV_CONVERSION_MONARCHTONVVM_H

#include "mlir/Pass/Pass.h"

namespace conv {

#define GEN_PASS_DECL_CONVERTMONARCHTONVVM
#include "conv/Conversion/Passes.h.inc"

namespace nvidia {
/// The function attribute of kernels that LLVM's optimizer shall not touch.
inline constexpr llvm::StringLiteral keepOrderAttribute = "conv-keep-order";
} // namespace nvidia

} // namespace conv

#endif // CONV_CONVERSION_MONARCHTONVVM_H
