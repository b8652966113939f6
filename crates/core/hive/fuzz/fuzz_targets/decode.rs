//! Any bytes as what comes from elsewhere: what is read is written again as the same bytes, and nothing panics.

#![no_main]

use claudectl_hive::bytes::{OP, VERSION};
use claudectl_hive::claim::{Signed, Version};
use claudectl_hive::members::Op;
use claudectl_hive::register::Proof;
use libfuzzer_sys::fuzz_target;

/// As it is, and as the rest of a thing of this kind: no fuzzer guesses a tag.
fn both(tag: &str, data: &[u8]) -> [Vec<u8>; 2] {
    [data.to_vec(), [tag.as_bytes(), &[0, 1], data].concat()]
}

fuzz_target!(|data: &[u8]| {
    for bytes in both(VERSION, data) {
        if let Ok(version) = Version::from_bytes(&bytes) {
            assert_eq!(version.to_bytes().as_ref(), Ok(&bytes));
        }
    }
    for bytes in both(OP, data) {
        if let Ok(op) = Op::from_bytes(&bytes) {
            assert_eq!(op.to_bytes().as_ref(), Ok(&bytes));
        }
    }
    if let Ok(signed) = Signed::from_wire(data) {
        assert_eq!(signed.to_wire(), data);
        if let Ok(verified) = signed.clone().verify() {
            assert_eq!(verified.signed(), &signed);
        }
    }
    if let Ok(proof) = Proof::from_bytes(data) {
        assert_eq!(proof.to_bytes(), data);
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(key) = text.parse::<claudectl_hive::key::PublicKey>()
    {
        assert!(key.check().is_ok() && key.to_string().parse() == Ok(key));
    }
});
