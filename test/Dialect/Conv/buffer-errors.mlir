// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @mixed(%u: tensor<2x4x64xf32>, %k: memref<4x64xf32>) {
  // expected-error @below {{mixes tensors and memrefs: 'filter' is a 'memref<4x64xf32>'}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, memref<4x64xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @stride(%u: memref<2x4x64xf32, strided<[512, 128, 2]>>, %k: memref<4x64xf32>, %y: memref<2x4x64xf32>) {
  // expected-error @below {{last stride of 'input' is 2; rows must be contiguous, copy them first}}
  conv.long_conv causal ins(%u, %k : memref<2x4x64xf32, strided<[512, 128, 2]>>, memref<4x64xf32>) outs(%y : memref<2x4x64xf32>)
  return
}

// -----

#reversed = affine_map<(i, j, k) -> (i, j, 63 - k)>

func.func @layout(%u: memref<2x4x64xf32>, %k: memref<4x64xf32>, %y: memref<2x4x64xf32, #reversed>) {
  // expected-error @below {{'init' has a layout without strides; copy it into a contiguous buffer first}}
  conv.long_conv causal ins(%u, %k : memref<2x4x64xf32>, memref<4x64xf32>) outs(%y : memref<2x4x64xf32, #reversed>)
  return
}

// -----

func.func @in_place(%u: memref<2x4x64xf32>, %k: memref<4x3xf32>) {
  // expected-error @below {{writes 'init', which it also reads as 'input'; give it its own buffer}}
  conv.short_conv causal ins(%u, %k : memref<2x4x64xf32>, memref<4x3xf32>) outs(%u : memref<2x4x64xf32>)
  return
}

// -----

func.func @no_plan(%k: memref<4x64xf32>, %s: memref<4x512xf32>) {
  // expected-error @below {{has no plan, which decides the size of the buffer; choose one before bufferization}}
  conv.filter_spectrum causal ins(%k : memref<4x64xf32>) outs(%s : memref<4x512xf32>) {length = 64}
  return
}

// -----

func.func @spectrum_size(%k: memref<4x64xf32>, %s: memref<4x64xf32>) {
  // expected-error @below {{'init' is 'memref<4x64xf32>', but the spectrum of this plan is 'memref<4x512xf32>'}}
  conv.filter_spectrum causal ins(%k : memref<4x64xf32>) outs(%s : memref<4x64xf32>)
      {length = 64, plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>}
  return
}

// -----

func.func @no_destination(%k: memref<4x64xf32>) {
  // expected-error @below {{needs 'outs' and no result on buffers}}
  conv.filter_spectrum causal ins(%k : memref<4x64xf32>) {length = 64}
  return
}

// -----

func.func @destination(%k: tensor<4x64xf32>, %i: tensor<4x64xf32>) {
  // expected-error @below {{tensor form returns its result; drop 'outs'}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) outs(%i : tensor<4x64xf32>) {length = 64}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
  return
}
