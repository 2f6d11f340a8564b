//! The program: parses arguments and joins the floors.

fn main() {}
