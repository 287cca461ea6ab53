//===- TensorTables.h - Constant tables of tensor-core kernels --*- C++ -*-===//
//
// The values, in the order in which a kernel reads them, of the matrices and
// twiddles of a right-angle transform of L = 16 R 16 points in fragments of
// 16x16. With n = 16 R n1 + 16 n2 + n3 and k = k1 + 16 k2 + 16 R k3, the stages
// are
//
//   S1   sum over n1 by
//        A_(n2)[k1, n1] = exp(-2 pi i (k1 + s) (n1/16 + n2/(16 R)))
//   S2   a Fourier transform over n2, in registers
//   T    times exp(-2 pi i n3 (k1 + s + 16 k2) / L)
//   S3   sum over n3 by F[n3, k3] = exp(-2 pi i n3 k3 / 16)
//
// with s = 1/4 for a right-angle transform and 0 for an ordinary one. A_(n2)
// carries the factor 1 / (4 sqrt R) and F carries 1/4, so that every stage is
// unitary but S2, and forward and inverse together divide by L.
//
// A tile of 16x16 is stored as four 8x8 matrices in the order of an mma
// fragment: rows 0-7 and 8-15 of columns 0-7, then of columns 8-15; each
// row-major. A complex table has 256 real parts, then 256 imaginary ones, tile
// by tile.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_TENSORTABLES_H
#define CONV_PLAN_TENSORTABLES_H

#include <cstdint>
#include <vector>

namespace conv::plan {

/// Position of (row, column) in a tile of 256 values.
int64_t tilePosition(int64_t row, int64_t column);

/// A_(n2) for n2 = 0..R-1: 512 R values.
std::vector<double> sampleStageTable(int64_t tiles, double shift);

/// T for k2 = 0..R-1, rows k1, columns n3: 512 R values.
std::vector<double> twiddleTable(int64_t tiles, double shift);

/// F as each lane holds it: for 32 lanes the 8 values of the real part and the
/// 8 of the imaginary part in the order of a left operand, then the same for 32
/// lanes in the order of a right operand. 1024 values. Row n3 of F carries a
/// factor exp(-2 pi i n3 turns).
std::vector<double> fourierFragments(double turns = 0);

// A block's transform of L = 16 M points, M = 256 R, has an outer digit:
// n = M n0 + m and k = k0 + 16 k', with a transform of M points from m to k'
// for each k0. Its stage
//
//   S0   sum over n0 by A_0[k0, n0] = exp(-2 pi i (k0 + s) n0 / 16) / 4,
//        which is `sampleStageTable(1, s)`
//
// is followed by exp(-2 pi i (k0 + s) m / L), m = 16 q + n3: a factor for each
// q and k0, in the table below, and one for each n3 and k0, which the F of the
// row k0 carries, with turns (k0 + s) / L. The inner transforms have no shift.

/// exp(-2 pi i (k0 + s) 16 q / L) for q = 0..16R-1: for t = 0..3 the real parts
/// of k0 = 2 t, 2 t + 1, 2 t + 8, 2 t + 9, then the imaginary ones, which are
/// those of the rows that lane t of a group of four has of a right operand.
/// 512 R values.
std::vector<double> outerTwiddleTable(int64_t tiles, double shift);

/// `fourierFragments` for k0 = 0..15 of a block: 16384 values.
std::vector<double> blockFourierFragments(int64_t tiles, double shift);

/// Where frequency k of a prepared spectrum of 16 R 16 points has its real
/// part; the imaginary part stands 256 behind it. Tile k2, then 16 bytes for
/// each lane in the order of a left operand with rows k1 and columns k3.
int64_t spectrumPosition(int64_t frequency, int64_t tiles);

/// The same for a block's transform of 16 M points, M = 256 R: row k0 = k mod
/// 16 of 2 M values, and in it the place of frequency k / 16 of M points.
int64_t blockSpectrumPosition(int64_t frequency, int64_t tiles);

} // namespace conv::plan

#endif // CONV_PLAN_TENSORTABLES_H
