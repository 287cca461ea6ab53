//===- ScalarEvaluator.h - Evaluate scalar ops in float64 -------*- C++ -*-===//

#ifndef TOOLS_CONV_RUN_SCALAREVALUATOR_H
#define TOOLS_CONV_RUN_SCALAREVALUATOR_H

#include "mlir/IR/Block.h"
#include "mlir/Support/LLVM.h"

#include <optional>
#include <vector>

namespace conv {

/// A number's value.
std::optional<double> toDouble(mlir::Attribute attribute);

/// Evaluates the body of a linalg.generic: arith and math ops on real scalars.
class ScalarEvaluator {
public:
  explicit ScalarEvaluator(mlir::Block *body) : body(body) {}

  /// Evaluate once, with the block's arguments and the loops' indices. Fills
  /// `results` with what is yielded; returns the first op it does not know.
  mlir::Operation *run(const std::vector<double> &arguments,
                       const std::vector<int64_t> &indices,
                       std::vector<double> &results);

private:
  mlir::Block *body;
  llvm::DenseMap<mlir::Value, double> values;
};

} // namespace conv

#endif // TOOLS_CONV_RUN_SCALAREVALUATOR_H
