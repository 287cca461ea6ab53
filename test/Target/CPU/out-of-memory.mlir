// A temporary that cannot be had ends the kernel with an error, in the function
// that allocates it and in its caller.

// RUN: not conv-run %s 2>&1 | FileCheck %s
// CHECK: error: {{.*}}memory

func.func @huge(%u: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %init = tensor.empty() : tensor<35184372088832x4xf32>
  %0 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%u : tensor<4xf32>) outs(%init : tensor<35184372088832x4xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  } -> tensor<35184372088832x4xf32>
  %1 = tensor.extract_slice %0[7, 0] [1, 4] [1, 1]
    : tensor<35184372088832x4xf32> to tensor<4xf32>
  return %1 : tensor<4xf32>
}
