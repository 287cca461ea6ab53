// Compile, run and check against float64, at each level of this machine, on
// random data.

// RUN: conv-run %s --check --threads=2 | FileCheck %s
// RUN: conv-run %s --check --level=baseline --seed=7 | FileCheck %s --check-prefix=BASELINE
// RUN: conv-run %s --check --json --repeat=3 --dim=d0=3 | FileCheck %s --check-prefix=JSON

// CHECK: @conv for {{.*}}, 2 threads, seed {{[0-9]*[13579]$}}
// CHECK: plan
// CHECK: compiled {{.*}} ms (read {{.*}}, plan and bufferize {{.*}}, emit {{.*}}, load {{.*}})
// CHECK: ran {{.*}} ms, {{.*}} GB/s
// CHECK: checked z: relative L2 error {{[1-9].*}}e-0{{[78]}}, tolerance 1.1e-06

// BASELINE: @conv for baseline
// BASELINE-SAME: seed 7
// BASELINE: checked z

// JSON: "entry": "conv"
// JSON: "repeat": 3
// JSON: "bytes": 40968
// JSON: "outputs": [
// JSON: "name": "z"
// JSON: "ok": true
// JSON: "ok": true
func.func @conv(%u: tensor<?x2x512xf32>, %k: tensor<2x512xf32>,
                %g: tensor<?x2x512xf32>, %d: tensor<2xf32>) -> tensor<?x2x512xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x512xf32>
  %init = tensor.empty(%b) : tensor<?x2x512xf32>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x2x512xf32>, tensor<2x512xf32>)
      pregate(%g : tensor<?x2x512xf32>) skip(%d : tensor<2xf32>)
      outs(%init : tensor<?x2x512xf32>)
  %z = arith.addf %y, %u : tensor<?x2x512xf32>
  return %z : tensor<?x2x512xf32>
}
