// One file of golden values.

import Foundation

/// A JSON object of Tests/HypernetworksTests/Golden, or one inside it.
public struct GoldenCase {
  private let values: [String: Any]

  public init(named name: String) throws {
    let url = RepositoryFile("Tests/HypernetworksTests/Golden/\(name).json").url
    values = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as! [String: Any]
  }

  private init(_ values: [String: Any]) { self.values = values }

  public func has(_ key: String) -> Bool { values[key] != nil }

  public func number(_ key: String) -> Double { (values[key] as! NSNumber).doubleValue }

  public func numbers(_ key: String) -> [Double] {
    (values[key] as! [NSNumber]).map(\.doubleValue)
  }

  public func objects(_ key: String) -> [GoldenCase] {
    (values[key] as! [[String: Any]]).map { GoldenCase($0) }
  }

  public func summary(_ key: String) -> GoldenSummary {
    GoldenSummary(values[key] as! [String: Any])
  }

  public func summary(_ group: String, _ key: String) -> GoldenSummary {
    GoldenSummary((values[group] as! [String: Any])[key] as! [String: Any])
  }
}
