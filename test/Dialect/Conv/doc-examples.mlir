// RUN: conv-opt %s --verify-roundtrip | FileCheck %s
//
// The examples of the operations' and attributes' documentation, word for word;
// doc-examples.test compares.

// CHECK-LABEL: func private @attributes
// CHECK-SAME: #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>
// CHECK-SAME: #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 4, 16], warps = 8>
// CHECK-SAME: #conv.spectrum<kind = causal, length = 4096, taps = 4096>
func.func private @attributes() attributes {
  plan =
    #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>,
  tensor_plan =
    #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 4, 16], warps = 8>,
  type =
    tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
}

// CHECK-LABEL: func @long_conv
func.func @long_conv(%u: tensor<?x256x4096xf32>, %k: tensor<256x4096xf32>,
                     %g: tensor<?x256x4096xf32>, %d: tensor<256xf32>,
                     %init: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  // CHECK: conv.long_conv causal
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
      pregate(%g : tensor<?x256x4096xf32>) skip(%d : tensor<256xf32>)
      outs(%init : tensor<?x256x4096xf32>)
      {plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
  return %y : tensor<?x256x4096xf32>
}

// CHECK-LABEL: func @long_conv_on_buffers
func.func @long_conv_on_buffers(%u: memref<8x256x4096xf32>, %s: memref<256x8192xf32>,
                                %y: memref<8x256x4096xf32>) {
  // CHECK: conv.long_conv causal
  conv.long_conv causal ins(%u, %s : memref<8x256x4096xf32>, memref<256x8192xf32>)
      outs(%y : memref<8x256x4096xf32>)
      {spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096,
         plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>>,
       plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
  return
}

// CHECK-LABEL: func @short_conv
func.func @short_conv(%u: tensor<?x256x4096xf32>, %k: tensor<256x3xf32>,
                      %init: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  // CHECK: conv.short_conv causal
  %y = conv.short_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x3xf32>)
      outs(%init : tensor<?x256x4096xf32>)
  return %y : tensor<?x256x4096xf32>
}

// CHECK-LABEL: func @filter_spectrum
func.func @filter_spectrum(%k: tensor<256x4096xf32>)
    -> tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>> {
  // CHECK: conv.filter_spectrum causal
  %s = conv.filter_spectrum causal ins(%k : tensor<256x4096xf32>) {length = 4096}
    -> tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
  return %s : tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
}

// CHECK-LABEL: func @filter_spectrum_on_buffers
func.func @filter_spectrum_on_buffers(%k: memref<256x4096xf32>, %s: memref<256x8192xf32>) {
  // CHECK: conv.filter_spectrum causal
  conv.filter_spectrum causal ins(%k : memref<256x4096xf32>) outs(%s : memref<256x8192xf32>)
      {length = 4096, plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
  return
}

// CHECK-LABEL: func @transforms
func.func @transforms(%x: tensor<?x96xcomplex<f32>>,
                      %init: tensor<?x96xcomplex<f32>>) -> tensor<?x96xcomplex<f32>> {
  // CHECK: conv.dft
  %X = conv.dft ins(%x : tensor<?x96xcomplex<f32>>)
      outs(%init : tensor<?x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
  return %X : tensor<?x96xcomplex<f32>>
}

// CHECK-LABEL: func @inverse
func.func @inverse(%X: tensor<?x96xcomplex<f32>>,
                   %init: tensor<?x96xcomplex<f32>>) -> tensor<?x96xcomplex<f32>> {
  // CHECK: conv.idft
  %x = conv.idft ins(%X : tensor<?x96xcomplex<f32>>)
      outs(%init : tensor<?x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
  return %x : tensor<?x96xcomplex<f32>>
}
