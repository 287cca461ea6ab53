//===- cpu.h - What this CPU can run ---------------------------*- C -*-===//

#ifndef CONVRT_SRC_CPU_H
#define CONVRT_SRC_CPU_H

#include "status.h"

/// The first component of a target triple for this machine, "x86_64".
const char *convrt_cpu_arch(void);

/// The rank of a level on this architecture, from 0 for "baseline" upwards; -1
/// if the name is not a level of it.
int convrt_isa_rank(const char *name);

/// The rank of the best level that may be used: that of the CPU, lowered by the
/// environment variable CONVRT_ISA. Fails if the variable is unknown or higher.
convrt_status convrt_isa_limit(int *rank);

/// Ask the system for what the use of a feature needs beyond the CPU: AMX tiles
/// need a permission of the process. Returns 0 if it is refused.
int convrt_cpu_enable(const char *feature);

#endif // CONVRT_SRC_CPU_H
