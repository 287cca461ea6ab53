// RUN: conv-opt %s --convert-lowbit-integers-to-vector -split-input-file -verify-diagnostics

func.func @tensors(%x: tensor<3x64xi8>, %w: tensor<16x64xi8>, %init: tensor<3x16xi32>) -> tensor<3x16xi32> {
  // expected-error @+1 {{is on tensors; bufferize before convert-lowbit-integers-to-vector}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x64xi8>, tensor<16x64xi8>) outs(%init : tensor<3x16xi32>)
  return %y : tensor<3x16xi32>
}

// -----

func.func @strided(%x: memref<3x64xi8, strided<[100, 1]>>, %w: memref<16x64xi8>, %y: memref<3x16xi32>) {
  // expected-error @+1 {{operand 'memref<3x64xi8, strided<[100, 1]>>' is not dense and row-major; copy it before the kernel}}
  lowbit.int8_matmul ins(%x, %w : memref<3x64xi8, strided<[100, 1]>>, memref<16x64xi8>) outs(%y : memref<3x16xi32>)
  return
}
