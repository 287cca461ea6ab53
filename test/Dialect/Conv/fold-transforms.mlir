// RUN: conv-opt %s --canonicalize | FileCheck %s

// A transform and its inverse cancel if they agree on the order.
// CHECK-LABEL: func @cancel
// CHECK-SAME: %[[X:.*]]: tensor<?x6xcomplex<f32>>, %{{.*}}
// CHECK-NEXT: return %[[X]], %[[X]]
func.func @cancel(%x: tensor<?x6xcomplex<f32>>, %i: tensor<?x6xcomplex<f32>>) -> (tensor<?x6xcomplex<f32>>, tensor<?x6xcomplex<f32>>) {
  %a = conv.dft ins(%x : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>) {factors = array<i64: 2, 3>, ordering = #conv.ordering<digit_reversed>}
  %b = conv.idft ins(%a : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>) {factors = array<i64: 2, 3>, ordering = #conv.ordering<digit_reversed>}
  %c = conv.idft ins(%x : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>)
  %d = conv.dft ins(%c : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>) {factors = array<i64: 3, 2>}
  return %b, %d : tensor<?x6xcomplex<f32>>, tensor<?x6xcomplex<f32>>
}

// Other orders permute, and stay.
// CHECK-LABEL: func @permute
// CHECK: conv.dft
// CHECK: conv.idft
// CHECK: conv.dft
func.func @permute(%x: tensor<?x6xcomplex<f32>>, %i: tensor<?x6xcomplex<f32>>) -> tensor<?x6xcomplex<f32>> {
  %a = conv.dft ins(%x : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>) {factors = array<i64: 2, 3>, ordering = #conv.ordering<digit_reversed>}
  %b = conv.idft ins(%a : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>) {factors = array<i64: 3, 2>, ordering = #conv.ordering<digit_reversed>}
  %c = conv.dft ins(%b : tensor<?x6xcomplex<f32>>) outs(%i : tensor<?x6xcomplex<f32>>)
  return %c : tensor<?x6xcomplex<f32>>
}

// CHECK-LABEL: func @trivial
// CHECK-SAME: %[[ONE:.*]]: tensor<4x1xcomplex<f32>>, %[[NONE:.*]]: tensor<0x8xcomplex<f32>>, %[[INIT:.*]]: tensor<0x8xcomplex<f32>>
// CHECK-NEXT: return %[[ONE]], %[[INIT]]
func.func @trivial(%one: tensor<4x1xcomplex<f32>>, %none: tensor<0x8xcomplex<f32>>, %init: tensor<0x8xcomplex<f32>>)
    -> (tensor<4x1xcomplex<f32>>, tensor<0x8xcomplex<f32>>) {
  %a = conv.dft ins(%one : tensor<4x1xcomplex<f32>>) outs(%one : tensor<4x1xcomplex<f32>>)
  %b = conv.idft ins(%none : tensor<0x8xcomplex<f32>>) outs(%init : tensor<0x8xcomplex<f32>>)
  return %a, %b : tensor<4x1xcomplex<f32>>, tensor<0x8xcomplex<f32>>
}
