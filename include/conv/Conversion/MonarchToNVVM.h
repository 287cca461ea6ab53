//===- MonarchToNVVM.h - Lower monarch ops to CUDA kernels ------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_H
#define CONV_CONVERSION_MONARCHTONVVM_H

#include "mlir/Pass/Pass.h"

namespace conv {

#define GEN_PASS_DECL_CONVERTMONARCHTONVVM
#include "conv/Conversion/Passes.h.inc"

} // namespace conv

#endif // CONV_CONVERSION_MONARCHTONVVM_H
