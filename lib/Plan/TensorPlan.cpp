//===- TensorPlan.cpp - Plans for tensor cores ----------------------------===//

#include "conv/Plan/TensorPlan.h"
#include "conv/Plan/ToeplitzShape.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace conv::plan {

namespace {
constexpr int64_t mostWarps = 32;
constexpr int64_t mostOuter = 1024;

std::string text(int64_t v) { return std::to_string(v); }

bool isPowerOfTwo(int64_t v) { return v > 0 && (v & (v - 1)) == 0; }

/// How many of the last factors are the warp's or the block's transform.
size_t innerFactors(const Choice &choice) {
  return choice.factors.size() == 3 ? 3 : 4;
}
} // namespace

const char *name(Family family) {
  switch (family) {
  case Family::warp:
    return "warp";
  case Family::block:
    return "block";
  case Family::threePass:
    return "three_pass";
  case Family::toeplitz:
    return "toeplitz";
  }
  return "";
}

TensorShape tensorShape(const Choice &choice) {
  assert(choice.isTensor());
  TensorShape shape;
  if (choice.algorithm == Algorithm::toeplitz) {
    shape.family = Family::toeplitz;
    return shape;
  }
  const std::vector<int64_t> &factors = choice.factors;
  size_t inner = innerFactors(choice);
  shape.family = factors.size() == 3   ? Family::warp
                 : factors.size() == 4 ? Family::block
                                       : Family::threePass;
  shape.tiles = factors[factors.size() - 2];
  shape.inner = 256 * shape.tiles;
  shape.outer = std::accumulate(factors.begin(), factors.end() - inner,
                                int64_t(1), std::multiplies<>());
  shape.capacity = std::accumulate(factors.begin(), factors.end(), int64_t(1),
                                   std::multiplies<>());
  return shape;
}

static std::string checkFactors(const Choice &choice) {
  const std::vector<int64_t> &factors = choice.factors;
  if (factors.size() < 3)
    return "a tensor-core plan has at least three factors, 16, R, 16; this one "
           "has " +
           text(factors.size());
  size_t inner = innerFactors(choice), tiles = factors.size() - 2;
  int64_t outer = 1;
  for (size_t i = 0; i < factors.size(); ++i) {
    int64_t r = factors[i];
    if (i == tiles) {
      int64_t limit = inner == 3 ? 16 : 8;
      if (!isPowerOfTwo(r) || r > limit)
        return "factor " + text(r) +
               " in the registers is not a power of two "
               "up to " +
               text(limit);
    } else if (i + inner >= factors.size()) {
      if (r != 16)
        return "factor " + text(r) + " of a matrix product is not 16";
    } else {
      if (!isPowerOfTwo(r) || r < 2 || r > 16)
        return "outer factor " + text(r) + " is none of 2, 4, 8, 16";
      outer *= r;
      if (outer > mostOuter)
        return "outer factors multiply to more than " + text(mostOuter) +
               "; use fewer";
    }
  }
  return "";
}

std::string checkTensorChoice(const Problem &problem, const Choice &choice) {
  const TensorChoice &tensor = choice.tensor;
  if (tensor.warps > mostWarps)
    return "a thread block has at most " + text(mostWarps) + " warps, not " +
           text(tensor.warps);
  if (tensor.buffers < 1 || tensor.buffers > 2)
    return "a warp has 1 or 2 buffers, not " + text(tensor.buffers);
  if (tensor.accumulate == Arithmetic::bf16)
    return "matrix products accumulate in f32 or f16, not in bf16";
  if (choice.arithmetic != Arithmetic::f16)
    return "tensor-core plans compute in f16; use arithmetic = f16";
  if (choice.blocks != 1)
    return "a tensor-core plan has no blocks; leave them out";
  if (choice.algorithm == Algorithm::toeplitz)
    return choice.factors.empty()
               ? ""
               : "a toeplitz plan has no factors; leave them out";
  if (choice.algorithm != Algorithm::rightAngle)
    return "a tensor-core plan is right_angle or toeplitz";
  std::string error = checkFactors(choice);
  if (!error.empty())
    return error;
  TensorShape shape = tensorShape(choice);
  if (shape.family == Family::block && tensor.warps != 16 && tensor.warps != 8)
    return "a block has 16 warps with one row of the inner transform each, or "
           "8 with two, not " +
           text(tensor.warps);
  int64_t capacity = shape.capacity;
  if (capacity < problem.length)
    return "factors multiply to " + text(capacity) + ", but a row has " +
           text(problem.length) + " samples; use more or larger ones";
  return "";
}

int64_t tensorSpectrumSize(const Plan &plan) {
  return 2 * tensorShape(plan.choice).capacity;
}

void addTensorSteps(Plan &plan) {
  const std::vector<int64_t> &factors = plan.choice.factors;
  int count = static_cast<int>(factors.size());
  int64_t weight = plan.block(), frequencyWeight = 1;
  plan.steps.push_back({StepKind::load});
  for (int i = 0; i < count; ++i) {
    weight /= factors[i];
    plan.digits.push_back({factors[i], weight, frequencyWeight});
    frequencyWeight *= factors[i];
    plan.places.push_back(i == count - 2 ? Place::slot : Place::fragment);
    plan.steps.push_back({StepKind::forward, i});
  }
  plan.steps.push_back({StepKind::product});
  for (int i = count - 1; i >= 0; --i)
    plan.steps.push_back({StepKind::inverse, i});
  plan.steps.push_back({StepKind::store});
  plan.inverseShift = 0;
}

bool parksFourier(int64_t tiles) { return tiles == 16; }

int64_t warpSharedBytes(const Choice &choice, int64_t gates) {
  int64_t tiles = tensorShape(choice).tiles;
  int64_t tables = 3 * 1024 * tiles + (parksFourier(tiles) ? 2048 : 0);
  int64_t row = 512 * tiles;
  return tables +
         choice.tensor.warps * choice.tensor.buffers * (1 + gates) * row;
}

bool blockKeepsSpectrum(const Choice &choice) {
  return choice.tensor.buffers == 2 && tensorShape(choice).tiles <= 4;
}

int64_t blockSharedBytes(const Choice &choice) {
  int64_t tiles = tensorShape(choice).tiles;
  int64_t tables = 2 * 1024 * tiles + 1024, twiddles = 1024 * tiles;
  int64_t samples = 2 * 4096 * tiles; // of one row, in bytes
  int64_t spectrum = blockKeepsSpectrum(choice) ? 2 * samples : 0;
  return tables + twiddles + (1 + choice.tensor.buffers) * samples + spectrum;
}

int64_t toeplitzSharedBytes(const Problem &problem, const Choice &choice) {
  return ToeplitzShape(problem).sharedBytes(choice.tensor.warps);
}

int64_t sharedBytes(const Problem &problem, const Choice &choice) {
  switch (tensorShape(choice).family) {
  case Family::warp:
    return warpSharedBytes(choice, problem.gates);
  case Family::block:
  case Family::threePass:
    return blockSharedBytes(choice);
  case Family::toeplitz:
    return toeplitzSharedBytes(problem, choice);
  }
  return 0;
}

} // namespace conv::plan
