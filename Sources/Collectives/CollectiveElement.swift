// The number types that plans of collective operations move.

import CMPI

/// A number with an MPI data type.
public protocol CollectiveElement: BitwiseCopyable, Sendable {
  /// The handle of the MPI data type.
  static var mpiDatatype: OpaquePointer { get }
}

extension Float: CollectiveElement {
  public static var mpiDatatype: OpaquePointer { hyperdist_mpi_float() }
}

extension Double: CollectiveElement {
  public static var mpiDatatype: OpaquePointer { hyperdist_mpi_double() }
}

extension Int64: CollectiveElement {
  public static var mpiDatatype: OpaquePointer { hyperdist_mpi_int64() }
}

extension UInt8: CollectiveElement {
  public static var mpiDatatype: OpaquePointer { hyperdist_mpi_byte() }
}

extension UInt16: CollectiveElement {
  public static var mpiDatatype: OpaquePointer { hyperdist_mpi_uint16() }
}
