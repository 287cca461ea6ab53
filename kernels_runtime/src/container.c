//===- container.c - The records of a package -----------------------------===//

#include "container.h"
#include "gpu_arch.h"
#include "limits.h"
#include "sha256.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

// Layout of an OffloadBinary, version 1. All integers are little-endian.
enum {
  headerSize = 32,
  entrySize = 40,
  stringEntrySize = 16,
  entryOffset = headerSize,
  stringsOffset = headerSize + entrySize,
  recordAlignment = 8,
  containerVersion = 1,
  offloadKindNone = 0,
  offloadKindCuda = 2,
};

static const uint8_t magic[4] = {0x10, 0xFF, 0x10, 0xAD};

static uint64_t load(const uint8_t *bytes, int width) {
  uint64_t value = 0;
  for (int i = width; i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

static uint64_t alignUp(uint64_t value) {
  return (value + recordAlignment - 1) / recordAlignment * recordAlignment;
}

static convrt_status malformed(size_t index, const char *what) {
  return convrt_fail(CONVRT_ERROR_FORMAT, "image %zu of the package: %s", index,
                     what);
}

static bool allZero(const uint8_t *begin, const uint8_t *end) {
  for (; begin < end; ++begin)
    if (*begin)
      return false;
  return true;
}

/// The NUL-terminated text at `offset` of the string area, NULL if it leaves
/// the area.
static const char *textAt(const uint8_t *bytes, uint64_t areaBegin,
                          uint64_t areaEnd, uint64_t offset) {
  if (offset < areaBegin || offset >= areaEnd)
    return NULL;
  return memchr(bytes + offset, 0, (size_t)(areaEnd - offset))
             ? (const char *)bytes + offset
             : NULL;
}

/// Check the format's version, "conv-MAJOR.MINOR".
static convrt_status checkFormat(size_t index, const char *format) {
  static const char prefix[] = "conv-";
  if (strncmp(format, prefix, sizeof prefix - 1) != 0)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package: format '%.32s' is not one of "
                       "this library",
                       index, format);
  const char *at = format + sizeof prefix - 1;
  const char *digits = at;
  uint32_t major = 0;
  for (; *at >= '0' && *at <= '9' && at - digits < 6; ++at)
    major = major * 10 + (uint32_t)(*at - '0');
  bool valid = at != digits && *at == '.';
  const char *minor = at + 1;
  if (valid)
    for (at = minor; *at >= '0' && *at <= '9' && at - minor < 6;)
      ++at;
  if (!valid || at == minor || *at != '\0')
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package: format '%.32s' is not of the "
                       "form conv-MAJOR.MINOR",
                       index, format);
  if (major != CONVRT_FORMAT_MAJOR)
    return convrt_fail(
        CONVRT_ERROR_VERSION,
        "image %zu of the package has format %.32s, this runtime "
        "reads conv-%d.x; use a matching runtime or compile again",
        index, format, CONVRT_FORMAT_MAJOR);
  return CONVRT_OK;
}

/// Compare the stated SHA-256 with the one of the record, in which the 64
/// digits themselves count as '0'.
static convrt_status checkSum(const uint8_t *bytes, size_t size, size_t index,
                              const char *stated) {
  if (strlen(stated) != CONVRT_SHA256_HEX)
    return malformed(index, "sha256 is not 64 digits");
  char zeros[CONVRT_SHA256_HEX];
  memset(zeros, '0', sizeof zeros);
  size_t before = (size_t)((const uint8_t *)stated - bytes);
  convrt_sha256 hash;
  convrt_sha256_begin(&hash);
  convrt_sha256_add(&hash, bytes, before);
  convrt_sha256_add(&hash, zeros, sizeof zeros);
  convrt_sha256_add(&hash, bytes + before + sizeof zeros,
                    size - before - sizeof zeros);
  char actual[CONVRT_SHA256_HEX];
  convrt_sha256_end(&hash, actual);
  if (memcmp(actual, stated, sizeof actual) == 0)
    return CONVRT_OK;
  return convrt_fail(CONVRT_ERROR_CHECKSUM,
                     "image %zu of the package is damaged: sha256 is %.64s, "
                     "stated is %.64s",
                     index, actual, stated);
}

/// Check what the texts and the image of a GPU's record must be like.
static convrt_status checkGpu(size_t index, const convrt_record *record) {
  if (strncmp(record->triple, "nvptx64-", 8) != 0)
    return malformed(index, "the triple of a GPU image does not begin with "
                            "nvptx64-");
  convrt_gpu_arch arch;
  if (!convrt_gpu_arch_parse(record->isa, &arch))
    return malformed(index, "the arch of a GPU image is not of the form sm_90, "
                            "sm_90a or sm_100f");
  if (record->kind == CONVRT_IMAGE_PTX &&
      (record->imageSize == 0 ||
       memchr(record->image, 0, record->imageSize) != NULL))
    return malformed(index, "a PTX image is empty or has a NUL character");
  return CONVRT_OK;
}

convrt_status convrt_record_read(const uint8_t *bytes, size_t size,
                                 size_t index, convrt_record *record) {
  *record = (convrt_record){0};
  size_t common = size < sizeof magic ? size : sizeof magic;
  if (memcmp(bytes, magic, common) != 0)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       index == 0
                           ? "not a package: image %zu does not begin "
                             "with the magic bytes 10 ff 10 ad"
                           : "no magic bytes 10 ff 10 ad where image %zu "
                             "of the package should begin",
                       index);
  if (size < headerSize)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package is truncated: its header has "
                       "%d bytes, %zu are left",
                       index, headerSize, size);
  uint64_t version = load(bytes + 4, 4);
  if (version != containerVersion)
    return convrt_fail(CONVRT_ERROR_VERSION,
                       "image %zu of the package has container version %" PRIu64
                       ", this runtime reads version %d",
                       index, version, containerVersion);
  uint64_t total = load(bytes + 8, 8);
  if (total > size)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package is truncated: it states "
                       "%" PRIu64 " bytes, %zu are left",
                       index, total, size);
  if (total < stringsOffset || total % recordAlignment != 0)
    return malformed(index, "impossible size");
  if (load(bytes + 16, 8) != entryOffset || load(bytes + 24, 8) != entrySize)
    return malformed(index, "the entry is not where version 1 has it");

  const uint8_t *entry = bytes + entryOffset;
  uint64_t kind = load(entry, 2);
  uint64_t offload = load(entry + 2, 2);
  bool isObject = kind == CONVRT_IMAGE_OBJECT && offload == offloadKindNone;
  bool isGpu = (kind == CONVRT_IMAGE_CUBIN || kind == CONVRT_IMAGE_PTX) &&
               offload == offloadKindCuda;
  if ((!isObject && !isGpu) || load(entry + 4, 4) != 0)
    return malformed(index, "neither an object image of a CPU nor a cubin or "
                            "PTX image of a GPU");
  record->kind = (convrt_image_kind)kind;
  uint64_t strings = load(entry + 8, 8);
  uint64_t stringCount = load(entry + 16, 8);
  uint64_t image = load(entry + 24, 8);
  uint64_t imageSize = load(entry + 32, 8);
  if (strings != stringsOffset || stringCount > CONVRT_MAX_STRINGS)
    return malformed(index, "impossible string table");
  uint64_t textBegin = stringsOffset + stringCount * stringEntrySize;
  // Both sums stay far below 2^64: total is at most `size`.
  if (image < textBegin || image > total || image % recordAlignment != 0 ||
      imageSize > total - image || alignUp(image + imageSize) != total)
    return malformed(index, "the image leaves the package or the bytes around "
                            "it do not add up");
  if (!allZero(bytes + image + imageSize, bytes + total))
    return malformed(index, "padding is not zero");

  const char *format = NULL;
  const char *sum = NULL;
  const struct {
    const char *key;
    const char **value;
  } known[] = {{"format", &format},
               {"triple", &record->triple},
               {"arch", &record->isa},
               {"metadata", &record->metadata},
               {"sha256", &sum}};
  enum { knownCount = sizeof known / sizeof known[0] };
  for (uint64_t i = 0; i < stringCount; ++i) {
    const uint8_t *pair = bytes + stringsOffset + i * stringEntrySize;
    const char *key = textAt(bytes, textBegin, image, load(pair, 8));
    const char *value = textAt(bytes, textBegin, image, load(pair + 8, 8));
    if (!key || !value)
      return malformed(index, "a text leaves the string table");
    for (size_t k = 0; k < knownCount; ++k)
      if (strcmp(key, known[k].key) == 0) {
        if (*known[k].value)
          return convrt_fail(CONVRT_ERROR_FORMAT,
                             "image %zu of the package: '%s' is given twice",
                             index, known[k].key);
        *known[k].value = value;
      }
  }
  for (size_t k = 0; k < knownCount; ++k)
    if (!*known[k].value)
      return convrt_fail(CONVRT_ERROR_FORMAT,
                         "image %zu of the package has no '%s'", index,
                         known[k].key);
  convrt_status status = checkFormat(index, format);
  if (!status)
    status = checkSum(bytes, (size_t)total, index, sum);
  if (status)
    return status;
  record->metadataSize = strlen(record->metadata);
  if (record->metadataSize > CONVRT_MAX_METADATA_BYTES)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package: metadata has %zu bytes, the "
                       "limit is %d",
                       index, record->metadataSize, CONVRT_MAX_METADATA_BYTES);
  record->size = (size_t)total;
  record->image = bytes + image;
  record->imageSize = (size_t)imageSize;
  return isGpu ? checkGpu(index, record) : CONVRT_OK;
}
