// RUN: conv-opt %s --conv-split-filters | FileCheck %s

#ra = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>

// CHECK-LABEL: func @long
// CHECK: %[[SPECTRUM:.*]] = conv.filter_spectrum causal ins(%arg1 : tensor<4x200xbf16>)
// CHECK-SAME: {length = 256 : i64, plan = [[P:#.*factors = \[4, 4, 4, 4\]>]]} -> tensor<4x512xf32,
// CHECK-SAME: [[S:#conv.spectrum<kind = causal, length = 256, taps = 200, plan = .*\]>>]]>
// CHECK: conv.long_conv causal ins(%arg0, %[[SPECTRUM]] : tensor<?x8x256xbf16>, tensor<4x512xf32, [[S]]>)
// CHECK-SAME: pregate(%arg0 : tensor<?x8x256xbf16>) skip(%arg2 : tensor<8xf32>) outs(%arg0 : tensor<?x8x256xbf16>)
// CHECK-SAME: {plan = [[P]]}
func.func @long(%u: tensor<?x8x256xbf16>, %k: tensor<4x200xbf16>, %d: tensor<8xf32>) -> tensor<?x8x256xbf16> {
  %y = conv.long_conv causal ins(%u, %k : tensor<?x8x256xbf16>, tensor<4x200xbf16>)
      pregate(%u : tensor<?x8x256xbf16>) skip(%d : tensor<8xf32>)
      outs(%u : tensor<?x8x256xbf16>) {plan = #ra}
  return %y : tensor<?x8x256xbf16>
}

// The example of the pass's documentation.
// CHECK-LABEL: func @example
// CHECK: %[[EXAMPLE:.*]] = conv.filter_spectrum causal ins(%arg1 : tensor<4x256xf32>)
// CHECK: conv.long_conv causal ins(%arg0, %[[EXAMPLE]] : tensor<8x4x256xf32>, tensor<4x512xf32, #conv.spectrum<
func.func @example(%u: tensor<8x4x256xf32>, %k: tensor<4x256xf32>, %init: tensor<8x4x256xf32>) -> tensor<8x4x256xf32> {
  %y = conv.long_conv causal ins(%u, %k : tensor<8x4x256xf32>, tensor<4x256xf32>)
      outs(%init : tensor<8x4x256xf32>)
      {plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>}
  return %y : tensor<8x4x256xf32>
}

// A direct sum takes taps, and an unplanned operation is left alone.
// CHECK-LABEL: func @direct
// CHECK-NOT: conv.filter_spectrum
func.func @direct(%u: tensor<1x8x256xf32>, %k: tensor<8x20xf32>) -> tensor<1x8x256xf32> {
  %x = conv.long_conv causal ins(%u, %k : tensor<1x8x256xf32>, tensor<8x20xf32>)
      outs(%u : tensor<1x8x256xf32>) {plan = #conv.plan<algorithm = direct>}
  %y = conv.long_conv causal ins(%x, %k : tensor<1x8x256xf32>, tensor<8x20xf32>)
      outs(%u : tensor<1x8x256xf32>)
  return %y : tensor<1x8x256xf32>
}
