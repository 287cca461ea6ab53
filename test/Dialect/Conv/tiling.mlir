// RUN: conv-opt %s --transform-interpreter --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// Two batches and 64 channels a tile; whole rows, and the rows of the filter and
// the skip weights of those channels.
// CHECK-LABEL: func @channels
// CHECK-SAME: %[[U:.*]]: tensor<8x256x4096xf32>, %[[K:.*]]: tensor<256x4096xf32>, %[[D:.*]]: tensor<256xf32>
// CHECK: scf.for %[[B:.*]] = %c0 to %c8 step %c2
// CHECK: scf.for %[[H:.*]] = %c0 to %c256 step %c64 iter_args(%[[OUT:.*]] = %{{.*}})
// CHECK: %[[UT:.*]] = tensor.extract_slice %[[U]][%[[B]], %[[H]], 0] [2, 64, 4096] [1, 1, 1]
// CHECK: %[[KT:.*]] = tensor.extract_slice %[[K]][%[[H]], 0] [64, 4096] [1, 1]
// CHECK: %[[DT:.*]] = tensor.extract_slice %[[D]][%[[H]]] [64] [1]
// CHECK: %[[OT:.*]] = tensor.extract_slice %[[OUT]][%[[B]], %[[H]], 0] [2, 64, 4096] [1, 1, 1]
// CHECK: %[[Y:.*]] = conv.long_conv causal ins(%[[UT]], %[[KT]] : tensor<2x64x4096xf32>, tensor<64x4096xf32>) skip(%[[DT]] : tensor<64xf32>) outs(%[[OT]]
// CHECK: tensor.insert_slice %[[Y]] into %[[OUT]][%[[B]], %[[H]], 0] [2, 64, 4096] [1, 1, 1]
func.func @channels(%u: tensor<8x256x4096xf32>, %k: tensor<256x4096xf32>,
                    %d: tensor<256xf32>, %init: tensor<8x256x4096xf32>) -> tensor<8x256x4096xf32> {
  %y = conv.long_conv causal ins(%u, %k : tensor<8x256x4096xf32>, tensor<256x4096xf32>)
      skip(%d : tensor<256xf32>) outs(%init : tensor<8x256x4096xf32>)
  return %y : tensor<8x256x4096xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["conv.long_conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %op tile_sizes [2, 64] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Four channels share a filter row: eight channels take two rows, and keep the
// encoding of a spectrum.
// CHECK-LABEL: func @groups
// CHECK: scf.for %[[H:.*]] = %c0 to %c64 step %c8
// CHECK: %[[ROW:.*]] = affine.apply #{{.*}}(%[[H]])
// CHECK: tensor.extract_slice %{{.*}}[%[[ROW]], 0] [2, %{{.*}}] [1, 1] : tensor<16x?xf32, #conv.spectrum<kind = causal, length = 512, taps = 512>> to tensor<2x?xf32, #conv.spectrum<kind = causal, length = 512, taps = 512>>
func.func @groups(%u: tensor<?x64x512xf32>, %s: tensor<16x?xf32, #conv.spectrum<kind = causal, length = 512, taps = 512>>,
                  %init: tensor<?x64x512xf32>) -> tensor<?x64x512xf32> {
  %y = conv.long_conv causal ins(%u, %s : tensor<?x64x512xf32>, tensor<16x?xf32, #conv.spectrum<kind = causal, length = 512, taps = 512>>)
      outs(%init : tensor<?x64x512xf32>)
  return %y : tensor<?x64x512xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["conv.long_conv"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A transform on buffers, tiled over its first dimension only.
// CHECK-LABEL: func @transform
// CHECK: scf.for
// CHECK: %[[X:.*]] = memref.subview %{{.*}}[%{{.*}}, 0, 0] [%{{.*}}, 3, 96] [1, 1, 1]
// CHECK: conv.dft ins(%[[X]] : memref<?x3x96xcomplex<f32>, strided<[288, 96, 1], offset: ?>>)
func.func @transform(%x: memref<?x3x96xcomplex<f32>>, %y: memref<?x3x96xcomplex<f32>>) {
  conv.dft ins(%x : memref<?x3x96xcomplex<f32>>) outs(%y : memref<?x3x96xcomplex<f32>>)
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["conv.dft"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [5] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A consumer's tiles pull in the convolution.
// CHECK-LABEL: func @fuse
// CHECK: scf.for
// CHECK: %[[Y:.*]] = conv.short_conv causal ins({{.*}} : tensor<1x4x64xf32>, tensor<4x3xf32>)
// CHECK: linalg.exp ins(%[[Y]] : tensor<1x4x64xf32>)
func.func @fuse(%u: tensor<2x8x64xf32>, %k: tensor<8x3xf32>, %init: tensor<2x8x64xf32>) -> tensor<2x8x64xf32> {
  %y = conv.short_conv causal ins(%u, %k : tensor<2x8x64xf32>, tensor<8x3xf32>) outs(%init : tensor<2x8x64xf32>)
  %e = linalg.exp ins(%y : tensor<2x8x64xf32>) outs(%init : tensor<2x8x64xf32>) -> tensor<2x8x64xf32>
  return %e : tensor<2x8x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["linalg.exp"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.fuse %op tile_sizes [1, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
