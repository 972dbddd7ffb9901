// SHA-256 (FIPS 180-4) through OpenSSL's libcrypto.

import CCrypto

/// A running SHA-256 digest.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("libcrypto offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of everything so far, as 64 hexadecimal digits.
  public consuming func hexDigest() -> String { Self.finish(context) }

  /// The same; more may follow.
  public func hexDigestSoFar() -> String {
    let copy = SHA256()
    guard EVP_MD_CTX_copy_ex(copy.context, context) == 1 else {
      fatalError("libcrypto cannot copy a digest")
    }
    return copy.hexDigest()
  }

  private static func finish(_ context: OpaquePointer) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
