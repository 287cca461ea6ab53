//===- status.c - Error codes with a message ------------------------------===//

#include "status.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

// A fixed buffer, so that reporting an error cannot itself fail.
static _Thread_local char lastError[4096];

convrt_status convrt_fail(convrt_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(lastError, sizeof lastError, format, arguments) < 0)
    lastError[0] = '\0';
  va_end(arguments);
  return status;
}

convrt_status convrt_fail_memory(void) {
  return convrt_fail(CONVRT_ERROR_MEMORY, "out of memory");
}

const char *convrt_last_error(void) { return lastError; }

const char *convrt_version(void) {
  return TEXT(CONVRT_VERSION_MAJOR) "." TEXT(CONVRT_VERSION_MINOR) "." TEXT(
      CONVRT_VERSION_PATCH);
}

const char *convrt_status_name(convrt_status status) {
  switch (status) {
  case CONVRT_OK:
    return "CONVRT_OK";
  case CONVRT_ERROR_ARGUMENT:
    return "CONVRT_ERROR_ARGUMENT";
  case CONVRT_ERROR_IO:
    return "CONVRT_ERROR_IO";
  case CONVRT_ERROR_FORMAT:
    return "CONVRT_ERROR_FORMAT";
  case CONVRT_ERROR_VERSION:
    return "CONVRT_ERROR_VERSION";
  case CONVRT_ERROR_CHECKSUM:
    return "CONVRT_ERROR_CHECKSUM";
  case CONVRT_ERROR_UNSUPPORTED:
    return "CONVRT_ERROR_UNSUPPORTED";
  case CONVRT_ERROR_LOAD:
    return "CONVRT_ERROR_LOAD";
  case CONVRT_ERROR_MEMORY:
    return "CONVRT_ERROR_MEMORY";
  case CONVRT_ERROR_DEVICE:
    return "CONVRT_ERROR_DEVICE";
  case CONVRT_ERROR_DTYPE:
    return "CONVRT_ERROR_DTYPE";
  case CONVRT_ERROR_SHAPE:
    return "CONVRT_ERROR_SHAPE";
  case CONVRT_ERROR_LAYOUT:
    return "CONVRT_ERROR_LAYOUT";
  case CONVRT_ERROR_KERNEL:
    return "CONVRT_ERROR_KERNEL";
  case CONVRT_ERROR_NO_DRIVER:
    return "CONVRT_ERROR_NO_DRIVER";
  case CONVRT_ERROR_OLD_DRIVER:
    return "CONVRT_ERROR_OLD_DRIVER";
  case CONVRT_ERROR_NO_DEVICE:
    return "CONVRT_ERROR_NO_DEVICE";
  case CONVRT_ERROR_RESOURCES:
    return "CONVRT_ERROR_RESOURCES";
  case CONVRT_ERROR_CUDA:
    return "CONVRT_ERROR_CUDA";
  }
  return "unknown convrt_status";
}
