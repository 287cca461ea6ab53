// Results become arguments that are computed in place.

// RUN: conv-opt %s --conv-results-to-arguments --split-input-file | FileCheck %s --check-prefix=TENSOR
// RUN: conv-opt %s --conv-pipeline="until=monarch" --split-input-file | FileCheck %s

// TENSOR-LABEL: func.func @conv
// TENSOR-SAME:    %[[OUT:[^:]*]]: memref<?x2x512xf32> {conv.name = "out"})
// TENSOR:         bufferization.materialize_in_destination %{{.*}} in restrict writable %[[OUT]]

// No temporary for the output, and no copy: only the spectrum is allocated.
// CHECK-LABEL: func.func @conv
// CHECK-SAME:    %[[OUT:[^:]*]]: memref<?x2x512xf32> {conv.name = "out"})
// CHECK:         memref.alloc() {{.*}} : memref<2x{{[0-9]+}}xf32>
// CHECK-NOT:     memref.alloc(
// CHECK-NOT:     memref.copy
// CHECK:         monarch.rows {{.*}} outs(%[[OUT]]
func.func @conv(%u: tensor<?x2x512xf32>, %k: tensor<2x512xf32>)
    -> (tensor<?x2x512xf32> {conv.name = "out"}) {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x512xf32>
  %init = tensor.empty(%b) : tensor<?x2x512xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<?x2x512xf32>, tensor<2x512xf32>)
      outs(%init : tensor<?x2x512xf32>)
  return %y : tensor<?x2x512xf32>
}

// -----

// The spectrum, which its op allocates, is written to the argument too.
// CHECK-LABEL: func.func @prepare
// CHECK-SAME:    %[[OUT:[^:]*]]: memref<2x{{[0-9]+}}xf32>)
// CHECK-NEXT:    monarch.spectrum %{{.*}}, %[[OUT]]
// CHECK-NEXT:    return
#s = #conv.spectrum<kind = causal, length = 512, taps = 512>
func.func @prepare(%k: tensor<2x512xf32>) -> tensor<2x?xf32, #s> {
  %s = conv.filter_spectrum causal ins(%k : tensor<2x512xf32>) {length = 512}
    -> tensor<2x?xf32, #s>
  return %s : tensor<2x?xf32, #s>
}

// -----

// An input is never written: its copy is.
// CHECK-LABEL: func.func @identity
// CHECK:         memref.copy %arg0, %arg1
func.func @identity(%u: tensor<4xf32>) -> tensor<4xf32> {
  return %u : tensor<4xf32>
}
