//! Floor 7: simulated nodes that boot over real sockets.
