//===- BFloat16.h - bf16 that needs no library function ---------*- C++ -*-===//

#ifndef CONV_BENCH_BFLOAT16_H
#define CONV_BENCH_BFLOAT16_H

#include <cstdint>
#include <cstring>

namespace conv::bench {

/// The upper half of a float, rounded to nearest even. A compiler's own type
/// calls a library function where the processor has no instruction, and gcc's
/// library does not have it.
class BFloat16 {
public:
  explicit BFloat16(float value) {
    uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    bits = uint16_t((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }

  operator float() const {
    uint32_t word = uint32_t(bits) << 16;
    float value;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }

private:
  uint16_t bits;
};

} // namespace conv::bench

#endif // CONV_BENCH_BFLOAT16_H
