//! The `claudectl` binary.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "wired by the commands"))]
mod config;

fn main() {}
