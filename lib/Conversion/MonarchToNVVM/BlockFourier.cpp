//===- BlockFourier.cpp - f32 Fourier transforms in shared memory ---------===//

#include "BlockFourier.h"
#include "Codelets.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace conv::nvidia {

BlockFourier::BlockFourier(KernelBuilder &b, int64_t points, int64_t residues)
    : f(b, Accumulator::f32), points(points), residues(residues) {
  // The last radix is 16 and no other is larger: then every digit but the last
  // has a weight of 16 or more, and the padding keeps all banks apart.
  int64_t bits = llvm::Log2_64(points) - 4;
  for (int64_t stages = (bits + 3) / 4; stages > 0; --stages) {
    int64_t share = bits / stages;
    radices.push_back(int64_t(1) << share);
    bits -= share;
  }
  radices.push_back(values);
}

Complex BlockFourier::add(Complex x, Complex y) {
  Value im = !x.im ? y.im : !y.im ? x.im : f.add(x.im, y.im);
  return {f.add(x.re, y.re), im};
}

Complex BlockFourier::mul(Complex x, Complex y) {
  return x.im ? f.mul(x, y) : f.scale(y, x.re);
}

Index BlockFourier::address(Index position) {
  return f.b.shl(f.b.add(position, f.b.lshr(position, 4)), 3);
}

Complex BlockFourier::exponential(Index numerator, int64_t denominator) {
  KernelBuilder &b = f.b;
  double unit = -2 * M_PI / static_cast<double>(denominator);
  if (numerator.isKnown()) {
    double angle = unit * static_cast<double>(numerator.getKnown());
    return {b.f32(std::cos(angle)), b.f32(std::sin(angle))};
  }
  Value number =
      LLVM::SIToFPOp::create(b, b.getF32Type(), numerator.getValue());
  Value angle = f.mul(number, b.f32(unit));
  auto call = [&](StringRef name) -> Value {
    return LLVM::CallIntrinsicOp::create(b, b.getF32Type(),
                                         b.getStringAttr(name), angle)
        .getResult(0);
  };
  return {call("llvm.nvvm.cos.approx.f"), call("llvm.nvvm.sin.approx.f")};
}

SmallVector<Complex> BlockFourier::powers(Index numerator, int64_t denominator,
                                          int64_t count) {
  KernelBuilder &b = f.b;
  SmallVector<Complex> result = {{b.f32(1), b.f32(0)}};
  for (int64_t i = 1; i < count; ++i) {
    if (numerator.isKnown())
      result.push_back(exponential(numerator.getKnown() * i, denominator));
    else if (i == 1)
      result.push_back(exponential(numerator, denominator));
    else
      result.push_back(f.mul(result[i / 2], result[i - i / 2]));
  }
  return result;
}

/// kappa, whose digits k_0..k_(i-1) are those of `high`, k_0 the most
/// significant, in front of the residue.
Index BlockFourier::known(size_t i, Index high, Index residue) {
  KernelBuilder &b = f.b;
  int64_t weight = residues;
  for (size_t m = 0; m < i; ++m)
    weight *= radices[m];
  Index frequency = residue;
  for (size_t m = i; m-- > 0;) {
    weight /= radices[m];
    Index digit = m == 0 ? high : b.mod(high, radices[m]);
    frequency = b.add(frequency, b.mul(digit, weight));
    high = b.div(high, radices[m]);
  }
  return frequency;
}

/// One butterfly of stage i.
SmallVector<Complex> BlockFourier::stage(size_t i, Index known,
                                         ArrayRef<Complex> inputs) {
  int64_t denominator = 4 * residues;
  for (size_t m = 0; m <= i; ++m)
    denominator *= radices[m];
  auto twiddles = powers(turn(known), denominator, radices[i]);
  SmallVector<Complex> twisted = {
      {inputs[0].re, inputs[0].im ? inputs[0].im : f.b.f32(0)}};
  for (int64_t j = 1; j < radices[i]; ++j)
    twisted.push_back(mul(inputs[j], twiddles[j]));
  return smallFourier(f, twisted, /*inverse=*/false);
}

void BlockFourier::run(
    Index shared, Index thread, Index residue,
    function_ref<Complex(Index n)> load,
    function_ref<void(Index frequency, ArrayRef<Complex> values)> store) {
  KernelBuilder &b = f.b;
  Type pairType = VectorType::get({2}, b.getF32Type());
  int64_t weight = points;
  for (size_t i = 0; i < radices.size(); ++i) {
    int64_t radix = radices[i];
    weight /= radix;
    // All inputs before the first butterfly, so that the loads overlap.
    SmallVector<Index> high, places;
    SmallVector<SmallVector<Complex>> inputs;
    for (int64_t q = 0; q < values / radix; ++q) {
      Index unit = b.add(thread, threads() * q);
      high.push_back(i == 0 ? Index(0) : b.div(unit, weight));
      Index low = i == 0 ? unit : b.mod(unit, weight);
      Index first = b.add(b.mul(high.back(), weight * radix), low);
      places.push_back(b.add(shared, address(first)));
      auto &values = inputs.emplace_back();
      Value base = i == 0 ? Value() : b.sharedAt(places.back());
      for (int64_t j = 0; j < radix; ++j) {
        if (i == 0) {
          values.push_back(load(b.add(first, j * weight)));
          continue;
        }
        Value at = b.offset(base, address(j * weight));
        Value pair = b.load(pairType, at, 8);
        values.push_back({LLVM::ExtractElementOp::create(b, pair, b.i32(0)),
                          LLVM::ExtractElementOp::create(b, pair, b.i32(1))});
      }
    }
    for (auto [q, values] : llvm::enumerate(inputs)) {
      Index frequency = known(i, high[q], residue);
      auto outputs = stage(i, frequency, values);
      if (i + 1 == radices.size()) {
        b.syncBlock(); // radix 16: there is only one butterfly
        store(frequency, outputs);
        continue;
      }
      Value base = b.sharedAt(places[q]);
      for (auto [j, value] : llvm::enumerate(outputs)) {
        Value pair = LLVM::PoisonOp::create(b, pairType);
        pair = LLVM::InsertElementOp::create(b, pair, value.re, b.i32(0));
        pair = LLVM::InsertElementOp::create(b, pair, value.im, b.i32(1));
        b.store(pair, b.offset(base, address(int64_t(j) * weight)), 8);
      }
    }
    if (i + 1 < radices.size())
      b.syncBlock();
  }
}

} // namespace conv::nvidia
