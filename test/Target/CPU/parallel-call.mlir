// A parallel call captures its values, and the function that unpacks them calls
// the body; the pool's code is returned.

// RUN: conv-opt %s --conv-cpu-level-pipeline=level=avx2 | FileCheck %s

// CHECK-LABEL: llvm.func internal @rows(
// CHECK-SAME:    %[[CONTEXT:[^:]*]]: !llvm.ptr
// CHECK:         %[[CAPTURE:.*]] = llvm.alloca {{.*}} x !llvm.struct<(ptr, ptr, ptr, i64, i64, i64, i64, i64, i64)>
// CHECK:         llvm.store %[[CONTEXT]], {{.*}} : !llvm.ptr, !llvm.ptr
// CHECK:         %[[BODY:.*]] = llvm.mlir.addressof @body_thunk
// CHECK:         %[[HOST:.*]] = llvm.load
// CHECK:         %[[MEMBER:.*]] = llvm.getelementptr %[[HOST]][0, 3]
// CHECK:         %[[FOR:.*]] = llvm.load %[[MEMBER]]
// CHECK:         %[[CODE:.*]] = llvm.call %[[FOR]](%[[HOST]], %[[BODY]], %[[CAPTURE]], {{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> i32
// CHECK:         %[[FAILED:.*]] = llvm.icmp "ne" %[[CODE]]
// CHECK:         llvm.cond_br %[[FAILED]]
func.func @rows(%x: memref<16x8xf32>) attributes {
    conv.signature = [{name = "x", role = "output", dtype = "f32", shape = [16, 8]}]} {
  %c16 = arith.constant 16 : index
  %bytes = arith.constant 4096 : index
  monarch.parallel_call @body(%x) extent(%c16) workspace(%bytes) : memref<16x8xf32>
  return
}

// The mark of an argument goes to its aligned pointer.
// CHECK-LABEL: llvm.func internal @body(
// CHECK-SAME:    !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr {llvm.noalias}, %{{[^:]*}}: i64
func.func private @body(%x: memref<16x8xf32> {llvm.noalias}, %begin: index, %end: index,
                        %workspace: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant dense<1.0> : vector<8xf32>
  scf.for %i = %begin to %end step %c1 {
    vector.store %one, %x[%i, %c0] {alignment = 32, nontemporal = true}
      : memref<16x8xf32>, vector<8xf32>
  }
  return
}
// The marks of the store survive.
// CHECK:         llvm.store {{.*}} {alignment = 32 : i64, nontemporal} : vector<8xf32>

// CHECK-LABEL: llvm.func internal @body_thunk(
// CHECK-SAME:    %[[FRAME:[^:]*]]: !llvm.ptr, %[[BEGIN:[^:]*]]: i64, %[[END:[^:]*]]: i64, %[[MEMORY:[^:]*]]: !llvm.ptr)
// CHECK:         %[[FIELD:.*]] = llvm.getelementptr %[[FRAME]][0, 8]
// CHECK:         %[[SIZE:.*]] = llvm.load %[[FIELD]] : !llvm.ptr -> i64
// CHECK:         llvm.call @body({{.*}}, %[[BEGIN]], %[[END]], %[[MEMORY]], %[[MEMORY]], %{{[^,]*}}, %[[SIZE]], %{{[^,]*}})
