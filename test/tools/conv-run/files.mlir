// Inputs and outputs as .npy files: an impulse as filter returns the input, in
// every dtype, and the batch size comes from the file.

// REQUIRES: numpy
// RUN: %python %S/Inputs/arrays.py make %t
// RUN: conv-run %s --entry=f32 --input=u=%t/f32.npy --input=k=%t/impulse.npy --output=y=%t/f32-out.npy --check
// RUN: conv-run %s --entry=bf16 --input=u=%t/bf16.npy --input=k=%t/impulse.npy --output=y=%t/bf16-out.npy --check
// RUN: conv-run %s --entry=bf16 --input=u=%t/bits.npy --input=k=%t/impulse.npy --output=y=%t/bits-out.npy --check
// RUN: conv-run %s --entry=f16 --input=u=%t/f16.npy --input=k=%t/impulse.npy --output=y=%t/f16-out.npy --check
// RUN: %python %S/Inputs/arrays.py compare %t

func.func @f32(%u: tensor<?x2x64xf32>, %k: tensor<2x48xf32>) -> tensor<?x2x64xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x64xf32>
  %init = tensor.empty(%b) : tensor<?x2x64xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<?x2x64xf32>, tensor<2x48xf32>)
      outs(%init : tensor<?x2x64xf32>)
  return %y : tensor<?x2x64xf32>
}

func.func @bf16(%u: tensor<?x2x64xbf16>, %k: tensor<2x48xf32>) -> tensor<?x2x64xbf16> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x64xbf16>
  %init = tensor.empty(%b) : tensor<?x2x64xbf16>
  %y = conv.long_conv causal ins(%u, %k : tensor<?x2x64xbf16>, tensor<2x48xf32>)
      outs(%init : tensor<?x2x64xbf16>)
  return %y : tensor<?x2x64xbf16>
}

func.func @f16(%u: tensor<?x2x64xf16>, %k: tensor<2x48xf32>) -> tensor<?x2x64xf16> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x64xf16>
  %init = tensor.empty(%b) : tensor<?x2x64xf16>
  %y = conv.long_conv causal ins(%u, %k : tensor<?x2x64xf16>, tensor<2x48xf32>)
      outs(%init : tensor<?x2x64xf16>)
  return %y : tensor<?x2x64xf16>
}
