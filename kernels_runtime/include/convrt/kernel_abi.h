//===- kernel_abi.h - Contract of runtime and compiled kernels --*- C -*-===//
//
// What a compiled kernel may assume and what it must do. The compiler emits
// entries of type `convrt_entry`; the runtime calls them. Nothing else crosses
// the border, so a package stays loadable by every runtime of the same major
// format version.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_KERNEL_ABI_H
#define CONVRT_KERNEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Version of `convrt_host` that this header describes.
#define CONVRT_HOST_VERSION 1u

/// What a `convrt_entry` and `convrt_host.parallel_for` return.
enum {
  CONVRT_ENTRY_OK = 0,
  CONVRT_ENTRY_OUT_OF_MEMORY =
      1,                  ///< a workspace or a temporary could not be had
  CONVRT_ENTRY_FAILED = 2 ///< the thread pool did not run the work
};

/// Alignment in bytes of workspaces and of what `allocate` returns.
#define CONVRT_HOST_ALIGNMENT 64

/// Services for a running kernel. Append-only: `version` tells how many members
/// exist. The structure and its functions may be used from several threads.
typedef struct convrt_host {
  uint32_t version; ///< at least 1
  uint32_t
      threads;   ///< threads that `parallel_for` spreads work over, at least 1
  void *context; ///< of the runtime; kernels do not look into it

  /// Call body(capture, begin, end, workspace) for disjoint ranges that cover
  /// [0, extent), on several threads, and return when all have ended. Every
  /// call that runs at the same time as another has its own workspace of
  /// `workspace_bytes` bytes, aligned to CONVRT_HOST_ALIGNMENT, with undefined
  /// contents (NULL when `workspace_bytes` is 0). One thread may get several
  /// ranges. Returns CONVRT_ENTRY_OK, or an error after which some of the
  /// range has not run. An extent of 0 or less does nothing.
  int32_t (*parallel_for)(const struct convrt_host *host,
                          void (*body)(void *capture, int64_t begin,
                                       int64_t end, void *workspace),
                          void *capture, int64_t extent,
                          int64_t workspace_bytes);

  /// Memory for a temporary, aligned to CONVRT_HOST_ALIGNMENT; NULL on failure.
  void *(*allocate)(const struct convrt_host *host, int64_t bytes);

  /// Give back what `allocate` returned; NULL is allowed.
  void (*release)(const struct convrt_host *host, void *memory);
} convrt_host;

/// A compiled kernel.
///
/// `buffers` has one data pointer per tensor argument, inputs before outputs,
/// in the order of the metadata: dense row-major, aligned to the element (for
/// complex elements to their real type). Outputs overlap nothing. A tensor
/// without elements may have a NULL pointer. `dims` has the values of the
/// dynamic dimensions, in the order of the metadata's "dims". Returns
/// CONVRT_ENTRY_OK or an error code, after which the outputs are undefined.
///
/// Entries call nothing external besides the host's services and memcpy,
/// memmove and memset. They may run several times at once.
typedef int32_t (*convrt_entry)(const convrt_host *host, void *const *buffers,
                                const int64_t *dims);

#ifdef __cplusplus
}
#endif

#endif // CONVRT_KERNEL_ABI_H
