// RUN: conv-opt %s --convert-lowbit-integers-to-vector="dot=bytes vector-bits=512" | FileCheck %s --check-prefixes=CHECK,BYTES
// RUN: conv-opt %s --convert-lowbit-integers-to-vector="dot=bytes vector-bits=512 tiles=true" | FileCheck %s --check-prefixes=CHECK,TILES
// RUN: conv-opt %s --convert-lowbit-integers-to-vector="dot=pairs vector-bits=256" | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: conv-opt %s --convert-lowbit-integers-to-vector | FileCheck %s --check-prefixes=CHECK,PORTABLE
// RUN: not conv-opt %s --convert-lowbit-integers-to-vector="vector-bits=64" 2>&1 | FileCheck %s --check-prefix=WIDTH

// WIDTH: error: vector-bits is 64; use 128, 256 or 512

// One level's instructions, and no other's, in the product of many rows.

// CHECK-LABEL: func @many
// CHECK: %[[TILES:.*]] = memref.alloc({{.*}}) {{.*}} : memref<?x{{i8|i16}}>
// CHECK: monarch.parallel_call @lowbit_pack_rows
// CHECK: monarch.parallel_call @lowbit_ternary_matmul(%[[TILES]]
// CHECK: memref.dealloc %[[TILES]]
// CHECK: func private @lowbit_ternary_matmul
// CHECK-NOT: arith.mulf
// BYTES-NOT: amx
// BYTES: vpdpbusd
// TILES-NOT: vpdpbusd
// TILES: amx.tile_muli
// PAIRS: avx2.pmadd.wd
// PORTABLE-NOT: llvm.call_intrinsic
func.func @many(%x: memref<128x100xi8>, %w: memref<3x8x64xi8>, %y: memref<128x40xi32>) {
  lowbit.ternary_matmul ins(%x, %w : memref<128x100xi8>, memref<3x8x64xi8>)
      outs(%y : memref<128x40xi32>)
  return
}
