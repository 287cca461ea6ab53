//===- TensorPlan.h - Plans for tensor cores --------------------*- C++ -*-===//
//
// A plan with warps runs on tensor cores. A row of N samples is padded to the
// capacity L of its transform, the product of the factors; kappa, the filter
// over the lags -L..L-1, needs no more padding than that, for causal, circular
// and bidirectional filters alike:
//
//   y = Re RA^-1(RA(u) K),   K = RA(kappa[0..L)) + i RA(kappa[L..2L)),
//
// where the second half holds the negative lags, lag -m at 2L - m.
//
// How the factors name a family:
//
//   16, R, 16               warp       a row in the registers of one warp
//   16, 16, R, 16           block      a row in one thread block
//   r.., 16, 16, R, 16      threePass  outer transform, rows of the block
//   family
//                                      over memory, outer inverse
//   none, algorithm toeplitz           matrix product with the Toeplitz matrix
//
// with R one of 1, 2, 4, 8, 16 (at most 8 in a block, whose 16 warps share the
// registers of a multiprocessor).
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_TENSORPLAN_H
#define CONV_PLAN_TENSORPLAN_H

#include "conv/Plan/Plan.h"

namespace conv::plan {

/// How a row is spread over a device.
enum class Family { warp, block, threePass, toeplitz };

/// "warp", "block", "three_pass" or "toeplitz".
const char *name(Family family);

/// What the factors of a tensor plan say.
struct TensorShape {
  Family family = Family::warp;
  int64_t capacity = 0; ///< L
  int64_t tiles = 1;    ///< R, registers' digit of the innermost transform
  int64_t inner = 0;    ///< 256 R, points of the innermost transform
  int64_t outer = 1;    ///< product of the factors before a block's
};

TensorShape tensorShape(const Choice &choice);

/// What is wrong with a tensor plan for this problem; empty if nothing.
std::string checkTensorChoice(const Problem &problem, const Choice &choice);

/// Halves of a prepared spectrum per channel.
int64_t tensorSpectrumSize(const Plan &plan);

/// Digits, places and steps of a right-angle tensor plan.
void addTensorSteps(Plan &plan);

/// Whether a warp of R tiles has no registers left for the DFT of 16 points
/// while it transforms the other digits, and reads it again for every row.
bool parksFourier(int64_t tiles);

/// Bytes of dynamic shared memory that a thread block of the warp family needs:
/// tables A and T, the spectrum of its channel, and the rows of its warps (with
/// their gates).
int64_t warpSharedBytes(const Choice &choice, int64_t gates);

/// The same of the block family, and of the rows' pass of the three-pass one:
/// tables A, T and A_0, the outer twiddles, and the exchanged row as real and
/// imaginary halves. With two buffers also the samples of the next row and, if
/// R is at most 4, the spectrum of the channel, which is read for every row
/// otherwise; with one the next row waits for this one's to leave. Gates and
/// the skip term need none.
///
///   R   N up to   one buffer   two buffers
///   2   8192       39,936       89,088
///   4   16384      78,848      177,152
///   8   32768     156,672      222,208
///
/// Of two buffers sm_80 (163 KB a block) takes R up to 2, sm_90a (227 KB) all;
/// of one buffer sm_86 and sm_89 (99 KB) take R up to 4.
int64_t blockSharedBytes(const Choice &choice);
/// Whether the spectrum of its channel is kept in a block's shared memory.
bool blockKeepsSpectrum(const Choice &choice);

/// The same of the toeplitz family, see ToeplitzShape.h.
int64_t toeplitzSharedBytes(const Problem &problem, const Choice &choice);

/// The one of these that the plan's family needs.
int64_t sharedBytes(const Problem &problem, const Choice &choice);

} // namespace conv::plan

#endif // CONV_PLAN_TENSORPLAN_H
