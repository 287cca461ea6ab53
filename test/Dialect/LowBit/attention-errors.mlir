// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @depth(%q: tensor<2x4x8xf32>, %k: tensor<2x6x4xf32>, %v: tensor<2x6x3xf32>, %init: tensor<2x4x3xf32>) {
  // expected-error @below {{'k' is 2x6x4, but 'q' is 2x4x8, 'k' 2x6x4 and 'v' 2x6x3; use [B, N, D]}}
  %c = lowbit.lmul_attention adder ins(%q, %k, %v : tensor<2x4x8xf32>, tensor<2x6x4xf32>, tensor<2x6x3xf32>) outs(%init : tensor<2x4x3xf32>)
  return
}

// -----

func.func @keys(%q: tensor<2x4x8xf32>, %k: tensor<2x6x8xf32>, %v: tensor<2x5x3xf32>, %init: tensor<2x4x3xf32>) {
  // expected-error @below {{'v' is 2x5x3, but}}
  %c = lowbit.lmul_attention adder ins(%q, %k, %v : tensor<2x4x8xf32>, tensor<2x6x8xf32>, tensor<2x5x3xf32>) outs(%init : tensor<2x4x3xf32>)
  return
}

// -----

func.func @elements(%q: tensor<2x4x8xf32>, %k: tensor<2x6x8xf32>, %v: tensor<2x6x3xbf16>, %init: tensor<2x4x3xf32>) {
  // expected-error @below {{has elements of 'bf16' and 'f32'; q, k and v have the same}}
  %c = lowbit.lmul_attention adder ins(%q, %k, %v : tensor<2x4x8xf32>, tensor<2x6x8xf32>, tensor<2x6x3xbf16>) outs(%init : tensor<2x4x3xf32>)
  return
}

// -----

func.func @scale(%q: tensor<2x4x8xf32>, %init: tensor<2x4x8xf32>) {
  // expected-error @below {{scale is not finite}}
  %c = lowbit.lmul_attention adder ins(%q, %q, %q : tensor<2x4x8xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) outs(%init : tensor<2x4x8xf32>) {scale = 0x7F800000 : f32}
  return
}

// -----

func.func @buffers(%q: memref<2x4x8xf32>, %init: memref<2x4x8xf32>) {
  // expected-error @below {{is on memrefs; run lowbit-decompose before bufferization}}
  lowbit.lmul_attention adder ins(%q, %q, %q : memref<2x4x8xf32>, memref<2x4x8xf32>, memref<2x4x8xf32>) outs(%init : memref<2x4x8xf32>)
  return
}

// -----

func.func @dot(%a: tensor<4x8xf32>, %b: tensor<4x16xf32>, %c: tensor<4xf32>) {
  // expected-error @below {{'a' is 4x8, 'b' 4x16 and 'init' 4; use [R, K] twice and [R]}}
  %d = lowbit.lmul_dot adder ins(%a, %b : tensor<4x8xf32>, tensor<4x16xf32>) outs(%c : tensor<4xf32>)
  return
}
