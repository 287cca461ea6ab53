// RUN: conv-opt %s --verify-roundtrip | FileCheck %s

#ra = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>

// CHECK-LABEL: func @long_conv
func.func @long_conv(%u: tensor<?x256x4096xf32>, %k: tensor<256x4096xf32>,
                     %g: tensor<?x256x4096xf32>, %d: tensor<256xf32>,
                     %init: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  // CHECK: conv.long_conv causal ins(%{{.*}}, %{{.*}} : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
  // CHECK-SAME: pregate(%{{.*}} : tensor<?x256x4096xf32>) skip(%{{.*}} : tensor<256xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<?x256x4096xf32>)
  // CHECK-SAME: {plan = #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>}
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
      pregate(%g : tensor<?x256x4096xf32>) skip(%d : tensor<256xf32>)
      outs(%init : tensor<?x256x4096xf32>)
      {plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
  return %y : tensor<?x256x4096xf32>
}

// A bidirectional filter of up to 2N-1 taps, one row for each two channels,
// f32 taps for f16 rows, and an empty batch.
// CHECK-LABEL: func @groups
func.func @groups(%u: tensor<0x4x100xf16>, %k: tensor<2x199xf32>,
                  %p: tensor<0x4x100xf16>) -> tensor<0x4x100xf16> {
  %init = tensor.empty() : tensor<0x4x100xf16>
  // CHECK: conv.long_conv bidirectional ins({{.*}} : tensor<0x4x100xf16>, tensor<2x199xf32>) postgate(
  %y = conv.long_conv bidirectional ins(%u, %k : tensor<0x4x100xf16>, tensor<2x199xf32>)
      postgate(%p : tensor<0x4x100xf16>) outs(%init : tensor<0x4x100xf16>)
  return %y : tensor<0x4x100xf16>
}

// Gates and skip weight may come in any order.
// CHECK-LABEL: func @any_order
func.func @any_order(%u: tensor<1x4x64xf32>, %k: tensor<4x64xf32>, %d: tensor<4xf32>) -> tensor<1x4x64xf32> {
  // CHECK: pregate({{.*}}) postgate({{.*}}) skip({{.*}}) outs(
  %y = conv.long_conv causal ins(%u, %k : tensor<1x4x64xf32>, tensor<4x64xf32>)
      skip(%d : tensor<4xf32>) postgate(%u : tensor<1x4x64xf32>) pregate(%u : tensor<1x4x64xf32>)
      outs(%u : tensor<1x4x64xf32>)
  return %y : tensor<1x4x64xf32>
}

// CHECK-LABEL: func @spectrum
func.func @spectrum(%u: tensor<8x256x4096xbf16>, %k: tensor<256x4096xf32>,
                    %init: tensor<8x256x4096xbf16>) -> tensor<8x256x4096xbf16> {
  // CHECK: %[[S:.*]] = conv.filter_spectrum causal ins(%{{.*}} : tensor<256x4096xf32>) {length = 4096 : i64}
  // CHECK-SAME: -> tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
  %s = conv.filter_spectrum causal ins(%k : tensor<256x4096xf32>) {length = 4096}
    -> tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
  // CHECK: conv.long_conv causal ins(%{{.*}}, %[[S]] :
  %y = conv.long_conv causal ins(%u, %s : tensor<8x256x4096xbf16>,
        tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>)
      outs(%init : tensor<8x256x4096xbf16>)
  return %y : tensor<8x256x4096xbf16>
}

// CHECK-LABEL: func @buffers
func.func @buffers(%u: memref<8x256x4096xf32>, %k: memref<256x4096xf32>,
                   %s: memref<256x8192xf32>, %y: memref<8x256x4096xf32>) {
  // CHECK: conv.filter_spectrum causal ins(%{{.*}} : memref<256x4096xf32>) outs(%{{.*}} : memref<256x8192xf32>)
  conv.filter_spectrum causal ins(%k : memref<256x4096xf32>)
      outs(%s : memref<256x8192xf32>) {length = 4096, plan = #ra}
  // CHECK: conv.long_conv causal ins({{.*}} : memref<8x256x4096xf32>, memref<256x8192xf32>) outs(
  // CHECK-SAME: spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #conv.plan<
  conv.long_conv causal ins(%u, %s : memref<8x256x4096xf32>, memref<256x8192xf32>)
      outs(%y : memref<8x256x4096xf32>)
      {spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #ra>, plan = #ra}
  return
}

// CHECK-LABEL: func @short_conv
func.func @short_conv(%u: tensor<?x256x4096xf32>, %k: tensor<256x3xf32>,
                      %init: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  // CHECK: conv.short_conv causal ins({{.*}} : tensor<?x256x4096xf32>, tensor<256x3xf32>) outs(
  %y = conv.short_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x3xf32>)
      outs(%init : tensor<?x256x4096xf32>)
  return %y : tensor<?x256x4096xf32>
}

// CHECK-LABEL: func @transforms
func.func @transforms(%x: tensor<?x96xcomplex<f32>>,
                      %init: tensor<?x96xcomplex<f32>>) -> tensor<?x96xcomplex<f32>> {
  // CHECK: conv.dft ins(%{{.*}} : tensor<?x96xcomplex<f32>>) outs(%{{.*}} : tensor<?x96xcomplex<f32>>)
  // CHECK-SAME: {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
  %X = conv.dft ins(%x : tensor<?x96xcomplex<f32>>)
      outs(%init : tensor<?x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
  // CHECK: conv.idft ins({{.*}}) outs({{.*}}) {plan = #conv.plan<algorithm = bluestein, arithmetic = f32, blocks = 1, factors = [16, 16]>}
  %y = conv.idft ins(%X : tensor<?x96xcomplex<f32>>)
      outs(%init : tensor<?x96xcomplex<f32>>)
      {plan = #conv.plan<algorithm = bluestein, factors = [16, 16]>}
  return %y : tensor<?x96xcomplex<f32>>
}
