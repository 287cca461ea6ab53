// A GPU's kernel, compiled to PTX and run by the emulator.

// RUN: conv-run %s --target=emulate --check --seed=7 --dim=d0=3 | FileCheck %s
// CHECK: @conv for sm_90a, emulated sm_90a, seed 7
// CHECK: plan #conv.plan<
// CHECK: compiled {{[0-9]+}} ms (read {{[0-9]+}}, compile {{[0-9]+}}, load {{[0-9]+}})
// CHECK: emulated {{[0-9.]+}} ms
// CHECK-NOT: GB/s
// CHECK: checked y: relative L2 error {{.*}}, tolerance

// RUN: conv-run %s --target=emulate --check --repeat=3 --json | FileCheck %s --check-prefix=JSON
// JSON: "machine": "emulated sm_90a"
// JSON: "emulated": true
// JSON: "threads": 0
// JSON: "repeat": 3
// JSON: "ok": true

func.func @conv(%u: tensor<?x2x512xf16> {conv.name = "u"},
                %k: tensor<2x512xf32> {conv.name = "k"})
    -> (tensor<?x2x512xf16> {conv.name = "y"}) {
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %u, %c0 : tensor<?x2x512xf16>
  %init = tensor.empty(%batch) : tensor<?x2x512xf16>
  %y = conv.long_conv causal
      ins(%u, %k : tensor<?x2x512xf16>, tensor<2x512xf32>)
      outs(%init : tensor<?x2x512xf16>)
  return %y : tensor<?x2x512xf16>
}
