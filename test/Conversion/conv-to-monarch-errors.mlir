// RUN: conv-opt %s --convert-conv-to-monarch -split-input-file -verify-diagnostics

func.func @unplanned(%u: memref<1x1x256xf32>, %k: memref<1x256xf32>, %y: memref<1x1x256xf32>) {
  // expected-error @below {{'conv.long_conv' op has no plan; run conv-plan before convert-conv-to-monarch}}
  conv.long_conv causal ins(%u, %k : memref<1x1x256xf32>, memref<1x256xf32>)
      outs(%y : memref<1x1x256xf32>)
  return
}

// -----

func.func @taps(%u: memref<1x1x256xf32>, %k: memref<1x256xf32>, %y: memref<1x1x256xf32>) {
  // expected-error @below {{takes taps, but its right_angle plan needs a prepared spectrum; run conv-split-filters before bufferization}}
  conv.long_conv causal ins(%u, %k : memref<1x1x256xf32>, memref<1x256xf32>)
      outs(%y : memref<1x1x256xf32>)
      {plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>}
  return
}

// -----

func.func @tensor(%u: tensor<1x1x256xf32>, %k: tensor<1x3xf32>) -> tensor<1x1x256xf32> {
  // expected-error @below {{'conv.short_conv' op is on tensors; bufferize before convert-conv-to-monarch}}
  %y = conv.short_conv causal ins(%u, %k : tensor<1x1x256xf32>, tensor<1x3xf32>)
      outs(%u : tensor<1x1x256xf32>)
  return %y : tensor<1x1x256xf32>
}

// -----

func.func @strided(%u: memref<1x2x256xf32, strided<[1024, 512, 1]>>, %k: memref<2x3xf32>, %y: memref<1x2x256xf32>) {
  // expected-error @below {{'monarch.direct' op input has layout strided<[1024, 512, 1]>, but it must be dense}}
  conv.short_conv causal ins(%u, %k : memref<1x2x256xf32, strided<[1024, 512, 1]>>, memref<2x3xf32>)
      outs(%y : memref<1x2x256xf32>)
  return
}

// -----

func.func @dft(%x: memref<4x96xcomplex<f32>>, %y: memref<4x96xcomplex<f32>>) {
  // expected-error @below {{'conv.dft' op has no plan; run conv-plan before convert-conv-to-monarch}}
  conv.dft ins(%x : memref<4x96xcomplex<f32>>) outs(%y : memref<4x96xcomplex<f32>>)
  return
}
