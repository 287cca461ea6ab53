// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @rank(%a: tensor<2x2x4x8xf32>, %b: tensor<8x4xf32>) {
  // expected-error @below {{'a' has rank 4; use [M, K] or [B, M, K], collapse leading dimensions into one}}
  %c = lowbit.lmul_matmul adder ins(%a, %b : tensor<2x2x4x8xf32>, tensor<8x4xf32>) outs(%a : tensor<2x2x4x8xf32>)
  return
}

// -----

func.func @rank_of_b(%a: tensor<4x8xf32>, %b: tensor<2x8x4xf32>, %c: tensor<4x4xf32>) {
  // expected-error @below {{'b' has rank 3, but 'a' has rank 2; use that, or 2 for a 'b' without batch}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xf32>, tensor<2x8x4xf32>) outs(%c : tensor<4x4xf32>)
  return
}

// -----

func.func @inner(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %c: tensor<4x8xf32>) {
  // expected-error @below {{'a' has K = 8, but 'b' has K = 4}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%c : tensor<4x8xf32>) {transpose_b}
  return
}

// -----

func.func @columns(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %c: tensor<4x8xf32>) {
  // expected-error @below {{'b' has N = 4, but 'init' has N = 8}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%c : tensor<4x8xf32>)
  return
}

// -----

func.func @batch(%a: tensor<2x4x8xf32>, %b: tensor<3x8x4xf32>, %c: tensor<2x4x4xf32>) {
  // expected-error @below {{'a' has B = 2, but 'b' has B = 3}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<2x4x8xf32>, tensor<3x8x4xf32>) outs(%c : tensor<2x4x4xf32>)
  return
}

// -----

func.func @elements(%a: tensor<4x8xbf16>, %b: tensor<8x4xf32>, %c: tensor<4x4xf32>) {
  // expected-error @below {{'b' has elements of 'f32', but 'a' of 'bf16'; convert one of them}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xbf16>, tensor<8x4xf32>) outs(%c : tensor<4x4xf32>)
  return
}

// -----

func.func @bits(%a: tensor<4x8xbf16>, %b: tensor<8x4xbf16>, %c: tensor<4x4xf32>) {
  // expected-error @below {{mantissa_bits is 8, but 'bf16' has 7 mantissa bits}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xbf16>, tensor<8x4xbf16>) outs(%c : tensor<4x4xf32>) {mantissa_bits = 8}
  return
}

// -----

func.func @adder(%a: tensor<4x8xbf16>, %b: tensor<8x4xbf16>, %c: tensor<4x4xf32>) {
  // expected-error @below {{plan has form matrix_unit, but the adder's carry moves the exponent, which is no sum of products of its operands; use the equation}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xbf16>, tensor<8x4xbf16>) outs(%c : tensor<4x4xf32>) {plan = #lowbit.lmul_plan<form = matrix_unit>}
  return
}

// -----

func.func @wide(%a: tensor<4x8xf16>, %b: tensor<8x4xf16>, %c: tensor<4x4xf32>) {
  // expected-error @below {{operands have 10 mantissa bits and bf16 has 7; set mantissa_bits to 7 or less}}
  %d = lowbit.lmul_matmul equation ins(%a, %b : tensor<4x8xf16>, tensor<8x4xf16>) outs(%c : tensor<4x4xf32>) {plan = #lowbit.lmul_plan<form = matrix_unit>}
  return
}

// -----

func.func @tile(%a: tensor<4x8xf16>, %b: tensor<8x4xf16>, %c: tensor<4x4xf32>) {
  // expected-error @below {{plan has a tile of 6 rows and 24 columns; use up to 16 rows and a multiple of 16 up to 256 columns, or leave both out}}
  %d = lowbit.lmul_matmul equation ins(%a, %b : tensor<4x8xf16>, tensor<8x4xf16>) outs(%c : tensor<4x4xf32>) {plan = #lowbit.lmul_plan<form = integer, rows = 6, columns = 24>}
  return
}

// -----

func.func @mixed(%a: tensor<4x8xf16>, %b: memref<8x4xf16>, %c: tensor<4x4xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xf16>, memref<8x4xf16>) outs(%c : tensor<4x4xf32>)
  return
}

// -----

func.func @aliased(%a: memref<4x4xf32>, %b: memref<4x4xf32>) {
  // expected-error @below {{writes 'init', which it also reads; give it its own buffer}}
  lowbit.lmul_matmul adder ins(%a, %b : memref<4x4xf32>, memref<4x4xf32>) outs(%a : memref<4x4xf32>)
  return
}
