// An argument that is a prepared spectrum is prepared from taps by a kernel of
// its own, and the reference convolves with the taps.

// RUN: conv-run %s --check --level=host | FileCheck %s
// CHECK: checked y

#s = #conv.spectrum<kind = bidirectional, length = 256, taps = 511>
func.func @conv(%u: tensor<3x4x256xf32>, %s: tensor<2x?xf32, #s>) -> tensor<3x4x256xf32> {
  %init = tensor.empty() : tensor<3x4x256xf32>
  %y = conv.long_conv bidirectional
      ins(%u, %s : tensor<3x4x256xf32>, tensor<2x?xf32, #s>)
      outs(%init : tensor<3x4x256xf32>)
  return %y : tensor<3x4x256xf32>
}
