//===- Device.cpp - A device of either kind -------------------------------===//

#include "conv/Plan/Device.h"

#include "conv/Plan/Planner.h"

namespace conv::plan {

Device findAnyDevice(const std::string &name) {
  return {findDevice(name), findGpu(name)};
}

std::vector<std::string> deviceNames() {
  std::vector<std::string> names;
  for (const DeviceFacts &cpu : devices())
    names.push_back(cpu.name);
  for (const GpuFacts &gpu : gpus())
    names.push_back(gpu.name);
  return names;
}

std::string checkDevice(const Plan &plan, const Device &device) {
  bool isTensor = plan.choice.isTensor();
  if (device.cpu)
    return isTensor ? describe(plan.choice) +
                          " is a plan for tensor cores, "
                          "which " +
                          device.name() + " has none of; leave out warps"
                    : "";
  if (!isTensor && plan.choice.algorithm == Algorithm::direct)
    return "";
  if (!isTensor)
    return describe(plan.choice) + " is a plan for CPUs, but " + device.name() +
           " is a GPU; use a plan with warps";
  return checkFit(plan.problem, plan.choice, *device.gpu);
}

Cost estimate(const Plan &plan, const Device &device) {
  return device.cpu ? estimate(plan, *device.cpu) : estimate(plan, *device.gpu);
}

} // namespace conv::plan
