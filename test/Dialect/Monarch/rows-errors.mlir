// RUN: conv-opt %s -split-input-file -verify-diagnostics

#n = #monarch.layout<block(j = 1), slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#a = #monarch.layout<block(j = 1), slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#b = #monarch.layout<block(j = 1), slot(k0 = 4, k1 = 4), lane(n2 = 4, n3 = 4)>
#c = #monarch.layout<block(j = 1), slot(n2 = 4, k1 = 4), lane(k0 = 4, n3 = 4)>
#d = #monarch.layout<block(j = 1), slot(n2 = 4, n3 = 4), lane(k0 = 4, k1 = 4)>
#e = #monarch.layout<block(j = 1), slot(k2 = 4, n3 = 4), lane(k0 = 4, k1 = 4)>
#f = #monarch.layout<block(j = 1), slot(k2 = 4, k3 = 4), lane(k0 = 4, k1 = 4)>
func.func @step(%u: memref<1x8x256xf32>, %s: memref<8x512xf32>, %y: memref<1x8x256xf32>) {
  monarch.rows ins(%u, %s : memref<1x8x256xf32>, memref<8x512xf32>)
      outs(%y : memref<1x8x256xf32>) kind<causal> taps(256)
      plan<algorithm = right_angle, factors = [4, 4, 4, 4]> {
    %0 = monarch.load : <#n, f32, real>
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#a, f32, complex>
    %2 = monarch.forward %1 digit(1) : <#a, f32, complex> -> <#b, f32, complex>
    // expected-error @below {{'monarch.exchange' op is not the plan's step here, which is exchange slot 1, lane 3}}
    %3 = monarch.exchange %2 slot(0) lane(2) : <#b, f32, complex> -> <#c, f32, complex>
    %4 = monarch.exchange %3 slot(1) lane(3) : <#c, f32, complex> -> <#d, f32, complex>
    %5 = monarch.forward %4 digit(2) : <#d, f32, complex> -> <#e, f32, complex>
    %6 = monarch.forward %5 digit(3) : <#e, f32, complex> -> <#f, f32, complex>
    %7 = monarch.product %6 : <#f, f32, complex>
    %8 = monarch.inverse %7 digit(3) : <#f, f32, complex> -> <#e, f32, complex>
    %9 = monarch.inverse %8 digit(2) : <#e, f32, complex> -> <#d, f32, complex>
    %10 = monarch.exchange %9 slot(3) lane(1) : <#d, f32, complex> -> <#c, f32, complex>
    %11 = monarch.exchange %10 slot(2) lane(0) : <#c, f32, complex> -> <#b, f32, complex>
    %12 = monarch.inverse %11 digit(1) : <#b, f32, complex> -> <#a, f32, complex>
    %13 = monarch.inverse %12 digit(0) : <#a, f32, complex> -> <#n, f32, complex>
    monarch.store %13 : <#n, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
func.func @plan(%u: memref<1x8x256xf32>, %s: memref<8x512xf32>, %y: memref<1x8x256xf32>) {
  // expected-error @below {{'monarch.rows' op wrong plan: leaf factor 5 is not 4}}
  monarch.rows ins(%u, %s : memref<1x8x256xf32>, memref<8x512xf32>)
      outs(%y : memref<1x8x256xf32>) kind<causal> taps(256)
      plan<algorithm = right_angle, factors = [4, 4, 4, 5]> {
    %0 = monarch.load : <#n, f32, real>
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#monarch.layout<slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>, f32, complex>
    %2 = monarch.inverse %1 digit(0) : <#monarch.layout<slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>, f32, complex> -> <#n, f32, complex>
    monarch.store %2 : <#n, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#k = #monarch.layout<slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
func.func @count(%u: memref<1x8x256xf32>, %s: memref<8x512xf32>, %y: memref<1x8x256xf32>) {
  // expected-error @below {{'monarch.rows' op has 4 steps, but its plan has 15}}
  monarch.rows ins(%u, %s : memref<1x8x256xf32>, memref<8x512xf32>)
      outs(%y : memref<1x8x256xf32>) kind<causal> taps(256)
      plan<algorithm = right_angle, factors = [4, 4, 4, 4]> {
    %0 = monarch.load : <#n, f32, real>
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#k, f32, complex>
    %2 = monarch.inverse %1 digit(0) : <#k, f32, complex> -> <#n, f32, complex>
    monarch.store %2 : <#n, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
#k = #monarch.layout<slot(k0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
func.func @size(%u: memref<1x8x256xf32>, %s: memref<8x511xf32>, %y: memref<1x8x256xf32>) {
  // expected-error @below {{'monarch.rows' op spectrum has 511 scalars a row, but the plan reads 512}}
  monarch.rows ins(%u, %s : memref<1x8x256xf32>, memref<8x511xf32>)
      outs(%y : memref<1x8x256xf32>) kind<causal> taps(256)
      plan<algorithm = right_angle, factors = [4, 4, 4, 4]> {
    %0 = monarch.load : <#n, f32, real>
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#k, f32, complex>
    %2 = monarch.inverse %1 digit(0) : <#k, f32, complex> -> <#n, f32, complex>
    monarch.store %2 : <#n, f32, complex>
  }
  return
}

// -----

func.func @spectrum(%k: memref<8x256xf32>, %s: memref<8x511xf32>) {
  // expected-error @below {{'monarch.spectrum' op spectrum has 511 scalars a row, but the plan writes 512}}
  monarch.spectrum %k, %s kind<causal> length(256)
      plan<algorithm = right_angle, factors = [4, 4, 4, 4]>
      : memref<8x256xf32>, memref<8x511xf32>
  return
}
