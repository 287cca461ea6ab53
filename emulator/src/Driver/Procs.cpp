//===- Procs.cpp - Functions of the emulated driver by name ---------------===//
//
// cuGetProcAddress takes names without version: "cuMemAlloc" is cuMemAlloc_v2
// for every program of CUDA 12.
//
//===----------------------------------------------------------------------===//
#include "Driver/State.h"

#include <dlfcn.h>

using namespace ptxemu::driver;

namespace {

/// An exported function of this library.
void *findExport(const std::string &name) {
  static void *const self = [] {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(&findExport), &info)
               ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
               : nullptr;
  }();
  return self ? dlsym(self, name.c_str()) : nullptr;
}

} // namespace

PTXEMU_EXPORT CUresult cuGetProcAddress_v2(const char *symbol, void **function,
                                           int, uint64_t, int *status) {
  if (!symbol || !function)
    return fail(CUDA_ERROR_INVALID_VALUE, "an argument is NULL");
  *function = findExport(std::string(symbol) + "_v2");
  if (!*function)
    *function = findExport(symbol);
  if (status)
    *status = *function ? 0 : 1; // found, or no such symbol
  return *function ? CUDA_SUCCESS
                   : fail(CUDA_ERROR_NOT_FOUND,
                          std::string(symbol) + " is not emulated");
}

PTXEMU_EXPORT CUresult cuGetProcAddress(const char *symbol, void **function,
                                        int version, uint64_t flags) {
  return cuGetProcAddress_v2(symbol, function, version, flags, nullptr);
}
