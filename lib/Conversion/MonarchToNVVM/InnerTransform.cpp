//===- InnerTransform.cpp - A transform in a warp's registers -------------===//

#include "InnerTransform.h"
#include "Codelets.h"
#include "Tables.h"

#include "conv/Plan/TensorTables.h"

using namespace mlir;

namespace conv::nvidia {

FourierMatrix FourierMatrix::load(Fragments &f, Value table, bool withMinus,
                                  bool invariant) {
  KernelBuilder &b = f.b;
  Value lane = b.offset(table, b.shl(b.laneIndex(), 5));
  auto load = [&](int64_t at) {
    return f.loadLanes(b.offset(lane, at), 16, invariant);
  };
  FourierMatrix matrix;
  matrix.leftRe = load(0);
  matrix.leftIm = load(16);
  matrix.rightRe = load(1024);
  matrix.rightIm = load(1040);
  for (int i = 0; i < 4 && withMinus; ++i) {
    matrix.leftMinusIm[i] = f.neg(matrix.leftIm[i]);
    matrix.rightMinusIm[i] = f.neg(matrix.rightIm[i]);
  }
  return matrix;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

void TileTable::setUp(StringRef name, ArrayRef<double> values) {
  KernelBuilder &b = f.b;
  b.copyToShared(at, b.table(name, packHalves(values)), 2 * values.size());
  Index lane = b.laneIndex();
  Index quarter = b.lshr(lane, 3), row16 = b.shl(b.bitAnd(lane, 7), 4);
  Index swapped = b.bitOr(b.shl(b.bitAnd(quarter, 1), 1), b.lshr(quarter, 1));
  Value base = b.offset(b.sharedBase(), at);
  rows = b.offset(base, b.add(b.shl(quarter, 7), row16));
  columns = b.offset(base, b.add(b.shl(swapped, 7), row16));
}

ComplexTile TileTable::load(Value base, int64_t tile, bool transposed) {
  Value at = f.b.offset(base, 1024 * tile);
  Tile re = f.loadTile(at, transposed);
  Tile im = f.loadTile(f.b.offset(at, 512), transposed);
  return complexTile(re, im);
}

void InnerTransform::setUp() {
  std::vector<double> values = plan::sampleStageTable(tiles, shift);
  std::vector<double> twiddles = plan::twiddleTable(tiles, shift);
  values.insert(values.end(), twiddles.begin(), twiddles.end());
  std::string name = shift == 0 ? "conv_tables_" : "conv_shifted_tables_";
  tables.setUp(name + std::to_string(tiles), values);
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void InnerTransform::butterflies(bool inverse) {
  for (SmallVector<ComplexTile> &data : x)
    for (int i = 0; i < 4; ++i) {
      SmallVector<Complex> values;
      for (const ComplexTile &tile : data)
        values.push_back(tile[i]);
      for (auto [n2, value] : llvm::enumerate(smallFourier(f, values, inverse)))
        data[n2][i] = value;
    }
}

/// S3: data times F.
ComplexTile InnerTransform::forwardFourier(const ComplexTile &data,
                                           const FourierMatrix &matrix) {
  Tile re = realPart(data), im = imaginaryPart(data);
  bool withMinus = matrix.rightMinusIm[0] != nullptr;
  Tile minusIm = im;
  for (int i = 0; i < 4 && !withMinus; ++i)
    minusIm[i] = f.neg(im[i]);
  const Tile &tableMinusIm = withMinus ? matrix.rightMinusIm : matrix.rightIm;
  ComplexTile result;
  for (int j = 0; j < 2; ++j) {
    auto product = [&](const Tile &withRe, const Tile &second,
                       const Tile &withIm) {
      return f.multiply(second, withIm[2 * j], withIm[2 * j + 1],
                        f.multiply(re, withRe[2 * j], withRe[2 * j + 1]));
    };
    auto halves = f.halves(product(matrix.rightRe, minusIm, tableMinusIm),
                           product(matrix.rightIm, im, matrix.rightRe));
    result[2 * j] = halves[0];
    result[2 * j + 1] = halves[1];
  }
  return result;
}

/// S3': conj F times the transpose of the data.
ComplexTile InnerTransform::backwardFourier(const ComplexTile &data,
                                            const FourierMatrix &matrix) {
  ComplexTile right = asRight(data), result;
  for (int j = 0; j < 2; ++j) { // columns k1 of the half j
    Complex low = right[2 * j], high = right[2 * j + 1];
    Sum re = f.multiply(matrix.leftRe, low.re, high.re);
    re = f.multiply(matrix.leftIm, low.im, high.im, std::move(re));
    Sum im = f.multiply(matrix.leftRe, low.im, high.im);
    im = matrix.leftMinusIm[0]
             ? f.multiply(matrix.leftMinusIm, low.re, high.re, std::move(im))
             : f.multiply(matrix.leftIm, f.neg(low.re), f.neg(high.re),
                          std::move(im));
    auto halves = f.halves(re, im);
    result[2 * j] = halves[0];
    result[2 * j + 1] = halves[1];
  }
  return result;
}

void InnerTransform::middle(
    int64_t k2, function_ref<ComplexTile(int64_t sequence)> spectrum) {
  ComplexTile twiddle = tables.load(tiles + k2);
  for (auto [sequence, data] : llvm::enumerate(x)) {
    ComplexTile &tile = data[k2];
    for (int i = 0; i < 4; ++i)
      tile[i] = f.mul(tile[i], twiddle[i]);
    ComplexTile filter = spectrum(sequence);
    tile = forwardFourier(tile, fourier[sequence]);
    for (int i = 0; i < 4; ++i)
      tile[i] = f.mul(tile[i], filter[i]);
  }
  ComplexTile transposed = tables.loadTransposed(tiles + k2);
  for (auto [sequence, data] : llvm::enumerate(x)) {
    ComplexTile &tile = data[k2];
    tile = backwardFourier(tile, fourier[sequence]);
    for (int i = 0; i < 4; ++i)
      tile[i] = f.mul(tile[i], transposed[i], /*conjugate=*/true);
  }
}

} // namespace conv::nvidia
