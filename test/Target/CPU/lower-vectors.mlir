// RUN: conv-opt %s --conv-cpu-lower-vectors | FileCheck %s

// A copy between strided memrefs becomes loops, one between dense ones stays.

// CHECK-LABEL: func.func @copies
// CHECK:         memref.copy %{{.*}}, %{{.*}} : memref<4x8xf32> to memref<4x8xf32>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-NOT:     memref.copy
// CHECK:         return
func.func @copies(%a: memref<4x8xf32>, %b: memref<4x8xf32>,
                  %c: memref<4x8xf32, strided<[16, 1]>>) {
  memref.copy %a, %b : memref<4x8xf32> to memref<4x8xf32>
  memref.copy %a, %c : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
  return
}

// A 16x16 transpose becomes shuffles of one-dimensional vectors.

// CHECK-LABEL: func.func @transpose
// CHECK-NOT:     vector.transpose
// CHECK-COUNT-64: vector.shuffle
func.func @transpose(%x: vector<16x16xf32>) -> vector<16x16xf32> {
  %0 = vector.transpose %x, [1, 0] : vector<16x16xf32> to vector<16x16xf32>
  return %0 : vector<16x16xf32>
}

// Pointwise linalg ops become loops.

// CHECK-LABEL: func.func @pointwise
// CHECK:         scf.for
// CHECK:           arith.mulf
// CHECK-NOT:     linalg
func.func @pointwise(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.mulf %a, %a : f32
    linalg.yield %0 : f32
  }
  return
}
