//===- Butterfly.cpp - Twisted butterflies in tangent form ----------------===//

#include "Butterfly.h"

#include <cmath>

using namespace mlir;

namespace conv::monarch {

int64_t butterflyConstants(int64_t radix) { return radix == 4 ? 6 : 2; }

void appendConstants(int64_t radix, double a, SmallVectorImpl<double> &table) {
  if (radix == 2) {
    table.append({std::tan(a), std::cos(a)});
    return;
  }
  table.append({std::tan(a), std::tan(2 * a), std::tan(3 * a), std::cos(a),
                std::cos(2 * a), std::cos(3 * a) / std::cos(a)});
}

/// z (1 + i t)
static Complex lean(VectorBuilder &b, Complex z, Value t) {
  return {b.fnma(t, z.im, z.re), b.fma(t, z.re, z.im)};
}

/// a + c z and a - c z for a real c.
static std::pair<Complex, Complex> addSub(VectorBuilder &b, Complex a, Value c,
                                          Complex z) {
  return {{b.fma(c, z.re, a.re), b.fma(c, z.im, a.im)},
          {b.fnma(c, z.re, a.re), b.fnma(c, z.im, a.im)}};
}

/// a + i c z and a - i c z for a real c.
static std::pair<Complex, Complex> addSubTimesI(VectorBuilder &b, Complex a,
                                                Value c, Complex z) {
  return {{b.fnma(c, z.im, a.re), b.fma(c, z.re, a.im)},
          {b.fma(c, z.im, a.re), b.fnma(c, z.re, a.im)}};
}

static void finish(VectorBuilder &b, MutableArrayRef<Complex> x, Complex s,
                   Complex t, Complex u, Complex v, Value c1, bool inverse) {
  std::tie(x[0], x[2]) = addSub(b, s, c1, u);
  auto [plus, minus] = addSubTimesI(b, t, c1, v);
  x[1] = inverse ? plus : minus;
  x[3] = inverse ? minus : plus;
}

void butterfly(VectorBuilder &b, MutableArrayRef<Complex> x,
               ConstantSource constants, bool inverse) {
  if (x.size() == 2) {
    Complex z = lean(b, x[1], constants(0));
    std::tie(x[0], x[1]) = addSub(b, x[0], constants(1), z);
    return;
  }
  Complex b1 = lean(b, x[1], constants(0));
  Complex c1 = lean(b, x[2], constants(1));
  Complex d1 = lean(b, x[3], constants(2));
  auto [s, t] = addSub(b, x[0], constants(4), c1);
  auto [u, v] = addSub(b, b1, constants(5), d1);
  finish(b, x, s, t, u, v, constants(3), inverse);
}

void realButterfly(VectorBuilder &b, MutableArrayRef<Complex> x,
                   ConstantSource constants) {
  if (x.size() == 2) {
    Value c = constants(1), re = x[1].re;
    Value im = b.mul(b.mul(constants(0), c), re);
    Value a = x[0].re;
    x[0] = {b.fma(c, re, a), im};
    x[1] = {b.fnma(c, re, a), b.neg(im)};
    return;
  }
  // a, b, c, d are real, so a cos-scaled sum needs one operation a part:
  // cos 2a c' = c (cos 2a + i sin 2a) and so on, with sin = cos tan.
  Value a = x[0].re, bb = x[1].re, c = x[2].re, d = x[3].re;
  Value c2 = constants(4), c31 = constants(5);
  Value sine2 = b.mul(b.mul(c2, constants(1)), c);
  Complex s = {b.fma(c2, c, a), sine2};
  Complex t = {b.fnma(c2, c, a), b.neg(sine2)};
  Value t31 = b.mul(c31, constants(2)), lean1 = b.mul(constants(0), bb);
  Complex u = {b.fma(c31, d, bb), b.fma(t31, d, lean1)};
  Complex v = {b.fnma(c31, d, bb), b.fnma(t31, d, lean1)};
  finish(b, x, s, t, u, v, constants(3), /*inverse=*/false);
}

void constantInverseButterfly(VectorBuilder &b, MutableArrayRef<Complex> x,
                              int eighths) {
  if (eighths % 2) {
    SmallVector<double> constants;
    appendConstants(4, eighths * M_PI / 8, constants);
    butterfly(
        b, x, [&](int64_t q) { return b.splat(constants[q]); },
        /*inverse=*/true);
    return;
  }
  auto plus = [&](Complex p, Complex q) -> Complex {
    return {b.add(p.re, q.re), b.add(p.im, q.im)};
  };
  auto minus = [&](Complex p, Complex q) -> Complex {
    return {b.sub(p.re, q.re), b.sub(p.im, q.im)};
  };
  auto plusI = [&](Complex p, Complex q) -> Complex {
    return {b.sub(p.re, q.im), b.add(p.im, q.re)};
  };
  auto minusI = [&](Complex p, Complex q) -> Complex {
    return {b.add(p.re, q.im), b.sub(p.im, q.re)};
  };
  if (eighths == 0) {
    Complex s = plus(x[0], x[2]), t = minus(x[0], x[2]);
    Complex u = plus(x[1], x[3]), v = minus(x[1], x[3]);
    x[0] = plus(s, u);
    x[1] = plusI(t, v);
    x[2] = minus(s, u);
    x[3] = minusI(t, v);
    return;
  }
  // a = pi / 4: b and d by (+-1 + i) / sqrt 2, c by i.
  Value root = b.splat(std::sqrt(0.5));
  Complex s = plusI(x[0], x[2]), t = minusI(x[0], x[2]);
  Complex b1 = plusI(x[1], x[1]);               // b (1 + i)
  Complex d1 = {b.neg(b.add(x[3].re, x[3].im)), // d (-1 + i)
                b.sub(x[3].re, x[3].im)};
  finish(b, x, s, t, plus(b1, d1), minus(b1, d1), root, /*inverse=*/true);
}

Value rotateReal(VectorBuilder &b, Complex z, Complex factor) {
  return b.fma(z.im, factor.im, b.mul(z.re, factor.re));
}

} // namespace conv::monarch
