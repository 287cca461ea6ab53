/*===- Driver.h - What the emulated CUDA driver has beyond CUDA's --------===*/
/*
 * libptxemu-cuda.so exports functions of the CUDA driver API (cuInit,
 * cuModuleLoadDataEx, cuLaunchKernelEx, ...), so that a program that opens
 * libcuda.so.1 at run time can open it instead. These are in addition.
 *
 * A program that knows nothing of them sets the environment, which every call
 * of cuInit reads: PTXEMU_ with a setting's name in capitals. The first call
 * reads PTXEMU_DEVICE too.
 */
#ifndef PTXEMU_DRIVER_H
#define PTXEMU_DRIVER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What went wrong in this thread's last failing call: for a module the line
 * that is not understood, for a launch every report of the sanitizer, one a
 * line. Never NULL; valid until the thread's next failing call.
 */
const char *ptxemuDriverError(void);

/*
 * Change how launches run, from the next one on, until the next cuInit:
 *
 *   sanitize    0 or 1: look for races, missing waits, uninitialised memory
 *   statistics  0 or 1: count; both set the counters to zero
 *   seed        a number, for the random settings
 *   order       inorder, reverse or random: of warps
 *   async       late, eager or random: when asynchronous copies take effect
 *   threads     host threads of a launch; 0 is one a core
 *
 * Returns 0 (a CUresult: success) or 1 (invalid value).
 */
int ptxemuDriverSet(const char *name, const char *value);

/* Sums over the launches that ran since statistics were switched on. */
typedef struct ptxemu_driver_counters {
  uint64_t launches;
  uint64_t warp_instructions, thread_instructions;
  uint64_t tensor_operations; /* multiply-adds count two */
  uint64_t shared_requests, shared_wavefronts, shared_ideal_wavefronts;
  uint64_t global_requests, global_sectors;
  uint64_t global_bytes_read, global_bytes_written;
  uint64_t barriers;
} ptxemu_driver_counters;
void ptxemuDriverCounters(ptxemu_driver_counters *counters);

#ifdef __cplusplus
}
#endif

#endif /* PTXEMU_DRIVER_H */
