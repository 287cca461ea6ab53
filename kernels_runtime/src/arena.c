//===- arena.c - Memory that is freed all at once -------------------------===//

#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct convrt_arena_chunk {
  struct convrt_arena_chunk *next;
  size_t used;
  size_t capacity;
  _Alignas(max_align_t) unsigned char bytes[];
};

enum { smallestChunk = 4096 };

void *convrt_arena_allocate(convrt_arena *arena, size_t count, size_t size) {
  const size_t alignment = _Alignof(max_align_t);
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) ||
      bytes > SIZE_MAX / 2 - sizeof(struct convrt_arena_chunk))
    return NULL;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  struct convrt_arena_chunk *chunk = arena->chunks;
  if (!chunk || chunk->capacity - chunk->used < bytes) {
    size_t capacity = bytes < smallestChunk ? smallestChunk : bytes;
    chunk = calloc(1, sizeof *chunk + capacity);
    if (!chunk)
      return NULL;
    chunk->capacity = capacity;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  void *memory = chunk->bytes + chunk->used;
  chunk->used += bytes;
  return memory;
}

char *convrt_arena_copy(convrt_arena *arena, const char *text, size_t length) {
  if (length == SIZE_MAX)
    return NULL;
  char *copy = convrt_arena_allocate(arena, length + 1, 1);
  if (copy)
    memcpy(copy, text, length);
  return copy;
}

void convrt_arena_free(convrt_arena *arena) {
  while (arena->chunks) {
    struct convrt_arena_chunk *next = arena->chunks->next;
    free(arena->chunks);
    arena->chunks = next;
  }
}
