//===- Machine.h - What conv-run compiles for and runs on -------*- C++ -*-===//
//
// The CPU, a GPU, or the emulator of one: how to compile for it, load a package
// and run kernels on tensors in the host's memory.
//
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_RUN_MACHINE_H
#define TOOLS_CONV_RUN_MACHINE_H

#include "conv/Target/CPU/Compile.h"
#include "convrt/convrt.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>

namespace conv {

struct RunOptions;

class Machine {
public:
  virtual ~Machine() = default;

  /// The machine that --target names, for the options that go with it.
  static llvm::Expected<std::unique_ptr<Machine>>
  open(const RunOptions &options);

  /// Compile a module to a package. Errors are diagnostics.
  virtual mlir::FailureOr<llvm::SmallVector<char, 0>>
  compile(mlir::ModuleOp module, cpu::StageTimes &times) = 0;

  /// Make the kernels of a package ready; it must outlive the machine's use.
  virtual convrt_status load(convrt_package *package) = 0;

  /// The description of a kernel of the loaded package, or null.
  virtual const convrt_kernel *find(const std::string &name) const = 0;

  /// Run a kernel on tensors in the host's memory, `runs` times, and note how
  /// long each run took, without copies to a device and back.
  virtual convrt_status run(const convrt_kernel *kernel,
                            llvm::ArrayRef<const DLTensor *> tensors,
                            unsigned runs, std::vector<double> &seconds) = 0;

  /// For people: "2 threads", "emulated sm_90a".
  virtual std::string describe() const = 0;
  /// Threads of the CPU; 0 for a GPU.
  virtual unsigned threads() const = 0;
  /// Whether times are those of emulation.
  virtual bool isEmulated() const = 0;
};

/// A GPU ("cuda", "cuda:1") or the emulator ("emulate", "emulate:sm_86").
llvm::Expected<std::unique_ptr<Machine>> openGpu(const std::string &name);

} // namespace conv

#endif // TOOLS_CONV_RUN_MACHINE_H
