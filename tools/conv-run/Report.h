//===- Report.h - What conv-run found out -----------------------*- C++ -*-===//

#ifndef TOOLS_CONV_RUN_REPORT_H
#define TOOLS_CONV_RUN_REPORT_H

#include "conv/Target/CPU/Compile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace conv {

/// One checked output.
struct OutputReport {
  std::string name;
  double relativeL2 = 0, tolerance = 0;
  bool ok() const { return relativeL2 <= tolerance; } // false for NaN
};

struct Report {
  std::string entry, isa, machine, plan;
  uint64_t seed = 0;
  unsigned threads = 1, repeat = 1; ///< no threads on a GPU
  bool emulated = false;            ///< times are those of emulation
  cpu::StageTimes stages;
  double compileSeconds = 0, minimumSeconds = 0, medianSeconds = 0;
  int64_t bytes = 0; ///< of all arguments
  std::vector<OutputReport> outputs;

  bool ok() const;
  /// Write to stdout, as text or as one JSON object.
  void print(bool asJSON) const;
};

} // namespace conv

#endif // TOOLS_CONV_RUN_REPORT_H
