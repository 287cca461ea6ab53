//===- MonarchBase.td - The monarch dialect ----------------*- tablegen -*-===//

#ifndef CONV_DIALECT_MONARCH_IR_MONARCHBASE_TD
#define CONV_DIALECT_MONARCH_IR_MONARCHBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Monarch_Dialect : Dialect {
  let name = "monarch";
  let cppNamespace = "::conv::monarch";
  let summary = "Long convolutions as digits that are contracted one at a time";
  let description = [{
    A convolution kernel at the level where its algorithm is visible and its
    target is not. The sample index of a row is split into digits; a step
    contracts one digit of a tile (a small DFT along it), moves digits between
    places, or multiplies by the spectrum. Where each digit lives is the
    `#monarch.layout` of the tile's type, and whether a step is legal is a rule
    on that layout which the verifier computes.

    The ops mirror the steps of `conv::plan::Plan` one to one, so the text of a
    `monarch.rows` region is the plan that is being compiled.
  }];
  let dependentDialects = ["::conv::ConvDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Monarch_Op<string mnemonic, list<Trait> traits = []>
    : Op<Monarch_Dialect, mnemonic, traits>;

def Monarch_Direction : I32EnumAttr<"Direction", "sign of a transform", [
    I32EnumAttrCase<"forward", 0>, I32EnumAttrCase<"inverse", 1>]> {
  let cppNamespace = "::conv::monarch";
  let genSpecializedAttr = 0;
}
def Monarch_DirectionAttr
    : EnumAttr<Monarch_Dialect, Monarch_Direction, "direction"> {
  let summary = "Sign of a transform";
  let description = [{
    `forward` uses exp(-2 pi i n k / N); `inverse` uses exp(+2 pi i n k / N) and
    divides by N.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Monarch_Place : I32EnumAttr<"Place", "where a digit lives", [
    I32EnumAttrCase<"block", 0>, I32EnumAttrCase<"column", 1>,
    I32EnumAttrCase<"slot", 2>, I32EnumAttrCase<"lane", 3>,
    I32EnumAttrCase<"fragment", 4>]> {
  let cppNamespace = "::conv::monarch";
  let genSpecializedAttr = 0;
}

def Monarch_LayoutAttr : AttrDef<Monarch_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "The digits of a tile and the place of each";
  let description = [{
    Lists the digits of a tile, outermost first, grouped by place:

    - `block`: the block index j of a row; a product sums over it;
    - `column`: values lie in different vectors, 256 samples (a leaf) apart;
    - `slot`: values lie in different vectors of the same leaf;
    - `lane`: values lie in the lanes of one vector;
    - `fragment`: values lie in a 16x16 tile spread over a warp, rows or columns.

    A digit is written `NAME = RADIX`. The name is `j` for the block, `n` and a
    number for a sample digit, `k` and the same number for the frequency digit
    that replaces it; digit 0 is the most significant one of the sample index
    and the least significant one of the frequency.

    One rule decides what is legal: **a digit can be contracted only in a column,
    in a slot or in a fragment**, because there its values sit in different
    registers and one butterfly serves every lane, or a matrix product sums over
    them. A lane digit must first be exchanged with a slot digit of the same
    radix.

    ```mlir
    #monarch.layout<block(j = 16), slot(n0 = 4, n1 = 4), lane(n2 = 4, n3 = 4)>
    ```

    A layout has each digit number 0..p-1 exactly once, radices of at least
    1, and at most one block digit.
  }];
  let parameters = (ins ArrayRefParameter<"LayoutDigit", "digits">:$digits);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The position of the digit that carries `number`, or nothing.
    std::optional<unsigned> find(unsigned number) const;
    /// How many digits, not counting the block digit.
    unsigned getRank() const;
    /// Samples of a block: the product of all radices but the block's.
    int64_t getBlockSize() const;
    /// J, the radix of the block digit; 1 where there is none.
    int64_t getBlocks() const;
    /// Whether every digit but the block's is in `domain`.
    bool isAll(Domain domain) const;

    /// The layout after the digit `number` went from `from` to the other
    /// domain. Fails, having said why, if it is not in `from` or if its place
    /// does not allow a contraction.
    ::mlir::FailureOr<LayoutAttr> contract(
        unsigned number, Domain from,
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError) const;
    /// The layout after the slot digit `slot` and the lane digit `lane` swapped
    /// their positions.
    ::mlir::FailureOr<LayoutAttr> exchange(
        unsigned slot, unsigned lane,
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError) const;
  }];
}

def Monarch_TileType : TypeDef<Monarch_Dialect, "Tile"> {
  let mnemonic = "tile";
  let summary = "The values of one row while it is transformed";
  let description = [{
    All blocks of one row, laid out as the layout says. The element type is the
    arithmetic of the transform (f32, f16 or bf16); `complex` tiles hold a real
    and an imaginary vector for each position.

    ```mlir
    !monarch.tile<#monarch.layout<block(j = 1), slot(n0 = 4, n1 = 4),
                                  lane(n2 = 4, n3 = 4)>, f32, real>
    ```
  }];
  let parameters = (ins "LayoutAttr":$layout, "::mlir::Type":$elementType,
                        "bool":$isComplex);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The type after the digit `number` was contracted from `from`, or nothing
    /// after `emitError` has said why not.
    ::mlir::FailureOr<TileType> contract(
        unsigned number, Domain from,
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError) const;
    /// The type after a slot and a lane digit swapped their positions.
    ::mlir::FailureOr<TileType> exchange(
        unsigned slot, unsigned lane,
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError) const;
  }];
}

#endif // CONV_DIALECT_MONARCH_IR_MONARCHBASE_TD
