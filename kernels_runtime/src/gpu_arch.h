//===- gpu_arch.h - Which GPU an image is for ------------------*- C -*-===//

#ifndef CONVRT_SRC_GPU_ARCH_H
#define CONVRT_SRC_GPU_ARCH_H

#include <stdbool.h>

/// An architecture such as sm_90a: compute capability 9.0, and which devices
/// besides it run its code.
typedef struct convrt_gpu_arch {
  int major, minor;
  /// 'a': this capability alone; 'f': its family, equal major and at least this
  /// minor; 0: machine code as 'f', PTX on everything later.
  char suffix;
} convrt_gpu_arch;

/// Parse "sm_90", "sm_90a" or "sm_100f".
bool convrt_gpu_arch_parse(const char *text, convrt_gpu_arch *arch);

/// Whether machine code or PTX for `arch` runs on a device of the capability.
bool convrt_gpu_arch_runs(const convrt_gpu_arch *arch, bool isPtx, int major,
                          int minor);

#endif // CONVRT_SRC_GPU_ARCH_H
