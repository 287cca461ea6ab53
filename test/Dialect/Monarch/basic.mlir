// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s

#ra = #conv.plan<algorithm = right_angle, blocks = 1, factors = [4, 4, 4, 4]>
#n = #monarch.layout<block(j = 1), slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#a = #monarch.layout<block(j = 1), slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#b = #monarch.layout<block(j = 1), slot(k0 = 4, k1 = 4), lane(n2 = 4, n3 = 4)>
#c = #monarch.layout<block(j = 1), slot(k0 = 4, n3 = 4), lane(n2 = 4, k1 = 4)>
#d = #monarch.layout<block(j = 1), slot(n2 = 4, n3 = 4), lane(k0 = 4, k1 = 4)>
#e = #monarch.layout<block(j = 1), slot(k2 = 4, n3 = 4), lane(k0 = 4, k1 = 4)>
#f = #monarch.layout<block(j = 1), slot(k2 = 4, k3 = 4), lane(k0 = 4, k1 = 4)>
#g = #monarch.layout<block(j = 1), slot(n0 = 4, k1 = 4), lane(n2 = 4, n3 = 4)>

// CHECK-LABEL: func @rows
// CHECK: monarch.rows ins(%{{.*}}, %{{.*}} : memref<?x8x256xf32>, memref<2x512xf32>)
// CHECK-SAME: pregate(%{{.*}} : memref<?x8x256xf32>) skip(%{{.*}} : memref<8xf32>)
// CHECK-SAME: outs(%{{.*}} : memref<?x8x256xf32>) kind<causal> taps(256)
// CHECK: %[[X:.*]] = monarch.load : <#[[$L:.*]], f32, real>
// CHECK: monarch.forward %[[X]] digit(0) : <#[[$L]], f32, real> -> <#{{.*}}, f32, complex>
// CHECK: monarch.exchange %{{.*}} slot(1) lane(3)
// CHECK: monarch.product
// CHECK: monarch.inverse %{{.*}} digit(3)
// CHECK: monarch.store %{{.*}} : <#[[$L]], f32, complex>
func.func @rows(%u: memref<?x8x256xf32>, %s: memref<2x512xf32>,
                %g: memref<?x8x256xf32>, %d: memref<8xf32>,
                %y: memref<?x8x256xf32>) {
  monarch.rows ins(%u, %s : memref<?x8x256xf32>, memref<2x512xf32>)
      pregate(%g : memref<?x8x256xf32>) skip(%d : memref<8xf32>)
      outs(%y : memref<?x8x256xf32>) kind<causal> taps(256)
      plan #ra {
    %0 = monarch.load : <#n, f32, real>
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#a, f32, complex>
    %2 = monarch.forward %1 digit(1) : <#a, f32, complex> -> <#b, f32, complex>
    %3 = monarch.exchange %2 slot(1) lane(3) : <#b, f32, complex> -> <#c, f32, complex>
    %4 = monarch.exchange %3 slot(0) lane(2) : <#c, f32, complex> -> <#d, f32, complex>
    %5 = monarch.forward %4 digit(2) : <#d, f32, complex> -> <#e, f32, complex>
    %6 = monarch.forward %5 digit(3) : <#e, f32, complex> -> <#f, f32, complex>
    %7 = monarch.product %6 : <#f, f32, complex>
    %8 = monarch.inverse %7 digit(3) : <#f, f32, complex> -> <#e, f32, complex>
    %9 = monarch.inverse %8 digit(2) : <#e, f32, complex> -> <#d, f32, complex>
    %10 = monarch.exchange %9 slot(2) lane(0) : <#d, f32, complex> -> <#c, f32, complex>
    %11 = monarch.exchange %10 slot(3) lane(1) : <#c, f32, complex> -> <#b, f32, complex>
    %12 = monarch.inverse %11 digit(1) : <#b, f32, complex> -> <#a, f32, complex>
    %13 = monarch.inverse %12 digit(0) : <#a, f32, complex> -> <#n, f32, complex>
    monarch.store %13 : <#n, f32, complex>
  }
  return
}

// CHECK-LABEL: func @kernels
// CHECK: monarch.spectrum %{{.*}}, %{{.*}} kind<causal> length(256) plan<
// CHECK: monarch.direct ins(%{{.*}}, %{{.*}} : memref<?x8x256xf32>, memref<8x3xf32>) outs(%{{.*}} : memref<?x8x256xf32>) kind<bidirectional>
// CHECK: monarch.transform direction<inverse> %{{.*}}, %{{.*}} ordering<digit_reversed> plan<
func.func @kernels(%u: memref<?x8x256xf32>, %k: memref<8x3xf32>,
                   %s: memref<8x512xf32>, %y: memref<?x8x256xf32>,
                   %z: memref<4x15xcomplex<f32>>, %w: memref<4x15xcomplex<f32>>) {
  monarch.spectrum %k, %s kind<causal> length(256)
      plan #ra
      : memref<8x3xf32>, memref<8x512xf32>
  monarch.direct ins(%u, %k : memref<?x8x256xf32>, memref<8x3xf32>)
      outs(%y : memref<?x8x256xf32>) kind<bidirectional>
  monarch.transform direction<inverse> %z, %w ordering<digit_reversed>
      plan<algorithm = mixed_radix, factors = [3, 5]>
      : memref<4x15xcomplex<f32>>, memref<4x15xcomplex<f32>>
  return
}

// CHECK-LABEL: func @parallel
// CHECK: monarch.parallel_call @body(%{{.*}}) extent(%{{.*}}) workspace(%{{.*}}) : memref<16xf32>
// CHECK: monarch.parallel_call @nothing() extent(%{{.*}}) workspace(%{{.*}})
func.func @parallel(%m: memref<16xf32>, %n: index, %bytes: index) {
  monarch.parallel_call @body(%m) extent(%n) workspace(%bytes) : memref<16xf32>
  monarch.parallel_call @nothing() extent(%n) workspace(%bytes)
  return
}
func.func private @body(memref<16xf32>, index, index, memref<?xi8>)
func.func private @nothing(index, index, memref<?xi8>)
