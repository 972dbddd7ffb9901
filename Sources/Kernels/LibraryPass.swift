// A pass of an operator that several of oneDNN's primitives make together.

import Host

/// Primitives that may run at the same time, which a team divides. Which they are does not depend on the team, so no sum does.
final class LibraryPass: OperatorPass {
  private let pieces: [Primitive]
  private let behind: (any OperatorPass)?
  private let context: KernelContext

  /// `pieces` of one run of images after the other. `behind` runs when all are done.
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

  /// Both passes in one, of the same images: this one, and `other`, behind which there is nothing to do. Pieces of the same images are beside each other.
  func joined(with other: LibraryPass) -> LibraryPass {
    func places(_ pieces: [Primitive]) -> [(piece: Primitive, place: Double)] {
      pieces.enumerated().map { ($1, (Double($0) + 0.5) / Double(pieces.count)) }
    }
    let all = (places(pieces) + places(other.pieces)).enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }
    return LibraryPass(all.map(\.element.piece), behind: behind, context: context)
  }

  private struct RunPiece: LoopBody, @unchecked Sendable {
    let pieces: [Primitive]

    func callAsFunction(_ index: Int, _ member: Int) { pieces[index].execute(by: member) }
  }
}
