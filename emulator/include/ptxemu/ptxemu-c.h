/*===- ptxemu-c.h - The emulator as a device, in C ------------------------===*/
/*
 * Objects are opaque. Functions return 0 or an address of 0 on failure unless
 * they say otherwise; ptxemu_error() then has the reason, valid until the next
 * call on the same device. A device may be used by one thread at a time.
 */
#ifndef PTXEMU_C_H
#define PTXEMU_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ptxemu_device ptxemu_device;

typedef struct ptxemu_launch_config {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t cluster[3]; /* zeros: what the kernel declares */
  uint32_t dynamic_shared_bytes;
  int sanitize;
  int statistics;
  int cooperative;
  int async_mode; /* 0 late, 1 eager, 2 random */
  int order;      /* 0 in order, 1 reverse, 2 random */
  uint64_t seed;
  uint64_t step_limit; /* warp instructions; 0 for the default */
  uint32_t threads;    /* host threads; 0 is one a core */
} ptxemu_launch_config;

typedef struct ptxemu_statistics {
  uint64_t warp_instructions, thread_instructions;
  uint64_t shared_requests, shared_wavefronts;
  uint64_t global_requests, global_sectors;
  uint64_t global_bytes_read, global_bytes_written;
  uint64_t tensor_operations, barriers;
} ptxemu_statistics;

typedef struct ptxemu_tensor_map_config {
  uint32_t type; /* 0 u8, 1 u16, 2 u32, 3 s32, 4 u64, 5 s64, 6 f16, 7 f32,
                    8 f64, 9 bf16, 10 tf32 */
  uint32_t rank;
  uint64_t address;
  uint64_t extent[5];
  uint64_t stride[5]; /* bytes */
  uint32_t box[5];
  uint32_t element_stride[5];
  uint32_t swizzle; /* 0 none, 1: 32, 2: 64, 3: 128 bytes */
  uint32_t fill_nan;
} ptxemu_tensor_map_config;

ptxemu_device *ptxemu_create(void);
void ptxemu_destroy(ptxemu_device *device);
const char *ptxemu_error(const ptxemu_device *device);

uint64_t ptxemu_allocate(ptxemu_device *device, uint64_t bytes);
int ptxemu_release(ptxemu_device *device, uint64_t address);
int ptxemu_copy_to_device(ptxemu_device *device, uint64_t to, const void *from,
                          uint64_t bytes);
int ptxemu_copy_to_host(ptxemu_device *device, void *to, uint64_t from,
                        uint64_t bytes);
int ptxemu_fill(ptxemu_device *device, uint64_t address, uint8_t value,
                uint64_t bytes);

/* A module handle, or -1. `bytes` of text need not end in a zero. */
int ptxemu_load(ptxemu_device *device, const char *ptx, size_t bytes);
void ptxemu_unload(ptxemu_device *device, int module);
/* Shared address of the dynamic part of a kernel; 0 when it is unknown. */
uint32_t ptxemu_dynamic_shared_address(ptxemu_device *device, int module,
                                       const char *kernel);
uint64_t ptxemu_global_address(ptxemu_device *device, int module,
                               const char *name, uint64_t *bytes);

/* Run a kernel to its end. `arguments[i]` points at parameter i, which has
   `sizes[i]` bytes. 1 when it ran without a report. */
int ptxemu_launch(ptxemu_device *device, int module, const char *kernel,
                  const ptxemu_launch_config *config,
                  const void *const *arguments, const size_t *sizes,
                  size_t count);
/* Launches end before they return, so there is never anything to wait for:
   1 when the last launch was clean. */
int ptxemu_synchronise(ptxemu_device *device);
/* Reports of the last launch, one text each. */
size_t ptxemu_report_count(const ptxemu_device *device);
const char *ptxemu_report(const ptxemu_device *device, size_t index);
void ptxemu_get_statistics(const ptxemu_device *device,
                           ptxemu_statistics *statistics);

/* Fill the 128 bytes of a tensor-map parameter (aligned to 64). */
int ptxemu_encode_tensor_map(ptxemu_device *device,
                             const ptxemu_tensor_map_config *config, void *map);

#ifdef __cplusplus
}
#endif

#endif
