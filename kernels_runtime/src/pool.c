//===- pool.c - Where kernels get threads and memory ----------------------===//

#include "pool.h"
#include "threads.h"
#include "workspace.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
  maxThreads = 1024,
  // Several ranges a thread even out threads that are slower or come later.
  rangesPerThread = 4,
};

struct convrt_pool {
  convrt_host host;
  convrt_pool_callbacks callbacks;
  bool ownsThreads;
  convrt_threads threads;
  convrt_workspaces workspaces;
};

//===----------------------------------------------------------------------===//
// Services
//===----------------------------------------------------------------------===//

/// A parallel_for in progress.
typedef struct loop {
  void (*body)(void *capture, int64_t begin, int64_t end, void *workspace);
  void *capture;
  int64_t extent;
  int64_t range; ///< items of one call of the body
  int64_t ranges;
  size_t workspaceBytes;
  convrt_workspaces *workspaces;
  atomic_int_fast64_t next; ///< first range that nobody has taken
  atomic_int_fast64_t finished;
  atomic_bool outOfMemory;
} loop;

/// What each thread does: take ranges until there are none.
static void runRanges(void *argument, int64_t task) {
  loop *l = argument;
  convrt_block workspace = {0};
  for (;;) {
    int64_t index = atomic_load_explicit(&l->next, memory_order_relaxed);
    if (index >= l->ranges)
      break;
    // Memory first: a range that was taken has to be run.
    if (l->workspaceBytes > 0 && !workspace.memory) {
      workspace = convrt_workspaces_take(l->workspaces, l->workspaceBytes);
      if (!workspace.memory) {
        atomic_store(&l->outOfMemory, true);
        return;
      }
    }
    index = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    if (index >= l->ranges)
      break;
    int64_t begin = index * l->range;
    int64_t end = l->extent - begin < l->range ? l->extent : begin + l->range;
    l->body(l->capture, begin, end, workspace.memory);
    atomic_fetch_add(&l->finished, 1);
  }
  if (workspace.memory)
    convrt_workspaces_give(l->workspaces, workspace);
}

static int32_t parallelFor(const convrt_host *host,
                           void (*body)(void *capture, int64_t begin,
                                        int64_t end, void *workspace),
                           void *capture, int64_t extent,
                           int64_t workspaceBytes) {
  convrt_pool *pool = host->context;
  if (extent <= 0)
    return CONVRT_ENTRY_OK;
  if (workspaceBytes < 0 || (uint64_t)workspaceBytes > SIZE_MAX / 2)
    return CONVRT_ENTRY_OUT_OF_MEMORY;
  int64_t wanted =
      host->threads == 1 ? 1 : (int64_t)host->threads * rangesPerThread;
  if (wanted > extent)
    wanted = extent;
  loop l = {.body = body,
            .capture = capture,
            .extent = extent,
            .range = extent / wanted + (extent % wanted != 0),
            .workspaceBytes = (size_t)workspaceBytes,
            .workspaces = &pool->workspaces};
  l.ranges = extent / l.range + (extent % l.range != 0);
  atomic_init(&l.next, 0);
  atomic_init(&l.finished, 0);
  atomic_init(&l.outOfMemory, false);
  int64_t tasks = l.ranges < host->threads ? l.ranges : host->threads;
  int32_t failed = 0;
  if (tasks == 1)
    runRanges(&l, 0);
  else
    failed = pool->callbacks.parallel_for(pool->callbacks.context, runRanges,
                                          &l, tasks);
  // Threads without memory leave their ranges to the others: what counts is
  // whether all have run.
  if (atomic_load(&l.finished) == l.ranges && !failed)
    return CONVRT_ENTRY_OK;
  return atomic_load(&l.outOfMemory) ? CONVRT_ENTRY_OUT_OF_MEMORY
                                     : CONVRT_ENTRY_FAILED;
}

static void *allocate(const convrt_host *host, int64_t bytes) {
  return convrt_allocate(bytes);
}

static void release(const convrt_host *host, void *memory) { free(memory); }

const convrt_host *convrt_pool_services(const convrt_pool *pool) {
  return &pool->host;
}

//===----------------------------------------------------------------------===//
// Making pools
//===----------------------------------------------------------------------===//

/// A pool without threads yet.
static convrt_status newPool(uint32_t threads, convrt_pool **result) {
  convrt_pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return convrt_fail_memory();
  // Two a thread: concurrent runs share the pool.
  if (convrt_workspaces_init(&pool->workspaces, (size_t)threads * 2) != 0) {
    free(pool);
    return convrt_fail_memory();
  }
  pool->host = (convrt_host){.version = CONVRT_HOST_VERSION,
                             .threads = threads,
                             .context = pool,
                             .parallel_for = parallelFor,
                             .allocate = allocate,
                             .release = release};
  *result = pool;
  return CONVRT_OK;
}

/// How many threads 0 stands for.
static convrt_status defaultThreads(uint32_t *threads) {
  const char *text = getenv("CONVRT_THREADS");
  if (text && *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*end != '\0' || value < 1 || value > maxThreads)
      return convrt_fail(CONVRT_ERROR_ARGUMENT,
                         "CONVRT_THREADS is '%.32s', not a number from 1 to %d",
                         text, maxThreads);
    *threads = (uint32_t)value;
    return CONVRT_OK;
  }
  cpu_set_t set;
  int cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  *threads = cpus < 1 ? 1 : cpus > maxThreads ? maxThreads : (uint32_t)cpus;
  return CONVRT_OK;
}

convrt_status convrt_pool_create(uint32_t threads, convrt_pool **result) {
  if (!result)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "pool is NULL");
  *result = NULL;
  convrt_status status = CONVRT_OK;
  if (threads == 0)
    status = defaultThreads(&threads);
  else if (threads > maxThreads)
    status = convrt_fail(CONVRT_ERROR_ARGUMENT, "%u threads, the limit is %d",
                         threads, maxThreads);
  convrt_pool *pool = NULL;
  if (!status)
    status = newPool(threads, &pool);
  if (status)
    return status;
  if (convrt_threads_start(&pool->threads, threads - 1) != 0) {
    convrt_workspaces_destroy(&pool->workspaces);
    free(pool);
    return convrt_fail_memory();
  }
  pool->ownsThreads = true;
  pool->host.threads = pool->threads.count + 1;
  pool->callbacks = (convrt_pool_callbacks){.context = &pool->threads,
                                            .threads = pool->host.threads,
                                            .parallel_for = convrt_threads_run};
  *result = pool;
  return CONVRT_OK;
}

convrt_status
convrt_pool_create_with_callbacks(const convrt_pool_callbacks *callbacks,
                                  convrt_pool **result) {
  if (!result)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "pool is NULL");
  *result = NULL;
  if (!callbacks || !callbacks->parallel_for)
    return convrt_fail(CONVRT_ERROR_ARGUMENT,
                       "callbacks or its parallel_for is NULL");
  if (callbacks->threads < 1 || callbacks->threads > maxThreads)
    return convrt_fail(CONVRT_ERROR_ARGUMENT,
                       "callbacks state %u threads, not from 1 to %d",
                       callbacks->threads, maxThreads);
  convrt_status status = newPool(callbacks->threads, result);
  if (!status)
    (*result)->callbacks = *callbacks;
  return status;
}

void convrt_pool_destroy(convrt_pool *pool) {
  if (!pool)
    return;
  if (pool->ownsThreads)
    convrt_threads_stop(&pool->threads);
  convrt_workspaces_destroy(&pool->workspaces);
  free(pool);
}

//===----------------------------------------------------------------------===//
// The default pool
//===----------------------------------------------------------------------===//

static pthread_mutex_t defaultMutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(convrt_pool *) defaultPool;

static void beforeFork(void) { pthread_mutex_lock(&defaultMutex); }
static void afterForkInParent(void) { pthread_mutex_unlock(&defaultMutex); }

/// The child has none of the parent's threads: it makes a pool of its own.
static void afterForkInChild(void) {
  atomic_store(&defaultPool, NULL);
  pthread_mutex_unlock(&defaultMutex);
}

convrt_status convrt_pool_default(convrt_pool **result) {
  static bool watchesForks;
  *result = atomic_load_explicit(&defaultPool, memory_order_acquire);
  if (*result)
    return CONVRT_OK;
  pthread_mutex_lock(&defaultMutex);
  convrt_status status = CONVRT_OK;
  *result = atomic_load_explicit(&defaultPool, memory_order_relaxed);
  if (!*result) {
    status = convrt_pool_create(0, result);
    if (!watchesForks)
      watchesForks =
          pthread_atfork(beforeFork, afterForkInParent, afterForkInChild) == 0;
    if (!status)
      atomic_store_explicit(&defaultPool, *result, memory_order_release);
  }
  pthread_mutex_unlock(&defaultMutex);
  return status;
}

const convrt_host *convrt_pool_host(convrt_pool *pool) {
  if (!pool && convrt_pool_default(&pool) != CONVRT_OK)
    return NULL;
  return convrt_pool_services(pool);
}
