// RUN: conv-opt %s --split-input-file --verify-diagnostics

#plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
#other = #conv.plan<algorithm = right_angle, factors = [2, 4, 4, 4, 4]>

func.func @problem(%u: tensor<2x4x64xf32>, %s: tensor<4x?xf32, #conv.spectrum<kind = circular, length = 128, taps = 64>>) {
  // expected-error @below {{spectrum was prepared for kind circular, length 128, but the operation has kind causal, length 64; prepare one for this operation}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x?xf32, #conv.spectrum<kind = circular, length = 128, taps = 64>>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

#plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
#other = #conv.plan<algorithm = right_angle, factors = [2, 4, 4, 4, 4]>
#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64, plan = #other>

func.func @plan(%u: tensor<2x4x64xf32>, %s: tensor<4x1024xf32, #spectrum>) {
  // expected-error-re @below {{spectrum was prepared for plan #conv.plan<{{.*}}factors = [2, 4, 4, 4, 4]>, but the operation has plan #conv.plan<{{.*}}factors = [4, 4, 4, 4]>; give both the same plan}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x1024xf32, #spectrum>) outs(%u : tensor<2x4x64xf32>) {plan = #plan}
  return
}

// -----

#plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64>

func.func @unplanned(%u: tensor<2x4x64xf32>, %s: tensor<4x?xf32, #spectrum>) {
  // expected-error-re @below {{spectrum was prepared for no plan, but the operation has plan {{.*}}; put the same plan on conv.filter_spectrum}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x?xf32, #spectrum>) outs(%u : tensor<2x4x64xf32>) {plan = #plan}
  return
}

// -----

#plan = #conv.plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64, plan = #plan>

func.func @size(%u: tensor<2x4x64xf32>, %s: tensor<4x100xf32, #spectrum>) {
  // expected-error-re @below {{spectrum has rows of 100 scalars, but those of plan {{.*}} have 512}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x100xf32, #spectrum>) outs(%u : tensor<2x4x64xf32>) {plan = #plan}
  return
}

// -----

#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 64>

func.func @attribute_on_tensors(%u: tensor<2x4x64xf32>, %s: tensor<4x512xf32>) {
  // expected-error @below {{has the attribute 'spectrum', which is for buffers; on tensors the filter's type says it}}
  %y = conv.long_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x512xf32>) outs(%u : tensor<2x4x64xf32>) {spectrum = #spectrum}
  return
}

// -----

#spectrum = #conv.spectrum<kind = causal, length = 64, taps = 3>

func.func @short_conv(%u: tensor<2x4x64xf32>, %s: tensor<4x3xf32, #spectrum>) {
  // expected-error @below {{filter is a prepared spectrum, but short_conv takes taps}}
  %y = conv.short_conv causal ins(%u, %s : tensor<2x4x64xf32>, tensor<4x3xf32, #spectrum>) outs(%u : tensor<2x4x64xf32>)
  return
}

// -----

func.func @taps(%k: tensor<4x65xf32>) {
  // expected-error @below {{filter has 65 taps, but a causal filter of rows of 64 samples has at most 64}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x65xf32>) {length = 64}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 65>>
  return
}

// -----

func.func @length(%k: tensor<4x65xf32>) {
  // expected-error @below {{length 0 is outside 1..16777216}}
  "conv.filter_spectrum"(%k) <{kind = #conv.kind<causal>, length = 0 : i64}> : (tensor<4x65xf32>) -> tensor<4x65xf32>
  return
}

// -----

func.func @result(%k: tensor<4x64xf32>) {
  // expected-error @below {{result is 'tensor<4x512xf32>', but the spectrum of this filter and plan is 'tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>'}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32>) {length = 64} -> tensor<4x512xf32>
  return
}

// -----

func.func @again(%k: tensor<4x64xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>) {
  // expected-error @below {{filter is already a prepared spectrum}}
  %s = conv.filter_spectrum causal ins(%k : tensor<4x64xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>) {length = 64}
    -> tensor<4x?xf32, #conv.spectrum<kind = causal, length = 64, taps = 64>>
  return
}
