// RUN: conv-opt %s | FileCheck %s
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s

// CHECK-LABEL: @shapes
func.func @shapes(%a: f32, %b: vector<16xbf16>, %c: tensor<?x3xf8E5M2>) {
  // CHECK: lowbit.lmul adder %{{.*}}, %{{.*}} : f32
  %x = lowbit.lmul adder %a, %a : f32
  // CHECK: lowbit.lmul equation %{{.*}}, %{{.*}} {mantissa_bits = 3 : i64} : vector<16xbf16>
  %y = lowbit.lmul equation %b, %b {mantissa_bits = 3} : vector<16xbf16>
  // CHECK: lowbit.lmul adder %{{.*}}, %{{.*}} {range = #lowbit.range<assumed>} : tensor<?x3xf8E5M2>
  %z = lowbit.lmul adder %c, %c {range = #lowbit.range<assumed>} : tensor<?x3xf8E5M2>
  return
}
