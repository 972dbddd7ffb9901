// HDF5's datasets: making them, and choosing rows of them.

import CHDF5

enum TensorDataset {
  /// The attribute that holds a dataset's running digest.
  static let runningDigestName = "running_digest"
  /// What older files have in its place: the digest of the dataset alone.
  static let ownDigestName = "digest"

  /// Some rows of a tensor: where they are in the file, and in memory one behind the other.
  struct Rows: ~Copyable {
    let file: HDF5Object
    let memory: HDF5Object
  }

  static func rows(
    _ range: Range<Int>, shape: [Int], _ context: String
  ) throws(CheckpointError) -> Rows {
    let file = try HDF5.space(shape, context)
    let memory = try HDF5.space([range.count * shape.dropFirst().reduce(1, *)], context)
    if range.isEmpty {
      try HDF5.check(H5Sselect_none(file.id), context)
      try HDF5.check(H5Sselect_none(memory.id), context)
    } else {
      var start = [hsize_t](repeating: 0, count: shape.count)
      start[0] = hsize_t(range.lowerBound)
      var extents = shape.map { hsize_t($0) }
      extents[0] = hsize_t(range.count)
      try HDF5.check(
        H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, extents, nil), context)
    }
    return Rows(file: file, memory: memory)
  }

  /// Throws where a dataset that lies within its header has fewer bytes there than its shape says: HDF5 1.10 does not look.
  static func requireStored(_ dataset: hid_t, _ context: String) throws(CheckpointError) {
    let creation = try HDF5Object(H5Dget_create_plist(dataset), H5Pclose, context)
    guard H5Pget_layout(creation.id) == H5D_COMPACT else { return }
    let type = try HDF5Object(H5Dget_type(dataset), H5Tclose, context)
    let space = try HDF5Object(H5Dget_space(dataset), H5Sclose, context)
    let count = UInt64(clamping: H5Sget_simple_extent_npoints(space.id))
    let (size, isTooLarge) = count.multipliedReportingOverflow(by: UInt64(H5Tget_size(type.id)))
    if isTooLarge || H5Dget_storage_size(dataset) < size {
      throw CheckpointError("\(context) (it has fewer bytes than its shape says)", isDamage: true)
    }
  }

  /// A new dataset, its groups made where they are missing.
  static func create(
    _ name: String, shape: [Int], _ element: TensorElement = .float, in file: hid_t,
    _ context: String
  ) throws(CheckpointError) -> hid_t {
    try create(name, shape: shape, type: element.types.file, in: file, context)
  }

  static func create(
    _ name: String, shape: [Int], type: hid_t, in file: hid_t, _ context: String
  ) throws(CheckpointError) -> hid_t {
    let links = try HDF5.properties(hyperdist_h5_link_create_class(), context)
    try HDF5.check(H5Pset_create_intermediate_group(links.id, 1), context)
    let creation = try HDF5.properties(hyperdist_h5_dataset_create_class(), context)
    // Equal states make equal files: no time stamps. Every element is written: no filling first.
    try HDF5.check(H5Pset_obj_track_times(creation.id, false), context)
    try HDF5.check(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), context)
    try HDF5.check(H5Pset_alloc_time(creation.id, H5D_ALLOC_TIME_EARLY), context)
    let space = try HDF5.space(shape, context)
    let dataset = H5Dcreate2(
      file, name, type, space.id, links.id, creation.id, hyperdist_h5_default())
    if dataset < 0 { throw HDF5.error(context) }
    return dataset
  }
}
