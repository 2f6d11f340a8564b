//! Floor 5: the single owner of registry and fleet. One bounded queue of inputs, a list of outputs; no socket, file or clock.
