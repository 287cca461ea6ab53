// RUN: conv-opt %s --conv-plan="emit-remarks" -verify-diagnostics
// RUN: conv-opt %s --conv-plan -o %t.mlir --remark-policy=all --remark-format=emitRemark --remarks-filter=conv-plan 2>&1 | FileCheck %s

// CHECK-DAG: remark: [Passed] Plan | Category:conv-plan | Function=long | Remark="right_angle, 3 blocks of 256", bytes={{.*}}, flops={{.*}}, ns_per_element=1.{{.*}}, scratch_bytes=6.144000e+03
// CHECK-DAG: remark: [Missed] direct | Category:conv-plan | Function=long | Reason="predicted 23.3 ns an element, right_angle, 3 blocks of 256 takes 1.{{.*}}", Remark="rejected direct"
func.func @long(%u: tensor<?x8x768xf32>, %k: tensor<8x768xf32>) -> tensor<?x8x768xf32> {
  // expected-remark-re @+4 {{right_angle, 3 blocks of 256, predicted 1.{{[0-9]+}} ns an element}}
  // expected-remark-re @+3 {{rejected right_angle, 2 blocks of 512: predicted {{.*}} ns an element, right_angle, 3 blocks of 256 takes 1.}}
  // expected-remark-re @+2 {{rejected right_angle, 1 block of 1024: predicted}}
  // expected-remark @+1 {{rejected direct: predicted 23.3 ns an element, right_angle, 3 blocks of 256 takes 1.}}
  %y = conv.long_conv causal ins(%u, %k : tensor<?x8x768xf32>, tensor<8x768xf32>)
      outs(%u : tensor<?x8x768xf32>)
  return %y : tensor<?x8x768xf32>
}

#s = #conv.spectrum<kind = causal, length = 256, taps = 4>
func.func @spectrum(%k: tensor<4x4xf32>) -> tensor<4x?xf32, #s> {
  // expected-remark @+2 {{right_angle, 1 block of 256, predicted}}
  // expected-remark @+1 {{rejected direct: the filter is a prepared spectrum, and a direct sum needs the taps}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x4xf32>) {length = 256} -> tensor<4x?xf32, #s>
  return %s : tensor<4x?xf32, #s>
}

func.func @given(%u: tensor<1x1x256xf32>, %k: tensor<1x256xf32>) -> tensor<1x1x256xf32> {
  // expected-remark @+1 {{direct as given, predicted 7.97 ns an element}}
  %y = conv.long_conv causal ins(%u, %k : tensor<1x1x256xf32>, tensor<1x256xf32>)
      outs(%u : tensor<1x1x256xf32>) {plan = #conv.plan<algorithm = direct>}
  return %y : tensor<1x1x256xf32>
}

func.func @dft(%x: tensor<4x34xcomplex<f32>>) -> tensor<4x34xcomplex<f32>> {
  // expected-remark-re @+3 {{{{(bluestein|direct)}}, {{[0-9]+}} operations a row}}
  // expected-remark-re @+2 {{rejected {{(bluestein|direct)}}: takes}}
  // expected-remark @+1 {{rejected mixed_radix: length 34 has the factor 17 without a prime up to 13}}
  %y = conv.dft ins(%x : tensor<4x34xcomplex<f32>>) outs(%x : tensor<4x34xcomplex<f32>>)
  return %y : tensor<4x34xcomplex<f32>>
}
