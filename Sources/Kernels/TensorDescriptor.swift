// Shape and memory layout of a tensor, as oneDNN describes them.

import CDNNL
import Numerics

/// Shape, element type and layout of a tensor.
///
/// Images are (image, channel, row, column) whatever their layout; oneDNN's blocked layouts keep
/// sixteen (or eight) channels of one pixel together and pad the channels with zeros.
public struct TensorDescriptor: Sendable {
  var raw: dnnl_memory_desc_t

  init(raw: dnnl_memory_desc_t) { self.raw = raw }

  private init(
    _ shape: [Int], tag: dnnl_format_tag_t, type: dnnl_data_type_t = dnnl_f32
  ) {
    var made = dnnl_memory_desc_t()
    let status = dnnl_memory_desc_init_by_tag(
      &made, Int32(shape.count), shape.map { dnnl_dim_t($0) }, type, tag)
    precondition(status == dnnl_success, "TensorDescriptor: shape \(shape), tag \(tag.rawValue)")
    raw = made
  }

  /// The layout that the operator which is made from it likes best.
  static func any(_ shape: [Int], _ type: ElementType = .float32) -> Self {
    Self(shape, tag: dnnl_format_tag_any, type: type.library)
  }

  /// Row-major: the last index moves fastest.
  public static func plain(_ shape: [Int]) -> Self {
    let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd]
    return Self(shape, tag: tags[shape.count - 1])
  }

  /// Sixteen channels of a pixel together: (image, channel / 16, row, column, channel % 16).
  public static func blocked16(_ shape: [Int], _ type: ElementType = .float32) -> Self {
    Self(shape, tag: dnnl_aBcd16b, type: type.library)
  }

  /// One number of sixteen images together: (image / 16, channel, row, column, image % 16).
  public static func lanes16(_ shape: [Int], _ type: ElementType = .float32) -> Self {
    Self(shape, tag: dnnl_Abcd16a, type: type.library)
  }

  /// Eight channels of a pixel together, as oneDNN's code for AVX2 wants them.
  static func blocked8(_ shape: [Int]) -> Self { Self(shape, tag: dnnl_aBcd8b) }

  public var shape: [Int] {
    var dims = raw.dims
    return withUnsafeBytes(of: &dims) { bytes in
      bytes.bindMemory(to: dnnl_dim_t.self).prefix(Int(raw.ndims)).map { Int($0) }
    }
  }

  /// Bytes in memory, padding of the layout included.
  public var byteCount: Int {
    var copy = raw
    return dnnl_memory_desc_get_size(&copy)
  }

  public var elementType: ElementType { raw.data_type == dnnl_bf16 ? .bfloat16 : .float32 }

  /// The same shape and layout with elements that are `Float`.
  var widened: Self {
    guard elementType == .bfloat16 else { return self }
    return isLanes16 ? .lanes16(shape) : .blocked16(shape)
  }

  /// The same shape and layout for products of `factors`: as it is for its own type, else of `Float`.
  func holding(_ factors: ElementType) -> Self { factors == elementType ? self : widened }

  /// The same layout of that many images.
  func holding(images count: Int) -> Self {
    precondition(isBlocked16 || isPlain, "TensorDescriptor: images of \(shape) do not lie apart")
    var made = self
    made.raw.dims.0 = dnnl_dim_t(count)
    made.raw.padded_dims.0 = dnnl_dim_t(count)
    return made
  }

  /// Whether images lie in blocks of sixteen channels.
  public var isBlocked16: Bool { raw.ndims == 4 && self == .blocked16(shape, elementType) }
  /// Whether images lie in vectors of sixteen images.
  public var isLanes16: Bool { raw.ndims == 4 && self == .lanes16(shape, elementType) }
  /// Whether elements lie in row-major order without gaps.
  public var isPlain: Bool { raw.ndims <= 4 && self == .plain(shape) }
}

extension TensorDescriptor: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    var (first, second) = (left.raw, right.raw)
    return dnnl_memory_desc_equal(&first, &second) != 0
  }
}

extension ElementType {
  fileprivate var library: dnnl_data_type_t { self == .bfloat16 ? dnnl_bf16 : dnnl_f32 }
}
