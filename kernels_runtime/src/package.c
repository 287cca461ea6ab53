//===- package.c - Open and describe packages -----------------------------===//

#include "package.h"
#include "cpu.h"
#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// Whether the triple is of this machine: "x86_64-..." on x86_64.
static bool isForThisMachine(const convrt_image *image) {
  const char *arch = convrt_cpu_arch();
  size_t length = strlen(arch);
  return strncmp(image->record.triple, arch, length) == 0 &&
         image->record.triple[length] == '-';
}

static bool hasFeatures(const convrt_image *image) {
  for (size_t i = 0; i < image->requireCount; ++i)
    if (!convrt_cpu_has(image->requires[i]) ||
        !convrt_cpu_enable(image->requires[i]))
      return false;
  return true;
}

/// Choose the image of the highest usable level; among equals the one that
/// requires more features, then the earlier one.
static convrt_status chooseImage(convrt_package *package) {
  int limit;
  convrt_status status = convrt_isa_limit(&limit);
  if (status)
    return status;
  package->chosen = &package->images[0];
  int bestRank = -1;
  for (size_t i = 0; i < package->imageCount; ++i) {
    convrt_image *image = &package->images[i];
    int rank = convrt_isa_rank(image->record.isa);
    bool better = rank > bestRank ||
                  (rank == bestRank &&
                   image->requireCount > package->chosen->requireCount);
    if (image->record.kind != CONVRT_IMAGE_OBJECT || rank < 0 || rank > limit ||
        !better || !isForThisMachine(image) || !hasFeatures(image))
      continue;
    package->chosen = image;
    package->runnable = true;
    bestRank = rank;
  }
  return CONVRT_OK;
}

static convrt_status readImages(convrt_package *package) {
  const uint8_t *at = package->bytes;
  size_t left = package->size;
  package->images = convrt_arena_allocate(&package->arena, CONVRT_MAX_IMAGES,
                                          sizeof *package->images);
  if (!package->images)
    return convrt_fail_memory();
  do {
    size_t index = package->imageCount;
    if (index == CONVRT_MAX_IMAGES)
      return convrt_fail(CONVRT_ERROR_FORMAT, "more than %d images",
                         CONVRT_MAX_IMAGES);
    convrt_image *image = &package->images[index];
    convrt_status status = convrt_record_read(at, left, index, &image->record);
    if (!status)
      status = convrt_metadata_read(&package->arena, index, image);
    if (!status && index > 0)
      status = convrt_metadata_compare(&package->images[0], image, index);
    if (status)
      return status;
    for (size_t k = 0; k < image->kernelCount; ++k)
      image->kernels[k].package = package;
    ++package->imageCount;
    at += image->record.size;
    left -= image->record.size;
  } while (left > 0);
  return CONVRT_OK;
}

/// What to do with a package whose images are read.
typedef enum purpose { toUse, toVerify } purpose;

/// Open `bytes`, of which `owned` is freed with the package (or at once, if
/// opening fails).
static convrt_status openBytes(const void *bytes, void *owned, size_t size,
                               purpose purpose, convrt_package **result) {
  convrt_package *package = calloc(1, sizeof *package);
  if (!package) {
    free(owned);
    return convrt_fail_memory();
  }
  package->bytes = bytes;
  package->owned = owned;
  package->size = size;
  package->library.file = -1;
  atomic_init(&package->loaded, false);
  if (pthread_mutex_init(&package->mutex, NULL) != 0) {
    free(owned);
    free(package);
    return convrt_fail_memory();
  }
  convrt_status status = readImages(package);
  if (!status && purpose == toUse)
    status = chooseImage(package);
  if (status || purpose == toVerify) {
    convrt_package_close(package);
    return status;
  }
  *result = package;
  return CONVRT_OK;
}

static convrt_status checkSize(uint64_t size) {
  if (size <= CONVRT_MAX_PACKAGE_BYTES)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_FORMAT,
                     "the package has %llu bytes, the limit is %d",
                     (unsigned long long)size, CONVRT_MAX_PACKAGE_BYTES);
}

convrt_status convrt_package_open_memory(const void *bytes, size_t size,
                                         convrt_ownership ownership,
                                         convrt_package **package) {
  if (!package)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "package is NULL");
  *package = NULL;
  if (!bytes)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "bytes is NULL");
  convrt_status status = checkSize(size);
  if (status)
    return status;
  if (ownership == CONVRT_BORROW)
    return openBytes(bytes, NULL, size, toUse, package);
  if (ownership != CONVRT_COPY)
    return convrt_fail(CONVRT_ERROR_ARGUMENT,
                       "ownership is %d, neither copy nor borrow",
                       (int)ownership);
  void *copy = malloc(size ? size : 1);
  if (!copy)
    return convrt_fail_memory();
  memcpy(copy, bytes, size);
  return openBytes(copy, copy, size, toUse, package);
}

convrt_status convrt_package_verify(const void *bytes, size_t size) {
  if (!bytes)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "bytes is NULL");
  convrt_status status = checkSize(size);
  return status ? status : openBytes(bytes, NULL, size, toVerify, NULL);
}

/// Read a regular file. It is copied rather than mapped, so that what was
/// verified is what runs, even if somebody writes to the file meanwhile.
static convrt_status readFile(const char *path, uint8_t **bytes, size_t *size) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (file < 0 || fstat(file, &info) != 0) {
    convrt_status status = convrt_fail(CONVRT_ERROR_IO, "cannot open '%s': %s",
                                       path, strerror(errno));
    if (file >= 0)
      close(file);
    return status;
  }
  convrt_status status = CONVRT_OK;
  if (!S_ISREG(info.st_mode))
    status = convrt_fail(CONVRT_ERROR_IO, "'%s' is not a regular file", path);
  else
    status = checkSize((uint64_t)info.st_size);
  size_t wanted = (size_t)info.st_size;
  size_t got = 0;
  uint8_t *buffer = status ? NULL : malloc(wanted ? wanted : 1);
  if (!status && !buffer)
    status = convrt_fail_memory();
  while (!status && got < wanted) {
    ssize_t part = read(file, buffer + got, wanted - got);
    if (part < 0 && errno == EINTR)
      continue;
    if (part < 0)
      status = convrt_fail(CONVRT_ERROR_IO, "cannot read '%s': %s", path,
                           strerror(errno));
    if (part <= 0)
      break;
    got += (size_t)part;
  }
  close(file);
  if (status) {
    free(buffer);
    return status;
  }
  *bytes = buffer;
  *size = got;
  return CONVRT_OK;
}

convrt_status convrt_package_open_file(const char *path,
                                       convrt_package **package) {
  if (!package)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "package is NULL");
  *package = NULL;
  if (!path)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "path is NULL");
  uint8_t *bytes = NULL;
  size_t size = 0;
  convrt_status status = readFile(path, &bytes, &size);
  if (status)
    return status;
  return openBytes(bytes, bytes, size, toUse, package);
}

void convrt_package_close(convrt_package *package) {
  if (!package)
    return;
  convrt_library_close(&package->library);
  pthread_mutex_destroy(&package->mutex);
  convrt_arena_free(&package->arena);
  free(package->loadMessage);
  free(package->owned);
  free(package);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static convrt_status loadOnce(convrt_package *package) {
  if (package->runnable)
    return convrt_library_open(package->chosen, &package->library);
  char levels[256] = "";
  size_t used = 0;
  for (size_t i = 0; i < package->imageCount; ++i) {
    const convrt_record *record = &package->images[i].record;
    size_t room = sizeof levels - used;
    int length = snprintf(levels + used, room, "%s%.40s for %.40s",
                          i ? ", " : "", record->isa, record->triple);
    if (length < 0 || (size_t)length >= room)
      break;
    used += (size_t)length;
  }
  return convrt_fail(CONVRT_ERROR_UNSUPPORTED,
                     "no image of the package runs on this CPU (%s, %s): it "
                     "has %s",
                     convrt_cpu_arch(), convrt_cpu_isa(), levels);
}

convrt_status convrt_package_load(convrt_package *package) {
  if (!package)
    return convrt_fail(CONVRT_ERROR_ARGUMENT, "package is NULL");
  if (!atomic_load_explicit(&package->loaded, memory_order_acquire)) {
    pthread_mutex_lock(&package->mutex);
    if (!atomic_load_explicit(&package->loaded, memory_order_relaxed)) {
      package->loadStatus = loadOnce(package);
      if (package->loadStatus)
        package->loadMessage = strdup(convrt_last_error());
      atomic_store_explicit(&package->loaded, true, memory_order_release);
    }
    pthread_mutex_unlock(&package->mutex);
  }
  if (!package->loadStatus)
    return CONVRT_OK;
  return convrt_fail(package->loadStatus, "%s",
                     package->loadMessage ? package->loadMessage
                                          : "loading failed");
}

//===----------------------------------------------------------------------===//
// Describing
//===----------------------------------------------------------------------===//

const char *convrt_package_isa(const convrt_package *package) {
  return package ? package->chosen->record.isa : NULL;
}

const char *convrt_package_triple(const convrt_package *package) {
  return package ? package->chosen->record.triple : NULL;
}

size_t convrt_package_image_count(const convrt_package *package) {
  return package ? package->imageCount : 0;
}

const char *convrt_package_image_isa(const convrt_package *package,
                                     size_t index) {
  return package && index < package->imageCount
             ? package->images[index].record.isa
             : NULL;
}

size_t convrt_package_kernel_count(const convrt_package *package) {
  return package ? package->chosen->kernelCount : 0;
}

const convrt_kernel *convrt_package_kernel(const convrt_package *package,
                                           size_t index) {
  return package && index < package->chosen->kernelCount
             ? &package->chosen->kernels[index]
             : NULL;
}

const convrt_kernel *convrt_package_find(const convrt_package *package,
                                         const char *name) {
  for (size_t k = 0; name && k < convrt_package_kernel_count(package); ++k)
    if (strcmp(package->chosen->kernels[k].info.name, name) == 0)
      return &package->chosen->kernels[k];
  return NULL;
}

const convrt_kernel_info *convrt_kernel_describe(const convrt_kernel *kernel) {
  return kernel ? &kernel->info : NULL;
}

const convrt_argument *convrt_kernel_argument(const convrt_kernel *kernel,
                                              size_t index) {
  return kernel && index < kernel->info.argument_count
             ? &kernel->arguments[index]
             : NULL;
}

const char *convrt_kernel_dim(const convrt_kernel *kernel, size_t index) {
  return kernel && index < kernel->info.dim_count ? kernel->dims[index] : NULL;
}
