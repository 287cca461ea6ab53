// RUN: conv-opt %s --convert-monarch-to-nvvm --split-input-file --verify-diagnostics | FileCheck %s

// A row of 256 samples is in shared memory as a whole: 2 products for the first
// 16 outputs and 32 for the last, and none with the zeros before the row.

// CHECK-LABEL: func.func @whole
// CHECK: gpu.launch_func @kernels::@conv_toeplitz_0
// CHECK: llvm.func @conv_toeplitz_0(
// CHECK-SAME: nvvm.reqntid = array<i32: 128>
// CHECK-COUNT-272: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync

#plan = #conv.plan<algorithm = toeplitz, arithmetic = f16, warps = 4>

func.func @whole(%u: memref<?x8x256xf16>, %k: memref<8x256xf32>, %y: memref<?x8x256xf16>) {
  monarch.direct ins(%u, %k : memref<?x8x256xf16>, memref<8x256xf32>)
    outs(%y : memref<?x8x256xf16>) kind<causal> plan #plan
  return
}

// -----

// A long row in chunks: one step in a loop, 5 tiles of samples for each 8
// outputs at most.

// CHECK-LABEL: func.func @long
// CHECK-DAG: %[[CHUNKS:.*]] = arith.constant 4 : index
// CHECK: gpu.launch_func @kernels::@conv_toeplitz_0
// CHECK-SAME: %[[CHUNKS]])
// CHECK: llvm.func @conv_toeplitz_0(
// CHECK-COUNT-40: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync

func.func @long(%u: memref<2x8x4096xbf16>, %k: memref<4x65xbf16>, %g: memref<2x8x4096xbf16>,
                %d: memref<8xf32>, %y: memref<2x8x4096xbf16>) {
  monarch.direct ins(%u, %k : memref<2x8x4096xbf16>, memref<4x65xbf16>)
    pregate(%g : memref<2x8x4096xbf16>) postgate(%g : memref<2x8x4096xbf16>)
    skip(%d : memref<8xf32>) outs(%y : memref<2x8x4096xbf16>) kind<bidirectional>
    plan <algorithm = toeplitz, arithmetic = f16, warps = 2>
  return
}

// -----

// A short convolution has no plan. Sums may be in f16.

// CHECK-LABEL: func.func @short
// CHECK: llvm.func @conv_toeplitz_0(
// CHECK: nvvm.mma.sync
// CHECK-SAME: !llvm.struct<(f32, f32, f32, f32)>
// CHECK: llvm.func @conv_toeplitz_1(
// CHECK: nvvm.mma.sync
// CHECK-SAME: !llvm.struct<(vector<2xf16>, vector<2xf16>)>

func.func @short(%u: memref<?x3x1001xf16>, %k: memref<3x4xf16>, %y: memref<?x3x1001xf16>) {
  monarch.direct ins(%u, %k : memref<?x3x1001xf16>, memref<3x4xf16>)
    outs(%y : memref<?x3x1001xf16>) kind<causal>
  monarch.direct ins(%u, %k : memref<?x3x1001xf16>, memref<3x4xf16>)
    outs(%y : memref<?x3x1001xf16>) kind<causal>
    plan <algorithm = toeplitz, arithmetic = f16, warps = 4, accumulate = f16>
  return
}

// -----

func.func @too_many(%u: memref<?x3x1024xf16>, %k: memref<3x513xf16>, %y: memref<?x3x1024xf16>) {
  // expected-error @below {{has taps for 513 lags, but the CUDA kernel holds at most 512; use a right_angle plan}}
  monarch.direct ins(%u, %k : memref<?x3x1024xf16>, memref<3x513xf16>)
    outs(%y : memref<?x3x1024xf16>) kind<causal>
    plan <algorithm = toeplitz, arithmetic = f16, warps = 4>
  return
}

// -----

func.func @for_a_cpu(%u: memref<?x3x64xf16>, %k: memref<3x4xf16>, %y: memref<?x3x64xf16>) {
  // expected-error @below {{but the CUDA kernel for taps multiplies by their Toeplitz matrix; plan for a GPU, with conv-plan's device option}}
  monarch.direct ins(%u, %k : memref<?x3x64xf16>, memref<3x4xf16>)
    outs(%y : memref<?x3x64xf16>) kind<causal> plan <algorithm = direct>
  return
}
