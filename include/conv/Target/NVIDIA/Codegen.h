//===- Codegen.h - From nvvm kernels to PTX and machine code ----*- C++ -*-===//

#ifndef CONV_TARGET_NVIDIA_CODEGEN_H
#define CONV_TARGET_NVIDIA_CODEGEN_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace conv::nvidia {

/// How LLVM treats a module before it writes PTX.
struct CodegenOptions {
  std::string arch = "sm_90a";
  /// Run LLVM's O3 pipeline. Kernels are straight code: with some plans ptxas
  /// does better with it, with others without.
  bool optimize = true;
};

/// PTX text for a module of llvm and nvvm ops.
llvm::Expected<std::string> emitPTX(mlir::gpu::GPUModuleOp module,
                                    const CodegenOptions &options);

/// What ptxas says of a kernel.
struct KernelResources {
  int64_t registers = 0;
  int64_t spillStoreBytes = 0, spillLoadBytes = 0;
  int64_t staticSharedBytes = 0;
};

struct Assembly {
  std::string cubin;
  std::map<std::string, KernelResources> kernels;
  /// Diagnostics of ptxas beside the resources: advice such as C7508, warnings.
  std::string diagnostics;
};

/// Where ptxas is: CONV_PTXAS, the PATH, $CUDA_PATH/bin, /usr/local/cuda/bin;
/// or nothing.
std::optional<std::string> findPtxas();

/// Assemble PTX with ptxas. Fails with its text.
llvm::Expected<Assembly> assemble(llvm::StringRef ptx, llvm::StringRef arch,
                                  llvm::StringRef ptxas);

} // namespace conv::nvidia

#endif // CONV_TARGET_NVIDIA_CODEGEN_H
