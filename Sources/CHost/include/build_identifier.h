// Which build of the program this is.
#pragma once

// Writes the linker's number of the running program's build (its note NT_GNU_BUILD_ID) as hexadecimal digits and a 0 to `text`, which has
// room for `capacity` bytes; returns the number of digits, 0 where the program has no such note.
int hyperdist_build_identifier(char *text, int capacity);
