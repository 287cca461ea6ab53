//===- Dot.h - How an instruction set multiplies bytes ----------*- C++ -*-===//

#ifndef CONV_DIALECT_LOWBIT_TRANSFORMS_DOT_H
#define CONV_DIALECT_LOWBIT_TRANSFORMS_DOT_H

namespace conv::lowbit {

/// How an instruction set multiplies small integers.
enum class Dot {
  portable, ///< products of 32 bits
  pairs,    ///< two products of 16-bit numbers a lane (pmaddwd)
  bytes     ///< four products of bytes a lane (AVX-512 VNNI)
};

} // namespace conv::lowbit

#endif // CONV_DIALECT_LOWBIT_TRANSFORMS_DOT_H
