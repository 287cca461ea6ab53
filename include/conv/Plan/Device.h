//===- Device.h - A device of either kind -----------------------*- C++ -*-===//

#ifndef CONV_PLAN_DEVICE_H
#define CONV_PLAN_DEVICE_H

#include "conv/Plan/GpuCost.h"

namespace conv::plan {

/// What the planner plans for: one of the two is set, or neither if no device
/// has the name that was asked for.
struct Device {
  const DeviceFacts *cpu = nullptr;
  const GpuFacts *gpu = nullptr;

  explicit operator bool() const { return cpu || gpu; }
  const char *name() const { return cpu ? cpu->name : gpu->name; }
};

/// The device of this name; GPUs also go by their architecture alone.
Device findAnyDevice(const std::string &name);

/// The names of all devices, CPUs first.
std::vector<std::string> deviceNames();

/// Why a plan cannot run on a device, and how to mend it; empty if it can.
std::string checkDevice(const Plan &plan, const Device &device);

Cost estimate(const Plan &plan, const Device &device);

} // namespace conv::plan

#endif // CONV_PLAN_DEVICE_H
