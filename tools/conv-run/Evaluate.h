//===- Evaluate.h - Evaluate a function in float64 --------------*- C++ -*-===//
//
// What --check compares with: the body of a function as it was written, op by
// op, without the planner or any lowering. The sums come from the reference
// library.
//
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_RUN_EVALUATE_H
#define TOOLS_CONV_RUN_EVALUATE_H

#include "mlir/Support/LLVM.h"

#include <complex>
#include <cstdint>
#include <vector>

namespace mlir {
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace conv {

/// A dense row-major array in float64. For a prepared spectrum it holds the
/// taps that the spectrum was made from.
struct Array {
  std::vector<int64_t> shape;
  std::vector<std::complex<double>> values;
  /// What a kernel's error is measured against, see conv-state-numerics. Zero
  /// where that is the norm of the values.
  double scale = 0;

  int64_t size() const;
  double norm() const;
};

/// Evaluate a function of one block on its arguments. Emits an error at the
/// first op that has no float64 meaning here.
mlir::FailureOr<std::vector<Array>>
evaluate(mlir::func::FuncOp function, const std::vector<Array> &arguments);

} // namespace conv

#endif // TOOLS_CONV_RUN_EVALUATE_H
