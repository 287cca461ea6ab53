//===- CApi.cpp - c.h over the C++ interface ------------------------------===//
#include "ptxemu/Emulator.h"
#include "ptxemu/c.h"

#include <algorithm>
#include <exception>
#include <mutex>

using namespace ptxemu;

struct ptxemu_device {
  explicit ptxemu_device(const DeviceFacts &facts) : device(facts) {}
  Device device;
  LaunchConfig options; ///< without the shape of a launch
  LaunchResult last;
  std::vector<std::string> reportTexts;
  std::vector<std::unique_ptr<ptxemu_module>> modules;
  mutable std::mutex mutex;
};

struct ptxemu_module {
  ptxemu_device *owner = nullptr;
  ModuleHandle handle = -1;
  std::vector<std::string> kernels;
  std::map<std::string, std::unique_ptr<ptxemu_function>> functions;
};

struct ptxemu_function {
  ptxemu_module *module = nullptr;
  KernelInfo info;
  uint32_t dynamicSharedLimit = 0; ///< 0: none was set
  Statistics statistics;
  mutable std::string text;
};

namespace {

thread_local std::string lastError;

ptxemu_status fail(ptxemu_status status, const std::string &message) {
  lastError = message;
  return status;
}

ptxemu_status missing(const char *function) {
  return fail(PTXEMU_ERROR_ARGUMENT, std::string(function) + ": NULL argument");
}

/// Nothing may be thrown into C.
template <typename F> ptxemu_status guarded(F f) {
  try {
    return f();
  } catch (const std::bad_alloc &) {
    return fail(PTXEMU_ERROR_MEMORY, "out of memory");
  } catch (const std::exception &e) {
    return fail(PTXEMU_ERROR_ARGUMENT, e.what());
  }
}

/// With the device to itself.
template <typename F> ptxemu_status locked(const ptxemu_device *d, F f) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(d->mutex);
    return f();
  });
}

ptxemu_status memoryStatus(const ptxemu_device *d, bool ok) {
  return ok ? PTXEMU_OK : fail(PTXEMU_ERROR_MEMORY, d->device.lastError());
}

/// The caller's structure, zeros where it is shorter than ours.
template <typename T> bool readStruct(const T *from, T &to) {
  to = T();
  if (!from || from->struct_size < sizeof(uint32_t))
    return false;
  std::memcpy(&to, from, std::min<size_t>(from->struct_size, sizeof(T)));
  return true;
}

template <typename T> bool writeStruct(T value, T *to) {
  if (!to || to->struct_size < sizeof(uint32_t))
    return false;
  value.struct_size = to->struct_size;
  std::memcpy(to, &value, std::min<size_t>(to->struct_size, sizeof(T)));
  return true;
}

ptxemu_status badStruct(const char *function) {
  return fail(PTXEMU_ERROR_ARGUMENT,
              std::string(function) +
                  ": a structure is NULL or its struct_size is not set");
}

ptxemu_statistics counts(const Counters &c,
                         const std::vector<uint64_t> &byClass) {
  ptxemu_statistics s = {};
  s.warp_instructions = c.warpInstructions;
  s.thread_instructions = c.threadInstructions;
  s.shared_requests = c.sharedRequests;
  s.shared_wavefronts = c.sharedWavefronts;
  s.shared_ideal_wavefronts = c.sharedIdealWavefronts;
  s.global_requests = c.globalRequests;
  s.global_sectors = c.globalSectors;
  s.global_bytes_read = c.globalBytesRead;
  s.global_bytes_written = c.globalBytesWritten;
  s.tensor_operations = c.tensorOperations;
  s.barriers = c.barriers;
  std::copy_n(byClass.begin(), std::min<size_t>(byClass.size(), 16),
              s.by_class);
  return s;
}

LaunchConfig launchConfig(const ptxemu_function &f,
                          const ptxemu_launch_config &c,
                          void *const *parameters) {
  LaunchConfig config = f.module->owner->options;
  for (int i = 0; i < 3; ++i) {
    config.grid[i] = std::max(1u, c.grid[i]);
    config.block[i] = std::max(1u, c.block[i]);
    config.cluster[i] = c.cluster[i];
  }
  config.dynamicSharedBytes = c.dynamic_shared_bytes;
  config.cooperative = c.cooperative != 0;
  Device::setArguments(config, f.info, parameters);
  return config;
}

} // namespace

extern "C" {

uint32_t ptxemu_api_version(void) { return PTXEMU_API_VERSION; }

const char *ptxemu_last_error(void) { return lastError.c_str(); }

//===- Devices ------------------------------------------------------------===//

const char *ptxemu_device_name(size_t index) {
  return index < knownDevices().size() ? knownDevices()[index].name : nullptr;
}

const char *ptxemu_device_for_module(const char *ptx, size_t bytes) {
  const DeviceFacts *facts = nullptr;
  if (ptx)
    guarded([&] {
      facts = deviceForModule(std::string(ptx, bytes));
      return PTXEMU_OK;
    });
  return facts ? facts->name : nullptr;
}

ptxemu_status ptxemu_device_create(const char *name, ptxemu_device **device) {
  if (!name || !device)
    return missing("ptxemu_device_create");
  *device = nullptr;
  return guarded([&] {
    const DeviceFacts *facts = findDevice(name);
    if (!facts) {
      std::string known;
      for (const DeviceFacts &d : knownDevices())
        known += std::string(" ") + d.name;
      return fail(PTXEMU_ERROR_DEVICE,
                  std::string("no device '") + name + "'; there are" + known);
    }
    *device = new ptxemu_device(*facts);
    return PTXEMU_OK;
  });
}

void ptxemu_device_destroy(ptxemu_device *device) { delete device; }

ptxemu_status ptxemu_device_facts(const ptxemu_device *device,
                                  ptxemu_facts *out) {
  if (!device)
    return missing("ptxemu_device_facts");
  const DeviceFacts &d = device->device.facts();
  ptxemu_facts f = {};
  f.compute_capability = d.computeCapability;
  f.multiprocessors = d.multiprocessors;
  f.warp_size = 32;
  f.max_threads_per_block = maxThreadsPerBlock;
  f.max_warps_per_multiprocessor = d.maxWarpsPerMultiprocessor;
  f.max_blocks_per_multiprocessor = d.maxBlocksPerMultiprocessor;
  f.registers_per_multiprocessor = d.registersPerMultiprocessor;
  f.shared_bytes_per_multiprocessor = d.sharedBytesPerMultiprocessor;
  f.shared_bytes_per_block = sharedBytesPerBlock;
  f.shared_bytes_per_block_optin = d.sharedBytesPerBlockOptin;
  f.max_cluster_size = d.maxClusterSize;
  f.l2_bytes = d.l2Bytes;
  return writeStruct(f, out) ? PTXEMU_OK : badStruct("ptxemu_device_facts");
}

ptxemu_status ptxemu_device_set_options(ptxemu_device *d,
                                        const ptxemu_options *options) {
  ptxemu_options o;
  if (!d)
    return missing("ptxemu_device_set_options");
  if (!readStruct(options, o))
    return badStruct("ptxemu_device_set_options");
  if (o.async_mode > 2 || o.order > 2)
    return fail(PTXEMU_ERROR_ARGUMENT,
                "ptxemu_device_set_options: async_mode and order are 0 to 2");
  return locked(d, [&] {
    LaunchConfig c;
    c.sanitize = o.sanitize != 0;
    c.statistics = o.statistics != 0;
    c.async = o.async_mode == 1   ? AsyncMode::Eager
              : o.async_mode == 2 ? AsyncMode::Random
                                  : AsyncMode::Late;
    c.order = o.order == 1   ? Order::Reverse
              : o.order == 2 ? Order::Random
                             : Order::InOrder;
    c.threads = std::max(1u, o.threads);
    c.seed = o.seed ? o.seed : c.seed;
    c.stepLimit = o.step_limit ? o.step_limit : c.stepLimit;
    c.maxReports = o.max_reports ? o.max_reports : c.maxReports;
    d->options = c;
    d->device.setMemoryLimit(o.memory_limit ? o.memory_limit : ~uint64_t(0));
    return PTXEMU_OK;
  });
}

//===- Memory -------------------------------------------------------------===//

ptxemu_status ptxemu_memory_allocate(ptxemu_device *d, uint64_t bytes,
                                     uint64_t *address) {
  if (!d || !address)
    return missing("ptxemu_memory_allocate");
  return locked(d, [&] {
    *address = d->device.allocate(bytes);
    return memoryStatus(d, *address != 0);
  });
}

ptxemu_status ptxemu_memory_free(ptxemu_device *d, uint64_t address) {
  if (!d)
    return missing("ptxemu_memory_free");
  return locked(d, [&] { return memoryStatus(d, d->device.release(address)); });
}

ptxemu_status ptxemu_memory_copy_in(ptxemu_device *d, uint64_t to,
                                    const void *from, uint64_t bytes) {
  if (!d || (!from && bytes))
    return missing("ptxemu_memory_copy_in");
  return locked(d, [&] {
    return memoryStatus(d, d->device.copyToDevice(to, from, bytes));
  });
}

ptxemu_status ptxemu_memory_copy_out(ptxemu_device *d, void *to, uint64_t from,
                                     uint64_t bytes) {
  if (!d || (!to && bytes))
    return missing("ptxemu_memory_copy_out");
  return locked(d, [&] {
    return memoryStatus(d, d->device.copyToHost(to, from, bytes));
  });
}

ptxemu_status ptxemu_memory_copy(ptxemu_device *d, uint64_t to, uint64_t from,
                                 uint64_t bytes) {
  if (!d)
    return missing("ptxemu_memory_copy");
  return locked(
      d, [&] { return memoryStatus(d, d->device.copy(to, from, bytes)); });
}

ptxemu_status ptxemu_memory_fill(ptxemu_device *d, uint64_t address,
                                 uint8_t value, uint64_t bytes) {
  if (!d)
    return missing("ptxemu_memory_fill");
  return locked(d, [&] {
    return memoryStatus(d, d->device.fill(address, value, bytes));
  });
}

uint64_t ptxemu_memory_in_use(const ptxemu_device *d) {
  std::lock_guard<std::mutex> lock(d->mutex);
  return d->device.memoryInUse();
}

//===- Modules and functions ----------------------------------------------===//

ptxemu_status ptxemu_module_load(ptxemu_device *d, const char *ptx,
                                 size_t bytes, ptxemu_module **module) {
  if (!d || !ptx || !module)
    return missing("ptxemu_module_load");
  *module = nullptr;
  return locked(d, [&] {
    auto m = std::make_unique<ptxemu_module>();
    m->owner = d;
    m->handle = d->device.loadModule(std::string(ptx, bytes));
    if (m->handle < 0)
      return fail(PTXEMU_ERROR_MODULE, d->device.lastError());
    m->kernels = d->device.kernels(m->handle);
    *module = m.get();
    d->modules.push_back(std::move(m));
    return PTXEMU_OK;
  });
}

void ptxemu_module_unload(ptxemu_module *module) {
  if (!module)
    return;
  ptxemu_device *d = module->owner;
  std::lock_guard<std::mutex> lock(d->mutex);
  d->device.unloadModule(module->handle);
  for (size_t i = 0; i < d->modules.size(); ++i)
    if (d->modules[i].get() == module) {
      d->modules.erase(d->modules.begin() + long(i));
      return;
    }
}

const char *ptxemu_module_kernel(const ptxemu_module *module, size_t index) {
  return module && index < module->kernels.size()
             ? module->kernels[index].c_str()
             : nullptr;
}

ptxemu_status ptxemu_module_function(ptxemu_module *module, const char *kernel,
                                     ptxemu_function **function) {
  if (!module || !kernel || !function)
    return missing("ptxemu_module_function");
  *function = nullptr;
  ptxemu_device *d = module->owner;
  return locked(d, [&] {
    std::unique_ptr<ptxemu_function> &f = module->functions[kernel];
    if (!f) {
      auto made = std::make_unique<ptxemu_function>();
      made->module = module;
      if (!d->device.kernelInfo(module->handle, kernel, made->info)) {
        module->functions.erase(kernel);
        return fail(PTXEMU_ERROR_NOT_FOUND, d->device.lastError());
      }
      f = std::move(made);
    }
    *function = f.get();
    return PTXEMU_OK;
  });
}

ptxemu_status ptxemu_module_global(const ptxemu_module *module,
                                   const char *name, uint64_t *address,
                                   uint64_t *bytes) {
  if (!module || !name || !address)
    return missing("ptxemu_module_global");
  const ptxemu_device *d = module->owner;
  return locked(d, [&] {
    *address = d->device.globalAddress(module->handle, name, bytes);
    return *address ? PTXEMU_OK
                    : fail(PTXEMU_ERROR_NOT_FOUND, d->device.lastError());
  });
}

ptxemu_status ptxemu_function_describe(const ptxemu_function *f,
                                       ptxemu_function_info *out) {
  if (!f)
    return missing("ptxemu_function_describe");
  ptxemu_function_info info = {};
  info.parameter_count = uint32_t(f->info.parameterBytes.size());
  info.static_shared_bytes = f->info.staticSharedBytes;
  std::copy_n(f->info.requiredThreads, 3, info.required_block);
  std::copy_n(f->info.clusterDims, 3, info.cluster);
  info.max_threads =
      f->info.maxThreads[0] * f->info.maxThreads[1] * f->info.maxThreads[2];
  info.dynamic_shared_address = f->info.dynamicSharedAddress;
  info.local_bytes = f->info.localBytes;
  return writeStruct(info, out) ? PTXEMU_OK
                                : badStruct("ptxemu_function_describe");
}

ptxemu_status ptxemu_function_parameter(const ptxemu_function *f, size_t index,
                                        uint64_t *bytes, uint32_t *align) {
  if (!f)
    return missing("ptxemu_function_parameter");
  if (index >= f->info.parameterBytes.size())
    return fail(PTXEMU_ERROR_ARGUMENT,
                "'" + f->info.name + "' takes " +
                    std::to_string(f->info.parameterBytes.size()) +
                    " parameters; there is none at " + std::to_string(index));
  if (bytes)
    *bytes = f->info.parameterBytes[index];
  if (align)
    *align = f->info.parameterAlign[index];
  return PTXEMU_OK;
}

ptxemu_status ptxemu_function_set_dynamic_shared(ptxemu_function *f,
                                                 uint32_t bytes) {
  if (!f)
    return missing("ptxemu_function_set_dynamic_shared");
  const DeviceFacts &facts = f->module->owner->device.facts();
  uint64_t total = uint64_t(bytes) + f->info.staticSharedBytes;
  if (total > facts.sharedBytesPerBlockOptin)
    return fail(PTXEMU_ERROR_LAUNCH,
                "'" + f->info.name + "' would have " + std::to_string(total) +
                    " bytes of shared memory, more than the " +
                    std::to_string(facts.sharedBytesPerBlockOptin) +
                    " a block has on " + facts.name);
  f->dynamicSharedLimit = bytes;
  return PTXEMU_OK;
}

//===- Launches -----------------------------------------------------------===//

ptxemu_status ptxemu_launch(ptxemu_function *f,
                            const ptxemu_launch_config *config,
                            void *const *parameters) {
  ptxemu_launch_config c;
  if (!f || (!parameters && !f->info.parameterBytes.empty()))
    return missing("ptxemu_launch");
  if (!readStruct(config, c))
    return badStruct("ptxemu_launch");
  for (size_t i = 0; i < f->info.parameterBytes.size(); ++i)
    if (!parameters[i])
      return missing("ptxemu_launch");
  ptxemu_device *d = f->module->owner;
  return locked(d, [&] {
    d->last = LaunchResult();
    d->reportTexts.clear();
    uint64_t shared =
        uint64_t(c.dynamic_shared_bytes) + f->info.staticSharedBytes;
    if (f->dynamicSharedLimit ? c.dynamic_shared_bytes > f->dynamicSharedLimit
                              : shared > sharedBytesPerBlock)
      return fail(PTXEMU_ERROR_LAUNCH,
                  "'" + f->info.name + "' is launched with " +
                      std::to_string(c.dynamic_shared_bytes) + " dynamic and " +
                      std::to_string(f->info.staticSharedBytes) +
                      " static bytes of shared memory; more than 48 KiB needs "
                      "ptxemu_function_set_dynamic_shared of that size first");
    d->last = d->device.launch(f->module->handle, f->info.name,
                               launchConfig(*f, c, parameters));
    for (const Report &r : d->last.reports)
      d->reportTexts.push_back(r.text());
    if (d->options.statistics && d->last.statistics.launches)
      f->statistics.add(d->last.statistics);
    if (d->last.ok)
      return PTXEMU_OK;
    return fail(d->last.reports.empty() ? PTXEMU_ERROR_LAUNCH
                                        : PTXEMU_ERROR_KERNEL,
                d->last.error);
  });
}

size_t ptxemu_report_count(const ptxemu_device *d) {
  std::lock_guard<std::mutex> lock(d->mutex);
  return d->reportTexts.size();
}

ptxemu_status ptxemu_report_at(const ptxemu_device *d, size_t index,
                               ptxemu_report *out) {
  if (!d)
    return missing("ptxemu_report_at");
  return locked(d, [&] {
    if (index >= d->reportTexts.size())
      return fail(PTXEMU_ERROR_NOT_FOUND,
                  "the last launch has " +
                      std::to_string(d->reportTexts.size()) + " reports");
    const Report &r = d->last.reports[index];
    ptxemu_report report = {};
    report.ptx_line = r.ptxLine;
    report.kind = reportKindName(r.kind);
    report.kernel = r.kernel.c_str();
    report.text = d->reportTexts[index].c_str();
    report.source_file = r.sourceFile.c_str();
    report.source_line = r.sourceLine;
    std::copy_n(r.cta, 3, report.cta);
    report.warp = r.warp;
    report.lane = r.lane;
    report.address = r.address;
    report.repeats = r.repeats;
    return writeStruct(report, out) ? PTXEMU_OK : badStruct("ptxemu_report_at");
  });
}

//===- Statistics ---------------------------------------------------------===//

ptxemu_status ptxemu_function_statistics(const ptxemu_function *f,
                                         ptxemu_statistics *out) {
  if (!f)
    return missing("ptxemu_function_statistics");
  return locked(f->module->owner, [&] {
    const Statistics &all = f->statistics;
    ptxemu_statistics s = counts(all, all.byClass);
    s.launches = all.launches;
    s.mma = all.opcodeCount("mma") + all.opcodeCount("wmma.mma");
    s.wgmma = all.opcodeCount("wgmma.mma_async");
    s.ldmatrix = all.opcodeCount("ldmatrix");
    s.stmatrix = all.opcodeCount("stmatrix");
    return writeStruct(s, out) ? PTXEMU_OK
                               : badStruct("ptxemu_function_statistics");
  });
}

void ptxemu_function_reset_statistics(ptxemu_function *f) {
  std::lock_guard<std::mutex> lock(f->module->owner->mutex);
  f->statistics = Statistics();
}

const char *ptxemu_class_name(size_t index) {
  const char *name = statisticsClassName(index);
  return *name ? name : nullptr;
}

const char *ptxemu_function_opcode(const ptxemu_function *f, size_t index,
                                   uint64_t *count) {
  std::lock_guard<std::mutex> lock(f->module->owner->mutex);
  if (index >= f->statistics.byOpcode.size())
    return nullptr;
  auto it = std::next(f->statistics.byOpcode.begin(), long(index));
  if (count)
    *count = it->second;
  return it->first.c_str();
}

const char *ptxemu_function_report_statistics(const ptxemu_function *f) {
  std::lock_guard<std::mutex> lock(f->module->owner->mutex);
  f->text = f->statistics.text();
  return f->text.c_str();
}

ptxemu_status ptxemu_function_loop(const ptxemu_function *f, size_t index,
                                   ptxemu_loop *out, ptxemu_statistics *stats) {
  if (!f)
    return missing("ptxemu_function_loop");
  return locked(f->module->owner, [&] {
    if (index >= f->statistics.loops.size())
      return fail(PTXEMU_ERROR_NOT_FOUND,
                  "'" + f->info.name + "' has counts of " +
                      std::to_string(f->statistics.loops.size()) + " loops");
    const LoopStatistics &l = f->statistics.loops[index];
    ptxemu_loop loop = {};
    loop.first_line = l.firstLine;
    loop.last_line = l.lastLine;
    loop.source_line = l.sourceLine;
    loop.source_file = l.sourceFile.c_str();
    loop.function = l.function.c_str();
    loop.depth = uint32_t(l.depth);
    loop.iterations = l.iterations;
    bool ok = writeStruct(loop, out);
    if (stats)
      ok &= writeStruct(counts(l.counters, l.byClass), stats);
    return ok ? PTXEMU_OK : badStruct("ptxemu_function_loop");
  });
}

//===- Tensor maps --------------------------------------------------------===//

ptxemu_status ptxemu_tensor_map_encode(const ptxemu_tensor_map_config *config,
                                       void *map) {
  ptxemu_tensor_map_config c;
  if (!map)
    return missing("ptxemu_tensor_map_encode");
  if (!readStruct(config, c))
    return badStruct("ptxemu_tensor_map_encode");
  return guarded([&] {
    if (c.type > uint32_t(TensorType::TF32) || c.swizzle > 3)
      return fail(PTXEMU_ERROR_ARGUMENT,
                  "ptxemu_tensor_map_encode: type is 0 to 10, swizzle 0 to 3");
    TensorMapConfig t;
    t.type = TensorType(c.type);
    t.rank = c.rank;
    t.address = c.address;
    std::copy_n(c.extent, 5, t.extent);
    std::copy_n(c.stride, 5, t.stride);
    std::copy_n(c.box, 5, t.box);
    for (int i = 0; i < 5; ++i)
      t.elementStride[i] = std::max(1u, c.element_stride[i]);
    t.swizzle = Swizzle(c.swizzle);
    t.fillNan = c.fill_nan != 0;
    TensorMap encoded;
    std::string error;
    if (!encodeTensorMap(t, encoded, error))
      return fail(PTXEMU_ERROR_ARGUMENT, error);
    std::copy_n(encoded.bytes, 128, static_cast<uint8_t *>(map));
    return PTXEMU_OK;
  });
}

} // extern "C"
