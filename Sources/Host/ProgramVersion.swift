// Which version of the program this is.

public enum ProgramVersion {
  public static let current = "0.1.0"
}
