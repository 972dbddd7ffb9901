// The machines that steps are simulated on.

import Files

/// A network of nodes, as SimGrid takes it.
public struct SimulatedPlatform: Sendable {
  public enum Topology: String, Sendable, CaseIterable {
    /// Two levels of switches, as many links up as down.
    case fatTree = "fat-tree"
    case dragonfly
    /// One switch.
    case ethernet
    /// No network: all ranks on one node.
    case node
  }

  /// Links by their bandwidth; latencies are of one link.
  public enum Link: String, Sendable, CaseIterable {
    case gigabit10 = "10gbe"
    case infiniBand100 = "ib100"
    case infiniBand200 = "ib200"

    /// What applications get, and from one end of a message to the other (hops included); the processor's time a message.
    var costs: (bandwidth: String, latency: String, overhead: Double) {
      switch self {
      case .gigabit10: ("1.15GBps", "12us", 4e-6)
      case .infiniBand100: ("11.5GBps", "0.6us", 0.5e-6)
      case .infiniBand200: ("23GBps", "0.5us", 0.4e-6)
      }
    }
  }

  private enum Kind {
    case made(Topology, Link)
    case file(String)
  }

  private let kind: Kind
  /// Cores of a node.
  public let nodeCores: Int
  /// `name` is a topology or an XML file of SimGrid's. Nil where it is neither.
  public init?(_ name: String, link: Link?, nodeCores: Int) {
    if let topology = Topology(rawValue: name) {
      kind = .made(topology, link ?? (topology == .ethernet ? .gigabit10 : .infiniBand100))
    } else if name.hasSuffix(".xml") {
      kind = .file(name)
    } else {
      return nil
    }
    self.nodeCores = nodeCores
  }

  public var name: String {
    switch kind {
    case .made(.node, _): "one node"
    case .made(let topology, let link): "\(topology.rawValue) of \(link.rawValue)"
    case .file(let path): path
    }
  }

  /// Processor's seconds a message.
  var overhead: Double {
    switch kind {
    case .made(.node, _): 0
    case .made(_, let link): link.costs.overhead
    case .file: 0.5e-6
    }
  }

  /// Ranks of `threads` threads that share a node.
  public func ranksOfNode(threads: Int) -> Int {
    if case .made(.node, _) = kind { return .max }
    return max(1, nodeCores / threads)
  }

  public func nodeCount(ranks: Int, threads: Int) -> Int {
    let perNode = ranksOfNode(threads: threads)
    return perNode == .max ? 1 : (ranks + perNode - 1) / perNode
  }

  /// Writes platform.xml and hosts.txt for `ranks` into a folder; returns their paths.
  func write(ranks: Int, threads: Int, to folder: String) throws -> (
    platform: String, hosts: String
  ) {
    let nodes = nodeCount(ranks: ranks, threads: threads)
    let perNode = ranksOfNode(threads: threads)
    let hosts = "\(folder)/hosts.txt"
    let prefix = try hostNames(nodes)
    try WholeFile.replace(
      hosts, with: (0..<ranks).map { "\(prefix[perNode == .max ? 0 : $0 / perNode])\n" }.joined())
    if case .file(let path) = kind { return (path, hosts) }
    let platform = "\(folder)/platform.xml"
    try WholeFile.replace(platform, with: xml(nodes))
    return (platform, hosts)
  }

  /// Of a file, in the order in which it names them.
  private func hostNames(_ count: Int) throws -> [String] {
    guard case .file(let path) = kind else { return (0..<count).map { "n\($0)" } }
    guard let text = try WholeFile.text(path) else {
      throw ScalingError("--platform \(path): no such file", .badRequest)
    }
    var names = text.matches(of: #/<host\b[^>]*\bid\s*=\s*"([^"]+)"/#).map { String($0.1) }
    for match in text.matches(
      of:
        #/<cluster\b[^>]*?prefix\s*=\s*"([^"]*)"[^>]*?suffix\s*=\s*"([^"]*)"[^>]*?radical\s*=\s*"(\d+)-(\d+)"/#
    ) {
      guard let first = Int(match.3), let last = Int(match.4), first <= last else { continue }
      names += (first...last).map { "\(match.1)\($0)\(match.2)" }
    }
    guard names.count >= count else {
      throw ScalingError(
        "--platform \(path): \(names.count) hosts, and \(count) nodes are needed; raise --node-cores or leave points out",
        .badRequest)
    }
    return names
  }

  /// Ways within a node take next to nothing: a core's time (``NodeMessages``) is what they cost.
  private func xml(_ nodes: Int) -> String {
    guard case .made(let topology, let link) = kind else { return "" }
    let costs = link.costs
    var size = nodes
    var shape = ""
    switch topology {
    case .fatTree where nodes >= 16:
      // Leaves of 8 nodes, as many links above as below.
      let leaves = (nodes + 7) / 8
      size = 8 * leaves
      shape = " topology=\"FAT_TREE\" topo_parameters=\"2;8,\(leaves);1,8;1,1\""
    case .dragonfly where nodes >= 16:
      // Routers of 4 nodes, chassis of 4 routers, groups of 4 chassis.
      let groups = max(2, (nodes + 63) / 64)
      size = 64 * groups
      shape =
        " topology=\"DRAGONFLY\" topo_parameters=\"\(groups),4;4,4;\(max(4, groups)),1;4\""
      size = groups * 4 * max(4, groups) * 4
    case .fatTree, .dragonfly, .ethernet, .node: break
    }
    return """
      <?xml version='1.0'?>
      <!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
      <platform version="4.1">
        <cluster id="nodes" prefix="n" suffix="" radical="0-\(size - 1)" speed="1Gf" core="\(nodeCores)" \
      bw="\(costs.bandwidth)" lat="\(costs.latency)" loopback_bw="1e15Bps" \
      loopback_lat="0.1us"\(shape)/>
      </platform>

      """
  }
}
