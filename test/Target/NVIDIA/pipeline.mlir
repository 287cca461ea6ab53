// From a convolution on tensors to kernels, launches and PTX.

// RUN: conv-opt %s --conv-pipeline="target=cuda until=monarch" | FileCheck %s --check-prefix=MONARCH
// RUN: conv-opt %s --conv-pipeline="target=cuda:sm_90a" | FileCheck %s --check-prefix=LAUNCH
// RUN: conv-translate %s --mlir-to-ptx | FileCheck %s --check-prefix=PTX
// RUN: conv-translate %s --mlir-to-package --target=cuda --assemble=false --archs=sm_80,sm_90a -o %t.pkg
// RUN: conv-translate --list-package %t.pkg | FileCheck %s --check-prefix=LIST
// RUN: not conv-opt %s --conv-pipeline="target=cuda until=vector" 2>&1 | FileCheck %s --check-prefix=STAGE
// RUN: not conv-opt %s --conv-pipeline="target=cuda-12" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not conv-opt %s --conv-pipeline="target=cuda:sm_35" 2>&1 | FileCheck %s --check-prefix=ARCH
// RUN: not conv-translate %s --mlir-to-package --target=rocm 2>&1 | FileCheck %s --check-prefix=PACKAGE

func.func @conv(%u: tensor<?x4x1000xf16>, %k: tensor<2x1000xf32>,
                %g: tensor<?x4x1000xf16>) -> tensor<?x4x1000xf16> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x4x1000xf16>
  %i = tensor.empty(%b) : tensor<?x4x1000xf16>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x4x1000xf16>, tensor<2x1000xf32>)
      pregate(%g : tensor<?x4x1000xf16>)
      outs(%i : tensor<?x4x1000xf16>)
  return %y : tensor<?x4x1000xf16>
}

// The spectrum is f16, in the workspace; the rows are fragments of a warp.
// MONARCH: monarch.spectrum {{.*}} : memref<2x1000xf32>, memref<2x2048xf16>
// MONARCH: monarch.rows {{.*}} factors = [16, 4, 16], warps = {{[0-9]+}}
// MONARCH: monarch.load : <#{{.*}}, f16, real>

// Blocks: one a channel and group of rows; B is known at run time only.
// LAUNCH-LABEL: func.func @conv
// LAUNCH: %[[B:.*]] = memref.dim %arg0
// LAUNCH: %[[B32:.*]] = arith.index_cast %[[B]] : index to i32
// LAUNCH: %[[GROUPS:.*]] = arith.ceildivui %[[B]]
// LAUNCH: %[[Y:.*]] = arith.minui %[[GROUPS]]
// LAUNCH: gpu.launch_func @kernels::@conv_rows_1 blocks in (%c4, %[[Y]], %c1{{.*}})
// LAUNCH: gpu.module @kernels
// LAUNCH: llvm.func @conv_rows_1
// LAUNCH: nvvm.cp.async.shared.global
// LAUNCH: nvvm.mma.sync
// LAUNCH: nvvm.stmatrix

// Fragments are never shuffled, and nothing is called.
// PTX: .target sm_90a
// PTX: .reqntid
// PTX-NOT: shfl
// PTX-NOT: call
// PTX: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
// PTX-NOT: shfl

// LIST: image sm_80
// LIST: image sm_90a
// LIST: kernel @conv: long_conv, f16 arithmetic

// STAGE: target cuda has no stage of vector code
// TARGET: unknown target "cuda-12"; the targets are: cpu, cuda
// ARCH: gpu-sm_35
// PACKAGE: --target: unknown "rocm"; known are: cpu, cuda
