"""Write the MLIR of a convolution."""

from dataclasses import dataclass

BITS = {"f32": 32, "f16": 16, "bf16": 16}


def _named(name: str, type: str) -> str:
    """An argument whose name the package keeps."""
    return f'%{name}: {type} {{conv.name = "{name}"}}'


@dataclass(frozen=True)
class Conv:
    """A `conv.long_conv` with everything that can be fused into it."""

    kind: str = "causal"
    channels: int = 1
    length: int = 1
    taps: int = 1
    batch: int | None = None  # dynamic
    filter_rows: int | None = None  # as many as channels
    dtype: str = "f32"
    pregate: bool = False
    postgate: bool = False
    skip: bool = False
    plan: str | None = None  # what stands between the brackets of #conv.plan<>
    op: str = "long_conv"

    @property
    def rows(self) -> int:
        return self.filter_rows or self.channels

    @property
    def row_type(self) -> str:
        batch = "?" if self.batch is None else self.batch
        return f"tensor<{batch}x{self.channels}x{self.length}x{self.dtype}>"

    @property
    def filter_type(self) -> str:
        return f"tensor<{self.rows}x{self.taps}xf32>"

    @property
    def spectrum_type(self) -> str:
        return f"tensor<{self.rows}x?xf32, #spectrum>"

    def _function(self, name: str, filter_type: str) -> str:
        arguments = [_named("u", self.row_type), _named("k", filter_type)]
        clauses = [f"ins(%u, %k : {self.row_type}, {filter_type})"]
        for gate in ("pregate", "postgate"):
            if getattr(self, gate):
                arguments.append(_named(gate, self.row_type))
                clauses.append(f"{gate}(%{gate} : {self.row_type})")
        if self.skip:
            weights = f"tensor<{self.channels}xf32>"
            arguments.append(_named("skip", weights))
            clauses.append(f"skip(%skip : {weights})")
        clauses.append(f"outs(%init : {self.row_type})")
        if self.plan:
            clauses.append(f"{{plan = #conv.plan<{self.plan}>}}")
        if self.batch is None:
            empty = f"""\
  %c0 = arith.constant 0 : index
  %batch = tensor.dim %u, %c0 : {self.row_type}
  %init = tensor.empty(%batch) : {self.row_type}"""
        else:
            empty = f"  %init = tensor.empty() : {self.row_type}"
        body = "\n      ".join(clauses)
        signature = ",\n    ".join(arguments)
        return f"""\
func.func @{name}(
    {signature}) -> ({self.row_type} {{conv.name = "y"}}) {{
{empty}
  %y = conv.{self.op} {self.kind}
      {body}
  return %y : {self.row_type}
}}
"""

    def module(self) -> str:
        """One function: @conv(u, taps[, pregate][, postgate][, skip]) -> y."""
        return self._function("conv", self.filter_type)

    def prepared_module(self) -> str:
        """Two: @prepare(taps) -> spectrum, and @conv that takes the spectrum. The
        planner chooses: a plan fixes the spectrum's size, which is not known here."""
        assert self.plan is None
        return f"""\
#spectrum = #conv.spectrum<kind = {self.kind}, length = {self.length}, \
taps = {self.taps}>

func.func @prepare({_named("k", self.filter_type)})
    -> ({self.spectrum_type} {{conv.name = "spectrum"}}) {{
  %s = conv.filter_spectrum {self.kind} ins(%k : {self.filter_type})
      {{length = {self.length}}} -> {self.spectrum_type}
  return %s : {self.spectrum_type}
}}

{self._function("conv", self.spectrum_type)}"""
