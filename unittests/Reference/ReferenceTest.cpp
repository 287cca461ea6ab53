//===- ReferenceTest.cpp - Fast references against definitions --*- C++ -*-===//

#include "conv/Reference/Reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace conv::reference;

namespace {

class ReferenceTest : public ::testing::Test {
protected:
  ReferenceTest() {
    seed = std::random_device{}() | 1;
    random.seed(seed);
    RecordProperty("seed", std::to_string(seed));
  }

  std::vector<double> gaussian(int64_t count) {
    std::normal_distribution<double> normal;
    std::vector<double> values(count);
    for (double &value : values)
      value = normal(random);
    return values;
  }

  std::vector<Complex> complexGaussian(int64_t count) {
    std::vector<double> parts = gaussian(2 * count);
    std::vector<Complex> values(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = {parts[2 * i], parts[2 * i + 1]};
    return values;
  }

  static double distance(const std::vector<Complex> &got,
                         const std::vector<Complex> &want) {
    double error = 0, norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      error += std::norm(got[i] - want[i]);
      norm += std::norm(want[i]);
    }
    return std::sqrt(error / norm);
  }

  unsigned seed;
  std::mt19937_64 random;
};

TEST_F(ReferenceTest, SmallCausalByHand) {
  std::vector<double> u{1, 2, 3, 4}, k{10, 1};
  LongConv problem{Kind::causal, 1, 1, 4, 1, 2, u.data(), k.data()};
  std::vector<double> want{10, 21, 32, 43};
  EXPECT_EQ(longConvNaive(problem), want);
  EXPECT_LT(relativeL2(longConvFft(problem), want), 1e-14);
}

TEST_F(ReferenceTest, SmallCircularByHand) {
  std::vector<double> u{1, 2, 3, 4}, k{10, 1};
  LongConv problem{Kind::circular, 1, 1, 4, 1, 2, u.data(), k.data()};
  std::vector<double> want{14, 21, 32, 43};
  EXPECT_EQ(longConvNaive(problem), want);
  EXPECT_LT(relativeL2(longConvFft(problem), want), 1e-14);
}

TEST_F(ReferenceTest, SmallBidirectionalByHand) {
  // Tap 1 of 3 is lag zero, tap 0 looks one sample ahead.
  std::vector<double> u{1, 2, 3, 4}, k{100, 10, 1};
  LongConv problem{Kind::bidirectional, 1, 1, 4, 1, 3, u.data(), k.data()};
  std::vector<double> want{210, 321, 432, 43};
  EXPECT_EQ(longConvNaive(problem), want);
  EXPECT_LT(relativeL2(longConvFft(problem), want), 1e-14);
}

TEST_F(ReferenceTest, GatesSkipAndGroupsByHand) {
  // Four channels, two filter rows: channels 0 and 1 share the first.
  std::vector<double> u{1, 1, 1, 1}, k{2, 3}, gate{1, 2, 3, 4},
      post{1, 1, 10, 10}, skip{0, 1, 0, 1};
  LongConv problem{
      Kind::causal, 1,        4,           1,           2,          1,
      u.data(),     k.data(), gate.data(), post.data(), skip.data()};
  std::vector<double> want{2, 6, 90, 160};
  EXPECT_EQ(longConvNaive(problem), want);
  EXPECT_LT(relativeL2(longConvFft(problem), want), 1e-14);
}

TEST_F(ReferenceTest, FftAgreesWithTheSum) {
  for (Kind kind : {Kind::causal, Kind::circular, Kind::bidirectional})
    for (int64_t length : {1, 2, 3, 7, 64, 97, 256, 384})
      for (int64_t taps :
           {int64_t(1), (length + 1) / 2, length, 2 * length - 1}) {
        if (kind != Kind::bidirectional && taps > length)
          continue;
        int64_t batch = 2, channels = 4, rows = 2;
        int64_t count = batch * channels * length;
        std::vector<double> u = gaussian(count), k = gaussian(rows * taps),
                            pre = gaussian(count), post = gaussian(count),
                            skip = gaussian(channels);
        LongConv problem{kind,       batch,       channels,   length,
                         rows,       taps,        u.data(),   k.data(),
                         pre.data(), post.data(), skip.data()};
        EXPECT_LT(relativeL2(longConvFft(problem), longConvNaive(problem)),
                  1e-13)
            << "kind " << int(kind) << " length " << length << " taps " << taps
            << " seed " << seed;
      }
}

TEST_F(ReferenceTest, DftAgreesWithTheSum) {
  for (int64_t length : {1, 2, 3, 5, 8, 12, 97, 243, 256, 1000}) {
    std::vector<Complex> x = complexGaussian(length);
    EXPECT_LT(distance(dft(x), dftNaive(x)), 1e-12)
        << "length " << length << " seed " << seed;
    EXPECT_LT(distance(idft(dft(x)), x), 1e-13)
        << "length " << length << " seed " << seed;
  }
}

TEST_F(ReferenceTest, LongPrimeDftKeepsItsPrecision) {
  // Parseval, where the sum itself would take too long.
  std::vector<Complex> x = complexGaussian(1000003);
  double before = 0, after = 0;
  for (Complex value : x)
    before += std::norm(value);
  std::vector<Complex> spectrum = dft(x);
  for (Complex value : spectrum)
    after += std::norm(value);
  EXPECT_NEAR(after / before / 1000003, 1, 1e-12);
  EXPECT_LT(distance(idft(spectrum), x), 1e-12) << "seed " << seed;
}

TEST_F(ReferenceTest, DigitReversal) {
  EXPECT_EQ(digitReversed({2, 2, 2}),
            (std::vector<int64_t>{0, 4, 2, 6, 1, 5, 3, 7}));
  EXPECT_EQ(digitReversed({2, 3}), (std::vector<int64_t>{0, 2, 4, 1, 3, 5}));
}

TEST_F(ReferenceTest, RelativeErrorRefusesUnwrittenOutput) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(relativeL2({nan, 1}, {1, 1}),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(relativeL2({1}, {1, 1}), std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(relativeL2({3, 4}, {0, 0}), 5);
  EXPECT_DOUBLE_EQ(relativeL2({3, 5}, {3, 4}), 0.2);
}

} // namespace
