//===- cuda_device.c - An open GPU ----------------------------------------===//

#include "cuda_device.h"
#include "gpu_arch.h"

#include <stdlib.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

convrt_status convrt_cuda_enter(const convrt_cuda_device *device,
                                bool *pushed) {
  const convrt_driver *driver = &device->driver;
  cu_context current = NULL;
  *pushed = false;
  cu_result result = driver->contextGetCurrent(&current);
  if (!result && current == device->context)
    return CONVRT_OK;
  if (!result)
    result = driver->contextPush(device->context);
  if (result)
    return convrt_driver_fail_call(driver, result,
                                   "cannot use the device's context");
  *pushed = true;
  return CONVRT_OK;
}

void convrt_cuda_leave(const convrt_cuda_device *device, bool pushed) {
  cu_context popped;
  if (pushed)
    device->driver.contextPop(&popped);
}

/// Take the caller's context if it is one of the device, else the primary one.
static convrt_status chooseContext(convrt_cuda_device *device) {
  const convrt_driver *driver = &device->driver;
  cu_device currentDevice;
  cu_result result = driver->contextGetCurrent(&device->context);
  if (!result && device->context &&
      driver->contextGetDevice(&currentDevice) == CU_OK &&
      currentDevice == device->device) {
    device->info.uses_callers_context = 1;
    return CONVRT_OK;
  }
  result = driver->primaryRetain(&device->context, device->device);
  if (result)
    return convrt_driver_fail_call(driver, result,
                                   "cannot use the primary context of the "
                                   "device");
  device->retained = true;
  return CONVRT_OK;
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// What the name of a device asks for.
typedef struct request {
  bool emulator;
  int ordinal;          ///< -1: by architecture
  convrt_gpu_arch arch; ///< of the emulated device
} request;

static convrt_status parseName(const char *name, request *wanted) {
  *wanted = (request){.arch = {9, 0, 'a'}};
  const char *rest = NULL;
  if (strncmp(name, "cuda", 4) == 0)
    rest = name + 4;
  else if (strncmp(name, "emulate", 7) == 0) {
    rest = name + 7;
    *wanted = (request){true, -1, {9, 0, 'a'}};
  }
  if (rest && *rest == '\0')
    return CONVRT_OK;
  if (rest && *rest == ':') {
    ++rest;
    if (wanted->emulator && convrt_gpu_arch_parse(rest, &wanted->arch))
      return CONVRT_OK;
    char *end;
    long ordinal = strtol(rest, &end, 10);
    if (!wanted->emulator && *rest >= '0' && *rest <= '9' && !*end &&
        ordinal <= 1023) {
      wanted->ordinal = (int)ordinal;
      return CONVRT_OK;
    }
  }
  return convrt_fail(CONVRT_ERROR_ARGUMENT,
                     "'%.64s' is no device; known are 'cuda', 'cuda:N', "
                     "'emulate' and 'emulate:sm_NN'",
                     name);
}

static cu_result readFacts(convrt_cuda_device *device) {
  const convrt_driver *driver = &device->driver;
  convrt_cuda_device_info *info = &device->info;
  int shared = 0, clusters = 0;
  const struct {
    int attribute;
    int *value;
  } facts[] = {{CU_DEVICE_CAPABILITY_MAJOR, &info->major},
               {CU_DEVICE_CAPABILITY_MINOR, &info->minor},
               {CU_DEVICE_MULTIPROCESSORS, &info->multiprocessors},
               {CU_DEVICE_SHARED_PER_BLOCK_OPTIN, &shared},
               {CU_DEVICE_MEMORY_POOLS, &info->has_memory_pools},
               {CU_DEVICE_CLUSTER_LAUNCH, &clusters}};
  for (size_t i = 0; i < sizeof facts / sizeof facts[0]; ++i) {
    cu_result result = driver->deviceGetAttribute(
        facts[i].value, facts[i].attribute, device->device);
    if (result)
      return result;
  }
  info->shared_bytes = shared;
  device->hasClusters = clusters != 0;
  return driver->deviceGetName(device->name, sizeof device->name,
                               device->device);
}

/// Find the device that is asked for and read its facts.
static convrt_status findDevice(convrt_cuda_device *device, const char *name,
                                const request *wanted) {
  const convrt_driver *driver = &device->driver;
  int count = 0;
  cu_result result = driver->deviceGetCount(&count);
  if (result)
    return convrt_driver_fail_call(driver, result, "cuDeviceGetCount");
  int first = wanted->ordinal < 0 ? 0 : wanted->ordinal;
  int end = wanted->ordinal < 0 ? count : wanted->ordinal + 1;
  for (int i = first; i < end && i < count; ++i) {
    result = driver->deviceGet(&device->device, i);
    if (!result)
      result = readFacts(device);
    if (result)
      return convrt_driver_fail_call(driver, result,
                                     "cannot read what the device is");
    device->info.dlpack = (DLDevice){kDLCUDA, i};
    if (wanted->ordinal >= 0 || (device->info.major == wanted->arch.major &&
                                 device->info.minor == wanted->arch.minor))
      return CONVRT_OK;
  }
  return convrt_fail(CONVRT_ERROR_NO_DEVICE,
                     wanted->emulator
                         ? "'%s': the emulator has %d devices, but none of "
                           "that architecture"
                         : "'%s': the driver has %d devices, numbered from 0",
                     name, count);
}

static convrt_status createPool(convrt_cuda_device *device) {
  if (!device->info.has_memory_pools)
    return CONVRT_OK;
  const convrt_driver *driver = &device->driver;
  cu_pool_properties properties = {.allocationType = CU_POOL_PINNED,
                                   .locationType = CU_LOCATION_DEVICE,
                                   .locationId = device->device};
  cu_result result = driver->poolCreate(&device->pool, &properties);
  // Without a threshold every synchronisation would give the memory back.
  uint64_t threshold = UINT64_MAX;
  if (!result)
    result = driver->poolSetAttribute(device->pool, CU_POOL_RELEASE_THRESHOLD,
                                      &threshold);
  return result ? convrt_driver_fail_call(driver, result,
                                          "cannot make a memory pool")
                : CONVRT_OK;
}

convrt_status convrt_cuda_open(const char *name, const char *library,
                               convrt_cuda_device **result) {
  if (!result)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "device is NULL");
  *result = NULL;
  if (!name)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "name is NULL");
  request wanted;
  convrt_status status = parseName(name, &wanted);
  if (status)
    return status;
  convrt_cuda_device *device = calloc(1, sizeof *device);
  if (!device)
    return convrt_fail_memory();
  status = convrt_driver_open(wanted.emulator, library, &device->driver);
  if (!status)
    status = findDevice(device, name, &wanted);
  if (!status)
    status = chooseContext(device);
  bool pushed;
  if (!status)
    status = convrt_cuda_enter(device, &pushed);
  if (!status) {
    status = createPool(device);
    convrt_cuda_leave(device, pushed);
  }
  if (status) {
    convrt_cuda_close(device);
    return status;
  }
  device->info.name = device->name;
  device->info.driver_version = device->driver.version;
  device->info.emulated = device->driver.emulatorError != NULL;
  *result = device;
  return CONVRT_OK;
}

void convrt_cuda_close(convrt_cuda_device *device) {
  if (!device)
    return;
  if (device->pool)
    device->driver.poolDestroy(device->pool);
  if (device->retained)
    device->driver.primaryRelease(device->device);
  convrt_driver_close(&device->driver);
  free(device);
}

const convrt_cuda_device_info *
convrt_cuda_describe(const convrt_cuda_device *device) {
  return device ? &device->info : NULL;
}

//===----------------------------------------------------------------------===//
// Memory and streams
//===----------------------------------------------------------------------===//

/// Leave the context and report the result of the call `what`.
static convrt_status finish(const convrt_cuda_device *device, bool pushed,
                            cu_result result, const char *what) {
  convrt_status status =
      result ? convrt_driver_fail_call(&device->driver, result, what)
             : CONVRT_OK;
  convrt_cuda_leave(device, pushed);
  return status;
}

static convrt_status begin(const convrt_cuda_device *device, bool *pushed) {
  if (!device)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "device is NULL");
  return convrt_cuda_enter(device, pushed);
}

convrt_status convrt_cuda_allocate(convrt_cuda_device *device, size_t bytes,
                                   void **memory) {
  if (!memory)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "memory is NULL");
  *memory = NULL;
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  cu_pointer address = 0;
  cu_result result = device->driver.allocate(&address, bytes ? bytes : 1);
  if (!result)
    *memory = (void *)(uintptr_t)address;
  return finish(device, pushed, result, "cannot allocate device memory");
}

convrt_status convrt_cuda_release(convrt_cuda_device *device, void *memory) {
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status || !memory) {
    if (!status)
      convrt_cuda_leave(device, pushed);
    return status;
  }
  return finish(device, pushed,
                device->driver.release((cu_pointer)(uintptr_t)memory),
                "cannot release device memory");
}

convrt_status convrt_cuda_copy_to_device(convrt_cuda_device *device, void *to,
                                         const void *from, size_t bytes) {
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  return finish(
      device, pushed,
      device->driver.copyToDevice((cu_pointer)(uintptr_t)to, from, bytes),
      "cannot copy to the device");
}

convrt_status convrt_cuda_copy_to_host(convrt_cuda_device *device, void *to,
                                       const void *from, size_t bytes) {
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  return finish(
      device, pushed,
      device->driver.copyToHost(to, (cu_pointer)(uintptr_t)from, bytes),
      "cannot copy to the host");
}

convrt_status convrt_cuda_stream_create(convrt_cuda_device *device,
                                        void **stream) {
  if (!stream)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "stream is NULL");
  *stream = NULL;
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  return finish(device, pushed,
                device->driver.streamCreate(stream, CU_STREAM_DOES_NOT_BLOCK),
                "cannot make a stream");
}

convrt_status convrt_cuda_stream_destroy(convrt_cuda_device *device,
                                         void *stream) {
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  return finish(device, pushed, device->driver.streamDestroy(stream),
                "cannot destroy the stream");
}

convrt_status convrt_cuda_stream_synchronize(convrt_cuda_device *device,
                                             void *stream) {
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  return finish(device, pushed, device->driver.streamSynchronize(stream),
                "work on the stream failed");
}

//===----------------------------------------------------------------------===//
// Timers
//===----------------------------------------------------------------------===//

struct convrt_cuda_timer {
  convrt_cuda_device *device;
  cu_event start, stop;
};

convrt_status convrt_cuda_timer_create(convrt_cuda_device *device,
                                       convrt_cuda_timer **timer) {
  if (!timer)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "timer is NULL");
  *timer = NULL;
  bool pushed;
  convrt_status status = begin(device, &pushed);
  if (status)
    return status;
  convrt_cuda_timer *made = calloc(1, sizeof *made);
  if (!made) {
    convrt_cuda_leave(device, pushed);
    return convrt_fail_memory();
  }
  made->device = device;
  cu_result result = device->driver.eventCreate(&made->start, 0);
  if (!result)
    result = device->driver.eventCreate(&made->stop, 0);
  status = finish(device, pushed, result, "cannot make an event");
  if (status)
    convrt_cuda_timer_destroy(made);
  else
    *timer = made;
  return status;
}

void convrt_cuda_timer_destroy(convrt_cuda_timer *timer) {
  if (!timer)
    return;
  const convrt_driver *driver = &timer->device->driver;
  if (timer->start)
    driver->eventDestroy(timer->start);
  if (timer->stop)
    driver->eventDestroy(timer->stop);
  free(timer);
}

convrt_status convrt_cuda_timer_start(convrt_cuda_timer *timer, void *stream) {
  if (!timer)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "timer is NULL");
  bool pushed;
  convrt_status status = begin(timer->device, &pushed);
  if (status)
    return status;
  return finish(timer->device, pushed,
                timer->device->driver.eventRecord(timer->start, stream),
                "cannot record an event");
}

convrt_status convrt_cuda_timer_stop(convrt_cuda_timer *timer, void *stream,
                                     double *seconds) {
  if (!timer || !seconds)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "timer or seconds is NULL");
  bool pushed;
  convrt_status status = begin(timer->device, &pushed);
  if (status)
    return status;
  const convrt_driver *driver = &timer->device->driver;
  float milliseconds = 0;
  cu_result result = driver->eventRecord(timer->stop, stream);
  if (!result)
    result = driver->eventSynchronize(timer->stop);
  if (!result)
    result = driver->eventElapsedTime(&milliseconds, timer->start, timer->stop);
  *seconds = milliseconds * 1e-3;
  return finish(timer->device, pushed, result, "cannot measure time");
}
