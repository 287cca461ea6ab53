// A result that is not what float64 says fails the check; NaN is never right.

// RUN: not conv-run %s --check | FileCheck %s
// RUN: not conv-run %s --check --json | FileCheck %s --check-prefix=JSON

// CHECK: WRONG y: relative L2 error {{nan|inf}}
// JSON: "relative_l2": null
// JSON: "ok": false
func.func @nan(%u: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %y = arith.divf %zero, %zero : tensor<4xf32>
  return %y : tensor<4xf32>
}
