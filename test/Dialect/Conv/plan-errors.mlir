// RUN: conv-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{unknown key 'block' in #conv.plan; known keys: algorithm, arithmetic, blocks, factors}}
#p = #conv.plan<algorithm = right_angle, block = 2>

// -----

// expected-error @below {{algorithm 'fft' is unknown; use one of direct, right_angle, toeplitz, mixed_radix, bluestein}}
#p = #conv.plan<algorithm = fft>

// -----

// expected-error @below {{arithmetic 'f64' is unknown; use one of f32, f16, bf16}}
#p = #conv.plan<algorithm = direct, arithmetic = f64>

// -----

// expected-error @below {{key 'blocks' is given twice in #conv.plan}}
#p = #conv.plan<blocks = 1, blocks = 1>

// -----

// expected-error @below {{#conv.plan has no algorithm; add algorithm = right_angle or another}}
#p = #conv.plan<blocks = 1>

// -----

// expected-error @below {{unknown key 'size' in #conv.spectrum; known keys: kind, length, taps, plan}}
#s = #conv.spectrum<size = 3>

// -----

// expected-error @below {{kind 'acausal' is unknown; use one of causal, circular, bidirectional}}
#s = #conv.spectrum<kind = acausal, length = 64, taps = 64>

// -----

// expected-error @below {{#conv.spectrum needs kind, length and taps}}
#s = #conv.spectrum<kind = causal, length = 64>

// -----

// expected-error @below {{spectrum of rows of 0 samples; the length is at least 1}}
#s = #conv.spectrum<kind = causal, length = 0, taps = 64>

// -----

// expected-error @below {{a spectrum has two dimensions [rows, size], not 1}}
func.func private @spectrum_rank(tensor<64xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>)

// -----

// expected-error @below {{a spectrum holds f32, not 'f16'}}
func.func private @spectrum_type(tensor<4x?xf16, #conv.spectrum<kind = causal, length = 64, taps = 64>>)

// -----

func.func @factors(%u: tensor<2x4x4096xf32>, %k: tensor<4x4096xf32>) {
  // expected-error @below {{wrong plan: plan has 8 blocks of 256 samples, but a row of 4096 needs 16; use blocks = 16}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x4096xf32>, tensor<4x4096xf32>) outs(%u : tensor<2x4x4096xf32>)
      {plan = #conv.plan<algorithm = right_angle, blocks = 8, factors = [4, 4, 4, 4]>}
  return
}

// -----

func.func @overflow(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: factors multiply to more than 16777216; use fewer}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x64xf32>)
      {plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]>}
  return
}

// -----

func.func @algorithm(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: algorithm bluestein is for conv.dft; use direct, right_angle or toeplitz}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x64xf32>)
      {plan = #conv.plan<algorithm = bluestein, factors = [256]>}
  return
}

// -----

func.func @filter_spectrum(%k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: plan has 1 factors, but the leaf alone has four; use factors = [4, 4, 4, 4]}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64, plan = #conv.plan<algorithm = right_angle, factors = [256]>}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
  return
}
