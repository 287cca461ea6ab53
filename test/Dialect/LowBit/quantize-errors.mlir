// RUN: conv-opt %s -split-input-file -verify-diagnostics

func.func @groups(%x: tensor<?x256xf32>, %s: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{scales have 3 columns, which do not divide the 256 columns of 'input' into groups; use a divisor of 256}}
  %y = lowbit.scales ins(%x : tensor<?x256xf32>) outs(%s : tensor<?x3xf32>)
  return %y : tensor<?x3xf32>
}

// -----

func.func @rows(%x: tensor<128x256xf32>, %s: tensor<7x1xf32>) -> tensor<7x1xf32> {
  // expected-error @+1 {{scales have 7 rows; use 1 or 128, as 'input' has}}
  %y = lowbit.scales ins(%x : tensor<128x256xf32>) outs(%s : tensor<7x1xf32>)
  return %y : tensor<7x1xf32>
}

// -----

func.func @divisor(%x: tensor<?x256xf32>, %s: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // expected-error @+1 {{divisor is 0.000000e+00; use a positive normal number}}
  %y = lowbit.scales ins(%x : tensor<?x256xf32>) outs(%s : tensor<1x1xf32>) {divisor = 0.0 : f32}
  return %y : tensor<1x1xf32>
}

// -----

func.func @exponent(%x: tensor<?x256xf32>, %s: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // expected-error @+1 {{exponent is 2.000000e+00; use a number from 0 to 1}}
  %y = lowbit.scales ins(%x : tensor<?x256xf32>) outs(%s : tensor<1x1xf32>) {exponent = 2.0 : f32}
  return %y : tensor<1x1xf32>
}

// -----

func.func @range(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  // expected-error @+1 {{low is 5 and high 3; use -128 <= low < high <= 127}}
  %y = lowbit.quantize ins(%x : tensor<2x4xf32>) scales(%s : tensor<1x1xf32>) outs(%q : tensor<2x4xi8>) {low = 5 : i32, high = 3 : i32}
  return %y : tensor<2x4xi8>
}

// -----

func.func @zero_scale(%x: tensor<2x4xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  %s = arith.constant dense<0.0> : tensor<1x1xf32>
  // expected-error @+1 {{'scales' is 0 at index 0; a scale is finite and positive}}
  %y = lowbit.quantize ins(%x : tensor<2x4xf32>) scales(%s : tensor<1x1xf32>) outs(%q : tensor<2x4xi8>)
  return %y : tensor<2x4xi8>
}

// -----

func.func @zero_point(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>, %q: tensor<2x4xi8>) -> tensor<2x4xi8> {
  %z = arith.constant dense<300> : tensor<1x1xi32>
  // expected-error @+1 {{'zero_points' is 300 at index 0; an i8 zero point is -128 to 127}}
  %y = lowbit.quantize ins(%x : tensor<2x4xf32>) scales(%s : tensor<1x1xf32>) zero_points(%z : tensor<1x1xi32>) outs(%q : tensor<2x4xi8>)
  return %y : tensor<2x4xi8>
}

// -----

func.func @columns(%x: tensor<2x256xf32>, %s: tensor<1x1xf32>, %c: tensor<3xf32>, %q: tensor<2x256xi8>) -> tensor<2x256xi8> {
  // expected-error @+1 {{'column_scales' has 3 elements, but 'input' has 256 columns}}
  %y = lowbit.quantize ins(%x : tensor<2x256xf32>) scales(%s : tensor<1x1xf32>) column_scales(%c : tensor<3xf32>) outs(%q : tensor<2x256xi8>)
  return %y : tensor<2x256xi8>
}

// -----

func.func @init(%x: tensor<4x256xi8>, %s: tensor<1x1xf32>, %q: tensor<8x256xf32>) -> tensor<8x256xf32> {
  // expected-error @+1 {{'init' is 8x256, but 'input' is 4x256}}
  %y = lowbit.dequantize ins(%x : tensor<4x256xi8>) scales(%s : tensor<1x1xf32>) outs(%q : tensor<8x256xf32>)
  return %y : tensor<8x256xf32>
}

// -----

func.func @multipliers(%a: tensor<?x64xi32>, %m: tensor<3xi32>, %e: tensor<1xi32>, %q: tensor<?x64xi8>) -> tensor<?x64xi8> {
  // expected-error @+1 {{'multipliers' has 3 elements; use 1 or 64, the columns}}
  %y = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<3xi32>) shifts(%e : tensor<1xi32>) outs(%q : tensor<?x64xi8>)
  return %y : tensor<?x64xi8>
}

// -----

func.func @small_multiplier(%a: tensor<?x64xi32>, %e: tensor<1xi32>, %q: tensor<?x64xi8>) -> tensor<?x64xi8> {
  %m = arith.constant dense<5> : tensor<1xi32>
  // expected-error @+1 {{'multipliers' is 5 at index 0; a multiplier is 1073741824 to 2147483647}}
  %y = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<1xi32>) shifts(%e : tensor<1xi32>) outs(%q : tensor<?x64xi8>)
  return %y : tensor<?x64xi8>
}

// -----

func.func @shift(%a: tensor<?x64xi32>, %m: tensor<1xi32>, %q: tensor<?x64xi8>) -> tensor<?x64xi8> {
  %e = arith.constant dense<32> : tensor<1xi32>
  // expected-error @+1 {{'shifts' is 32 at index 0; a shift is 0 to 31}}
  %y = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<1xi32>) shifts(%e : tensor<1xi32>) outs(%q : tensor<?x64xi8>)
  return %y : tensor<?x64xi8>
}

// -----

func.func @requantized_zero(%a: tensor<?x64xi32>, %m: tensor<1xi32>, %e: tensor<1xi32>, %q: tensor<?x64xi8>) -> tensor<?x64xi8> {
  // expected-error @+1 {{zero_point is 300; use -128 to 127}}
  %y = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<1xi32>) shifts(%e : tensor<1xi32>) outs(%q : tensor<?x64xi8>) {zero_point = 300 : i32}
  return %y : tensor<?x64xi8>
}
