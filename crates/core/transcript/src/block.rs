//! Sixteen bytes compared at once: what the JSON cursor stands on.
//!
//! A transcript line is some forty short strings and one or two long ones. Short strings dominate the
//! cost of a cold pass, and for those a call into a general search costs more than the search.

use wide::u8x16;

/// Bytes compared in one step.
pub(crate) const BLOCK: usize = 16;

/// A bit for each quote in the block, the first byte's lowest.
#[inline]
pub(crate) fn quotes(block: &[u8; BLOCK]) -> u32 {
    equal(u8x16::new(*block), b'"')
}

/// A bit for each quote, square bracket and brace in the block, the first byte's lowest.
#[inline]
pub(crate) fn structure(block: &[u8; BLOCK]) -> u32 {
    let bytes = u8x16::new(*block);
    // A square bracket and a brace differ in the bit of letter case.
    let lower = bytes | u8x16::splat(0x20);
    equal(bytes, b'"') | equal(lower, b'{') | equal(lower, b'}')
}

#[inline]
fn equal(bytes: u8x16, wanted: u8) -> u32 {
    bytes.simd_eq(u8x16::splat(wanted)).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn bits_stand_where_the_bytes_do(block in proptest::array::uniform16(proptest::prop_oneof![
            proptest::prelude::any::<u8>(),
            proptest::sample::select(b"\"{}[];=".to_vec()),
        ])) {
            for (at, byte) in block.iter().enumerate() {
                proptest::prop_assert_eq!(quotes(&block) >> at & 1 == 1, *byte == b'"');
                proptest::prop_assert_eq!(structure(&block) >> at & 1 == 1, b"\"{}[]".contains(byte));
            }
        }
    }
}
