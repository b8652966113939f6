//! Numbers, times and ages as people read them: the same on every surface.

pub(crate) use claudectl_fleet::format::*;

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        // What is not all is not told as all.
        _ if percent > 99.0 && percent < 100.0 => format!("{:.2} %", percent.min(99.99)),
        _ => format!("{percent:.1} %"),
    }
}
