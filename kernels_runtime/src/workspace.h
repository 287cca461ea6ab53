//===- workspace.h - Reusable scratch memory -------------------*- C -*-===//
//
// Kernels want scratch memory at every run. Fresh memory costs a page fault
// every 4 KB and is cold, so blocks are kept and the last one used goes out
// first.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_WORKSPACE_H
#define CONVRT_SRC_WORKSPACE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

typedef struct convrt_block {
  void *memory;
  size_t bytes;
} convrt_block;

typedef struct convrt_workspaces {
  pthread_mutex_t mutex;
  convrt_block *blocks; ///< free ones, a stack
  size_t count;
  size_t capacity;
} convrt_workspaces;

/// Keep up to `capacity` free blocks. Non-zero if memory ran out.
int convrt_workspaces_init(convrt_workspaces *workspaces, size_t capacity);
void convrt_workspaces_destroy(convrt_workspaces *workspaces);

/// A block of at least `bytes` bytes, `memory` NULL if there is none to be had.
convrt_block convrt_workspaces_take(convrt_workspaces *workspaces,
                                    size_t bytes);
void convrt_workspaces_give(convrt_workspaces *workspaces, convrt_block block);

/// `bytes` bytes aligned to CONVRT_HOST_ALIGNMENT, for free(); NULL on failure
/// or if `bytes` is negative.
void *convrt_allocate(int64_t bytes);

#endif // CONVRT_SRC_WORKSPACE_H
