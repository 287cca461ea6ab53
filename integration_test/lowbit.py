"""MLIR of the integer ops of lowbit, and the same functions in numpy."""

import numpy as np


def function(name: str, arguments: dict[str, str], body: str, result: str) -> str:
    """A function of named tensors whose body defines %y of type `result`."""
    listed = ", ".join(
        f'%{key}: {type} {{conv.name = "{key}"}}' for key, type in arguments.items()
    )
    return f"""\
func.func @{name}({listed}) -> ({result} {{conv.name = "y"}}) {{
{body}
  return %y : {result}
}}
"""


def empty(like: str, type: str, size: str) -> str:
    """%init of `type`, whose rows are those of %like where they are dynamic."""
    if "?" not in size:
        return f"  %init = tensor.empty() : {size}"
    return f"""\
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %{like}, %c0 : {type}
  %init = tensor.empty(%rows) : {size}"""


def packed_type(outputs: int, inputs: int) -> str:
    return f"tensor<{-(-outputs // 16)}x{-(-inputs // 64) * 4}x64xi8>"


def pack_module(outputs: int, inputs: int) -> str:
    weights, packed = f"tensor<{outputs}x{inputs}xi8>", packed_type(outputs, inputs)
    body = f"""\
  %init = tensor.empty() : {packed}
  %y = lowbit.ternary_pack ins(%w : {weights}) outs(%init : {packed})"""
    return function("pack", {"w": weights}, body, packed)


def product_module(
    op: str, rows: int | None, outputs: int, inputs: int, vectors: dict[str, str],
    result: str = "i32",
) -> str:  # fmt: skip
    """`vectors` maps each clause of the op to the type of its operand."""
    m = "?" if rows is None else rows
    x, y = f"tensor<{m}x{inputs}xi8>", f"tensor<{m}x{outputs}x{result}>"
    ternary = op == "ternary_matmul"
    w = packed_type(outputs, inputs) if ternary else f"tensor<{outputs}x{inputs}xi8>"
    clauses = " ".join(f"{key}(%{key} : {type})" for key, type in vectors.items())
    body = f"""\
{empty("x", x, y)}
  %y = lowbit.{op} ins(%x, %w : {x}, {w}) {clauses} outs(%init : {y})"""
    return function("product", {"x": x, "w": w, **vectors}, body, y)


def crossquant_module(columns: int, alpha: float) -> str:
    """@f(x) -> q with CrossQuant's scales, of rows and of columns, at eight bits."""
    x, q = f"tensor<?x{columns}xf32>", f"tensor<?x{columns}xi8>"
    line, flat = f"tensor<1x{columns}xf32>", f"tensor<{columns}xf32>"
    return f"""
func.func @f(%x: {x}) -> {q} {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : {x}
  %r = tensor.empty(%m) : tensor<?x1xf32>
  %c = tensor.empty() : {line}
  %q = tensor.empty(%m) : {q}
  %rows = lowbit.scales ins(%x : {x}) outs(%r : tensor<?x1xf32>)
      {{exponent = {alpha} : f32}}
  %columns = lowbit.scales ins(%x : {x}) outs(%c : {line})
      {{exponent = {1 - alpha} : f32, divisor = 1.0 : f32}}
  %flat = tensor.collapse_shape %columns [[0, 1]] : {line} into {flat}
  %y = lowbit.quantize ins(%x : {x}) scales(%rows : tensor<?x1xf32>)
      column_scales(%flat : {flat}) outs(%q : {q})
  return %y : {q}
}}"""


def pack_reference(w: np.ndarray) -> np.ndarray:
    """Two bits a weight, as the op's description lays them out."""
    outputs, inputs = w.shape
    blocks, chunks = -(-outputs // 16), -(-inputs // 64) * 4
    codes = np.ones((16 * blocks, 16 * chunks), np.uint8)
    codes[:outputs, :inputs] = np.clip(w, -1, 1) + 1
    fields = codes.reshape(blocks, 16, chunks, 4, 4).transpose(0, 2, 1, 4, 3)
    shifts = np.array([0, 2, 4, 6], np.uint8)
    packed = np.bitwise_or.reduce(fields << shifts, axis=-1)
    return packed.reshape(blocks, chunks, 64).view(np.int8)


def product_reference(x, w, zero_points=0, weight_zero_points=0) -> np.ndarray:
    """The sum of products modulo 2^32, by way of int64."""
    left = x.astype(np.int64) - np.reshape(zero_points, (-1, 1))
    right = w.astype(np.int64) - np.reshape(weight_zero_points, (-1, 1))
    # float64 holds integers up to 2^53 exactly, and its matmul is the fast one.
    return (left.astype(np.float64) @ right.T.astype(np.float64)).astype(np.int64)
