//===- PoolTest.cpp - Threads, workspaces and host services ---------------===//

#include "convrt/convrt.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct Pool {
  explicit Pool(uint32_t threads) {
    EXPECT_EQ(convrt_pool_create(threads, &pool), CONVRT_OK)
        << convrt_last_error();
  }
  ~Pool() { convrt_pool_destroy(pool); }
  convrt_pool *pool = nullptr;
};

/// What the bodies below record.
struct Record {
  std::vector<std::atomic<int>> visits;
  std::mutex mutex;
  std::set<void *> busy; ///< workspaces in use right now
  int64_t workspaceBytes = 0;
  std::atomic<bool> good{true};

  explicit Record(int64_t extent) : visits(extent) {}
};

void visit(void *capture, int64_t begin, int64_t end, void *workspace) {
  auto *record = static_cast<Record *>(capture);
  if (begin >= end)
    record->good = false;
  if ((workspace != nullptr) != (record->workspaceBytes > 0) ||
      reinterpret_cast<uintptr_t>(workspace) % CONVRT_HOST_ALIGNMENT != 0)
    record->good = false;
  if (workspace) {
    std::lock_guard<std::mutex> lock(record->mutex);
    if (!record->busy.insert(workspace).second)
      record->good = false;
  }
  auto *bytes = static_cast<unsigned char *>(workspace);
  for (int64_t i = 0; i < record->workspaceBytes; ++i)
    bytes[i] = static_cast<unsigned char>(begin);
  for (int64_t i = begin; i < end; ++i)
    ++record->visits[i];
  for (int64_t i = 0; i < record->workspaceBytes; ++i)
    if (bytes[i] != static_cast<unsigned char>(begin))
      record->good = false;
  if (workspace) {
    std::lock_guard<std::mutex> lock(record->mutex);
    record->busy.erase(workspace);
  }
}

void expectCovers(const convrt_host *host, int64_t extent,
                  int64_t workspaceBytes) {
  Record record(extent);
  record.workspaceBytes = workspaceBytes;
  ASSERT_EQ(host->parallel_for(host, visit, &record, extent, workspaceBytes),
            CONVRT_ENTRY_OK);
  EXPECT_TRUE(record.good);
  for (int64_t i = 0; i < extent; ++i)
    ASSERT_EQ(record.visits[i], 1) << i << " of " << extent;
}

TEST(Pool, CoversEveryExtent) {
  for (uint32_t threads : {1u, 2u, 3u, 8u}) {
    Pool pool(threads);
    const convrt_host *host = convrt_pool_host(pool.pool);
    EXPECT_EQ(host->version, CONVRT_HOST_VERSION);
    EXPECT_EQ(host->threads, threads);
    for (int64_t extent : {0, 1, 2, 3, 7, 8, 31, 32, 33, 1000})
      for (int64_t workspace : {0, 1, 100, 4096})
        expectCovers(host, extent, workspace);
  }
}

TEST(Pool, NegativeExtentDoesNothing) {
  const convrt_host *host = convrt_pool_host(nullptr);
  EXPECT_EQ(host->parallel_for(host, visit, nullptr, -5, 0), CONVRT_ENTRY_OK);
}

void countWide(void *capture, int64_t begin, int64_t end, void *workspace) {
  *static_cast<std::atomic<uint64_t> *>(capture) += uint64_t(end - begin);
}

TEST(Pool, HugeExtentDoesNotOverflow) {
  Pool pool(3);
  const convrt_host *host = convrt_pool_host(pool.pool);
  std::atomic<uint64_t> total{0};
  EXPECT_EQ(host->parallel_for(host, countWide, &total, INT64_MAX, 0),
            CONVRT_ENTRY_OK);
  EXPECT_EQ(total, uint64_t(INT64_MAX));
}

TEST(Pool, MemoryThatDoesNotExist) {
  for (uint32_t threads : {1u, 4u}) {
    Pool pool(threads);
    const convrt_host *host = convrt_pool_host(pool.pool);
    Record record(4);
    for (int64_t bytes : {int64_t(-1), INT64_MAX, INT64_MAX / 4})
      EXPECT_EQ(host->parallel_for(host, visit, &record, 4, bytes),
                CONVRT_ENTRY_OUT_OF_MEMORY);
    for (int64_t bytes : {int64_t(-1), INT64_MAX, INT64_MAX / 4})
      EXPECT_EQ(host->allocate(host, bytes), nullptr);
  }
}

TEST(Pool, Allocates) {
  const convrt_host *host = convrt_pool_host(nullptr);
  for (int64_t bytes : {0, 1, 63, 64, 65, 1 << 20, 9 << 20}) {
    auto *memory = static_cast<char *>(host->allocate(host, bytes));
    ASSERT_NE(memory, nullptr) << bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % CONVRT_HOST_ALIGNMENT, 0u);
    for (int64_t i = 0; i < bytes; i += 4096)
      memory[i] = 1;
    host->release(host, memory);
  }
  host->release(host, nullptr);
}

void takeTime(void *capture, int64_t begin, int64_t end, void *workspace) {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  *static_cast<std::atomic<uint64_t> *>(capture) += uint64_t(end - begin);
}

TEST(Pool, ReturnsWhenAllHaveEnded) {
  Pool pool(4);
  const convrt_host *host = convrt_pool_host(pool.pool);
  for (int round = 0; round < 10; ++round) {
    std::atomic<uint64_t> total{0};
    EXPECT_EQ(host->parallel_for(host, takeTime, &total, 17, 0),
              CONVRT_ENTRY_OK);
    EXPECT_EQ(total, 17u);
  }
}

/// Several threads use one pool at once, each with workspaces of its own size.
TEST(Pool, ConcurrentLoops) {
  Pool pool(4);
  const convrt_host *host = convrt_pool_host(pool.pool);
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([host, t] {
      for (int round = 0; round < 100; ++round)
        expectCovers(host, 1 + (round * 7 + t) % 50, 100 * t);
    });
  for (std::thread &thread : threads)
    thread.join();
}

struct Nested {
  const convrt_host *host;
  std::atomic<int> visits{0};
};

void countOne(void *capture, int64_t begin, int64_t end, void *workspace) {
  static_cast<Nested *>(capture)->visits += int(end - begin);
}

void nest(void *capture, int64_t begin, int64_t end, void *workspace) {
  auto *nested = static_cast<Nested *>(capture);
  for (int64_t i = begin; i < end; ++i)
    EXPECT_EQ(nested->host->parallel_for(nested->host, countOne, nested, 10, 0),
              CONVRT_ENTRY_OK);
}

TEST(Pool, LoopsMayNest) {
  Pool pool(3);
  Nested nested{convrt_pool_host(pool.pool)};
  EXPECT_EQ(nested.host->parallel_for(nested.host, nest, &nested, 20, 0),
            CONVRT_ENTRY_OK);
  EXPECT_EQ(nested.visits, 200);
}

//===----------------------------------------------------------------------===//
// The caller's threads
//===----------------------------------------------------------------------===//

struct Custom {
  int64_t calls = 0, tasks = 0;
  int64_t skip = 0;   ///< how many tasks not to run
  int32_t result = 0; ///< what to return
};

int32_t customParallelFor(void *context, void (*task)(void *, int64_t),
                          void *argument, int64_t tasks) {
  auto *custom = static_cast<Custom *>(context);
  ++custom->calls;
  custom->tasks += tasks;
  std::vector<std::thread> threads;
  for (int64_t i = custom->skip; i < tasks; ++i)
    threads.emplace_back([=] { task(argument, i); });
  for (std::thread &thread : threads)
    thread.join();
  return custom->result;
}

TEST(Pool, CallerProvidesThreads) {
  Custom custom;
  convrt_pool_callbacks callbacks = {&custom, 3, customParallelFor};
  convrt_pool *pool = nullptr;
  ASSERT_EQ(convrt_pool_create_with_callbacks(&callbacks, &pool), CONVRT_OK);
  const convrt_host *host = convrt_pool_host(pool);
  EXPECT_EQ(host->threads, 3u);
  expectCovers(host, 100, 64);
  EXPECT_EQ(custom.calls, 1);
  EXPECT_EQ(custom.tasks, 3);

  // Tasks share the work, so one is enough; none is a failure.
  custom.skip = 2;
  expectCovers(host, 100, 64);
  custom.skip = 3;
  Record record(100);
  EXPECT_EQ(host->parallel_for(host, visit, &record, 100, 0),
            CONVRT_ENTRY_FAILED);
  custom.skip = 0;
  custom.result = 1;
  EXPECT_EQ(host->parallel_for(host, visit, &record, 100, 0),
            CONVRT_ENTRY_FAILED);
  convrt_pool_destroy(pool);
}

TEST(Pool, BadArguments) {
  convrt_pool *pool = nullptr;
  convrt_pool_callbacks callbacks = {nullptr, 1, nullptr};
  EXPECT_EQ(convrt_pool_create(1, nullptr), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_pool_create(1025, &pool), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_pool_create_with_callbacks(nullptr, &pool),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_pool_create_with_callbacks(&callbacks, &pool),
            CONVRT_ERROR_ARGUMENT);
  callbacks.parallel_for = customParallelFor;
  EXPECT_EQ(convrt_pool_create_with_callbacks(&callbacks, nullptr),
            CONVRT_ERROR_ARGUMENT);
  for (uint32_t threads : {0u, 1025u}) {
    callbacks.threads = threads;
    EXPECT_EQ(convrt_pool_create_with_callbacks(&callbacks, &pool),
              CONVRT_ERROR_ARGUMENT);
  }
  EXPECT_EQ(pool, nullptr);
  convrt_pool_destroy(nullptr);
}

TEST(Pool, ThreadsFromTheEnvironment) {
  convrt_pool *pool = nullptr;
  setenv("CONVRT_THREADS", "3", 1);
  ASSERT_EQ(convrt_pool_create(0, &pool), CONVRT_OK);
  EXPECT_EQ(convrt_pool_host(pool)->threads, 3u);
  convrt_pool_destroy(pool);
  for (const char *text : {"0", "-1", "many", "3x", "99999999999999999999"}) {
    setenv("CONVRT_THREADS", text, 1);
    EXPECT_EQ(convrt_pool_create(0, &pool), CONVRT_ERROR_ARGUMENT) << text;
    EXPECT_NE(std::string(convrt_last_error()).find("CONVRT_THREADS"),
              std::string::npos);
  }
  unsetenv("CONVRT_THREADS");
}

struct Threads {
  std::mutex mutex;
  std::set<std::thread::id> ids;
};

void noteThread(void *capture, int64_t begin, int64_t end, void *workspace) {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto *threads = static_cast<Threads *>(capture);
  std::lock_guard<std::mutex> lock(threads->mutex);
  threads->ids.insert(std::this_thread::get_id());
}

/// How many threads took part in a loop of slow items; 0 if it failed.
size_t threadsInALoop(const convrt_host *host) {
  Threads threads;
  return host->parallel_for(host, noteThread, &threads, 40, 0) == 0
             ? threads.ids.size()
             : 0;
}

/// A forked child has a default pool of its own, whose threads work.
TEST(Pool, DefaultSurvivesFork) {
  const convrt_host *host = convrt_pool_host(nullptr);
  if (host->threads < 2)
    GTEST_SKIP() << "the default pool has one thread";
  EXPECT_GE(threadsInALoop(host), 2u);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    host = convrt_pool_host(nullptr);
    _exit(host && threadsInALoop(host) >= 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

} // namespace
