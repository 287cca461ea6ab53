//===- json-fuzzer.cpp - Feed the JSON reader arbitrary text --------------===//

#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "json.h"
}

/// Touch everything that a tree promises: links, counts, terminated texts.
static void walk(const convrt_json *value) {
  size_t children = 0;
  for (const convrt_json *child = value->first; child; child = child->next) {
    if ((value->type == CONVRT_JSON_OBJECT) != (child->key != nullptr))
      std::abort();
    // Keys are unique, so looking one up finds this very child.
    if (child->key && convrt_json_get(value, child->key) != child)
      std::abort();
    walk(child);
    ++children;
  }
  if (value->type == CONVRT_JSON_STRING
          ? std::strlen(value->text) != value->count
          : children != value->count)
    std::abort();
  if (value->integral && value->type != CONVRT_JSON_NUMBER)
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  convrt_arena arena = {};
  char error[128] = "";
  const convrt_json *value = convrt_json_parse(
      &arena, reinterpret_cast<const char *>(data), size, error, sizeof error);
  if (value)
    walk(value);
  else if (!*error)
    std::abort();
  convrt_arena_free(&arena);
  return 0;
}
