// The same function for every level: vectors as wide as the level's, fused
// multiply-adds where it has them, and no call but of what the loader provides.
// AArch64 compiles here too.

// RUN: conv-translate --mlir-to-asm %s --levels=baseline | FileCheck %s --check-prefix=BASELINE
// RUN: conv-translate --mlir-to-asm %s --levels=avx2 | FileCheck %s --check-prefix=AVX2
// RUN: conv-translate --mlir-to-asm %s --levels=avx512 | FileCheck %s --check-prefix=AVX512
// RUN: conv-translate --mlir-to-asm %s --levels=avx512fp16 | FileCheck %s --check-prefix=AVX512
// RUN: conv-translate --mlir-to-asm %s --levels=neon | FileCheck %s --check-prefix=NEON
// RUN: conv-translate --mlir-to-object %s --levels=neon | llvm-readobj -h - | FileCheck %s --check-prefix=ELF
// RUN: conv-translate --mlir-to-object %s --levels=baseline | llvm-nm -u - | FileCheck %s --check-prefix=UNDEFINED --allow-empty
// RUN: conv-translate --mlir-to-package %s --levels=neon -o %t.neon.pkg

// BASELINE-NOT: ymm
// BASELINE: mulps {{.*}}xmm
// BASELINE-NOT: fmaf
// AVX2-NOT: zmm
// AVX2: vfm{{.*}}ymm
// AVX512: vfm{{.*}}zmm
// NEON: fml{{[as]}} {{.*}}.4s
// ELF: Machine: EM_AARCH64
// UNDEFINED-NOT: {{U (fma|__)}}

func.func @conv(%u: tensor<2x2x1024xf16>, %k: tensor<2x1024xf32>) -> tensor<2x2x1024xf16> {
  %init = tensor.empty() : tensor<2x2x1024xf16>
  %y = conv.long_conv causal ins(%u, %k : tensor<2x2x1024xf16>, tensor<2x1024xf32>)
      outs(%init : tensor<2x2x1024xf16>)
  return %y : tensor<2x2x1024xf16>
}
