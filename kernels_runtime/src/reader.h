//===- reader.h - Take metadata apart --------------------------*- C -*-===//

#ifndef CONVRT_SRC_READER_H
#define CONVRT_SRC_READER_H

#include "arena.h"
#include "json.h"
#include "status.h"

/// Where a reader of metadata is, for messages, and what it allocates from.
typedef struct convrt_reader {
  convrt_arena *arena;
  size_t image;
  const char *kernel; ///< NULL outside of kernels
} convrt_reader;

/// Report that the metadata is wrong.
convrt_status convrt_reader_fail(const convrt_reader *r, const char *what);

/// The member `key` if it has the type; otherwise an error. `object` need not
/// be an object.
convrt_status convrt_reader_member(const convrt_reader *r,
                                   const convrt_json *object, const char *key,
                                   convrt_json_type type,
                                   const convrt_json **value);

/// Whether a value is a name: 1 to 255 bytes without control characters.
bool convrt_reader_is_name(const convrt_json *value);

/// The name that is the member `key`.
convrt_status convrt_reader_name(const convrt_reader *r,
                                 const convrt_json *object, const char *key,
                                 const char **name);

/// The text of any length that is the member `key`; "" if there is none.
convrt_status convrt_reader_text(const convrt_reader *r,
                                 const convrt_json *object, const char *key,
                                 const char **text);

/// The index of `symbol` among `dims`, or their number.
size_t convrt_reader_find_dim(const char *const *dims, size_t count,
                              const char *symbol);

#endif // CONVRT_SRC_READER_H
