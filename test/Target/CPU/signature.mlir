// Arguments are read-only, sizes that the body ties together share a symbol, and
// names come from conv.name.

// RUN: conv-opt %s --conv-name-kernel-arguments --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @add
// CHECK-SAME: bufferization.writable = false, conv.name = "x"
// CHECK-SAME: bufferization.writable = false
// CHECK-SAME: conv.signature = [
// CHECK-SAME:   {dtype = "bf16", name = "x", role = "input", shape = ["d0", 4]},
// CHECK-SAME:   {dtype = "bf16", name = "arg1", role = "input", shape = ["d0", 4]},
// CHECK-SAME:   {dtype = "bf16", name = "sum", role = "output", shape = ["d0", 4]}]
func.func @add(%x: tensor<?x4xbf16> {conv.name = "x"}, %y: tensor<?x4xbf16>)
    -> (tensor<?x4xbf16> {conv.name = "sum"}) {
  %0 = arith.addf %x, %y : tensor<?x4xbf16>
  return %0 : tensor<?x4xbf16>
}

// -----

// Two sizes that nothing ties together are two symbols, and tensor.dim carries
// one to a result.

// CHECK-LABEL: func.func @fill
// CHECK-SAME:   {dtype = "f32", name = "arg0", role = "input", shape = ["d0", "d1"]},
// CHECK-SAME:   {dtype = "complex64", name = "result0", role = "output", shape = ["d1", 3, "d0"]}]
func.func @fill(%x: tensor<?x?xf32>) -> tensor<?x3x?xcomplex<f32>> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %0 = tensor.empty(%n, %m) : tensor<?x3x?xcomplex<f32>>
  return %0 : tensor<?x3x?xcomplex<f32>>
}

// -----

// A transpose ties the sizes crosswise. Private functions get no signature.

// CHECK-LABEL: func.func @transpose
// CHECK-SAME:   shape = ["d0", "d1"]},
// CHECK-SAME:   shape = ["d1", "d0"]},
// CHECK-SAME:   shape = ["d1", "d0"]}]
func.func @transpose(%x: tensor<?x?xf32>, %out: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = linalg.transpose ins(%x : tensor<?x?xf32>) outs(%out : tensor<?x?xf32>)
    permutation = [1, 0]
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func private @helper
// CHECK-NOT: conv.signature
func.func private @helper(%x: f32) -> f32 {
  return %x : f32
}
