// RUN: conv-opt %s --convert-monarch-to-nvvm --split-input-file --verify-diagnostics | FileCheck %s

// A row of 4096 points: 256 threads of 16 values, three stages of radix 16.

// CHECK-LABEL: func.func @whole
// CHECK-DAG: %[[BLOCKS:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK-DAG: %[[SHARED:.*]] = arith.constant 34816 : i32
// CHECK: gpu.launch_func @kernels::@conv_spectrum_0
// CHECK-SAME: blocks in (%[[BLOCKS]],
// CHECK-SAME: threads in (%[[THREADS]],
// CHECK-SAME: dynamic_shared_memory_size %[[SHARED]]
// CHECK-SAME: args(%{{.*}} : memref<8x4096xf32>, %{{.*}} : memref<8x8192xf16>)

// The first twiddles are constants, those of the later stages one angle each.
// CHECK: llvm.func @conv_spectrum_0(
// CHECK-SAME: llvm.align = 4
// CHECK-SAME: llvm.align = 16
// CHECK-SAME: nvvm.reqntid = array<i32: 256>
// CHECK-COUNT-2: llvm.nvvm.sin.approx.f
// CHECK-NOT: llvm.nvvm.sin.approx.f

#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 16], warps = 8>

func.func @whole(%k: memref<8x4096xf32>, %s: memref<8x8192xf16>) {
  monarch.spectrum %k, %s kind<causal> length(4096) plan #plan
    : memref<8x4096xf32>, memref<8x8192xf16>
  return
}

// -----

// Four blocks a channel, each with a quarter of the frequencies.

// CHECK-LABEL: func.func @residues
// CHECK-DAG: %[[BLOCKS:.*]] = arith.constant 12 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 512 : index
// CHECK: blocks in (%[[BLOCKS]],
// CHECK-SAME: threads in (%[[THREADS]],
// CHECK: llvm.func @conv_spectrum_0(

#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 8, 16], warps = 16>

func.func @residues(%k: memref<3x65535xbf16>, %s: memref<3x65536xf16>) {
  monarch.spectrum %k, %s kind<bidirectional> length(32768) plan #plan
    : memref<3x65535xbf16>, memref<3x65536xf16>
  return
}

// -----

// Short rows share a block; equal ops share a kernel.

// CHECK-LABEL: func.func @shared
// CHECK-DAG: %[[BLOCKS:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 64 : index
// CHECK: gpu.launch_func @kernels::@conv_spectrum_0 blocks in (%[[BLOCKS]],
// CHECK-SAME: threads in (%[[THREADS]],
// CHECK: gpu.launch_func @kernels::@conv_spectrum_0
// CHECK: llvm.func @conv_spectrum_0(
// CHECK-NOT: llvm.func

#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8>

func.func @shared(%k: memref<5x20xf16>, %s: memref<5x512xf16>) {
  monarch.spectrum %k, %s kind<circular> length(200) plan #plan
    : memref<5x20xf16>, memref<5x512xf16>
  monarch.spectrum %k, %s kind<circular> length(200) plan #plan
    : memref<5x20xf16>, memref<5x512xf16>
  return
}

// -----

#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 16, 8, 16], warps = 16>

func.func @long(%k: memref<2x1000xf32>, %s: memref<2x1048576xf16>) {
  // expected-error @below {{prepares rows of 524288 points, but its CUDA kernel prepares at most 32768; use fewer or smaller factors}}
  monarch.spectrum %k, %s kind<causal> length(500000) plan #plan
    : memref<2x1000xf32>, memref<2x1048576xf16>
  return
}

// -----

#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 8>

func.func @format(%k: memref<2x20xf32>, %s: memref<2x512xf32>) {
  // expected-error @below {{spectrum holds 'f32', but that of its plan holds 'f16'}}
  monarch.spectrum %k, %s kind<causal> length(200) plan #plan
    : memref<2x20xf32>, memref<2x512xf32>
  return
}
