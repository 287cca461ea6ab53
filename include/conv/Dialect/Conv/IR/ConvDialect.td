//===- ConvDialect.td - The conv dialect -------------------*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVDIALECT_TD
#define CONV_DIALECT_CONV_IR_CONVDIALECT_TD

include "mlir/IR/OpBase.td"

def Conv_Dialect : Dialect {
  let name = "conv";
  let cppNamespace = "::conv";
  let summary = "Long convolutions and Fourier transforms of rows";
  let description = [{
    The operations a user writes, or a framework importer raises to: long and
    short depthwise convolutions of rows, prepared filter spectra, and discrete
    Fourier transforms. An operation says *what* is computed. *How* is said by
    one attribute, `#conv.plan`, which the planner writes and a user may write
    instead; nothing after the planner decides anything.

    **Destination style.** As in `linalg`, every operation names the tensor or
    buffer that its result goes to in `outs(...)`. On tensors the operation
    returns a new value and the contents of `outs` are never read; on memrefs it
    writes the buffer and returns nothing. Tensors and memrefs may not be mixed
    in one operation.

    **Shapes.** Letters are the same on every page: B batch, H channels, N
    sequence length, K filter taps, Hf filter rows. Only the batch may be
    dynamic. A batch of zero is legal and computes nothing; every other
    dimension is at least one. Rows are contiguous: the last stride of a memref
    is one.

    **Types.** Rows are `f32`, `f16` or `bf16`; filters and skip weights are
    `f32` or the type of the rows. Sums are accumulated in the arithmetic of the
    plan, `f32` unless the plan says otherwise, and rounded once at the store.

    **NaN and infinity** spread within their own row (b, h) and to no other.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

#endif // CONV_DIALECT_CONV_IR_CONVDIALECT_TD
