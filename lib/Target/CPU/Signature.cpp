//===- Signature.cpp - The arguments of a kernel --------------------------===//

#include "conv/Target/CPU/Signature.h"

#include "conv/Target/CPU/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using conv::cpu::Argument;
using conv::cpu::Extent;
using conv::cpu::Signature;

std::string conv::cpu::getDtypeName(Type type) {
  if (isa<Float8E4M3FNType, Float8E5M2Type, Float16Type, BFloat16Type,
          Float32Type, Float64Type>(type) ||
      type.isSignlessInteger(8) || type.isSignlessInteger(16) ||
      type.isSignlessInteger(32) || type.isSignlessInteger(64)) {
    std::string name;
    llvm::raw_string_ostream(name) << type;
    return name;
  }
  if (auto complex = dyn_cast<ComplexType>(type)) {
    if (complex.getElementType().isF32())
      return "complex64";
    if (complex.getElementType().isF64())
      return "complex128";
  }
  return "";
}

Attribute Signature::getAsAttribute(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<Attribute> list;
  for (const Argument &argument : arguments) {
    SmallVector<Attribute> shape;
    for (const Extent &extent : argument.shape)
      shape.push_back(
          extent.isSymbol()
              ? Attribute(builder.getStringAttr(dims[extent.symbol]))
              : builder.getI64IntegerAttr(extent.size));
    list.push_back(builder.getDictionaryAttr({
        builder.getNamedAttr("name", builder.getStringAttr(argument.name)),
        builder.getNamedAttr(
            "role",
            builder.getStringAttr(argument.isOutput ? "output" : "input")),
        builder.getNamedAttr("dtype", builder.getStringAttr(argument.dtype)),
        builder.getNamedAttr("shape", builder.getArrayAttr(shape)),
    }));
  }
  return builder.getArrayAttr(list);
}

FailureOr<Signature> Signature::get(Operation *function) {
  auto malformed = [&](const Twine &what) {
    return function->emitError()
           << signatureAttrName << ": " << what
           << "; expected a list of {name, role, dtype, shape}";
  };
  auto list = function->getAttrOfType<ArrayAttr>(signatureAttrName);
  if (!list)
    return malformed("not an array");
  Signature result;
  for (Attribute entry : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(entry);
    auto get = [&](StringRef key) {
      return dictionary ? dictionary.getAs<StringAttr>(key) : StringAttr();
    };
    auto shape =
        dictionary ? dictionary.getAs<ArrayAttr>("shape") : ArrayAttr();
    StringAttr role = get("role");
    if (!get("name") || !get("dtype") || !shape || !role ||
        (role != "input" && role != "output"))
      return malformed("an entry lacks a key");
    Argument argument;
    argument.name = get("name").str();
    argument.dtype = get("dtype").str();
    argument.isOutput = role == "output";
    for (Attribute size : shape) {
      Extent extent;
      if (auto number = dyn_cast<IntegerAttr>(size)) {
        extent.size = number.getInt();
      } else if (auto symbol = dyn_cast<StringAttr>(size)) {
        auto found = llvm::find(result.dims, symbol.getValue());
        extent.symbol = found - result.dims.begin();
        if (found == result.dims.end())
          result.dims.push_back(symbol.str());
      } else {
        return malformed("a size is neither a number nor a symbol");
      }
      argument.shape.push_back(extent);
    }
    result.arguments.push_back(std::move(argument));
  }
  return result;
}
