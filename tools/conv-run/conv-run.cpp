//===- conv-run.cpp - Compile a function and run it -----------------------===//
//
//   conv-run conv.mlir --check --repeat=20
//   conv-run conv.mlir --entry=conv --input=u=u.npy --output=y=y.npy
//   conv-run conv.mlir --check --target=emulate:sm_90a
//
// The function is compiled for the target to a package in memory, which the
// runtime opens and runs: the road that packages in files take too.
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "Session.h"

#include "conv/InitAll.h"
#include "conv/Target/CPU/Passes.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

namespace cl = llvm::cl;

/// Take the options of LLVM's libraries off the command line: some have the
/// names of ours, and none are of use here.
static void removeLLVMOptions() {
  for (auto &[name, option] : llvm::to_vector(cl::getRegisteredOptions()))
    if (!name.starts_with("help") && name != "version")
      option->removeArgument();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  removeLLVMOptions();
  cl::OptionCategory category("conv-run options");

  cl::opt<std::string> inputFile(cl::Positional, cl::Required,
                                 cl::desc("FILE.mlir"), cl::cat(category));
  cl::opt<std::string> entry(
      "entry", cl::value_desc("function"), cl::cat(category),
      cl::desc("Function to run (default: the only public one, or @main)"));
  cl::opt<std::string> target("target", cl::init("cpu"), cl::cat(category),
                              cl::value_desc("target"),
                              cl::desc("Where to run: cpu, a GPU (cuda, "
                                       "cuda:1), or the emulator of one "
                                       "(emulate, emulate:sm_86)"));
  cl::list<std::string> inputs(
      "input", cl::value_desc("NAME=file.npy"), cl::cat(category),
      cl::desc("Contents of an argument; random where none is given. For a "
               "prepared spectrum, the taps to prepare it from"));
  cl::list<std::string> outputs("output", cl::value_desc("NAME=file.npy"),
                                cl::cat(category),
                                cl::desc("Write a result to a file"));
  cl::list<std::string> dims(
      "dim", cl::value_desc("NAME=size"), cl::cat(category),
      cl::desc(
          "Dynamic size that no input file gives, such as d0=8 (default 2)"));
  cl::opt<uint64_t> seed("seed", cl::cat(category), cl::init(0),
                         cl::desc("Seed of the random inputs (default: a "
                                  "fresh odd number, printed)"));
  cl::opt<bool> check("check", cl::cat(category),
                      cl::desc("Compare with float64, and fail past the "
                               "stated tolerance"));
  cl::opt<unsigned> repeat("repeat", cl::cat(category), cl::init(1),
                           cl::desc("How many times to run; the median "
                                    "time is printed"));
  cl::opt<unsigned> threads("threads", cl::cat(category), cl::init(0),
                            cl::desc("Threads to run on (default: one for "
                                     "each CPU); cpu only"));
  cl::opt<std::string> level(
      "level", cl::cat(category), cl::init("host"),
      cl::desc("Instruction-set level to compile for (default: host); cpu "
               "only"));
  cl::opt<std::string> arithmetic(
      "arithmetic", cl::cat(category), cl::init("f32"),
      cl::desc("Arithmetic of transforms: f32, or f16 where the level has it, "
               "at a stated error of 2e-3; cpu only"));
  cl::opt<bool> json("json", cl::cat(category),
                     cl::desc("Print the report as one JSON object"));
  cl::ParseCommandLineOptions(argc, argv, "Compile a function and run it\n");

  // Copied, because the linker, which runs in this process, resets options.
  conv::RunOptions options;
  options.file = inputFile;
  options.entry = entry;
  options.target = target;
  options.inputs.assign(inputs.begin(), inputs.end());
  options.outputs.assign(outputs.begin(), outputs.end());
  options.dims.assign(dims.begin(), dims.end());
  options.seed = seed;
  options.check = check;
  options.repeat = std::max(1u, repeat.getValue());
  options.threads = threads;
  options.level = level;
  options.arithmetic = arithmetic;
  options.json = json;

  mlir::DialectRegistry registry;
  conv::registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  return conv::runSession(options, context);
}
