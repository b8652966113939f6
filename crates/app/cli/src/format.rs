//! Numbers, times and ages as people read them: the same on every surface.

pub(crate) use claudectl_fleet::format::*;

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.0 && percent < 100.0 { format!("{percent:.2} %") } else { format!("{percent:.1} %") }
}
