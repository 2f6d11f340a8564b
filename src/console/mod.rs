//! Floor 7: the terminal console.
