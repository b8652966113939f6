//! Texts to small numbers, shared between threads.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use claudectl_fleet::ledger::Id;

/// Gives each text a number, counting from that of the first.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    ids: HashMap<Box<[u8]>, Id>,
    texts: Vec<String>,
}

impl Interner {
    /// With a first text, whose number is 0.
    pub(crate) fn starting_with(text: &str) -> Self {
        let new = Self::default();
        new.id(text.as_bytes());
        new
    }

    /// The text's number.
    pub(crate) fn id(&self, text: &[u8]) -> Id {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = inner.ids.get(text) {
            return id;
        }
        let id = Id::try_from(inner.texts.len()).unwrap_or(Id::MAX);
        inner.ids.insert(text.into(), id);
        inner.texts.push(String::from_utf8_lossy(text).into_owned());
        id
    }

    /// All texts, in the order of their numbers.
    pub(crate) fn into_texts(self) -> Vec<String> {
        self.inner.into_inner().unwrap_or_else(PoisonError::into_inner).texts
    }
}

/// Remembers the last text: rows of a file say the same over and over.
#[derive(Debug, Default)]
pub(crate) struct Last {
    text: Vec<u8>,
    id: Option<Id>,
}

impl Last {
    pub(crate) fn id(&mut self, text: &[u8], interner: &Interner) -> Id {
        match self.id {
            Some(id) if self.text == text => id,
            _ => {
                let id = interner.id(text);
                self.text.clear();
                self.text.extend_from_slice(text);
                self.id = Some(id);
                id
            }
        }
    }
}
