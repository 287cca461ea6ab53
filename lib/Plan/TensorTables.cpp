//===- TensorTables.cpp - Constant tables of tensor-core kernels ----------===//

#include "conv/Plan/TensorTables.h"

#include <cmath>
#include <complex>

namespace conv::plan {

namespace {

/// exp(-2 pi i turns); the whole turns are taken off first, where it is exact.
std::complex<double> turn(double turns) {
  return std::polar(1.0, -2 * M_PI * (turns - std::floor(turns)));
}

void setComplex(std::vector<double> &table, int64_t tile, int64_t position,
                std::complex<double> value) {
  table[tile * 512 + position] = value.real();
  table[tile * 512 + 256 + position] = value.imag();
}

} // namespace

int64_t tilePosition(int64_t row, int64_t column) {
  int64_t matrix = (row >> 3) + 2 * (column >> 3);
  return matrix * 64 + (row & 7) * 8 + (column & 7);
}

std::vector<double> sampleStageTable(int64_t tiles, double shift) {
  std::vector<double> table(512 * tiles);
  double r = static_cast<double>(tiles);
  for (int64_t n2 = 0; n2 < tiles; ++n2)
    for (int64_t k1 = 0; k1 < 16; ++k1)
      for (int64_t n1 = 0; n1 < 16; ++n1) {
        double k = static_cast<double>(k1) + shift;
        double turns = k * static_cast<double>(n1) / 16 +
                       k * static_cast<double>(n2) / (16 * r);
        setComplex(table, n2, tilePosition(k1, n1),
                   turn(turns) / (4 * std::sqrt(r)));
      }
  return table;
}

std::vector<double> twiddleTable(int64_t tiles, double shift) {
  std::vector<double> table(512 * tiles);
  double length = 256 * static_cast<double>(tiles);
  for (int64_t k2 = 0; k2 < tiles; ++k2)
    for (int64_t k1 = 0; k1 < 16; ++k1)
      for (int64_t n3 = 0; n3 < 16; ++n3) {
        double k = static_cast<double>(k1 + 16 * k2) + shift;
        setComplex(table, k2, tilePosition(k1, n3),
                   turn(static_cast<double>(n3) * k / length));
      }
  return table;
}

std::vector<double> fourierFragments(double turns) {
  auto matrix = [&](int64_t row, int64_t column) {
    return turn(static_cast<double>(row * column) / 16 +
                static_cast<double>(row) * turns) /
           4.0;
  };
  std::vector<double> table(1024);
  for (int64_t lane = 0; lane < 32; ++lane)
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t e = 0; e < 2; ++e) {
        int64_t row = lane / 4 + 8 * (i & 1);
        int64_t column = 2 * (lane % 4) + 8 * (i >> 1) + e;
        std::complex<double> left = matrix(row, column);
        // A right operand is held like the transpose of a left one, but its
        // second register has the rows 8-15 of the same columns, so that the
        // middle two are swapped.
        std::complex<double> right = matrix(column, row);
        int64_t swapped = ((i & 1) << 1) | (i >> 1);
        int64_t at = lane * 16 + i * 2 + e;
        int64_t rightAt = 512 + lane * 16 + swapped * 2 + e;
        table[at] = left.real();
        table[at + 8] = left.imag();
        table[rightAt] = right.real();
        table[rightAt + 8] = right.imag();
      }
  return table;
}

std::vector<double> outerTwiddleTable(int64_t tiles, double shift) {
  std::vector<double> table(512 * tiles);
  double length = 4096 * static_cast<double>(tiles);
  for (int64_t q = 0; q < 16 * tiles; ++q)
    for (int64_t k0 = 0; k0 < 16; ++k0) {
      double turns = (static_cast<double>(k0) + shift) *
                     static_cast<double>(16 * q) / length;
      int64_t at = 32 * q + 8 * ((k0 & 7) >> 1) + 2 * (k0 >> 3) + (k0 & 1);
      table[at] = turn(turns).real();
      table[at + 4] = turn(turns).imag();
    }
  return table;
}

std::vector<double> blockFourierFragments(int64_t tiles, double shift) {
  std::vector<double> table;
  double length = 4096 * static_cast<double>(tiles);
  for (int64_t k0 = 0; k0 < 16; ++k0) {
    std::vector<double> row =
        fourierFragments((static_cast<double>(k0) + shift) / length);
    table.insert(table.end(), row.begin(), row.end());
  }
  return table;
}

int64_t spectrumPosition(int64_t frequency, int64_t tiles) {
  int64_t k1 = frequency % 16;
  int64_t k2 = frequency / 16 % tiles;
  int64_t k3 = frequency / (16 * tiles);
  int64_t lane = 4 * (k1 & 7) + ((k3 & 7) >> 1);
  int64_t i = (k1 >> 3) + 2 * (k3 >> 3);
  return k2 * 512 + lane * 8 + i * 2 + (k3 & 1);
}

int64_t blockSpectrumPosition(int64_t frequency, int64_t tiles) {
  return frequency % 16 * 512 * tiles + spectrumPosition(frequency / 16, tiles);
}

} // namespace conv::plan
