//===- cuda_driver.c - The CUDA driver, opened at run time ----------------===//

#include "cuda_driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { oldestVersion = 11080 };

static const char gpuLibrary[] = "libcuda.so.1";
static const char emulatorLibrary[] = "libptxemu-cuda.so";

convrt_status convrt_driver_fail(const convrt_driver *driver,
                                 convrt_status status, cu_result result,
                                 const char *what) {
  const char *name = NULL, *text = NULL;
  driver->getErrorName(result, &name);
  driver->getErrorString(result, &text);
  const char *more = driver->emulatorError ? driver->emulatorError() : "";
  return convrt_fail(status, "%s: %s (%d): %s%s%s", what,
                     name ? name : "unknown CUDA error", result,
                     text ? text : "no text", *more ? ": " : "", more);
}

convrt_status convrt_driver_fail_call(const convrt_driver *driver,
                                      cu_result result, const char *what) {
  convrt_status status = CONVRT_ERROR_CUDA;
  if (result == CU_OUT_OF_MEMORY)
    status = CONVRT_ERROR_MEMORY;
  else if (result >= CU_ILLEGAL_ADDRESS && result <= CU_LAUNCH_FAILED)
    status = CONVRT_ERROR_KERNEL;
  return convrt_driver_fail(driver, status, result, what);
}

/// Open the emulator in the folder of `file` or in lib beside it; NULL if it is
/// in neither.
static void *openBeside(const char *file) {
  static const char *const places[] = {"", "../lib/"};
  const char *slash = strrchr(file, '/');
  for (size_t i = 0; slash && i < sizeof places / sizeof *places; ++i) {
    char path[4096];
    int written = snprintf(path, sizeof path, "%.*s/%s%s", (int)(slash - file),
                           file, places[i], emulatorLibrary);
    if (written > 0 && (size_t)written < sizeof path && access(path, R_OK) == 0)
      return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  return NULL;
}

/// Open the emulator beside this library, beside the program (of which, if it
/// has this code in it, the loader knows no path), or where libraries are.
static void *openEmulator(void) {
  void *library = NULL;
  Dl_info self;
  if (dladdr(emulatorLibrary, &self) && self.dli_fname)
    library = openBeside(self.dli_fname);
  char program[4096];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (!library && length > 0) {
    program[length] = '\0';
    library = openBeside(program);
  }
  return library
             ? library
             : dlopen(emulatorLibrary, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

/// Open the library; `*name` becomes what it is called in messages.
static void *openLibrary(bool emulator, const char *library,
                         const char **name) {
  const char *given = library;
  if (!given || !*given)
    given =
        getenv(emulator ? "CONVRT_EMULATOR_LIBRARY" : "CONVRT_CUDA_LIBRARY");
  if (given && *given) {
    *name = given;
    return dlopen(given, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  *name = emulator ? emulatorLibrary : gpuLibrary;
  // A driver has threads and handlers of its own: it is never unmapped.
  return emulator ? openEmulator()
                  : dlopen(gpuLibrary, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static void *bind(void *library, const char *name, const char **missing) {
  void *address = dlsym(library, name);
  if (!address && !*missing)
    *missing = name;
  return address;
}

/// Look up all functions. NULL, or the name of the first that is missing.
static const char *bindAll(convrt_driver *driver) {
  const char *missing = NULL, *ignored = "";
  void *address;
  // POSIX's way from an object pointer to a function pointer.
#define BIND(member, name, parameters)                                         \
  address = bind(driver->library, name, &missing);                             \
  memcpy(&driver->member, &address, sizeof driver->member);
  CONVRT_DRIVER_FUNCTIONS(BIND)
#undef BIND
#define BIND(member, name, parameters)                                         \
  address = bind(driver->library, name, &ignored);                             \
  memcpy(&driver->member, &address, sizeof driver->member);
  CONVRT_DRIVER_OPTIONAL_FUNCTIONS(BIND)
#undef BIND
  address = bind(driver->library, "ptxemuDriverError", &ignored);
  memcpy(&driver->emulatorError, &address, sizeof driver->emulatorError);
  return missing;
}

static convrt_status initialise(convrt_driver *driver, const char *name) {
  cu_result result = driver->init(0);
  switch (result) {
  case CU_OK:
    break;
  case CU_NO_DEVICE:
    return convrt_driver_fail(driver, CONVRT_ERROR_NO_DEVICE, result,
                              "the CUDA driver finds no GPU");
  case CU_STUB_LIBRARY:
    return convrt_driver_fail(driver, CONVRT_ERROR_NO_DRIVER, result,
                              "the CUDA driver is a stub for linking");
  case CU_SYSTEM_DRIVER_MISMATCH:
  case CU_COMPAT_NOT_SUPPORTED:
    return convrt_driver_fail(
        driver, CONVRT_ERROR_OLD_DRIVER, result,
        "the CUDA driver does not fit the driver of the system");
  default:
    return convrt_driver_fail(driver, CONVRT_ERROR_CUDA, result, "cuInit");
  }
  result = driver->driverGetVersion(&driver->version);
  if (result)
    return convrt_driver_fail(driver, CONVRT_ERROR_CUDA, result,
                              "cuDriverGetVersion");
  if (driver->version >= oldestVersion)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_OLD_DRIVER,
                     "the driver '%s' is of CUDA %d.%d, needed is %d.%d or "
                     "later; update the driver of the GPU",
                     name, driver->version / 1000, driver->version % 1000 / 10,
                     oldestVersion / 1000, oldestVersion % 1000 / 10);
}

convrt_status convrt_driver_open(bool emulator, const char *library,
                                 convrt_driver *driver) {
  *driver = (convrt_driver){0};
  const char *name;
  driver->library = openLibrary(emulator, library, &name);
  if (!driver->library) {
    const char *reason = dlerror();
    return convrt_fail(CONVRT_ERROR_NO_DRIVER,
                       "cannot open the %s '%s': %s; %s",
                       emulator ? "emulator" : "CUDA driver", name,
                       reason ? reason : "unknown reason",
                       emulator ? "set CONVRT_EMULATOR_LIBRARY to its path"
                                : "install the driver of the GPU, or set "
                                  "CONVRT_CUDA_LIBRARY to its path");
  }
  const char *missing = bindAll(driver);
  convrt_status status;
  if (!driver->init)
    status = convrt_fail(CONVRT_ERROR_NO_DRIVER,
                         "'%s' is no CUDA driver: it has no cuInit", name);
  else if (missing)
    status = convrt_fail(CONVRT_ERROR_OLD_DRIVER,
                         "the driver '%s' is too old: it has no %s, which CUDA "
                         "%d.%d has; update the driver of the GPU",
                         name, missing, oldestVersion / 1000,
                         oldestVersion % 1000 / 10);
  else
    status = initialise(driver, name);
  if (status)
    convrt_driver_close(driver);
  return status;
}

void convrt_driver_close(convrt_driver *driver) {
  if (driver->library)
    dlclose(driver->library);
  *driver = (convrt_driver){0};
}
