// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @kind(%u: tensor<2x4x64xf32>, %k: tensor<4x3xf32>) {
  // expected-error @below {{kind 'same' is unknown; use one of causal, circular, bidirectional}}
  %y = conv.short_conv same ins(%u, %k : tensor<2x4x64xf32>, tensor<4x3xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @circular(%u: tensor<2x4x64xf32>, %k: tensor<4x3xf32>) {
  // expected-error @below {{kind circular is not for short filters; use conv.long_conv}}
  %y = conv.short_conv circular ins(%u, %k : tensor<2x4x64xf32>, tensor<4x3xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @long(%u: tensor<2x4x64xf32>, %k: tensor<4x33xf32>) {
  // expected-error @below {{filter has 33 taps, but short_conv has at most 32; use conv.long_conv}}
  %y = conv.short_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x33xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @longer_than_rows(%u: tensor<2x4x2xf32>, %k: tensor<4x3xf32>) {
  // expected-error @below {{filter has 3 taps, but a causal filter of rows of 2 samples has at most 2}}
  %y = conv.short_conv causal ins(%u, %k : tensor<2x4x2xf32>, tensor<4x3xf32>) outs(%u : tensor<2x4x2xf32>)
  return
}

// -----

func.func @real(%x: tensor<4x64xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref [..., N] of complex<f32>, but got 'tensor<4x64xf32>'}}
  %X = conv.dft ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>)
  return
}

// -----

func.func @scalar(%x: tensor<complex<f32>>) {
  // expected-error @below {{operand #0 must be tensor or memref [..., N] of complex<f32>}}
  %X = conv.dft ins(%x : tensor<complex<f32>>) outs(%x : tensor<complex<f32>>)
  return
}

// -----

func.func @dynamic(%x: tensor<4x?xcomplex<f32>>) {
  // expected-error @below {{dimension 1 of 'input' (sequence length) is dynamic; only the batch may be}}
  %X = conv.dft ins(%x : tensor<4x?xcomplex<f32>>) outs(%x : tensor<4x?xcomplex<f32>>)
  return
}

// -----

func.func @product(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{factors multiply to 64, but the rows have 96 samples}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {factors = array<i64: 8, 8>}
  return
}

// -----

func.func @unit_factor(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{factor 1 is not at least 2}}
  %X = conv.idft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {factors = array<i64: 96, 1>}
  return
}

// -----

func.func @overflow(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{factors multiply to more than 67108864}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {factors = array<i64: 4294967296, 4294967296>}
  return
}

// -----

func.func @order(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{ordering digit_reversed needs factors, which say what the digits are}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {ordering = #conv.ordering<digit_reversed>}
  return
}

// -----

func.func @plan(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{wrong plan: algorithm right_angle is for convolutions; use direct, mixed_radix or bluestein}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>}
  return
}

// -----

func.func @bluestein(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{wrong plan: factors multiply to 128, but rows of 96 samples need at least 191}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {plan = #conv.plan<algorithm = bluestein, factors = [128]>}
  return
}

// -----

func.func @other_order(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{wrong plan: ordering digit_reversed needs mixed_radix with the operation's own factors}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>, plan = #conv.plan<algorithm = mixed_radix, factors = [32, 3]>}
  return
}

// -----

func.func @arithmetic(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{wrong plan: arithmetic f16; transforms are computed in f32}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>) {plan = #conv.plan<algorithm = direct, arithmetic = f16>}
  return
}

// -----

func.func @order_without_digits(%x: tensor<4x96xcomplex<f32>>) {
  // expected-error @below {{wrong plan: ordering digit_reversed needs mixed_radix with the operation's own factors}}
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>, plan = #conv.plan<algorithm = direct>}
  return
}
