//! Any bytes of a journal: nothing panics, whole records are found whatever stands between them, and reading in
//! two parts finds what reading at once finds.

#![no_main]

use claudectl_store::journal::{frame, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let record = frame(b"{\"n\":1}");
    let all = [&record[..], bytes, &record[..]].concat();
    let whole = parse(&all, 0);
    assert_eq!(whole.next, all.len() as u64);
    assert_eq!(whole.records.first().map(Vec::as_slice), Some(&b"{\"n\":1}"[..]));
    assert_eq!(whole.records.last().map(Vec::as_slice), Some(&b"{\"n\":1}"[..]));
    let cut = bytes.first().map_or(0, |byte| usize::from(*byte)).min(all.len());
    let first = parse(&all[..cut], 0);
    let rest = parse(&all[first.next as usize..], first.next);
    assert_eq!([first.records, rest.records].concat(), whole.records);
    assert_eq!(rest.next, whole.next);
});
