// A toeplitz plan: an image that requires AMX, and, for CPUs without, images of
// every level that sum over the taps in f32. All keep the stated bound.

// RUN: conv-translate --mlir-to-package %s --levels=baseline,avx512fp16 -o %t.pkg
// RUN: conv-translate --list-package %t.pkg | FileCheck %s
// RUN: grep -a -o '"requires":[^]]*]' %t.pkg | FileCheck %s --check-prefix=AMX
// RUN: conv-translate --mlir-to-asm %s --levels=avx512fp16 | FileCheck %s --check-prefix=TILES
// RUN: conv-translate --mlir-to-asm %s --levels=avx512 | FileCheck %s --check-prefix=PLAIN
// RUN: conv-run %s --check --dim=d0=17 | FileCheck %s --check-prefix=ROUNDED
// RUN: conv-run %s --check --dim=d0=17 --level=baseline | FileCheck %s --check-prefix=EXACT
// RUN: conv-run %s --dim=d0=0 | FileCheck %s --check-prefix=EMPTY

// REQUIRES: x86
// CHECK:      image baseline
// CHECK-NEXT: image avx512fp16
// CHECK-NEXT: image avx512fp16
// CHECK-NEXT: kernel @conv: long_conv, bf16 arithmetic, error bound 0.0079

// AMX: "requires":["amx_tile","amx_bf16"]
// AMX-NOT: requires

// A load of zeros, not tilezero, begins each sum; the loop has no spill.
// TILES: ldtilecfg
// TILES-NOT: tilezero
// TILES-COUNT-4: tdpbf16ps
// TILES-COUNT-4: tilestored
// TILES-NOT: tilestored
// TILES: tilerelease
// PLAIN-NOT: tmm

// ROUNDED: checked y: relative L2 error 0.00{{.*}}, tolerance 0.0
// EXACT: checked y: relative L2 error {{.*}}e-0{{[78]}}, tolerance 0.0
// EMPTY: ran

func.func @conv(%u: tensor<?x4x200xf32>, %k: tensor<2x200xf32>, %g: tensor<?x4x200xf32>,
    %s: tensor<4xf32>) -> (tensor<?x4x200xf32> {conv.name = "y"}) {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x4x200xf32>
  %init = tensor.empty(%b) : tensor<?x4x200xf32>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x4x200xf32>, tensor<2x200xf32>)
      postgate(%g : tensor<?x4x200xf32>) skip(%s : tensor<4xf32>)
      outs(%init : tensor<?x4x200xf32>)
      {plan = #conv.plan<algorithm = toeplitz, arithmetic = bf16>}
  return %y : tensor<?x4x200xf32>
}
