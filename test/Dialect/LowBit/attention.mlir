// RUN: conv-opt %s --lowbit-decompose | FileCheck %s

// CHECK-LABEL: @attention
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x8xbf16>, %[[K:.*]]: tensor<2x6x8xbf16>, %[[V:.*]]: tensor<2x6x3xbf16>, %[[INIT:.*]]: tensor<2x4x3xf32>)
// The scores of f32; the weights in the type of v.
// CHECK: %[[S:.*]] = lowbit.lmul_matmul adder ins(%[[Q]], %[[K]] : {{.*}}) outs(%{{.*}} : tensor<2x4x6xf32>) {mantissa_bits = 3 : i64, transpose_b}
// CHECK: linalg.generic {{.*}} ins(%[[S]] : tensor<2x4x6xf32>)
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: arith.maxnumf
// CHECK-NOT: math.exp
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<reassoc> : f32
// CHECK: arith.divf
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: %[[C:.*]] = lowbit.lmul_matmul adder ins(%{{.*}}, %[[V]] : tensor<2x4x6xbf16>, tensor<2x6x3xbf16>) outs(%[[INIT]] : tensor<2x4x3xf32>) {mantissa_bits = 3 : i64}
// CHECK: return %[[C]]
func.func @attention(%q: tensor<2x4x8xbf16>, %k: tensor<2x6x8xbf16>, %v: tensor<2x6x3xbf16>, %init: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %c = lowbit.lmul_attention adder ins(%q, %k, %v : tensor<2x4x8xbf16>, tensor<2x6x8xbf16>, tensor<2x6x3xbf16>)
      outs(%init : tensor<2x4x3xf32>) {mantissa_bits = 3}
  return %c : tensor<2x4x3xf32>
}

// A mask before the maximum and after the exponential.
// CHECK-LABEL: @causal
// CHECK: linalg.index 2
// CHECK: arith.cmpi sle
// CHECK: linalg.index 2
// CHECK: arith.cmpi sle
func.func @causal(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %v: tensor<2x?x3xf32>, %init: tensor<2x?x3xf32>) -> tensor<2x?x3xf32> {
  %c = lowbit.lmul_attention equation ins(%q, %k, %v : tensor<2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x3xf32>)
      outs(%init : tensor<2x?x3xf32>) {causal, scale = 0.5 : f32}
  return %c : tensor<2x?x3xf32>
}
