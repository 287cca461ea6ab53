//===- reader.c - Take metadata apart -------------------------------------===//

#include "reader.h"
#include "limits.h"

#include <string.h>

convrt_status convrt_reader_fail(const convrt_reader *r, const char *what) {
  if (r->kernel)
    return convrt_fail(CONVRT_ERROR_FORMAT,
                       "image %zu of the package, kernel '%s': %s", r->image,
                       r->kernel, what);
  return convrt_fail(CONVRT_ERROR_FORMAT, "image %zu of the package: %s",
                     r->image, what);
}

convrt_status convrt_reader_member(const convrt_reader *r,
                                   const convrt_json *object, const char *key,
                                   convrt_json_type type,
                                   const convrt_json **value) {
  static const char *const typeNames[] = {"null",     "a boolean", "a number",
                                          "a string", "an array",  "an object"};
  *value = convrt_json_get(object, key);
  if (*value && (*value)->type == type)
    return CONVRT_OK;
  const char *where = r->kernel ? r->kernel : "";
  return convrt_fail(CONVRT_ERROR_FORMAT,
                     *value ? "image %zu of the package%s%s: '%s' is not %s"
                            : "image %zu of the package%s%s: '%s' is missing "
                              "(it is %s)",
                     r->image, r->kernel ? ", kernel " : "", where, key,
                     typeNames[type]);
}

bool convrt_reader_is_name(const convrt_json *value) {
  if (value->type != CONVRT_JSON_STRING || value->count == 0 ||
      value->count > CONVRT_MAX_NAME_BYTES)
    return false;
  for (const char *at = value->text; *at; ++at)
    if ((unsigned char)*at < 0x20 || *at == 0x7F)
      return false;
  return true;
}

convrt_status convrt_reader_name(const convrt_reader *r,
                                 const convrt_json *object, const char *key,
                                 const char **name) {
  const convrt_json *value;
  convrt_status status =
      convrt_reader_member(r, object, key, CONVRT_JSON_STRING, &value);
  if (status)
    return status;
  if (!convrt_reader_is_name(value))
    return convrt_reader_fail(r, "a name is empty, longer than 255 bytes or "
                                 "has control characters");
  *name = convrt_arena_copy(r->arena, value->text, value->count);
  return *name ? CONVRT_OK : convrt_fail_memory();
}

convrt_status convrt_reader_text(const convrt_reader *r,
                                 const convrt_json *object, const char *key,
                                 const char **text) {
  *text = "";
  const convrt_json *value = convrt_json_get(object, key);
  if (!value)
    return CONVRT_OK;
  convrt_status status =
      convrt_reader_member(r, object, key, CONVRT_JSON_STRING, &value);
  if (status)
    return status;
  *text = convrt_arena_copy(r->arena, value->text, value->count);
  return *text ? CONVRT_OK : convrt_fail_memory();
}

size_t convrt_reader_find_dim(const char *const *dims, size_t count,
                              const char *symbol) {
  size_t i = 0;
  while (i < count && strcmp(dims[i], symbol) != 0)
    ++i;
  return i;
}
