//===- Kernel.h - An emitted kernel and how it is launched ------*- C++ -*-===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_KERNEL_H
#define CONV_CONVERSION_MONARCHTONVVM_KERNEL_H

#include "mlir/IR/BuiltinAttributes.h"

#include <array>
#include <optional>

namespace conv::nvidia {

/// An extent of a grid: `constant`, or ceil(batch / divisor) bounded by
/// `constant` where there is a divisor.
struct GridExtent {
  int64_t constant = 1;
  std::optional<int64_t> batchDivisor;
};

/// A kernel function and its launch.
struct Kernel {
  mlir::StringAttr name;
  std::array<GridExtent, 3> grid;
  int64_t threads = 0;
  int64_t sharedBytes = 0;
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_KERNEL_H
