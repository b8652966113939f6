//! An endpoint on the loopback that does to each request what it is told, and who asks it.

use std::time::Duration;

use claudectl_llm::material::{Call, Material};
use claudectl_llm::{Builtin, Client, Nonce, Note, Prompts, Question, Settings};
use claudectl_testkit::Endpoint;
pub(crate) use claudectl_testkit::{Deed, Request};
use serde_json::{Value, json};

pub(crate) struct Mock(Endpoint);

impl Mock {
    /// `deed` says what is done to the request with this number.
    pub(crate) fn new(deed: impl Fn(usize, &Request) -> Deed + Send + Sync + 'static) -> Self {
        Self(Endpoint::new(deed))
    }

    /// An Ollama with the model `m`, whose chat does this.
    pub(crate) fn chat(deed: impl Fn(usize) -> Deed + Send + Sync + 'static) -> Self {
        Self(Endpoint::chat(move |number, _| deed(number)))
    }

    /// An Ollama whose model says this.
    pub(crate) fn says(text: &str) -> Self {
        Self(Endpoint::says(text))
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            endpoint: self.0.address().to_owned(),
            model: "m".to_owned(),
            // As long as a busy machine may need: where it is to run out, a test says so.
            budget: Duration::from_secs(60),
            ..Settings::default()
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.settings(), None).unwrap()
    }

    /// What came so far.
    pub(crate) fn came(&self) -> Vec<Request> {
        self.0.came()
    }

    /// The lines of what came so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.came().into_iter().map(|request| request.line).collect()
    }
}

pub(crate) fn status(status: &str, headers: &str, body: &[u8]) -> Deed {
    Deed::status(status, headers, body)
}

pub(crate) fn ok(body: &str) -> Deed {
    Deed::ok(body)
}

pub(crate) fn ollama(text: &str) -> String {
    Endpoint::ollama(text)
}

pub(crate) fn openai(text: &str) -> String {
    Endpoint::openai(text)
}

/// What a model is to say.
pub(crate) const WARNS: &str = r#"{"summary":"Removes a folder.","risks":["It is gone."],"tighten":true}"#;

pub(crate) const NONCE: Nonce = Nonce::new([7; 16]);

/// The question about a call.
pub(crate) fn about(tool: &str, input: &Value, material: &Material) -> Question<Note> {
    Prompts::new(&Builtin).annotate(&Call { tool, input, ended: None }, material, NONCE).unwrap()
}

/// The question about a plain call.
pub(crate) fn question() -> Question<Note> {
    about("Bash", &json!({ "command": "rm -rf build" }), &Material::default())
}
