// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s --check-prefix=BUFFERS
// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --convert-lowbit-integers-to-vector | FileCheck %s --check-prefix=VECTOR

// CHECK-LABEL: func @all
// CHECK: lowbit.scales ins(%{{.*}} : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x2xf32>) {divisor = 7.000000e+00 : f32}
// CHECK: lowbit.quantize ins(%{{.*}} : tensor<?x64xf32>) scales(%{{.*}} : tensor<?x2xf32>)
// CHECK-SAME: zero_points(%{{.*}} : tensor<1x1xi32>) outs(%{{.*}} : tensor<?x64xi8>) {low = -127 : i32}
// CHECK: lowbit.dequantize ins(%{{.*}} : tensor<?x64xi8>) scales(%{{.*}} : tensor<?x2xf32>)
// BUFFERS-LABEL: func @all
// BUFFERS: lowbit.scales ins(%{{.*}} : memref<?x64xf32, {{.*}}>) outs(%{{.*}} : memref<?x2xf32>)
// BUFFERS: lowbit.quantize
// BUFFERS: lowbit.dequantize
// VECTOR-LABEL: func @all
// VECTOR: monarch.parallel_call @lowbit_scales
// VECTOR: monarch.parallel_call @lowbit_quantize
// VECTOR: monarch.parallel_call @lowbit_dequantize
func.func @all(%x: tensor<?x64xf32>, %z: tensor<1x1xi32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %0 = tensor.empty(%m) : tensor<?x2xf32>
  %1 = tensor.empty(%m) : tensor<?x64xi8>
  %2 = tensor.empty(%m) : tensor<?x64xf32>
  %s = lowbit.scales ins(%x : tensor<?x64xf32>) outs(%0 : tensor<?x2xf32>)
      {divisor = 7.0 : f32}
  %q = lowbit.quantize ins(%x : tensor<?x64xf32>) scales(%s : tensor<?x2xf32>)
      zero_points(%z : tensor<1x1xi32>) outs(%1 : tensor<?x64xi8>) {low = -127 : i32}
  %y = lowbit.dequantize ins(%q : tensor<?x64xi8>) scales(%s : tensor<?x2xf32>)
      zero_points(%z : tensor<1x1xi32>) outs(%2 : tensor<?x64xf32>)
  return %y : tensor<?x64xf32>
}

// No floating-point number in requantization.
// CHECK-LABEL: func @requantize
// CHECK: lowbit.requantize ins(%{{.*}} : tensor<?x64xi32>) multipliers(%{{.*}} : tensor<64xi32>) shifts(%{{.*}} : tensor<1xi32>)
// CHECK-SAME: {zero_point = 3 : i32}
// VECTOR: func private @lowbit_requantize
// VECTOR-NOT: f32
// VECTOR: return
func.func @requantize(%a: tensor<?x64xi32>, %m: tensor<64xi32>, %e: tensor<1xi32>,
                      %init: tensor<?x64xi8>) -> tensor<?x64xi8> {
  %q = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<64xi32>)
      shifts(%e : tensor<1xi32>) outs(%init : tensor<?x64xi8>) {zero_point = 3 : i32}
  return %q : tensor<?x64xi8>
}
