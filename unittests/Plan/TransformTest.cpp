//===- TransformTest.cpp - Transform plans against the sum ----------------===//

#include "conv/Plan/Transform.h"
#include "conv/Reference/Reference.h"
#include "gtest/gtest.h"

#include <random>

using namespace conv;
using namespace conv::plan;
using Complex = std::complex<double>;

namespace {

std::vector<Complex> randomRow(int64_t length) {
  std::mt19937_64 random(20261125 + length);
  std::normal_distribution<double> normal;
  std::vector<Complex> row(length);
  for (Complex &value : row)
    value = {normal(random), normal(random)};
  return row;
}

double error(const std::vector<Complex> &got,
             const std::vector<Complex> &want) {
  return reference::relativeL2(reinterpret_cast<const double *>(got.data()),
                               reinterpret_cast<const double *>(want.data()),
                               2 * static_cast<int64_t>(got.size()));
}

TEST(Transform, EveryCandidateMatchesTheSum) {
  for (int64_t length : {1, 2, 3, 4, 5, 8, 13, 17, 30, 34, 77, 97, 128, 143,
                         210, 256, 289, 400, 509}) {
    std::vector<Complex> row = randomRow(length);
    std::vector<Complex> want = reference::dftNaive(row);
    for (const TransformCandidate &candidate : decideTransform(length)) {
      if (candidate.flops == 0)
        continue; // ruled out
      SCOPED_TRACE(std::string(name(candidate.choice.algorithm)) + " of " +
                   std::to_string(length));
      ASSERT_EQ(checkTransform(length, candidate.choice), "");
      auto got = evaluateTransform(candidate.choice, row, /*inverse=*/false);
      EXPECT_LT(error(got, want), 1e-12);
      EXPECT_LT(error(evaluateTransform(candidate.choice, want, true), row),
                1e-12);
    }
  }
}

TEST(Transform, DigitReversedOrder) {
  for (const std::vector<int64_t> &factors : std::vector<std::vector<int64_t>>{
           {2, 3}, {3, 32}, {4, 4, 2}, {5, 2, 3}}) {
    TransformChoice choice{TransformAlgorithm::mixedRadix, factors};
    std::vector<int64_t> frequency = reference::digitReversed(factors);
    int64_t length = static_cast<int64_t>(frequency.size());
    std::vector<Complex> row = randomRow(length);
    std::vector<Complex> want = reference::dftNaive(row), permuted(length);
    for (int64_t at = 0; at < length; ++at)
      permuted[at] = want[frequency[at]];
    auto got = evaluateTransform(choice, row, false, /*digitReversed=*/true);
    EXPECT_LT(error(got, permuted), 1e-12);
    EXPECT_LT(error(evaluateTransform(choice, got, true, true), row), 1e-12);
  }
}

TEST(Transform, Choices) {
  auto algorithm = [](int64_t length) {
    return decideTransform(length).front().choice.algorithm;
  };
  EXPECT_EQ(algorithm(1), TransformAlgorithm::direct);
  EXPECT_EQ(algorithm(4096), TransformAlgorithm::mixedRadix);
  EXPECT_EQ(algorithm(1 << 24), TransformAlgorithm::mixedRadix);
  EXPECT_EQ(algorithm(2 * 3 * 5 * 7 * 11 * 13), TransformAlgorithm::mixedRadix);
  EXPECT_EQ(algorithm(65537), TransformAlgorithm::bluestein);
  EXPECT_EQ(algorithm(16777213), TransformAlgorithm::bluestein);
  for (int64_t length : {1, 7, 65537, 14113, 16777213, 16777216})
    EXPECT_EQ(checkTransform(length, decideTransform(length).front().choice),
              "");
}

TEST(Transform, HonoursAWish) {
  auto candidates = decideTransform(96, {3, 32});
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_EQ(candidates.front().choice.factors, (std::vector<int64_t>{3, 32}));
}

TEST(Transform, SaysWhatIsWrong) {
  auto check = [](int64_t length, TransformAlgorithm algorithm,
                  std::vector<int64_t> factors) {
    return checkTransform(length, {algorithm, std::move(factors)});
  };
  EXPECT_EQ(check(0, TransformAlgorithm::direct, {}),
            "transform length 0 is outside 1..16777216");
  EXPECT_EQ(check(96, TransformAlgorithm::mixedRadix, {3, 16}),
            "factors multiply to 48, but the rows have 96 samples");
  EXPECT_EQ(check(96, TransformAlgorithm::mixedRadix, {96, 1}),
            "factor 1 is not at least 2");
  EXPECT_EQ(check(17, TransformAlgorithm::bluestein, {32}),
            "factors multiply to 32, but rows of 17 samples need at least 33");
  EXPECT_EQ(check(96, TransformAlgorithm::bluestein, {1 << 20, 1 << 20}),
            "factors multiply to more than 67108864");
}

} // namespace
