// A kernel calls nothing that a loader is not sure to have.

// RUN: not conv-translate --mlir-to-package %s --levels=neon 2>&1 | FileCheck %s
// CHECK: error: the code calls "tanf", but a kernel may call only memcpy, memmove and memset
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = math.tan %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
