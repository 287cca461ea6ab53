//===- GpuFacts.cpp - What the planner knows of GPUs ----------------------===//

#include "conv/Plan/GpuFacts.h"

namespace conv::plan {

const std::vector<GpuFacts> &gpus() {
  static const std::vector<GpuFacts> table = {
#include "GpuTable.inc"
  };
  return table;
}

const GpuFacts *findGpu(const std::string &name) {
  for (const GpuFacts &gpu : gpus())
    if (name == gpu.name || name == gpu.arch())
      return &gpu;
  return nullptr;
}

} // namespace conv::plan
