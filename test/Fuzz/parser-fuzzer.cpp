//===- parser-fuzzer.cpp - Parse, verify and print anything ---------------===//
//
// Text goes through the parser and the verifiers; what survives is printed and
// has to parse again. Diagnostics are fine, crashes are not.
//
//===----------------------------------------------------------------------===//

#include "conv/Dialect/Conv/IR/ConvDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <cstdio>
#include <cstdlib>

using namespace mlir;

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  conv::registerConvDialect(registry);
  registry.insert<arith::ArithDialect, func::FuncDialect, memref::MemRefDialect,
                  tensor::TensorDialect>();
  return registry;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static DialectRegistry registry = makeRegistry();
  // A context of its own for each input: what one input interns, the next must
  // not find.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler(
      [](Diagnostic &) { return success(); });
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(text, ParserConfig(&context));
  if (!module)
    return 0;
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  module->print(stream);
  if (!parseSourceString<ModuleOp>(printed, ParserConfig(&context))) {
    std::fprintf(stderr, "does not parse again:\n%s\n", printed.c_str());
    std::abort();
  }
  return 0;
}
