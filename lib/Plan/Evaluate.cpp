//===- Evaluate.cpp - Evaluate a plan in float64 --------------------------===//

#include "conv/Plan/Evaluate.h"

#include <algorithm>
#include <cmath>

namespace conv::plan {

namespace {

Complex unit(double turns) {
  return std::polar(1.0, 2 * 3.14159265358979323846 * turns);
}

/// The values of one block while its steps run. Position p of the tile holds a
/// digit; the values lie in memory with the last position varying fastest.
class Tile {
public:
  Tile(const Plan &plan)
      : plan(plan), places(plan.places), values(plan.block()),
        contracted(plan.digits.size(), false) {
    for (size_t i = 0; i < plan.digits.size(); ++i)
      order.push_back(static_cast<int>(i));
    place();
  }

  /// Run one step that stays within the block. Returns what is wrong with it.
  std::string run(const Step &step) {
    switch (step.kind) {
    case StepKind::forward:
      return contract(step, /*forward=*/true);
    case StepKind::inverse:
      return contract(step, /*forward=*/false);
    case StepKind::exchange:
      return exchange(step);
    case StepKind::twiddle:
      return twiddle();
    case StepKind::load:
    case StepKind::product:
    case StepKind::store:
      break;
    }
    return "";
  }

  /// Whether all digits are frequencies (or all samples).
  bool isAll(bool frequency) const {
    return std::all_of(contracted.begin(), contracted.end(),
                       [&](bool c) { return c == frequency; });
  }

  /// The value of a digit at memory position `at`.
  int64_t value(int digit, int64_t at) const {
    return at / stride[digit] % plan.digits[digit].radix;
  }

  /// The frequency (or sample index) that position `at` stands for.
  int64_t index(int64_t at, bool frequency) const {
    int64_t sum = 0;
    for (size_t i = 0; i < plan.digits.size(); ++i)
      sum +=
          value(static_cast<int>(i), at) *
          (frequency ? plan.digits[i].frequencyWeight : plan.digits[i].weight);
    return sum;
  }

  const Plan &plan;
  std::vector<int> order;    ///< digit at each position, outermost first
  std::vector<Place> places; ///< place of each position
  std::vector<Complex> values;
  std::vector<bool> contracted; ///< whether digit i is a frequency

private:
  void place() {
    stride.assign(order.size(), 1);
    int64_t s = 1;
    for (size_t p = order.size(); p-- > 0;) {
      stride[order[p]] = s;
      s *= plan.digits[order[p]].radix;
    }
  }

  size_t position(int digit) const {
    return std::find(order.begin(), order.end(), digit) - order.begin();
  }

  bool isColumn(int digit) const { return digit < plan.columnDigits(); }

  std::string checkDigit(const Step &step, int digit) const {
    if (digit < 0 || digit >= static_cast<int>(order.size()))
      return "step '" + describe(step) + "' names digit " +
             std::to_string(digit) + " of " + std::to_string(order.size());
    return "";
  }

  /// The digits whose values the twist of `digit` depends on, the nearest last.
  std::vector<int> twistDigits(int digit, bool forward) const {
    std::vector<int> result;
    if (forward) {
      for (int q = 0; q < digit; ++q)
        result.push_back(q);
      return result;
    }
    int last = isColumn(digit) ? plan.columnDigits()
                               : static_cast<int>(plan.digits.size());
    for (int q = last - 1; q > digit; --q)
      result.push_back(q);
    return result;
  }

  std::string contract(const Step &step, bool forward) {
    int digit = step.digit;
    std::string error = checkDigit(step, digit);
    if (!error.empty())
      return error;
    if (places[position(digit)] == Place::lane)
      return "step '" + describe(step) +
             "' contracts a lane digit; exchange it with a slot digit first";
    if (contracted[digit] == forward)
      return "step '" + describe(step) + "' contracts a digit twice";
    std::vector<int> twists = twistDigits(digit, forward);
    for (int q : twists)
      if (contracted[q] != forward)
        return "step '" + describe(step) + "' comes before digit " +
               std::to_string(q) + ", on whose result its twist depends";

    int64_t radix = plan.digits[digit].radix, s = stride[digit];
    std::vector<Complex> in(radix);
    for (int64_t at = 0; at < plan.block(); ++at) {
      if (value(digit, at) != 0)
        continue;
      double twist = forward ? plan.shift : plan.inverseShift;
      for (int q : twists)
        twist = (value(q, at) + twist) / plan.digits[q].radix;
      for (int64_t n = 0; n < radix; ++n)
        in[n] = values[at + n * s];
      for (int64_t k = 0; k < radix; ++k) {
        Complex sum = 0;
        for (int64_t n = 0; n < radix; ++n)
          sum += in[n] * (forward ? unit(-n * (k + twist) / radix)
                                  : unit(n * (k + twist) / radix));
        values[at + k * s] = sum;
      }
    }
    contracted[digit] = forward;
    return "";
  }

  std::string exchange(const Step &step) {
    for (int digit : {step.digit, step.partner})
      if (std::string error = checkDigit(step, digit); !error.empty())
        return error;
    size_t a = position(step.digit), b = position(step.partner);
    if (places[a] != Place::slot || places[b] != Place::lane)
      return "step '" + describe(step) +
             "' must name a slot digit and a lane digit";
    if (plan.digits[step.digit].radix != plan.digits[step.partner].radix)
      return "step '" + describe(step) + "' swaps digits of different radix";
    // Every value moves to the position that has the same digits afterwards.
    Tile before = *this;
    std::swap(order[a], order[b]);
    place();
    for (int64_t at = 0; at < plan.block(); ++at) {
      int64_t to = 0;
      for (size_t i = 0; i < order.size(); ++i)
        to += before.value(static_cast<int>(i), at) * stride[i];
      values[to] = before.values[at];
    }
    return "";
  }

  std::string twiddle() {
    for (size_t i = 0; i < order.size(); ++i)
      if (contracted[i] != isColumn(static_cast<int>(i)))
        return "step 'twiddle' needs frequencies in the columns and samples in "
               "the leaf";
    int64_t columns = plan.columns();
    for (int64_t at = 0; at < plan.block(); ++at) {
      int64_t frequency = 0, sample = 0;
      for (int i = 0; i < static_cast<int>(order.size()); ++i)
        (isColumn(i) ? frequency : sample) +=
            value(i, at) * (isColumn(i) ? plan.digits[i].frequencyWeight
                                        : plan.digits[i].weight);
      values[at] *= unit(sample * (frequency + plan.shift) / plan.block()) *
                    unit(-frequency * plan.inverseShift / columns);
    }
    return "";
  }

  std::vector<int64_t> stride; ///< of each digit in memory
};

/// Tap at a lag; circular filters repeat with period N.
double tapAtLag(const Problem &problem, const double *taps, int64_t lag) {
  if (lag < firstLag(problem) || lag > lastLag(problem))
    return 0;
  if (problem.kind == Kind::bidirectional)
    lag += (problem.taps - 1) / 2;
  if (problem.kind == Kind::circular && lag < 0)
    lag += problem.length;
  return lag < problem.taps ? taps[lag] : 0;
}

/// Load M samples and run the steps up to the product.
std::string transform(Tile &tile, const std::vector<Complex> &samples) {
  for (int64_t at = 0; at < tile.plan.block(); ++at)
    tile.values[at] = samples[tile.index(at, /*frequency=*/false)];
  for (const Step &step : tile.plan.steps) {
    if (step.kind == StepKind::product)
      break;
    if (std::string error = tile.run(step); !error.empty())
      return error;
  }
  if (!tile.isAll(/*frequency=*/true))
    return "step 'product' comes before every digit is a frequency";
  return "";
}

/// The sum over taps itself.
std::vector<double> evaluateDirect(const Plan &plan,
                                   const std::vector<Complex> &taps,
                                   const std::vector<double> &gated) {
  const Problem &problem = plan.problem;
  std::vector<double> real(taps.size()), output(problem.length, 0.0);
  for (size_t i = 0; i < taps.size(); ++i)
    real[i] = taps[i].real();
  for (int64_t n = 0; n < problem.length; ++n)
    for (int64_t lag = firstLag(problem); lag <= lastLag(problem); ++lag)
      if (n - lag >= 0 && n - lag < problem.length)
        output[n] += tapAtLag(problem, real.data(), lag) * gated[n - lag];
  return output;
}

/// Sum over blocks of transform times spectrum.
void multiply(const Plan &plan, const std::vector<Complex> &spectrum,
              std::vector<Tile> &tiles) {
  std::vector<std::vector<Complex>> sums(
      tiles.size(), std::vector<Complex>(plan.block(), 0.0));
  int64_t blocks = plan.choice.blocks, first = plan.firstDistance();
  for (int64_t at = 0; at < plan.block(); ++at) {
    int64_t k = tiles[0].index(at, /*frequency=*/true);
    for (int64_t j = 0; j < blocks; ++j)
      for (int64_t i = 0; i < blocks; ++i) {
        int64_t d = j - i;
        if (d >= first && d <= plan.lastDistance())
          sums[j][at] +=
              tiles[i].values[at] * spectrum[(d - first) * plan.block() + k];
      }
  }
  for (size_t j = 0; j < tiles.size(); ++j)
    tiles[j].values = std::move(sums[j]);
}

/// Run the steps after the product.
std::string invert(Tile &tile) {
  bool after = false;
  for (const Step &step : tile.plan.steps) {
    if (after)
      if (std::string error = tile.run(step); !error.empty())
        return error;
    after |= step.kind == StepKind::product;
  }
  if (!tile.isAll(/*frequency=*/false))
    return "step 'store' comes before every digit is a sample";
  return "";
}

} // namespace

std::vector<Complex> evaluateSpectrum(const Plan &plan, const double *taps,
                                      std::string &error) {
  error.clear();
  if (plan.choice.algorithm != Algorithm::rightAngle)
    return std::vector<Complex>(taps, taps + plan.problem.taps);

  int64_t block = plan.block(), first = plan.firstDistance();
  std::vector<Complex> spectrum;
  for (int64_t d = first; d <= plan.lastDistance(); ++d) {
    // RA is linear: transform k_d + i k_{d-1} at once.
    std::vector<Complex> samples(block);
    for (int64_t m = 0; m < block; ++m)
      samples[m] = {tapAtLag(plan.problem, taps, d * block + m),
                    tapAtLag(plan.problem, taps, (d - 1) * block + m)};
    Tile tile(plan);
    error = transform(tile, samples);
    if (!error.empty())
      return {};
    size_t base = spectrum.size();
    spectrum.resize(base + block);
    for (int64_t at = 0; at < block; ++at) {
      int64_t k = tile.index(at, /*frequency=*/true);
      int64_t leafFrequency = k / plan.columns();
      spectrum[base + k] =
          tile.values[at] / static_cast<double>(block) *
          unit(-leafFrequency * plan.inverseShift / plan.leaf());
    }
  }
  return spectrum;
}

std::vector<double> evaluateRow(const Plan &plan,
                                const std::vector<Complex> &spectrum,
                                const Row &row, std::string &error) {
  error.clear();
  int64_t length = plan.problem.length;
  std::vector<double> gated(row.input, row.input + length), output;
  if (row.pregate)
    for (int64_t n = 0; n < length; ++n)
      gated[n] *= row.pregate[n];

  if (plan.choice.algorithm != Algorithm::rightAngle) {
    output = evaluateDirect(plan, spectrum, gated);
  } else {
    int64_t block = plan.block();
    std::vector<Tile> tiles(plan.choice.blocks, Tile(plan));
    for (int64_t j = 0; j < plan.choice.blocks; ++j) {
      std::vector<Complex> samples(block, 0.0);
      for (int64_t m = 0; m < block && j * block + m < length; ++m)
        samples[m] = gated[j * block + m];
      error = transform(tiles[j], samples);
      if (!error.empty())
        return {};
    }
    multiply(plan, spectrum, tiles);
    output.resize(length);
    for (int64_t j = 0; j < plan.choice.blocks; ++j) {
      error = invert(tiles[j]);
      if (!error.empty())
        return {};
      for (int64_t at = 0; at < block; ++at) {
        int64_t n = tiles[j].index(at, /*frequency=*/false);
        // The twiddle has already turned the leaf's part of n.
        int64_t rest = plan.columns() > 1 ? n - n % plan.leaf() : n;
        if (j * block + n < length)
          output[j * block + n] =
              (tiles[j].values[at] * unit(rest * plan.shift / block)).real();
      }
    }
  }
  for (int64_t n = 0; n < length; ++n) {
    output[n] += row.skip * gated[n];
    if (row.postgate)
      output[n] *= row.postgate[n];
  }
  return output;
}

} // namespace conv::plan
