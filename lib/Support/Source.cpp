//===- Source.cpp - Read a module and name its kernels' arguments ---------===//

#include "conv/Support/Source.h"

#include "conv/Target/CPU/Passes.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

/// The text of a name, without the percent sign. Empty for a number, which
/// says nothing.
static StringRef textOf(const AsmParserState::SMDefinition &definition) {
  StringRef text(definition.loc.Start.getPointer(),
                 definition.loc.End.getPointer() -
                     definition.loc.Start.getPointer());
  text.consume_front("%");
  return text.empty() || llvm::isDigit(text[0]) ? StringRef() : text;
}

static StringRef nameOf(Value value, const AsmParserState &state) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    const auto *block = state.getBlockDef(argument.getOwner());
    if (block && argument.getArgNumber() < block->arguments.size())
      return textOf(block->arguments[argument.getArgNumber()]);
    return "";
  }
  auto result = cast<OpResult>(value);
  const auto *op = state.getOpDef(result.getOwner());
  // A name stands for one value only if the op has no group of several.
  if (op && op->resultGroups.size() == result.getOwner()->getNumResults())
    return textOf(op->resultGroups[result.getResultNumber()].definition);
  return "";
}

static void nameArguments(func::FuncOp function, const AsmParserState &state) {
  StringRef attribute = conv::cpu::nameAttrName;
  auto terminator = dyn_cast<func::ReturnOp>(function.back().getTerminator());
  if (!terminator)
    return;
  llvm::StringSet<> taken;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto name = function.getArgAttrOfType<StringAttr>(i, attribute))
      taken.insert(name);
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (auto name = function.getResultAttrOfType<StringAttr>(i, attribute))
      taken.insert(name);
  Builder builder(function.getContext());
  for (BlockArgument argument : function.getArguments()) {
    StringRef name = nameOf(argument, state);
    unsigned number = argument.getArgNumber();
    if (!name.empty() && !function.getArgAttr(number, attribute) &&
        taken.insert(name).second)
      function.setArgAttr(number, attribute, builder.getStringAttr(name));
  }
  for (auto [number, value] : llvm::enumerate(terminator.getOperands())) {
    StringRef name = nameOf(value, state);
    if (!name.empty() && !function.getResultAttr(number, attribute) &&
        taken.insert(name).second)
      function.setResultAttr(number, attribute, builder.getStringAttr(name));
  }
}

OwningOpRef<ModuleOp>
conv::parseNamedSource(const std::shared_ptr<llvm::SourceMgr> &sources,
                       MLIRContext *context) {
  ParserConfig config(context);
  llvm::StringRef text =
      sources->getMemoryBuffer(sources->getMainFileID())->getBuffer();
  if (text.starts_with("ML\xefR")) // bytecode has no names
    return parseSourceFile<ModuleOp>(sources, config);

  Block block;
  AsmParserState state;
  if (failed(parseAsmSourceFile(*sources, &block, config, &state)))
    return nullptr;
  // The file holds a module, or what belongs into one.
  OwningOpRef<ModuleOp> module;
  if (llvm::hasSingleElement(block))
    if (auto only = dyn_cast<ModuleOp>(block.front())) {
      only->remove();
      module = only;
    }
  if (!module) {
    module = ModuleOp::create(UnknownLoc::get(context));
    module->getBody()->getOperations().splice(module->getBody()->end(),
                                              block.getOperations());
    if (failed(verify(*module)))
      return nullptr;
  }
  for (auto function : module->getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      nameArguments(function, state);
  return module;
}
