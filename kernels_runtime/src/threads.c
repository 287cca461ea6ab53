//===- threads.c - A small thread pool ------------------------------------===//

#include "threads.h"

#include <signal.h>
#include <stdlib.h>

/// A job lives on the stack of the thread that brought it.
typedef struct convrt_job {
  void (*task)(void *argument, int64_t i);
  void *argument;
  int64_t tasks;
  int64_t next; ///< first task that nobody has taken
  int64_t unfinished;
  pthread_cond_t done;
  struct convrt_job *after; ///< in the queue
} convrt_job;

/// Take the next task of `job`, which leaves the queue with its last one.
static int64_t takeTask(convrt_threads *threads, convrt_job *job) {
  int64_t i = job->next++;
  if (job->next == job->tasks) {
    convrt_job **link = &threads->queue;
    while (*link != job)
      link = &(*link)->after;
    *link = job->after;
  }
  return i;
}

/// Run one task of `job`; called and left with the mutex held.
static void runTask(convrt_threads *threads, convrt_job *job) {
  int64_t i = takeTask(threads, job);
  pthread_mutex_unlock(&threads->mutex);
  job->task(job->argument, i);
  pthread_mutex_lock(&threads->mutex);
  if (--job->unfinished == 0)
    pthread_cond_signal(&job->done);
}

static void *work(void *argument) {
  convrt_threads *threads = argument;
  pthread_mutex_lock(&threads->mutex);
  for (;;) {
    while (!threads->queue && !threads->stop)
      pthread_cond_wait(&threads->wake, &threads->mutex);
    if (threads->stop)
      break;
    runTask(threads, threads->queue);
  }
  pthread_mutex_unlock(&threads->mutex);
  return NULL;
}

int convrt_threads_start(convrt_threads *threads, uint32_t workers) {
  *threads = (convrt_threads){0};
  threads->workers = calloc(workers ? workers : 1, sizeof *threads->workers);
  if (!threads->workers)
    return -1;
  if (pthread_mutex_init(&threads->mutex, NULL) != 0) {
    free(threads->workers);
    return -1;
  }
  if (pthread_cond_init(&threads->wake, NULL) != 0) {
    pthread_mutex_destroy(&threads->mutex);
    free(threads->workers);
    return -1;
  }
  // Signals are for the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (threads->count < workers &&
         pthread_create(&threads->workers[threads->count], NULL, work,
                        threads) == 0)
    ++threads->count;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return 0;
}

void convrt_threads_stop(convrt_threads *threads) {
  pthread_mutex_lock(&threads->mutex);
  threads->stop = true;
  pthread_cond_broadcast(&threads->wake);
  pthread_mutex_unlock(&threads->mutex);
  for (uint32_t i = 0; i < threads->count; ++i)
    pthread_join(threads->workers[i], NULL);
  pthread_cond_destroy(&threads->wake);
  pthread_mutex_destroy(&threads->mutex);
  free(threads->workers);
}

int32_t convrt_threads_run(void *context,
                           void (*task)(void *argument, int64_t i),
                           void *argument, int64_t tasks) {
  convrt_threads *threads = context;
  if (tasks <= 0)
    return 0;
  convrt_job job = {
      .task = task, .argument = argument, .tasks = tasks, .unfinished = tasks};
  if (pthread_cond_init(&job.done, NULL) != 0)
    return -1;
  pthread_mutex_lock(&threads->mutex);
  convrt_job **link = &threads->queue;
  while (*link)
    link = &(*link)->after;
  *link = &job;
  if (tasks > 1)
    pthread_cond_broadcast(&threads->wake);
  while (job.next < job.tasks)
    runTask(threads, &job);
  while (job.unfinished > 0)
    pthread_cond_wait(&job.done, &threads->mutex);
  pthread_mutex_unlock(&threads->mutex);
  pthread_cond_destroy(&job.done);
  return 0;
}
