//===- State.h - What the emulated driver remembers -----------------------===//
#ifndef PTXEMU_DRIVER_STATE_H
#define PTXEMU_DRIVER_STATE_H

#include "Driver/Abi.h"
#include "ptxemu/Driver.h"
#include "ptxemu/Emulator.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <vector>

/// A piece of work on a stream. Handles keep the names that CUDA gives them.
using Work = std::function<CUresult()>;

/// One emulated GPU with its memory.
struct Gpu {
  int ordinal;
  ptxemu::Device device;
  std::unique_ptr<CUctx_st> primary;
  int primaryUses = 0;
  std::set<uint64_t> allocations; ///< what may be freed

  Gpu(int ordinal, const ptxemu::DeviceFacts &facts)
      : ordinal(ordinal), device(facts) {}
};

struct CUctx_st {
  Gpu *gpu;
};

struct CUfunc_st {
  CUmod_st *module;
  ptxemu::KernelInfo info;
  uint32_t dynamicLimit; ///< shared bytes a launch may ask for
};

struct CUmod_st {
  Gpu *gpu;
  ptxemu::ModuleHandle handle;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

struct CUgraph_st {
  std::vector<Work> work;
};
struct CUgraphExec_st {
  std::vector<Work> work;
};

/// Work on a stream is done at once, unless the stream is being captured.
struct CUstream_st {
  Gpu *gpu;
  std::unique_ptr<CUgraph_st> capture;
  bool invalidated = false;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
};

struct CUevent_st {
  Gpu *gpu;
  bool recorded = false;
  std::chrono::steady_clock::time_point time;
};

struct CUmemPool_st {
  Gpu *gpu;
};

namespace ptxemu::driver {

/// How launches run; see ptxemuDriverSet.
struct Settings {
  bool sanitize = false, statistics = false;
  uint64_t seed = 1;
  Order order = Order::InOrder;
  AsyncMode async = AsyncMode::Late;
  unsigned threads = 1;
};

/// The handles of one kind that are alive.
template <typename T> class Handles {
public:
  T *add(std::unique_ptr<T> object) {
    T *handle = object.get();
    objects[handle] = std::move(object);
    return handle;
  }
  bool has(T *handle) const { return objects.count(handle) != 0; }
  bool remove(T *handle) { return objects.erase(handle) != 0; }
  auto begin() { return objects.begin(); }
  auto end() { return objects.end(); }

private:
  std::map<T *, std::unique_ptr<T>> objects;
};

struct State {
  std::recursive_mutex mutex;
  bool initialised = false;
  std::vector<std::unique_ptr<Gpu>> gpus;
  Settings settings;
  Counters counters;
  uint64_t launches = 0;
  Handles<CUctx_st> contexts; ///< those that are not primary
  Handles<CUmod_st> modules;
  Handles<CUstream_st> streams;
  Handles<CUevent_st> events;
  Handles<CUgraph_st> graphs;
  Handles<CUgraphExec_st> executables;
  Handles<CUmemPool_st> pools;

  bool knows(CUcontext context) const;
  bool knows(CUfunction function);
  /// The GPU whose memory an address is in, with the allocation; or null.
  Gpu *find(CUdeviceptr address, uint64_t *base, uint64_t *bytes);
};

State &state();

/// The calling thread's contexts; the last one is current.
std::vector<CUcontext> &contextStack();
/// The GPU of the current context, or null.
Gpu *currentGpu();

/// Keep the text for ptxemuDriverError and return `result`.
CUresult fail(CUresult result, const std::string &text);

bool set(Settings &settings, const std::string &name, const std::string &value);

/// Run one function of the API: with the lock, after cuInit, and without
/// letting an exception into C.
template <typename F> CUresult guarded(F body) {
  State &s = state();
  std::lock_guard<std::recursive_mutex> lock(s.mutex);
  if (!s.initialised)
    return fail(CUDA_ERROR_NOT_INITIALIZED, "cuInit has not been called");
  try {
    return body(s);
  } catch (const std::bad_alloc &) {
    return fail(CUDA_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &e) {
    return fail(CUDA_ERROR_UNKNOWN, e.what());
  }
}

/// The same with the GPU of the current context.
template <typename F> CUresult withGpu(F body) {
  return guarded([&](State &s) {
    Gpu *gpu = currentGpu();
    return gpu ? body(s, *gpu)
               : fail(CUDA_ERROR_INVALID_CONTEXT, "no context is current");
  });
}

/// Do the work now, or record it if the stream is being captured.
CUresult enqueue(State &s, CUstream stream, Work work);

/// For calls that wait or allocate: an error that also spoils the capture, if
/// one is going on that forbids them.
CUresult checkNotCapturing(State &s, const char *what);

} // namespace ptxemu::driver

#endif
