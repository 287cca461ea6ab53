//===- Layout.cpp - Layouts and tiles, and the rule about them ------------===//

#include "conv/Dialect/Monarch/IR/MonarchDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;

namespace conv::monarch {

std::string digitName(const LayoutDigit &digit) {
  if (digit.domain == Domain::block)
    return "j";
  return (digit.domain == Domain::sample ? "n" : "k") +
         std::to_string(digit.number);
}

//===----------------------------------------------------------------------===//
// Parse and print
//===----------------------------------------------------------------------===//

/// Parse `NAME = RADIX` into `digit`.
static ParseResult parseDigit(AsmParser &parser, LayoutDigit &digit) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseKeyword(&name) || parser.parseEqual() ||
      parser.parseInteger(digit.radix))
    return failure();
  digit.number = 0;
  if (name == "j") {
    digit.domain = Domain::block;
    return success();
  }
  digit.domain = name.starts_with("n") ? Domain::sample : Domain::frequency;
  if ((!name.consume_front("n") && !name.consume_front("k")) ||
      name.getAsInteger(10, digit.number))
    return parser.emitError(loc, "digit name is not known; use j for the block "
                                 "index, n0, n1, .. for sample digits and k0, "
                                 "k1, .. for frequency digits");
  return success();
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<LayoutDigit> digits;
  auto parsePlace = [&]() -> ParseResult {
    SMLoc placeLoc = parser.getCurrentLocation();
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<Place> place = symbolizePlace(keyword);
    if (!place)
      return parser.emitError(placeLoc, "'")
             << keyword
             << "' is not a place; use block, column, slot, lane or fragment";
    return parser.parseCommaSeparatedList(
        AsmParser::Delimiter::Paren, [&]() -> ParseResult {
          digits.push_back({*place, Domain::sample, 0, 0});
          return parseDigit(parser, digits.back());
        });
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parsePlace))
    return {};
  // Exact argument types select the overload that is defined elsewhere.
  auto emitError = [&] { return parser.emitError(loc); };
  return LayoutAttr::getChecked(function_ref<InFlightDiagnostic()>(emitError),
                                parser.getContext(),
                                ArrayRef<LayoutDigit>(digits));
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << '<';
  ArrayRef<LayoutDigit> digits = getDigits();
  for (size_t i = 0; i < digits.size(); ++i) {
    bool opens = i == 0 || digits[i].place != digits[i - 1].place;
    if (opens)
      printer << (i == 0 ? "" : "), ") << stringifyPlace(digits[i].place)
              << '(';
    else
      printer << ", ";
    printer << digitName(digits[i]) << " = " << digits[i].radix;
  }
  printer << ")>";
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<LayoutDigit> digits) {
  unsigned rank = 0;
  for (const LayoutDigit &digit : digits)
    rank += digit.domain != Domain::block;
  if (rank == 0)
    return emitError() << "layout has no sample or frequency digit";

  llvm::SmallBitVector seen(rank);
  bool hasBlock = false;
  for (size_t i = 0; i < digits.size(); ++i) {
    const LayoutDigit &digit = digits[i];
    if (i > 0 && digit.place < digits[i - 1].place)
      return emitError()
             << "place " << stringifyPlace(digit.place) << " comes after place "
             << stringifyPlace(digits[i - 1].place)
             << "; list block, column, slot, lane and fragment in this order";
    if ((digit.domain == Domain::block) != (digit.place == Place::block))
      return emitError() << "digit " << digitName(digit) << " is in place "
                         << stringifyPlace(digit.place)
                         << ", but j and only j belongs in place block";
    if (digit.domain == Domain::block) {
      if (hasBlock)
        return emitError() << "layout has two block digits; use one";
      hasBlock = true;
      if (digit.radix < 1)
        return emitError() << "block digit has radix " << digit.radix
                           << "; use at least 1";
      continue;
    }
    if (digit.radix < 1)
      return emitError() << "digit " << digitName(digit) << " has radix "
                         << digit.radix << "; use at least 1";
    if (digit.number >= rank || seen.test(digit.number))
      return emitError() << "layout of " << rank
                         << " digits must have each number 0.." << rank - 1
                         << " once, but digit " << digitName(digit)
                         << (digit.number >= rank ? " is past the end"
                                                  : " repeats a number");
    seen.set(digit.number);
  }
  return success();
}

Type TileType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  LayoutAttr layout;
  Type elementType;
  StringRef form;
  SMLoc formLoc;
  if (parser.parseLess() || parser.parseAttribute(layout) ||
      parser.parseComma() || parser.parseType(elementType) ||
      parser.parseComma() || parser.getCurrentLocation(&formLoc) ||
      parser.parseKeyword(&form))
    return {};
  if (form != "real" && form != "complex") {
    parser.emitError(formLoc, "'")
        << form << "' is not a form of a tile; use real or complex";
    return {};
  }
  if (parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(loc); };
  return TileType::getChecked(function_ref<InFlightDiagnostic()>(emitError),
                              parser.getContext(), layout, elementType,
                              form == "complex");
}

void TileType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printAttribute(getLayout());
  printer << ", " << getElementType() << ", "
          << (getIsComplex() ? "complex" : "real") << '>';
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError,
                               LayoutAttr layout, Type elementType,
                               bool isComplex) {
  if (!elementType.isF32() && !elementType.isF16() && !elementType.isBF16())
    return emitError() << "tile has element type " << elementType
                       << "; use f32, f16 or bf16";
  return success();
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

std::optional<unsigned> LayoutAttr::find(unsigned number) const {
  for (auto [i, digit] : llvm::enumerate(getDigits()))
    if (digit.domain != Domain::block && digit.number == number)
      return i;
  return std::nullopt;
}

unsigned LayoutAttr::getRank() const {
  return llvm::count_if(getDigits(), [](const LayoutDigit &digit) {
    return digit.domain != Domain::block;
  });
}

int64_t LayoutAttr::getBlockSize() const {
  int64_t size = 1;
  for (const LayoutDigit &digit : getDigits())
    if (digit.domain != Domain::block)
      size *= digit.radix;
  return size;
}

int64_t LayoutAttr::getBlocks() const {
  for (const LayoutDigit &digit : getDigits())
    if (digit.domain == Domain::block)
      return digit.radix;
  return 1;
}

bool LayoutAttr::isAll(Domain domain) const {
  return llvm::all_of(getDigits(), [&](const LayoutDigit &digit) {
    return digit.domain == Domain::block || digit.domain == domain;
  });
}

//===----------------------------------------------------------------------===//
// The rule
//===----------------------------------------------------------------------===//

FailureOr<LayoutAttr>
LayoutAttr::contract(unsigned number, Domain from,
                     function_ref<InFlightDiagnostic()> emitError) const {
  std::optional<unsigned> position = find(number);
  if (!position) {
    emitError() << "contracts digit " << number << ", but the layout has "
                << getRank() << " digits";
    return failure();
  }
  SmallVector<LayoutDigit> digits(getDigits());
  LayoutDigit &digit = digits[*position];
  if (digit.domain != from) {
    emitError() << "contracts digit " << number << ", but it is already "
                << digitName(digit);
    return failure();
  }
  if (digit.place == Place::lane) {
    emitError() << "digit " << digitName(digit)
                << " is in a lane, where it cannot be contracted; exchange it "
                   "with a slot digit of radix "
                << digit.radix << " first";
    return failure();
  }
  // A twist depends on the digits contracted before: lower numbers forward,
  // higher numbers of the same group (leaf or columns) in the inverse.
  bool isColumn = digit.place == Place::column;
  for (const LayoutDigit &other : digits) {
    bool before = from == Domain::sample
                      ? other.number < number
                      : other.number > number &&
                            isColumn == (other.place == Place::column);
    if (other.domain == from && before) {
      emitError() << "contracts digit " << digitName(digit) << " before digit "
                  << digitName(other) << ", on whose result its twist depends";
      return failure();
    }
  }
  digit.domain = from == Domain::sample ? Domain::frequency : Domain::sample;
  return LayoutAttr::get(getContext(), digits);
}

FailureOr<LayoutAttr>
LayoutAttr::exchange(unsigned slot, unsigned lane,
                     function_ref<InFlightDiagnostic()> emitError) const {
  std::optional<unsigned> a = find(slot), b = find(lane);
  if (!a || !b) {
    emitError() << "exchanges digit " << (a ? lane : slot)
                << ", but the layout has " << getRank() << " digits";
    return failure();
  }
  SmallVector<LayoutDigit> digits(getDigits());
  auto misplaced = [&](const LayoutDigit &digit, Place place) {
    if (digit.place == place)
      return false;
    emitError() << "digit " << digitName(digit) << " is in place "
                << stringifyPlace(digit.place) << ", not "
                << stringifyPlace(place);
    return true;
  };
  if (misplaced(digits[*a], Place::slot) || misplaced(digits[*b], Place::lane))
    return failure();
  if (digits[*a].radix != digits[*b].radix) {
    emitError() << "exchanges digit " << digitName(digits[*a]) << " of radix "
                << digits[*a].radix << " with digit " << digitName(digits[*b])
                << " of radix " << digits[*b].radix
                << "; the radices must be equal";
    return failure();
  }
  std::swap(digits[*a], digits[*b]);
  std::swap(digits[*a].place, digits[*b].place);
  return LayoutAttr::get(getContext(), digits);
}

FailureOr<TileType>
TileType::contract(unsigned number, Domain from,
                   function_ref<InFlightDiagnostic()> emitError) const {
  if (from == Domain::frequency && !getIsComplex()) {
    emitError() << "contracts a frequency digit of a real tile; frequencies "
                   "are complex";
    return failure();
  }
  FailureOr<LayoutAttr> layout = getLayout().contract(number, from, emitError);
  if (failed(layout))
    return failure();
  return TileType::get(getContext(), *layout, getElementType(), true);
}

FailureOr<TileType>
TileType::exchange(unsigned slot, unsigned lane,
                   function_ref<InFlightDiagnostic()> emitError) const {
  FailureOr<LayoutAttr> layout = getLayout().exchange(slot, lane, emitError);
  if (failed(layout))
    return failure();
  return TileType::get(getContext(), *layout, getElementType(), getIsComplex());
}

} // namespace conv::monarch
