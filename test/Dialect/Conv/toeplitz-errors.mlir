// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @arithmetic(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: a toeplitz plan multiplies tiles of bf16; use arithmetic = bf16}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x64xf32>)
    {plan = #conv.plan<algorithm = toeplitz>}
  return
}

// -----

func.func @factors(%u: tensor<2x4x256xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: a toeplitz plan has neither blocks nor factors; leave them out}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x256xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x256xf32>)
    {plan = #conv.plan<algorithm = toeplitz, arithmetic = bf16, factors = [4, 4, 4, 4]>}
  return
}

// -----

func.func @too_long(%u: tensor<2x4x16385xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{wrong plan: a toeplitz plan takes rows of up to 16384 samples, but these have 16385; use right_angle}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x16385xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x16385xf32>)
    {plan = #conv.plan<algorithm = toeplitz, arithmetic = bf16>}
  return
}

// -----

#plan = #conv.plan<algorithm = toeplitz, arithmetic = bf16>
#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64, plan = #plan>

func.func @prepared(%k: tensor<4x64xf32>) {
  // expected-error @below {{sums over the taps and has no spectrum; give conv.long_conv the taps}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64 : i64, plan = #plan} -> tensor<4x64xf32, #spectrum>
  return
}

// -----

#plan = #conv.plan<algorithm = direct>
#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64, plan = #plan>

func.func @spectrum_of_direct(%u: tensor<2x4x64xf32>, %s: tensor<4x64xf32, #spectrum>) {
  // expected-error @below {{sums over the taps and has no spectrum; give conv.long_conv the taps}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x64xf32, #spectrum>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @buffers(%u: memref<2x4x64xf32>, %k: memref<4x64xf32>, %y: memref<2x4x64xf32>) {
  // expected-error @below {{'monarch.direct' op wrong plan: a toeplitz plan multiplies tiles of bf16; use arithmetic = bf16}}
  monarch.direct ins(%u, %k : memref<2x4x64xf32>, memref<4x64xf32>) outs(%y : memref<2x4x64xf32>) kind<causal> plan<algorithm = toeplitz>
  return
}

// -----

func.func @spectrum_on_buffers(%k: memref<4x64xf32>, %s: memref<4x64xf32>) {
  // expected-error @below {{prepares spectra of right_angle plans, but its plan is}}
  monarch.spectrum %k, %s kind<causal> length(64) plan<algorithm = toeplitz, arithmetic = bf16> : memref<4x64xf32>, memref<4x64xf32>
  return
}
