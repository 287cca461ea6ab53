// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @rank(%u: tensor<256x64xf32>, %k: tensor<256x64xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref [B, H, N] of f32, f16 or bf16, but got 'tensor<256x64xf32>'}}
  %y = conv.long_conv causal ins(%u, %k : tensor<256x64xf32>, tensor<256x64xf32>) outs(%u : tensor<256x64xf32>)
  return
}

// -----

func.func @element_type(%u: tensor<2x4x64xf64>, %k: tensor<4x64xf64>) {
  // expected-error @below {{operand #0 must be tensor or memref [B, H, N] of f32, f16 or bf16, but got 'tensor<2x4x64xf64>'}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf64>, tensor<4x64xf64>) outs(%u : tensor<2x4x64xf64>)
  return
}

// -----

func.func @unranked(%u: tensor<*xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{'init' is 'tensor<*xf32>'; use a ranked tensor or memref}}
  %y = conv.long_conv causal ins(%u, %k : tensor<*xf32>, tensor<4x64xf32>) outs(%u : tensor<*xf32>)
  return
}

// -----

func.func @dynamic_length(%u: tensor<2x4x?xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{dimension 2 of 'input' (sequence length) is dynamic; only the batch may be}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x?xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x?xf32>)
  return
}

// -----

func.func @no_channels(%u: tensor<2x0x64xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{dimension 1 of 'input' (channels) is zero; only the batch may be}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x0x64xf32>, tensor<4x64xf32>) outs(%u : tensor<2x0x64xf32>)
  return
}

// -----

func.func @no_filter_rows(%u: tensor<2x4x64xf32>, %k: tensor<0x64xf32>) {
  // expected-error @below {{dimension 0 of 'filter' (filter rows) is zero}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<0x64xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @dynamic_taps(%u: tensor<2x4x64xf32>, %k: tensor<4x?xf32>) {
  // expected-error @below {{dimension 1 of 'filter' (filter taps) is dynamic}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x?xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @too_many_taps(%u: tensor<2x4x64xf32>, %k: tensor<4x65xf32>) {
  // expected-error @below {{filter has 65 taps, but a causal filter of rows of 64 samples has at most 64; shorten the filter or pad the rows}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x65xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @too_many_lags(%u: tensor<2x4x64xf32>, %k: tensor<4x128xf32>) {
  // expected-error @below {{filter has 128 taps, but a bidirectional filter of rows of 64 samples has at most 127}}
  %y = conv.long_conv bidirectional ins(%u, %k : tensor<2x4x64xf32>, tensor<4x128xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @too_long(%u: tensor<2x4x16777217xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{length 16777217 is outside 1..16777216; split the rows}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x16777217xf32>, tensor<4x64xf32>) outs(%u : tensor<2x4x16777217xf32>)
  return
}

// -----

func.func @rows_do_not_divide(%u: tensor<2x4x64xf32>, %k: tensor<3x64xf32>) {
  // expected-error @below {{filter has 3 rows, which does not divide the 4 channels; groups of channels share a row, so use a divisor of 4}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<3x64xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @gate_shape(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>, %g: tensor<2x1x64xf32>) {
  // expected-error @below {{'pregate' has shape 2x1x64, but 'input' has 2x4x64}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) pregate(%g : tensor<2x1x64xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @gate_type(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>, %g: tensor<2x4x64xf16>) {
  // expected-error @below {{'postgate' has elements of 'f16', but 'input' of 'f32'}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) postgate(%g : tensor<2x4x64xf16>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @init_shape(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>, %i: tensor<3x4x64xf32>) {
  // expected-error @below {{'init' has shape 3x4x64, but 'input' has 2x4x64}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) outs(%i : tensor<3x4x64xf32>)
  return
}

// -----

func.func @filter_type(%u: tensor<2x4x64xbf16>, %k: tensor<4x64xf16>) {
  // expected-error @below {{'filter' has elements of 'f16'; use f32 or those of 'input', 'bf16'}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xbf16>, tensor<4x64xf16>) outs(%u : tensor<2x4x64xbf16>)
  return
}

// -----

func.func @skip_shape(%u: tensor<2x4x64xf32>, %k: tensor<2x64xf32>, %d: tensor<2xf32>) {
  // expected-error @below {{'skip' has shape 2, but there are 4 channels}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<2x64xf32>) skip(%d : tensor<2xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @twice(%u: tensor<2x4x64xf32>, %k: tensor<4x64xf32>) {
  // expected-error @below {{`pregate` clause can appear at most once in the expansion of the oilist directive}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x64xf32>, tensor<4x64xf32>) pregate(%u : tensor<2x4x64xf32>) pregate(%u : tensor<2x4x64xf32>) outs(%u : tensor<2x4x64xf32>)
  return
}
