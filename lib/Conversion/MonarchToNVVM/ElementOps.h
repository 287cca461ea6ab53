//===- ElementOps.h - Gates, skip and formats at the edges ------*- C++ -*-===//
//
// What happens to samples between memory and the transform: conversion between
// the memory's format and f16, gates and the skip term. All on registers of two
// values a lane. f16 is multiplied as it is; bf16 is widened to f32, in which
// its products are exact, and rounded once.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_MONARCHTONVVM_ELEMENTOPS_H
#define CONV_CONVERSION_MONARCHTONVVM_ELEMENTOPS_H

#include "Fragments.h"

namespace conv::nvidia {

/// The number of type `type`, f32, f16 or bf16, at `pointer`, in f32. It does
/// not change while the kernel runs.
Value loadFloat(KernelBuilder &b, Type type, Value pointer);

class ElementOps {
public:
  ElementOps(Fragments &f, Element element) : f(f), element(element) {}

  /// Samples as f16, times the gate (null: none). Both as loaded, two a
  /// register.
  Value input(Value sample, Value gate);

  /// What to store: `gate` (sum + skip input), each of `skip`, `gate` null if
  /// absent. `sum` is half an accumulator, as `Fragments::halves` or `floats`
  /// gives it, whichever `wantsFloats` says; `input` is the gated input in f16;
  /// `skip` both times the weight, in the same format as `sum`.
  Value output(Value sum, Value input, Value skip, Value gate);
  bool wantsFloats() const { return element == Element::bf16; }

  /// A weight for `output`, from memory.
  Value loadSkip(Value pointer, Type type);

private:
  Type memoryType() {
    return element == Element::f16 ? f.half2() : f.bfloat2();
  }

  Fragments &f;
  Element element;
};

} // namespace conv::nvidia

#endif // CONV_CONVERSION_MONARCHTONVVM_ELEMENTOPS_H
