//===- InnerTransform.h - A transform in a warp's registers -----*- C++ -*-===//
//
// What the kernels of rows have in common: a warp transforms 256 R points,
// multiplies by a spectrum and transforms back, without moving data between its
// lanes. The points are a matrix of n1 by n3 for each of R tiles n2,
// n = 16 R n1 + 16 n2 + n3:
//
//   step        how                          tile afterwards (rows, columns)
//   S1          A_(n2) times data            k1, n3; n2
//   S2          butterflies over the tiles   k1, n3; k2
//   twiddle     in registers
//   S3          data times F                 k1, k3; k2
//   spectrum    in registers
//   S3'         conj F times data            n3, k1; k2
//   twiddle'    the same table transposed
//   S2'         butterflies                  n3, k1; n2
//   S1'         A_(n2)^H times data          n1, n3; n2
//
// Only a tile's columns can be contracted without moving data, and the order of
// the stages is such that it is always theirs to be contracted.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_INNERTRANSFORM_H
#define CONV_CONVERSION_MONARCHTONVVM_INNERTRANSFORM_H

#include "Fragments.h"

namespace conv::nvidia {

/// F as a left operand, whose rows are n3 and columns k3, and as a right one.
/// It may carry a factor for each n3, which is how a row of a longer transform
/// gets a part of its twiddles for nothing: S3 multiplies by F, S3' by conj F.
struct FourierMatrix {
  Tile leftRe, leftIm, rightRe, rightIm;
  /// -Im F; null to save registers, and to negate the data instead.
  Tile leftMinusIm, rightMinusIm;

  /// Load it from a table of 512 values of the left operand, then 512 of the
  /// right one, for each lane 8 real parts and 8 imaginary ones.
  /// `invariant` where the table never changes, so that loads may be moved.
  static FourierMatrix load(Fragments &f, Value table, bool withMinus = true,
                            bool invariant = true);
};

/// Complex tiles in shared memory, in the order of plan/TensorTables.h.
class TileTable {
public:
  /// At `at` bytes from the start of the block's shared memory.
  TileTable(Fragments &f, int64_t at) : f(f), at(at) {}

  /// Begin to copy the table to shared memory, by all threads of the block, and
  /// make this lane's addresses.
  void setUp(llvm::StringRef name, llvm::ArrayRef<double> values);
  ComplexTile load(int64_t tile) { return load(rows, tile, false); }
  ComplexTile loadTransposed(int64_t tile) { return load(columns, tile, true); }

private:
  ComplexTile load(Value base, int64_t tile, bool transposed);

  Fragments &f;
  const int64_t at;
  /// Straight, and with the middle two matrices of a tile swapped, as a
  /// transposed tile wants them.
  Value rows, columns;
};

/// The stages, over one or more sequences that share the loads of the tables.
class InnerTransform {
public:
  /// Frequencies are k + shift. `tablesAt` is where the tables A and T lie in
  /// shared memory.
  InnerTransform(Fragments &f, int64_t tiles, double shift, int64_t sequences,
                 int64_t tablesAt)
      : f(f), tiles(tiles), shift(shift), tables(f, tablesAt),
        x(sequences, llvm::SmallVector<ComplexTile>(tiles)),
        fourier(sequences) {}

  int64_t tableBytes() const { return 2048 * tiles; }
  /// Begin to copy the tables.
  void setUp();
  void setFourier(int64_t sequence, const FourierMatrix &matrix) {
    fourier[sequence] = matrix;
  }

  /// A_(n2) for S1 and its transpose for S1'.
  ComplexTile sampleTable(int64_t n2) { return tables.load(n2); }
  ComplexTile transposedSampleTable(int64_t n2) {
    return tables.loadTransposed(n2);
  }

  /// S1 of a tile. The samples, a Tile or a ComplexTile, are right operands:
  /// rows n1, columns n3, read transposed.
  template <typename Samples>
  void forward(int64_t sequence, int64_t n2, const ComplexTile &table,
               const Samples &samples) {
    x[sequence][n2] = f.multiply(table, samples);
  }
  /// S2 or S2'.
  void butterflies(bool inverse);
  /// Twiddle, S3, product with the tile k2 of the spectrum of a sequence, S3'
  /// and twiddle'.
  void middle(int64_t k2,
              llvm::function_ref<ComplexTile(int64_t sequence)> spectrum);
  /// S1': columns 8 j .. 8 j + 7 of tile n2, rows n1.
  Sum inverseReal(int64_t sequence, int64_t n2, const ComplexTile &table,
                  int j) {
    return f.realOfConjugate(table, asRight(x[sequence][n2]), j);
  }
  Sum inverseImaginary(int64_t sequence, int64_t n2, const ComplexTile &table,
                       int j) {
    return f.imaginaryOfConjugate(table, asRight(x[sequence][n2]), j);
  }

private:
  ComplexTile forwardFourier(const ComplexTile &data,
                             const FourierMatrix &matrix);
  ComplexTile backwardFourier(const ComplexTile &data,
                              const FourierMatrix &matrix);

  Fragments &f;
  const int64_t tiles;
  const double shift;
  TileTable tables;                                    ///< A, then T
  llvm::SmallVector<llvm::SmallVector<ComplexTile>> x; ///< [sequence][tile]
  llvm::SmallVector<FourierMatrix> fourier;            ///< [sequence]
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_INNERTRANSFORM_H
