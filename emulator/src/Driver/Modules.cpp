//===- Modules.cpp - Modules and functions of the emulated driver ---------===//
#include "Driver/State.h"

#include <algorithm>
#include <cstring>

using namespace ptxemu;
using namespace ptxemu::driver;

namespace {

/// Give `text` to the buffer that the caller offers for the log, if any.
void writeLog(unsigned count, const CUjitOption *options, void **values,
              const std::string &text) {
  char *buffer = nullptr;
  size_t size = 0, sizeAt = count;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      buffer = static_cast<char *>(values[i]);
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
      sizeAt = i;
      size = reinterpret_cast<size_t>(values[i]) & 0xFFFFFFFFu;
    }
  }
  if (!buffer || size == 0)
    return;
  size_t kept = std::min(text.size(), size - 1);
  std::memcpy(buffer, text.data(), kept);
  buffer[kept] = '\0';
  values[sizeAt] = reinterpret_cast<void *>(kept);
}

/// Does the image begin like a cubin or a fat binary?
bool isBinary(const void *image) {
  return std::memcmp(image,
                     "\x7f"
                     "ELF",
                     4) == 0 ||
         std::memcmp(image, "\x50\xed\x55\xba", 4) == 0;
}

uint32_t maxThreads(const KernelInfo &info) {
  uint32_t threads = maxThreadsPerBlock;
  for (const uint32_t *extents : {info.requiredThreads, info.maxThreads})
    if (extents[0])
      threads = std::min(threads, extents[0] * extents[1] * extents[2]);
  return threads;
}

/// Bytes of shared memory that a launch of the function may ask for at most.
uint32_t dynamicMaximum(const CUfunc_st &function) {
  uint32_t all = function.module->gpu->device.facts().sharedBytesPerBlockOptin;
  return all - std::min(all, function.info.staticSharedBytes);
}

} // namespace

PTXEMU_EXPORT CUresult cuModuleLoadDataEx(CUmodule *module, const void *image,
                                          unsigned count, CUjitOption *options,
                                          void **values) {
  return withGpu([&](State &s, Gpu &gpu) {
    if (!module || !image || (count > 0 && (!options || !values)))
      return fail(CUDA_ERROR_INVALID_VALUE, "an argument is NULL");
    CUresult result = checkNotCapturing(s, "cuModuleLoadDataEx");
    if (result)
      return result;
    if (isBinary(image))
      return fail(CUDA_ERROR_NO_BINARY_FOR_GPU,
                  "the image is machine code; the emulator runs PTX only");
    ModuleHandle handle =
        gpu.device.loadModule(static_cast<const char *>(image));
    if (handle < 0) {
      writeLog(count, options, values, gpu.device.lastError());
      return fail(CUDA_ERROR_INVALID_PTX, gpu.device.lastError());
    }
    auto loaded = std::make_unique<CUmod_st>();
    loaded->gpu = &gpu;
    loaded->handle = handle;
    for (const std::string &name : gpu.device.kernels(handle)) {
      auto function = std::make_unique<CUfunc_st>();
      function->module = loaded.get();
      gpu.device.kernelInfo(handle, name, function->info);
      function->dynamicLimit = std::min(
          dynamicMaximum(*function),
          sharedBytesPerBlock -
              std::min(sharedBytesPerBlock, function->info.staticSharedBytes));
      loaded->functions[name] = std::move(function);
    }
    *module = s.modules.add(std::move(loaded));
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

PTXEMU_EXPORT CUresult cuModuleUnload(CUmodule module) {
  return guarded([&](State &s) {
    if (!s.modules.has(module))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such module");
    module->gpu->device.unloadModule(module->handle);
    s.modules.remove(module);
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuModuleGetFunction(CUfunction *function,
                                           CUmodule module, const char *name) {
  return guarded([&](State &s) {
    if (!s.modules.has(module) || !name)
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such module");
    auto at = module->functions.find(name);
    if (at == module->functions.end())
      return fail(CUDA_ERROR_NOT_FOUND,
                  std::string("the module has no function '") + name + "'");
    *function = at->second.get();
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *bytes,
                                            CUmodule module, const char *name) {
  return guarded([&](State &s) {
    if (!s.modules.has(module) || !name)
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such module");
    uint64_t size = 0;
    uint64_t found =
        module->gpu->device.globalAddress(module->handle, name, &size);
    if (!found)
      return fail(CUDA_ERROR_NOT_FOUND, module->gpu->device.lastError());
    if (address)
      *address = found;
    if (bytes)
      *bytes = size;
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuFuncGetAttribute(int *value,
                                          CUfunctionAttribute attribute,
                                          CUfunction function) {
  return guarded([&](State &s) {
    if (!s.knows(function))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such function");
    switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      *value = int(maxThreads(function->info));
      return CUresult(CUDA_SUCCESS);
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      *value = int(function->info.staticSharedBytes);
      return CUresult(CUDA_SUCCESS);
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      *value = int(function->info.localBytes);
      return CUresult(CUDA_SUCCESS);
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      *value = int(function->dynamicLimit);
      return CUresult(CUDA_SUCCESS);
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
      break;
    }
    return fail(CUDA_ERROR_INVALID_VALUE, "function attribute " +
                                              std::to_string(attribute) +
                                              " is not emulated");
  });
}

PTXEMU_EXPORT CUresult cuFuncSetAttribute(CUfunction function,
                                          CUfunctionAttribute attribute,
                                          int value) {
  return guarded([&](State &s) {
    if (!s.knows(function))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such function");
    if (attribute == CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED)
      return CUresult(CUDA_SUCCESS); // what fits the device may run
    if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
      return fail(CUDA_ERROR_INVALID_VALUE, "the attribute cannot be set");
    if (value < 0 || uint32_t(value) > dynamicMaximum(*function))
      return fail(CUDA_ERROR_INVALID_VALUE,
                  std::to_string(value) +
                      " bytes of dynamic shared memory; the device has " +
                      std::to_string(dynamicMaximum(*function)));
    function->dynamicLimit = uint32_t(value);
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuFuncGetParamInfo(CUfunction function, size_t index,
                                          size_t *offset, size_t *size) {
  return guarded([&](State &s) {
    if (!s.knows(function))
      return fail(CUDA_ERROR_INVALID_HANDLE, "no such function");
    const KernelInfo &info = function->info;
    if (index >= info.parameterBytes.size())
      return fail(CUDA_ERROR_INVALID_VALUE, "no such parameter");
    size_t at = 0;
    for (size_t i = 0; i <= index; ++i) {
      size_t align = std::max<size_t>(1, info.parameterAlign[i]);
      at = (at + align - 1) / align * align;
      if (i < index)
        at += info.parameterBytes[i];
    }
    *offset = at;
    if (size)
      *size = info.parameterBytes[index];
    return CUresult(CUDA_SUCCESS);
  });
}
