// Conversions without hardware: every f16 value widens exactly, and f32 values
// around every rounding case narrow as numpy narrows them.

// REQUIRES: numpy, x86
// RUN: %python %S/Inputs/conversions.py make %t
// RUN: conv-run %s --entry=widen --level=baseline --input=x=%t/f16.npy --output=y=%t/widened.npy
// RUN: conv-run %s --entry=narrow --level=baseline --input=x=%t/f32.npy --output=y=%t/narrowed.npy
// RUN: conv-run %s --entry=narrow_bf16 --level=baseline --input=x=%t/f32.npy --output=y=%t/bf16.npy
// RUN: %python %S/Inputs/conversions.py compare %t
// RUN: conv-translate %s --mlir-to-llvmir --levels=baseline | FileCheck %s --check-prefix=BASELINE
// RUN: conv-translate %s --mlir-to-llvmir --levels=avx2 | FileCheck %s --check-prefix=AVX2
// RUN: conv-translate %s --mlir-to-llvmir --levels=avx512fp16 | FileCheck %s --check-prefix=FP16

// BASELINE-NOT: fpext
// BASELINE-NOT: fptrunc
// AVX2: fpext <{{.*}} x half>
// AVX2: fptrunc <{{.*}} to <{{.*}} x half>
// AVX2-NOT: fptrunc {{.*}} bfloat
// FP16: fptrunc <{{.*}} to <{{.*}} x bfloat>

func.func @widen(%x: tensor<65536xf16>) -> tensor<65536xf32> {
  %y = arith.extf %x : tensor<65536xf16> to tensor<65536xf32>
  return %y : tensor<65536xf32>
}

func.func @narrow(%x: tensor<?xf32>) -> tensor<?xf16> {
  %y = arith.truncf %x : tensor<?xf32> to tensor<?xf16>
  return %y : tensor<?xf16>
}

func.func @narrow_bf16(%x: tensor<?xf32>) -> tensor<?xbf16> {
  %y = arith.truncf %x : tensor<?xf32> to tensor<?xbf16>
  return %y : tensor<?xbf16>
}
