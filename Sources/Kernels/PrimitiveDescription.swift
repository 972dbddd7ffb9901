// What oneDNN will do, known before it is made.

import CDNNL

/// A primitive's description: which implementation oneDNN chose, and in which layouts it works.
final class PrimitiveDescription {
  let handle: LibraryHandle
  let name: String

  /// - Parameters:
  ///   - operation: one of oneDNN's operation descriptors, read.
  ///   - rectified: whether the result goes through ReLU before it is stored.
  ///   - forward: the forward primitive a backward one belongs to.
  init<Operation>(
    _ name: String, _ operation: Operation, context: KernelContext, rectified: Bool = false,
    forward: OpaquePointer? = nil
  ) throws(KernelError) {
    let attributes = try Self.makeAttributes(rectified: rectified)
    handle = try LibraryHandle(name, destroy: dnnl_primitive_desc_destroy) { made in
      withUnsafePointer(to: operation) {
        dnnl_primitive_desc_create(&made, $0, attributes.raw, context.engine.raw, forward)
      }
    }
    self.name = name
  }

  /// A change of layout from one tensor's to another's.
  init(reorder source: TensorDescriptor, to destination: TensorDescriptor, context: KernelContext)
    throws(KernelError)
  {
    let attributes = try Self.makeAttributes(rectified: false)
    name = "reorder of \(source.shape)"
    handle = try LibraryHandle(name, destroy: dnnl_primitive_desc_destroy) { made in
      var (from, to) = (source.raw, destination.raw)
      return dnnl_reorder_primitive_desc_create(
        &made, &from, context.engine.raw, &to, context.engine.raw, attributes.raw)
    }
  }

  private static func makeAttributes(rectified: Bool) throws(KernelError) -> LibraryHandle {
    let attributes = try LibraryHandle(
      "dnnl_primitive_attr_create", destroy: dnnl_primitive_attr_destroy
    ) { dnnl_primitive_attr_create(&$0) }
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes.raw, dnnl_scratchpad_mode_user),
      "dnnl_primitive_attr_set_scratchpad_mode")
    if rectified {
      let steps = try LibraryHandle("dnnl_post_ops_create", destroy: dnnl_post_ops_destroy) {
        dnnl_post_ops_create(&$0)
      }
      try check(
        dnnl_post_ops_append_eltwise(steps.raw, 1, dnnl_eltwise_relu, 0, 0),
        "dnnl_post_ops_append_eltwise")
      try check(
        dnnl_primitive_attr_set_post_ops(attributes.raw, steps.raw),
        "dnnl_primitive_attr_set_post_ops")
    }
    return attributes
  }

  /// The layout of one argument, such as `dnnl_query_src_md`.
  func descriptor(_ query: dnnl_query_t) -> TensorDescriptor {
    guard let found = dnnl_primitive_desc_query_md(handle.raw, query, 0) else {
      preconditionFailure("\(name): no descriptor \(query.rawValue)")
    }
    return TensorDescriptor(raw: found.pointee)
  }

  /// Whether oneDNN has nothing but its slow, general code for this.
  var isReference: Bool { implementation.hasPrefix("ref") }

  /// Whether oneDNN can do what `describe` asks for, and by other than its general code.
  static func isFast(_ describe: () throws(KernelError) -> PrimitiveDescription)
    throws(KernelError) -> Bool
  {
    do throws(KernelError) {
      return !(try describe()).isReference
    } catch {
      guard error.isUnimplemented else { throw error }
      return false
    }
  }

  /// oneDNN's name of the chosen implementation, such as `jit:avx512_core`.
  var implementation: String {
    var text: UnsafePointer<CChar>?
    guard
      dnnl_primitive_desc_query(handle.raw, dnnl_query_impl_info_str, 0, &text) == dnnl_success,
      let text
    else { return "unknown" }
    return String(cString: text)
  }
}
