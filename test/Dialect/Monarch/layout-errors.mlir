// RUN: conv-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{layout of 2 digits must have each number 0..1 once, but digit n2 is past the end}}
#a = #monarch.layout<slot(n0 = 4), lane(n2 = 4)>

// -----

// expected-error @below {{layout of 2 digits must have each number 0..1 once, but digit k1 repeats a number}}
#a = #monarch.layout<slot(n1 = 4), lane(k1 = 4)>

// -----

// expected-error @below {{place slot comes after place lane; list block, column, slot, lane and fragment in this order}}
#a = #monarch.layout<lane(n0 = 4), slot(n1 = 4)>

// -----

// expected-error @below {{digit n0 is in place block, but j and only j belongs in place block}}
#a = #monarch.layout<block(n0 = 4), slot(n1 = 4)>

// -----

// expected-error @below {{digit n1 has radix 0; use at least 1}}
#a = #monarch.layout<slot(n0 = 4), lane(n1 = 0)>

// -----

// expected-error @below {{block digit has radix 0; use at least 1}}
#a = #monarch.layout<block(j = 0), slot(n0 = 4)>

// -----

// expected-error @below {{layout has two block digits; use one}}
#a = #monarch.layout<block(j = 1, j = 2), slot(n0 = 4)>

// -----

// expected-error @below {{layout has no sample or frequency digit}}
#a = #monarch.layout<block(j = 1)>

// -----

// expected-error @below {{'warp' is not a place; use block, column, slot, lane or fragment}}
#a = #monarch.layout<warp(n0 = 4)>

// -----

// expected-error @below {{digit name is not known; use j for the block index, n0, n1, .. for sample digits and k0, k1, .. for frequency digits}}
#a = #monarch.layout<slot(x0 = 4)>

// -----

// expected-error @below {{tile has element type 'f64'; use f32, f16 or bf16}}
func.func private @f(!monarch.tile<#monarch.layout<slot(n0 = 4)>, f64, real>)

// -----

// expected-error @below {{'both' is not a form of a tile; use real or complex}}
func.func private @f(!monarch.tile<#monarch.layout<slot(n0 = 4)>, f32, both>)
