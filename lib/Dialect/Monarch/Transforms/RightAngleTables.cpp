//===- RightAngleTables.cpp - Constants of a right-angle kernel -----------===//

#include "RightAngleTables.h"
#include "Butterfly.h"

#include <cmath>
#include <complex>

namespace conv::monarch {

namespace {

constexpr double twoPi = 6.283185307179586476925286766559;

std::complex<double> unit(double turns) {
  return std::polar(1.0, twoPi * turns);
}

class Builder {
public:
  Builder(const plan::Plan &plan, RightAngleTables &tables)
      : plan(plan), tables(tables), columns(plan.columns()) {}

  void run() {
    forwardColumns();
    tables.leafForward = here();
    for (double twist : columnTwists)
      forwardLeaf(twist);
    tables.leafInverse = here();
    inverseLeaf();
    inverseColumns();
    rotations();
    compensation();
  }

private:
  int64_t here() {
    while (tables.values.size() % leafLanes)
      tables.values.push_back(0);
    return tables.values.size();
  }

  /// Twists t of stage i + 1 from those of stage i, by path.
  static std::vector<double> next(const std::vector<double> &twists,
                                  int64_t radix) {
    std::vector<double> result;
    for (double t : twists)
      for (int64_t k = 0; k < radix; ++k)
        result.push_back((k + t) / radix);
    return result;
  }

  void forwardColumns() {
    columnTwists = {plan.shift};
    columnFrequencies = {0};
    for (int i = 0; i < plan.columnDigits(); ++i) {
      int64_t radix = plan.digits[i].radix;
      tables.columnForward.push_back(here());
      for (double t : columnTwists)
        appendConstants(radix, -twoPi * t / radix, tables.values);
      columnTwists = next(columnTwists, radix);
      std::vector<int64_t> frequencies;
      for (int64_t f : columnFrequencies)
        for (int64_t k = 0; k < radix; ++k)
          frequencies.push_back(f + k * plan.digits[i].frequencyWeight);
      columnFrequencies = frequencies;
    }
  }

  void inverseColumns() {
    // In place, digit i sits above the digits after it, which are already
    // samples: the twist depends on those.
    tables.columnInverse.assign(plan.columnDigits(), 0);
    std::vector<double> twists = {plan.inverseShift};
    for (int i = plan.columnDigits() - 1; i >= 0; --i) {
      int64_t radix = plan.digits[i].radix;
      tables.columnInverse[i] = here();
      for (double s : twists)
        appendConstants(radix, twoPi * s / radix, tables.values);
      std::vector<double> result;
      for (int64_t n = 0; n < radix; ++n)
        for (double s : twists)
          result.push_back((n + s) / radix);
      twists = result;
    }
  }

  /// A vector of each of the six constants, the angle given per lane.
  template <typename Angle> void vectors(Angle angle) {
    llvm::SmallVector<double> lanes;
    for (int64_t l = 0; l < leafLanes; ++l)
      appendConstants(4, angle(l), lanes);
    for (int64_t q = 0; q < 6; ++q)
      for (int64_t l = 0; l < leafLanes; ++l)
        tables.values.push_back(lanes[6 * l + q]);
  }

  /// Twists of the third and fourth stage: `third` is the third's per lane.
  void laneTwists(double sign, llvm::function_ref<double(int64_t lane)> third) {
    auto angle = [&](double twist) { return sign * twoPi * twist / 4; };
    vectors([&](int64_t l) { return angle(third(l)); });
    for (int x = 0; x < 4; ++x)
      vectors([&](int64_t l) { return angle((x + third(l)) / 4); });
  }

  /// Stages a, b, c, d with twist t at the first; lanes 4 k_a + k_b.
  void forwardLeaf(double t) {
    int64_t start = here();
    appendConstants(4, -twoPi * t / 4, tables.values);
    for (int a = 0; a < 4; ++a)
      appendConstants(4, -twoPi * (a + t) / 16, tables.values);
    while (static_cast<int64_t>(tables.values.size()) <
           start + LeafTable::third)
      tables.values.push_back(0);
    laneTwists(-1,
               [=](int64_t l) { return ((l & 3) + ((l >> 2) + t) / 4) / 4; });
  }

  /// Stages d, c, b, a; lanes 4 n_c + n_d. The shift starts where the twists
  /// become vectors, whose angles are all multiples of a quarter otherwise.
  void inverseLeaf() {
    laneTwists(+1, [&](int64_t l) { return (l + plan.inverseShift) / 16; });
  }

  void complexVector(llvm::function_ref<std::complex<double>(int64_t)> value) {
    for (int64_t l = 0; l < leafLanes; ++l)
      tables.values.push_back(value(l).real());
    for (int64_t l = 0; l < leafLanes; ++l)
      tables.values.push_back(value(l).imag());
  }

  void rotations() {
    double block = plan.block();
    tables.rotation = here();
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t slot = 0; slot < leafSlots; ++slot)
        complexVector([&](int64_t l) {
          double m = slot * leafLanes + l, k = columnFrequencies[c];
          if (columns == 1)
            return std::conj(unit(m * plan.shift / block));
          return unit(m * (k + plan.shift) / block) *
                 unit(-k * plan.inverseShift / columns);
        });
    tables.columnRotation = here();
    if (columns == 1)
      return;
    for (int64_t n = 0; n < columns; ++n) {
      std::complex<double> w = unit(n * plan.shift / columns);
      tables.values.append({w.real(), -w.imag()});
    }
  }

  void compensation() {
    tables.compensation = here();
    complexVector([&](int64_t l) {
      double k = (l >> 2) + 4 * (l & 3); // k_a + 4 k_b, which the lanes hold
      return unit(-k * plan.inverseShift / plan.leaf()) /
             static_cast<double>(plan.block());
    });
  }

  const plan::Plan &plan;
  RightAngleTables &tables;
  int64_t columns;
  std::vector<double> columnTwists;
  std::vector<int64_t> columnFrequencies;
};

} // namespace

RightAngleTables::RightAngleTables(const plan::Plan &plan) {
  Builder(plan, *this).run();
}

} // namespace conv::monarch
