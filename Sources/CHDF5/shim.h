// HDF5 identifiers that are macros in hdf5.h, which Swift does not import, as inline functions.
#pragma once
#include <hdf5.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

static inline hid_t hyperdist_h5_dataset_create_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t hyperdist_h5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t hyperdist_h5_link_create_class(void) { return H5P_LINK_CREATE; }
static inline hid_t hyperdist_h5_transfer_class(void) { return H5P_DATASET_XFER; }
static inline MPI_Info hyperdist_h5_info_null(void) { return MPI_INFO_NULL; }
static inline hid_t hyperdist_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t hyperdist_h5_all(void) { return H5S_ALL; }
static inline hid_t hyperdist_h5_float_le(void) { return H5T_IEEE_F32LE; }
static inline hid_t hyperdist_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hyperdist_h5_double_le(void) { return H5T_IEEE_F64LE; }
static inline hid_t hyperdist_h5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t hyperdist_h5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t hyperdist_h5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t hyperdist_h5_uint16_le(void) { return H5T_STD_U16LE; }
static inline hid_t hyperdist_h5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t hyperdist_h5_int64_le(void) { return H5T_STD_I64LE; }
static inline hid_t hyperdist_h5_uint64_le(void) { return H5T_STD_U64LE; }
static inline hid_t hyperdist_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t hyperdist_h5_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline unsigned hyperdist_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned hyperdist_h5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned hyperdist_h5_truncate(void) { return H5F_ACC_TRUNC; }

// A new type: UTF-8 text of any length.
static inline hid_t hyperdist_h5_text_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0) {
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
  }
  return type;
}

// A new type: ASCII text of so many bytes.
static inline hid_t hyperdist_h5_fixed_text_type(size_t count) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0) {
    H5Tset_size(type, count);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
  }
  return type;
}

static inline herr_t hyperdist_h5_no_error_printing(void) {
  return H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

typedef struct {
  char *text;
  size_t length;
} hyperdist_h5_message;

// Appends the two innermost descriptions: a failed system or MPI call and what it was for.
static inline herr_t hyperdist_h5_append(unsigned n, const H5E_error2_t *error, void *context) {
  hyperdist_h5_message *message = (hyperdist_h5_message *)context;
  if (n < 2 && error->desc != NULL && error->desc[0] != 0) {
    size_t used = strlen(message->text);
    snprintf(
        message->text + used, message->length - used, "%s%s", used > 0 ? "; " : "", error->desc);
  }
  return 0;
}

// Overwrites text with what the last failed call of this thread said.
static inline void hyperdist_h5_error_text(char *text, size_t length) {
  hyperdist_h5_message message = {text, length};
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, hyperdist_h5_append, &message);
}

typedef struct {
  void (*call)(const char *name, void *context);
  void *context;
} hyperdist_h5_visitor;

static inline herr_t hyperdist_h5_visit_link(
    hid_t group, const char *name, const H5L_info_t *info, void *visitor) {
  (void)group;
  (void)info;
  ((hyperdist_h5_visitor *)visitor)->call(name, ((hyperdist_h5_visitor *)visitor)->context);
  return 0;
}

// Calls back with the path of every link below the file's root, in alphabetical order.
static inline herr_t hyperdist_h5_visit(
    hid_t file, void (*call)(const char *name, void *context), void *context) {
  hyperdist_h5_visitor visitor = {call, context};
  return H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, hyperdist_h5_visit_link, &visitor);
}
