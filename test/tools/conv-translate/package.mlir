// A package of all levels of this architecture, listed again.

// RUN: conv-translate --mlir-to-package %s -o %t.pkg
// RUN: conv-translate --list-package %t.pkg | FileCheck %s
// RUN: conv-translate --mlir-to-package %s --levels=avx2 | conv-translate --list-package - | FileCheck %s --check-prefix=ONE

// REQUIRES: x86
// CHECK:      image baseline
// CHECK-NEXT: image avx2
// CHECK-NEXT: image avx512
// CHECK-NEXT: image avx512fp16
// CHECK-NEXT: kernel @prepare: filter_spectrum, f32 arithmetic, error bound 1e-06
// CHECK-NEXT:   input k: 2x256xf32
// CHECK-NEXT:   output s: 2x{{[0-9]+}}xf32
// CHECK-NEXT:   plan #conv.plan<
// CHECK-NEXT: kernel @conv: long_conv, f32 arithmetic, error bound 0.00392
// CHECK-NEXT:   input u: d0x2x256xbf16
// CHECK-NEXT:   input spectrum: 2x{{[0-9]+}}xf32
// CHECK-NEXT:   output out: d0x2x256xbf16

// ONE:     image avx2
// ONE-NOT: image

#s = #conv.spectrum<kind = causal, length = 256, taps = 256>
func.func @prepare(%k: tensor<2x256xf32>) -> tensor<2x?xf32, #s> {
  %s = conv.filter_spectrum causal ins(%k : tensor<2x256xf32>) {length = 256}
    -> tensor<2x?xf32, #s>
  return %s : tensor<2x?xf32, #s>
}

func.func @conv(%u: tensor<?x2x256xbf16>, %s: tensor<2x?xf32, #s> {conv.name = "spectrum"})
    -> (tensor<?x2x256xbf16> {conv.name = "out"}) {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x256xbf16>
  %init = tensor.empty(%b) : tensor<?x2x256xbf16>
  %y = conv.long_conv causal
      ins(%u, %s : tensor<?x2x256xbf16>, tensor<2x?xf32, #s>)
      outs(%init : tensor<?x2x256xbf16>)
  return %y : tensor<?x2x256xbf16>
}
