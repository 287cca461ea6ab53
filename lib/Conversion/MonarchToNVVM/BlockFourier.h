//===- BlockFourier.h - f32 Fourier transforms in shared memory -*- C++ -*-===//
//
// The right-angle transform of L = D M complex samples, decimated in frequency:
// the threads of one row compute the M frequencies k = r + D q of one residue
// r,
//
//   X[k] = sum_n z_r[n] exp(-2 pi i n (q + t) / M),  t = (r + 1/4) / D,
//   z_r[n] = sum_d x[n + d M] exp(-2 pi i d t),  n = 0..M-1,
//
// with 16 values a thread. The index n is split into digits, which are
// contracted one after another, the most significant first, by butterflies in
// registers; between two of them the values go through shared memory, in place.
// The twist of a stage's inputs grows with the digit n_i alone,
//
//   exp(-2 pi i n_i (kappa + 1/4) / (D r_1 .. r_i)),
//
// where kappa is the part of the frequency that is known so far, so that one
// angle a butterfly and its powers are all twiddles. It is less than half a
// turn, where the sine and cosine of the multifunction unit err by at most
// 2^-20.5: far below the rounding of f16, in which the result is kept.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_BLOCKFOURIER_H
#define CONV_CONVERSION_MONARCHTONVVM_BLOCKFOURIER_H

#include "Fragments.h"

namespace conv::nvidia {

/// f32 arithmetic of one value a lane, and the transform of a row by a group of
/// threads.
class BlockFourier {
public:
  /// A transform of `points` = M points, a power of two from 256 to 2^16, for
  /// one of `residues` = D residues, a power of two.
  BlockFourier(KernelBuilder &b, int64_t points, int64_t residues);

  /// Threads of a row.
  int64_t threads() const { return points / values; }
  /// Bytes of shared memory of a row.
  int64_t bytes() const { return address(points); }

  /// The powers 0..count-1 of exp(-2 pi i numerator / denominator), where the
  /// quotient is at most 1/2.
  llvm::SmallVector<Complex> powers(Index numerator, int64_t denominator,
                                    int64_t count);
  /// 4 (residue + 1/4), over 4 D the turn t: what `powers` takes to make z_r.
  Index turn(Index residue) { return f.b.add(f.b.shl(residue, 2), 1); }
  Complex add(Complex x, Complex y);
  /// x y. A null imaginary part of x is zero.
  Complex mul(Complex x, Complex y);

  /// Transform the row of the threads whose shared memory starts at `shared`
  /// and who are number `thread` in it. `load` gives z_r[n]; a null imaginary
  /// part is zero. `store` gets a frequency k < L/16 and X[k + j L/16] for
  /// j = 0..15, when all threads are done with the shared memory.
  void
  run(Index shared, Index thread, Index residue,
      llvm::function_ref<Complex(Index n)> load,
      llvm::function_ref<void(Index frequency, llvm::ArrayRef<Complex> values)>
          store);

private:
  static constexpr int64_t values = 16; ///< of a thread, and the last radix

  /// Byte address of a position: 8 bytes a value and a gap behind each 16, so
  /// that the lanes of a warp meet no bank twice, neither one behind another
  /// nor 16 apart.
  static int64_t address(int64_t position) {
    return 8 * (position + position / 16);
  }
  Index address(Index position);
  Complex exponential(Index numerator, int64_t denominator);
  llvm::SmallVector<Complex> stage(size_t i, Index known,
                                   llvm::ArrayRef<Complex> inputs);
  /// The frequency whose digits before stage i are those of `high`.
  Index known(size_t i, Index high, Index residue);

  Fragments f;
  const int64_t points, residues;
  llvm::SmallVector<int64_t> radices; ///< the last one is 16
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_BLOCKFOURIER_H
