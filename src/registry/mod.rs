//! Floor 2: the desired state. YAML text to tables to a resolved view, and changes back to text. Text and time are arguments; files are read and written by the daemon.
