// RUN: conv-opt %s -split-input-file -verify-diagnostics

func.func @outside() {
  // expected-error @below {{'monarch.load' op expects parent op 'monarch.rows'}}
  %0 = monarch.load : <#monarch.layout<slot(n0 = 4)>, f32, real>
  return
}

// -----

func.func @rank(%u: memref<4x16xf32>, %k: memref<4x3xf32>) {
  // expected-error @below {{input has rank 2, but its axes are [B, H, N]}}
  monarch.direct ins(%u, %k : memref<4x16xf32>, memref<4x3xf32>) outs(%u : memref<4x16xf32>) kind<causal>
  return
}

// -----

func.func @gate(%u: memref<1x4x16xf32>, %k: memref<4x3xf32>, %g: memref<1x4x17xf32>) {
  // expected-error @below {{pregate has type 'memref<1x4x17xf32>', which does not match the input's 'memref<1x4x16xf32>'}}
  monarch.direct ins(%u, %k : memref<1x4x16xf32>, memref<4x3xf32>) pregate(%g : memref<1x4x17xf32>) outs(%u : memref<1x4x16xf32>) kind<causal>
  return
}

// -----

func.func @groups(%u: memref<1x4x16xf32>, %k: memref<3x3xf32>) {
  // expected-error @below {{taps has 3 rows, which do not divide the 4 channels}}
  monarch.direct ins(%u, %k : memref<1x4x16xf32>, memref<3x3xf32>) outs(%u : memref<1x4x16xf32>) kind<causal>
  return
}

// -----

func.func @skip(%u: memref<1x4x16xf32>, %k: memref<4x3xf32>, %d: memref<5xf32>) {
  // expected-error @below {{skip has 5 weights, but the input has 4 channels}}
  monarch.direct ins(%u, %k : memref<1x4x16xf32>, memref<4x3xf32>) skip(%d : memref<5xf32>) outs(%u : memref<1x4x16xf32>) kind<causal>
  return
}

// -----

func.func @dense(%u: memref<1x4x16xf32, strided<[64, 16, 2]>>, %k: memref<4x3xf32>) {
  // expected-error @below {{input has layout strided<[64, 16, 2]>, but it must be dense}}
  monarch.direct ins(%u, %k : memref<1x4x16xf32, strided<[64, 16, 2]>>, memref<4x3xf32>) outs(%u : memref<1x4x16xf32, strided<[64, 16, 2]>>) kind<causal>
  return
}

// -----

func.func @length(%u: memref<1x4x?xf32>, %k: memref<4x3xf32>) {
  // expected-error @below {{input has type 'memref<1x4x?xf32>', but only its batch may be dynamic}}
  monarch.direct ins(%u, %k : memref<1x4x?xf32>, memref<4x3xf32>) outs(%u : memref<1x4x?xf32>) kind<causal>
  return
}

// -----

func.func @transform(%x: memref<2x15xcomplex<f32>>, %y: memref<2x16xcomplex<f32>>) {
  // expected-error @below {{output has type 'memref<2x16xcomplex<f32>>', which does not match the input's 'memref<2x15xcomplex<f32>>'}}
  monarch.transform direction<forward> %x, %y ordering<natural> plan<algorithm = mixed_radix, factors = [3, 5]> : memref<2x15xcomplex<f32>>, memref<2x16xcomplex<f32>>
  return
}

// -----

func.func @transform_algorithm(%x: memref<2x256xcomplex<f32>>) {
  // expected-error @below {{wrong plan: algorithm right_angle is for convolutions; use direct, mixed_radix or bluestein}}
  monarch.transform direction<forward> %x, %x ordering<natural> plan<algorithm = right_angle, factors = [4, 4, 4, 4]> : memref<2x256xcomplex<f32>>, memref<2x256xcomplex<f32>>
  return
}

// -----

func.func @transform_factors(%x: memref<2x15xcomplex<f32>>) {
  // expected-error @below {{wrong plan: factors multiply to 16, but rows of 15 samples need at least 29}}
  monarch.transform direction<forward> %x, %x ordering<natural> plan<algorithm = bluestein, factors = [4, 4]> : memref<2x15xcomplex<f32>>, memref<2x15xcomplex<f32>>
  return
}

// -----

func.func @transform_ordering(%x: memref<2x15xcomplex<f32>>) {
  // expected-error @below {{wrong plan: ordering digit_reversed needs mixed_radix, whose factors are the digits}}
  monarch.transform direction<forward> %x, %x ordering<digit_reversed> plan<algorithm = direct> : memref<2x15xcomplex<f32>>, memref<2x15xcomplex<f32>>
  return
}

// -----

func.func @callee(%n: index) {
  // expected-error @below {{calls @missing, which is not a function here}}
  monarch.parallel_call @missing() extent(%n) workspace(%n)
  return
}

// -----

func.func private @body(index, index)
func.func @callee(%n: index) {
  // expected-error @below {{calls @body of type '(index, index) -> ()', but a body on these arguments has type '(index, index, memref<?xi8>) -> ()'}}
  monarch.parallel_call @body() extent(%n) workspace(%n)
  return
}
