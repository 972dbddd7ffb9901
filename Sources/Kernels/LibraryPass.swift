// A pass of an operator that several of oneDNN's primitives make together.

import Host

/// Primitives that may run at the same time, which a team divides. Which they are does not depend on the team, so no sum does.
final class LibraryPass: OperatorPass {
  private let pieces: [Primitive]
  private let behind: (any OperatorPass)?
  private let context: KernelContext

  /// `pieces` begin with those that take longest. `behind` runs when all are done.
  init(_ pieces: [Primitive], behind: (any OperatorPass)? = nil, context: KernelContext) {
    self.pieces = pieces
    self.behind = behind
    self.context = context
  }

  var implementation: String { pieces[0].implementation }

  func execute() {
    context.team.forEach(pieces.count, RunPiece(pieces: pieces))
    behind?.execute()
  }

  /// Both passes in one: this one, and behind it `other`, whose images' results are their own.
  func joined(with other: LibraryPass) -> LibraryPass {
    LibraryPass(pieces + other.pieces, behind: behind, context: context)
  }

  private struct RunPiece: LoopBody, @unchecked Sendable {
    let pieces: [Primitive]

    func callAsFunction(_ index: Int, _ member: Int) { pieces[index].execute(by: member) }
  }
}
