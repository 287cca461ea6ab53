// The stock mlir-opt loads our dialects and passes from the plugin.

// RUN: %llvm_tools/mlir-opt %s --load-dialect-plugin=%conv_obj/lib/conv-plugin.so --load-pass-plugin=%conv_obj/lib/conv-plugin.so --pass-pipeline='builtin.module(conv-plan)' | FileCheck %s
// RUN: %llvm_tools/mlir-opt %s --load-dialect-plugin=%conv_obj/lib/conv-plugin.so --load-pass-plugin=%conv_obj/lib/conv-plugin.so --pass-pipeline='builtin.module(conv-pipeline{target=cpu level=avx2})' | FileCheck %s --check-prefix=LLVM
// RUN: not %llvm_tools/mlir-opt %s 2>&1 | FileCheck %s --check-prefix=WITHOUT

// CHECK: conv.long_conv causal
// CHECK-SAME: plan = #conv.plan<
// LLVM: llvm.func @conv_kernel_conv
// WITHOUT: Dialect `conv' not found
func.func @conv(%u: tensor<2x3x512xf32>, %k: tensor<3x512xf32>) -> tensor<2x3x512xf32> {
  %init = tensor.empty() : tensor<2x3x512xf32>
  %y = conv.long_conv causal ins(%u, %k : tensor<2x3x512xf32>, tensor<3x512xf32>)
      outs(%init : tensor<2x3x512xf32>)
  return %y : tensor<2x3x512xf32>
}
