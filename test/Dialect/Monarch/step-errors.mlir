// RUN: conv-opt %s -split-input-file -verify-diagnostics

#n = #monarch.layout<slot(n0 = 4), lane(n1 = 4)>
#k = #monarch.layout<slot(n0 = 4), lane(k1 = 4)>
func.func @lane(%u: memref<1x1x16xf32>, %s: memref<1x32xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x16xf32>, memref<1x32xf32>)
      outs(%u : memref<1x1x16xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{'monarch.forward' op digit n1 is in a lane, where it cannot be contracted; exchange it with a slot digit of radix 4 first}}
    %1 = monarch.forward %0 digit(1) : <#n, f32, real> -> <#k, f32, complex>
    monarch.store %1 : <#k, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4)>
#k = #monarch.layout<slot(n0 = 4, k1 = 4)>
func.func @order(%u: memref<1x1x16xf32>, %s: memref<1x32xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x16xf32>, memref<1x32xf32>)
      outs(%u : memref<1x1x16xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{contracts digit n1 before digit n0, on whose result its twist depends}}
    %1 = monarch.forward %0 digit(1) : <#n, f32, real> -> <#k, f32, complex>
    monarch.store %1 : <#k, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4)>
#k = #monarch.layout<slot(k0 = 4, n1 = 4)>
func.func @result(%u: memref<1x1x16xf32>, %s: memref<1x32xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x16xf32>, memref<1x32xf32>)
      outs(%u : memref<1x1x16xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{has result type '!monarch.tile<#monarch.layout<slot(k0 = 4, n1 = 4)>, f32, real>', but the step makes '!monarch.tile<#monarch.layout<slot(k0 = 4, n1 = 4)>, f32, complex>'}}
    %1 = monarch.forward %0 digit(0) : <#n, f32, real> -> <#k, f32, real>
    monarch.store %1 : <#k, f32, real>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4, n1 = 4)>
func.func @digit(%u: memref<1x1x16xf32>, %s: memref<1x32xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x16xf32>, memref<1x32xf32>)
      outs(%u : memref<1x1x16xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{contracts digit 2, but the layout has 2 digits}}
    %1 = monarch.forward %0 digit(2) : <#n, f32, real> -> <#n, f32, complex>
    monarch.store %1 : <#n, f32, complex>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 2), lane(n1 = 4)>
#x = #monarch.layout<slot(n1 = 4), lane(n0 = 2)>
func.func @radix(%u: memref<1x1x8xf32>, %s: memref<1x16xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x8xf32>, memref<1x16xf32>)
      outs(%u : memref<1x1x8xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{exchanges digit n0 of radix 2 with digit n1 of radix 4; the radices must be equal}}
    %1 = monarch.exchange %0 slot(0) lane(1) : <#n, f32, real> -> <#x, f32, real>
    monarch.store %1 : <#x, f32, real>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4), lane(n1 = 4)>
func.func @place(%u: memref<1x1x16xf32>, %s: memref<1x32xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x16xf32>, memref<1x32xf32>)
      outs(%u : memref<1x1x16xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{digit n1 is in place lane, not slot}}
    %1 = monarch.exchange %0 slot(1) lane(0) : <#n, f32, real> -> <#n, f32, real>
    monarch.store %1 : <#n, f32, real>
  }
  return
}

// -----

#k = #monarch.layout<slot(k0 = 4)>
func.func @product(%u: memref<1x1x4xf32>, %s: memref<1x8xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x4xf32>, memref<1x8xf32>)
      outs(%u : memref<1x1x4xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    // expected-error @below {{makes a tile with frequency digits; use n, not k}}
    %0 = monarch.load : <#k, f32, real>
    monarch.store %0 : <#k, f32, real>
  }
  return
}

// -----

#n = #monarch.layout<slot(n0 = 4)>
func.func @product(%u: memref<1x1x4xf32>, %s: memref<1x8xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x4xf32>, memref<1x8xf32>)
      outs(%u : memref<1x1x4xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    %0 = monarch.load : <#n, f32, real>
    // expected-error @below {{multiplies a tile with sample digits by a spectrum; contract every digit by monarch.forward first}}
    %1 = monarch.product %0 : <#n, f32, real>
    monarch.store %1 : <#n, f32, real>
  }
  return
}

// -----

#n = #monarch.layout<block(j = 2), slot(n0 = 4)>
func.func @blocks(%u: memref<1x1x9xf32>, %s: memref<1x8xf32>) {
  monarch.rows ins(%u, %s : memref<1x1x9xf32>, memref<1x8xf32>)
      outs(%u : memref<1x1x9xf32>) kind<causal> taps(1) plan<algorithm = right_angle> {
    // expected-error @below {{cuts a row of 9 samples into 2 blocks of 4; use j = 3}}
    %0 = monarch.load : <#n, f32, real>
    monarch.store %0 : <#n, f32, real>
  }
  return
}
