// The number of a class.

/// One of 0 ..< the number of classes.
public typealias ClassLabel = UInt16
