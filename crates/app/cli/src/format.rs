//! Numbers, times and ages as people read them: the same on every surface.

pub(crate) use claudectl_fleet::format::*;
