// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries" --verify-diagnostics

func.func @no_plan(%k: tensor<4x64xf32>) -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>> {
  // expected-error @below {{has no plan, which decides the size of the buffer; run conv-plan before bufferization}}
  // expected-error @below {{failed to bufferize op}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
  return %s : tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
}
