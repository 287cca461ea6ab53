// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s --check-prefix=BUFFERS

// CHECK-LABEL: func @pack
// CHECK: lowbit.ternary_pack ins(%{{.*}} : tensor<40x100xi8>) outs(%{{.*}} : tensor<3x8x64xi8>)
// BUFFERS-LABEL: func @pack
// BUFFERS: lowbit.ternary_pack ins(%{{.*}} : memref<40x100xi8, {{.*}}>) outs(%{{.*}} : memref<3x8x64xi8>)
func.func @pack(%w: tensor<40x100xi8>) -> tensor<3x8x64xi8> {
  %init = tensor.empty() : tensor<3x8x64xi8>
  %y = lowbit.ternary_pack ins(%w : tensor<40x100xi8>)
      outs(%init : tensor<3x8x64xi8>)
  return %y : tensor<3x8x64xi8>
}

// CHECK-LABEL: func @ternary
// CHECK: lowbit.ternary_matmul ins(%{{.*}}, %{{.*}} : tensor<?x100xi8>, tensor<3x8x64xi8>)
// CHECK-SAME: scales(%{{.*}} : tensor<?xf32>) weight_scales(%{{.*}} : tensor<1xf32>)
// CHECK-SAME: outs(%{{.*}} : tensor<?x40xf32>)
func.func @ternary(%x: tensor<?x100xi8>, %w: tensor<3x8x64xi8>, %s: tensor<?xf32>,
                   %t: tensor<1xf32>, %init: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<?x100xi8>, tensor<3x8x64xi8>)
      weight_scales(%t : tensor<1xf32>) scales(%s : tensor<?xf32>)
      outs(%init : tensor<?x40xf32>)
  return %y : tensor<?x40xf32>
}

// CHECK-LABEL: func @bytes
// CHECK: lowbit.int8_matmul ins(%{{.*}}, %{{.*}} : memref<?x100xi8>, memref<40x100xi8>)
// CHECK-SAME: zero_points(%{{.*}} : memref<?xi32>) weight_zero_points(%{{.*}} : memref<40xi32>)
// CHECK-SAME: outs(%{{.*}} : memref<?x40xi32>)
func.func @bytes(%x: memref<?x100xi8>, %w: memref<40x100xi8>, %z: memref<?xi32>,
                 %v: memref<40xi32>, %y: memref<?x40xi32>) {
  lowbit.int8_matmul ins(%x, %w : memref<?x100xi8>, memref<40x100xi8>)
      zero_points(%z : memref<?xi32>) weight_zero_points(%v : memref<40xi32>)
      outs(%y : memref<?x40xi32>)
  return
}
