//===- Memory.cpp - Memory of the emulated driver -------------------------===//
#include "Driver/State.h"

using namespace ptxemu;
using namespace ptxemu::driver;

namespace {

CUresult allocate(Gpu &gpu, CUdeviceptr *address, size_t bytes) {
  if (!address || bytes == 0)
    return fail(CUDA_ERROR_INVALID_VALUE, "an allocation of no bytes");
  uint64_t got = gpu.device.allocate(bytes);
  if (!got)
    return fail(CUDA_ERROR_OUT_OF_MEMORY, gpu.device.lastError());
  gpu.allocations.insert(got);
  *address = got;
  return CUDA_SUCCESS;
}

CUresult release(State &s, CUdeviceptr address) {
  if (address == 0)
    return CUDA_SUCCESS;
  for (const std::unique_ptr<Gpu> &gpu : s.gpus)
    if (gpu->allocations.erase(address)) {
      gpu->device.release(address);
      return CUDA_SUCCESS;
    }
  return fail(CUDA_ERROR_INVALID_VALUE, "the address was not allocated");
}

/// Report what the device says, or that no device knows the address.
CUresult done(Gpu *gpu, bool ok) {
  if (ok)
    return CUDA_SUCCESS;
  return fail(CUDA_ERROR_INVALID_VALUE,
              gpu ? gpu->device.lastError() : "not an address of a device");
}

Gpu *owner(State &s, CUdeviceptr address) {
  uint64_t base, bytes;
  return s.find(address, &base, &bytes);
}

CUresult toDevice(State &s, CUdeviceptr to, const void *from, size_t bytes) {
  Gpu *gpu = owner(s, to);
  return done(gpu,
              !bytes || (gpu && gpu->device.copyToDevice(to, from, bytes)));
}

CUresult toHost(State &s, void *to, CUdeviceptr from, size_t bytes) {
  Gpu *gpu = owner(s, from);
  return done(gpu, !bytes || (gpu && gpu->device.copyToHost(to, from, bytes)));
}

CUresult within(State &s, CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  Gpu *gpu = owner(s, from);
  return done(gpu, !bytes || (gpu && gpu == owner(s, to) &&
                              gpu->device.copy(to, from, bytes)));
}

CUresult fillBytes(State &s, CUdeviceptr at, unsigned char value,
                   size_t bytes) {
  Gpu *gpu = owner(s, at);
  return done(gpu, !bytes || (gpu && gpu->device.fill(at, value, bytes)));
}

/// A synchronous call: not while a stream is being captured.
template <typename F> CUresult synchronous(const char *name, F body) {
  return withGpu([&](State &s, Gpu &) {
    CUresult result = checkNotCapturing(s, name);
    return result ? result : body(s);
  });
}

} // namespace

PTXEMU_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  return withGpu([&](State &s, Gpu &gpu) {
    CUresult result = checkNotCapturing(s, "cuMemAlloc");
    return result ? result : allocate(gpu, address, bytes);
  });
}

PTXEMU_EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  return synchronous("cuMemFree",
                     [&](State &s) { return release(s, address); });
}

PTXEMU_EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from,
                                       size_t bytes) {
  return synchronous("cuMemcpyHtoD",
                     [&](State &s) { return toDevice(s, to, from, bytes); });
}

PTXEMU_EXPORT CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from,
                                       size_t bytes) {
  return synchronous("cuMemcpyDtoH",
                     [&](State &s) { return toHost(s, to, from, bytes); });
}

PTXEMU_EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from,
                                       size_t bytes) {
  return synchronous("cuMemcpyDtoD",
                     [&](State &s) { return within(s, to, from, bytes); });
}

PTXEMU_EXPORT CUresult cuMemsetD8_v2(CUdeviceptr at, unsigned char value,
                                     size_t bytes) {
  return synchronous("cuMemsetD8",
                     [&](State &s) { return fillBytes(s, at, value, bytes); });
}

PTXEMU_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from,
                                            size_t bytes, CUstream stream) {
  return withGpu([&](State &s, Gpu &) {
    return enqueue(s, stream, [&s, to, from, bytes] {
      return toDevice(s, to, from, bytes);
    });
  });
}

PTXEMU_EXPORT CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from,
                                            size_t bytes, CUstream stream) {
  return withGpu([&](State &s, Gpu &) {
    return enqueue(s, stream, [&s, to, from, bytes] {
      return toHost(s, to, from, bytes);
    });
  });
}

PTXEMU_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from,
                                            size_t bytes, CUstream stream) {
  return withGpu([&](State &s, Gpu &) {
    return enqueue(s, stream, [&s, to, from, bytes] {
      return within(s, to, from, bytes);
    });
  });
}

PTXEMU_EXPORT CUresult cuMemsetD8Async(CUdeviceptr at, unsigned char value,
                                       size_t bytes, CUstream stream) {
  return withGpu([&](State &s, Gpu &) {
    return enqueue(s, stream, [&s, at, value, bytes] {
      return fillBytes(s, at, value, bytes);
    });
  });
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuMemPoolCreate(CUmemoryPool *pool,
                                       const CUmemPoolProps *properties) {
  return guarded([&](State &s) {
    if (!pool || !properties ||
        properties->allocType != CU_MEM_ALLOCATION_TYPE_PINNED ||
        properties->location.type != CU_MEM_LOCATION_TYPE_DEVICE ||
        size_t(properties->location.id) >= s.gpus.size())
      return fail(CUDA_ERROR_INVALID_VALUE,
                  "a pool must be of pinned memory of a device");
    *pool = s.pools.add(std::make_unique<CUmemPool_st>(
        CUmemPool_st{s.gpus[size_t(properties->location.id)].get()}));
    return CUresult(CUDA_SUCCESS);
  });
}

PTXEMU_EXPORT CUresult cuMemPoolDestroy(CUmemoryPool pool) {
  return guarded([&](State &s) {
    return s.pools.remove(pool)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_VALUE, "no such memory pool");
  });
}

PTXEMU_EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int, void *) {
  return guarded([&](State &s) {
    return s.pools.has(pool)
               ? CUDA_SUCCESS
               : fail(CUDA_ERROR_INVALID_VALUE, "no such memory pool");
  });
}

PTXEMU_EXPORT CUresult cuMemAllocFromPoolAsync(CUdeviceptr *address,
                                               size_t bytes, CUmemoryPool pool,
                                               CUstream stream) {
  return guarded([&](State &s) {
    if (!s.pools.has(pool))
      return fail(CUDA_ERROR_INVALID_VALUE, "no such memory pool");
    if (s.streams.has(stream) && stream->capture)
      return fail(CUDA_ERROR_NOT_SUPPORTED,
                  "allocations are not emulated in a capture");
    return allocate(*pool->gpu, address, bytes);
  });
}

PTXEMU_EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream) {
  return guarded([&](State &s) {
    return enqueue(s, stream, [&s, address] { return release(s, address); });
  });
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

PTXEMU_EXPORT CUresult cuPointerGetAttribute(void *data,
                                             CUpointerAttribute attribute,
                                             CUdeviceptr address) {
  return guarded([&](State &s) {
    uint64_t base, bytes;
    Gpu *gpu = s.find(address, &base, &bytes);
    if (!data || !gpu)
      return fail(CUDA_ERROR_INVALID_VALUE, "not an address of a device");
    switch (attribute) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
      *static_cast<CUcontext *>(data) = gpu->primary.get();
      return CUresult(CUDA_SUCCESS);
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      *static_cast<unsigned *>(data) = CU_MEMORYTYPE_DEVICE;
      return CUresult(CUDA_SUCCESS);
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      *static_cast<CUdeviceptr *>(data) = address;
      return CUresult(CUDA_SUCCESS);
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      *static_cast<int *>(data) = gpu->ordinal;
      return CUresult(CUDA_SUCCESS);
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      *static_cast<CUdeviceptr *>(data) = base;
      return CUresult(CUDA_SUCCESS);
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
      *static_cast<size_t *>(data) = bytes;
      return CUresult(CUDA_SUCCESS);
    }
    return fail(CUDA_ERROR_INVALID_VALUE, "pointer attribute " +
                                              std::to_string(attribute) +
                                              " is not emulated");
  });
}
