/*===- c.h - The emulator as a device, in C -----------------------*- C -*-===*/
/*
 * A device that allocates, copies, loads modules of PTX text and launches their
 * kernels, as the CUDA driver does:
 *
 *   ptxemu_device *device;
 *   if (ptxemu_device_create("sm_90a", &device) != PTXEMU_OK)
 *     return fail(ptxemu_last_error());
 *   ptxemu_module *module;
 *   ptxemu_function *function;
 *   ptxemu_module_load(device, text, bytes, &module);
 *   ptxemu_module_function(module, "kernel", &function);
 *   uint64_t x;
 *   ptxemu_memory_allocate(device, 4096, &x);
 *   ptxemu_launch_config config = {0};
 *   config.struct_size = sizeof(config);
 *   config.grid[0] = 8, config.block[0] = 128;  // zeros mean 1
 *   void *parameters[] = {&x};
 *   ptxemu_launch(function, &config, parameters);
 *
 * Functions return a status; ptxemu_last_error() has the text of the calling
 * thread's last failure. Nothing aborts or prints. Functions may be called from
 * several threads, calls on one device take turns; an object must not be
 * destroyed while another thread uses it. Launches end before they return, so
 * there is nothing to synchronise with.
 *
 * Structures start with their size, which the caller sets to sizeof. Members
 * may be appended: the library neither reads nor writes past that size, and
 * what is not there counts as zero.
 */
#ifndef PTXEMU_C_H
#define PTXEMU_C_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PTXEMU_API __attribute__((visibility("default")))
#else
#define PTXEMU_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Changes when a program that was built with this header must be rebuilt. */
#define PTXEMU_API_VERSION 1u
PTXEMU_API uint32_t ptxemu_api_version(void);

/** New codes may be appended. */
typedef enum ptxemu_status {
  PTXEMU_OK = 0,
  PTXEMU_ERROR_ARGUMENT = 1,  /* a NULL or senseless argument */
  PTXEMU_ERROR_DEVICE = 2,    /* no device of that name */
  PTXEMU_ERROR_MODULE = 3,    /* the PTX text is refused */
  PTXEMU_ERROR_NOT_FOUND = 4, /* no kernel or variable of that name */
  PTXEMU_ERROR_MEMORY = 5,    /* out of memory, or not device memory */
  PTXEMU_ERROR_LAUNCH = 6,    /* configuration refused; nothing has run */
  PTXEMU_ERROR_KERNEL = 7     /* it ran, and there are reports */
} ptxemu_status;

/** Text of this thread's last failure. Never NULL. */
PTXEMU_API const char *ptxemu_last_error(void);

typedef struct ptxemu_device ptxemu_device;
typedef struct ptxemu_module ptxemu_module;
typedef struct ptxemu_function ptxemu_function;

/*===- Devices ------------------------------------------------------------===*/

typedef struct ptxemu_facts {
  uint32_t struct_size;
  uint32_t compute_capability; /* 90 */
  uint32_t multiprocessors;
  uint32_t warp_size;
  uint32_t max_threads_per_block;
  uint32_t max_warps_per_multiprocessor;
  uint32_t max_blocks_per_multiprocessor;
  uint32_t registers_per_multiprocessor;
  uint32_t shared_bytes_per_multiprocessor;
  uint32_t shared_bytes_per_block;       /* without asking for more */
  uint32_t shared_bytes_per_block_optin; /* static and dynamic together */
  uint32_t max_cluster_size;             /* 1: no clusters */
  uint64_t l2_bytes;
} ptxemu_facts;

/** Names that ptxemu_device_create knows ("sm_80", "sm_86", "sm_89", "sm_90a",
    "sm_100a", "sm_120"); NULL past the end. */
PTXEMU_API const char *ptxemu_device_name(size_t index);
/** The least device that runs a module, from its .target; NULL when there is
    none or the text has no target. */
PTXEMU_API const char *ptxemu_device_for_module(const char *ptx, size_t bytes);
PTXEMU_API ptxemu_status ptxemu_device_create(const char *name,
                                              ptxemu_device **device);
/** Its modules, functions and memory go with it. NULL is allowed. */
PTXEMU_API void ptxemu_device_destroy(ptxemu_device *device);
PTXEMU_API ptxemu_status ptxemu_device_facts(const ptxemu_device *device,
                                             ptxemu_facts *facts);

/** How launches run from now on. All zeros is what a new device has. */
typedef struct ptxemu_options {
  uint32_t struct_size;
  uint32_t sanitize; /* races, uninitialised reads, missing waits and fences */
  uint32_t statistics;   /* see ptxemu_function_statistics */
  uint32_t async_mode;   /* asynchronous copies take effect 0: as late as legal,
                            1: at once, 2: at random moments */
  uint32_t order;        /* warps run 0: in order, 1: reversed, 2: in random
                            slices */
  uint32_t threads;      /* host threads that run CTAs; 0 is one. The sanitizer
                            uses one always, so that the same seed gives the same
                            reports */
  uint64_t seed;         /* of the random order and mode; 0 is 1 */
  uint64_t step_limit;   /* warp instructions of a launch; 0 is 2^33 */
  uint64_t memory_limit; /* bytes of device memory; 0 is what the host has */
  uint32_t max_reports;  /* of a launch; 0 is 64 */
} ptxemu_options;
PTXEMU_API ptxemu_status
ptxemu_device_set_options(ptxemu_device *device, const ptxemu_options *options);

/*===- Memory -------------------------------------------------------------===*/

/** 256-byte aligned memory, filled with 0xFF (NaN). Accesses of kernels outside
    of what is allocated are reported, whether or not the sanitizer is on. */
PTXEMU_API ptxemu_status ptxemu_memory_allocate(ptxemu_device *device,
                                                uint64_t bytes,
                                                uint64_t *address);
PTXEMU_API ptxemu_status ptxemu_memory_free(ptxemu_device *device,
                                            uint64_t address);
PTXEMU_API ptxemu_status ptxemu_memory_copy_in(ptxemu_device *device,
                                               uint64_t to, const void *from,
                                               uint64_t bytes);
PTXEMU_API ptxemu_status ptxemu_memory_copy_out(ptxemu_device *device, void *to,
                                                uint64_t from, uint64_t bytes);
/** Between two places on the device; they may overlap. */
PTXEMU_API ptxemu_status ptxemu_memory_copy(ptxemu_device *device, uint64_t to,
                                            uint64_t from, uint64_t bytes);
PTXEMU_API ptxemu_status ptxemu_memory_fill(ptxemu_device *device,
                                            uint64_t address, uint8_t value,
                                            uint64_t bytes);
PTXEMU_API uint64_t ptxemu_memory_in_use(const ptxemu_device *device);

/*===- Modules and functions ----------------------------------------------===*/

/** Parse and check PTX text, which need not end in a zero. Every kernel is
    decoded: what the emulator does not know is refused here, with line and
    text, and so is a .target that the device does not run. */
PTXEMU_API ptxemu_status ptxemu_module_load(ptxemu_device *device,
                                            const char *ptx, size_t bytes,
                                            ptxemu_module **module);
/** Its functions go with it. NULL is allowed. */
PTXEMU_API void ptxemu_module_unload(ptxemu_module *module);
/** Name of a kernel; NULL past the end. */
PTXEMU_API const char *ptxemu_module_kernel(const ptxemu_module *module,
                                            size_t index);
/** A kernel. The module owns it. */
PTXEMU_API ptxemu_status ptxemu_module_function(ptxemu_module *module,
                                                const char *kernel,
                                                ptxemu_function **function);
/** Address and size (NULL: not wanted) of a .global or .const variable. */
PTXEMU_API ptxemu_status ptxemu_module_global(const ptxemu_module *module,
                                              const char *name,
                                              uint64_t *address,
                                              uint64_t *bytes);

typedef struct ptxemu_function_info {
  uint32_t struct_size;
  uint32_t parameter_count;
  uint32_t static_shared_bytes;
  uint32_t required_block[3];      /* .reqntid; zeros: none */
  uint32_t max_threads;            /* .maxntid; 0: none */
  uint32_t cluster[3];             /* .reqnctapercluster; zeros: none */
  uint32_t dynamic_shared_address; /* for kernels that take it as a parameter */
  uint32_t local_bytes;            /* a thread */
} ptxemu_function_info;
PTXEMU_API ptxemu_status ptxemu_function_describe(
    const ptxemu_function *function, ptxemu_function_info *info);
/** Size and alignment (NULL: not wanted) of a parameter in bytes. */
PTXEMU_API ptxemu_status
ptxemu_function_parameter(const ptxemu_function *function, size_t index,
                          uint64_t *bytes, uint32_t *align);
/** Allow this many dynamic shared bytes, as
    CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES does. Without it, static and
    dynamic bytes together may be 48 KiB, as on a device. */
PTXEMU_API ptxemu_status
ptxemu_function_set_dynamic_shared(ptxemu_function *function, uint32_t bytes);

/*===- Launches -----------------------------------------------------------===*/

typedef struct ptxemu_launch_config {
  uint32_t struct_size;
  uint32_t grid[3], block[3]; /* 0 is 1 */
  uint32_t cluster[3];        /* zeros: what the kernel declares */
  uint32_t dynamic_shared_bytes;
  uint32_t cooperative; /* all CTAs resident, for grid-wide barriers */
} ptxemu_launch_config;

/** Run a kernel to its end. `parameters[i]` points at the value of parameter i,
    as for cuLaunchKernel. */
PTXEMU_API ptxemu_status ptxemu_launch(ptxemu_function *function,
                                       const ptxemu_launch_config *config,
                                       void *const *parameters);

/** What the last launch on the device reported. Text is valid until the next
    launch. */
typedef struct ptxemu_report {
  uint32_t struct_size;
  int32_t ptx_line;
  const char *kind; /* "shared-race"; the README lists them */
  const char *kernel;
  const char *text; /* all of it, in one line (a deadlock: a line a warp) */
  const char *source_file; /* from .loc; "" when there is none */
  int32_t source_line;
  uint32_t cta[3];
  int32_t warp, lane; /* -1: does not apply */
  uint64_t address;
  uint64_t repeats; /* further ones at the same instruction */
} ptxemu_report;
PTXEMU_API size_t ptxemu_report_count(const ptxemu_device *device);
PTXEMU_API ptxemu_status ptxemu_report_at(const ptxemu_device *device,
                                          size_t index, ptxemu_report *report);

/*===- Statistics ---------------------------------------------------------===*/

/** Counts of a kernel, summed over its launches with `statistics` on. */
typedef struct ptxemu_statistics {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t launches;
  uint64_t warp_instructions, thread_instructions;
  /** Wavefronts over ideal ones is the bank-conflict factor: how many cycles
      shared requests take for one that they would take without conflicts. */
  uint64_t shared_requests, shared_wavefronts, shared_ideal_wavefronts;
  uint64_t global_requests, global_sectors; /* of 32 bytes */
  uint64_t global_bytes_read, global_bytes_written;
  uint64_t tensor_operations;              /* a multiply-add is two */
  uint64_t barriers;                       /* arrivals of warps */
  uint64_t mma, wgmma, ldmatrix, stmatrix; /* warp instructions; mma counts
                                              wmma.mma too. In loops 0. */
  uint64_t by_class[16]; /* warp instructions, see ptxemu_class_name */
} ptxemu_statistics;
PTXEMU_API ptxemu_status ptxemu_function_statistics(
    const ptxemu_function *function, ptxemu_statistics *statistics);
PTXEMU_API void ptxemu_function_reset_statistics(ptxemu_function *function);
/** "integer", "float32", "matrix", ...; NULL past the end. */
PTXEMU_API const char *ptxemu_class_name(size_t index);
/** Opcode with its modifiers and how often warps ran it; NULL past the end. */
PTXEMU_API const char *ptxemu_function_opcode(const ptxemu_function *function,
                                              size_t index, uint64_t *count);
/** A table for people; valid until the function's next launch or reset. */
PTXEMU_API const char *
ptxemu_function_report_statistics(const ptxemu_function *function);

/** A loop of the kernel or of a function it calls. */
typedef struct ptxemu_loop {
  uint32_t struct_size;
  int32_t first_line, last_line; /* of the PTX text; first is the header */
  int32_t source_line;           /* from .loc; 0: none */
  const char *source_file;
  const char *function;
  uint32_t depth;      /* 1 is outermost */
  uint64_t iterations; /* times a warp ran the header */
} ptxemu_loop;
/** PTXEMU_ERROR_NOT_FOUND past the end. `statistics` (NULL: not wanted) counts
    nested loops too. There are loops once the kernel was launched with
    statistics. */
PTXEMU_API ptxemu_status ptxemu_function_loop(const ptxemu_function *function,
                                              size_t index, ptxemu_loop *loop,
                                              ptxemu_statistics *statistics);

/*===- Tensor maps --------------------------------------------------------===*/

typedef struct ptxemu_tensor_map_config {
  uint32_t struct_size;
  uint32_t type; /* 0 u8, 1 u16, 2 u32, 3 s32, 4 u64, 5 s64, 6 f16, 7 f32,
                    8 f64, 9 bf16, 10 tf32 */
  uint32_t rank;
  uint32_t swizzle; /* 0 none, 1: 32, 2: 64, 3: 128 bytes */
  uint64_t address;
  uint64_t extent[5]; /* elements, innermost first */
  uint64_t stride[5]; /* bytes; [0] is ignored */
  uint32_t box[5];
  uint32_t element_stride[5]; /* 0 is 1 */
  uint32_t fill_nan;
} ptxemu_tensor_map_config;
/** Fill the 128 bytes of a tensor-map parameter. */
PTXEMU_API ptxemu_status
ptxemu_tensor_map_encode(const ptxemu_tensor_map_config *config, void *map);

#ifdef __cplusplus
}
#endif

#endif
