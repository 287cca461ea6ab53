//===- MonarchOps.td - Ops of the monarch dialect ----------*- tablegen -*-===//

#ifndef CONV_DIALECT_MONARCH_IR_MONARCHOPS_TD
#define CONV_DIALECT_MONARCH_IR_MONARCHOPS_TD

include "conv/Dialect/Conv/IR/ConvAttributes.td"
include "conv/Dialect/Monarch/IR/MonarchBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

// f32, f16 or bf16 in memory.
def Monarch_Memory : MemRefOf<[F32, F16, BF16]>;

//===----------------------------------------------------------------------===//
// The rows of a convolution
//===----------------------------------------------------------------------===//

def Monarch_RowsOp : Monarch_Op<"rows", [
    SingleBlock, NoRegionArguments, AttrSizedOperandSegments]> {
  let summary = "Convolve every row by the steps of a plan";
  let description = [{
    Runs its region once for each row of `input` [B, H, N] and writes the row of
    `output` of the same shape. Hf divides H: row (b, h) uses row h / (H / Hf) of
    `spectrum` [Hf, S], which `monarch.spectrum` with the same kind, taps and
    plan wrote.
    `pregate` and `postgate` [B, H, N] multiply the input and the output, and
    `skip` [H] adds skip[h] times the (gated) input before the postgate:

        y = postgate * (filter * (pregate * u) + skip * (pregate * u))

    The region holds the plan's steps, `monarch.load` first and `monarch.store`
    last; tiles flow from one step to the next and leave the region only through
    the store. All memory is dense and row-major. `output` may not overlap an
    operand.

    Example:

    ```mlir
    monarch.rows ins(%u, %s : memref<?x8x256xf32>, memref<8x512xf32>)
        outs(%y : memref<?x8x256xf32>) kind<causal> taps(256) plan #plan {
      %0 = monarch.load : <#sample, f32, real>
      %1 = monarch.forward %0 digit(0)
         : <#sample, f32, real> -> <#stage, f32, complex>
      ...
      monarch.store %9 : <#sample, f32, complex>
    }
    ```
  }];
  let arguments = (ins
    Arg<Monarch_Memory, "u [B, H, N]", [MemRead]>:$input,
    Arg<Monarch_Memory, "prepared spectrum [Hf, S]", [MemRead]>:$spectrum,
    Arg<Optional<Monarch_Memory>, "gate of the input", [MemRead]>:$pregate,
    Arg<Optional<Monarch_Memory>, "gate of the output", [MemRead]>:$postgate,
    Arg<Optional<Monarch_Memory>, "skip weight [H]", [MemRead]>:$skip,
    Arg<Monarch_Memory, "y [B, H, N]", [MemWrite]>:$output,
    Conv_KindAttr:$kind,
    ConfinedAttr<I64Attr, [IntPositive]>:$taps,
    Conv_PlanAttr:$plan);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` $input `,` $spectrum `:` type($input) `,` type($spectrum) `)`
    (`pregate` `(` $pregate^ `:` type($pregate) `)`)?
    (`postgate` `(` $postgate^ `:` type($postgate) `)`)?
    (`skip` `(` $skip^ `:` type($skip) `)`)?
    `outs` `(` $output `:` type($output) `)`
    `kind` `` $kind `taps` `(` $taps `)` `plan` `` $plan
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Steps, one op for each conv::plan::StepKind
//===----------------------------------------------------------------------===//

class Monarch_StepOp<string mnemonic, list<Trait> traits = []>
    : Monarch_Op<mnemonic, traits # [HasParent<"RowsOp">]> {
  let hasVerifier = 1;
}

def Monarch_LoadOp : Monarch_StepOp<"load", [Pure]> {
  let summary = "Load a row, times the pregate";
  let description = [{
    The samples of the current row as a real tile whose digits are all sample
    digits. Samples at or past the row's end are zero, so the last block may be
    short. The block digit says how many blocks the row is cut into.
  }];
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Monarch_ForwardOp : Monarch_StepOp<"forward", [Pure]> {
  let summary = "Contract a sample digit into its frequency digit";
  let description = [{
    A twisted DFT of the digit's radix r along digit i,

        Z'[k_i] = sum_{n_i} Z[n_i] exp(-2 pi i n_i (k_i + t_i) / r),

    where t_0 = 1/4 and t_{i+1} = (k_i + t_i) / r_i: the twist depends on the
    frequency digits 0..i-1, which therefore must have been produced already.
    The digit must be in a column or a slot. The result is complex.
  }];
  let arguments = (ins Monarch_TileType:$tile,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$digit);
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = [{
    $tile `digit` `(` $digit `)` attr-dict
    `:` type($tile) `->` type($result)
  }];
}

def Monarch_ExchangeOp : Monarch_StepOp<"exchange", [Pure]> {
  let summary = "Swap a slot digit with a lane digit of the same radix";
  let description = [{
    A transpose between vectors and lanes. No arithmetic; it makes the lane
    digit contractible.
  }];
  let arguments = (ins Monarch_TileType:$tile,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$slot,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$lane);
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = [{
    $tile `slot` `(` $slot `)` `lane` `(` $lane `)` attr-dict
    `:` type($tile) `->` type($result)
  }];
}

def Monarch_ProductOp : Monarch_StepOp<"product", [
    Pure, SameOperandsAndResultType]> {
  let summary = "Multiply by the spectrum, summed over blocks";
  let description = [{
    Z'_j[k] = sum_i Z_i[k] K_{j-i}[k], where K_d is the part of the spectrum for
    block distance d (zero for distances that the filter does not reach). Every
    digit but the block's must be a frequency digit.
  }];
  let arguments = (ins Monarch_TileType:$tile);
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = "$tile attr-dict `:` type($tile)";
}

def Monarch_InverseOp : Monarch_StepOp<"inverse", [Pure]> {
  let summary = "Contract a frequency digit into its sample digit";
  let description = [{
        X'[n_i] = sum_{k_i} X[k_i] exp(+2 pi i k_i (n_i + s_i) / r_i)

    Digits are contracted from the last to the first, in the leaf (the slot and
    lane digits) and then in the columns. In both s starts at the plan's inverse
    shift, and s_{i-1} = (n_i + s_i) / r_i. The digit must be in a column or a
    slot.
  }];
  let arguments = (ins Monarch_TileType:$tile,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$digit);
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = [{
    $tile `digit` `(` $digit `)` attr-dict
    `:` type($tile) `->` type($result)
  }];
}

def Monarch_TwiddleOp : Monarch_StepOp<"twiddle", [
    Pure, SameOperandsAndResultType]> {
  let summary = "Rotate leaf samples by the column frequency";
  let description = [{
    X'[k_c, m] = X[k_c, m] exp(2 pi i m (k_c + 1/4) / M) exp(-2 pi i k_c s / R),
    where m is the sample index within the leaf, k_c the frequency of the R
    columns, and s the inverse shift, which this takes back for the columns (the
    spectrum does for the leaf). The column digits must be frequency digits, the
    leaf's sample digits.
  }];
  let arguments = (ins Monarch_TileType:$tile);
  let results = (outs Monarch_TileType:$result);
  let assemblyFormat = "$tile attr-dict `:` type($tile)";
}

def Monarch_StoreOp : Monarch_StepOp<"store", [Terminator]> {
  let summary = "Rotate, take the real part, skip, postgate, write";
  let description = [{
    Ends the region. The last rotation is by exp(2 pi i n / (4 M)), or only by
    the column part of n where a twiddle took the leaf's; the real part, plus
    the skip term, times the postgate is written to the current row of the
    output. Samples at or past the row's end are dropped.
  }];
  let arguments = (ins Monarch_TileType:$tile);
  let assemblyFormat = "$tile attr-dict `:` type($tile)";
}

//===----------------------------------------------------------------------===//
// Kernels beside the rows
//===----------------------------------------------------------------------===//

def Monarch_SpectrumOp : Monarch_Op<"spectrum"> {
  let summary = "Prepare a filter for monarch.rows";
  let description = [{
    Writes into `spectrum` [Hf, S] what the product of a plan for rows of
    `length` samples multiplies by: for each block distance d

        K_d = RA(k[dM..(d+1)M)) + i RA(k[(d-1)M..dM))

    with RA the right-angle transform of the plan. The order within a row of
    `spectrum` is the plan's; S is `plan.spectrumSize()`.
  }];
  let arguments = (ins
    Arg<Monarch_Memory, "taps [Hf, K]", [MemRead]>:$taps,
    Arg<MemRefOf<[F32, F16, BF16]>, "spectrum [Hf, S]", [MemWrite]>:$spectrum,
    Conv_KindAttr:$kind, ConfinedAttr<I64Attr, [IntPositive]>:$length,
    Conv_PlanAttr:$plan);
  let assemblyFormat = [{
    $taps `,` $spectrum `kind` `` $kind `length` `(` $length `)`
    `plan` `` $plan attr-dict `:` type($taps) `,` type($spectrum)
  }];
  let hasVerifier = 1;
}

def Monarch_DirectOp : Monarch_Op<"direct", [AttrSizedOperandSegments]> {
  let summary = "Convolve by one multiply-add per tap and output";
  let description = [{
    The same function as `monarch.rows`, from the taps themselves [Hf, K]. The
    better choice for short filters and short rows. For a short convolution with
    "same" padding the kind is `bidirectional`.

    `plan` is absent, `direct`, or `toeplitz`; the latter allows a kernel to
    round taps and samples to bf16 and to multiply 16 rows of a channel at once by
    the Toeplitz matrix of the taps, T[j, n] = k[n - j], with sums in f32.
  }];
  let arguments = (ins
    Arg<Monarch_Memory, "u [B, H, N]", [MemRead]>:$input,
    Arg<Monarch_Memory, "taps [Hf, K]", [MemRead]>:$taps,
    Arg<Optional<Monarch_Memory>, "gate of the input", [MemRead]>:$pregate,
    Arg<Optional<Monarch_Memory>, "gate of the output", [MemRead]>:$postgate,
    Arg<Optional<Monarch_Memory>, "skip weight [H]", [MemRead]>:$skip,
    Arg<Monarch_Memory, "y [B, H, N]", [MemWrite]>:$output,
    Conv_KindAttr:$kind, OptionalAttr<Conv_PlanAttr>:$plan);
  let assemblyFormat = [{
    `ins` `(` $input `,` $taps `:` type($input) `,` type($taps) `)`
    (`pregate` `(` $pregate^ `:` type($pregate) `)`)?
    (`postgate` `(` $postgate^ `:` type($postgate) `)`)?
    (`skip` `(` $skip^ `:` type($skip) `)`)?
    `outs` `(` $output `:` type($output) `)` `kind` `` $kind
    (`plan` `` $plan^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Monarch_TransformOp : Monarch_Op<"transform"> {
  let summary = "Fourier transform of every row";
  let description = [{
    Transforms the last dimension of `input`; all leading dimensions count rows.
    The plan is `direct` (the sum itself), `mixed_radix` (the factors multiply to
    the length) or `bluestein` (the factors multiply to a length of at least
    2 N - 1 at which the chirp is convolved). `ordering` says how frequencies are
    stored, in the output of a forward and in the input of an inverse transform;
    only `mixed_radix` knows digit_reversed.
  }];
  let arguments = (ins
    Arg<MemRefOf<[Complex<F32>, Complex<F64>]>, "[.., N]", [MemRead]>:$input,
    Arg<MemRefOf<[Complex<F32>, Complex<F64>]>, "[.., N]", [MemWrite]>:$output,
    Monarch_DirectionAttr:$direction, Conv_OrderingAttr:$ordering,
    Conv_PlanAttr:$plan);
  let assemblyFormat = [{
    `direction` `` $direction $input `,` $output `ordering` `` $ordering
    `plan` `` $plan attr-dict `:` type($input) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Monarch_ParallelCallOp : Monarch_Op<"parallel_call", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Call a function on ranges of items, in parallel";
  let description = [{
    Divides the items 0..extent-1 among threads and calls

        func.func private @body(args..., %begin: index, %end: index,
                                %workspace: memref<?xi8>)

    on each range [begin, end). Each call has a workspace of its own of
    `workspace` bytes, aligned to 64 bytes, with unspecified contents. The body
    must write disjoint memory for disjoint ranges; there is no order between
    ranges, and the op ends when all of them have.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$args,
                       Index:$extent, Index:$workspace);
  let assemblyFormat = [{
    $callee `(` $args `)` `extent` `(` $extent `)`
    `workspace` `(` $workspace `)` attr-dict (`:` type($args)^)?
  }];
}

#endif // CONV_DIALECT_MONARCH_IR_MONARCHOPS_TD
