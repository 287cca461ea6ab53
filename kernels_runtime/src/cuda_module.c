//===- cuda_module.c - A package on a GPU ---------------------------------===//

#include "cuda_module.h"
#include "elf_check.h"
#include "gpu_arch.h"
#include "limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

/// Whether image `a` is to be tried before `b`; both run on the device.
static bool isBetter(const convrt_record *a, const convrt_record *b) {
  if (a->kind != b->kind)
    return a->kind == CONVRT_IMAGE_CUBIN;
  convrt_gpu_arch x, y;
  convrt_gpu_arch_parse(a->isa, &x);
  convrt_gpu_arch_parse(b->isa, &y);
  if (x.major != y.major || x.minor != y.minor)
    return 10 * x.major + x.minor > 10 * y.major + y.minor;
  return x.suffix && !y.suffix;
}

/// The images that run on the device, best first. Returns how many.
static size_t listCandidates(const convrt_cuda_device *device,
                             const convrt_package *package,
                             const convrt_image *candidates[]) {
  size_t count = 0;
  for (size_t i = 0; i < package->imageCount; ++i) {
    const convrt_image *image = &package->images[i];
    const convrt_record *record = &image->record;
    convrt_gpu_arch arch;
    if (record->kind == CONVRT_IMAGE_OBJECT ||
        !convrt_gpu_arch_parse(record->isa, &arch) ||
        !convrt_gpu_arch_runs(&arch, record->kind == CONVRT_IMAGE_PTX,
                              device->info.major, device->info.minor))
      continue;
    size_t at = count++;
    for (; at > 0 && isBetter(record, &candidates[at - 1]->record); --at)
      candidates[at] = candidates[at - 1];
    candidates[at] = image;
  }
  return count;
}

static convrt_status failNoImage(const convrt_cuda_device *device,
                                 const convrt_package *package) {
  char images[256] = "";
  size_t used = 0;
  for (size_t i = 0; i < package->imageCount; ++i) {
    const convrt_record *record = &package->images[i].record;
    const char *kind = record->kind == CONVRT_IMAGE_CUBIN ? "cubin"
                       : record->kind == CONVRT_IMAGE_PTX ? "PTX"
                                                          : "CPU";
    size_t room = sizeof images - used;
    int length = snprintf(images + used, room, "%s%.40s (%s)", i ? ", " : "",
                          record->isa, kind);
    if (length < 0 || (size_t)length >= room)
      break;
    used += (size_t)length;
  }
  return convrt_fail(CONVRT_ERROR_UNSUPPORTED,
                     "no image of the package runs on %s (compute capability "
                     "%d.%d): it has %s; compile it for this architecture",
                     device->name, device->info.major, device->info.minor,
                     images);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// Give the image to the driver.
static convrt_status loadImage(convrt_cuda_module *module) {
  const convrt_driver *driver = &module->device->driver;
  const convrt_record *record = &module->image->record;
  bool isPtx = record->kind == CONVRT_IMAGE_PTX;
  const char *problem =
      isPtx ? NULL : convrt_cubin_check(record->image, record->imageSize);
  if (problem)
    return convrt_fail(CONVRT_ERROR_LOAD, "cannot load the %s cubin: %s",
                       record->isa, problem);
  // The driver wants PTX as a text that ends in NUL, and looks at a cubin's own
  // headers for its size.
  char *image = malloc(record->imageSize + 1);
  if (!image)
    return convrt_fail_memory();
  memcpy(image, record->image, record->imageSize);
  image[record->imageSize] = '\0';
  char log[2048] = "";
  int options[] = {CU_JIT_LOG_BUFFER, CU_JIT_LOG_BUFFER_SIZE};
  void *values[] = {log, (void *)(uintptr_t)sizeof log};
  cu_result result =
      driver->moduleLoad(&module->handle, image, 2, options, values);
  free(image);
  if (!result)
    return CONVRT_OK;
  module->handle = NULL;
  log[sizeof log - 1] = '\0';
  char what[2304];
  snprintf(what, sizeof what, "%s refuses the %s %s%s%s%s",
           module->device->name, record->isa, isPtx ? "PTX" : "cubin",
           *log ? " (" : "", log, *log ? ")" : "");
  return convrt_driver_fail(driver,
                            result == CU_UNSUPPORTED_PTX_VERSION
                                ? CONVRT_ERROR_OLD_DRIVER
                                : CONVRT_ERROR_LOAD,
                            result, what);
}

/// A launch and its function, for messages.
typedef struct place {
  const convrt_cuda_module *module;
  const convrt_kernel *kernel;
  const convrt_program_launch *launch;
} place;

static convrt_status failLoad(const place *at, const char *what) {
  return convrt_fail(CONVRT_ERROR_LOAD,
                     "kernel '%s', function '%s' of the %s image: %s",
                     at->kernel->info.name, at->launch->symbol,
                     at->module->image->record.isa, what);
}

/// Compare the parameters of a launch with those of its function, if the
/// driver can tell.
static convrt_status checkParameters(const place *at, cu_function function) {
  const convrt_driver *driver = &at->module->device->driver;
  if (!driver->functionGetParameter)
    return CONVRT_OK;
  size_t offset, size;
  for (size_t i = 0; i < at->launch->parameterCount; ++i) {
    size_t wanted =
        at->launch->parameters[i].kind == CONVRT_PARAMETER_I32 ? 4 : 8;
    char text[128];
    if (driver->functionGetParameter(function, i, &offset, &size) != CU_OK) {
      snprintf(text, sizeof text, "it has %zu parameters, the launch gives %zu",
               i, at->launch->parameterCount);
      return failLoad(at, text);
    }
    if (size != wanted) {
      snprintf(text, sizeof text,
               "parameter %zu has %zu bytes, the launch gives %zu", i, size,
               wanted);
      return failLoad(at, text);
    }
  }
  if (driver->functionGetParameter(function, at->launch->parameterCount,
                                   &offset, &size) == CU_OK)
    return failLoad(at, "it has more parameters than the launch gives");
  return CONVRT_OK;
}

/// Check what a launch needs against the function and the device, and ask for
/// the shared memory.
static convrt_status checkResources(const place *at, cu_function function) {
  const convrt_cuda_device *device = at->module->device;
  const convrt_driver *driver = &device->driver;
  const convrt_program_launch *launch = at->launch;
  int maxThreads = 0, fixedShared = 0;
  cu_result result = driver->functionGetAttribute(
      &maxThreads, CU_FUNCTION_MAX_THREADS, function);
  if (!result)
    result = driver->functionGetAttribute(&fixedShared,
                                          CU_FUNCTION_SHARED_BYTES, function);
  if (result)
    return convrt_driver_fail(driver, CONVRT_ERROR_LOAD, result,
                              "cuFuncGetAttribute");
  const char *name = at->kernel->info.name;
  uint32_t threads = launch->block[0] * launch->block[1] * launch->block[2];
  if (threads > (uint32_t)maxThreads)
    return convrt_fail(CONVRT_ERROR_RESOURCES,
                       "kernel '%s': function '%s' may have %d threads a block "
                       "on %s, its launch has %u",
                       name, launch->symbol, maxThreads, device->name, threads);
  int64_t shared = (int64_t)fixedShared + launch->shared;
  if (shared > device->info.shared_bytes)
    return convrt_fail(CONVRT_ERROR_RESOURCES,
                       "kernel '%s': function '%s' needs %lld bytes of shared "
                       "memory, a block on %s has %lld; compile for this "
                       "architecture",
                       name, launch->symbol, (long long)shared, device->name,
                       (long long)device->info.shared_bytes);
  uint32_t cluster =
      launch->cluster[0] * launch->cluster[1] * launch->cluster[2];
  if (cluster > 1 && !device->hasClusters)
    return convrt_fail(CONVRT_ERROR_RESOURCES,
                       "kernel '%s': function '%s' runs in clusters, which %s "
                       "does not have; compile for this architecture",
                       name, launch->symbol, device->name);
  if (cluster > 8)
    result = driver->functionSetAttribute(function,
                                          CU_FUNCTION_NON_PORTABLE_CLUSTER, 1);
  // Launches of one function share the limit: it is never lowered.
  int limit = 0;
  if (!result)
    result = driver->functionGetAttribute(
        &limit, CU_FUNCTION_MAX_DYNAMIC_SHARED, function);
  if (!result && launch->shared > (uint32_t)limit)
    result = driver->functionSetAttribute(
        function, CU_FUNCTION_MAX_DYNAMIC_SHARED, (int)launch->shared);
  return result ? convrt_driver_fail(driver, CONVRT_ERROR_RESOURCES, result,
                                     "cuFuncSetAttribute")
                : CONVRT_OK;
}

static convrt_status bindLaunch(const place *at, cu_function *function) {
  const convrt_cuda_module *module = at->module;
  cu_result result = module->device->driver.moduleGetFunction(
      function, module->handle, at->launch->symbol);
  if (result)
    return failLoad(at, "the image has no such function");
  convrt_status status = checkParameters(at, *function);
  return status ? status : checkResources(at, *function);
}

static convrt_status bindKernels(convrt_cuda_module *module) {
  const convrt_image *image = module->image;
  module->kernels = convrt_arena_allocate(&module->arena, image->kernelCount,
                                          sizeof *module->kernels);
  if (!module->kernels)
    return convrt_fail_memory();
  for (size_t k = 0; k < image->kernelCount; ++k) {
    const convrt_kernel *kernel = &image->kernels[k];
    const convrt_program *program = kernel->program;
    cu_function *functions = convrt_arena_allocate(
        &module->arena, program->launchCount, sizeof *functions);
    if (!functions)
      return convrt_fail_memory();
    module->kernels[k] = (convrt_cuda_kernel){module, kernel, functions};
    for (size_t i = 0; i < program->launchCount; ++i) {
      place at = {module, kernel, &program->launches[i]};
      convrt_status status = bindLaunch(&at, &functions[i]);
      if (status)
        return status;
    }
  }
  return CONVRT_OK;
}

/// Take back what loading an image has done; the context is current.
static void unload(convrt_cuda_module *module) {
  if (module->handle)
    module->device->driver.moduleUnload(module->handle);
  module->handle = NULL;
  convrt_arena_free(&module->arena);
}

/// Load the first candidate that the driver takes and that fits. If none does,
/// the message is that of the best one.
static convrt_status loadBest(convrt_cuda_module *module,
                              const convrt_image *const candidates[],
                              size_t count) {
  convrt_status first = CONVRT_OK;
  char message[4096] = "";
  for (size_t i = 0; i < count; ++i) {
    module->image = candidates[i];
    convrt_status status = loadImage(module);
    if (!status)
      status = bindKernels(module);
    if (!status)
      return CONVRT_OK;
    unload(module);
    if (first)
      continue;
    first = status;
    snprintf(message, sizeof message, "%s", convrt_last_error());
  }
  return convrt_fail(first, "%s", message);
}

convrt_status convrt_cuda_load(convrt_cuda_device *device,
                               const convrt_package *package,
                               convrt_cuda_module **result) {
  if (!result)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "module is NULL");
  *result = NULL;
  if (!device || !package)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "device or package is NULL");
  const convrt_image *candidates[CONVRT_MAX_IMAGES];
  size_t count = listCandidates(device, package, candidates);
  if (count == 0)
    return failNoImage(device, package);
  convrt_cuda_module *module = calloc(1, sizeof *module);
  if (!module)
    return convrt_fail_memory();
  module->device = device;
  bool pushed;
  convrt_status status = convrt_cuda_enter(device, &pushed);
  if (!status) {
    status = loadBest(module, candidates, count);
    convrt_cuda_leave(device, pushed);
  }
  if (status)
    free(module);
  else
    *result = module;
  return status;
}

void convrt_cuda_unload(convrt_cuda_module *module) {
  if (!module)
    return;
  bool pushed;
  if (convrt_cuda_enter(module->device, &pushed) == CONVRT_OK) {
    unload(module);
    convrt_cuda_leave(module->device, pushed);
  }
  convrt_arena_free(&module->arena);
  free(module);
}

//===----------------------------------------------------------------------===//
// Describing
//===----------------------------------------------------------------------===//

const char *convrt_cuda_module_isa(const convrt_cuda_module *module) {
  return module ? module->image->record.isa : NULL;
}

int convrt_cuda_module_is_ptx(const convrt_cuda_module *module) {
  return module && module->image->record.kind == CONVRT_IMAGE_PTX;
}

const convrt_cuda_kernel *convrt_cuda_find(const convrt_cuda_module *module,
                                           const char *name) {
  for (size_t k = 0; module && name && k < module->image->kernelCount; ++k)
    if (strcmp(module->kernels[k].kernel->info.name, name) == 0)
      return &module->kernels[k];
  return NULL;
}

const convrt_kernel *convrt_cuda_description(const convrt_cuda_kernel *kernel) {
  return kernel ? kernel->kernel : NULL;
}
