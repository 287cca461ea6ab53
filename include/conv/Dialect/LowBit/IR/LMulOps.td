//===- LMulOps.td - Multiplication by addition -------------*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_LMULOPS_TD
#define CONV_DIALECT_LOWBIT_IR_LMULOPS_TD

include "conv/Dialect/LowBit/IR/LowBitBase.td"

def LowBit_Semantics : I32EnumAttr<"Semantics", "which function L-Mul is", [
    I32EnumAttrCase<"equation", 0>, I32EnumAttrCase<"adder", 1>]> {
  let cppNamespace = "::conv::lowbit";
  let genSpecializedAttr = 0;
}
def LowBit_SemanticsAttr
    : EnumAttr<LowBit_Dialect, LowBit_Semantics, "semantics"> {
  let assemblyFormat = "$value";
}

def LowBit_Range : I32EnumAttr<"Range", "what is known of the operands", [
    I32EnumAttrCase<"checked", 0>, I32EnumAttrCase<"assumed", 1>]> {
  let cppNamespace = "::conv::lowbit";
  let genSpecializedAttr = 0;
}
def LowBit_RangeAttr : EnumAttr<LowBit_Dialect, LowBit_Range, "range"> {
  let assemblyFormat = "`<` $value `>`";
}

def LowBit_LMulNumbers
    : TypeOrValueSemanticsContainer<
          AnyTypeOf<[F32, BF16, F16, F8E4M3FN, F8E5M2]>,
          "number, vector or tensor of f32, bf16, f16, f8E4M3FN or f8E5M2">;

def LowBit_LMulOp : LowBit_Op<"lmul", [
    Pure, SameOperandsAndResultType] # ElementwiseMappable.traits> {
  let summary = "multiply by adding mantissas (L-Mul), elementwise";
  let description = [{
    L-Mul (arXiv 2410.00907) of numbers, or of vectors or tensors element by
    element. For normal x = (-1)^sx 2^xe (1 + xm) and y alike, with mantissas of
    m bits, c = 2^-l, l = m for m <= 3, 3 for m = 4 and 4 for m > 4:

    - `equation` (equation 1 of the paper): (1 + s) 2^(xe + ye), with
      s = xm + ym + c. It is rounded to nearest even where s >= 1, as the sum
      then has a bit more than the format.
    - `adder` (the paper's integer addition): the same for s < 1, and
      2 s 2^(xe + ye) for 1 <= s < 2, because the carry of the mantissas moves
      the exponent; 4 (s - 1) 2^(xe + ye) for s >= 2. In bits, x + y - offset
      without the signs, with offset = (bias << m) - 2^(m - l). It is exact.

    The sign is the exclusive or of the signs. With `mantissa_bits` = k < m the
    operands are first rounded to k bits, to nearest even (this may carry into
    the exponent), and m = k in the formula of l.

    Special values, with `range` `checked`, in this order:

    1. Subnormal operands count as zeros of their sign. Operands that
       `mantissa_bits` rounds past the largest finite value become infinite.
    2. An operand that is NaN, or infinity times zero, gives the positive quiet
       NaN (0x7FC00000, 0x7FC0, 0x7E00, 0x7F, 0x7E for f32, bf16, f16, f8E4M3FN,
       f8E5M2).
    3. Infinity times anything else is infinity, zero times anything else zero.
    4. A result whose magnitude, rounded as if the exponent were unbounded, is
       below the smallest normal number is zero; one above the largest finite
       number is infinity.

    Zeros and infinities have the sign of the result. f8E4M3FN has no infinity:
    where the rules say infinity, its positive NaN takes the place.

    With `range` `assumed` operands must be normal and the exponent of the result
    that of a normal number. Then no rule is needed, and the adder is one integer
    addition a number, signs included. Other operands give unspecified numbers.

    Example:

    ```mlir
    %z = lowbit.lmul adder %x, %y : tensor<4x16xbf16>
    %w = lowbit.lmul equation %x, %z {mantissa_bits = 3} : tensor<4x16xbf16>
    ```

    Rejected, with these messages:

    - `mantissa_bits is 9, but bf16 has 7 mantissa bits; use 1 to 7, or leave the
      attribute out`
  }];
  let arguments = (ins
    LowBit_LMulNumbers:$x,
    LowBit_LMulNumbers:$y,
    LowBit_SemanticsAttr:$semantics,
    OptionalAttr<I64Attr>:$mantissa_bits,
    DefaultValuedAttr<LowBit_RangeAttr, "::conv::lowbit::Range::checked">:$range);
  let results = (outs
    LowBit_LMulNumbers:$result);
  let assemblyFormat = "$semantics $x `,` $y attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

def LowBit_Form : I32EnumAttr<"Form", "what code a product becomes", [
    I32EnumAttrCase<"integer", 0>, I32EnumAttrCase<"matrix_unit", 1>]> {
  let cppNamespace = "::conv::lowbit";
  let genSpecializedAttr = 0;
}
def LowBit_FormAttr : EnumAttr<LowBit_Dialect, LowBit_Form, "form"> {
  let assemblyFormat = "$value";
}

def LowBit_LMulPlanAttr : AttrDef<LowBit_Dialect, "LMulPlan"> {
  let mnemonic = "lmul_plan";
  let summary = "the planner's choices for a product by L-Mul";
  let description = [{
    How a matrix product by L-Mul is computed. The `lowbit-plan` pass writes it;
    what is already there is honoured, so that a user or a tuner overrides the
    planner by writing the attribute.

    | key | meaning | default |
    | --- | --- | --- |
    | `form` | `integer` or `matrix_unit` | required |
    | `rows`, `columns` | the tile of sums that stays in registers | the planner's |

    `integer` is one integer and one float addition a product of the `adder`,
    two and two of the `equation`. `matrix_unit` is for the `equation` and
    operands of at most 7 mantissa bits: with P(v) = (-1)^sv 2^ve,

        lmul(x, y) = x P(y) + P(x) (y - (1 - c) P(y))

    exactly, and each of the four factors is a bf16 number, so that a product is
    two products of a matrix unit that sums in f32. On a CPU that is an AMX tile
    of 32 rows and 32 columns. A CPU without tiles computes the same plan in
    `integer` form.

    Example:

    ```mlir
    #lowbit.lmul_plan<form = integer, rows = 6, columns = 64>
    #lowbit.lmul_plan<form = matrix_unit>
    ```
  }];
  let parameters = (ins
    EnumParameter<LowBit_Form>:$form,
    DefaultValuedParameter<"int64_t", "0">:$rows,
    DefaultValuedParameter<"int64_t", "0">:$columns);
  let assemblyFormat = "`<` struct(params) `>`";
}

def LowBit_LMulMatrix : LowBit_Shaped<[{
    ($_self.isF32() || $_self.isF16() || $_self.isBF16() ||
     ::llvm::isa<::mlir::Float8E4M3FNType, ::mlir::Float8E5M2Type>($_self))}], -1,
    "tensor or memref of f32, bf16, f16, f8E4M3FN or f8E5M2">;
def LowBit_SumMatrix : LowBit_Shaped<
    "($_self.isF32() || $_self.isF16() || $_self.isBF16())", -1,
    "tensor or memref of f32, bf16 or f16">;

def LowBit_AttentionTensor : LowBit_Shaped<
    "($_self.isF32() || $_self.isF16() || $_self.isBF16())", 3,
    "tensor of three dimensions of f32, bf16 or f16">;

def LowBit_LMulMatmulOp : LowBit_DestinationStyleOp<"lmul_matmul"> {
  let summary = "matrix product by L-Mul";
  let description = [{
    A matrix product whose multiplications are L-Mul (arXiv 2410.00907):

        c[i, j] = sum over k of lmul(a[i, k], b[k, j])

    | operand | shape | type |
    | --- | --- | --- |
    | `a` | `[M, K]`, or `[B, M, K]` | f32, bf16, f16, f8E4M3FN, f8E5M2 |
    | `b` | `[K, N]`, or `[B, K, N]` | as `a` |
    | `init`, result c | `[M, N]`, or `[B, M, N]` | f32, bf16, f16 |

    With `transpose_a` the last two dimensions of `a` are K, M, with
    `transpose_b` those of `b` are N, K. A batched `a` may meet a `b` without
    batch, which all share. Any size may be dynamic; M, N and B may be zero, and
    so may K, whose sum is zero.

    Operands are rounded to `mantissa_bits` in their own format as
    `lowbit.lmul` says, subnormal ones of that format count as zero, and are then
    taken as f32. Products are those of `lowbit.lmul` in f32, for the correction
    c of the operands' mantissas; only the equation of f32 operands with more than
    22 bits needs its rounding. Products are summed in f32, in no fixed order, and
    the sum is rounded once to the type of the result. The equation may be summed
    as two exact terms a product.

    With `range` `checked` every rule of `lowbit.lmul` holds. Operands are packed
    before they are multiplied, and the packing looks at each of them: where a
    tile's operands are zeros or numbers in 2^-59 .. 2^62, no product can leave
    the range of f32 and the sums are plain additions; elsewhere the rules are
    applied to each product. With `assumed` nothing is looked at: operands must
    be in that range and not zero, and others give unspecified results.

    `plan` says how to compute it. Without one, the planner chooses.

    Example:

    ```mlir
    %c = lowbit.lmul_matmul adder
        ins(%a, %b : tensor<?x128xbf16>, tensor<128x1024xbf16>)
        outs(%init : tensor<?x1024xf32>)
    %d = lowbit.lmul_matmul equation
        ins(%q, %k : tensor<8x?x64xbf16>, tensor<8x?x64xbf16>)
        outs(%scores : tensor<8x?x?xf32>)
        {transpose_b, mantissa_bits = 3, plan = #lowbit.lmul_plan<form = matrix_unit>}
    ```

    Rejected, with these messages:

    - `'a' has rank 4; use [M, K] or [B, M, K], collapse leading dimensions`
    - `'b' has rank 3, but 'a' has rank 2; ...`
    - `'a' has K = 128, but 'b' has K = 64`, likewise B, M and N
    - `'b' has elements of 'f32', but 'a' of 'bf16'; convert one of them`
    - `mantissa_bits is 9, but ...` as for `lowbit.lmul`
    - `plan has form matrix_unit, but ...`: for the adder, and for operands of
      more than 7 mantissa bits
    - `mixes tensors and memrefs`, `writes 'init', which it also reads`
  }];
  let arguments = (ins
    LowBit_LMulMatrix:$a, LowBit_LMulMatrix:$b, LowBit_SumMatrix:$init,
    LowBit_SemanticsAttr:$semantics, UnitAttr:$transpose_a, UnitAttr:$transpose_b,
    OptionalAttr<I64Attr>:$mantissa_bits,
    DefaultValuedAttr<LowBit_RangeAttr, "::conv::lowbit::Range::checked">:$range,
    OptionalAttr<LowBit_LMulPlanAttr>:$plan);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    $semantics `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = destination # [{
    ::mlir::ShapedType getAType() {
      return ::llvm::cast<::mlir::ShapedType>(getA().getType());
    }
    ::mlir::ShapedType getBType() {
      return ::llvm::cast<::mlir::ShapedType>(getB().getType());
    }
    ::mlir::ShapedType getInitType() {
      return ::llvm::cast<::mlir::ShapedType>(getInit().getType());
    }
    /// The format of the operands.
    ::mlir::FloatType getFormat() {
      return ::llvm::cast<::mlir::FloatType>(getAType().getElementType());
    }
    /// Mantissa bits of the operands when they are multiplied.
    int64_t getKeptBits() {
      return getMantissaBits().value_or(getFormat().getFPMantissaWidth() - 1);
    }
    /// Which dimensions of `a`, `b` and `init` are M, N and K.
    int64_t getRowDimOfA() { return getAType().getRank() - (getTransposeA() ? 1 : 2); }
    int64_t getInnerDimOfA() { return getAType().getRank() - (getTransposeA() ? 2 : 1); }
    int64_t getColumnDimOfB() { return getBType().getRank() - (getTransposeB() ? 2 : 1); }
    int64_t getInnerDimOfB() { return getBType().getRank() - (getTransposeB() ? 1 : 2); }
    /// Why no matrix unit of bf16 can compute this, or nothing if one can.
    ::std::string whyNoMatrixUnit();
  }];
}

def LowBit_LMulDotOp : LowBit_DestinationStyleOp<"lmul_dot"> {
  let summary = "dot products of rows by L-Mul";
  let description = [{
    One sum for each pair of rows, with the products and sums of
    `lowbit.lmul_matmul`:

        c[r] = sum over k of lmul(a[r, k], b[r, k])

    `a` and `b` are `[R, K]` of f32, bf16, f16, f8E4M3FN or f8E5M2, `init` and the
    result `[R]` of f32, bf16 or f16. Any size may be dynamic.

    Example:

    ```mlir
    %c = lowbit.lmul_dot adder ins(%a, %b : tensor<?x512xbf16>, tensor<?x512xbf16>)
        outs(%init : tensor<?xf32>)
    ```

    Rejected: what `lowbit.lmul_matmul` rejects of types and `mantissa_bits`, and

    - `'a' is 4x8, 'b' 4x16 and 'init' 4; use [R, K] twice and [R]`
  }];
  let arguments = (ins
    LowBit_LMulMatrix:$a, LowBit_LMulMatrix:$b, LowBit_SumMatrix:$init,
    LowBit_SemanticsAttr:$semantics, OptionalAttr<I64Attr>:$mantissa_bits,
    DefaultValuedAttr<LowBit_RangeAttr, "::conv::lowbit::Range::checked">:$range);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    $semantics `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
  let hasVerifier = 1;
}

def LowBit_LMulAttentionOp : LowBit_DestinationStyleOp<"lmul_attention"> {
  let summary = "attention whose two products are by L-Mul";
  let description = [{
    Attention as the L-Mul paper evaluates it (arXiv 2410.00907, section 3): both
    matrix products are `lowbit.lmul_matmul`, the softmax between them is in f32:

        s[i, j] = scale * sum over d of lmul(q[i, d], k[j, d])
        p[i, j] = exp(s[i, j] - max_j s[i, j]) / sum over j of the same
        c[i, e] = sum over j of lmul(p[i, j], v[j, e])

    p is rounded to the type of v before the second product. With `causal`, query
    i sees the keys j <= i + N - M: p is zero elsewhere, and so is a row that sees
    none. `scale` is 1 / sqrt(D) if absent.

    | operand | shape | type |
    | --- | --- | --- |
    | `q` | `[B, M, D]` | f32, bf16 or f16 |
    | `k` | `[B, N, D]` | as `q` |
    | `v` | `[B, N, E]` | as `q` |
    | `init`, result | `[B, M, E]` | f32, bf16 or f16 |

    B, M and N may be dynamic. The op is on tensors only: `lowbit-decompose` turns
    it into its two products and `linalg` ops, which fuse with what surrounds them.

    Example:

    ```mlir
    %c = lowbit.lmul_attention adder
        ins(%q, %k, %v : tensor<8x?x64xbf16>, tensor<8x?x64xbf16>, tensor<8x?x64xbf16>)
        outs(%init : tensor<8x?x64xf32>) {causal, mantissa_bits = 3}
    ```

    Rejected, with these messages:

    - `'k' is 8x?x32, but 'q' is 8x?x64; ...` and likewise for the others
    - `scale is not finite`
    - `is on memrefs; run lowbit-decompose before bufferization`
  }];
  let arguments = (ins
    LowBit_AttentionTensor:$q, LowBit_AttentionTensor:$k,
    LowBit_AttentionTensor:$v, LowBit_AttentionTensor:$init,
    LowBit_SemanticsAttr:$semantics, UnitAttr:$causal,
    OptionalAttr<F32Attr>:$scale, OptionalAttr<I64Attr>:$mantissa_bits);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    $semantics `ins` `(` $q `,` $k `,` $v `:` type($q) `,` type($k) `,` type($v) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
  let hasVerifier = 1;
}

#endif // CONV_DIALECT_LOWBIT_IR_LMULOPS_TD
