//! Floor 6: how a client reaches an engine.
