// RUN: conv-opt %s --conv-plan -split-input-file -verify-diagnostics
// RUN: not conv-opt %s --conv-plan="device=abacus" 2>&1 | FileCheck %s --check-prefix=DEVICE
// RUN: not conv-opt %s --conv-plan="arithmetic=bf16" 2>&1 | FileCheck %s --check-prefix=ARITHMETIC

// DEVICE: conv-plan: device 'abacus' is not known; use one of cpu-avx512, cpu-avx2, cpu-baseline, cpu-neon
// ARITHMETIC: conv-plan: arithmetic 'bf16' is not one of f32, f16

// A spectrum that no operation reads still needs a size.
// expected-error @below {{conv-plan: a spectrum has no plan: filter has 5000 taps, but a causal filter of rows of 4096 samples has 1 to 4096}}
module {
  func.func private @f(tensor<4x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 5000>>)
}
