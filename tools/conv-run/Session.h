//===- Session.h - One run of conv-run --------------------------*- C++ -*-===//

#ifndef TOOLS_CONV_RUN_SESSION_H
#define TOOLS_CONV_RUN_SESSION_H

#include <cstdint>
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace conv {

/// The command line.
struct RunOptions {
  std::string file, entry, target, level, arithmetic;
  std::vector<std::string> inputs, outputs, dims; ///< NAME=value each
  uint64_t seed = 0;
  unsigned repeat = 1, threads = 0;
  bool check = false, json = false;
};

/// Compile, run, check, report. Returns the exit status of the process: 1 for
/// an error, 2 if the check failed.
int runSession(const RunOptions &options, mlir::MLIRContext &context);

} // namespace conv

#endif // TOOLS_CONV_RUN_SESSION_H
