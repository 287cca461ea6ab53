// On a CPU with AMX the tiles run: the error is that of bf16, for each kind.

// REQUIRES: amx
// RUN: conv-run %s --entry=causal --check --dim=d0=33 | FileCheck %s
// RUN: conv-run %s --entry=circular --check --dim=d0=16 | FileCheck %s
// RUN: conv-run %s --entry=bidirectional --check --dim=d0=1 | FileCheck %s

// CHECK: for avx512fp16
// CHECK: checked {{.*}}: relative L2 error 0.00{{[1-5][0-9]*}}, tolerance 0.0{{[12]}}

#plan = #conv.plan<algorithm = toeplitz, arithmetic = bf16>

func.func @causal(%u: tensor<?x3x1100xf32>, %k: tensor<3x700xf32>) -> tensor<?x3x1100xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x3x1100xf32>
  %init = tensor.empty(%b) : tensor<?x3x1100xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<?x3x1100xf32>, tensor<3x700xf32>)
      outs(%init : tensor<?x3x1100xf32>) {plan = #plan}
  return %y : tensor<?x3x1100xf32>
}

func.func @circular(%u: tensor<?x2x90xf32>, %k: tensor<2x90xf32>) -> tensor<?x2x90xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x90xf32>
  %init = tensor.empty(%b) : tensor<?x2x90xf32>
  %y = conv.long_conv circular ins(%u, %k : tensor<?x2x90xf32>, tensor<2x90xf32>)
      outs(%init : tensor<?x2x90xf32>) {plan = #plan}
  return %y : tensor<?x2x90xf32>
}

func.func @bidirectional(%u: tensor<?x2x300xf32>, %k: tensor<1x599xf32>) -> tensor<?x2x300xf32> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %u, %c0 : tensor<?x2x300xf32>
  %init = tensor.empty(%b) : tensor<?x2x300xf32>
  %y = conv.long_conv bidirectional ins(%u, %k : tensor<?x2x300xf32>, tensor<1x599xf32>)
      outs(%init : tensor<?x2x300xf32>) {plan = #plan}
  return %y : tensor<?x2x300xf32>
}
