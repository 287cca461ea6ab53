// RUN: conv-opt %s --canonicalize | FileCheck %s

// (1 + 2z)(3 + 5z) = 3 + 11z + 10z^2.
// CHECK-LABEL: func @causal
// CHECK: %[[K:.*]] = arith.constant dense<{{\[\[}}3.000000e+00, 1.100000e+01, 1.000000e+01]]> : tensor<1x3xf32>
// CHECK: %[[Y:.*]] = conv.short_conv causal ins(%{{.*}}, %[[K]] : tensor<?x4x64xf32>, tensor<1x3xf32>) pregate(%{{.*}}) postgate(%{{.*}}) outs(
// CHECK-NEXT: return %[[Y]]
func.func @causal(%u: tensor<?x4x64xf32>, %g: tensor<?x4x64xf32>, %init: tensor<?x4x64xf32>) -> tensor<?x4x64xf32> {
  %k1 = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %k2 = arith.constant dense<[[3.0, 5.0]]> : tensor<1x2xf32>
  %a = conv.long_conv causal ins(%u, %k1 : tensor<?x4x64xf32>, tensor<1x2xf32>) pregate(%g : tensor<?x4x64xf32>) outs(%init : tensor<?x4x64xf32>)
  %b = conv.long_conv causal ins(%a, %k2 : tensor<?x4x64xf32>, tensor<1x2xf32>) postgate(%g : tensor<?x4x64xf32>) outs(%init : tensor<?x4x64xf32>)
  return %b : tensor<?x4x64xf32>
}

// With two samples a row, lag 2 is cut from a causal filter and wraps in a
// circular one. A skip weight of 7 in channel 1 adds to its lag zero.
// CHECK-LABEL: func @short_rows
// CHECK-DAG: %[[CUT:.*]] = arith.constant dense<{{\[\[}}3.000000e+00, 1.100000e+01], [2.400000e+01, 4.600000e+01]]> : tensor<2x2xf32>
// CHECK-DAG: %[[WRAP:.*]] = arith.constant dense<{{\[\[}}1.300000e+01, 1.100000e+01]]> : tensor<1x2xf32>
// CHECK-DAG: conv.short_conv causal ins(%{{.*}}, %[[CUT]] :
// CHECK-DAG: conv.long_conv circular ins(%{{.*}}, %[[WRAP]] :
func.func @short_rows(%u: tensor<1x2x2xf32>, %init: tensor<1x2x2xf32>) -> (tensor<1x2x2xf32>, tensor<1x2x2xf32>) {
  %k1 = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %k2 = arith.constant dense<[[3.0, 5.0]]> : tensor<1x2xf32>
  %d = arith.constant dense<[0.0, 7.0]> : tensor<2xf32>
  %a = conv.long_conv causal ins(%u, %k1 : tensor<1x2x2xf32>, tensor<1x2xf32>) skip(%d : tensor<2xf32>) outs(%init : tensor<1x2x2xf32>)
  %b = conv.long_conv causal ins(%a, %k2 : tensor<1x2x2xf32>, tensor<1x2xf32>) outs(%init : tensor<1x2x2xf32>)
  %c = conv.long_conv circular ins(%u, %k1 : tensor<1x2x2xf32>, tensor<1x2xf32>) outs(%init : tensor<1x2x2xf32>)
  %e = conv.long_conv circular ins(%c, %k2 : tensor<1x2x2xf32>, tensor<1x2xf32>) outs(%init : tensor<1x2x2xf32>)
  return %b, %e : tensor<1x2x2xf32>, tensor<1x2x2xf32>
}

// One filter row for all channels after one for each pair: rows of both.
// CHECK-LABEL: func @groups
// CHECK: arith.constant dense<{{\[\[}}2.000000e+00], [4.000000e+00], [9.000000e+00], [1.200000e+01]]> : tensor<4x1xf32>
// CHECK-COUNT-1: conv.short_conv causal
// CHECK-NOT: conv.short_conv
func.func @groups(%u: tensor<1x4x64xf16>, %init: tensor<1x4x64xf16>) -> tensor<1x4x64xf16> {
  %k1 = arith.constant dense<[[2.0], [3.0]]> : tensor<2x1xf16>
  %k2 = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %a = conv.long_conv bidirectional ins(%u, %k1 : tensor<1x4x64xf16>, tensor<2x1xf16>) outs(%init : tensor<1x4x64xf16>)
  %b = conv.long_conv circular ins(%a, %k2 : tensor<1x4x64xf16>, tensor<4x1xf32>) outs(%init : tensor<1x4x64xf16>)
  return %b : tensor<1x4x64xf16>
}

// Not merged: a gate between, a second use, an unknown filter, a bidirectional
// filter (whose cut to N samples matters), a plan.
// CHECK-LABEL: func @kept
// CHECK-COUNT-10: conv.{{short|long}}_conv
// CHECK: return
func.func @kept(%u: tensor<1x4x64xf32>, %g: tensor<1x4x64xf32>, %k: tensor<4x2xf32>, %i: tensor<1x4x64xf32>)
    -> (tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>) {
  %c = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %a0 = conv.long_conv causal ins(%u, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) postgate(%g : tensor<1x4x64xf32>) outs(%i : tensor<1x4x64xf32>)
  %a1 = conv.long_conv causal ins(%a0, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %b0 = conv.short_conv causal ins(%u, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %b1 = conv.short_conv causal ins(%b0, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %c0 = conv.short_conv causal ins(%u, %k : tensor<1x4x64xf32>, tensor<4x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %c1 = conv.short_conv causal ins(%c0, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %d0 = conv.short_conv bidirectional ins(%u, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %d1 = conv.short_conv bidirectional ins(%d0, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  %e0 = conv.long_conv causal ins(%u, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>) {plan = #conv.plan<algorithm = direct>}
  %e1 = conv.short_conv causal ins(%e0, %c : tensor<1x4x64xf32>, tensor<1x2xf32>) outs(%i : tensor<1x4x64xf32>)
  return %a1, %b0, %b1, %c1, %d1, %e1 : tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>
}
