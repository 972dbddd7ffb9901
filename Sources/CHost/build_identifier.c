// The note that the linker left in the program, found among its segments in memory.
#define _GNU_SOURCE
#include "build_identifier.h"

#include <elf.h>
#include <link.h>
#include <string.h>

struct identifier {
  char *text;
  int capacity;
  int length;
};

static int align4(int size) { return (size + 3) & ~3; }

// The first object is the program itself.
static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  struct identifier *found = data;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type != PT_NOTE)
      continue;
    const char *place = (const char *)(info->dlpi_addr + header->p_vaddr);
    const char *end = place + header->p_memsz;
    while (end - place >= (long)sizeof(ElfW(Nhdr))) {
      const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)place;
      const char *name = place + sizeof *note;
      const unsigned char *content = (const unsigned char *)name + align4(note->n_namesz);
      place = (const char *)content + align4(note->n_descsz);
      if (note->n_type != NT_GNU_BUILD_ID || note->n_namesz != 4 || memcmp(name, "GNU", 4) != 0)
        continue;
      for (unsigned i = 0; i < note->n_descsz && found->length + 2 < found->capacity; i++) {
        found->text[found->length++] = "0123456789abcdef"[content[i] >> 4];
        found->text[found->length++] = "0123456789abcdef"[content[i] & 15];
      }
      found->text[found->length] = 0;
      return 1;
    }
  }
  return 1;
}

int hyperdist_build_identifier(char *text, int capacity) {
  struct identifier found = {text, capacity, 0};
  if (capacity > 0)
    text[0] = 0;
  dl_iterate_phdr(visit, &found);
  return found.length;
}
