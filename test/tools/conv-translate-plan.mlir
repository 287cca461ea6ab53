// RUN: conv-translate --plan-to-dot %s | FileCheck %s --check-prefix=DOT
// RUN: conv-translate --plan-to-json %s | FileCheck %s --check-prefix=JSON
// RUN: conv-translate --plan-to-json %s | %python -c "import json, sys; [p['steps'] for p in json.load(sys.stdin)]"

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
