//! Sites of somebody else's: places on the loopback that a client can be told to fetch from. Each notes whether somebody
//! came, and says nothing.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::must::must;

/// The sites, by their names; they are gone on drop, and no thread of theirs outlives that.
#[derive(Debug)]
pub struct Sites {
    sites: BTreeMap<String, Site>,
    closing: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Site {
    at: SocketAddr,
    visited: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sites {
    /// A site of each name.
    #[track_caller]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let closing = Arc::new(AtomicBool::new(false));
        let open = |name: String| {
            let listener = must(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), "a site");
            let at = must(listener.local_addr(), "a site");
            let visited = Arc::new(AtomicBool::new(false));
            let (closing, noted) = (Arc::clone(&closing), Arc::clone(&visited));
            // Who comes is turned away at once: a client would wait for an answer.
            let thread = std::thread::spawn(move || {
                while let Ok(visit) = listener.accept() {
                    if closing.load(Ordering::SeqCst) {
                        return;
                    }
                    noted.store(true, Ordering::SeqCst);
                    drop(visit);
                }
            });
            (name, Site { at, visited, thread: Some(thread) })
        };
        Self { sites: names.into_iter().map(open).collect(), closing }
    }

    /// Where a site is. Panics on a name that there is none of.
    #[track_caller]
    pub fn url(&self, name: &str) -> String {
        format!("https://{}/{name}", self.sites[name].at)
    }

    /// Whether somebody came to a site. Panics on a name that there is none of.
    #[track_caller]
    pub fn visited(&self, name: &str) -> bool {
        self.sites[name].visited.load(Ordering::SeqCst)
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        for site in self.sites.values_mut() {
            // Wakes the thread. Where it fails nobody listens any more.
            TcpStream::connect(site.at).ok();
            if let Some(thread) = site.thread.take() {
                thread.join().ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_site_knows_whether_somebody_came() {
        let sites = Sites::new(["a.txt".to_owned(), "b.txt".to_owned()]);
        let url = sites.url("a.txt");
        let host = url.strip_prefix("https://").and_then(|rest| rest.strip_suffix("/a.txt")).unwrap();
        let mut visit = TcpStream::connect(host).unwrap();
        // It has been seen when it is turned away.
        assert_eq!(visit.read(&mut [0]).unwrap(), 0);
        assert!(sites.visited("a.txt") && !sites.visited("b.txt"));
    }
}
