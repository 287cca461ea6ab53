//===- package.h - An open package -----------------------------*- C -*-===//

#ifndef CONVRT_SRC_PACKAGE_H
#define CONVRT_SRC_PACKAGE_H

#include "loader.h"
#include "metadata.h"

#include <pthread.h>
#include <stdatomic.h>

struct convrt_package {
  convrt_arena arena;
  const uint8_t *bytes;
  void *owned; ///< the bytes, if they belong to the package
  size_t size;
  convrt_image *images;
  size_t imageCount;
  convrt_image *chosen; ///< describes the kernels, and runs them if `runnable`
  bool runnable;

  // Loading happens once, under the mutex; `loaded` publishes its result.
  pthread_mutex_t mutex;
  atomic_bool loaded;
  convrt_status loadStatus;
  char *loadMessage; ///< of a failure; NULL if memory ran out for it
  convrt_library library;
};

#endif // CONVRT_SRC_PACKAGE_H
