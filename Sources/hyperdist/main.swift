import TensorCore
print(SHA256().hexDigest())
let pool = WorkerPool(threadCount: 2)
let b = AlignedBuffer<Float>(count: 100)
let v = b.view
pool.forEach(100) { i, t in v[i] = Float(i) }
print(v[99])
