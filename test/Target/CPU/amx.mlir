// Tile operations lower to AMX intrinsics, and the package says that it needs
// them.

// RUN: conv-opt %s --conv-cpu-level-pipeline=level=avx512fp16 | FileCheck %s
// CHECK: llvm.call_intrinsic "llvm.x86.tdpbf16ps.internal"
func.func @product(%a: memref<16x32xbf16>, %b: memref<16x32xbf16>, %c: memref<16x16xf32>)
    attributes {conv.signature = [
      {name = "a", role = "input", dtype = "bf16", shape = [16, 32]},
      {name = "b", role = "input", dtype = "bf16", shape = [16, 32]},
      {name = "c", role = "output", dtype = "f32", shape = [16, 16]}]} {
  %c0 = arith.constant 0 : index
  %0 = amx.tile_load %a[%c0, %c0] : memref<16x32xbf16> into !amx.tile<16x32xbf16>
  %1 = amx.tile_load %b[%c0, %c0] : memref<16x32xbf16> into !amx.tile<16x32xbf16>
  %2 = amx.tile_load %c[%c0, %c0] : memref<16x16xf32> into !amx.tile<16x16xf32>
  %3 = amx.tile_mulf %0, %1, %2
    : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
  amx.tile_store %c[%c0, %c0], %3 : memref<16x16xf32>, !amx.tile<16x16xf32>
  return
}
