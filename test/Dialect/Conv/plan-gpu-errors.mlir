// RUN: conv-opt %s --conv-plan="device=sm_86 arithmetic=f16" -split-input-file -verify-diagnostics
// RUN: not conv-opt %s --conv-plan="device=sm_86" -split-input-file 2>&1 | FileCheck %s --check-prefix=F32
// RUN: not conv-opt %s --conv-plan="device=sm_86 accumulate=bf16" -split-input-file 2>&1 | FileCheck %s --check-prefix=ACCUMULATE
// RUN: not conv-opt %s --conv-plan -split-input-file 2>&1 | FileCheck %s --check-prefix=CPU

// F32: has no plan: tensor-core plans compute in f16, not in f32; use arithmetic = f16
// ACCUMULATE: conv-plan: accumulate 'bf16' is not one of f32, f16
// CPU: has a plan for another device: warp 16.16.16, 8 warps, 2 buffers is a plan for tensor cores, which cpu-avx512 has none of; leave out warps

#large = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 16], warps = 8>
func.func @too_large(%u: tensor<2x4x4096xf16>, %k: tensor<4x4096xf32>) {
  // expected-error @below {{has a plan for another device: warp 16.16.16, 8 warps, 2 buffers needs 182272 bytes of shared memory, but a thread block on gpu-sm_86 has at most 101376; use fewer warps, one buffer or a smaller transform}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x4096xf16>, tensor<4x4096xf32>)
      outs(%u : tensor<2x4x4096xf16>) {plan = #large}
  return
}

// -----

#cpu = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
func.func @of_a_cpu(%u: tensor<2x4x256xf16>, %k: tensor<4x256xf32>) {
  // expected-error @below {{has a plan for another device: right_angle, 1 block of 256 is a plan for CPUs, but gpu-sm_86 is a GPU; use a plan with warps}}
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x256xf16>, tensor<4x256xf32>)
      outs(%u : tensor<2x4x256xf16>) {plan = #cpu}
  return
}

// -----

func.func @unplanned(%u: tensor<2x4x256xf16>, %k: tensor<4x256xf32>) {
  %y = conv.long_conv causal ins(%u, %k : tensor<2x4x256xf16>, tensor<4x256xf32>)
      outs(%u : tensor<2x4x256xf16>)
  return
}
