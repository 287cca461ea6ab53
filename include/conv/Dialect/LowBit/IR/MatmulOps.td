//===- MatmulOps.td - Integer and ternary matrix products --*- tablegen -*-===//

#ifndef CONV_DIALECT_LOWBIT_IR_MATMULOPS_TD
#define CONV_DIALECT_LOWBIT_IR_MATMULOPS_TD

include "conv/Dialect/LowBit/IR/LowBitBase.td"

def LowBit_ByteMatrix : LowBit_Shaped<"$_self.isSignlessInteger(8)", 2,
    "tensor or memref [rows, columns] of i8">;
def LowBit_PackedTernary : LowBit_Shaped<"$_self.isSignlessInteger(8)", 3,
    "tensor or memref [ceil(N / 16), 4 ceil(K / 64), 64] of i8">;
def LowBit_Product : LowBit_Shaped<
    "($_self.isSignlessInteger(32) || $_self.isF32())", 2,
    "tensor or memref [M, N] of i32 or f32">;
def LowBit_FloatVector : LowBit_Shaped<"$_self.isF32()", 1,
    "tensor or memref [size] of f32">;
def LowBit_IntVector : LowBit_Shaped<"$_self.isSignlessInteger(32)", 1,
    "tensor or memref [size] of i32">;

//===----------------------------------------------------------------------===//
// Ternary weights
//===----------------------------------------------------------------------===//

def LowBit_TernaryPackOp : LowBit_DestinationStyleOp<"ternary_pack"> {
  let summary = "pack weights -1, 0 and 1 into two bits each";
  let description = [{
    Packs `input` [N, K] for `lowbit.ternary_matmul`. Values above 1 count as 1,
    below -1 as -1. The code of a weight w is w + 1; code 3 does not occur.

    `init` has the shape [ceil(N / 16), 4 ceil(K / 64), 64]: block (b, c) holds
    outputs 16 b .. 16 b + 15 and inputs 16 c .. 16 c + 15 in 64 bytes, and byte
    4 i + j of it, for field s = 0..3 in bits 2 s and 2 s + 1, the weight of
    output 16 b + i and input 16 c + 4 s + j. Weights past N or K are zeros. One
    mask or shift then gives the bytes of 4 inputs of 16 outputs in the order in
    which a 4-way dot product takes them, and no byte is moved.

    Example:

    ```mlir
    %packed = lowbit.ternary_pack ins(%w : tensor<2048x2048xi8>)
        outs(%init : tensor<128x128x64xi8>)
    ```

    Rejected, with these messages:

    - `packs 40x100 weights into 3x4x64 bytes, but they take 3x8x64`
  }];
  let arguments = (ins LowBit_ByteMatrix:$input, LowBit_PackedTernary:$init);
  let results = (outs Optional<AnyRankedTensor>:$output);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A product of rows [M, K] with the rows of weights of N outputs.
class LowBit_WeightedOp<string mnemonic, list<Trait> traits = []>
    : LowBit_DestinationStyleOp<mnemonic, !listconcat(traits, [
        AttrSizedOperandSegments])> {
  let results = (outs Optional<AnyRankedTensor>:$output);
  let hasVerifier = 1;
}

def LowBit_TernaryMatmulOp : LowBit_WeightedOp<"ternary_matmul"> {
  let summary = "multiply int8 rows by ternary weights";
  let description = [{
    For `input` x [M, K] and the weights w [N, K] in {-1, 0, 1} that
    `lowbit.ternary_pack` packed into `weights`,

        y[m, n] = sum_k x[m, k] w[n, k]

    in 32-bit integers: every sum is exact, for every input. An `init` of f32
    takes f32(y) times `scales`[m] times `weight_scales`[n], each product rounded;
    an absent scale is one. This is the product of BitNet's BitLinear (arXiv
    2310.11453) and of the MatMul-free language model (arXiv 2406.02528), with
    per-token scales of the activations.

    | operand | shape | type |
    | --- | --- | --- |
    | `input` | `[M, K]` | i8 |
    | `weights` | `[ceil(N / 16), 4 ceil(K / 64), 64]` | i8 |
    | `scales` | `[M]` or `[1]` | f32 |
    | `weight_scales` | `[N]` or `[1]` | f32 |
    | `init`, result | `[M, N]` | i32, or f32 |

    M may be dynamic and may be zero; N and K are any sizes from one up to 2^23.

    Example:

    ```mlir
    %y = lowbit.ternary_matmul ins(%x, %w : tensor<?x2048xi8>, tensor<128x128x64xi8>)
        scales(%s : tensor<?xf32>)
        outs(%init : tensor<?x2048xf32>)
    ```

    Rejected, with these messages:

    - `dimension 1 of 'input' (K) is dynamic; only the rows M may be`
    - `packed weights of 2048 outputs and 2048 inputs are 128x128x64, but 'weights'
      is 128x64x64; pack them by lowbit.ternary_pack`
    - `'scales' has 3 elements; use 1 or 128, the rows M`
    - `scales an i32 result; make 'init' f32 or drop the scales`
    - `'scales' is 0 at index 2; a scale is finite and positive`, where constant
  }];
  let arguments = (ins
    LowBit_ByteMatrix:$input, LowBit_PackedTernary:$weights,
    Optional<LowBit_FloatVector>:$scales,
    Optional<LowBit_FloatVector>:$weight_scales, LowBit_Product:$init);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights `:` type($input) `,` type($weights) `)`
    oilist(`scales` `(` $scales `:` type($scales) `)`
         | `weight_scales` `(` $weight_scales `:` type($weight_scales) `)`)
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
}

def LowBit_Int8MatmulOp : LowBit_WeightedOp<"int8_matmul"> {
  let summary = "multiply int8 rows by int8 weights, with zero points";
  let description = [{
    For `input` x [M, K] and `weights` w [N, K], as inference stores a layer,

        y[m, n] = sum_k (x[m, k] - zx[m]) (w[n, k] - zw[n])

    in 32-bit integers, computed as sum x w - zx sum w - zw sum x + K zx zw (B.
    Jacob et al., arXiv 1712.05877, equation 7). Sums are modulo 2^32: exact for
    every input while K <= 33,025, and without zero points while K <= 131,071.
    An `init` of f32 takes f32(y) times `scales`[m] times `weight_scales`[n], as
    in `lowbit.ternary_matmul`.

    | operand | shape | type |
    | --- | --- | --- |
    | `input` | `[M, K]` | i8 |
    | `weights` | `[N, K]` | i8 |
    | `zero_points` | `[M]` or `[1]` | i32, -128 to 127 |
    | `weight_zero_points` | `[N]` or `[1]` | i32, -128 to 127 |
    | `scales` | `[M]` or `[1]` | f32 |
    | `weight_scales` | `[N]` or `[1]` | f32 |
    | `init`, result | `[M, N]` | i32, or f32 |

    M may be dynamic and may be zero. Absent zero points are zero, absent scales
    one.

    Example:

    ```mlir
    %y = lowbit.int8_matmul ins(%x, %w : tensor<?x256xi8>, tensor<64x256xi8>)
        zero_points(%zx : tensor<1xi32>)
        outs(%init : tensor<?x64xi32>)
    ```

    Rejected, beyond what `lowbit.ternary_matmul` rejects, with these messages:

    - `'weights' has 64 inputs, but 'input' has K = 128`
    - `'zero_points' is 300 at index 0; an i8 zero point is -128 to 127`, where
      constant
  }];
  let arguments = (ins
    LowBit_ByteMatrix:$input, LowBit_ByteMatrix:$weights,
    Optional<LowBit_IntVector>:$zero_points,
    Optional<LowBit_IntVector>:$weight_zero_points,
    Optional<LowBit_FloatVector>:$scales,
    Optional<LowBit_FloatVector>:$weight_scales, LowBit_Product:$init);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights `:` type($input) `,` type($weights) `)`
    oilist(`zero_points` `(` $zero_points `:` type($zero_points) `)`
         | `weight_zero_points` `(` $weight_zero_points `:` type($weight_zero_points) `)`
         | `scales` `(` $scales `:` type($scales) `)`
         | `weight_scales` `(` $weight_scales `:` type($weight_scales) `)`)
    `outs` `(` $init `:` type($init) `)` attr-dict
  }];
}

#endif // CONV_DIALECT_LOWBIT_IR_MATMULOPS_TD
