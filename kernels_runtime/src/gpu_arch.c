//===- gpu_arch.c - Which GPU an image is for -----------------------------===//

#include "gpu_arch.h"

#include <string.h>

bool convrt_gpu_arch_parse(const char *text, convrt_gpu_arch *arch) {
  static const char prefix[] = "sm_";
  if (strncmp(text, prefix, sizeof prefix - 1) != 0)
    return false;
  const char *digits = text + sizeof prefix - 1;
  const char *at = digits;
  int number = 0;
  for (; *at >= '0' && *at <= '9' && at - digits < 4; ++at)
    number = number * 10 + (*at - '0');
  if (at - digits < 2 || *digits == '0')
    return false;
  *arch = (convrt_gpu_arch){number / 10, number % 10, *at};
  if (*at == '\0')
    return true;
  return (*at == 'a' || *at == 'f') && at[1] == '\0';
}

bool convrt_gpu_arch_runs(const convrt_gpu_arch *arch, bool isPtx, int major,
                          int minor) {
  bool family = arch->major == major && arch->minor <= minor;
  switch (arch->suffix) {
  case 'a':
    return family && arch->minor == minor;
  case 'f':
    return family;
  default:
    return family || (isPtx && major > arch->major);
  }
}
