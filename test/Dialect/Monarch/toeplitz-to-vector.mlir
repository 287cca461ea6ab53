// RUN: conv-opt %s --convert-monarch-to-vector="tiles=true" --canonicalize --cse | FileCheck %s
// RUN: conv-opt %s --convert-monarch-to-vector | FileCheck %s --check-prefix=PLAIN

// An item is 16 rows of one channel.
// CHECK-LABEL: func.func @causal
// CHECK: %[[BATCH:.*]] = memref.dim
// CHECK: %[[PADDED:.*]] = arith.addi %[[BATCH]], %c15
// CHECK: %[[TILES:.*]] = arith.divui %[[PADDED]], %c16
// CHECK: %[[ITEMS:.*]] = arith.muli %[[TILES]], %c8
// CHECK: monarch.parallel_call @conv_toeplitz({{.*}}) extent(%[[ITEMS]])
// Without tiles, a sum over taps.
// PLAIN: monarch.parallel_call @conv_direct
// PLAIN-NOT: amx.
func.func @causal(%u: memref<?x8x256xf32>, %k: memref<8x256xf32>, %y: memref<?x8x256xf32>) {
  monarch.direct ins(%u, %k : memref<?x8x256xf32>, memref<8x256xf32>) outs(%y : memref<?x8x256xf32>)
    kind<causal> plan<algorithm = toeplitz, arithmetic = bf16>
  return
}

// CHECK: func.func private @conv_toeplitz
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c1 iter_args(%[[MADE:.*]] = %c-1)
// Lines of pairs are made when the filter changes: tap x beside tap x - 1.
// CHECK: %[[NEW:.*]] = arith.cmpi ne, %{{.*}}, %[[MADE]]
// CHECK: scf.if %[[NEW]]
// CHECK: vector.interleave %{{.*}}, %{{.*}} : vector<16xbf16> -> vector<32xbf16>
// Rows are rounded to bf16.
// CHECK: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
// Four sums begin with zeros that are loaded, each with its own.
// CHECK-COUNT-4: amx.tile_load {{.*}} into !amx.tile<16x16xf32>
// CHECK-NOT: amx.tile_zero
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (!amx.tile<16x16xf32>, !amx.tile<16x16xf32>, !amx.tile<16x16xf32>, !amx.tile<16x16xf32>)
// CHECK: %[[ROWS:.*]] = amx.tile_load {{.*}} into !amx.tile<16x32xbf16>
// CHECK: %[[TAPS:.*]] = amx.tile_load {{.*}} into !amx.tile<16x32xbf16>
// CHECK: amx.tile_mulf %[[ROWS]], %[[TAPS]]
// CHECK-COUNT-3: amx.tile_mulf %[[ROWS]]
// CHECK-COUNT-4: amx.tile_store
