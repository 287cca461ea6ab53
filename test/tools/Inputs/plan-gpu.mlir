func.func @f(%u: tensor<64x768x2048xf16>, %k: tensor<768x2048xf32>) -> tensor<64x768x2048xf16> {
  %y = conv.long_conv causal ins(%u, %k : tensor<64x768x2048xf16>, tensor<768x2048xf32>)
      outs(%u : tensor<64x768x2048xf16>)
  return %y : tensor<64x768x2048xf16>
}
