//===- convrt.h - Run compiled convolutions --------------------*- C -*-===//
//
// A package holds compiled kernels, one image per instruction-set level. The
// runtime opens it, checks it once and completely, picks the best image for
// this CPU, and runs its kernels on DLPack tensors:
//
//   convrt_package *package;
//   if (convrt_package_open_file("conv.pkg", &package) != CONVRT_OK)
//     return fail(convrt_last_error());
//   const convrt_kernel *kernel = convrt_package_find(package, "main");
//   const DLTensor *arguments[] = {&u, &spectrum, &y};
//   if (convrt_run(kernel, arguments, 3, NULL) != CONVRT_OK)
//     return fail(convrt_last_error());
//   convrt_package_close(package);
//
// Errors are codes; `convrt_last_error()` has the text of the calling thread's
// last one. Nothing aborts, and nothing is written to stdout or stderr.
//
// Threads: every function may be called from several threads at once, with the
// same package, kernel and pool, except that closing a package or destroying a
// pool must happen after its last use.
//
// Trust: a package is machine code. Its checksums find damage, not forgery:
// open only packages that you would also execute.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_CONVRT_H
#define CONVRT_CONVRT_H

#include "convrt/dlpack_abi.h"
#include "convrt/kernel_abi.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CONVRT_API __attribute__((visibility("default")))
#else
#define CONVRT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define CONVRT_VERSION_MAJOR 0
#define CONVRT_VERSION_MINOR 1
#define CONVRT_VERSION_PATCH 0

/// Major version of the package format that this runtime reads.
#define CONVRT_FORMAT_MAJOR 1

/// The library's version, "0.1.0".
CONVRT_API const char *convrt_version(void);

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// What a function returns. New codes may be appended.
typedef enum convrt_status {
  CONVRT_OK = 0,
  CONVRT_ERROR_ARGUMENT = 1,    ///< a NULL or senseless argument of a function
  CONVRT_ERROR_IO = 2,          ///< a file could not be read
  CONVRT_ERROR_FORMAT = 3,      ///< not a package, truncated, or malformed
  CONVRT_ERROR_VERSION = 4,     ///< written for another major version
  CONVRT_ERROR_CHECKSUM = 5,    ///< damaged: a sha256 does not match
  CONVRT_ERROR_UNSUPPORTED = 6, ///< no image runs on this CPU or GPU
  CONVRT_ERROR_LOAD = 7,        ///< the image could not be mapped or bound
  CONVRT_ERROR_MEMORY = 8,      ///< out of memory
  CONVRT_ERROR_DEVICE = 9,      ///< a tensor is on another device
  CONVRT_ERROR_DTYPE = 10,      ///< a tensor's element type
  CONVRT_ERROR_SHAPE = 11,      ///< a tensor's rank or shape
  CONVRT_ERROR_LAYOUT = 12,     ///< strides, alignment, NULL data or overlap
  CONVRT_ERROR_KERNEL = 13,     ///< the kernel itself reported a failure
  CONVRT_ERROR_NO_DRIVER = 14,  ///< there is no CUDA driver
  CONVRT_ERROR_OLD_DRIVER = 15, ///< the CUDA driver is too old
  CONVRT_ERROR_NO_DEVICE = 16,  ///< there is no such GPU
  CONVRT_ERROR_RESOURCES = 17,  ///< a kernel needs more than the GPU has
  CONVRT_ERROR_CUDA = 18,       ///< another failure of the CUDA driver
} convrt_status;

/// The name of a code, such as "CONVRT_ERROR_SHAPE".
CONVRT_API const char *convrt_status_name(convrt_status status);

/// What went wrong in this thread's last failing call: what was given, what the
/// limit is. Never NULL; valid until the thread's next failing call.
CONVRT_API const char *convrt_last_error(void);

//===----------------------------------------------------------------------===//
// Packages
//===----------------------------------------------------------------------===//

typedef struct convrt_package convrt_package;
typedef struct convrt_kernel convrt_kernel;

/// How `convrt_package_open_memory` treats the bytes.
typedef enum convrt_ownership {
  CONVRT_COPY = 0,   ///< copy them; the caller may free them at once
  CONVRT_BORROW = 1, ///< read them in place; the caller keeps them unchanged
                     ///< until the package is closed
} convrt_ownership;

/// Open a package file: read it, check magic, version, extents and checksums of
/// every image, and choose the image for this CPU. No code of the package runs
/// or is mapped before `convrt_package_load` or the first `convrt_run`. On
/// failure `*package` is NULL.
CONVRT_API convrt_status convrt_package_open_file(const char *path,
                                                  convrt_package **package);

/// Open a package that is in memory already.
CONVRT_API convrt_status convrt_package_open_memory(const void *bytes,
                                                    size_t size,
                                                    convrt_ownership ownership,
                                                    convrt_package **package);

/// Check a package as opening it does, without choosing an image: for tools
/// that write packages, which may be for other CPUs.
CONVRT_API convrt_status convrt_package_verify(const void *bytes, size_t size);

/// Close a package and unload its code. NULL is allowed. Its kernels and every
/// text and structure obtained from them are gone afterwards.
CONVRT_API void convrt_package_close(convrt_package *package);

/// Map the chosen image and bind its kernels now, rather than in the first run.
/// Fails with CONVRT_ERROR_UNSUPPORTED if no image runs on this CPU. Repeated
/// calls return what the first one did.
CONVRT_API convrt_status convrt_package_load(convrt_package *package);

/// The level of the image that describes and runs the kernels ("avx512"), and
/// its target triple. If no image runs on this CPU, those of the first image.
CONVRT_API const char *convrt_package_isa(const convrt_package *package);
CONVRT_API const char *convrt_package_triple(const convrt_package *package);

/// How many images the package has, and the level of one of them (NULL past the
/// end).
CONVRT_API size_t convrt_package_image_count(const convrt_package *package);
CONVRT_API const char *convrt_package_image_isa(const convrt_package *package,
                                                size_t index);

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

typedef enum convrt_role { CONVRT_INPUT = 0, CONVRT_OUTPUT = 1 } convrt_role;

/// One dimension of an argument.
typedef struct convrt_dim {
  int64_t extent;     ///< -1 if dynamic
  const char *symbol; ///< NULL if static; equal symbols mean equal extents
} convrt_dim;

/// One tensor argument. New members may be appended.
typedef struct convrt_argument {
  const char *name;
  convrt_role role;
  const char *dtype_name; ///< "f32", "bf16", "complex64", ...
  DLDataType dtype;
  int32_t rank;
  const convrt_dim *shape; ///< `rank` of them
} convrt_argument;

/// What a kernel computes and how exactly. New members may be appended.
typedef struct convrt_kernel_info {
  const char *name;
  const char *kind;       ///< the operation, such as "long_conv"; may be empty
  const char *plan;       ///< the plan in the compiler's syntax; may be empty
  const char *arithmetic; ///< of the transform: "f32", "f16", "bf16"
  /// Stated bound of |out - exact|: relative to |exact| + |u| |k| for a row u
  /// convolved with k, in L2 norms, and to |exact| for other operations.
  double relative_l2_bound;
  const char *isa;       ///< level of the image that runs it
  size_t argument_count; ///< inputs first, then outputs
  size_t input_count;
  size_t dim_count; ///< dynamic dimensions
} convrt_kernel_info;

/// Kernels of a package, in its order. NULL past the end, or if no kernel has
/// that name. Kernels belong to the package.
CONVRT_API size_t convrt_package_kernel_count(const convrt_package *package);
CONVRT_API const convrt_kernel *
convrt_package_kernel(const convrt_package *package, size_t index);
CONVRT_API const convrt_kernel *
convrt_package_find(const convrt_package *package, const char *name);

/// Describe a kernel, its arguments and its dynamic dimensions. NULL past the
/// end. All of it belongs to the package.
CONVRT_API const convrt_kernel_info *
convrt_kernel_describe(const convrt_kernel *kernel);
CONVRT_API const convrt_argument *
convrt_kernel_argument(const convrt_kernel *kernel, size_t index);
CONVRT_API const char *convrt_kernel_dim(const convrt_kernel *kernel,
                                         size_t index);

/// The shape that argument `index` must have, given the shapes of the inputs:
/// writes its `rank` extents to `shape`. Fails with CONVRT_ERROR_SHAPE if the
/// inputs contradict the kernel or leave one of the dimensions open. Only the
/// shapes of the tensors are looked at.
CONVRT_API convrt_status convrt_kernel_infer_shape(
    const convrt_kernel *kernel, const DLTensor *const *inputs,
    size_t input_count, size_t index, int64_t *shape);

//===----------------------------------------------------------------------===//
// Thread pools
//===----------------------------------------------------------------------===//

typedef struct convrt_pool convrt_pool;

/// A thread pool of the caller's.
typedef struct convrt_pool_callbacks {
  void *context;
  /// How many threads the pool has, the calling one included; at least 1.
  uint32_t threads;
  /// Call task(argument, i) once for each i in [0, tasks), on any thread, and
  /// return when all have returned. Non-zero means failure.
  int32_t (*parallel_for)(void *context,
                          void (*task)(void *argument, int64_t i),
                          void *argument, int64_t tasks);
} convrt_pool_callbacks;

/// A pool of `threads` threads, the one that calls `convrt_run` being one of
/// them. 0 means one for each CPU that the process may use, or what the
/// environment variable CONVRT_THREADS says.
CONVRT_API convrt_status convrt_pool_create(uint32_t threads,
                                            convrt_pool **pool);

/// A pool that hands its work to the caller's threads.
CONVRT_API convrt_status convrt_pool_create_with_callbacks(
    const convrt_pool_callbacks *callbacks, convrt_pool **pool);

/// Join the threads and free what the pool holds. NULL is allowed.
CONVRT_API void convrt_pool_destroy(convrt_pool *pool);

/// The services that kernels get from this pool, for calling an entry that was
/// compiled in process. NULL means the default pool. Returns NULL only if the
/// default pool could not be made. Valid as long as the pool.
CONVRT_API const convrt_host *convrt_pool_host(convrt_pool *pool);

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Run a kernel on its tensors, inputs first, then outputs, and return when it
/// is done. `pool` NULL means the default pool, which has as many threads as
/// `convrt_pool_create(0, ...)` gives and is shared by the process.
///
/// Everything is checked before anything is written: the count, and for each
/// tensor its device (CPU), element type, rank, extents (static ones equal,
/// dynamic ones consistent), strides (NULL or dense row-major; those of
/// dimensions of extent 1 do not matter), data (not NULL unless empty, aligned
/// to the element), and that no output overlaps another argument. If all
/// outputs are empty the call succeeds and does nothing.
CONVRT_API convrt_status convrt_run(const convrt_kernel *kernel,
                                    const DLTensor *const *arguments,
                                    size_t count, convrt_pool *pool);

/// The same for managed tensors, whose ownership stays with the caller.
CONVRT_API convrt_status convrt_run_managed(const convrt_kernel *kernel,
                                            DLManagedTensor *const *arguments,
                                            size_t count, convrt_pool *pool);

//===----------------------------------------------------------------------===//
// CPU
//===----------------------------------------------------------------------===//

/// The best level that this CPU and operating system support: "baseline",
/// "avx2", "avx512", "avx512fp16" or, on AArch64, "neon". The environment
/// variable CONVRT_ISA lowers it; a value that is unknown or higher than the
/// CPU makes opening a package fail.
CONVRT_API const char *convrt_cpu_isa(void);

/// Whether this CPU has a feature that an image may require ("amx_bf16", ...).
/// Names that are not known are not supported.
CONVRT_API int convrt_cpu_has(const char *feature);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // CONVRT_CONVRT_H
