//===- Launch.h - Running a grid ------------------------------------------===//
#ifndef PTXEMU_DEVICE_LAUNCH_H
#define PTXEMU_DEVICE_LAUNCH_H

#include "Exec/Machine.h"

namespace ptxemu {

/// Check the configuration against the kernel; empty when it fits.
std::string checkLaunch(const Program &program, const LaunchConfig &config);
LaunchResult runLaunch(const Program &program, const LaunchConfig &config,
                       const MemoryMap &memory);

} // namespace ptxemu

#endif
