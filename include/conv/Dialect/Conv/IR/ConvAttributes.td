//===- ConvAttributes.td - Attributes of the conv dialect --*- tablegen -*-===//

#ifndef CONV_DIALECT_CONV_IR_CONVATTRIBUTES_TD
#define CONV_DIALECT_CONV_IR_CONVATTRIBUTES_TD

include "conv/Dialect/Conv/IR/ConvDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/TensorEncoding.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def Conv_Kind : I32Enum<"Kind", "which lags a filter has", [
    I32EnumCase<"causal", 0>,
    I32EnumCase<"circular", 1>,
    I32EnumCase<"bidirectional", 2>]> {
  let cppNamespace = "::conv";
}

def Conv_KindAttr : EnumAttr<Conv_Dialect, Conv_Kind, "kind"> {
  let assemblyFormat = "`<` $value `>`";
  let description = [{
    With u of length N and a filter k of K taps:

    | kind | (u * k)[n] | K |
    | --- | --- | --- |
    | `causal` | sum over j of k[j] u[n - j] | 1 to N |
    | `circular` | sum over j of k[j] u[(n - j) mod N] | 1 to N |
    | `bidirectional` | sum over j of k[j] u[n + floor((K-1)/2) - j] | 1 to 2N-1 |

    Samples outside 0..N-1 count as zero, but for `circular`, which wraps. The
    tap with index floor((K-1)/2) of a `bidirectional` filter is lag zero: this
    is the "same" convolution, whose output is aligned with its input.
  }];
}

def Conv_Algorithm : I32Enum<"Algorithm", "how a convolution or transform is evaluated", [
    I32EnumCase<"direct", 0>,
    I32EnumCase<"right_angle", 1>,
    I32EnumCase<"toeplitz", 2>,
    I32EnumCase<"mixed_radix", 3>,
    I32EnumCase<"bluestein", 4>]> {
  let cppNamespace = "::conv";
}

def Conv_Arithmetic : I32Enum<"Arithmetic", "in which format sums are formed", [
    I32EnumCase<"f32", 0>,
    I32EnumCase<"f16", 1>,
    I32EnumCase<"bf16", 2>]> {
  let cppNamespace = "::conv";
}

def Conv_Ordering : I32Enum<"Ordering", "in which order frequencies are stored", [
    I32EnumCase<"natural", 0>,
    I32EnumCase<"digit_reversed", 1>]> {
  let cppNamespace = "::conv";
}

def Conv_OrderingAttr : EnumAttr<Conv_Dialect, Conv_Ordering, "ordering"> {
  let assemblyFormat = "`<` $value `>`";
  let description = [{
    Let N = r_1 r_2 ... r_p be the named factors. A sample index has n_1 as its
    most significant digit, a frequency has k_1 as its least significant one:

        n = n_1 N/r_1 + n_2 N/(r_1 r_2) + ... + n_p
        k = k_1 + r_1 k_2 + r_1 r_2 k_3 + ... + (r_1 ... r_{p-1}) k_p

    `natural` stores frequency k at position k. `digit_reversed` stores it where
    contracting the digits in place leaves it, at the position

        q = k_1 N/r_1 + k_2 N/(r_1 r_2) + ... + k_p

    For N = 6 = 2 * 3 the positions 0..5 hold the frequencies 0, 2, 4, 1, 3, 5;
    for factors 3 * 2 they hold 0, 3, 1, 4, 2, 5. With all r_i = 2 it is bit
    reversal.
  }];
}

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

def Conv_PlanAttr : AttrDef<Conv_Dialect, "Plan"> {
  let mnemonic = "plan";
  let summary = "the planner's choices for one operation";
  let description = [{
    Everything that is chosen, as opposed to asked for. The `conv-plan` pass
    writes it; one that is already there is honoured, so that a user or a tuner
    overrides the planner by writing the attribute.

    | key | meaning | default |
    | --- | --- | --- |
    | `algorithm` | `direct`, `right_angle`, `toeplitz`; for transforms `direct`, `mixed_radix`, `bluestein` | required |
    | `arithmetic` | `f32`, `f16`, `bf16`: the format of sums and products | `f32` |
    | `blocks` | J, into how many blocks a row is cut | 1 |
    | `factors` | the radices of one block, most significant sample digit first | `[]` |
    | `warps` | warps of a thread block; only plans for tensor cores have any | 0 |
    | `buffers` | rows that a warp holds in shared memory, 1 or 2 | 2 |
    | `accumulate` | `f32`, `f16`: accumulators of matrix products | `f32` |

    `direct` takes one multiply-add per tap and output. `right_angle` is the
    block-Toeplitz product of right-angle transforms: with M the product of the
    factors and K'_d = RA(k_d) + i RA(k_{d-1}), block j of the output is
    Re RA^-1(sum over i of RA(u_i) K'_{j-i}), where RA evaluates at frequencies
    k + 1/4. `toeplitz` multiplies rows by the Toeplitz matrix of the taps,
    Y[b, n] = sum over j of U[b, j] k[n - j], 16 rows of a channel at a time: pays
    on CPUs with AMX for short rows and batches of 16 or more, for who accepts
    bf16 (the sums are f32). It takes `arithmetic = bf16`, no `blocks` and no
    `factors`, rows of up to 16384 samples, and the taps themselves; the planner
    never chooses it. Elsewhere the same plan is computed as `direct`, in f32.
    The transform of a block is contracted a factor at a time (Monarch, arXiv
    2204.00595; as convolution, FlashFFTConv, arXiv 2311.05908). `mixed_radix`
    contracts the factors of a `conv.dft`, whose product is N; `bluestein` turns
    it into a convolution of length M, the product of the factors, at least 2N-1.

    A plan with `warps` is for tensor cores: the factors are 16, R, 16 with R up
    to 16 and a power of two (a row in the registers of one warp), with one more
    16 in front (a row in a thread block), or with outer factors in front of that
    (three passes over memory). Its spectrum is f16.

    Syntax is checked when the attribute is parsed (an unknown key is an error
    that lists the known ones); whether the plan fits the problem is checked by
    the verifier of the operation that carries it.

    Example:

    ```mlir
    #conv.plan<algorithm = right_angle, arithmetic = f32, blocks = 16, factors = [4, 4, 4, 4]>
    #conv.plan<algorithm = right_angle, arithmetic = f16, blocks = 1, factors = [16, 4, 16], warps = 8>
    ```
  }];
  let parameters = (ins
    "::conv::Algorithm":$algorithm,
    "::conv::Arithmetic":$arithmetic,
    "int64_t":$blocks,
    ArrayRefParameter<"int64_t">:$factors,
    DefaultValuedParameter<"int64_t", "0">:$warps,
    DefaultValuedParameter<"int64_t", "2">:$buffers,
    DefaultValuedParameter<"::conv::Arithmetic", "::conv::Arithmetic::f32">
      :$accumulate);
  let builders = [
    AttrBuilder<(ins "::conv::Algorithm":$algorithm,
                     "::conv::Arithmetic":$arithmetic, "int64_t":$blocks,
                     "::llvm::ArrayRef<int64_t>":$factors), [{
      return $_get($_ctxt, algorithm, arithmetic, blocks, factors, 0, 2,
                   ::conv::Arithmetic::f32);
    }]>];
  let hasCustomAssemblyFormat = 1;
}

//===----------------------------------------------------------------------===//
// Spectrum
//===----------------------------------------------------------------------===//

def Conv_SpectrumAttr : AttrDef<Conv_Dialect, "Spectrum", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "spectrum";
  let summary = "the encoding of a prepared filter";
  let description = [{
    Marks a tensor as a filter that `conv.filter_spectrum` has prepared, and says
    for which problem and plan. The tensor is `[Hf, S]` of `f32`, or of `f16` if
    the plan is for tensor cores. S is dynamic
    until a plan is chosen, and then the plan's spectrum size: for a
    `right_angle` plan 2 M scalars for each block distance, in the order in which
    the kernel reads them; for a `direct` plan the K taps.

    | key | meaning |
    | --- | --- |
    | `kind` | kind of the convolution |
    | `length` | N, length of the rows |
    | `taps` | K, taps of the filter it was made from |
    | `plan` | the plan it was made for; absent until one is chosen |

    A spectrum is good for exactly one kind, length and plan; an operation with
    another one rejects it.

    Example:

    ```mlir
    tensor<256x?xf32, #conv.spectrum<kind = causal, length = 4096, taps = 4096>>
    ```
  }];
  let parameters = (ins
    "::conv::Kind":$kind,
    "int64_t":$length,
    "int64_t":$taps,
    OptionalParameter<"::conv::PlanAttr">:$plan);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // CONV_DIALECT_CONV_IR_CONVATTRIBUTES_TD
