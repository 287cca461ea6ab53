// RUN: conv-opt %s --canonicalize | FileCheck %s

// Gates of ones and skip weights of zeros go, however they are made.
// CHECK-LABEL: func @neutral
// CHECK: %[[Y:.*]] = conv.long_conv causal ins(%{{.*}}, %{{.*}} : tensor<2x4x64xf16>, tensor<4x64xf32>) outs(
// CHECK: conv.long_conv causal ins(%[[Y]], %{{.*}} : tensor<2x4x64xf16>, tensor<4x64xf32>) pregate(
// CHECK-NOT: skip
func.func @neutral(%u: tensor<2x4x64xf16>, %k: tensor<4x64xf32>, %g: tensor<2x4x64xf16>,
                   %init: tensor<2x4x64xf16>) -> tensor<2x4x64xf16> {
  %one = arith.constant 1.0 : f16
  %ones = arith.constant dense<1.0> : tensor<2x4x64xf16>
  %splat = tensor.splat %one : tensor<2x4x64xf16>
  %zeros = arith.constant dense<0.0> : tensor<4xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf16>, tensor<4x64xf32>)
      pregate(%ones : tensor<2x4x64xf16>) postgate(%splat : tensor<2x4x64xf16>)
      skip(%zeros : tensor<4xf32>) outs(%init : tensor<2x4x64xf16>)
  %filled = linalg.fill ins(%one : f16) outs(%init : tensor<2x4x64xf16>) -> tensor<2x4x64xf16>
  %z = conv.long_conv causal ins(%y, %k : tensor<2x4x64xf16>, tensor<4x64xf32>)
      pregate(%g : tensor<2x4x64xf16>) postgate(%filled : tensor<2x4x64xf16>)
      outs(%init : tensor<2x4x64xf16>)
  return %z : tensor<2x4x64xf16>
}

// Gates of twos and skip weights of ones stay.
// CHECK-LABEL: func @not_neutral
// CHECK: conv.long_conv {{.*}} pregate({{.*}} skip(
func.func @not_neutral(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>,
                       %init: tensor<2x4x64xf32>) -> tensor<2x4x64xf32> {
  %twos = arith.constant dense<2.0> : tensor<2x4x64xf32>
  %ones = arith.constant dense<1.0> : tensor<4xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>)
      pregate(%twos : tensor<2x4x64xf32>) skip(%ones : tensor<4xf32>) outs(%init : tensor<2x4x64xf32>)
  return %y : tensor<2x4x64xf32>
}

// CHECK-LABEL: func @short
// CHECK: conv.short_conv bidirectional ins(%{{.*}}, %{{.*}} : tensor<?x4x64xf32>, tensor<2x32xf32>) postgate(
func.func @short(%u: tensor<?x4x64xf32>, %k: tensor<2x32xf32>, %p: tensor<?x4x64xf32>,
                 %init: tensor<?x4x64xf32>) -> tensor<?x4x64xf32> {
  %y = conv.long_conv bidirectional ins(%u, %k : tensor<?x4x64xf32>, tensor<2x32xf32>)
      postgate(%p : tensor<?x4x64xf32>) outs(%init : tensor<?x4x64xf32>)
  return %y : tensor<?x4x64xf32>
}

// A filter that is long, wraps around or has a plan stays.
// CHECK-LABEL: func @not_short
// CHECK: conv.long_conv causal
// CHECK: conv.long_conv circular
// CHECK: conv.long_conv causal {{.*}} {plan = #conv.plan<algorithm = direct
func.func @not_short(%u: tensor<?x4x64xf32>, %k33: tensor<2x33xf32>, %k3: tensor<2x3xf32>,
                     %init: tensor<?x4x64xf32>) -> tensor<?x4x64xf32> {
  %a = conv.long_conv causal ins(%u, %k33 : tensor<?x4x64xf32>, tensor<2x33xf32>) outs(%init : tensor<?x4x64xf32>)
  %b = conv.long_conv circular ins(%a, %k3 : tensor<?x4x64xf32>, tensor<2x3xf32>) outs(%init : tensor<?x4x64xf32>)
  %c = conv.long_conv causal ins(%b, %k3 : tensor<?x4x64xf32>, tensor<2x3xf32>) outs(%init : tensor<?x4x64xf32>)
      {plan = #conv.plan<algorithm = direct>}
  return %c : tensor<?x4x64xf32>
}

// CHECK-LABEL: func @one_tap
// CHECK-SAME: %[[U:.*]]: tensor<2x4x64xf32>, %[[K:.*]]: tensor<4x1xf32>
// CHECK: %[[Y:.*]] = conv.short_conv causal ins(%[[U]], %[[K]] : tensor<2x4x64xf32>, tensor<4x1xf32>)
// CHECK-NEXT: return %[[U]], %[[Y]]
func.func @one_tap(%u: tensor<2x4x64xf32>, %k: tensor<4x1xf32>,
                   %init: tensor<2x4x64xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x64xf32>) {
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %same = conv.long_conv circular ins(%u, %one : tensor<2x4x64xf32>, tensor<1x1xf32>) outs(%init : tensor<2x4x64xf32>)
  %y = conv.long_conv circular ins(%u, %k : tensor<2x4x64xf32>, tensor<4x1xf32>) outs(%init : tensor<2x4x64xf32>)
  return %same, %y : tensor<2x4x64xf32>, tensor<2x4x64xf32>
}

// CHECK-LABEL: func @empty_batch
// CHECK-SAME: , %[[I:[^ ]*]]: tensor<0x4x64xf32>)
// CHECK-NEXT: return %[[I]]
func.func @empty_batch(%u: tensor<0x4x64xf32>, %k: tensor<4x64xf32>, %init: tensor<0x4x64xf32>) -> tensor<0x4x64xf32> {
  %y = conv.long_conv causal ins(%u, %k : tensor<0x4x64xf32>, tensor<4x64xf32>) outs(%init : tensor<0x4x64xf32>)
  return %y : tensor<0x4x64xf32>
}

// An unused spectrum is dead; a used one stays.
// CHECK-LABEL: func @dead_spectrum
// CHECK: conv.filter_spectrum causal {{.*}} {length = 64 : i64}
// CHECK-NOT: conv.filter_spectrum
func.func @dead_spectrum(%k: tensor<4x64xf32>) -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>> {
  %used = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
  %dead = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 128}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 128, taps = 64>>
  return %used : tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
}
