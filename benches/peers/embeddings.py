"""The embeddings of the benchmarks, number for number but for the last bit."""

import numpy


def splitmix(seeds, count):
    """`count` numbers of 64 bits for each seed (Steele, Lea, Flood 2014)."""
    steps = numpy.arange(1, count + 1, dtype=numpy.uint64)
    z = seeds[:, None] + steps * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def unit_vectors(seeds, dim):
    """A direction for each seed: nearly normal numbers, the sums of twelve uniform ones, scaled."""
    rows = []
    # Few at a time: each number of a vector needs twelve.
    for some in numpy.array_split(seeds, len(seeds) // 256 + 1):
        uniform = (splitmix(some, 12 * dim) >> numpy.uint64(11)) / 2.0**53
        rows.append(scaled(uniform.reshape(len(some), dim, 12).sum(2) - 6))
    return numpy.concatenate(rows)


def scaled(vectors):
    return vectors / numpy.sqrt((vectors * vectors).sum(1, keepdims=True))


def clustered_embeddings(labels, dim):
    """`clustered_embeddings` of src/inputs.rs."""
    scatter = 2.0
    identities, identity = numpy.unique(labels, return_inverse=True)
    centres = unit_vectors(identities.astype(numpy.uint64) << numpy.uint64(32), dim)
    own = unit_vectors(numpy.arange(len(labels), dtype=numpy.uint64) | numpy.uint64(1 << 63), dim)
    return scaled(centres[identity] + scatter * own).astype(numpy.float32)
