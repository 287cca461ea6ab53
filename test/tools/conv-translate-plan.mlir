// RUN: conv-translate --plan-to-dot %s | FileCheck %s --check-prefix=DOT
// RUN: conv-translate --plan-to-json %s | FileCheck %s --check-prefix=JSON
// RUN: conv-translate --plan-to-json %s | %python -c "import json, sys; [p['steps'] for p in json.load(sys.stdin)]"

// RUN: conv-translate --plan-to-json --plan-device=sm_90a %S/Inputs/plan-gpu.mlir | FileCheck %s --check-prefix=GPU
// RUN: conv-translate --plan-to-json --plan-device=sm_90a %S/Inputs/plan-gpu.mlir | %python -c "import json, sys; c = json.load(sys.stdin)[0]['cost']; assert 1 < c['nanoseconds'] / c['floor_nanoseconds'] < 1.25"

// GPU: "choice": {"algorithm": "right_angle", "arithmetic": "f16", "blocks": 1, "factors": [16, 8, 16], "family": "warp", "warps": 8, "buffers": 2, "accumulate": "f32"}
// GPU: {"step": "load", "layout": "fragment n0, slot n1, fragment n2"}
// GPU: {"step": "forward digit 0", "layout": "fragment k0, slot n1, fragment n2"}
// GPU: "spectrum_size": 4096
// GPU: "cost": {"device": "gpu-sm_90a", "nanoseconds": {{.*}}, "floor_nanoseconds": 2.73067, "mma": 192, "half2": 832, "conversions": 224, "matrix_moves": 80, "instructions": {{.*}}, "shared_wavefronts": {{.*}}, "l2_bytes": {{.*}}}

// DOT: digraph plan {
// DOT: label="causal, 512 samples, 512 taps: right_angle, 1 blocks of 512, factors [2, 4, 4, 4, 4]"
// DOT: s0 [label="load"];
// DOT-NEXT: s0 -> s1 [label="column n0, slot n1 n2, lane n3 n4"];
// DOT-NEXT: s1 [label="forward digit 0\nradix 2"];
// DOT: [label="product\ndistances 0..0"];
// DOT: [label="store"];
// DOT: digraph plan {
// DOT: sum over 33 taps

// JSON: "choice": {"algorithm": "right_angle", "arithmetic": "f32", "blocks": 1, "factors": [2, 4, 4, 4, 4]}
// JSON: {"step": "exchange slot 2, lane 4", "layout": "column k0, slot k1 n4, lane n3 k2"}
// JSON: "cost": {"device": "cpu-avx512", "nanoseconds": {{.*}}, "flops": {{.*}}, "bytes": {{.*}}, "scratch_bytes": 4096}
// JSON: "choice": {"algorithm": "direct"
func.func @f(%u: tensor<1x4x512xf32>, %k: tensor<4x512xf32>, %v: tensor<1x4x64xf32>,
             %l: tensor<4x33xf32>) -> (tensor<1x4x512xf32>, tensor<1x4x64xf32>) {
  %y = conv.long_conv causal ins(%u, %k : tensor<1x4x512xf32>, tensor<4x512xf32>)
      outs(%u : tensor<1x4x512xf32>)
      {plan = #conv.plan<algorithm = right_angle, factors = [2, 4, 4, 4, 4]>}
  %z = conv.long_conv causal ins(%v, %l : tensor<1x4x64xf32>, tensor<4x33xf32>)
      outs(%v : tensor<1x4x64xf32>)
  return %y, %z : tensor<1x4x512xf32>, tensor<1x4x64xf32>
}
