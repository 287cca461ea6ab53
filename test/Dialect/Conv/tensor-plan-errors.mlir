// RUN: conv-opt %s -split-input-file -verify-diagnostics

// What the verifier says of plans for tensor cores.

func.func @warps(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: a thread block has at most 32 warps, not 33}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 33>}
  return
}

// -----

func.func @buffers(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: a warp has 1 or 2 buffers, not 3}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8, buffers = 3>}
  return
}

// -----

func.func @arithmetic(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: tensor-core plans compute in f16; use arithmetic = f16}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, factors = [16, 1, 16], warps = 8>}
  return
}

// -----

func.func @blocks(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: a tensor-core plan has no blocks; leave them out}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 2, factors = [16, 1, 16], warps = 8>}
  return
}

// -----

func.func @few_factors(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: a tensor-core plan has at least three factors, 16, R, 16; this one has 2}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16], warps = 8>}
  return
}

// -----

func.func @registers(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: factor 3 in the registers is not a power of two up to 16}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 3, 16], warps = 8>}
  return
}

// -----

func.func @product(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: factor 8 of a matrix product is not 16}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [8, 2, 16], warps = 8>}
  return
}

// -----

func.func @outer(%k: memref<4x256xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: outer factors multiply to more than 1024; use fewer}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf16>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [8, 16, 16, 16, 16, 2, 16], warps = 8>}
  return
}

// -----

func.func @capacity(%k: memref<4x257xf32>, %s: memref<4x512xf16>) {
  // expected-error @below {{wrong plan: factors multiply to 256, but a row has 257 samples; use more or larger ones}}
  conv.filter_spectrum causal ins(%k : memref<4x257xf32>) outs(%s : memref<4x512xf16>)
      {length = 257, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8>}
  return
}

// -----

func.func @format(%k: memref<4x256xf32>, %s: memref<4x512xf32>) {
  // expected-error @below {{'init' is 'memref<4x512xf32>', but the spectrum of this plan is 'memref<4x512xf16>'}}
  conv.filter_spectrum causal ins(%k : memref<4x256xf32>) outs(%s : memref<4x512xf32>)
      {length = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8>}
  return
}

// -----

// expected-error @below {{a spectrum for tensor cores holds 'f16', not 'f32'}}
func.func private @tensor(tensor<4x512xf32, #conv.spectrum<kind = causal, length = 256, taps = 256, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8>>>)
