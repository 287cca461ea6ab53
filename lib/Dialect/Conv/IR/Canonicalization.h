//===- Canonicalization.h - Patterns in files of their own ------*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_CONV_IR_CANONICALIZATION_H
#define CONV_LIB_DIALECT_CONV_IR_CANONICALIZATION_H

#include "conv/Dialect/Conv/IR/ConvOps.h"

namespace conv {
/// Add the pattern that merges a convolution of a convolution.
void populateCombineFiltersPatterns(mlir::RewritePatternSet &patterns);
} // namespace conv

#endif // CONV_LIB_DIALECT_CONV_IR_CANONICALIZATION_H
