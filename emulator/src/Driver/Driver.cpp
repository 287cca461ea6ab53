//===- Driver.cpp - Devices, contexts and errors --------------------------===//
#include "Driver/State.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace ptxemu;
using namespace ptxemu::driver;

namespace {

thread_local std::string lastError;
thread_local std::vector<CUcontext> contexts;

constexpr int driverVersion = 13000;

struct ErrorName {
  CUresult result;
  const char *name, *text;
};
constexpr ErrorName errorNames[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED",
     "initialization error"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE",
     "invalid device ordinal"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT",
     "invalid device context"},
    {CUDA_ERROR_NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {CUDA_ERROR_INVALID_PTX, "CUDA_ERROR_INVALID_PTX",
     "a PTX JIT compilation failed"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE",
     "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {CUDA_ERROR_LAUNCH_TIMEOUT, "CUDA_ERROR_LAUNCH_TIMEOUT",
     "the launch timed out and was terminated"},
    {CUDA_ERROR_MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS",
     "misaligned address"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED",
     "unspecified launch failure"},
    {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED",
     "operation not supported"},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
     "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
     "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
     "capture was not ended in the same stream as it began"},
    {CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
     "operation would make the legacy stream depend on a capturing blocking "
     "stream"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const ErrorName *findError(CUresult result) {
  for (const ErrorName &e : errorNames)
    if (e.result == result)
      return &e;
  return nullptr;
}

/// The devices that the environment asks for, sm_90a first.
CUresult makeGpus(State &s) {
  std::vector<const DeviceFacts *> chosen;
  if (const char *name = std::getenv("PTXEMU_DEVICE")) {
    const DeviceFacts *facts = findDevice(name);
    if (!facts)
      return fail(CUDA_ERROR_INVALID_DEVICE, std::string("PTXEMU_DEVICE is '") +
                                                 name +
                                                 "', which is not emulated");
    chosen.push_back(facts);
  } else {
    chosen.push_back(findDevice("sm_90a"));
    for (const DeviceFacts &facts : knownDevices())
      if (&facts != chosen[0])
        chosen.push_back(&facts);
  }
  for (const DeviceFacts *facts : chosen)
    s.gpus.push_back(std::make_unique<Gpu>(int(s.gpus.size()), *facts));
  return CUDA_SUCCESS;
}

/// The settings that the environment asks for.
CUresult readEnvironment(Settings &result) {
  Settings settings;
  for (const char *name :
       {"sanitize", "statistics", "seed", "order", "async", "threads"}) {
    std::string variable = "PTXEMU_";
    for (const char *c = name; *c; ++c)
      variable += char(*c - 'a' + 'A');
    const char *value = std::getenv(variable.c_str());
    if (value && !set(settings, name, value))
      return fail(CUDA_ERROR_INVALID_VALUE,
                  variable + " has the senseless value '" + value + "'");
  }
  result = settings;
  return CUDA_SUCCESS;
}

Gpu *gpuAt(State &s, CUdevice device) {
  if (device < 0 || size_t(device) >= s.gpus.size()) {
    fail(CUDA_ERROR_INVALID_DEVICE,
         "there is no device " + std::to_string(device));
    return nullptr;
  }
  return s.gpus[size_t(device)].get();
}

int attributeOf(const DeviceFacts &facts, CUdeviceAttribute attribute) {
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
    return int(maxThreadsPerBlock);
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
    return 64;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
    return 0x7FFFFFFF;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
    return 65535;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
    return int(sharedBytesPerBlock);
  case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
    return 32;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    return int(facts.multiprocessors);
  case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
    return int(facts.l2Bytes);
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR:
    return int(facts.maxWarpsPerMultiprocessor * 32);
  case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
  case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
    return 1;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    return int(facts.computeCapability / 10);
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    return int(facts.computeCapability % 10);
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR:
    return int(facts.sharedBytesPerMultiprocessor);
  case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR:
    return int(facts.registersPerMultiprocessor);
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
    return int(facts.sharedBytesPerBlockOptin);
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR:
    return int(facts.maxBlocksPerMultiprocessor);
  case CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH:
    return facts.maxClusterSize > 1;
  }
  return -1;
}

} // namespace

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

namespace ptxemu::driver {

State &state() {
  // Never destroyed: other threads may be in a call while the process ends.
  static State *const theState = new State();
  return *theState;
}

std::vector<CUcontext> &contextStack() { return contexts; }

Gpu *currentGpu() {
  if (contexts.empty() || !state().knows(contexts.back()))
    return nullptr;
  return contexts.back()->gpu;
}

CUresult fail(CUresult result, const std::string &text) {
  lastError = text;
  return result;
}

bool State::knows(CUcontext context) const {
  for (const std::unique_ptr<Gpu> &gpu : gpus)
    if (context && gpu->primary.get() == context)
      return true;
  return contexts.has(context);
}

bool State::knows(CUfunction function) {
  for (auto &[handle, module] : modules)
    for (auto &[name, known] : module->functions)
      if (known.get() == function)
        return true;
  return false;
}

Gpu *State::find(CUdeviceptr address, uint64_t *base, uint64_t *bytes) {
  for (const std::unique_ptr<Gpu> &gpu : gpus)
    if (gpu->device.findMemory(address, *base, *bytes))
      return gpu.get();
  return nullptr;
}

bool set(Settings &settings, const std::string &name,
         const std::string &value) {
  auto number = [&](uint64_t limit, uint64_t &result) {
    char *end;
    result = std::strtoull(value.c_str(), &end, 10);
    return !value.empty() && value[0] >= '0' && value[0] <= '9' && !*end &&
           result <= limit;
  };
  auto choice = [&](std::initializer_list<const char *> words, auto &result) {
    int index = 0;
    for (const char *word : words) {
      if (value == word) {
        result = std::decay_t<decltype(result)>(index);
        return true;
      }
      ++index;
    }
    return false;
  };
  uint64_t parsed;
  if (name == "sanitize" || name == "statistics") {
    if (!number(1, parsed))
      return false;
    (name == "sanitize" ? settings.sanitize : settings.statistics) =
        parsed != 0;
    return true;
  }
  if (name == "seed")
    return number(~uint64_t(0), settings.seed);
  if (name == "order")
    return choice({"inorder", "reverse", "random"}, settings.order);
  if (name == "async")
    return choice({"late", "eager", "random"}, settings.async);
  if (name == "threads" && number(1024, parsed)) {
    settings.threads = unsigned(parsed);
    return true;
  }
  return false;
}

} // namespace ptxemu::driver

//===----------------------------------------------------------------------===//
// Beyond CUDA's
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT const char *ptxemuDriverError(void) { return lastError.c_str(); }

PTXEMU_EXPORT int ptxemuDriverSet(const char *name, const char *value) {
  State &s = state();
  std::lock_guard<std::recursive_mutex> lock(s.mutex);
  if (!name || !value || !set(s.settings, name, value))
    return fail(CUDA_ERROR_INVALID_VALUE,
                std::string("no setting ") + (name ? name : "NULL") +
                    " has the value '" + (value ? value : "NULL") + "'");
  if (std::strcmp(name, "statistics") == 0) {
    s.counters = {};
    s.launches = 0;
  }
  return CUDA_SUCCESS;
}

PTXEMU_EXPORT void ptxemuDriverCounters(ptxemu_driver_counters *out) {
  State &s = state();
  std::lock_guard<std::recursive_mutex> lock(s.mutex);
  const Counters &c = s.counters;
  *out = {s.launches,
          c.warpInstructions,
          c.threadInstructions,
          c.tensorOperations,
          c.sharedRequests,
          c.sharedWavefronts,
          c.sharedIdealWavefronts,
          c.globalRequests,
          c.globalSectors,
          c.globalBytesRead,
          c.globalBytesWritten,
          c.barriers};
}

//===----------------------------------------------------------------------===//
// Errors and devices
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuGetErrorName(CUresult error, const char **text) {
  const ErrorName *e = findError(error);
  if (!text)
    return CUDA_ERROR_INVALID_VALUE;
  *text = e ? e->name : nullptr;
  return e ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

PTXEMU_EXPORT CUresult cuGetErrorString(CUresult error, const char **text) {
  const ErrorName *e = findError(error);
  if (!text)
    return CUDA_ERROR_INVALID_VALUE;
  *text = e ? e->text : nullptr;
  return e ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

PTXEMU_EXPORT CUresult cuInit(unsigned flags) {
  State &s = state();
  std::lock_guard<std::recursive_mutex> lock(s.mutex);
  if (flags != 0)
    return fail(CUDA_ERROR_INVALID_VALUE, "cuInit takes no flags");
  // A test may change the environment between programs that it runs in one
  // process; each begins with cuInit.
  CUresult result = readEnvironment(s.settings);
  if (!result && !s.initialised)
    result = makeGpus(s);
  s.initialised |= result == CUDA_SUCCESS;
  return result;
}

PTXEMU_EXPORT CUresult cuDriverGetVersion(int *version) {
  if (!version)
    return fail(CUDA_ERROR_INVALID_VALUE, "version is NULL");
  *version = driverVersion;
  return CUDA_SUCCESS;
}

PTXEMU_EXPORT CUresult cuDeviceGetCount(int *count) {
  return guarded([&](State &s) {
    *count = int(s.gpus.size());
    return CUDA_SUCCESS;
  });
}

PTXEMU_EXPORT CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  return guarded([&](State &s) {
    if (!gpuAt(s, ordinal))
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    *device = ordinal;
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuDeviceGetName(char *name, int length,
                                       CUdevice device) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu || !name || length < 1)
      return CUresult(gpu ? CUDA_ERROR_INVALID_VALUE
                          : CUDA_ERROR_INVALID_DEVICE);
    std::string text = std::string("emulated ") + gpu->device.facts().name;
    size_t kept = std::min(text.size(), size_t(length) - 1);
    std::memcpy(name, text.data(), kept);
    name[kept] = '\0';
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuDeviceGetAttribute(int *value,
                                            CUdeviceAttribute attribute,
                                            CUdevice device) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu)
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    int known = attributeOf(gpu->device.facts(), attribute);
    if (known < 0 || !value)
      return fail(CUDA_ERROR_INVALID_VALUE, "device attribute " +
                                                std::to_string(attribute) +
                                                " is not emulated");
    *value = known;
    return CUresult(CUDA_SUCCESS);
  });
}

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext *context,
                                                CUdevice device) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu)
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    if (!gpu->primary)
      gpu->primary.reset(new CUctx_st{gpu});
    ++gpu->primaryUses;
    *context = gpu->primary.get();
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu)
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    if (gpu->primaryUses == 0)
      return fail(CUDA_ERROR_INVALID_CONTEXT,
                  "the primary context is released more often than retained");
    if (--gpu->primaryUses == 0)
      gpu->primary.reset();
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuDevicePrimaryCtxGetState(CUdevice device,
                                                  unsigned *flags,
                                                  int *active) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu)
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    *flags = 0;
    *active = gpu->primaryUses > 0;
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuCtxCreate_v2(CUcontext *context, unsigned,
                                      CUdevice device) {
  return guarded([&](State &s) {
    Gpu *gpu = gpuAt(s, device);
    if (!gpu)
      return CUresult(CUDA_ERROR_INVALID_DEVICE);
    *context = s.contexts.add(std::unique_ptr<CUctx_st>(new CUctx_st{gpu}));
    contexts.push_back(*context);
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuCtxDestroy_v2(CUcontext context) {
  return guarded([&](State &s) {
    if (!contexts.empty() && contexts.back() == context)
      contexts.pop_back();
    return s.contexts.remove(context)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_CONTEXT, "no such context");
  });
}

PTXEMU_EXPORT CUresult cuCtxGetCurrent(CUcontext *context) {
  return guarded([&](State &) {
    *context = contexts.empty() ? nullptr : contexts.back();
    return CUDA_SUCCESS;
  });
}

PTXEMU_EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  return guarded([&](State &s) {
    if (context && !s.knows(context))
      return fail(CUDA_ERROR_INVALID_CONTEXT, "no such context");
    if (!contexts.empty())
      contexts.pop_back();
    if (context)
      contexts.push_back(context);
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuCtxPushCurrent_v2(CUcontext context) {
  return guarded([&](State &s) {
    if (!s.knows(context))
      return fail(CUDA_ERROR_INVALID_CONTEXT, "no such context");
    contexts.push_back(context);
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  return guarded([&](State &) {
    if (contexts.empty())
      return fail(CUDA_ERROR_INVALID_CONTEXT, "no context is current");
    if (context)
      *context = contexts.back();
    contexts.pop_back();
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuCtxGetDevice(CUdevice *device) {
  return withGpu([&](State &, Gpu &gpu) {
    *device = gpu.ordinal;
    return CUDA_SUCCESS;
  });
}

PTXEMU_EXPORT CUresult cuCtxSynchronize(void) {
  return withGpu([&](State &s, Gpu &) {
    return checkNotCapturing(s, "cuCtxSynchronize");
  });
}
