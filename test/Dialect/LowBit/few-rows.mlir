// RUN: conv-opt %s --convert-lowbit-integers-to-vector="dot=bytes vector-bits=512" | FileCheck %s

// Up to four rows multiply packed weights as they are: masks, no shifts of the
// codes, and no copy of the weights. How many there are may be known at run time.

// CHECK-LABEL: func @unknown
// CHECK: %[[FEW:.*]] = arith.cmpi ule, %{{.*}}, %{{.*}} : index
// CHECK: scf.if %[[FEW]]
// CHECK: monarch.parallel_call @lowbit_ternary_matmul_few_rows
// CHECK: else
// CHECK: monarch.parallel_call @lowbit_ternary_matmul(
// CHECK: func private @lowbit_ternary_matmul_few_rows
// CHECK: memref.prefetch
// CHECK: arith.andi
// CHECK-NOT: arith.shrui
// CHECK: vpdpbusd
// CHECK: return
func.func @unknown(%x: memref<?x64xi8>, %w: memref<1x4x64xi8>, %y: memref<?x16xi32>) {
  lowbit.ternary_matmul ins(%x, %w : memref<?x64xi8>, memref<1x4x64xi8>)
      outs(%y : memref<?x16xi32>)
  return
}
