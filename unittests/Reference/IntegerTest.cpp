//===- IntegerTest.cpp - Integer references against exact arithmetic ------===//

#include "conv/Reference/Integer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace conv::reference;

namespace {

constexpr int32_t least = std::numeric_limits<int32_t>::min();
constexpr int32_t most = std::numeric_limits<int32_t>::max();

/// floor(v / 2^bits + 1/2).
int64_t roundTiesUp(__int128 v, int bits) {
  return int64_t((v + (__int128(1) << (bits - 1))) >> bits);
}

TEST(IntegerTest, DoublingHighMulByHand) {
  EXPECT_EQ(saturatingRoundingDoublingHighMul(least, least), most);
  EXPECT_EQ(saturatingRoundingDoublingHighMul(1 << 30, 1 << 30), 1 << 29);
  EXPECT_EQ(saturatingRoundingDoublingHighMul(1, 1 << 30), 1);   // 1/2 up
  EXPECT_EQ(saturatingRoundingDoublingHighMul(-1, 1 << 30), 0);  // -1/2 up
  EXPECT_EQ(saturatingRoundingDoublingHighMul(-3, 1 << 30), -1); // -3/2 up
}

TEST(IntegerTest, DoublingHighMulRoundsTiesUp) {
  std::mt19937 random(std::random_device{}() | 1);
  for (int i = 0; i < 1000000; ++i) {
    auto a = int32_t(random()), b = int32_t(random());
    if (i % 3 == 0)
      a >>= random() % 32;
    if (i % 5 == 0)
      b = 1 << (random() % 31);
    ASSERT_EQ(saturatingRoundingDoublingHighMul(a, b),
              roundTiesUp(__int128(a) * b, 31))
        << a << " " << b;
  }
}

TEST(IntegerTest, DivisionRoundsTiesAwayFromZero) {
  EXPECT_EQ(roundingDivideByPowerOfTwo(1, 1), 1);
  EXPECT_EQ(roundingDivideByPowerOfTwo(-1, 1), -1);
  EXPECT_EQ(roundingDivideByPowerOfTwo(-3, 1), -2);
  EXPECT_EQ(roundingDivideByPowerOfTwo(least, 31), -1);
  EXPECT_EQ(roundingDivideByPowerOfTwo(most, 31), 1);
  std::mt19937 random(std::random_device{}() | 1);
  for (int i = 0; i < 1000000; ++i) {
    auto x = int32_t(random());
    int exponent = int(random() % 32);
    // f64 holds both exactly; std::round takes ties away from zero.
    ASSERT_EQ(roundingDivideByPowerOfTwo(x, exponent),
              int64_t(std::round(std::ldexp(double(x), -exponent))))
        << x << " " << exponent;
  }
}

TEST(IntegerTest, RequantizeIsTheRealProductRounded) {
  std::mt19937 random(std::random_device{}() | 1);
  std::uniform_real_distribution<double> factors(1e-6, 0.999);
  for (int i = 0; i < 100000; ++i) {
    double factor = factors(random);
    FixedPoint fixed = toFixedPoint(factor);
    ASSERT_GE(fixed.multiplier, 1 << 30);
    auto sum = int32_t(random()) >> (random() % 24);
    double exact = std::clamp(sum * factor + 7, -128.0, 127.0);
    // Two roundings.
    ASSERT_NEAR(requantize(sum, fixed, 7), exact, 1.01) << sum << " " << factor;
  }
  // A factor that rounds up to 1 is one half and an exponent.
  FixedPoint nearOne = toFixedPoint(1 - 1e-12);
  EXPECT_EQ(nearOne.multiplier, 1 << 30);
  EXPECT_EQ(nearOne.shift, -1);
}

TEST(IntegerTest, QuantizeByHand) {
  EXPECT_EQ(quantize(0.5f, 1, 0), 0); // ties to even
  EXPECT_EQ(quantize(1.5f, 1, 0), 2);
  EXPECT_EQ(quantize(-2.5f, 1, 3), 1);
  EXPECT_EQ(quantize(1e30f, 1e-30f, 100), 127);
  EXPECT_EQ(quantize(-INFINITY, 1, 0, -127), -127);
  EXPECT_EQ(quantize(NAN, 1, 5), 5);
}

TEST(IntegerTest, TernaryWeightsComeBack) {
  std::mt19937 random(std::random_device{}() | 1);
  for (auto [outputs, inputs] :
       {std::pair<int64_t, int64_t>{1, 1}, {16, 64}, {17, 65}, {40, 100}}) {
    std::vector<int8_t> weights(outputs * inputs);
    for (int8_t &weight : weights)
      weight = int8_t(random() % 3) - 1;
    std::vector<uint8_t> packed = packTernary(weights, outputs, inputs);
    EXPECT_EQ(int64_t(packed.size()),
              (outputs + 15) / 16 * ((inputs + 63) / 64) * 256);
    EXPECT_EQ(unpackTernary(packed, outputs, inputs), weights);
    for (uint8_t byte : packed) // no field is 3
      EXPECT_EQ(byte & byte >> 1 & 0x55, 0);
  }
}

TEST(IntegerTest, FirstBytesOfPackedWeights) {
  // Input 4 of output 0 is field 1 of byte 0; output 1 begins at byte 4.
  std::vector<int8_t> weights(2 * 16, 0);
  weights[4] = 1;
  weights[16] = -1;
  std::vector<uint8_t> packed = packTernary(weights, 2, 16);
  EXPECT_EQ(packed[0], 0x59);
  EXPECT_EQ(packed[4], 0x54);
  EXPECT_EQ(packed[1], 0x55);
}

TEST(IntegerTest, ProductsByHand) {
  std::vector<int8_t> x{1, 2, -128, 127}, w{3, -1};
  EXPECT_EQ(integerProduct(x, w, 2, 1, 2), (std::vector<int64_t>{1, -511}));
  EXPECT_EQ(integerProduct(x, w, 2, 1, 2, 1, -1),
            (std::vector<int64_t>{0, -516}));
}

} // namespace
