//===- Measure.h - Buffers, clocks and threads ------------------*- C++ -*-===//

#ifndef CONV_BENCH_MEASURE_H
#define CONV_BENCH_MEASURE_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace conv::bench {

/// Zeroed memory on huge pages where the system has them, so that page faults
/// and the TLB weigh the same on every contender.
class Buffer {
public:
  explicit Buffer(size_t bytes) : bytes((bytes + page - 1) / page * page) {
    void *mapped = mmap(nullptr, this->bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    start = mapped == MAP_FAILED ? nullptr : mapped;
    if (start) {
      madvise(start, this->bytes, MADV_HUGEPAGE);
      std::memset(start, 0, this->bytes);
    }
  }
  ~Buffer() {
    if (start)
      munmap(start, bytes);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  template <typename T> T *as() const { return static_cast<T *>(start); }
  explicit operator bool() const { return start != nullptr; }

private:
  static constexpr size_t page = size_t(2) << 20;
  size_t bytes;
  void *start;
};

/// Seconds by two clocks. `cpu` adds up all threads of the process and does not
/// count the time that other processes took from it.
struct Seconds {
  double wall = 0;
  double cpu = 0;
};

inline double readClock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

template <typename Work> Seconds measure(Work work) {
  double wall = readClock(CLOCK_MONOTONIC);
  double cpu = readClock(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {readClock(CLOCK_MONOTONIC) - wall,
          readClock(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

/// Run work(begin, end, thread) over [0, extent) in `threads` equal parts.
template <typename Work>
void divide(int64_t extent, int threads, const Work &work) {
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t)
    others.emplace_back(
        [&, t] { work(extent * t / threads, extent * (t + 1) / threads, t); });
  work(int64_t(0), extent / threads, 0);
  for (std::thread &other : others)
    other.join();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

} // namespace conv::bench

#endif // CONV_BENCH_MEASURE_H
