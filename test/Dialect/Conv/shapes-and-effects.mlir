// RUN: conv-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s --check-prefix=SHAPE
// RUN: conv-opt %s --cse --loop-invariant-code-motion | FileCheck %s --check-prefix=EFFECT

// The batch of the result is that of the input, whatever `init` is.
// SHAPE-LABEL: func @batch
// SHAPE-SAME: %[[U:.*]]: tensor<?x4x64xf32>, %[[K:.*]]: tensor<4x64xf32>, %[[I:.*]]: tensor<?x4x64xf32>
// SHAPE: %[[B:.*]] = tensor.dim %[[U]], %c0
// SHAPE: return %[[B]], %c64
func.func @batch(%u: tensor<?x4x64xf32>, %k: tensor<4x64xf32>, %i: tensor<?x4x64xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %y = conv.long_conv causal ins(%u, %k : tensor<?x4x64xf32>, tensor<4x64xf32>) outs(%i : tensor<?x4x64xf32>)
  %b = tensor.dim %y, %c0 : tensor<?x4x64xf32>
  %n = tensor.dim %y, %c2 : tensor<?x4x64xf32>
  return %b, %n : index, index
}

// SHAPE-LABEL: func @rows
// SHAPE-SAME: %[[X:.*]]: tensor<?x3x8xcomplex<f32>>, %{{.*}}: tensor<?x3x8xcomplex<f32>>
// SHAPE: %[[B:.*]] = tensor.dim %[[X]], %c0
// SHAPE: return %[[B]]
func.func @rows(%x: tensor<?x3x8xcomplex<f32>>, %i: tensor<?x3x8xcomplex<f32>>) -> index {
  %c0 = arith.constant 0 : index
  %y = conv.dft ins(%x : tensor<?x3x8xcomplex<f32>>) outs(%i : tensor<?x3x8xcomplex<f32>>)
  %b = tensor.dim %y, %c0 : tensor<?x3x8xcomplex<f32>>
  return %b : index
}

// Equal spectra are shared, and one is prepared ahead of the loop over batches.
// EFFECT-LABEL: func @prepare_once
// EFFECT: %[[S:.*]] = conv.filter_spectrum
// EFFECT: scf.for
// EFFECT-NOT: conv.filter_spectrum
// EFFECT: conv.long_conv causal ins(%{{.*}}, %[[S]] :
// EFFECT: conv.long_conv causal ins(%{{.*}}, %[[S]] :
func.func @prepare_once(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>, %n: index) -> tensor<2x4x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%v = %u) -> tensor<2x4x64xf32> {
    %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64}
      -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
    %a = conv.long_conv causal ins(%v, %s : tensor<2x4x64xf32>, tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>) outs(%u : tensor<2x4x64xf32>)
    %t = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64}
      -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
    %b = conv.long_conv causal ins(%a, %t : tensor<2x4x64xf32>, tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>) outs(%u : tensor<2x4x64xf32>)
    scf.yield %b : tensor<2x4x64xf32>
  }
  return %y : tensor<2x4x64xf32>
}

// On buffers the operation writes: it stays, and loads around it are not merged.
// EFFECT-LABEL: func @buffers
// EFFECT: memref.load %[[Y:.*]][
// EFFECT: conv.short_conv {{.*}} outs(%[[Y]] :
// EFFECT: memref.load %[[Y]][
// EFFECT: return
func.func @buffers(%u: memref<2x4x64xf32>, %k: memref<4x3xf32>, %y: memref<2x4x64xf32>) -> (f32, f32) {
  %c0 = arith.constant 0 : index
  %a = memref.load %y[%c0, %c0, %c0] : memref<2x4x64xf32>
  conv.short_conv causal ins(%u, %k : memref<2x4x64xf32>, memref<4x3xf32>) outs(%y : memref<2x4x64xf32>)
  %b = memref.load %y[%c0, %c0, %c0] : memref<2x4x64xf32>
  return %a, %b : f32, f32
}
