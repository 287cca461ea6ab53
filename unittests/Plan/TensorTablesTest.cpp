//===- TensorTablesTest.cpp - Tables for tensor cores make a transform ----===//

#include "conv/Plan/TensorTables.h"
#include "gtest/gtest.h"

#include <cmath>
#include <complex>
#include <random>
#include <set>
#include <vector>

using namespace conv::plan;

namespace {

using Complex = std::complex<double>;

Complex unit(double turns) { return std::polar(1.0, 2 * M_PI * turns); }

/// Element (row, column) of tile `tile` of a complex table.
Complex at(const std::vector<double> &table, int64_t tile, int64_t row,
           int64_t column) {
  int64_t position = tile * 512 + tilePosition(row, column);
  return {table[position], table[position + 256]};
}

/// F[n3, k3] from the left fragments, or from the right ones: the registers of
/// an mma.m16n8k16 operand hold rows lane / 4, + 8 and columns 2 (lane % 4),
/// + 8.
Complex fourier(const std::vector<double> &table, int64_t row, int64_t column,
                bool right) {
  // As a right operand F[k, n] lies at the lane of column n and rows 2 (k / 2).
  if (right)
    std::swap(row, column);
  int64_t lane = 4 * (row % 8) + column % 8 / 2;
  int64_t rowHalf = row / 8, columnHalf = column / 8;
  int64_t i = right ? 2 * rowHalf + columnHalf : rowHalf + 2 * columnHalf;
  int64_t position = (right ? 512 : 0) + lane * 16 + 2 * i + column % 2;
  return {table[position], table[position + 8]};
}

class TensorTables : public testing::TestWithParam<int64_t> {};

/// S1, S2, the twiddle and S3 by the tables, in float64.
std::vector<Complex> transform(int64_t tiles, double shift,
                               const std::vector<Complex> &x, bool right) {
  auto samples = sampleStageTable(tiles, shift);
  auto twiddles = twiddleTable(tiles, shift);
  auto fragments = fourierFragments();
  int64_t length = 256 * tiles;
  // By tile, then row, then column.
  std::vector<Complex> a(length), b(length), result(length);
  auto cell = [](int64_t tile, int64_t row, int64_t column) {
    return tile * 256 + row * 16 + column;
  };
  for (int64_t n2 = 0; n2 < tiles; ++n2)
    for (int64_t k1 = 0; k1 < 16; ++k1)
      for (int64_t n3 = 0; n3 < 16; ++n3)
        for (int64_t n1 = 0; n1 < 16; ++n1)
          a[cell(n2, k1, n3)] +=
              at(samples, n2, k1, n1) * x[16 * tiles * n1 + 16 * n2 + n3];
  for (int64_t k2 = 0; k2 < tiles; ++k2)
    for (int64_t k1 = 0; k1 < 16; ++k1)
      for (int64_t n3 = 0; n3 < 16; ++n3) {
        Complex sum = 0;
        for (int64_t n2 = 0; n2 < tiles; ++n2)
          sum +=
              a[cell(n2, k1, n3)] * unit(-static_cast<double>(n2 * k2) / tiles);
        b[cell(k2, k1, n3)] = sum * at(twiddles, k2, k1, n3);
      }
  for (int64_t k2 = 0; k2 < tiles; ++k2)
    for (int64_t k1 = 0; k1 < 16; ++k1)
      for (int64_t k3 = 0; k3 < 16; ++k3)
        for (int64_t n3 = 0; n3 < 16; ++n3)
          result[k1 + 16 * k2 + 16 * tiles * k3] +=
              b[cell(k2, k1, n3)] * fourier(fragments, n3, k3, right);
  return result;
}

TEST_P(TensorTables, MultiplyToATransform) {
  int64_t tiles = GetParam(), length = 256 * tiles;
  std::mt19937_64 random(20261123);
  std::normal_distribution<double> normal;
  std::vector<Complex> x(length);
  for (Complex &value : x)
    value = {normal(random), normal(random)};
  for (double shift : {0.25, 0.0})
    for (bool right : {false, true}) {
      std::vector<Complex> got = transform(tiles, shift, x, right);
      double difference = 0, norm = 0;
      for (int64_t k = 0; k < length; k += length > 1024 ? 7 : 1) {
        Complex sum = 0;
        for (int64_t n = 0; n < length; ++n)
          sum += x[n] * unit(-static_cast<double>(n) * (k + shift) / length);
        // Stages of 1/4 and 1/(4 sqrt R): all but S2 are unitary.
        sum /= 16 * std::sqrt(static_cast<double>(tiles));
        difference += std::norm(got[k] - sum);
        norm += std::norm(sum);
      }
      EXPECT_LT(std::sqrt(difference / norm), 1e-12)
          << "R " << tiles << " shift " << shift << " right " << right;
    }
}

TEST_P(TensorTables, SpectrumPositionsAreDistinct) {
  int64_t tiles = GetParam(), length = 256 * tiles;
  std::vector<int> uses(2 * length, 0);
  for (int64_t k = 0; k < length; ++k) {
    int64_t position = spectrumPosition(k, tiles);
    ASSERT_GE(position, 0);
    ASSERT_LT(position + 256, 2 * length);
    ++uses[position];
    ++uses[position + 256];
  }
  for (int64_t i = 0; i < 2 * length; ++i)
    EXPECT_EQ(uses[i], 1) << "position " << i;
}

TEST_P(TensorTables, SpectraLieAsLanesReadThem) {
  // 16 bytes a lane: registers of rows k1 = lane / 4, + 8 and columns
  // k3 = 2 (lane % 4), + 8 of tile k2.
  int64_t tiles = GetParam();
  for (int64_t k2 = 0; k2 < tiles; ++k2)
    for (int64_t lane = 0; lane < 32; ++lane)
      for (int64_t i = 0; i < 4; ++i)
        for (int64_t e = 0; e < 2; ++e) {
          int64_t k1 = lane / 4 + 8 * (i % 2);
          int64_t k3 = 2 * (lane % 4) + 8 * (i / 2) + e;
          EXPECT_EQ(spectrumPosition(k1 + 16 * k2 + 16 * tiles * k3, tiles),
                    512 * k2 + 8 * lane + 2 * i + e);
        }
}

/// An outer twiddle by where a lane of a right operand reads it.
Complex outerTwiddle(const std::vector<double> &table, int64_t q, int64_t k0) {
  int64_t position = 32 * q + 8 * (k0 % 8 / 2) + 2 * (k0 / 8) + k0 % 2;
  return {table[position], table[position + 4]};
}

TEST_P(TensorTables, BlocksTwiddleTheOuterDigit) {
  int64_t tiles = GetParam(), columns = 256 * tiles, length = 16 * columns;
  double shift = 0.25;
  auto twiddles = outerTwiddleTable(tiles, shift);
  auto matrices = blockFourierFragments(tiles, shift);
  ASSERT_EQ(twiddles.size(), static_cast<size_t>(512 * tiles));
  ASSERT_EQ(matrices.size(), 16384u);
  // Both factors together make exp(-2 pi i (k0 + s) m / L) for m = 16 q + n3:
  // the one of n3 is in row n3 of the matrix of k0, 1/4 of it at k3 = 0.
  for (int64_t k0 = 0; k0 < 16; ++k0) {
    std::vector<double> matrix(matrices.begin() + 1024 * k0,
                               matrices.begin() + 1024 * (k0 + 1));
    for (int64_t m = 0; m < columns; m += 7)
      for (bool right : {false, true}) {
        Complex got = outerTwiddle(twiddles, m / 16, k0) * 4.0 *
                      fourier(matrix, m % 16, 0, right);
        Complex want =
            unit(-(static_cast<double>(k0) + shift) * static_cast<double>(m) /
                 static_cast<double>(length));
        EXPECT_LT(std::abs(got - want), 1e-12) << "k0 " << k0 << " m " << m;
      }
    for (int64_t n3 = 0; n3 < 16; ++n3)
      for (int64_t k3 = 0; k3 < 16; ++k3)
        EXPECT_LT(std::abs(fourier(matrix, n3, k3, false) -
                           fourier(matrix, n3, 0, true) *
                               unit(-static_cast<double>(n3 * k3) / 16)),
                  1e-12);
  }
}

TEST_P(TensorTables, BlockSpectraAreRowsOfSpectra) {
  int64_t tiles = GetParam();
  for (int64_t k = 0; k < 4096 * tiles; k += 13)
    EXPECT_EQ(blockSpectrumPosition(k, tiles),
              k % 16 * 512 * tiles + spectrumPosition(k / 16, tiles));
  std::set<int64_t> positions;
  for (int64_t k = 0; k < 4096 * tiles; ++k)
    positions.insert(blockSpectrumPosition(k, tiles));
  EXPECT_EQ(positions.size(), static_cast<size_t>(4096 * tiles));
  EXPECT_LT(*positions.rbegin() + 256, 8192 * tiles);
}

INSTANTIATE_TEST_SUITE_P(Tiles, TensorTables, testing::Values(1, 2, 4, 8, 16));

TEST(TilePosition, IsABijection) {
  std::vector<int> uses(256, 0);
  for (int64_t row = 0; row < 16; ++row)
    for (int64_t column = 0; column < 16; ++column)
      ++uses.at(tilePosition(row, column));
  EXPECT_EQ(std::vector<int>(256, 1), uses);
  // Four 8x8 matrices: below one another first.
  EXPECT_EQ(tilePosition(8, 0), 64);
  EXPECT_EQ(tilePosition(0, 8), 128);
}

} // namespace
