//===- Device.cpp - Memory, modules and launches --------------------------===//
#include "Device/Launch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ptxemu {
namespace {

constexpr uint64_t memoryAlign = 256;
constexpr uint64_t maxAllocation = uint64_t(1) << 38;

struct FreeDeleter {
  void operator()(uint8_t *p) const { std::free(p); }
};

struct LoadedModule {
  Module module;
  std::map<std::string, uint64_t> addresses;
  std::map<std::string, std::unique_ptr<Program>> programs;
  std::vector<uint64_t> owned;
};

} // namespace

struct Device::Impl {
  const DeviceFacts *facts;
  uint64_t memoryLimit = maxAllocation, memoryInUse = 0;
  MemoryMap memory;
  std::map<uint64_t, std::pair<std::unique_ptr<uint8_t, FreeDeleter>, uint64_t>>
      allocations;
  std::map<int, std::unique_ptr<LoadedModule>> modules;
  int nextModule = 0;
  mutable std::string error;

  uint64_t allocate(uint64_t bytes, bool readOnly) {
    if (bytes == 0 || bytes > memoryLimit - memoryInUse) {
      error = "cannot allocate " + std::to_string(bytes) + " bytes; " +
              std::to_string(memoryInUse) + " of " +
              std::to_string(memoryLimit) + " are in use";
      return 0;
    }
    // One unused line behind keeps an allocation from touching the next.
    uint64_t rounded =
        (bytes + 2 * memoryAlign - 1) / memoryAlign * memoryAlign;
    auto *p = static_cast<uint8_t *>(std::aligned_alloc(memoryAlign, rounded));
    if (!p) {
      error = "cannot allocate " + std::to_string(bytes) +
              " bytes: the host has no more memory";
      return 0;
    }
    std::memset(p, 0xFF, rounded);
    uint64_t address = reinterpret_cast<uint64_t>(p);
    allocations[address] = {std::unique_ptr<uint8_t, FreeDeleter>(p), bytes};
    memory.insert({address, address + bytes, readOnly});
    memoryInUse += bytes;
    return address;
  }

  bool free(uint64_t address) {
    auto it = allocations.find(address);
    if (it == allocations.end())
      return false;
    memory.erase(address);
    memoryInUse -= it->second.second;
    allocations.erase(it);
    return true;
  }

  const LoadedModule *find(int handle) const {
    auto it = modules.find(handle);
    if (it == modules.end()) {
      error = "module " + std::to_string(handle) + " is not loaded";
      return nullptr;
    }
    return it->second.get();
  }

  const Program *program(int handle, const std::string &kernel) const {
    const LoadedModule *m = find(handle);
    if (!m)
      return nullptr;
    auto it = m->programs.find(kernel);
    if (it == m->programs.end()) {
      error = "the module has no kernel '" + kernel + "'; it has";
      for (auto &entry : m->programs)
        error += " " + entry.first;
      return nullptr;
    }
    return it->second.get();
  }

  /// Does [address, address + bytes) lie in one range?
  bool covers(uint64_t address, uint64_t bytes) const {
    const MemoryRange *r = memory.find(address);
    if (bytes == 0 || (r && bytes <= r->end - address))
      return true;
    error = hex(address) + " is not device memory of " + std::to_string(bytes) +
            " bytes";
    return false;
  }
};

Device::Device() : Device(*findDevice("sm_90a")) {}
Device::Device(const DeviceFacts &facts) : impl(std::make_unique<Impl>()) {
  impl->facts = &facts;
}
Device::~Device() = default;

const std::string &Device::lastError() const { return impl->error; }
const DeviceFacts &Device::facts() const { return *impl->facts; }
uint64_t Device::memoryLimit() const { return impl->memoryLimit; }
uint64_t Device::memoryInUse() const { return impl->memoryInUse; }
void Device::setMemoryLimit(uint64_t bytes) {
  impl->memoryLimit =
      std::max(std::min(bytes, maxAllocation), impl->memoryInUse);
}

ModuleHandle Device::loadModule(const std::string &ptx) {
  auto loaded = std::make_unique<LoadedModule>();
  auto discard = [&] {
    for (uint64_t address : loaded->owned)
      impl->free(address);
  };
  try {
    loaded->module = parseModule(ptx);
    std::string refused = checkTarget(loaded->module.target, *impl->facts);
    if (!refused.empty())
      throw PtxError(0, refused);
    for (auto &[name, v] : loaded->module.variables) {
      if (v.space == Space::Shared)
        continue;
      if (v.isExtern)
        throw PtxError(0, "extern variable '" + name +
                              "' is not defined in the module");
      uint64_t address =
          impl->allocate(v.size ? v.size : 1, v.space == Space::Const);
      if (!address)
        throw PtxError(0, impl->error);
      loaded->owned.push_back(address);
      loaded->addresses[name] = address;
      auto *bytes = reinterpret_cast<uint8_t *>(address);
      std::memset(bytes, 0, v.size);
      if (!v.init.empty())
        std::memcpy(bytes, v.init.data(),
                    std::min<uint64_t>(v.init.size(), v.size));
    }
    for (auto &[name, v] : loaded->module.variables)
      for (const Variable::Relocation &r : v.relocations) {
        auto target = loaded->addresses.find(r.symbol);
        if (target == loaded->addresses.end())
          throw PtxError(0,
                         "'" + name + "' refers to unknown '" + r.symbol + "'");
        uint64_t value = target->second + uint64_t(r.addend);
        std::memcpy(reinterpret_cast<uint8_t *>(loaded->addresses[name]) +
                        r.offset,
                    &value, 8);
      }
    auto address = [&](const std::string &name) {
      return loaded->addresses.at(name);
    };
    for (auto &[name, f] : loaded->module.functions)
      if (f.isEntry && !f.isDeclaration)
        loaded->programs[name] = decodeProgram(loaded->module, name, address);
  } catch (const PtxError &e) {
    impl->error = e.what();
    discard();
    return -1;
  } catch (const std::bad_alloc &) {
    impl->error = "the module needs more memory than there is";
    discard();
    return -1;
  }
  int handle = impl->nextModule++;
  impl->modules[handle] = std::move(loaded);
  return handle;
}

void Device::unloadModule(ModuleHandle module) {
  auto it = impl->modules.find(module);
  if (it == impl->modules.end())
    return;
  for (uint64_t address : it->second->owned)
    impl->free(address);
  impl->modules.erase(it);
}

std::vector<std::string> Device::kernels(ModuleHandle module) const {
  std::vector<std::string> names;
  if (const LoadedModule *m = impl->find(module))
    for (auto &entry : m->programs)
      names.push_back(entry.first);
  return names;
}

bool Device::kernelInfo(ModuleHandle module, const std::string &kernel,
                        KernelInfo &info) const {
  const Program *p = impl->program(module, kernel);
  if (!p)
    return false;
  info = KernelInfo();
  info.name = kernel;
  for (const Variable &v : p->entry->params) {
    info.parameterBytes.push_back(v.size);
    info.parameterAlign.push_back(v.align);
  }
  info.staticSharedBytes = p->declaredSharedBytes;
  info.dynamicSharedAddress = sharedBase + p->sharedBytes;
  for (const FunctionCode &f : p->functions)
    info.localBytes += f.localBytes;
  for (int i = 0; i < 3; ++i) {
    info.requiredThreads[i] = p->entry->requiredThreads[i];
    info.maxThreads[i] = p->entry->maxThreads[i];
    info.clusterDims[i] = p->entry->clusterDims[i];
  }
  return true;
}

uint64_t Device::globalAddress(ModuleHandle module, const std::string &name,
                               uint64_t *bytes) const {
  const LoadedModule *m = impl->find(module);
  if (!m)
    return 0;
  auto it = m->addresses.find(name);
  if (it == m->addresses.end()) {
    impl->error = "the module has no variable '" + name + "'";
    return 0;
  }
  if (bytes)
    *bytes = m->module.variables.at(name).size;
  return it->second;
}

uint64_t Device::allocate(uint64_t bytes) {
  return impl->allocate(bytes, false);
}

bool Device::release(uint64_t address) {
  if (impl->free(address))
    return true;
  impl->error = hex(address) + " was not allocated";
  return false;
}

bool Device::copyToDevice(uint64_t to, const void *from, uint64_t bytes) {
  if (!impl->covers(to, bytes))
    return false;
  if (bytes)
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return true;
}

bool Device::copyToHost(void *to, uint64_t from, uint64_t bytes) {
  if (!impl->covers(from, bytes))
    return false;
  if (bytes)
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
  return true;
}

bool Device::copy(uint64_t to, uint64_t from, uint64_t bytes) {
  if (!impl->covers(to, bytes) || !impl->covers(from, bytes))
    return false;
  if (bytes)
    std::memmove(reinterpret_cast<void *>(to),
                 reinterpret_cast<const void *>(from), bytes);
  return true;
}

bool Device::fill(uint64_t address, uint8_t value, uint64_t bytes) {
  if (!impl->covers(address, bytes))
    return false;
  if (bytes)
    std::memset(reinterpret_cast<void *>(address), value, bytes);
  return true;
}

bool Device::registerMemory(void *memory, uint64_t bytes, bool readOnly) {
  uint64_t address = reinterpret_cast<uint64_t>(memory);
  if (!memory || !bytes || impl->memory.find(address)) {
    impl->error = "memory is empty or already known to the device";
    return false;
  }
  impl->memory.insert({address, address + bytes, readOnly});
  return true;
}

bool Device::unregisterMemory(void *memory) {
  uint64_t address = reinterpret_cast<uint64_t>(memory);
  if (!impl->memory.find(address) || impl->allocations.count(address)) {
    impl->error = "memory was not registered";
    return false;
  }
  impl->memory.erase(address);
  return true;
}

bool Device::findMemory(uint64_t address, uint64_t &begin,
                        uint64_t &bytes) const {
  const MemoryRange *r = impl->memory.find(address);
  if (!r)
    return false;
  begin = r->begin;
  bytes = r->end - r->begin;
  return true;
}

void Device::setArguments(LaunchConfig &config, const KernelInfo &kernel,
                          const void *const *parameters) {
  config.arguments.clear();
  for (size_t i = 0; i < kernel.parameterBytes.size(); ++i) {
    const auto *p = static_cast<const uint8_t *>(parameters[i]);
    config.arguments.emplace_back(p, p + kernel.parameterBytes[i]);
  }
}

uint32_t Device::dynamicSharedAddress(ModuleHandle module,
                                      const std::string &kernel) const {
  const Program *p = impl->program(module, kernel);
  return p ? sharedBase + p->sharedBytes : 0;
}

LaunchResult Device::launch(ModuleHandle module, const std::string &kernel,
                            const LaunchConfig &config) {
  const Program *p = impl->program(module, kernel);
  if (!p) {
    LaunchResult failed;
    failed.error = impl->error;
    return failed;
  }
  LaunchResult result = runLaunch(*p, config, impl->memory, *impl->facts);
  if (!result.ok)
    impl->error = result.error;
  return result;
}

const char *hostInstructionSet() { return laneIsaName(); }

} // namespace ptxemu
