//===- LowBit.td - All of the lowbit dialect ---------------*- tablegen -*-===//

include "conv/Dialect/LowBit/IR/LMulOps.td"
include "conv/Dialect/LowBit/IR/QuantizeOps.td"
