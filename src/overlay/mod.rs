//! Floor 2: overlay sources and templates to one node's archive.
