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

#endif // CONV_DIALECT_LOWBIT_IR_LMULOPS_TD
