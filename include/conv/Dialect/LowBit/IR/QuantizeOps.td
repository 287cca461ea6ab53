//===- QuantizeOps.td - Numbers to integers and back -------*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_QUANTIZEOPS_TD
#define CONV_DIALECT_LOWBIT_IR_QUANTIZEOPS_TD

include "conv/Dialect/LowBit/IR/MatmulOps.td"

def LowBit_FloatMatrix : LowBit_Shaped<"$_self.isF32()", 2,
    "tensor or memref [rows, columns] of f32">;
def LowBit_IntMatrix : LowBit_Shaped<"$_self.isSignlessInteger(32)", 2,
    "tensor or memref [rows, columns] of i32">;
def LowBit_StoredMatrix : LowBit_Shaped<
    "($_self.isSignlessInteger(8) || $_self.isSignlessInteger(32))", 2,
    "tensor or memref [rows, columns] of i8 or i32">;

class LowBit_QuantizingOp<string mnemonic, list<Trait> traits = []>
    : LowBit_DestinationStyleOp<mnemonic, traits> {
  let results = (outs Optional<AnyRankedTensor>:$output);
  let hasVerifier = 1;
}

def LowBit_ScalesOp : LowBit_QuantizingOp<"scales"> {
  let summary = "scales from the largest magnitudes of a matrix";
  let description = [{
    For `input` x [M, K], each element of `init` [R, C] is a scale for a part of
    x: R is 1 or M, C divides K, and column k of x belongs to column
    k / (K / C) of the scales.

        s[r, c] = max(max |x[m, k]|, floor)^exponent / divisor

    | scales | for |
    | --- | --- |
    | `[1, 1]` | the whole tensor |
    | `[M, 1]` | each row: tokens, or the outputs of weights |
    | `[1, K]` | each column: channels |
    | `[M, K / G]` | groups of G columns of a row |

    `divisor` is the largest magnitude of the integers, 127 for eight bits.
    With the `exponent` a for rows and 1 - a, `divisor` 1, for columns, the
    product of both is the scale of CrossQuant (arXiv 2410.07505),
    t_i^a c_j^(1 - a) / (2^(N - 1) - 1), with a = 0.15 there. Powers are within
    1e-6 of exact. `floor` keeps parts of zeros from a scale of zero. A NaN makes
    the scales of its part NaN, an infinity makes them infinite.

    M may be dynamic where `init` has that many rows.

    Example:

    ```mlir
    %s = lowbit.scales ins(%x : tensor<?x256xf32>) outs(%init : tensor<?x1xf32>)
        {divisor = 127.0 : f32}
    ```

    Rejected, with these messages:

    - `scales have 3 columns, which do not divide the 256 columns of 'input' into
      groups; use a divisor of 256`
    - `scales have 7 rows; use 1 or 128, as 'input' has`
    - `divisor is 0; use a positive normal number`, likewise `floor`
    - `exponent is 2; use a number from 0 to 1`
  }];
  let arguments = (ins
    LowBit_FloatMatrix:$input, LowBit_FloatMatrix:$init,
    DefaultValuedAttr<F32Attr, "127.0f">:$divisor,
    DefaultValuedAttr<F32Attr, "1.0f">:$exponent,
    DefaultValuedAttr<F32Attr, "1e-5f">:$floor);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict
  }];
}

def LowBit_QuantizeOp : LowBit_QuantizingOp<"quantize", [
    AttrSizedOperandSegments]> {
  let summary = "round a matrix to 8-bit integers";
  let description = [{
    For `input` x [M, K], with the scale s and the zero point z of each element,

        q = clamp(roundeven(x / s) + z, low, high)

    so that x is about s (q - z). The division is rounded as in IEEE 754 before
    it is rounded to an integer, ties to even. NaN becomes z, infinities become
    `low` or `high`; the result is the same on every CPU, bit for bit.

    `scales` and `zero_points` are [R, C] as in `lowbit.scales`; absent zero
    points are zero. With `column_scales` [K], s is the product of both, rounded:
    CrossQuant's scale, whose column part is folded into the weights.

    Example:

    ```mlir
    %q = lowbit.quantize ins(%x : tensor<?x256xf32>) scales(%s : tensor<?x1xf32>)
        outs(%init : tensor<?x256xi8>) {low = -127 : i32}
    ```

    Rejected, beyond what `lowbit.scales` says of shapes, with these messages:

    - `low is 5 and high 3; use -128 <= low < high <= 127`
    - `'scales' is 0 at index 2; a scale is finite and positive`, where constant
    - `'zero_points' is 300 at index 0; an i8 zero point is -128 to 127`, where
      constant
    - `'column_scales' has 3 elements, but 'input' has 256 columns`
    - `'init' is 8x256, but 'input' is 4x256`
  }];
  let arguments = (ins
    LowBit_FloatMatrix:$input, LowBit_FloatMatrix:$scales,
    Optional<LowBit_FloatVector>:$column_scales,
    Optional<LowBit_IntMatrix>:$zero_points, LowBit_ByteMatrix:$init,
    DefaultValuedAttr<I32Attr, "-128">:$low,
    DefaultValuedAttr<I32Attr, "127">:$high);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `scales` `(` $scales `:` type($scales) `)`
    oilist(`column_scales` `(` $column_scales `:` type($column_scales) `)`
         | `zero_points` `(` $zero_points `:` type($zero_points) `)`)
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
}

def LowBit_DequantizeOp : LowBit_QuantizingOp<"dequantize"> {
  let summary = "turn integers back into numbers";
  let description = [{
    For `input` q [M, K] of i8 or i32, with the scale s and the zero point z of
    each element,

        x = s * f32(q - z)

    rounded to f32 twice, at the conversion and at the product. q - z is modulo
    2^32. Scales and zero points are [R, C] as in `lowbit.scales`.

    Example:

    ```mlir
    %x = lowbit.dequantize ins(%q : tensor<?x256xi8>) scales(%s : tensor<1x1xf32>)
        zero_points(%z : tensor<1x1xi32>) outs(%init : tensor<?x256xf32>)
    ```

    Rejected: what `lowbit.quantize` rejects of shapes and constants.
  }];
  let arguments = (ins
    LowBit_StoredMatrix:$input, LowBit_FloatMatrix:$scales,
    Optional<LowBit_IntMatrix>:$zero_points, LowBit_FloatMatrix:$init);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `scales` `(` $scales `:` type($scales) `)`
    (`zero_points` `(` $zero_points^ `:` type($zero_points) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
}

def LowBit_RequantizeOp : LowBit_QuantizingOp<"requantize"> {
  let summary = "scale 32-bit sums to 8 bits by integer arithmetic";
  let description = [{
    For sums `input` a [M, N], with a multiplier m and a right shift e for each
    column, or one for all,

        q = clamp(shift(multiply(a, m), e) + zero_point, low, high)

    by gemmlowp's pair of fixed-point functions (B. Jacob et al., arXiv
    1712.05877, section 2.2), bit for bit:

    - multiply, SaturatingRoundingDoublingHighMul: a m / 2^31 rounded to nearest,
      ties up, (a m + (a m >= 0 ? 2^30 : 1 - 2^30)) / 2^31 with a division that
      truncates; (-2^31)^2 saturates to 2^31 - 1;
    - shift, RoundingDivideByPOT: v / 2^e rounded to nearest, ties away from
      zero, (v >> e) + ((v & mask) > (mask >> 1) + (v < 0)).

    A real factor M in (0, 1) is m 2^(-31 - e) with m in [2^30, 2^31). Shifts at
    run time that are outside 0..31 count as the nearest of these; the zero point
    is added after saturation, so that no sum wraps.

    Example:

    ```mlir
    %q = lowbit.requantize ins(%a : tensor<?x64xi32>) multipliers(%m : tensor<64xi32>)
        shifts(%e : tensor<64xi32>) outs(%init : tensor<?x64xi8>) {zero_point = 3 : i32}
    ```

    Rejected, with these messages:

    - `'multipliers' has 3 elements; use 1 or 64, the columns`
    - `'multipliers' is 5 at index 0; a multiplier is 1073741824 to 2147483647`,
      where constant; likewise `shifts`, 0 to 31
    - `zero_point is 300; use -128 to 127`
  }];
  let arguments = (ins
    LowBit_IntMatrix:$input, LowBit_IntVector:$multipliers,
    LowBit_IntVector:$shifts, LowBit_ByteMatrix:$init,
    DefaultValuedAttr<I32Attr, "0">:$zero_point,
    DefaultValuedAttr<I32Attr, "-128">:$low,
    DefaultValuedAttr<I32Attr, "127">:$high);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)`
    `multipliers` `(` $multipliers `:` type($multipliers) `)`
    `shifts` `(` $shifts `:` type($shifts) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
}

#endif // CONV_DIALECT_LOWBIT_IR_QUANTIZEOPS_TD
