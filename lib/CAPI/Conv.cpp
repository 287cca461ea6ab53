//===- Conv.cpp - C API of the compiler -----------------------------------===//

#include "conv-c/Conv.h"

#include "conv/Dialect/Conv/IR/ConvDialect.h"
#include "conv/Dialect/Monarch/IR/MonarchDialect.h"
#include "conv/InitAll.h"
#include "conv/Support/Source.h"
#include "conv/Target/CPU/Compile.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <mutex>

using namespace mlir;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Conv, conv, conv::ConvDialect)
MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Monarch, monarch,
                                      conv::monarch::MonarchDialect)

struct ConvResult {
  bool isError = true;
  std::string message;
  llvm::SmallVector<char, 0> bytes;
};

void convRegisterAllDialects(MlirDialectRegistry registry) {
  conv::registerAllDialects(*unwrap(registry));
}

void convRegisterPasses(void) {
  static std::once_flag once;
  std::call_once(once, [] { conv::registerConvPasses(); });
}

ConvCompileOptions convCompileOptionsGetDefault(void) {
  return {"host", "f32"};
}

/// Write a diagnostic as "file:line:column: message".
static void append(std::string &text, Diagnostic &diagnostic) {
  llvm::raw_string_ostream stream(text);
  auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
  if (file)
    stream << file.getFilename().getValue() << ":" << file.getLine() << ":"
           << file.getColumn() << ": ";
  stream << diagnostic << "\n";
}

/// Collects the diagnostics of the calling thread into a result.
static auto collectInto(ConvResult &result) {
  return [&result](Diagnostic &diagnostic) {
    append(result.message, diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      append(result.message, note);
    return success();
  };
}

static void compileModule(ModuleOp module, const ConvCompileOptions &options,
                          ConvResult &result) {
  auto levels =
      conv::cpu::parseLevels(options.levels ? options.levels : "host");
  if (!levels) {
    result.message += "levels: " + llvm::toString(levels.takeError()) + "\n";
    return;
  }
  conv::cpu::CompileOptions compile;
  compile.levels = *levels;
  if (options.arithmetic)
    compile.arithmetic = options.arithmetic;
  if (compile.arithmetic != "f32" && compile.arithmetic != "f16") {
    result.message += "arithmetic: unknown \"" + compile.arithmetic +
                      "\"; known are: f32, f16\n";
    return;
  }
  auto bytes = conv::cpu::compileToPackage(module, compile);
  if (failed(bytes))
    return;
  result.bytes = std::move(*bytes);
  result.isError = false;
}

ConvResult *convCompileModule(MlirModule module,
                              const ConvCompileOptions *options) {
  auto *result = new ConvResult;
  ModuleOp op = unwrap(module);
  ScopedDiagnosticHandler handler(op.getContext(), collectInto(*result));
  // A module that was built, not parsed, may be anything.
  if (succeeded(verify(op)))
    compileModule(op, options ? *options : convCompileOptionsGetDefault(),
                  *result);
  return result;
}

ConvResult *convCompileText(const char *text, size_t length,
                            const ConvCompileOptions *options) {
  auto *result = new ConvResult;
  DialectRegistry registry;
  conv::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  ScopedDiagnosticHandler handler(&context, collectInto(*result));
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(
                                  llvm::StringRef(text, length), "<text>"),
                              llvm::SMLoc());
  if (OwningOpRef<ModuleOp> module = conv::parseNamedSource(sources, &context))
    compileModule(*module, options ? *options : convCompileOptionsGetDefault(),
                  *result);
  return result;
}

bool convResultIsError(const ConvResult *result) { return result->isError; }

const char *convResultMessage(const ConvResult *result) {
  return result->message.c_str();
}

const void *convResultData(const ConvResult *result) {
  return result->isError ? nullptr : result->bytes.data();
}

size_t convResultSize(const ConvResult *result) { return result->bytes.size(); }

void convResultDestroy(ConvResult *result) { delete result; }
