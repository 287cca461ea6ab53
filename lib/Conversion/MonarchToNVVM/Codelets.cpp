//===- Codelets.cpp - Small Fourier transforms in registers ---------------===//

#include "Codelets.h"

#include <cmath>

using namespace mlir;

namespace conv::nvidia {

namespace {

class Codelet {
public:
  Codelet(Fragments &f, bool inverse) : f(f), inverse(inverse) {}

  SmallVector<Complex> run(ArrayRef<Complex> x) {
    switch (x.size()) {
    case 1:
      return {x[0]};
    case 2:
      return {f.add(x[0], x[1]), f.sub(x[0], x[1])};
    case 4:
      return four(x[0], x[1], x[2], x[3]);
    default:
      return split(x);
    }
  }

private:
  /// x + w y and x - w y, where w = exp(-+ i pi / 2) is a quarter turn in the
  /// direction of the transform.
  Complex plusTurned(Complex x, Complex y) {
    return inverse ? f.addTimesI(x, y) : f.subTimesI(x, y);
  }
  Complex minusTurned(Complex x, Complex y) {
    return inverse ? f.subTimesI(x, y) : f.addTimesI(x, y);
  }

  SmallVector<Complex> four(Complex a, Complex b, Complex c, Complex d) {
    Complex s = f.add(a, c), t = f.sub(a, c);
    Complex u = f.add(b, d), v = f.sub(b, d);
    return {f.add(s, u), plusTurned(t, v), f.sub(s, u), minusTurned(t, v)};
  }

  /// R = 4 Q: n = n_1 Q + n_2, k = k_1 + 4 k_2.
  SmallVector<Complex> split(ArrayRef<Complex> x) {
    size_t rest = x.size() / 4;
    SmallVector<SmallVector<Complex>> columns(4);
    for (size_t n2 = 0; n2 < rest; ++n2) {
      auto y = four(x[n2], x[rest + n2], x[2 * rest + n2], x[3 * rest + n2]);
      for (size_t k1 = 0; k1 < 4; ++k1)
        columns[k1].push_back(rotate(y[k1], k1 * n2, x.size()));
    }
    SmallVector<Complex> result(x.size());
    for (size_t k1 = 0; k1 < 4; ++k1)
      for (auto [k2, value] : llvm::enumerate(run(columns[k1])))
        result[k1 + 4 * k2] = value;
    return result;
  }

  /// x exp(-+ 2 pi i j / size). Eighths of a turn need two additions and two
  /// products, the rest a complex product.
  Complex rotate(Complex x, size_t j, size_t size) {
    if (j == 0)
      return x;
    size_t eighths = 8 * j;
    if (eighths % size == 0) {
      switch (eighths / size) {
      case 1: // (1 -+ i) / sqrt 2
        return half({inverse ? f.sub(x.re, x.im) : f.add(x.re, x.im),
                     inverse ? f.add(x.im, x.re) : f.sub(x.im, x.re)});
      case 2: // -+ i
        return inverse ? Complex{f.neg(x.im), x.re}
                       : Complex{x.im, f.neg(x.re)};
      case 3: { // (-1 -+ i) / sqrt 2
        Complex turned = inverse
                             ? Complex{f.add(x.re, x.im), f.sub(x.re, x.im)}
                             : Complex{f.sub(x.im, x.re), f.add(x.im, x.re)};
        Value root = constant(x.re, std::sqrt(0.5));
        Value minus = constant(x.re, -std::sqrt(0.5));
        return {f.mul(turned.re, inverse ? minus : root),
                f.mul(turned.im, inverse ? root : minus)};
      }
      default:
        break;
      }
    }
    double angle =
        2 * M_PI * static_cast<double>(j) / static_cast<double>(size);
    Complex factor = {constant(x.re, std::cos(angle)),
                      constant(x.re, -std::sin(angle))};
    return f.mul(x, factor, /*conjugate=*/inverse);
  }

  Complex half(Complex x) { return f.scale(x, constant(x.re, std::sqrt(0.5))); }

  /// `value` in the format of `x`.
  Value constant(Value x, double value) {
    return x.getType().isF32() ? f.b.f32(value) : f.b.half2(value);
  }

  Fragments &f;
  bool inverse;
};

} // namespace

SmallVector<Complex> smallFourier(Fragments &f, ArrayRef<Complex> values,
                                  bool inverse) {
  return Codelet(f, inverse).run(values);
}

} // namespace conv::nvidia
