//! The `claudectl` binary.
fn main() {}
