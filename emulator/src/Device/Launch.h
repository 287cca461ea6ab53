//===- Launch.h - Running a grid ------------------------------------------===//
#ifndef PTXEMU_DEVICE_LAUNCH_H
#define PTXEMU_DEVICE_LAUNCH_H

#include "Exec/Machine.h"

namespace ptxemu {

/// Check the configuration against the kernel; empty when it fits.
std::string checkLaunch(const Program &program, const LaunchConfig &config,
                        const DeviceFacts &facts);
LaunchResult runLaunch(const Program &program, const LaunchConfig &config,
                       const MemoryMap &memory, const DeviceFacts &facts);
/// Why a module with this .target does not run there; empty when it does.
std::string checkTarget(const std::string &target, const DeviceFacts &facts);
/// Sum what was counted by instruction up to the launch, its classes, opcodes
/// and loops.
Statistics summarise(const Program &program,
                     const std::vector<Counters> &counters);

} // namespace ptxemu

#endif
