//===- Codelets.cpp - Small Fourier transforms in registers ---------------===//

#include "Codelets.h"

#include "FourierPlan.h"

using namespace mlir;

namespace conv::monarch {

static Complex add(VectorBuilder &b, Complex x, Complex y) {
  return {b.add(x.re, y.re), b.add(x.im, y.im)};
}

static Complex sub(VectorBuilder &b, Complex x, Complex y) {
  return {b.sub(x.re, y.re), b.sub(x.im, y.im)};
}

/// x - i y and x + i y.
static std::pair<Complex, Complex> rotateAddSub(VectorBuilder &b, Complex x,
                                                Complex y) {
  return {{b.add(x.re, y.im), b.sub(x.im, y.re)},
          {b.sub(x.re, y.im), b.add(x.im, y.re)}};
}

static void codelet2(VectorBuilder &b, Complex &x0, Complex &x1) {
  Complex sum = add(b, x0, x1);
  x1 = sub(b, x0, x1);
  x0 = sum;
}

static void codelet4(VectorBuilder &b, Complex &x0, Complex &x1, Complex &x2,
                     Complex &x3) {
  Complex s02 = add(b, x0, x2), d02 = sub(b, x0, x2);
  Complex s13 = add(b, x1, x3), d13 = sub(b, x1, x3);
  x0 = add(b, s02, s13);
  x2 = sub(b, s02, s13);
  std::tie(x1, x3) = rotateAddSub(b, d02, d13);
}

/// Two transforms of 4, of the even and of the odd inputs, then 4 of 2.
static void codelet8(VectorBuilder &b, MutableArrayRef<Complex> x) {
  Complex even[4] = {x[0], x[2], x[4], x[6]};
  Complex odd[4] = {x[1], x[3], x[5], x[7]};
  codelet4(b, even[0], even[1], even[2], even[3]);
  codelet4(b, odd[0], odd[1], odd[2], odd[3]);
  x[0] = add(b, even[0], odd[0]);
  x[4] = sub(b, even[0], odd[0]);
  std::tie(x[2], x[6]) = rotateAddSub(b, even[2], odd[2]);
  // Odd frequencies 1 and 3 are rotated by an eighth of a turn, (1 -+ i) c:
  // sums first, and c goes into the multiply-adds of the last butterfly.
  Value c = b.splat(unitRoot(1, 8).real());
  Complex r1 = {b.add(odd[1].re, odd[1].im), b.sub(odd[1].im, odd[1].re)};
  Complex r3 = {b.sub(odd[3].im, odd[3].re), b.add(odd[3].re, odd[3].im)};
  x[1] = {b.fma(c, r1.re, even[1].re), b.fma(c, r1.im, even[1].im)};
  x[5] = {b.fnma(c, r1.re, even[1].re), b.fnma(c, r1.im, even[1].im)};
  x[3] = {b.fma(c, r3.re, even[3].re), b.fnma(c, r3.im, even[3].im)};
  x[7] = {b.fnma(c, r3.re, even[3].re), b.fma(c, r3.im, even[3].im)};
}

static void codeletOdd(VectorBuilder &b, MutableArrayRef<Complex> x) {
  int64_t radix = x.size(), half = (radix - 1) / 2;
  SmallVector<Complex> sums, differences;
  Complex zero = x[0];
  for (int64_t j = 1; j <= half; ++j) {
    sums.push_back(add(b, x[j], x[radix - j]));
    differences.push_back(sub(b, x[j], x[radix - j]));
  }
  for (const Complex &sum : sums)
    x[0] = add(b, x[0], sum);
  for (int64_t k = 1; k <= half; ++k) {
    Complex even = zero, odd;
    for (int64_t j = 1; j <= half; ++j) {
      std::complex<double> root = unitRoot(j * k, radix);
      Value c = b.splat(root.real()), s = b.splat(-root.imag());
      const Complex &sum = sums[j - 1], &difference = differences[j - 1];
      even = {b.fma(c, sum.re, even.re), b.fma(c, sum.im, even.im)};
      odd = j == 1 ? Complex{b.mul(s, difference.re), b.mul(s, difference.im)}
                   : Complex{b.fma(s, difference.re, odd.re),
                             b.fma(s, difference.im, odd.im)};
    }
    std::tie(x[k], x[radix - k]) = rotateAddSub(b, even, odd);
  }
}

void codelet(VectorBuilder &b, MutableArrayRef<Complex> x) {
  switch (x.size()) {
  case 2:
    return codelet2(b, x[0], x[1]);
  case 4:
    return codelet4(b, x[0], x[1], x[2], x[3]);
  case 8:
    return codelet8(b, x);
  default:
    return codeletOdd(b, x);
  }
}

} // namespace conv::monarch
