// Whether networks of two configurations can stand side by side.

import Configurations

extension Configuration {
  /// Settings of which two trainings must have the same for their networks to be of one kind, trained and tested on the same images.
  public static let kindKeys = ["data.name", "data.path", "data.validationCount", "target.layers"]

  /// Where this one's settings of `keys` are not the other's, in the order of the settings.
  public func differences(from other: Configuration, in keys: [String])
    -> [(key: String, own: String, other: String)]
  {
    zip(settings, other.settings).compactMap { own, other in
      keys.contains(own.key) && own.value != other.value ? (own.key, own.value, other.value) : nil
    }
  }
}
