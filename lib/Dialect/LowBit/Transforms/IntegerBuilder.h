//===- IntegerBuilder.h - Vectors of small integers -------------*- C++ -*-===//

#ifndef CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_INTEGERBUILDER_H
#define CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_INTEGERBUILDER_H

#include "KernelEmitter.h"
#include "RowsToVector.h"

#include "conv/Dialect/LowBit/Transforms/Passes.h"

namespace conv::lowbit {

using monarch::Address;
using monarch::Workspace;

/// What the instruction set offers to products of small integers.
struct IntegerTarget {
  Dot dot;
  int64_t bits; ///< of a vector register
  bool tiles;   ///< AMX tiles of i8

  /// Whether bytes are widened to 16 bits before they are multiplied.
  bool widens() const { return dot != Dot::bytes && !tiles; }
};

/// Emits arithmetic on vectors of 16 x i32 and of the bytes that belong to
/// them.
class IntegerBuilder : public monarch::VectorBuilder {
public:
  IntegerBuilder(mlir::Location loc, mlir::OpBuilder &builder,
                 IntegerTarget target)
      : VectorBuilder(loc, builder, builder.getF32Type(), 16), target(target),
        i8(builder.getI8Type()), i16(builder.getI16Type()),
        i32(builder.getI32Type()), bytes(mlir::VectorType::get({64}, i8)),
        words(mlir::VectorType::get({16}, i32)) {}

  IntegerTarget target;
  mlir::Type i8, i16, i32;
  mlir::VectorType bytes, words; ///< 64 x i8, 16 x i32

  mlir::Value minimum(mlir::Value a, mlir::Value b);
  mlir::Value divide(mlir::Value a, int64_t b);
  mlir::Value remainder(mlir::Value a, int64_t b);
  mlir::Value lessEqual(mlir::Value a, int64_t b);

  /// A constant of an integer type or vector.
  mlir::Value integer(mlir::Type type, int64_t value);
  mlir::Value load(mlir::VectorType type, Address address);
  mlir::Value load(Address address); ///< one element
  void store(mlir::Value v, Address address);
  mlir::Value splatTo(mlir::VectorType type, mlir::Value scalar);
  mlir::Value bitcast(mlir::VectorType type, mlir::Value v);
  mlir::Value callIntrinsic(mlir::StringRef name, mlir::Type result,
                            mlir::ValueRange operands);

  /// The lanes of even or odd index.
  mlir::Value half(mlir::Value v, bool odd);

  /// acc[i] + the sum over j = 0..3 of u[4 i + j] s[4 i + j], with u unsigned
  /// and s signed bytes, by one instruction.
  mlir::Value dotBytes(mlir::Value acc, mlir::Value u, mlir::Value s);
  /// acc[i] + x[2 i] y[2 i] + x[2 i + 1] y[2 i + 1], with 16-bit x and y.
  mlir::Value dotPairs(mlir::Value acc, mlir::Value x, mlir::Value y);
};

} // namespace conv::lowbit

#endif // CONV_LIB_DIALECT_LOWBIT_TRANSFORMS_INTEGERBUILDER_H
