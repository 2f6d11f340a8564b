//! Floor 7: headless verbs.
