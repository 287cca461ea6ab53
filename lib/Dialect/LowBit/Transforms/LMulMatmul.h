//===- LMulMatmul.h - Kernels of a product by L-Mul -------------*- C++ -*-===//
//
// Both operands are packed into words of f32 before they are multiplied. A
// panel of b is [K][columns]; rows of a are [rows][K]. What the words hold
// depends on the form:
//
//   integer       b: y; a: x + offset, and for the equation P(x) + offset too
//   matrix_unit   b: the bf16 pair (P(y), y - (1 - c) P(y)); a: (x, P(x))
//
// where P keeps sign and exponent, and offset is what makes the sum of two
// words the word of the product.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULMATMUL_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULMATMUL_H

#include "LMulEmitter.h"

// The builder of vector code and the frame of kernels that run in parallel.
#include "KernelEmitter.h"

namespace conv::lowbit {

using monarch::Address;
using monarch::VectorBuilder;

/// What the kernels of one product are specialized for.
struct MatmulSignature {
  mlir::FloatType element, result;
  Semantics semantics = Semantics::adder;
  int64_t kept = 0; ///< mantissa bits of the operands
  bool transposeA = false, transposeB = false;
  bool sharedB = false; ///< b has no batch, but a has
  bool checked = true;
  Form form = Form::integer;
  int64_t rows = 0, columns = 0; ///< of a tile of sums
  int64_t m = 0, n = 0, k = 0;   ///< sizes, dynamic as in ShapedType

  /// Panels of b are padded to whole tiles of K.
  int64_t innerStep() const { return form == Form::matrix_unit ? 16 : 1; }
};

/// What a word of a pack says of its number.
enum WordFlag : int64_t {
  flagZero = 1, ///< it is zero
  flagWild = 2, ///< it is not in 2^-59 .. 2^62: products may leave f32
};

/// A packed number, or vector of them: the bits of f32, and flags.
struct Word {
  mlir::Value bits, flags;
};

/// The number as a word of f32, rounded to the mantissa bits kept, with zeros
/// for subnormals; flags only if `signature.checked`.
Word emitWord(VectorBuilder &b, const MatmulSignature &signature,
              mlir::Value number);

/// x / y rounded up, of sizes.
mlir::Value ceilDiv(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t y);

/// Constants and operations on i32 of the shape of `like`.
mlir::Value wordConstant(VectorBuilder &b, mlir::Value like, uint32_t value);
/// P(v): sign and exponent.
mlir::Value powerOf(VectorBuilder &b, mlir::Value word);

/// func @pack(b, words, flags, N, K, panels, origin, begin, end, workspace):
/// pack panels begin..end-1 of all batches to `words`, where panel `origin` is
/// the first.
mlir::func::FuncOp emitPackB(mlir::ModuleOp module, mlir::Location loc,
                             const MatmulSignature &signature);

/// func @lmul_matmul(a, b, words, flags, c, M, N, K, panels, begin, end,
/// workspace): multiply items, each some rows of a with some panels. `rawPack`
/// packs panels in integer form, where the form is matrix_unit.
mlir::func::FuncOp emitMatmul(mlir::ModuleOp module, mlir::Location loc,
                              const MatmulSignature &signature,
                              mlir::func::FuncOp rawPack);

/// func @lmul_dot(a, b, c, K, begin, end, workspace): sum rows begin..end-1.
mlir::func::FuncOp emitDot(mlir::ModuleOp module, mlir::Location loc,
                           const MatmulSignature &signature);

/// Rows of a, and panels of b, that one item of the product takes.
int64_t rowsPerItem(const MatmulSignature &signature);
constexpr int64_t panelsPerItem = 8;

/// Bytes of the workspace of the product.
mlir::Value matmulWorkspace(mlir::ImplicitLocOpBuilder &b,
                            const MatmulSignature &signature, mlir::Value k);

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_LMULMATMUL_H
