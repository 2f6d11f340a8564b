//! Floor 3: node images: the catalogue, their kernels, the steps from a tree to an archive.
