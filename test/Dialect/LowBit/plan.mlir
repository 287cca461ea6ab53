// RUN: conv-opt %s --lowbit-plan="tiles=true emit-remarks=true" --verify-diagnostics | FileCheck %s
// RUN: conv-opt %s --lowbit-plan="device=cpu-avx2" | FileCheck %s --check-prefix=AVX2
// RUN: not conv-opt %s --lowbit-plan="device=cpu-6502" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: lowbit-plan: device 'cpu-6502' is not known

// CHECK-LABEL: @adder
// AVX2-LABEL: @adder
func.func @adder(%a: tensor<?x128xf32>, %b: tensor<128x64xf32>, %c: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: #lowbit.lmul_plan<form = integer, rows = 6, columns = 64>
  // AVX2: #lowbit.lmul_plan<form = integer, rows = 6, columns = 16>
  // expected-remark @below {{integer, predicted 1.00 cycles for 16 products}}
  // expected-remark @below {{rejected matrix_unit: the adder's carry moves the exponent}}
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<?x128xf32>, tensor<128x64xf32>) outs(%c : tensor<?x64xf32>)
  return %d : tensor<?x64xf32>
}

// CHECK-LABEL: @equation
// AVX2-LABEL: @equation
func.func @equation(%a: tensor<?x128xbf16>, %b: tensor<128x64xbf16>, %c: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: #lowbit.lmul_plan<form = matrix_unit, rows = 32, columns = 32>
  // AVX2: #lowbit.lmul_plan<form = integer, rows = 4, columns = 16>
  // expected-remark @below {{matrix_unit, predicted 0.06 cycles for 16 products}}
  // expected-remark @below {{rejected integer: 2.50 cycles for 16 products, matrix_unit takes 0.06}}
  %d = lowbit.lmul_matmul equation ins(%a, %b : tensor<?x128xbf16>, tensor<128x64xbf16>) outs(%c : tensor<?x64xf32>)
  return %d : tensor<?x64xf32>
}

// CHECK-LABEL: @forced
func.func @forced(%a: tensor<?x128xbf16>, %b: tensor<128x64xbf16>, %c: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: #lowbit.lmul_plan<form = integer, rows = 2, columns = 64>
  // expected-remark @below {{integer as given, predicted 2.50 cycles for 16 products}}
  %d = lowbit.lmul_matmul equation ins(%a, %b : tensor<?x128xbf16>, tensor<128x64xbf16>) outs(%c : tensor<?x64xf32>)
      {plan = #lowbit.lmul_plan<form = integer, rows = 2>}
  return %d : tensor<?x64xf32>
}
