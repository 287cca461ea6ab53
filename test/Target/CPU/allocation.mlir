// Temporaries come from the host; a failure gives back what the function holds,
// leaves its code in the context, and ends the callers too.

// RUN: conv-opt %s --conv-cpu-level-pipeline=level=baseline | FileCheck %s

// CHECK-NOT:     malloc
// CHECK-LABEL: llvm.func internal @caller(
// CHECK:         llvm.call @temporary
// CHECK:         %[[CODE:.*]] = llvm.load {{.*}} -> i32
// CHECK:         llvm.icmp "ne" %[[CODE]]
// CHECK:         llvm.cond_br
func.func @caller(%x: memref<?xf32>) attributes {
    conv.signature = [{name = "x", role = "output", dtype = "f32", shape = ["d0"]}]} {
  call @temporary(%x) : (memref<?xf32>) -> ()
  return
}

// CHECK-LABEL: llvm.func internal @temporary(
// CHECK:         %[[BYTES:.*]] = llvm.intr.umax
// CHECK:         %[[MEMBER:.*]] = llvm.getelementptr {{.*}}[0, 4]
// CHECK:         %[[ALLOCATE:.*]] = llvm.load %[[MEMBER]]
// CHECK:         %[[MEMORY:.*]] = llvm.call %[[ALLOCATE]]({{.*}}, %[[BYTES]]) : !llvm.ptr, (!llvm.ptr, i64) -> !llvm.ptr
// CHECK:         %[[IS_NULL:.*]] = llvm.icmp "eq" %[[MEMORY]]
// CHECK:         llvm.cond_br %[[IS_NULL]], ^[[EXIT:.*]], ^[[REST:.*]]
// CHECK:       ^[[EXIT]]:
// CHECK:         llvm.store {{.*}} : i32, !llvm.ptr
// CHECK:         llvm.call %{{.*}} : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> ()
// CHECK:         llvm.return
// CHECK:       ^[[REST]]:
// CHECK:         %[[MEMBER:.*]] = llvm.getelementptr {{.*}}[0, 5]
// CHECK:         %[[RELEASE:.*]] = llvm.load %[[MEMBER]]
// CHECK:         llvm.call %[[RELEASE]]({{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> ()
func.func private @temporary(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %t = memref.alloc(%n) {alignment = 64} : memref<?xf32>
  memref.copy %x, %t : memref<?xf32> to memref<?xf32>
  memref.copy %t, %x : memref<?xf32> to memref<?xf32>
  memref.dealloc %t : memref<?xf32>
  return
}
