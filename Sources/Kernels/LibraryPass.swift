// A pass of an operator that several of oneDNN's primitives make together.

import Host

/// Primitives that may run at the same time, which a team divides. Which they are does not depend on the team, so no sum does.
final class LibraryPass: OperatorPass {
  private let pieces: [Primitive]
  private let context: KernelContext

  /// `pieces` begin with those that take longest.
  init(_ pieces: [Primitive], context: KernelContext) {
    self.pieces = pieces
    self.context = context
  }

  var implementation: String { pieces[0].implementation }

  func execute() { context.team.forEach(pieces.count, RunPiece(pieces: pieces)) }

  /// Both passes in one: this one, and behind it `other`.
  func joined(with other: LibraryPass) -> LibraryPass {
    LibraryPass(pieces + other.pieces, context: context)
  }

  private struct RunPiece: LoopBody, @unchecked Sendable {
    let pieces: [Primitive]

    func callAsFunction(_ index: Int, _ member: Int) { pieces[index].execute(by: member) }
  }
}
