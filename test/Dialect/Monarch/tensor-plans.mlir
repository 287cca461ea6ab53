// RUN: conv-opt %s --convert-conv-to-monarch | conv-opt | FileCheck %s
// RUN: conv-opt %s --convert-conv-to-monarch --mlir-print-op-generic | conv-opt | FileCheck %s

// Plans for tensor cores become rows whose digits are tiles in registers and
// the rows and columns of fragments, and survive being printed and read.

#one = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 1, 16], warps = 4, buffers = 1, accumulate = f16>
#row = #conv.plan<algorithm = right_angle, arithmetic = f16, factors = [16, 16, 4, 16], warps = 16>

// CHECK-DAG: #[[N:.*]] = #monarch.layout<block(j = 1), slot(n1 = 1), fragment(n0 = 16, n2 = 16)>
// CHECK-DAG: #[[A:.*]] = #monarch.layout<block(j = 1), slot(n1 = 1), fragment(k0 = 16, n2 = 16)>
// CHECK-DAG: #[[B:.*]] = #monarch.layout<block(j = 1), slot(k1 = 1), fragment(k0 = 16, n2 = 16)>
// CHECK-DAG: #[[K:.*]] = #monarch.layout<block(j = 1), slot(k1 = 1), fragment(k0 = 16, k2 = 16)>
// CHECK-DAG: #monarch.layout<block(j = 1), slot(n2 = 4), fragment(n0 = 16, n1 = 16, n3 = 16)>

// CHECK-LABEL: func @warp
// CHECK: monarch.spectrum %{{.*}} : memref<8x256xf32>, memref<8x512xf16>
// CHECK: monarch.rows ins(%{{.*}} : memref<?x8x256xbf16>, memref<8x512xf16>)
// CHECK-SAME: plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 1, 16], warps = 4, buffers = 1, accumulate = f16>
// CHECK: %[[X:.*]] = monarch.load : <#[[N]], f16, real>
// CHECK: %[[Y:.*]] = monarch.forward %[[X]] digit(0) : <#[[N]], f16, real> -> <#[[A]], f16, complex>
// CHECK: %[[Z:.*]] = monarch.forward %[[Y]] digit(1) : <#[[A]], f16, complex> -> <#[[B]], f16, complex>
// CHECK: monarch.forward %[[Z]] digit(2) : <#[[B]], f16, complex> -> <#[[K]], f16, complex>
// CHECK: monarch.product
// CHECK: monarch.inverse %{{.*}} digit(2)
// CHECK: monarch.inverse %{{.*}} digit(1)
// CHECK: monarch.inverse %{{.*}} digit(0)
// CHECK: monarch.store %{{.*}} : <#[[N]], f16, complex>
func.func @warp(%u: memref<?x8x256xbf16>, %k: memref<8x256xf32>,
                %s: memref<8x512xf16>, %y: memref<?x8x256xbf16>) {
  conv.filter_spectrum causal ins(%k : memref<8x256xf32>) outs(%s : memref<8x512xf16>)
      {length = 256, plan = #one}
  conv.long_conv causal ins(%u, %s : memref<?x8x256xbf16>, memref<8x512xf16>)
      outs(%y : memref<?x8x256xbf16>)
      {plan = #one, spectrum = #conv.spectrum<kind = causal, length = 256, taps = 256, plan = #one>}
  return
}

// CHECK-LABEL: func @block
// CHECK: monarch.rows
// CHECK-COUNT-4: monarch.forward
// CHECK-COUNT-4: monarch.inverse
func.func @block(%u: memref<2x8x10000xf16>, %s: memref<8x32768xf16>,
                 %y: memref<2x8x10000xf16>) {
  conv.long_conv circular ins(%u, %s : memref<2x8x10000xf16>, memref<8x32768xf16>)
      outs(%y : memref<2x8x10000xf16>)
      {plan = #row, spectrum = #conv.spectrum<kind = circular, length = 10000, taps = 9, plan = #row>}
  return
}
