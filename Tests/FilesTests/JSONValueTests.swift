// JSON is read as it is written, and what is none is refused.

import Files
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    "null", "true", "[1, -2, 3.5, 1e+300]", "{\"a\": {\"b\": []}, \"c\": \"\"}",
    "\"quotes \\\" and \\\\ and \\n and \\u0001 and ä\"", "[[], {}, [\"x\", false]]",
  ])
  func whatIsWrittenReadsBack(text: String) throws {
    #expect(try #require(JSONValue(parsing: text)).description == text)
  }

  @Test func membersAndTexts() throws {
    let value = try #require(
      JSONValue(parsing: " {\"a\" :\t[1,2.5] , \"b\":\"\\u00e9\\ud83d\\ude00\\/\", \"a\": 7}\n"))
    #expect(value["a"]?.number == 7)
    #expect(value["b"]?.text == "é😀/")
    #expect(value["c"] == nil)
    #expect(value["b"]?["x"] == nil)
    let list = try #require(JSONValue(parsing: "[1,2.5]")?.elements)
    #expect(list.map(\.number) == [1, 2.5])
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\": 1,}", "\"open", "tru", "1 2", "+1", ".5",
    "\"\\x\"", "\"\\ud800\"", "\"\\u12\"", "nan", "[1 2]", "{1: 2}", "\"a\nb\"",
    String(repeating: "[", count: 100_000),
  ])
  func otherTextsAreNone(text: String) {
    #expect(JSONValue(parsing: text) == nil)
  }
}
