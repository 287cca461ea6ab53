// Shrink a module to the convolution that is looked for.

// RUN: conv-reduce %s -reduction-tree='traversal-mode=0 test=%S/Inputs/has-long-conv.sh' -o - | FileCheck %s

// CHECK-NOT: func.func @unrelated
// CHECK: func.func @conv
// CHECK: conv.long_conv
// CHECK-NOT: func.func @unrelated
func.func @unrelated(%u: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.negf %u : tensor<4xf32>
  return %y : tensor<4xf32>
}

func.func @conv(%u: tensor<2x3x512xf32>, %k: tensor<3x512xf32>) -> tensor<2x3x512xf32> {
  %init = tensor.empty() : tensor<2x3x512xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<2x3x512xf32>, tensor<3x512xf32>)
      outs(%init : tensor<2x3x512xf32>)
  return %y : tensor<2x3x512xf32>
}
