//===- kernels.c - Small kernels for the runtime's tests ------------------===//
//
// Written to the kernel ABI by hand, so that the runtime is tested without a
// compiler. Built once per level with LEVEL set to the level's rank.
//
//===----------------------------------------------------------------------===//

#include "convrt/kernel_abi.h"

#include <string.h>

#define ENTRY(name)                                                            \
  __attribute__((visibility("default"))) int32_t name(                         \
      const convrt_host *host, void *const *buffers, const int64_t *dims)

// z[b, h] = x[b, h] + w[h] with w of 4 elements: dims = (b).
typedef struct add_capture {
  const float *x, *w;
  float *z;
} add_capture;

static void addRows(void *capture, int64_t begin, int64_t end,
                    void *workspace) {
  const add_capture *c = capture;
  for (int64_t b = begin; b < end; ++b)
    for (int64_t h = 0; h < 4; ++h)
      c->z[4 * b + h] = c->x[4 * b + h] + c->w[h];
}

ENTRY(test_add) {
  add_capture capture = {buffers[0], buffers[1], buffers[2]};
  return host->parallel_for(host, addRows, &capture, dims[0], 0);
}

// y[n] = sum of 1000 copies of x[n] by way of the workspace: dims = (n). Every
// byte of the workspace is written, and read back after.
enum { scratchCount = 1000 };

typedef struct sum_capture {
  const int64_t *x;
  int64_t *y;
  int64_t bytes;
} sum_capture;

static void sumItems(void *capture, int64_t begin, int64_t end,
                     void *workspace) {
  const sum_capture *c = capture;
  int64_t *scratch = workspace;
  for (int64_t n = begin; n < end; ++n) {
    for (int i = 0; i < scratchCount; ++i)
      scratch[i] = c->x[n];
    int64_t sum = 0;
    for (int i = 0; i < scratchCount; ++i)
      sum += scratch[i];
    c->y[n] = sum;
  }
}

ENTRY(test_sum) {
  sum_capture capture = {buffers[0], buffers[1], 0};
  return host->parallel_for(host, sumItems, &capture, dims[0],
                            scratchCount * (int64_t)sizeof(int64_t));
}

// y = x by way of a temporary of the host's.
ENTRY(test_copy) {
  int64_t bytes = dims[0] * 2;
  void *temporary = host->allocate(host, bytes);
  if (!temporary)
    return CONVRT_ENTRY_OUT_OF_MEMORY;
  memcpy(temporary, buffers[0], (size_t)bytes);
  memcpy(buffers[1], temporary, (size_t)bytes);
  int32_t status = (uintptr_t)temporary % CONVRT_HOST_ALIGNMENT ? 7 : 0;
  host->release(host, temporary);
  return status;
}

// Which image runs.
ENTRY(test_level) {
  *(int32_t *)buffers[0] = LEVEL;
  return CONVRT_ENTRY_OK;
}

ENTRY(test_fail) { return 42; }

static void touchNothing(void *capture, int64_t begin, int64_t end,
                         void *workspace) {}

// Wants more workspace than there is.
ENTRY(test_greedy) {
  return host->parallel_for(host, touchNothing, NULL, 8, INT64_MAX / 4);
}
