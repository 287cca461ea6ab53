// RUN: conv-opt %s --convert-conv-to-monarch | FileCheck %s

#ra = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>
#columns = #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 3, factors = [2, 4, 4, 4, 4]>
#direct = #conv.plan<algorithm = direct>
#mixed = #conv.plan<algorithm = mixed_radix, factors = [3, 32]>

// CHECK-DAG: #[[N:.*]] = #monarch.layout<block(j = 16), slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
// CHECK-DAG: #[[K:.*]] = #monarch.layout<block(j = 16), slot(k2 = 4, k3 = 4), lane(k0 = 4, k1 = 4)>
// CHECK-DAG: #[[C:.*]] = #monarch.layout<block(j = 3), column(n0 = 2), slot(n1 = 4, n2 = 4), lane(n3 = 4, n4 = 4)>

// CHECK-LABEL: func @rows
// CHECK: monarch.rows ins(%arg0, %arg1 : memref<8x6x4096xf32>, memref<2x8192xf32>)
// CHECK-SAME: pregate(%arg2 : memref<8x6x4096xf32>) skip(%arg3 : memref<6xf32>)
// CHECK-SAME: outs(%arg4 : memref<8x6x4096xf32>) kind<causal> taps(4096) plan<algorithm = right_angle
// CHECK-NEXT: %[[V0:.*]] = monarch.load : <#[[N]], f32, real>
// CHECK-NEXT: %[[V1:.*]] = monarch.forward %[[V0]] digit(0) : <#[[N]], f32, real> ->
// CHECK-NEXT: %[[V2:.*]] = monarch.forward %[[V1]] digit(1)
// CHECK-NEXT: %[[V3:.*]] = monarch.exchange %[[V2]] slot(1) lane(3)
// CHECK-NEXT: %[[V4:.*]] = monarch.exchange %[[V3]] slot(0) lane(2)
// CHECK-NEXT: %[[V5:.*]] = monarch.forward %[[V4]] digit(2)
// CHECK-NEXT: %[[V6:.*]] = monarch.forward %[[V5]] digit(3)
// CHECK-NEXT: %[[V7:.*]] = monarch.product %[[V6]] : <#[[K]], f32, complex>
// CHECK-NEXT: %[[V8:.*]] = monarch.inverse %[[V7]] digit(3)
// CHECK-NEXT: %[[V9:.*]] = monarch.inverse %[[V8]] digit(2)
// CHECK-NEXT: %[[V10:.*]] = monarch.exchange %[[V9]] slot(2) lane(0)
// CHECK-NEXT: %[[V11:.*]] = monarch.exchange %[[V10]] slot(3) lane(1)
// CHECK-NEXT: %[[V12:.*]] = monarch.inverse %[[V11]] digit(1)
// CHECK-NEXT: %[[V13:.*]] = monarch.inverse %[[V12]] digit(0)
// CHECK-NEXT: monarch.store %[[V13]] : <#[[N]], f32, complex>
func.func @rows(%u: memref<8x6x4096xf32>, %s: memref<2x8192xf32>,
                %g: memref<8x6x4096xf32>, %d: memref<6xf32>,
                %y: memref<8x6x4096xf32>) {
  conv.long_conv causal ins(%u, %s : memref<8x6x4096xf32>, memref<2x8192xf32>)
      pregate(%g : memref<8x6x4096xf32>) skip(%d : memref<6xf32>)
      outs(%y : memref<8x6x4096xf32>)
      {spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096, plan = #ra>, plan = #ra}
  return
}

// Column digits are contracted before the leaf and restored after a twiddle;
// tiles have the plan's arithmetic whatever the rows hold.
// CHECK-LABEL: func @columns
// CHECK: monarch.load : <#[[C]], f16, real>
// CHECK-NEXT: monarch.forward %{{.*}} digit(0)
// CHECK-NEXT: monarch.forward %{{.*}} digit(1)
// CHECK: monarch.inverse %{{.*}} digit(1)
// CHECK-NEXT: monarch.twiddle
// CHECK-NEXT: monarch.inverse %{{.*}} digit(0)
// CHECK-NEXT: monarch.store
func.func @columns(%u: memref<?x2x1200xbf16>, %s: memref<2x3072xf32>,
                   %y: memref<?x2x1200xbf16>) {
  conv.long_conv causal ins(%u, %s : memref<?x2x1200xbf16>, memref<2x3072xf32>)
      outs(%y : memref<?x2x1200xbf16>)
      {spectrum = #conv.spectrum<kind = causal, length = 1200, taps = 1200, plan = #columns>, plan = #columns}
  return
}

// CHECK-LABEL: func @spectrum
// CHECK: monarch.spectrum %arg0, %arg1 kind<causal> length(4096) plan<algorithm = right_angle
func.func @spectrum(%k: memref<2x4096xf32>, %s: memref<2x8192xf32>) {
  conv.filter_spectrum causal ins(%k : memref<2x4096xf32>)
      outs(%s : memref<2x8192xf32>) {length = 4096, plan = #ra}
  return
}

// CHECK-LABEL: func @direct
// CHECK: monarch.direct ins(%arg0, %arg1 : memref<2x8x64xf32>, memref<8x40xf32>)
// CHECK-SAME: outs(%arg2 : memref<2x8x64xf32>) kind<circular> plan<algorithm = direct
func.func @direct(%u: memref<2x8x64xf32>, %k: memref<8x40xf32>, %y: memref<2x8x64xf32>) {
  conv.long_conv circular ins(%u, %k : memref<2x8x64xf32>, memref<8x40xf32>)
      outs(%y : memref<2x8x64xf32>) {plan = #direct}
  return
}

// The example of the pass's documentation.
// CHECK-LABEL: func @example
// CHECK: monarch.direct ins(%arg0, %arg1 : memref<2x8x64xf32>, memref<8x3xf32>)
// CHECK-SAME: outs(%arg2 : memref<2x8x64xf32>) kind<causal>{{$}}
func.func @example(%u: memref<2x8x64xf32>, %k: memref<8x3xf32>, %y: memref<2x8x64xf32>) {
  conv.short_conv causal ins(%u, %k : memref<2x8x64xf32>, memref<8x3xf32>)
      outs(%y : memref<2x8x64xf32>)
  return
}

// CHECK-LABEL: func @short
// CHECK: monarch.direct ins(%arg0, %arg1 : memref<2x8x64xf32>, memref<8x3xf32>)
// CHECK-SAME: postgate(%arg0 : memref<2x8x64xf32>) outs(%arg2 : memref<2x8x64xf32>) kind<bidirectional>{{$}}
func.func @short(%u: memref<2x8x64xf32>, %k: memref<8x3xf32>, %y: memref<2x8x64xf32>) {
  conv.short_conv bidirectional ins(%u, %k : memref<2x8x64xf32>, memref<8x3xf32>)
      postgate(%u : memref<2x8x64xf32>) outs(%y : memref<2x8x64xf32>)
  return
}

// CHECK-LABEL: func @transforms
// CHECK: monarch.transform direction<forward> %arg0, %arg1 ordering<digit_reversed> plan<algorithm = mixed_radix
// CHECK: monarch.transform direction<inverse> %arg1, %arg0 ordering<natural>
func.func @transforms(%x: memref<?x96xcomplex<f32>>, %y: memref<?x96xcomplex<f32>>) {
  conv.dft ins(%x : memref<?x96xcomplex<f32>>) outs(%y : memref<?x96xcomplex<f32>>)
      {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>, plan = #mixed}
  conv.idft ins(%y : memref<?x96xcomplex<f32>>) outs(%x : memref<?x96xcomplex<f32>>) {plan = #mixed}
  return
}
