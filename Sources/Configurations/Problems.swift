// Collecting complaints, so that all are told at once.

/// The problems found so far.
struct Problems {
  private(set) var list: [Problem] = []

  mutating func add(_ key: String, at place: Place?, _ text: String) {
    list.append(Problem(place: place, key: key, text: text))
  }

  mutating func add(_ entry: Entry, _ text: String) { add(entry.key, at: entry.place, text) }
}
