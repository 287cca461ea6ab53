//===- elf_check.c - Is this a shared object for this machine? ------------===//

#include "elf_check.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
enum { thisMachine = EM_X86_64 };
#elif defined(__aarch64__)
enum { thisMachine = EM_AARCH64 };
#else
enum { thisMachine = EM_NONE };
#endif

/// Of NVIDIA's GPUs; older elf.h do not have it.
enum { machineCuda = 190 };

/// Check the header and that all segments lie within the bytes.
static const char *check(const uint8_t *bytes, size_t size, int machine,
                         const char *wrongMachine, bool isShared) {
  Elf64_Ehdr header;
  if (size < sizeof header || memcmp(bytes, ELFMAG, SELFMAG) != 0)
    return "it is not an ELF file";
  memcpy(&header, bytes, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB)
    return "it is not a 64-bit little-endian ELF file";
  if (header.e_machine != machine)
    return wrongMachine;
  if (isShared && header.e_type != ET_DYN)
    return "it is an ELF file, but not a shared object";
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phoff > size ||
      (size - header.e_phoff) / sizeof(Elf64_Phdr) < header.e_phnum)
    return "its program headers leave the file";
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, bytes + header.e_phoff + i * sizeof segment,
           sizeof segment);
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
      return "one of its segments leaves the file";
    if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz)
      return "one of its segments is smaller in memory than in the file";
  }
  return NULL;
}

const char *convrt_elf_check(const uint8_t *bytes, size_t size) {
  return check(bytes, size, thisMachine, "it is an ELF file of another machine",
               true);
}

const char *convrt_cubin_check(const uint8_t *bytes, size_t size) {
  const char *problem = check(bytes, size, machineCuda,
                              "it is an ELF file, but not a cubin", false);
  if (problem)
    return problem;
  Elf64_Ehdr header;
  memcpy(&header, bytes, sizeof header);
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > size ||
      (size - header.e_shoff) / sizeof(Elf64_Shdr) < header.e_shnum)
    return "its section headers leave the file";
  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    memcpy(&section, bytes + header.e_shoff + i * sizeof section,
           sizeof section);
    if (section.sh_type != SHT_NOBITS &&
        (section.sh_offset > size ||
         section.sh_size > size - section.sh_offset))
      return "one of its sections leaves the file";
  }
  return NULL;
}
