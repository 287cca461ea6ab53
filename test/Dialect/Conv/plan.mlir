// RUN: conv-opt %s --conv-plan -split-input-file | FileCheck %s

// The example of the pass's documentation.
// CHECK-LABEL: func @long
// CHECK: conv.long_conv causal
// CHECK-SAME: {plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>}
func.func @long(%u: tensor<?x256x4096xf32>, %k: tensor<256x4096xf32>,
                %init: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
      outs(%init : tensor<?x256x4096xf32>)
  return %y : tensor<?x256x4096xf32>
}

// -----

// CHECK-LABEL: func @few_taps
// CHECK: conv.long_conv circular
// CHECK-SAME: {plan = #conv.plan<algorithm = direct, arithmetic = f32>}
func.func @few_taps(%u: tensor<2x4x4096xf32>, %k: tensor<4x12xf32>) -> tensor<2x4x4096xf32> {
  %y = conv.long_conv circular ins(%u, %k : tensor<2x4x4096xf32>, tensor<4x12xf32>)
      outs(%u : tensor<2x4x4096xf32>)
  return %y : tensor<2x4x4096xf32>
}

// -----

// A plan that is there is kept.
// CHECK-LABEL: func @override
// CHECK: conv.long_conv causal
// CHECK-SAME: {plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 8, factors = [2, 4, 4, 4, 4]>}
func.func @override(%u: tensor<2x4x4096xf16>, %k: tensor<4x4096xf32>) -> tensor<2x4x4096xf16> {
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x4096xf16>, tensor<4x4096xf32>)
      outs(%u : tensor<2x4x4096xf16>)
      {plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 8, factors = [2, 4, 4, 4, 4]>}
  return %y : tensor<2x4x4096xf16>
}

// -----

// Equal spectra get one plan and one size in every operation and signature; a
// prepared spectrum is never planned as a direct sum, however short.
#s = #conv.spectrum<kind = causal, length = 300, taps = 4>

// CHECK-LABEL: func @prepare(
// CHECK-SAME: -> tensor<4x1024xf32, [[S:#conv.spectrum<kind = causal, length = 300, taps = 4, plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 2, factors = \[4, 4, 4, 4\]>>]]>
// CHECK: conv.filter_spectrum causal
// CHECK-SAME: -> tensor<4x1024xf32, [[S]]>
func.func @prepare(%k: tensor<4x4xf32>) -> tensor<4x?xf32, #s> {
  %s = conv.filter_spectrum causal ins(%k : tensor<4x4xf32>) {length = 300} -> tensor<4x?xf32, #s>
  return %s : tensor<4x?xf32, #s>
}

// CHECK-LABEL: func @apply(
// CHECK-SAME: tensor<4x1024xf32, [[S]]>
// CHECK: conv.long_conv causal
// CHECK-SAME: plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 2, factors = [4, 4, 4, 4]>
func.func @apply(%u: tensor<2x4x300xf32>, %s: tensor<4x?xf32, #s>) -> tensor<2x4x300xf32> {
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x300xf32>, tensor<4x?xf32, #s>)
      outs(%u : tensor<2x4x300xf32>)
  return %y : tensor<2x4x300xf32>
}

// CHECK-LABEL: func @both(
// CHECK: call @prepare({{.*}}) : (tensor<4x4xf32>) -> tensor<4x1024xf32, [[S]]>
// CHECK: scf.if {{.*}} -> (tensor<4x1024xf32, [[S]]>)
func.func @both(%u: tensor<2x4x300xf32>, %k: tensor<4x4xf32>, %b: i1) -> tensor<2x4x300xf32> {
  %s = call @prepare(%k) : (tensor<4x4xf32>) -> tensor<4x?xf32, #s>
  %t = scf.if %b -> tensor<4x?xf32, #s> {
    scf.yield %s : tensor<4x?xf32, #s>
  } else {
    scf.yield %s : tensor<4x?xf32, #s>
  }
  %y = call @apply(%u, %t) : (tensor<2x4x300xf32>, tensor<4x?xf32, #s>) -> tensor<2x4x300xf32>
  return %y : tensor<2x4x300xf32>
}

// -----

// A spectrum that was planned elsewhere plans the convolution.
#p = #conv.spectrum<kind = causal, length = 512, taps = 512, plan = #conv.plan<algorithm = right_angle, factors = [2, 4, 4, 4, 4]>>
// CHECK-LABEL: func @planned_spectrum
// CHECK: conv.long_conv causal
// CHECK-SAME: {plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 1, factors = [2, 4, 4, 4, 4]>}
func.func @planned_spectrum(%u: tensor<2x4x512xf32>, %s: tensor<4x1024xf32, #p>) -> tensor<2x4x512xf32> {
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x512xf32>, tensor<4x1024xf32, #p>)
      outs(%u : tensor<2x4x512xf32>)
  return %y : tensor<2x4x512xf32>
}

// -----

// CHECK-LABEL: func @transforms
// CHECK: conv.dft
// CHECK-SAME: plan = #conv.plan<algorithm = mixed_radix, arithmetic = f32, blocks = 1, factors = [4, 4, 4, 3, 5]>
// CHECK: conv.idft
// CHECK-SAME: factors = array<i64: 60, 16>
// CHECK-SAME: plan = #conv.plan<algorithm = mixed_radix, arithmetic = f32, blocks = 1, factors = [60, 16]>
func.func @transforms(%x: tensor<4x960xcomplex<f32>>, %p: tensor<4x1009xcomplex<f32>>) -> (tensor<4x960xcomplex<f32>>, tensor<4x1009xcomplex<f32>>) {
  %y = conv.dft ins(%x : tensor<4x960xcomplex<f32>>) outs(%x : tensor<4x960xcomplex<f32>>)
  %z = conv.idft ins(%y : tensor<4x960xcomplex<f32>>) outs(%x : tensor<4x960xcomplex<f32>>) {factors = array<i64: 60, 16>}
  // CHECK: conv.dft
  // CHECK-SAME: plan = #conv.plan<algorithm = bluestein
  %q = conv.dft ins(%p : tensor<4x1009xcomplex<f32>>) outs(%p : tensor<4x1009xcomplex<f32>>)
  return %z, %q : tensor<4x960xcomplex<f32>>, tensor<4x1009xcomplex<f32>>
}
