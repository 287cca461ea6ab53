//===- cpu.c - What this CPU can run --------------------------------------===//

#include "cpu.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

const char *convrt_cpu_arch(void) { return "x86_64"; }

/// What the operating system saves of a thread: XCR0 bits of the Intel SDM,
/// volume 1, 13.3.
enum {
  stateNone = 0,
  stateAvx = 0x06,
  stateAvx512 = 0xE6,
  stateTiles = 0x60000,
};

enum { eax, ebx, ecx, edx };

/// Where CPUID reports a feature.
static const struct {
  const char *name;
  uint32_t leaf, subleaf;
  int reg, bit;
  uint32_t state;
} features[] = {
    {"sse4.2", 1, 0, ecx, 20, stateNone},
    {"popcnt", 1, 0, ecx, 23, stateNone},
    {"movbe", 1, 0, ecx, 22, stateNone},
    {"avx", 1, 0, ecx, 28, stateAvx},
    {"fma", 1, 0, ecx, 12, stateAvx},
    {"f16c", 1, 0, ecx, 29, stateAvx},
    {"lzcnt", 0x80000001, 0, ecx, 5, stateNone},
    {"bmi", 7, 0, ebx, 3, stateNone},
    {"bmi2", 7, 0, ebx, 8, stateNone},
    {"avx2", 7, 0, ebx, 5, stateAvx},
    {"avx512f", 7, 0, ebx, 16, stateAvx512},
    {"avx512dq", 7, 0, ebx, 17, stateAvx512},
    {"avx512cd", 7, 0, ebx, 28, stateAvx512},
    {"avx512bw", 7, 0, ebx, 30, stateAvx512},
    {"avx512vl", 7, 0, ebx, 31, stateAvx512},
    {"avx512vbmi", 7, 0, ecx, 1, stateAvx512},
    {"avx512vbmi2", 7, 0, ecx, 6, stateAvx512},
    {"avx512vnni", 7, 0, ecx, 11, stateAvx512},
    {"avx512fp16", 7, 0, edx, 23, stateAvx512},
    {"avx512bf16", 7, 1, eax, 5, stateAvx512},
    {"amx_tile", 7, 0, edx, 24, stateTiles},
    {"amx_bf16", 7, 0, edx, 22, stateTiles},
    {"amx_int8", 7, 0, edx, 25, stateTiles},
    {"amx_fp16", 7, 1, eax, 21, stateTiles},
};

static uint32_t enabledStates(void) {
  unsigned r[4];
  if (!__get_cpuid(1, &r[eax], &r[ebx], &r[ecx], &r[edx]) ||
      !(r[ecx] >> 27 & 1)) // OSXSAVE
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

int convrt_cpu_has(const char *feature) {
  if (!feature)
    return 0;
  for (size_t i = 0; i < sizeof features / sizeof features[0]; ++i) {
    if (strcmp(feature, features[i].name) != 0)
      continue;
    unsigned r[4] = {0};
    return __get_cpuid_count(features[i].leaf, features[i].subleaf, &r[eax],
                             &r[ebx], &r[ecx], &r[edx]) &&
           (r[features[i].reg] >> features[i].bit & 1) &&
           (features[i].state & ~enabledStates()) == 0;
  }
  return 0;
}

/// Levels, each including those before it: x86-64, x86-64-v3, x86-64-v4, and
/// the AVX-512 of Sapphire Rapids.
static const struct {
  const char *name;
  const char *adds[12];
} levels[] = {
    {"baseline", {NULL}},
    {"avx2",
     {"sse4.2", "popcnt", "movbe", "avx", "fma", "f16c", "lzcnt", "bmi", "bmi2",
      "avx2", NULL}},
    {"avx512",
     {"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl", NULL}},
    {"avx512fp16",
     {"avx512vnni", "avx512vbmi", "avx512vbmi2", "avx512fp16", "avx512bf16",
      NULL}},
};

int convrt_cpu_enable(const char *feature) {
  enum { archRequestStatePermission = 0x1023, tileDataState = 18 };
  if (strncmp(feature, "amx_", 4) != 0)
    return 1;
  return syscall(SYS_arch_prctl, archRequestStatePermission, tileDataState) ==
         0;
}

#else

#if defined(__aarch64__)
const char *convrt_cpu_arch(void) { return "aarch64"; }
#else
const char *convrt_cpu_arch(void) { return "unknown"; }
#endif

int convrt_cpu_has(const char *feature) {
#if defined(__aarch64__)
  return feature && strcmp(feature, "neon") == 0;
#else
  return 0;
#endif
}

static const struct {
  const char *name;
  const char *adds[2];
} levels[] = {
    {"baseline", {NULL}},
#if defined(__aarch64__)
    {"neon", {"neon", NULL}},
#endif
};

int convrt_cpu_enable(const char *feature) { return 1; }

#endif

enum { levelCount = sizeof levels / sizeof levels[0] };

/// The best level of the CPU itself.
static int cpuRank(void) {
  for (int rank = 1; rank < levelCount; ++rank)
    for (const char *const *feature = levels[rank].adds; *feature; ++feature)
      if (!convrt_cpu_has(*feature))
        return rank - 1;
  return levelCount - 1;
}

int convrt_isa_rank(const char *name) {
  for (int rank = 0; rank < levelCount; ++rank)
    if (strcmp(name, levels[rank].name) == 0)
      return rank;
  return -1;
}

convrt_status convrt_isa_limit(int *rank) {
  *rank = cpuRank();
  const char *forced = getenv("CONVRT_ISA");
  if (!forced || !*forced)
    return CONVRT_OK;
  int wanted = convrt_isa_rank(forced);
  if (wanted < 0)
    return convrt_fail(CONVRT_ERROR_UNSUPPORTED,
                       "CONVRT_ISA is '%.32s', which is not a level of %s; the "
                       "levels are up to '%s'",
                       forced, convrt_cpu_arch(), levels[levelCount - 1].name);
  if (wanted > *rank)
    return convrt_fail(CONVRT_ERROR_UNSUPPORTED,
                       "CONVRT_ISA is '%s', but this CPU supports '%s' at most",
                       forced, levels[*rank].name);
  *rank = wanted;
  return CONVRT_OK;
}

const char *convrt_cpu_isa(void) {
  int rank;
  // On failure the rank is that of the CPU.
  (void)convrt_isa_limit(&rank);
  return levels[rank].name;
}
