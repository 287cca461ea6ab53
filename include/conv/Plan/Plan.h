//===- Plan.h - A convolution plan as data ----------------------*- C++ -*-===//
//
// A plan says how one long convolution is computed: which algorithm, how the
// sequence index is split into digits, and the steps that contract them. It is
// plain data with several readers: evaluation in float64, cost, drawing, and
// emission as monarch ops. No reader decides anything.
//
// The right-angle plan. A row of length N is cut into J blocks of M samples,
// M = r_1 r_2 ... r_p. The right-angle transform of a block x is
//
//   RA(x)[k] = sum_n x[n] exp(-2 pi i n (k + 1/4) / M),   k = 0..M-1,
//
// and the product with one spectrum per block distance d,
//
//   K'_d = RA(k[dM..(d+1)M)) + i RA(k[(d-1)M..dM)),
//   y_j  = Re RA^-1( sum_i RA(u_i) K'_{j-i} ),
//
// is the exact linear convolution, without padding to 2N: at z^M = -i the
// overflow of one block lands in the imaginary part. For causal filters d runs
// over 0..J-1, for two-sided ones over -(J-1)..J-1.
//
// A transform is contracted one digit at a time. With n = n_1 M/r_1 + ... + n_p
// (n_1 most significant) and k = k_1 + r_1 k_2 + ... (k_1 least significant),
// stage i is an r_i-point DFT whose twist depends on the frequency digits
// already produced:
//
//   Z'[k_i] = sum_{n_i} Z[n_i] exp(-2 pi i n_i (k_i + t_i) / r_i),
//   t_1 = 1/4,  t_{i+1} = (k_i + t_i) / r_i.
//
// No separate twiddle pass remains. The inverse contracts k_p first, with
//
//   x'[n_i] = sum_{k_i} X[k_i] exp(+2 pi i k_i (n_i + s_i) / r_i),
//   s_p = inverseShift,  s_{i-1} = (n_i + s_i) / r_i,
//
// and a last rotation by exp(2 pi i n / (4 M)), of which only the real part is
// kept. A non-zero inverseShift keeps every twist off a quarter turn, so that
// the tangent form of the butterfly stays finite; the spectrum takes it back by
// exp(-2 pi i k inverseShift / m) with k the leaf's frequency and m its length
// (the kernels shift only the stages whose twists are vectors, and the
// columns). Columns are inverted the same way, from inverseShift again, after a
// twiddle exp(2 pi i m (k_c + 1/4) / M) exp(-2 pi i k_c inverseShift / R) for
// leaf sample m and column frequency k_c of R.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PLAN_PLAN_H
#define CONV_PLAN_PLAN_H

#include <cstdint>
#include <string>
#include <vector>

namespace conv::plan {

/// Which lags the filter has. Causal: 0..K-1. Circular: period N. Bidirectional
/// ("same"): a filter of K taps whose tap (K-1)/2 is lag zero.
enum class Kind { causal, circular, bidirectional };

/// How the sum over taps is evaluated.
enum class Algorithm {
  direct,     ///< one multiply-add per tap and output
  rightAngle, ///< block-Toeplitz product of right-angle transforms
  toeplitz,   ///< block-Toeplitz matrix product on AMX tiles (bf16, opt-in)
};

/// The arithmetic of the transform, which fixes the error that a package
/// states.
enum class Arithmetic { f32, f16, bf16 };

/// What the caller asks for: the convolution itself, without any choice.
struct Problem {
  Kind kind = Kind::causal;
  int64_t length = 0;       ///< N, samples of a row
  int64_t taps = 0;         ///< K, taps of the filter
  int64_t batch = -1;       ///< B, -1 when dynamic
  int64_t channels = 1;     ///< H
  int64_t gates = 0;        ///< how many of pregate and postgate there are
  bool skip = false;        ///< whether there is a skip weight
  int64_t elementBytes = 4; ///< of a sample in memory
};

/// What only a plan for tensor cores chooses: how a thread block is made up.
struct TensorChoice {
  int64_t warps = 0; ///< of a thread block; 0 for a plan of a CPU
  int64_t buffers =
      2; ///< rows a warp holds: 2 load one while computing another
  Arithmetic accumulate = Arithmetic::f32; ///< of the matrix products

  bool operator==(const TensorChoice &other) const {
    return warps == other.warps && buffers == other.buffers &&
           accumulate == other.accumulate;
  }
};

/// The choices of the planner, in the order in which #conv.plan prints them.
struct Choice {
  Algorithm algorithm = Algorithm::rightAngle;
  Arithmetic arithmetic = Arithmetic::f32;
  int64_t blocks = 1;           ///< J
  std::vector<int64_t> factors; ///< r_1..r_p; on a CPU the last four are the
                                ///< leaf, for tensor cores see TensorPlan.h
  TensorChoice tensor;

  bool isTensor() const { return tensor.warps > 0; }
};

/// One digit of the sample index within a block. `weight` is its weight in the
/// sample index n, `frequencyWeight` the one of its frequency digit in k.
struct Digit {
  int64_t radix = 1;
  int64_t weight = 1;
  int64_t frequencyWeight = 1;
};

/// Where a digit lives while a step runs. A digit can be contracted only where
/// its values sit in different registers, in `column` or `slot`, or where a
/// matrix product reaches them, in `fragment` (a 16x16 tile spread over a
/// warp), never in `lane`. That is the one legality rule of a layout.
enum class Place { column, slot, lane, fragment };

enum class StepKind {
  load,     ///< rows of u, times the pregate
  forward,  ///< contract a sample digit into its frequency digit
  exchange, ///< swap a lane digit with a slot digit of the same radix
  product,  ///< sum over blocks of transform times spectrum
  inverse,  ///< contract a frequency digit into its sample digit
  twiddle, ///< rotate leaf samples by the column frequency, exp(2 pi i m (k_c +
           ///< 1/4)/M)
  store,   ///< rotate, take the real part, skip, postgate, write
};

struct Step {
  StepKind kind;
  int digit = -1;   ///< digit contracted, or the slot digit of an exchange
  int partner = -1; ///< the lane digit of an exchange
};

/// A plan: problem, choice, and what follows from the two.
struct Plan {
  Problem problem;
  Choice choice;
  std::vector<Digit> digits; ///< column digits first, then the leaf's
  std::vector<Place> places; ///< of each digit when samples are loaded
  std::vector<Step> steps;
  double shift = 0.25;        ///< t_1
  double inverseShift = 0.25; ///< s_p, in the leaf only

  int64_t block() const;         ///< M, product of the factors
  int64_t leaf() const;          ///< product of the last four factors
  int64_t columns() const;       ///< M / leaf, product of the column digits
  int columnDigits() const;      ///< how many digits precede the leaf
  int64_t firstDistance() const; ///< smallest block distance d with a spectrum
  int64_t lastDistance() const;  ///< largest one
  int64_t distances() const { return lastDistance() - firstDistance() + 1; }
  /// Scalars of a prepared spectrum per channel: two (re, im) per frequency and
  /// stored block distance (see ProductShape); the taps for a direct plan.
  int64_t spectrumSize() const;
};

/// The smallest and largest lag of a problem's filter.
int64_t firstLag(const Problem &problem);
int64_t lastLag(const Problem &problem);

/// A step in the words of the monarch dialect, as in "exchange slot 1, lane 3".
std::string describe(const Step &step);

/// Build the plan that `choice` describes. On error `error` says what is wrong
/// and how to mend it, and the returned plan has no steps.
Plan buildPlan(const Problem &problem, const Choice &choice,
               std::string &error);

} // namespace conv::plan

#endif // CONV_PLAN_PLAN_H
