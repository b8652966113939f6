//! Full-text search over transcripts, as far as it is a matter of texts: what is kept of a passage, which words it
//! has, what a query means, and where in a text it is met.
//!
//! * [`shape`] makes of a passage what may be stored: without secrets, control characters and what is no prose.
//! * [`words`] says what a word is. Index, query and highlighting ask it alone, so that they cannot differ.
//! * [`cut`] gathers passages into chunks, which are stored, compressed and made again together.
//! * [`query`] reads what a person typed; anything typed means something, or is an error that says what to do.
//! * [`matcher`] finds in a text what a query met, [`snippet`] makes lines of it, [`rank`] puts hits in order.
//!
//! The index itself is in the store, which knows none of this.

pub mod cut;
mod fold;
pub mod matcher;
pub mod query;
pub mod rank;
pub mod shape;
pub mod snippet;
pub mod words;

pub use claudectl_transcript::passage::Role;
