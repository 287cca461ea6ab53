// --check says which op it cannot evaluate; without it the function runs.

// RUN: not conv-run %s --check 2>&1 | FileCheck %s
// RUN: conv-run %s
// CHECK: error: 'tensor.pad' op cannot be evaluated in float64: it is not an op that --check knows; run without --check
func.func @pad(%u: tensor<4xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %y = tensor.pad %u low[2] high[2] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<4xf32> to tensor<8xf32>
  return %y : tensor<8xf32>
}
