//===- threads.h - A small thread pool -------------------------*- C -*-===//
//
// Jobs of several tasks each, from several threads at once. The thread that
// brings a job works on it too, so a job ends even if no worker is free, and a
// task may bring a job of its own.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_THREADS_H
#define CONVRT_SRC_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct convrt_job;

typedef struct convrt_threads {
  pthread_mutex_t mutex;
  pthread_cond_t wake;      ///< there are tasks, or it is time to stop
  struct convrt_job *queue; ///< jobs with tasks that nobody has taken
  bool stop;
  pthread_t *workers;
  uint32_t count;
} convrt_threads;

/// Start up to `workers` threads: fewer if the system has no more, which
/// `threads->count` tells. Non-zero if not even the pool itself can be made.
int convrt_threads_start(convrt_threads *threads, uint32_t workers);

/// Join them. No job may be running.
void convrt_threads_stop(convrt_threads *threads);

/// Call task(argument, i) for each i in [0, tasks); `context` is the pool.
int32_t convrt_threads_run(void *context,
                           void (*task)(void *argument, int64_t i),
                           void *argument, int64_t tasks);

#endif // CONVRT_SRC_THREADS_H
