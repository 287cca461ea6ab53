//===- loader.h - Map an image into the process ----------------*- C -*-===//

#ifndef CONVRT_SRC_LOADER_H
#define CONVRT_SRC_LOADER_H

#include "metadata.h"

typedef struct convrt_library {
  void *handle; ///< of dlopen
  int file;     ///< the anonymous file behind it, open as long as the handle
} convrt_library;

/// Map the image and bind the entry of every kernel. On failure nothing stays
/// mapped.
convrt_status convrt_library_open(convrt_image *image, convrt_library *library);

void convrt_library_close(convrt_library *library);

#endif // CONVRT_SRC_LOADER_H
