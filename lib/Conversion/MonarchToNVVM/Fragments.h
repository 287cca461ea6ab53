//===- Fragments.h - 16x16 tiles spread over a warp -------------*- C++ -*-===//
//
// A tile of 16 x 16 halves lives in a warp as four registers of two halves a
// lane, in the order in which mma.sync wants its left operand (PTX ISA, "Matrix
// Fragments for mma.m16n8k16"): with g = lane / 4 and t = lane % 4, register i
// holds row g + 8 (i & 1), columns 2 t + 8 (i >> 1) and the next.
//
// The two halves (columns 0..7 and 8..15) of a product's accumulator, in f16,
// are the same four registers. So a result is at once a left operand; read as a
// right operand it is its own transpose. That is why stages follow one another
// without a shuffle: contracting the columns of data A on the left by a matrix
// F gives A F, contracting the columns of data on the right gives F A^T.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_FRAGMENTS_H
#define CONV_CONVERSION_MONARCHTONVVM_FRAGMENTS_H

#include "KernelBuilder.h"

#include <array>

namespace conv::nvidia {

/// Four registers of two values a lane: a 16x16 tile.
using Tile = std::array<Value, 4>;

/// Two values a lane, real and imaginary.
struct Complex {
  Value re, im;
};
/// A complex 16x16 tile, a register of both parts at a time.
using ComplexTile = std::array<Complex, 4>;

inline Tile realPart(const ComplexTile &tile) {
  return {tile[0].re, tile[1].re, tile[2].re, tile[3].re};
}
inline Tile imaginaryPart(const ComplexTile &tile) {
  return {tile[0].im, tile[1].im, tile[2].im, tile[3].im};
}
inline ComplexTile complexTile(const Tile &re, const Tile &im) {
  return {Complex{re[0], im[0]}, Complex{re[1], im[1]}, Complex{re[2], im[2]},
          Complex{re[3], im[3]}};
}
/// A left operand as the right one that is its transpose. The two registers of
/// columns 8 j .. 8 j + 7 are then 2 j and 2 j + 1, as in a tile that was
/// loaded transposed.
inline ComplexTile asRight(const ComplexTile &tile) {
  return {tile[0], tile[2], tile[1], tile[3]};
}

/// How products are accumulated inside mma.sync.
enum class Accumulator { f16, f32 };

/// What is loaded and stored.
enum class Element { f16, bf16 };

/// An accumulator of one m16n8 product: two registers of two halves, or four of
/// f32 in the same order.
struct Sum {
  llvm::SmallVector<Value, 4> registers;
};

/// Arithmetic on fragments: two halves a lane, and warp-wide products.
class Fragments {
public:
  Fragments(KernelBuilder &b, Accumulator accumulator)
      : b(b), accumulator(accumulator) {}

  // Two halves at a time.
  Value add(Value x, Value y);
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  Value fma(Value x, Value y, Value z);
  Value neg(Value x);

  Complex add(Complex x, Complex y) {
    return {add(x.re, y.re), add(x.im, y.im)};
  }
  Complex sub(Complex x, Complex y) {
    return {sub(x.re, y.re), sub(x.im, y.im)};
  }
  /// x + i y, and x - i y.
  Complex addTimesI(Complex x, Complex y) {
    return {sub(x.re, y.im), add(x.im, y.re)};
  }
  Complex subTimesI(Complex x, Complex y) {
    return {add(x.re, y.im), sub(x.im, y.re)};
  }
  /// x y, or x conj(y).
  Complex mul(Complex x, Complex y, bool conjugate = false);
  Complex scale(Complex x, Value factor) {
    return {mul(x.re, factor), mul(x.im, factor)};
  }

  // Tiles and shared memory. `address` is this lane's row address: lane l names
  // row l % 8 of the 8x8 matrix l / 8.
  Tile loadTile(Value address, bool transposed = false);
  void storeTile(Value address, const Tile &tile);
  /// 16 bytes a lane.
  Tile loadLanes(Value address, int64_t alignment = 16, bool invariant = false);
  /// The same from global memory that nobody writes, in this place: neither
  /// before a loop nor for two loads at once.
  Tile loadLanesHere(Value address);
  void storeLanes(Value address, const Tile &tile);

  // Products of a 16x16 left operand and a 16x8 right one.
  /// left right + sum; `sum` may be empty.
  Sum multiply(const Tile &left, Value right0, Value right1, Sum sum = {});
  /// left right, all 16 columns.
  ComplexTile multiply(const ComplexTile &left, const Tile &right);
  ComplexTile multiply(const ComplexTile &left, const ComplexTile &right);
  /// Columns 8 j .. 8 j + 7 of conj(left) right.
  Sum realOfConjugate(const ComplexTile &left, const ComplexTile &right, int j);
  Sum imaginaryOfConjugate(const ComplexTile &left, const ComplexTile &right,
                           int j);
  /// The accumulator as two registers of two halves.
  std::array<Value, 2> halves(const Sum &sum);
  std::array<Complex, 2> halves(const Sum &re, const Sum &im);
  /// The same in f32, two vectors of two values: {x0, x1}, {x2, x3}.
  std::array<Value, 2> floats(const Sum &sum);

  /// Bytes of `value` as the four nibbles of `selector` say (PTX prmt).
  Value permute(Value value, Value selector);

  // Two values at a time between formats.
  Type half2() { return b.half2Type(); }
  Type bfloat2() { return mlir::VectorType::get({2}, b.getBF16Type()); }
  Type float2() { return mlir::VectorType::get({2}, b.getF32Type()); }
  Value extend(Value value);           ///< to vector<2xf32>
  Value round(Value value, Type type); ///< from vector<2xf32>

  KernelBuilder &b;
  const Accumulator accumulator;

private:
  void storeWords(Value address, llvm::ArrayRef<Value> words);
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_FRAGMENTS_H
