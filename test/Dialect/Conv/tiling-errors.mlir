// RUN: conv-opt %s --transform-interpreter --split-input-file --verify-diagnostics

func.func @partial_channels(%u: tensor<2x10x64xf32>, %k: tensor<10x3xf32>, %init: tensor<2x10x64xf32>) -> tensor<2x10x64xf32> {
  // expected-error @below {{cannot be tiled: the tile size of dimension 1 is not constant; use one that divides 10}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %y = conv.short_conv causal ins(%u, %k : tensor<2x10x64xf32>, tensor<10x3xf32>) outs(%init : tensor<2x10x64xf32>)
  return %y : tensor<2x10x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["conv.short_conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @cut_groups(%u: tensor<2x12x64xf32>, %k: tensor<3x64xf32>, %init: tensor<2x12x64xf32>) -> tensor<2x12x64xf32> {
  // expected-error @below {{cannot be tiled by 6 channels: groups of 4 share a filter row; use a multiple or a divisor of that}}
  // expected-error @below {{to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x12x64xf32>, tensor<3x64xf32>) outs(%init : tensor<2x12x64xf32>)
  return %y : tensor<2x12x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["conv.long_conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 6] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
