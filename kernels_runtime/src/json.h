//===- json.h - A small strict JSON reader ---------------------*- C -*-===//
//
// Reads RFC 8259 text into a tree. Stricter than the RFC where it leaves room:
// duplicate keys, NUL characters, unpaired surrogates, invalid UTF-8 and text
// after the value are errors. Depth, members of an object and the number of
// values are limited, so that hostile text costs bounded time and memory.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_SRC_JSON_H
#define CONVRT_SRC_JSON_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CONVRT_JSON_MAX_DEPTH = 32,
  CONVRT_JSON_MAX_MEMBERS = 64,
  CONVRT_JSON_MAX_VALUES = 1 << 18,
};

typedef enum convrt_json_type {
  CONVRT_JSON_NULL,
  CONVRT_JSON_BOOLEAN,
  CONVRT_JSON_NUMBER,
  CONVRT_JSON_STRING,
  CONVRT_JSON_ARRAY,
  CONVRT_JSON_OBJECT,
} convrt_json_type;

typedef struct convrt_json {
  convrt_json_type type;
  bool boolean;
  bool integral; ///< the number has no fraction and fits `integer`
  int64_t integer;
  double number;
  const char *text;          ///< a string's characters, NUL-terminated UTF-8
  const char *key;           ///< if a member of an object
  struct convrt_json *first; ///< children of an array or object
  struct convrt_json *next;  ///< the sibling after this one
  size_t count;              ///< children, or bytes of a string
} convrt_json;

/// Parse `size` bytes. Returns NULL on error, with a message of what and where
/// in `error` (of `errorSize` bytes). The tree lives in `arena`.
const convrt_json *convrt_json_parse(convrt_arena *arena, const char *text,
                                     size_t size, char *error,
                                     size_t errorSize);

/// The member `key` of an object; NULL if there is none or it is no object.
const convrt_json *convrt_json_get(const convrt_json *object, const char *key);

#endif // CONVRT_SRC_JSON_H
