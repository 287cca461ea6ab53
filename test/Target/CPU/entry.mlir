// One entry per function with a signature: it unpacks the buffers and sizes,
// and returns the status of the context.

// RUN: conv-opt %s --conv-cpu-level-pipeline=level=baseline | FileCheck %s

// CHECK-LABEL: llvm.func internal @scale
// CHECK-LABEL: llvm.func @conv_kernel_scale(
// CHECK-SAME:    %[[HOST:.*]]: !llvm.ptr, %[[BUFFERS:.*]]: !llvm.ptr, %[[DIMS:.*]]: !llvm.ptr) -> i32
// CHECK:         %[[CONTEXT:.*]] = llvm.alloca
// CHECK:         llvm.store %[[HOST]]
// CHECK:         %[[STATUS:.*]] = llvm.getelementptr %[[CONTEXT]][0, 1]
// CHECK:         %[[D0:.*]] = llvm.load {{.*}} : !llvm.ptr -> i64
// CHECK:         %[[IN:.*]] = llvm.load {{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[OUT:.*]] = llvm.load {{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK:         llvm.call @scale(%[[CONTEXT]], %[[IN]], %[[IN]], {{.*}}, %[[D0]],
// CHECK:         %[[CODE:.*]] = llvm.load %[[STATUS]]
// CHECK:         llvm.return %[[CODE]] : i32
func.func @scale(%in: memref<?x8xf32>, %out: memref<?x8xf32>) attributes {
    conv.signature = [
      {name = "in", role = "input", dtype = "f32", shape = ["d0", 8]},
      {name = "out", role = "output", dtype = "f32", shape = ["d0", 8]}]} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %two = arith.constant dense<2.0> : vector<8xf32>
  %n = memref.dim %in, %c0 : memref<?x8xf32>
  scf.for %i = %c0 to %n step %c1 {
    %v = vector.load %in[%i, %c0] : memref<?x8xf32>, vector<8xf32>
    %w = arith.mulf %v, %two : vector<8xf32>
    vector.store %w, %out[%i, %c0] : memref<?x8xf32>, vector<8xf32>
  }
  return
}
