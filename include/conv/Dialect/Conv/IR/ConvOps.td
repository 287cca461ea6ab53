//===- ConvOps.td - Convolutions of rows -------------------*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVOPS_TD
#define CONV_DIALECT_CONV_IR_CONVOPS_TD

include "conv/Dialect/Conv/IR/ConvBase.td"

/// A convolution of rows in destination style, with gates and skip weight.
class Conv_RowConvolutionOp<string mnemonic, list<Trait> traits = []>
    : Conv_DestinationStyleOp<mnemonic, !listconcat(traits, [
        AttrSizedOperandSegments, Conv_RowConvolutionOpInterface])> {
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    custom<Kind>($kind) `ins` `(` $input `,` $filter `:` type($input) `,` type($filter) `)`
    oilist(`pregate` `(` $pregate `:` type($pregate) `)`
         | `postgate` `(` $postgate `:` type($postgate) `)`
         | `skip` `(` $skip `:` type($skip) `)`)
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Conv_LongConvOp : Conv_RowConvolutionOp<"long_conv"> {
  let summary = "long depthwise convolution of rows, gated";
  let description = [{
    Convolves every row of `input` u with the filter k of its channel:

        y[b,h,n] = postgate[b,h,n] * (conv(pregate * u, k)[b,h,n]
                                      + skip[h] * pregate[b,h,n] * u[b,h,n])

    where `conv` is the sum of `#conv.kind`. An absent gate is one, an absent
    skip weight zero. This is what Hyena (arXiv 2302.10866) interleaves: a gate,
    a long filter, a gate, D_q T_h D_k in its order-2 form, with a direct term
    for each channel. FlashFFTConv (arXiv 2311.05908, section 2.1, equation 1)
    computes it by one fused transform of Monarch factors (arXiv 2204.00595);
    here the transform is the right-angle one of `#conv.plan`.

    | operand | shape | type |
    | --- | --- | --- |
    | `input` | `[B, H, N]` | f32, f16, bf16 |
    | `filter` | `[Hf, K]` taps, or `[Hf, S]` a prepared spectrum | f32 or as `input`; a spectrum f32, or f16 if its plan is for tensor cores |
    | `pregate`, `postgate` | `[B, H, N]` | as `input` |
    | `skip` | `[H]` | f32 or as `input` |
    | `init`, result | `[B, H, N]` | as `input` |

    B may be dynamic and may be zero. Hf divides H: consecutive groups of H / Hf
    channels share a filter row, so channel h uses row h / (H / Hf).

    `filter` is a prepared spectrum if its tensor type is encoded as
    `#conv.spectrum`. A memref has no encoding: there the attribute `spectrum`
    says the same. Bufferization moves the one to the other.

    `plan` says how to compute it. Without one, the planner chooses.

    Canonicalisation drops gates of ones and skip weights of zeros (which add
    nothing, even where u is infinite), turns filters of up to 32 taps into
    `conv.short_conv`, and merges a convolution of a convolution when both
    filters are constant and no gate stands between: causal filters of K1 and K2
    taps become one of K1 + K2 - 1, cut to N. An operation with a plan is left as
    it is. With a batch of zero it folds to `init`.

    Example:

    ```mlir
    %y = conv.long_conv causal
        ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x4096xf32>)
        pregate(%g : tensor<?x256x4096xf32>) skip(%d : tensor<256xf32>)
        outs(%init : tensor<?x256x4096xf32>)
        {plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
    ```

    On buffers, with a prepared spectrum:

    ```mlir
    conv.long_conv causal ins(%u, %s : memref<8x256x4096xf32>, memref<256x8192xf32>)
        outs(%y : memref<8x256x4096xf32>)
        {spectrum = #conv.spectrum<kind = causal, length = 4096, taps = 4096,
           plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>>,
         plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
    ```

    Rejected, with these messages:

    - `dimension 2 of 'input' (sequence length) is dynamic; only the batch may be`
    - `dimension 1 of 'input' (channels) is zero; only the batch may be`
    - `'pregate' has shape ..., but 'input' has ...`, likewise `postgate`, `init`
    - `filter has 8192 taps, but a causal filter of rows of 4096 samples has at
      most 4096; shorten the filter or pad the rows`
    - `filter has 3 rows, which does not divide the 256 channels; ...`
    - `spectrum was prepared for kind causal, length 4096, but ...`
    - `spectrum was prepared for plan ..., but the operation has plan ...`
    - what `plan::buildPlan` says of the plan, with `wrong plan: ` before it
    - `mixes tensors and memrefs`
    - `last stride of 'input' is 2; rows must be contiguous, copy them first`
    - `writes 'init', which it also reads; ...`
  }];
  let arguments = (ins
    Conv_Rows:$input, Conv_Filter:$filter, Optional<Conv_Rows>:$pregate,
    Optional<Conv_Rows>:$postgate, Optional<Conv_ChannelWeights>:$skip,
    Conv_Rows:$init, Conv_KindAttr:$kind, OptionalAttr<Conv_SpectrumAttr>:$spectrum,
    OptionalAttr<Conv_PlanAttr>:$plan);
  let extraClassDeclaration = destination # [{
    /// The encoding of the filter's tensor type, or the attribute on buffers.
    ::conv::SpectrumAttr getFilterSpectrum();
  }];
}

def Conv_ShortConvOp : Conv_RowConvolutionOp<"short_conv"> {
  let summary = "short depthwise convolution of rows, direct";
  let description = [{
    The same function as `conv.long_conv`, for filters of 1 to 32 taps, always
    computed directly: one multiply-add per tap and output, in f32. Kinds are
    `causal` and `bidirectional` ("same" padding, tap floor((K-1)/2) at lag zero).
    It is the short filter that Hyena (arXiv 2302.10866) puts on each of its
    projections. `conv.long_conv` with so few taps canonicalises to it.

    Shapes, types and groups are those of `conv.long_conv`; the filter is always
    taps.

    One tap of one, without gates and skip weight, folds to the input.

    Example:

    ```mlir
    %y = conv.short_conv causal
        ins(%u, %k : tensor<?x256x4096xf32>, tensor<256x3xf32>)
        outs(%init : tensor<?x256x4096xf32>)
    ```

    Rejected beyond what `conv.long_conv` rejects:

    - `filter has 40 taps, but short_conv has at most 32; use conv.long_conv`
    - `kind circular is not for short filters; use conv.long_conv`
    - `filter is a prepared spectrum, but short_conv takes taps`
  }];
  let arguments = (ins
    Conv_Rows:$input, Conv_Taps:$filter, Optional<Conv_Rows>:$pregate,
    Optional<Conv_Rows>:$postgate, Optional<Conv_ChannelWeights>:$skip,
    Conv_Rows:$init, Conv_KindAttr:$kind);
  let extraClassDeclaration = destination # [{
    /// The longest filter: with its taps in registers, a vector of outputs takes
    /// one load and one multiply-add a tap.
    static constexpr int64_t maxTaps = 32;
    /// Never a spectrum.
    ::conv::SpectrumAttr getFilterSpectrum() { return {}; }
  }];
}

def Conv_FilterSpectrumOp : Conv_Op<"filter_spectrum"> {
  let summary = "prepare a filter for the planned convolution";
  let description = [{
    Transforms the taps `filter` [Hf, K] into the spectrum that a
    `conv.long_conv` of the same kind, length and plan reads, in the layout of
    the plan (`#conv.spectrum`). Do it once, outside the loop over batches: at
    inference the filter does not change.

    The result is `[Hf, S]` of f32, or of f16 if the plan is for tensor cores. Without a plan S is dynamic; with one it is
    the plan's spectrum size. The type of the result follows from the operand
    and the attributes.

    On tensors the operation is pure and allocates its result, so that an unused
    spectrum disappears and equal ones are shared. On buffers `init` is the
    destination.

    Example:

    ```mlir
    %s = conv.filter_spectrum causal ins(%k : tensor<256x4096xf32>) {length = 4096}
      -> tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
    ```

    ```mlir
    conv.filter_spectrum causal ins(%k : memref<256x4096xf32>) outs(%s : memref<256x8192xf32>)
        {length = 4096, plan = #conv.plan<algorithm = right_angle, blocks = 16, factors = [4, 4, 4, 4]>}
    ```

    Rejected, with these messages:

    - `length 0 is outside 1..16777216`
    - `filter has 8192 taps, but ...` as for `conv.long_conv`
    - `filter is already a prepared spectrum`
    - `result is ..., but the spectrum of this filter and plan is ...`
    - `dimension 0 of 'filter' (filter rows) is dynamic`
    - `has no plan, which decides the size of the buffer; ...` on buffers
    - `'init' is ..., but the spectrum of this plan is ...`
    - a tensor `init`: `tensor form returns its result; drop 'outs'`
  }];
  let arguments = (ins
    Conv_Taps:$filter, Optional<AnyType>:$init, Conv_KindAttr:$kind,
    I64Attr:$length, OptionalAttr<Conv_PlanAttr>:$plan);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    custom<Kind>($kind) `ins` `(` $filter `:` type($filter) `)`
    (`outs` `(` $init^ `:` type($init) `)`)? attr-dict (`->` type($output)^)?
  }];
  let hasVerifier = 1;
  let extraClassDefinition = effects;
  let extraClassDeclaration = speculatable # [{
    /// Leave the comparison to the verifier, whose message says what to write.
    static bool isCompatibleReturnTypes(::mlir::TypeRange, ::mlir::TypeRange) {
      return true;
    }
    /// The encoding of the result, or what it would be on buffers.
    ::conv::SpectrumAttr getSpectrumAttr();
    /// K.
    int64_t getTaps() {
      return ::llvm::cast<::mlir::ShapedType>(getFilter().getType()).getDimSize(1);
    }
    /// Hf.
    int64_t getFilterRows() {
      return ::llvm::cast<::mlir::ShapedType>(getFilter().getType()).getDimSize(0);
    }
  }];
}

#endif // CONV_DIALECT_CONV_IR_CONVOPS_TD
