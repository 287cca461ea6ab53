//===- Passes.td - Passes on the lowbit dialect ------------*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
#define CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandLMul : Pass<"lowbit-expand-lmul"> {
  let summary = "Write L-Mul of numbers and vectors as integer arithmetic";
  let description = [{
    Replaces `lowbit.lmul` of numbers and vectors by `arith` operations on their
    bits, by the rules of the operation. Magnitudes are added as unsigned
    integers of the format's own width, which hold the sum of any two; the bias
    is subtracted last, so that underflow and overflow are comparisons of the
    sum. With `range` `assumed` only the additions are left. On tensors, first
    make the operations loops over numbers with `convert-elementwise-to-linalg`.

    Example:

    ```mlir
    %z = lowbit.lmul adder %x, %y {range = #lowbit.range<assumed>} : vector<16xf32>
    ```

    becomes

    ```mlir
    %offset = arith.constant dense<-1064828928> : vector<16xi32>
    %a = arith.bitcast %x : vector<16xf32> to vector<16xi32>
    %b = arith.bitcast %y : vector<16xf32> to vector<16xi32>
    %biased = arith.addi %a, %offset : vector<16xi32>
    %sum = arith.addi %biased, %b : vector<16xi32>
    %z = arith.bitcast %sum : vector<16xi32> to vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // CONV_DIALECT_LOWBIT_TRANSFORMS_PASSES_TD
