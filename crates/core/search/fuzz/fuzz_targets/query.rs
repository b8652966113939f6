//! Any query over any text: it means something or says why not, its words can be asked for, and what is met stands
//! where it is said to.

#![no_main]

use claudectl_search::Role;
use claudectl_search::cut::Cutter;
use claudectl_search::matcher::Matcher;
use claudectl_search::query::Query;
use claudectl_search::shape::shape;
use claudectl_search::snippet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (typed, text) = text.split_once('\n').unwrap_or((&text, ""));
    Cutter::default().line(text.as_bytes());
    let mut kept = String::new();
    shape(Role::ALL[text.len() % Role::ALL.len()], text, &mut kept);
    let Ok(query) = Query::parse(typed) else { return };
    // Signs of the query language of FTS5 stand only where we put them.
    let asked = query.fts();
    assert!(asked.split('"').skip(1).step_by(2).all(|words| {
        words.chars().all(|letter| letter.is_alphanumeric() || letter == ' ' || !letter.is_ascii())
    }));
    let met = Matcher::new(&query).met(&kept);
    assert!(met.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
    assert!(met.iter().all(|met| kept.get(met.range.clone()).is_some_and(|text| !text.is_empty())));
    let lines = snippet::lines(&kept, &met, typed.len() % 3, text.len() % 90);
    assert!(lines.iter().flatten().all(|piece| !piece.text.is_empty()));
});
