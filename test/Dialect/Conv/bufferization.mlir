// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s
// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:     --ownership-based-buffer-deallocation --canonicalize | FileCheck %s --check-prefix=DEALLOC

#plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>
#spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #plan>

// The spectrum is an allocation that is filled, and the encoding of its type
// becomes an attribute.
// CHECK-LABEL: func @prepare_and_use
// CHECK-SAME: %[[U:.*]]: memref<?x256x4096xf32>, %[[K:.*]]: memref<256x4096xf32>, %[[G:.*]]: memref<?x256x4096xf32>
// CHECK: %[[Y:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x256x4096xf32>
// CHECK: %[[S:.*]] = memref.alloc() {{.*}} : memref<256x8192xf32>
// CHECK: conv.filter_spectrum causal ins(%[[K]] : memref<256x4096xf32>) outs(%[[S]] : memref<256x8192xf32>)
// CHECK: conv.long_conv causal ins(%[[U]], %[[S]] : memref<?x256x4096xf32>, memref<256x8192xf32>)
// CHECK-SAME: pregate(%[[G]] : memref<?x256x4096xf32>) outs(%[[Y]] : memref<?x256x4096xf32>)
// CHECK-SAME: spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #conv.plan<algorithm = right_angle,
// CHECK: return %[[Y]]
// DEALLOC-LABEL: func @prepare_and_use
// DEALLOC: %[[S:.*]] = memref.alloc() {{.*}} : memref<256x8192xf32>
// DEALLOC: bufferization.dealloc ({{.*}}%[[S]] : {{.*}}memref<256x8192xf32>)
func.func @prepare_and_use(%u: tensor<?x256x4096xf32>, %k: tensor<256x4096xf32>,
                           %g: tensor<?x256x4096xf32>) -> tensor<?x256x4096xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x256x4096xf32>
  %init = tensor.empty(%b) : tensor<?x256x4096xf32>
  %s = conv.filter_spectrum causal ins(%k : tensor<256x4096xf32>) {length = 4096, plan = #plan}
    -> tensor<256x8192xf32, #spectrum>
  %y = conv.long_conv causal ins(%u, %s : tensor<?x256x4096xf32>, tensor<256x8192xf32, #spectrum>)
      pregate(%g : tensor<?x256x4096xf32>) outs(%init : tensor<?x256x4096xf32>) {plan = #plan}
  return %y : tensor<?x256x4096xf32>
}

// A prepared spectrum crosses a function boundary.
// CHECK-LABEL: func @use
// CHECK-SAME: %{{.*}}: memref<2x256x4096xf16>, %[[S:.*]]: memref<256x8192xf32>
// CHECK: conv.long_conv causal ins(%{{.*}}, %[[S]] : memref<2x256x4096xf16>, memref<256x8192xf32>)
func.func @use(%u: tensor<2x256x4096xf16>, %s: tensor<256x8192xf32, #spectrum>) -> tensor<2x256x4096xf16> {
  %init = tensor.empty() : tensor<2x256x4096xf16>
  %y = conv.long_conv causal ins(%u, %s : tensor<2x256x4096xf16>, tensor<256x8192xf32, #spectrum>)
      outs(%init : tensor<2x256x4096xf16>) {plan = #plan}
  return %y : tensor<2x256x4096xf16>
}

// The destination is an input as well: it gets a buffer of its own, and since
// its contents are not read, nothing is copied.
// CHECK-LABEL: func @destination_is_input
// CHECK-SAME: %[[X:.*]]: memref<4x96xcomplex<f32>>
// CHECK-NOT: memref.copy
// CHECK: %[[Y:.*]] = memref.alloc()
// CHECK-NOT: memref.copy
// CHECK: conv.dft ins(%[[X]] : memref<4x96xcomplex<f32>>) outs(%[[Y]] : memref<4x96xcomplex<f32>>)
// CHECK-NOT: memref.copy
// CHECK: return
func.func @destination_is_input(%x: tensor<4x96xcomplex<f32>>) -> tensor<4x96xcomplex<f32>> {
  %X = conv.dft ins(%x : tensor<4x96xcomplex<f32>>) outs(%x : tensor<4x96xcomplex<f32>>)
  return %X : tensor<4x96xcomplex<f32>>
}

// A destination that is read later keeps its contents.
// CHECK-LABEL: func @destination_is_kept
// CHECK-SAME: %[[U:.*]]: memref<1x2x64xf32>, %[[K:.*]]: memref<2x3xf32>, %[[I:.*]]: memref<1x2x64xf32>
// CHECK: %[[Y:.*]] = memref.alloc()
// CHECK: conv.short_conv causal ins(%[[U]], %[[K]] : {{.*}}) outs(%[[Y]] :
// CHECK: return %[[Y]], %[[I]]
func.func @destination_is_kept(%u: tensor<1x2x64xf32>, %k: tensor<2x3xf32>, %i: tensor<1x2x64xf32>)
    -> (tensor<1x2x64xf32>, tensor<1x2x64xf32>) {
  %y = conv.short_conv causal ins(%u, %k : tensor<1x2x64xf32>, tensor<2x3xf32>) outs(%i : tensor<1x2x64xf32>)
  return %y, %i : tensor<1x2x64xf32>, tensor<1x2x64xf32>
}
