//===- LowBitDialect.td - The lowbit dialect ---------------*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD
#define CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD

include "mlir/IR/OpBase.td"

def LowBit_Dialect : Dialect {
  let name = "lowbit";
  let cppNamespace = "::conv::lowbit";
  let summary = "Arithmetic on few bits: L-Mul, ternary and integer-only";
  let description = [{
    Arithmetic that replaces floating-point products by something cheaper. Each
    operation defines its result exactly, special values included, and every
    lowering keeps to that definition bit for bit, except for the order of
    floating-point sums, which is not fixed.

    An operation says *what* is computed. *How* is said by attributes, which the
    planner writes where the user has not; nothing after the planner decides
    anything.

    **Destination style.** Operations that are more than elementwise name the
    tensor or buffer that their result goes to in `outs(...)`, as in `conv` and
    `linalg`. On tensors they return a new value and never read the contents of
    `outs`; on memrefs they write the buffer and return nothing.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

#endif // CONV_DIALECT_LOWBIT_IR_LOWBITDIALECT_TD
