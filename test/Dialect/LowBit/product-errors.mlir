// RUN: conv-opt %s -split-input-file -verify-diagnostics

func.func @packed_shape(%w: tensor<40x100xi8>, %init: tensor<3x4x64xi8>) -> tensor<3x4x64xi8> {
  // expected-error @+1 {{packs 40x100 weights into 3x4x64 bytes, but they take 3x8x64}}
  %y = lowbit.ternary_pack ins(%w : tensor<40x100xi8>) outs(%init : tensor<3x4x64xi8>)
  return %y : tensor<3x4x64xi8>
}

// -----

func.func @inputs(%x: tensor<?x?xi8>, %w: tensor<3x8x64xi8>, %init: tensor<?x40xi32>) -> tensor<?x40xi32> {
  // expected-error @+1 {{dimension 1 of 'input' (K) is dynamic; only the rows M may be}}
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<?x?xi8>, tensor<3x8x64xi8>) outs(%init : tensor<?x40xi32>)
  return %y : tensor<?x40xi32>
}

// -----

func.func @weights(%x: tensor<?x2048xi8>, %w: tensor<128x64x64xi8>, %init: tensor<?x2048xi32>) -> tensor<?x2048xi32> {
  // expected-error @+1 {{packed weights of 2048 outputs and 2048 inputs are 128x128x64, but 'weights' is 128x64x64; pack them by lowbit.ternary_pack}}
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<?x2048xi8>, tensor<128x64x64xi8>) outs(%init : tensor<?x2048xi32>)
  return %y : tensor<?x2048xi32>
}

// -----

func.func @scales(%x: tensor<128x64xi8>, %w: tensor<1x4x64xi8>, %s: tensor<3xf32>, %init: tensor<128x16xf32>) -> tensor<128x16xf32> {
  // expected-error @+1 {{'scales' has 3 elements; use 1 or 128, the rows M}}
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<128x64xi8>, tensor<1x4x64xi8>) scales(%s : tensor<3xf32>) outs(%init : tensor<128x16xf32>)
  return %y : tensor<128x16xf32>
}

// -----

func.func @scaled_integers(%x: tensor<?x64xi8>, %w: tensor<1x4x64xi8>, %s: tensor<?xf32>, %init: tensor<?x16xi32>) -> tensor<?x16xi32> {
  // expected-error @+1 {{scales an i32 result; make 'init' f32 or drop the scales}}
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<?x64xi8>, tensor<1x4x64xi8>) scales(%s : tensor<?xf32>) outs(%init : tensor<?x16xi32>)
  return %y : tensor<?x16xi32>
}

// -----

func.func @zero_scale(%x: tensor<3x64xi8>, %w: tensor<1x4x64xi8>, %init: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %s = arith.constant dense<[1.0, 2.0, 0.0]> : tensor<3xf32>
  // expected-error @+1 {{'scales' is 0 at index 2; a scale is finite and positive}}
  %y = lowbit.ternary_matmul ins(%x, %w : tensor<3x64xi8>, tensor<1x4x64xi8>) scales(%s : tensor<3xf32>) outs(%init : tensor<3x16xf32>)
  return %y : tensor<3x16xf32>
}

// -----

func.func @nan_scale(%x: tensor<3x64xi8>, %w: tensor<16x64xi8>, %init: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %s = arith.constant dense<0x7FC00000> : tensor<1xf32>
  // expected-error @+1 {{'weight_scales' is NaN at index 0; a scale is finite and positive}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x64xi8>, tensor<16x64xi8>) weight_scales(%s : tensor<1xf32>) outs(%init : tensor<3x16xf32>)
  return %y : tensor<3x16xf32>
}

// -----

func.func @zero_point(%x: tensor<3x64xi8>, %w: tensor<16x64xi8>, %init: tensor<3x16xi32>) -> tensor<3x16xi32> {
  %z = arith.constant dense<300> : tensor<1xi32>
  // expected-error @+1 {{'zero_points' is 300 at index 0; an i8 zero point is -128 to 127}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x64xi8>, tensor<16x64xi8>) zero_points(%z : tensor<1xi32>) outs(%init : tensor<3x16xi32>)
  return %y : tensor<3x16xi32>
}

// -----

func.func @byte_weights(%x: tensor<3x128xi8>, %w: tensor<16x64xi8>, %init: tensor<3x16xi32>) -> tensor<3x16xi32> {
  // expected-error @+1 {{'weights' has 64 inputs, but 'input' has K = 128}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x128xi8>, tensor<16x64xi8>) outs(%init : tensor<3x16xi32>)
  return %y : tensor<3x16xi32>
}

// -----

func.func @outputs(%x: tensor<3x64xi8>, %w: tensor<16x64xi8>, %init: tensor<3x8xi32>) -> tensor<3x8xi32> {
  // expected-error @+1 {{'weights' has 16 outputs, but 'init' has N = 8}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x64xi8>, tensor<16x64xi8>) outs(%init : tensor<3x8xi32>)
  return %y : tensor<3x8xi32>
}

// -----

func.func @mixed(%x: tensor<3x64xi8>, %w: memref<16x64xi8>, %init: tensor<3x16xi32>) -> tensor<3x16xi32> {
  // expected-error @+1 {{mixes tensors and memrefs: operand 1 is a 'memref<16x64xi8>'; bufferize all of them}}
  %y = lowbit.int8_matmul ins(%x, %w : tensor<3x64xi8>, memref<16x64xi8>) outs(%init : tensor<3x16xi32>)
  return %y : tensor<3x16xi32>
}
