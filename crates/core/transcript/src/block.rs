//! Sixteen bytes compared at once: what the JSON cursor stands on.
//!
//! A transcript line is some forty short strings and one or two long ones. Short strings dominate the
//! cost of a cold pass, and for those a call into a general search costs more than the search.

/// Bytes compared in one step.
pub(crate) const BLOCK: usize = 16;

/// A bit for each quote in the block, the first byte's lowest.
#[inline]
pub(crate) fn quotes(block: &[u8; BLOCK]) -> u32 {
    sixteen::equal(block, b'"')
}

/// A bit for each quote, square bracket and brace in the block, the first byte's lowest.
#[inline]
pub(crate) fn structure(block: &[u8; BLOCK]) -> u32 {
    sixteen::equal(block, b'"') | sixteen::equal_lower(block, b'{') | sixteen::equal_lower(block, b'}')
}

#[cfg(target_arch = "x86_64")]
mod sixteen {
    #![allow(unsafe_code, reason = "SSE2 is part of x86-64 itself; the intrinsics still ask for the word")]

    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    use super::BLOCK;

    #[inline]
    pub(super) fn equal(block: &[u8; BLOCK], wanted: u8) -> u32 {
        // SAFETY: the load reads exactly the sixteen bytes behind the reference and asks for no
        // alignment; every x86-64 processor has the instructions.
        unsafe {
            let bytes = _mm_loadu_si128(block.as_ptr().cast::<__m128i>());
            let hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted.cast_signed()));
            _mm_movemask_epi8(hits).cast_unsigned()
        }
    }

    /// As [`equal`], taking `[` for `{` and `]` for `}`: they differ in the bit of letter case.
    #[inline]
    pub(super) fn equal_lower(block: &[u8; BLOCK], wanted: u8) -> u32 {
        // SAFETY: as above.
        unsafe {
            let bytes = _mm_loadu_si128(block.as_ptr().cast::<__m128i>());
            let lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
            let hits = _mm_cmpeq_epi8(lower, _mm_set1_epi8(wanted.cast_signed()));
            _mm_movemask_epi8(hits).cast_unsigned()
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod sixteen {
    use super::BLOCK;

    #[inline]
    pub(super) fn equal(block: &[u8; BLOCK], wanted: u8) -> u32 {
        block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u32::from(*byte == wanted) << at)
    }

    #[inline]
    pub(super) fn equal_lower(block: &[u8; BLOCK], wanted: u8) -> u32 {
        block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u32::from(byte | 0x20 == wanted) << at)
    }
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
