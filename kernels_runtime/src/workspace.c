//===- workspace.c - Reusable scratch memory ------------------------------===//

#include "workspace.h"
#include "convrt/kernel_abi.h"

#include <stdlib.h>
#include <sys/mman.h>

void *convrt_allocate(int64_t bytes) {
  const size_t hugePage = (size_t)2 << 20;
  if (bytes < 0 || (uint64_t)bytes > SIZE_MAX / 2)
    return NULL;
  size_t alignment = CONVRT_HOST_ALIGNMENT;
  size_t size = (size_t)bytes;
  // Strided passes over a large block miss the TLB with small pages.
  if (size >= 2 * hugePage)
    alignment = hugePage;
  size = size == 0 ? alignment : (size + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, size);
  if (memory && alignment == hugePage)
    madvise(memory, size, MADV_HUGEPAGE); // only a hint: failure is harmless
  return memory;
}

int convrt_workspaces_init(convrt_workspaces *workspaces, size_t capacity) {
  *workspaces = (convrt_workspaces){.capacity = capacity};
  workspaces->blocks = calloc(capacity, sizeof *workspaces->blocks);
  if (!workspaces->blocks)
    return -1;
  if (pthread_mutex_init(&workspaces->mutex, NULL) != 0) {
    free(workspaces->blocks);
    return -1;
  }
  return 0;
}

void convrt_workspaces_destroy(convrt_workspaces *workspaces) {
  while (workspaces->count > 0)
    free(workspaces->blocks[--workspaces->count].memory);
  free(workspaces->blocks);
  pthread_mutex_destroy(&workspaces->mutex);
}

convrt_block convrt_workspaces_take(convrt_workspaces *workspaces,
                                    size_t bytes) {
  convrt_block block = {0};
  pthread_mutex_lock(&workspaces->mutex);
  if (workspaces->count > 0)
    block = workspaces->blocks[--workspaces->count];
  pthread_mutex_unlock(&workspaces->mutex);
  if (block.memory && block.bytes >= bytes)
    return block;
  // Too small a block makes way, so that the stack comes to fit the kernels.
  free(block.memory);
  block.memory = convrt_allocate((int64_t)bytes);
  block.bytes = block.memory ? bytes : 0;
  return block;
}

void convrt_workspaces_give(convrt_workspaces *workspaces, convrt_block block) {
  pthread_mutex_lock(&workspaces->mutex);
  if (workspaces->count < workspaces->capacity) {
    workspaces->blocks[workspaces->count++] = block;
    block.memory = NULL;
  }
  pthread_mutex_unlock(&workspaces->mutex);
  free(block.memory);
}
