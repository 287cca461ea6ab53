//===- CApi.cpp - ptxemu-c.h over the C++ interface -----------------------===//
#include "ptxemu/Emulator.h"
#include "ptxemu/ptxemu-c.h"

#include <algorithm>
#include <exception>

using namespace ptxemu;

struct ptxemu_device {
  Device device;
  LaunchResult last;
  std::vector<std::string> reports;
  std::string error;
};

namespace {

/// Nothing may be thrown into C: an exception becomes the device's error.
template <typename R, typename F> R guarded(ptxemu_device *d, R failure, F f) {
  try {
    return f();
  } catch (const std::exception &e) {
    d->error = e.what();
    return failure;
  }
}

int check(ptxemu_device *d, bool ok) {
  if (!ok)
    d->error = d->device.lastError();
  return ok;
}

} // namespace

extern "C" {

ptxemu_device *ptxemu_create(void) {
  try {
    return new ptxemu_device();
  } catch (const std::exception &) {
    return nullptr;
  }
}

void ptxemu_destroy(ptxemu_device *device) { delete device; }

const char *ptxemu_error(const ptxemu_device *device) {
  return device->error.c_str();
}

uint64_t ptxemu_allocate(ptxemu_device *d, uint64_t bytes) {
  return guarded(d, uint64_t(0), [&] {
    uint64_t address = d->device.allocate(bytes);
    check(d, address != 0);
    return address;
  });
}

int ptxemu_release(ptxemu_device *d, uint64_t address) {
  return guarded(d, 0, [&] { return check(d, d->device.release(address)); });
}

int ptxemu_copy_to_device(ptxemu_device *d, uint64_t to, const void *from,
                          uint64_t bytes) {
  return guarded(
      d, 0, [&] { return check(d, d->device.copyToDevice(to, from, bytes)); });
}

int ptxemu_copy_to_host(ptxemu_device *d, void *to, uint64_t from,
                        uint64_t bytes) {
  return guarded(
      d, 0, [&] { return check(d, d->device.copyToHost(to, from, bytes)); });
}

int ptxemu_fill(ptxemu_device *d, uint64_t address, uint8_t value,
                uint64_t bytes) {
  return guarded(
      d, 0, [&] { return check(d, d->device.fill(address, value, bytes)); });
}

int ptxemu_load(ptxemu_device *d, const char *ptx, size_t bytes) {
  return guarded(d, -1, [&] {
    int module = d->device.loadModule(std::string(ptx, bytes));
    check(d, module >= 0);
    return module;
  });
}

void ptxemu_unload(ptxemu_device *d, int module) {
  d->device.unloadModule(module);
}

uint32_t ptxemu_dynamic_shared_address(ptxemu_device *d, int module,
                                       const char *kernel) {
  return guarded(d, uint32_t(0), [&] {
    uint32_t address = d->device.dynamicSharedAddress(module, kernel);
    check(d, address != 0);
    return address;
  });
}

uint64_t ptxemu_global_address(ptxemu_device *d, int module, const char *name,
                               uint64_t *bytes) {
  return guarded(d, uint64_t(0), [&] {
    uint64_t address = d->device.globalAddress(module, name, bytes);
    check(d, address != 0);
    return address;
  });
}

int ptxemu_launch(ptxemu_device *d, int module, const char *kernel,
                  const ptxemu_launch_config *c, const void *const *arguments,
                  const size_t *sizes, size_t count) {
  d->last = LaunchResult();
  d->reports.clear();
  return guarded(d, 0, [&] {
    LaunchConfig config;
    std::copy(c->grid, c->grid + 3, config.grid);
    std::copy(c->block, c->block + 3, config.block);
    std::copy(c->cluster, c->cluster + 3, config.cluster);
    config.dynamicSharedBytes = c->dynamic_shared_bytes;
    config.sanitize = c->sanitize != 0;
    config.statistics = c->statistics != 0;
    config.cooperative = c->cooperative != 0;
    config.async = c->async_mode == 1   ? AsyncMode::Eager
                   : c->async_mode == 2 ? AsyncMode::Random
                                        : AsyncMode::Late;
    config.order = c->order == 1   ? Order::Reverse
                   : c->order == 2 ? Order::Random
                                   : Order::InOrder;
    config.seed = c->seed;
    if (c->step_limit)
      config.stepLimit = c->step_limit;
    config.threads = c->threads;
    for (size_t i = 0; i < count; ++i) {
      const auto *p = static_cast<const uint8_t *>(arguments[i]);
      config.arguments.emplace_back(p, p + sizes[i]);
    }
    d->last = d->device.launch(module, kernel, config);
    for (const Report &r : d->last.reports)
      d->reports.push_back(r.text());
    if (!d->last.ok)
      d->error = d->last.error;
    return int(d->last.ok);
  });
}

int ptxemu_synchronise(ptxemu_device *d) { return d->last.ok; }

size_t ptxemu_report_count(const ptxemu_device *d) { return d->reports.size(); }

const char *ptxemu_report(const ptxemu_device *d, size_t index) {
  return index < d->reports.size() ? d->reports[index].c_str() : "";
}

void ptxemu_get_statistics(const ptxemu_device *d, ptxemu_statistics *out) {
  const Statistics &s = d->last.statistics;
  out->warp_instructions = s.warpInstructions;
  out->thread_instructions = s.threadInstructions;
  out->shared_requests = s.sharedRequests;
  out->shared_wavefronts = s.sharedWavefronts;
  out->global_requests = s.globalRequests;
  out->global_sectors = s.globalSectors;
  out->global_bytes_read = s.globalBytesRead;
  out->global_bytes_written = s.globalBytesWritten;
  out->tensor_operations = s.tensorOperations;
  out->barriers = s.barriers;
}

int ptxemu_encode_tensor_map(ptxemu_device *d,
                             const ptxemu_tensor_map_config *c, void *map) {
  return guarded(d, 0, [&] {
    if (c->type > uint32_t(TensorType::TF32) || c->swizzle > 3) {
      d->error = "unknown type or swizzle of a tensor map";
      return 0;
    }
    TensorMapConfig config;
    config.type = TensorType(c->type);
    config.rank = c->rank;
    config.address = c->address;
    std::copy(c->extent, c->extent + 5, config.extent);
    std::copy(c->stride, c->stride + 5, config.stride);
    std::copy(c->box, c->box + 5, config.box);
    std::copy(c->element_stride, c->element_stride + 5, config.elementStride);
    config.swizzle = Swizzle(c->swizzle);
    config.fillNan = c->fill_nan != 0;
    TensorMap out;
    if (!encodeTensorMap(config, out, d->error))
      return 0;
    std::copy(out.bytes, out.bytes + 128, static_cast<uint8_t *>(map));
    return 1;
  });
}

} // extern "C"
