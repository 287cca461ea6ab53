// RUN: conv-opt %s --conv-name-kernel-arguments --split-input-file -verify-diagnostics

// expected-error @below {{argument "arg1" has type 'f32'; a kernel takes ranked tensors of f64, f32, f16, bf16, f8E4M3FN, f8E5M2, complex<f32>, complex<f64> or i8 to i64}}
func.func @scalar(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @below {{argument "arg0" has type 'tensor<4xf8E4M3>'}}
func.func @small_float(%x: tensor<4xf8E4M3>) -> tensor<4xf8E4M3> {
  return %x : tensor<4xf8E4M3>
}

// -----

// expected-error @below {{result "result0" has a dimension 0 whose size does not follow from the arguments; make it static, or compute it from an argument by tensor.dim}}
func.func @made_up(%x: tensor<4xi64>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %i = tensor.extract %x[%c0] : tensor<4xi64>
  %n = arith.index_cast %i : i64 to index
  %0 = tensor.empty(%n) : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// expected-error @below {{has two arguments named "x"; change one conv.name}}
func.func @twice(%x: tensor<4xf32> {conv.name = "x"}) -> (tensor<4xf32> {conv.name = "x"}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @below {{returns nothing; a kernel's function returns its outputs}}
func.func @nothing(%x: tensor<4xf32>) {
  return
}
