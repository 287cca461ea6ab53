// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @too_many(%x: bf16) {
  // expected-error @below {{mantissa_bits is 9, but 'bf16' has 7 mantissa bits; use 1 to 7, or leave the attribute out}}
  %z = lowbit.lmul adder %x, %x {mantissa_bits = 9} : bf16
  return
}

// -----

func.func @too_few(%x: tensor<4xf8E5M2>) {
  // expected-error @below {{mantissa_bits is 0, but 'f8E5M2' has 2 mantissa bits; use 1 to 2}}
  %z = lowbit.lmul adder %x, %x {mantissa_bits = 0} : tensor<4xf8E5M2>
  return
}

// -----

func.func @format(%x: f64) {
  // expected-error @below {{operand #0 must be number, vector or tensor of f32, bf16, f16, f8E4M3FN or f8E5M2, but got 'f64'}}
  %z = lowbit.lmul adder %x, %x : f64
  return
}
