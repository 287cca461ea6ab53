func.func @conv(%u: tensor<?x256x4096xf32>, %k: tensor<256x4096xf32>)
    -> tensor<?x256x4096xf32> {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %u, %c0 : tensor<?x256x4096xf32>
  %init = tensor.empty(%batch) : tensor<?x256x4096xf32>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
      outs(%init : tensor<?x256x4096xf32>)
  return %y : tensor<?x256x4096xf32>
}
