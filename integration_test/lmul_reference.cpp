//===- lmul_reference.cpp - The L-Mul reference for Python ----------------===//

#include "conv/Reference/LMul.h"

#include <initializer_list>

using namespace conv::reference;

namespace {

const FloatFormat &formatOf(int mantissa) {
  for (const FloatFormat *format :
       {&f32Format, &f16Format, &bf16Format, &f8E4M3FNFormat, &f8E5M2Format})
    if (format->mantissa == mantissa)
      return *format;
  return f32Format;
}

template <typename Word>
void run(int mantissa, int semantics, int kept, const Word *x, const Word *y,
         Word *result, int64_t count) {
  const FloatFormat &format = formatOf(mantissa);
  for (int64_t i = 0; i < count; ++i)
    result[i] = Word(lmul(format, LMul(semantics), kept, x[i], y[i]));
}

} // namespace

extern "C" {

/// L-Mul of `count` pairs of the format with that many mantissa bits;
/// `semantics` is 0 for the equation and 1 for the adder.
void conv_lmul8(int mantissa, int semantics, int kept, const uint8_t *x,
                const uint8_t *y, uint8_t *result, int64_t count) {
  run(mantissa, semantics, kept, x, y, result, count);
}
void conv_lmul16(int mantissa, int semantics, int kept, const uint16_t *x,
                 const uint16_t *y, uint16_t *result, int64_t count) {
  run(mantissa, semantics, kept, x, y, result, count);
}
void conv_lmul32(int mantissa, int semantics, int kept, const uint32_t *x,
                 const uint32_t *y, uint32_t *result, int64_t count) {
  run(mantissa, semantics, kept, x, y, result, count);
}

/// sum_k lmul(a[i, k], b[k, j]) and sum_k |lmul(a[i, k], b[k, j])| of f32
/// words, exact products summed in float64.
void conv_lmul_matmul(int semantics, int kept, const uint32_t *a,
                      const uint32_t *b, double *sum, double *magnitude,
                      int64_t m, int64_t n, int64_t k) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double total = 0, absolute = 0;
      for (int64_t l = 0; l < k; ++l) {
        double product = lmulExact(f32Format, LMul(semantics), kept,
                                   a[i * k + l], b[l * n + j]);
        total += product;
        absolute += product < 0 ? -product : product;
      }
      sum[i * n + j] = total;
      magnitude[i * n + j] = absolute;
    }
}

} // extern "C"
