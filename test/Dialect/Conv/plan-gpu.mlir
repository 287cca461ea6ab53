// RUN: conv-opt %s --conv-plan="device=gpu-sm_90a arithmetic=f16" -split-input-file | FileCheck %s
// RUN: conv-opt %s --conv-plan="device=sm_80 arithmetic=f16 accumulate=f16" -split-input-file | FileCheck %s --check-prefix=HALF

// A row in a warp, and sums in f32 unless the caller says otherwise.
// CHECK-LABEL: func @long
// CHECK: conv.long_conv causal
// CHECK-SAME: {plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 16, 16], warps = 8>}
// HALF-LABEL: func @long
// HALF: factors = [16, 16, 16], warps = {{[0-9]+}}{{.*}}, accumulate = f16>
func.func @long(%u: tensor<?x256x4096xf16>, %k: tensor<256x4096xf32>) -> tensor<?x256x4096xf16> {
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x256x4096xf16>, tensor<256x4096xf32>)
      outs(%u : tensor<?x256x4096xf16>)
  return %y : tensor<?x256x4096xf16>
}

// -----

// Spectra become f16 in every operation and signature; the gates of those who
// read one count for its plan, and 8 warps with two gates each do not fit.
#s = #conv.spectrum<kind = causal, length = 4096, taps = 4096>

// CHECK-LABEL: func @prepare(
// CHECK-SAME: -> tensor<4x8192xf16, [[S:#conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = \[16, 16, 16\], warps = 7, buffers = 1>>]]>
// CHECK: conv.filter_spectrum causal
// CHECK-SAME: -> tensor<4x8192xf16, [[S]]>
func.func @prepare(%k: tensor<4x4096xf32>) -> tensor<4x?xf32, #s> {
  %s = conv.filter_spectrum causal ins(%k : tensor<4x4096xf32>) {length = 4096} -> tensor<4x?xf32, #s>
  return %s : tensor<4x?xf32, #s>
}

// CHECK-LABEL: func @gated(
// CHECK-SAME: tensor<4x8192xf16, [[S]]>
// CHECK: conv.long_conv causal
// CHECK-SAME: tensor<4x8192xf16, [[S]]>
// CHECK-SAME: plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 16, 16], warps = 7, buffers = 1>
func.func @gated(%u: tensor<2x4x4096xbf16>, %s: tensor<4x?xf32, #s>) -> tensor<2x4x4096xbf16> {
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x4096xbf16>, tensor<4x?xf32, #s>)
      pregate(%u : tensor<2x4x4096xbf16>) postgate(%u : tensor<2x4x4096xbf16>)
      outs(%u : tensor<2x4x4096xbf16>)
  return %y : tensor<2x4x4096xbf16>
}

// -----

// A plan that is there is kept.
#p = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 2, 16], warps = 4, buffers = 1>
// CHECK-LABEL: func @given
// CHECK: {plan = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 2, 16], warps = 4, buffers = 1>}
func.func @given(%u: tensor<2x4x300xf16>, %k: tensor<4x300xf16>) -> tensor<2x4x300xf16> {
  %y = conv.long_conv circular ins(%u, %k : tensor<2x4x300xf16>, tensor<4x300xf16>)
      outs(%u : tensor<2x4x300xf16>) {plan = #p}
  return %y : tensor<2x4x300xf16>
}
