//===- ConvTransformOps.td - Fourier transforms of rows ----*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVTRANSFORMOPS_TD
#define CONV_DIALECT_CONV_IR_CONVTRANSFORMOPS_TD

include "conv/Dialect/Conv/IR/ConvBase.td"

/// A transform along the last dimension, in destination style.
class Conv_TransformOp<string mnemonic>
    : Conv_DestinationStyleOp<mnemonic> {
  let arguments = (ins
    Conv_ComplexRows:$input, Conv_ComplexRows:$init,
    DefaultValuedAttr<Conv_OrderingAttr, "::conv::Ordering::natural">:$ordering,
    DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$factors,
    OptionalAttr<Conv_PlanAttr>:$plan);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = destination # [{
    ::mlir::ShapedType getInputType() {
      return ::llvm::cast<::mlir::ShapedType>(getInput().getType());
    }
    /// N.
    int64_t getLength() { return getInputType().getShape().back(); }
  }];
}

def Conv_DFTOp : Conv_TransformOp<"dft"> {
  let summary = "discrete Fourier transform of rows";
  let description = [{
    Transforms the last dimension, N samples, of `input` [..., N]:

        X[..., k] = sum over n of x[..., n] exp(-2 pi i n k / N)

    without scaling. Input is in natural order; `ordering` says at which position
    frequency k is stored (`#conv.ordering`). Any N from 1 to 16777216 is legal,
    primes too. The leading dimensions are independent rows; the first of them
    may be dynamic or zero. Elements are `complex<f32>`; real rows are made
    complex first.

    `factors` names the digits of N, most significant sample digit first; their
    product is N. It is required for `digit_reversed`, whose meaning it is part
    of, and otherwise the caller's wish for a mixed-radix evaluation. `plan` is
    the planner's choice (`direct`, `mixed_radix` with factors whose product is
    N, `bluestein` with factors whose product is at least 2N-1); with
    `digit_reversed` it can only be `mixed_radix` of the same factors.

    Source: Cooley and Tukey 1965; the view of a transform as a product of
    block-diagonal factors and permutations is Monarch's (arXiv 2204.00595).

    Example:

    ```mlir
    %X = conv.dft ins(%x : tensor<?x96xcomplex<f32>>)
        outs(%init : tensor<?x96xcomplex<f32>>)
        {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
    ```

    Rejected, with these messages:

    - `factors multiply to 64, but the rows have 96 samples`
    - `factor 1 is not at least 2`
    - `ordering digit_reversed needs factors, which say what the digits are`
    - `wrong plan: ...` for another algorithm or other factors
    - `'init' has shape ..., but 'input' has ...`
    - `dimension 1 of 'input' (sequence length) is dynamic; ...` or zero
  }];
}

def Conv_IDFTOp : Conv_TransformOp<"idft"> {
  let summary = "inverse discrete Fourier transform of rows";
  let description = [{
    Transforms the last dimension, N frequencies, of `input` [..., N]:

        x[..., n] = 1/N sum over k of X[..., k] exp(2 pi i n k / N)

    `ordering` says at which position of the *input* frequency k is stored
    (`#conv.ordering`); the output is in natural order. With the same `factors`
    and `ordering` it undoes `conv.dft`, and the pair folds away. All
    else is as for `conv.dft`.

    Example:

    ```mlir
    %x = conv.idft ins(%X : tensor<?x96xcomplex<f32>>)
        outs(%init : tensor<?x96xcomplex<f32>>)
        {factors = array<i64: 3, 32>, ordering = #conv.ordering<digit_reversed>}
    ```
  }];
}

#endif // CONV_DIALECT_CONV_IR_CONVTRANSFORMOPS_TD
