// RUN: conv-opt %s --lowbit-expand-lmul | FileCheck %s

// One addition of biased bits: the signs add too.
// CHECK-LABEL: @assumed
// CHECK-SAME: (%[[X:.*]]: vector<16xf32>, %[[Y:.*]]: vector<16xf32>)
// CHECK-DAG: %[[A:.*]] = arith.bitcast %[[X]]
// CHECK-DAG: %[[B:.*]] = arith.bitcast %[[Y]]
// CHECK: %[[OFFSET:.*]] = arith.constant dense<-1064828928> : vector<16xi32>
// CHECK: %[[BIASED:.*]] = arith.addi %[[A]], %[[OFFSET]]
// CHECK: %[[SUM:.*]] = arith.addi %[[BIASED]], %[[B]]
// CHECK: %[[Z:.*]] = arith.bitcast %[[SUM]]
// CHECK: return %[[Z]]
func.func @assumed(%x: vector<16xf32>, %y: vector<16xf32>) -> vector<16xf32> {
  %z = lowbit.lmul adder %x, %y {range = #lowbit.range<assumed>} : vector<16xf32>
  return %z : vector<16xf32>
}

// No multiplication, no float arithmetic, in any form.
// CHECK-LABEL: @checked
// CHECK-NOT: arith.{{(add|sub|mul|cmp|ext|trunc)f}}
// CHECK-NOT: arith.muli
// CHECK: return
func.func @checked(%x: bf16, %y: bf16) -> (bf16, bf16) {
  %z = lowbit.lmul adder %x, %y : bf16
  %w = lowbit.lmul equation %x, %y {mantissa_bits = 3} : bf16
  return %z, %w : bf16, bf16
}

// The sum of two numbers' exponents, and the carry of the mantissas halved.
// CHECK-LABEL: @equation
// CHECK: arith.constant {{.*}} : i8
// CHECK: arith.select
// CHECK: arith.subi %{{.*}}, %{{.*}} : i8
func.func @equation(%x: f8E4M3FN, %y: f8E4M3FN) -> f8E4M3FN {
  %z = lowbit.lmul equation %x, %y {range = #lowbit.range<assumed>} : f8E4M3FN
  return %z : f8E4M3FN
}
