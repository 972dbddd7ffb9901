// One oneDNN primitive, made once and run many times.

import CDNNL
import Numerics

/// A primitive with its arguments bound: running it is one call that allocates nothing here.
final class Primitive {
  let name: String
  let implementation: String
  private let handle: LibraryHandle
  private let context: KernelContext
  private let arguments: AlignedBuffer<dnnl_exec_arg_t>
  private let scratchpad: Scratchpad
  private let scratchTensor: Tensor
  /// Keeps the arguments' memory alive.
  private let tensors: [Tensor]

  /// - Parameter tensors: oneDNN's argument numbers (`DNNL_ARG_SRC`, ...) and what they stand for;
  ///   arguments without a tensor are left out.
  init(
    _ description: PrimitiveDescription, context: KernelContext,
    _ tensors: KeyValuePairs<Int32, Tensor?>
  ) throws(KernelError) {
    name = description.name
    implementation = description.implementation
    let raw = description.handle.raw
    handle = try LibraryHandle(description.name, destroy: dnnl_primitive_destroy) {
      dnnl_primitive_create(&$0, raw)
    }
    self.context = context
    let scratchTensor = try Tensor(
      external: description.descriptor(dnnl_query_scratchpad_md), context: context)
    let stride = MemoryLayout<Float>.stride
    scratchpad = context.makeScratchpad(
      ofEach: (scratchTensor.descriptor.byteCount + stride - 1) / stride)
    let bound =
      tensors.compactMap { argument, tensor in tensor.map { (argument, $0) } }
      + [(DNNL_ARG_SCRATCHPAD, scratchTensor)]
    arguments = AlignedBuffer(count: bound.count)
    for (index, (argument, tensor)) in bound.enumerated() {
      arguments[index] = dnnl_exec_arg_t(arg: argument, memory: tensor.memory.raw)
    }
    self.scratchTensor = scratchTensor
    self.tensors = bound.map(\.1)
  }

  func execute() { execute(by: 0) }

  /// Runs to completion on the calling thread, a member of a team.
  func execute(by member: Int) {
    scratchTensor.bind(scratchpad.values(member))
    let status = dnnl_primitive_execute(
      handle.raw, context.stream(of: member), Int32(arguments.count), arguments.view.baseAddress
    )
    precondition(
      status == dnnl_success,
      "\(name) [\(implementation)]: \(KernelError.meaning(of: status.rawValue))")
  }
}
