//===- Program.cpp - What conv-run compiles -------------------------------===//

#include "Program.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Support/Source.h"

#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

std::string conv::prepareName(unsigned argument) {
  return "prepare_" + std::to_string(argument);
}

func::FuncOp conv::Program::referenceFunction() {
  return reference->lookupSymbol<func::FuncOp>(entry);
}

/// Find the function to run.
static FailureOr<func::FuncOp> findEntry(ModuleOp module,
                                         const std::string &name) {
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      candidates.push_back(function);
  for (func::FuncOp function : candidates)
    if (name.empty() ? candidates.size() == 1 || function.getName() == "main"
                     : function.getName() == name)
      return function;
  InFlightDiagnostic error =
      name.empty() ? module.emitError("has several public functions, or none; "
                                      "choose with --entry")
                   : module.emitError("has no public function @") << name;
  error << " (public functions:";
  for (func::FuncOp function : candidates)
    error << " @" << function.getName();
  return error << (candidates.empty() ? " none)" : ")");
}

/// Add a function that prepares the spectrum for an argument of the entry.
static void addPrepare(func::FuncOp entry, unsigned argument,
                       conv::SpectrumAttr spectrum) {
  auto type = cast<RankedTensorType>(entry.getArgumentTypes()[argument]);
  OpBuilder builder(entry.getContext());
  builder.setInsertionPoint(entry);
  Location loc = entry.getLoc();
  auto taps = RankedTensorType::get({type.getDimSize(0), spectrum.getTaps()},
                                    builder.getF32Type());
  auto function =
      func::FuncOp::create(builder, loc, conv::prepareName(argument),
                           builder.getFunctionType({taps}, {type}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  auto prepared = conv::FilterSpectrumOp::create(
      builder, loc, type, block->getArgument(0), /*init=*/Value(),
      spectrum.getKind(), spectrum.getLength(), spectrum.getPlan());
  func::ReturnOp::create(builder, loc, prepared.getOutput());
}

FailureOr<conv::Program> conv::loadProgram(const std::string &file,
                                           const std::string &entryName,
                                           MLIRContext &context) {
  std::string message;
  auto buffer = openInputFile(file, &message);
  if (!buffer) {
    llvm::WithColor::error() << message << "\n";
    return failure();
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  Program program;
  program.diagnostics =
      std::make_unique<SourceMgrDiagnosticHandler>(*sources, &context);
  program.sources = sources;
  program.module = parseNamedSource(sources, &context);
  if (!program.module)
    return failure();
  FailureOr<func::FuncOp> entry = findEntry(*program.module, entryName);
  if (failed(entry))
    return failure();
  program.entry = entry->getName().str();
  // Only the entry becomes a kernel.
  for (auto function : program.module->getOps<func::FuncOp>())
    if (function != *entry)
      function.setPrivate();

  PassManager simplify(&context);
  simplify.addPass(createInlinerPass());
  simplify.addPass(createSymbolDCEPass());
  if (failed(simplify.run(*program.module)))
    return failure();
  program.reference = program.module->clone();
  PassManager normalize(&context);
  normalize.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  normalize.addNestedPass<func::FuncOp>(createLinalgGeneralizeNamedOpsPass());
  if (failed(normalize.run(*program.reference)))
    return failure();

  entry = program.module->lookupSymbol<func::FuncOp>(program.entry);
  for (auto [index, type] : llvm::enumerate(entry->getArgumentTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      if (auto spectrum = dyn_cast_or_null<SpectrumAttr>(tensor.getEncoding()))
        addPrepare(*entry, index, spectrum);
  return program;
}
