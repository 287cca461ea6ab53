//===- Signature.h - The arguments of a kernel ------------------*- C++ -*-===//
//
// What a kernel takes: one tensor per argument and result of its function, with
// a symbol for each dynamic size. Kept as the attribute `conv.signature` while
// the function is lowered.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TARGET_CPU_SIGNATURE_H
#define CONV_TARGET_CPU_SIGNATURE_H

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"

#include <string>

namespace conv::cpu {

/// A size: a number, or the index of a symbol in Signature::dims.
struct Extent {
  int64_t size = 0;
  int64_t symbol = -1;
  bool isSymbol() const { return symbol >= 0; }
};

/// One tensor argument of a kernel.
struct Argument {
  std::string name;
  bool isOutput = false;
  std::string dtype; ///< as in packages: "f32", "complex64", ...
  llvm::SmallVector<Extent> shape;
};

/// The arguments of a kernel, inputs before outputs.
struct Signature {
  std::vector<Argument> arguments;
  std::vector<std::string> dims; ///< symbols, in order of first appearance

  /// Read the attribute of a function. Emits an error if it is malformed.
  static mlir::FailureOr<Signature> get(mlir::Operation *function);
  /// The attribute that `get` reads.
  mlir::Attribute getAsAttribute(mlir::MLIRContext *context) const;
};

/// The package's name of an element type, or "" if kernels cannot take it.
std::string getDtypeName(mlir::Type elementType);

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_SIGNATURE_H
