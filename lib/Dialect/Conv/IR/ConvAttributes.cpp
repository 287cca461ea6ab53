//===- ConvAttributes.cpp - Plans and spectra as text ---------------------===//

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "conv/Dialect/Conv/IR/PlanBridge.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <optional>

using namespace mlir;
using namespace conv;

#include "conv/Dialect/Conv/IR/ConvEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/Dialect/Conv/IR/ConvAttributes.cpp.inc"

void ConvDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "conv/Dialect/Conv/IR/ConvAttributes.cpp.inc"
      >();
}

/// Parse `<key = value, ...>`. `parseValue` is called behind each `=`.
static ParseResult
parseKeys(AsmParser &parser, ArrayRef<StringRef> keys, StringRef what,
          function_ref<ParseResult(StringRef key)> parseValue) {
  llvm::SmallDenseSet<StringRef> seen;
  auto parseEntry = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    std::string key;
    if (parser.parseKeywordOrString(&key))
      return failure();
    const StringRef *known = llvm::find(keys, key);
    if (known == keys.end())
      return parser.emitError(loc)
             << "unknown key '" << key << "' in " << what
             << "; known keys: " << llvm::join(keys, ", ");
    if (!seen.insert(*known).second)
      return parser.emitError(loc)
             << "key '" << key << "' is given twice in " << what;
    return failure(parser.parseEqual() || parseValue(*known));
  };
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                        parseEntry);
}

/// Parse one of the words of an enumeration; an error lists them.
template <typename Enum>
static ParseResult
parseWord(AsmParser &parser, StringRef key, std::optional<Enum> &value,
          std::optional<Enum> (*symbolize)(StringRef), StringRef words) {
  SMLoc loc = parser.getCurrentLocation();
  std::string word;
  if (parser.parseKeywordOrString(&word))
    return failure();
  value = symbolize(word);
  if (!value)
    return parser.emitError(loc)
           << key << " '" << word << "' is unknown; use one of " << words;
  return success();
}

//===----------------------------------------------------------------------===//
// #conv.plan
//===----------------------------------------------------------------------===//

Attribute PlanAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  std::optional<Algorithm> algorithm;
  std::optional<Arithmetic> arithmetic = Arithmetic::f32;
  int64_t blocks = 1;
  SmallVector<int64_t> factors;
  int64_t warps = 0, buffers = 2;
  std::optional<Arithmetic> accumulate = Arithmetic::f32;
  auto parseValue = [&](StringRef key) -> ParseResult {
    if (key == "algorithm")
      return parseWord<Algorithm>(
          parser, key, algorithm, symbolizeAlgorithm,
          "direct, right_angle, toeplitz, mixed_radix, bluestein");
    if (key == "arithmetic")
      return parseWord<Arithmetic>(parser, key, arithmetic, symbolizeArithmetic,
                                   "f32, f16, bf16");
    if (key == "accumulate")
      return parseWord<Arithmetic>(parser, key, accumulate, symbolizeArithmetic,
                                   "f32, f16");
    if (key == "blocks")
      return parser.parseInteger(blocks);
    if (key == "warps")
      return parser.parseInteger(warps);
    if (key == "buffers")
      return parser.parseInteger(buffers);
    return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
      return parser.parseInteger(factors.emplace_back());
    });
  };
  if (parseKeys(parser,
                {"algorithm", "arithmetic", "blocks", "factors", "warps",
                 "buffers", "accumulate"},
                "#conv.plan", parseValue))
    return {};
  if (!algorithm) {
    parser.emitError(loc) << "#conv.plan has no algorithm; add algorithm = "
                             "right_angle or another";
    return {};
  }
  return PlanAttr::get(parser.getContext(), *algorithm, *arithmetic, blocks,
                       factors, warps, buffers, *accumulate);
}

void PlanAttr::print(AsmPrinter &printer) const {
  printer << "<algorithm = " << stringifyAlgorithm(getAlgorithm())
          << ", arithmetic = " << stringifyArithmetic(getArithmetic());
  if (getBlocks() != 1 || !getFactors().empty())
    printer << ", blocks = " << getBlocks();
  if (!getFactors().empty()) {
    printer << ", factors = [";
    llvm::interleaveComma(getFactors(), printer.getStream());
    printer << "]";
  }
  if (getWarps() != 0)
    printer << ", warps = " << getWarps();
  if (getBuffers() != 2)
    printer << ", buffers = " << getBuffers();
  if (getAccumulate() != Arithmetic::f32)
    printer << ", accumulate = " << stringifyArithmetic(getAccumulate());
  printer << ">";
}

//===----------------------------------------------------------------------===//
// #conv.spectrum
//===----------------------------------------------------------------------===//

Attribute SpectrumAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  std::optional<Kind> kind;
  std::optional<int64_t> length, taps;
  PlanAttr plan;
  auto parseValue = [&](StringRef key) -> ParseResult {
    if (key == "kind")
      return parseWord<Kind>(parser, key, kind, symbolizeKind,
                             "causal, circular, bidirectional");
    if (key == "length")
      return parser.parseInteger(length.emplace());
    if (key == "taps")
      return parser.parseInteger(taps.emplace());
    return parser.parseAttribute(plan);
  };
  if (parseKeys(parser, {"kind", "length", "taps", "plan"}, "#conv.spectrum",
                parseValue))
    return {};
  if (!kind || !length || !taps) {
    parser.emitError(loc) << "#conv.spectrum needs kind, length and taps";
    return {};
  }
  return parser.getChecked<SpectrumAttr>(loc, parser.getContext(), *kind,
                                         *length, *taps, plan);
}

void SpectrumAttr::print(AsmPrinter &printer) const {
  printer << "<kind = " << stringifyKind(getKind())
          << ", length = " << getLength() << ", taps = " << getTaps();
  if (getPlan())
    printer << ", plan = " << getPlan();
  printer << ">";
}

LogicalResult SpectrumAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Kind kind, int64_t length, int64_t taps,
                                   PlanAttr plan) {
  if (length < 1)
    return emitError() << "spectrum of rows of " << length
                       << " samples; the length is at least 1";
  if (taps < 1)
    return emitError() << "spectrum of a filter of " << taps
                       << " taps; there is at least 1";
  return success();
}

LogicalResult SpectrumAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 2)
    return emitError() << "a spectrum has two dimensions [rows, size], not "
                       << shape.size();
  Type expected = spectrumElement(getContext(), getPlan());
  if (elementType != expected)
    return emitError() << "a spectrum"
                       << (expected.isF16() ? " for tensor cores" : "")
                       << " holds " << expected << ", not " << elementType;
  return success();
}
