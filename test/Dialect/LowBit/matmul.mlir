// RUN: conv-opt %s | FileCheck %s
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s

// CHECK-LABEL: @tensors
func.func @tensors(%a: tensor<?x128xbf16>, %b: tensor<128x64xbf16>, %c: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: lowbit.lmul_matmul adder ins(%{{.*}}, %{{.*}} : tensor<?x128xbf16>, tensor<128x64xbf16>) outs(%{{.*}} : tensor<?x64xf32>)
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<?x128xbf16>, tensor<128x64xbf16>) outs(%c : tensor<?x64xf32>)
  return %d : tensor<?x64xf32>
}

// CHECK-LABEL: @buffers
func.func @buffers(%a: memref<8x?x16xf16>, %b: memref<8x?x16xf16>, %c: memref<8x?x?xf16>) {
  // CHECK: lowbit.lmul_matmul equation
  // CHECK-SAME: {mantissa_bits = 3 : i64, plan = #lowbit.lmul_plan<form = matrix_unit>, transpose_b}
  lowbit.lmul_matmul equation ins(%a, %b : memref<8x?x16xf16>, memref<8x?x16xf16>) outs(%c : memref<8x?x?xf16>)
      {transpose_b, mantissa_bits = 3, plan = #lowbit.lmul_plan<form = matrix_unit>}
  return
}

// A b without batch, which all of a's matrices share.
// CHECK-LABEL: @shared
func.func @shared(%a: memref<8x2x16xf32>, %b: memref<16x5xf32>, %c: memref<8x2x5xf32>) {
  // CHECK: plan = #lowbit.lmul_plan<form = integer, rows = 4, columns = 32>
  lowbit.lmul_matmul adder ins(%a, %b : memref<8x2x16xf32>, memref<16x5xf32>) outs(%c : memref<8x2x5xf32>)
      {plan = #lowbit.lmul_plan<form = integer, rows = 4, columns = 32>}
  return
}
