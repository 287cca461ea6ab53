// RUN: conv-opt %s --convert-lowbit-lmul-to-vector --split-input-file --verify-diagnostics

func.func @tensors(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @below {{is on tensors; bufferize before convert-lowbit-lmul-to-vector}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%c : tensor<4x4xf32>)
  return %d : tensor<4x4xf32>
}

// -----

func.func @unplanned(%a: memref<4x8xf32>, %b: memref<8x4xf32>, %c: memref<4x4xf32>) {
  // expected-error @below {{has no complete plan; run lowbit-plan before convert-lowbit-lmul-to-vector}}
  lowbit.lmul_matmul adder ins(%a, %b : memref<4x8xf32>, memref<8x4xf32>) outs(%c : memref<4x4xf32>)
  return
}

// -----

func.func @strided(%a: memref<4x8xf32, strided<[16, 1]>>, %b: memref<8x4xf32>, %c: memref<4x4xf32>) {
  // expected-error @below {{is not dense and row-major; copy it before the kernel}}
  lowbit.lmul_matmul adder ins(%a, %b : memref<4x8xf32, strided<[16, 1]>>, memref<8x4xf32>) outs(%c : memref<4x4xf32>)
      {plan = #lowbit.lmul_plan<form = integer, rows = 6, columns = 16>}
  return
}
