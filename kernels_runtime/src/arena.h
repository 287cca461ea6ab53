//===- arena.h - Memory that is freed all at once --------------*- C -*-===//

#ifndef CONVRT_SRC_ARENA_H
#define CONVRT_SRC_ARENA_H

#include <stddef.h>

struct convrt_arena_chunk;

/// Zero-initialised: an empty arena.
typedef struct convrt_arena {
  struct convrt_arena_chunk *chunks;
} convrt_arena;

/// `count` zeroed elements of `size` bytes, aligned for every type; NULL if
/// memory runs out or the product overflows. A count of 0 gives a valid
/// pointer.
void *convrt_arena_allocate(convrt_arena *arena, size_t count, size_t size);

/// A NUL-terminated copy of `length` bytes; NULL if memory runs out.
char *convrt_arena_copy(convrt_arena *arena, const char *text, size_t length);

/// Free everything and leave an empty arena.
void convrt_arena_free(convrt_arena *arena);

#endif // CONVRT_SRC_ARENA_H
