// Programs that the product is compared with do what they say.

import TestSupport
import Testing

@Suite struct PeerTests {
  @Test func plainNetworksAreTrained() throws {
    let folder = TestFolder()
    let output = try Python.output(
      of: Program.pythonScript("check_peer"),
      [RepositoryFile("Launch/peers/plain_network.py").url.path, folder.path],
      modules: ["numpy", "torch"])
    #expect(output.split(separator: "\n") == ["lenet", "mnist", "split", "changes"])
  }
}
