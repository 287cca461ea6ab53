//===- Conv.td - All of the conv dialect -------------------*- tablegen -*-===//

include "conv/Dialect/Conv/IR/ConvOps.td"
include "conv/Dialect/Conv/IR/ConvTransformOps.td"
