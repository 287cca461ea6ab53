// RUN: conv-opt %s --convert-monarch-to-nvvm --split-input-file --verify-diagnostics | FileCheck %s

// A row in a block: a grid of channels by rows, 16 warps, and of shared memory
// 177152 bytes with the spectrum, the outer twiddles and the next row's samples.

// CHECK-LABEL: func.func @block
// CHECK-DAG: %[[CHANNELS:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 512 : index
// CHECK-DAG: %[[SHARED:.*]] = arith.constant 177152 : i32
// CHECK-DAG: %[[MOST:.*]] = arith.constant 352 : index
// CHECK-DAG: %[[ROWS:.*]] = arith.minui %{{.*}}, %[[MOST]]
// CHECK: gpu.launch_func @kernels::@conv_rows_0
// CHECK-SAME: blocks in (%[[CHANNELS]], %[[ROWS]],
// CHECK-SAME: threads in (%[[THREADS]],
// CHECK-SAME: dynamic_shared_memory_size %[[SHARED]]

// The outer twiddles, the matrices of the 16 rows, A and T, and A_0.
// CHECK-DAG: llvm.mlir.global internal constant @conv_outer_twiddles_4{{.*}} : !llvm.array<1024 x i32>
// CHECK-DAG: llvm.mlir.global internal constant @conv_block_fourier_4{{.*}} : !llvm.array<8192 x i32>
// CHECK-DAG: llvm.mlir.global internal constant @conv_tables_4{{.*}} : !llvm.array<2048 x i32>
// CHECK-DAG: llvm.mlir.global internal constant @conv_shifted_fourier16{{.*}} : !llvm.array<256 x i32>

// Four tiles by columns (4 products each), a barrier, four tiles by rows (8 in
// each of four stages), a barrier, and four by columns again. Nothing is read
// from global memory in between but the copies of the next row.
// CHECK: llvm.func @conv_rows_0(
// CHECK-SAME: nvvm.reqntid = array<i32: 512>
// CHECK: nvvm.cp.async.wait.group 0
// CHECK: nvvm.barrier
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-COUNT-16: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: nvvm.barrier
// CHECK: nvvm.cp.async.shared.global
// CHECK-COUNT-128: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: nvvm.barrier
// CHECK-COUNT-16: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: llvm.cond_br

#real = #monarch.layout<block(j = 1), slot(n2 = 4), fragment(n0 = 16, n1 = 16, n3 = 16)>
#k0 = #monarch.layout<block(j = 1), slot(n2 = 4), fragment(k0 = 16, n1 = 16, n3 = 16)>
#k1 = #monarch.layout<block(j = 1), slot(n2 = 4), fragment(k0 = 16, k1 = 16, n3 = 16)>
#k2 = #monarch.layout<block(j = 1), slot(k2 = 4), fragment(k0 = 16, k1 = 16, n3 = 16)>
#k3 = #monarch.layout<block(j = 1), slot(k2 = 4), fragment(k0 = 16, k1 = 16, k3 = 16)>
#plan = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 4, 16], warps = 16>

func.func @block(%u: memref<?x3x16384xf16>, %s: memref<3x32768xf16>, %y: memref<?x3x16384xf16>) {
  monarch.rows ins(%u, %s : memref<?x3x16384xf16>, memref<3x32768xf16>)
      outs(%y : memref<?x3x16384xf16>) kind<causal> taps(16384) plan #plan {
    %0 = monarch.load : <#real, f16, real>
    %1 = monarch.forward %0 digit(0) : <#real, f16, real> -> <#k0, f16, complex>
    %2 = monarch.forward %1 digit(1) : <#k0, f16, complex> -> <#k1, f16, complex>
    %3 = monarch.forward %2 digit(2) : <#k1, f16, complex> -> <#k2, f16, complex>
    %4 = monarch.forward %3 digit(3) : <#k2, f16, complex> -> <#k3, f16, complex>
    %5 = monarch.product %4 : <#k3, f16, complex>
    %6 = monarch.inverse %5 digit(3) : <#k3, f16, complex> -> <#k2, f16, complex>
    %7 = monarch.inverse %6 digit(2) : <#k2, f16, complex> -> <#k1, f16, complex>
    %8 = monarch.inverse %7 digit(1) : <#k1, f16, complex> -> <#k0, f16, complex>
    %9 = monarch.inverse %8 digit(0) : <#k0, f16, complex> -> <#real, f16, complex>
    monarch.store %9 : <#real, f16, complex>
  }
  return
}

// -----

func.func @warps(%k: memref<4x8192xf32>, %s: memref<4x16384xf16>) {
  // expected-error @below {{wrong plan: a block has 16 warps with one row of the inner transform each, or 8 with two, not 12}}
  monarch.spectrum %k, %s kind<causal> length(8192) plan <algorithm = right_angle, arithmetic = f16, factors = [16, 16, 2, 16], warps = 12> : memref<4x8192xf32>, memref<4x16384xf16>
  return
}
