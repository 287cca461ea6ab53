//===- loader.c - Map an image into the process ---------------------------===//

#include "loader.h"
#include "elf_check.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// An empty file without a name: in memory, or where that is not to be had, in
/// the folder for temporary files. -1 on failure.
static int openAnonymousFile(void) {
  int file = memfd_create("convrt-image", MFD_CLOEXEC);
  if (file >= 0)
    return file;
  const char *folders[] = {getenv("TMPDIR"), "/tmp", "/var/tmp"};
  for (size_t i = 0; file < 0 && i < sizeof folders / sizeof *folders; ++i)
    if (folders[i])
      file = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
  return file;
}

static int writeAll(int file, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return -1;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

convrt_status convrt_library_open(convrt_image *image,
                                  convrt_library *library) {
  *library = (convrt_library){.file = -1};
  const char *problem =
      convrt_elf_check(image->record.image, image->record.imageSize);
  if (problem)
    return convrt_fail(CONVRT_ERROR_LOAD, "cannot load the %s image: %s",
                       image->record.isa, problem);
  library->file = openAnonymousFile();
  if (library->file < 0 || writeAll(library->file, image->record.image,
                                    image->record.imageSize) != 0) {
    convrt_status status = convrt_fail(
        CONVRT_ERROR_LOAD, "cannot write the %s image to an anonymous file: %s",
        image->record.isa, strerror(errno));
    convrt_library_close(library);
    return status;
  }
  // The dynamic loader knows libraries by name. The file stays open until the
  // library is gone, so that no other image can have the same name meanwhile.
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", library->file);
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library->handle) {
    const char *reason = dlerror();
    convrt_status status =
        convrt_fail(CONVRT_ERROR_LOAD, "cannot load the %s image: %s",
                    image->record.isa, reason ? reason : "unknown reason");
    convrt_library_close(library);
    return status;
  }
  for (size_t k = 0; k < image->kernelCount; ++k) {
    convrt_kernel *kernel = &image->kernels[k];
    void *address = dlsym(library->handle, kernel->symbol);
    if (!address) {
      convrt_status status = convrt_fail(
          CONVRT_ERROR_LOAD, "the %s image has no symbol '%s' for kernel '%s'",
          image->record.isa, kernel->symbol, kernel->info.name);
      convrt_library_close(library);
      return status;
    }
    // POSIX's way from an object pointer to a function pointer.
    memcpy(&kernel->entry, &address, sizeof kernel->entry);
  }
  return CONVRT_OK;
}

void convrt_library_close(convrt_library *library) {
  if (library->handle)
    dlclose(library->handle);
  if (library->file >= 0)
    close(library->file);
  *library = (convrt_library){.file = -1};
}
