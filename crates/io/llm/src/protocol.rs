//! The two protocols: what is sent, and where in what comes back the model's text is. Of the envelope only what is needed
//! is read, for servers put more into it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, BadAnswer, shown};
use crate::prompt::Question;

/// The most tokens that a model may answer with.
const MOST_TOKENS: u32 = 700;
/// How much Ollama is to read: what it has no room for, it leaves out at the beginning, and says nothing.
const CONTEXT: u32 = 8192;
/// Models that are listed, and the longest name.
const MODELS: usize = 200;
const NAME: usize = 120;

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `/v1/chat/completions`.
    OpenAi,
    /// `/api/chat`.
    Ollama,
}

impl Protocol {
    /// Its name, for people and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::OpenAi, Self::Ollama].into_iter().find(|protocol| protocol.word() == word)
    }

    /// Where the models are listed.
    pub(crate) const fn models_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/models",
            Self::Ollama => "/api/tags",
        }
    }

    /// Where its version stands. Not every server of the second kind has the page.
    pub(crate) const fn version_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/version",
            Self::Ollama => "/api/version",
        }
    }

    /// The version in the answer of [`Protocol::version_path`].
    pub(crate) fn version(self, body: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Told {
            version: String,
        }
        let Told { version } = serde_json::from_slice(body).ok()?;
        Some(shown(&version, NAME)).filter(|version| !version.is_empty())
    }

    /// Where questions are put.
    pub(crate) const fn chat_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Ollama => "/api/chat",
        }
    }

    /// The models in the answer of [`Protocol::models_path`], or `None` where that is no such answer.
    pub(crate) fn models(self, body: &[u8]) -> Option<Vec<String>> {
        #[derive(Deserialize)]
        struct Listed {
            data: Option<Vec<Value>>,
            models: Option<Vec<Value>>,
        }
        let listed: Listed = serde_json::from_slice(body).ok()?;
        let (entries, keys) = match self {
            Self::OpenAi => (listed.data?, ["id", "id"]),
            // llama.cpp's server gives the same for both pages, a list of each kind, and speaks the other protocol.
            Self::Ollama if listed.data.is_some() => return None,
            Self::Ollama => (listed.models?, ["name", "model"]),
        };
        let name = |entry: &Value| keys.iter().find_map(|key| Some(shown(entry.get(*key)?.as_str()?, NAME)));
        Some(entries.iter().filter_map(name).filter(|name| !name.is_empty()).take(MODELS).collect())
    }

    /// Whether a model that is listed is the one that is meant. Ollama leaves `:latest` out where it is asked.
    pub(crate) fn is(self, listed: &str, meant: &str) -> bool {
        listed == meant || self == Self::Ollama && listed.strip_suffix(":latest") == Some(meant)
    }

    /// The question as it is sent.
    pub(crate) fn body<A: Answer>(self, model: &str, question: &Question<A>) -> Value {
        let messages = json!([
            { "role": "system", "content": question.system() },
            { "role": "user", "content": question.user() },
        ]);
        match self {
            Self::OpenAi => json!({
                "model": model,
                "messages": messages,
                "stream": false,
                "temperature": 0,
                "max_tokens": MOST_TOKENS,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": { "name": A::NAME, "strict": true, "schema": A::schema() },
                },
            }),
            Self::Ollama => json!({
                "model": model,
                "messages": messages,
                "stream": false,
                "format": A::schema(),
                "options": { "temperature": 0, "num_predict": MOST_TOKENS, "num_ctx": CONTEXT },
            }),
        }
    }

    /// The model's text in an answer. `None` where it is no answer of this protocol.
    pub(crate) fn text(self, body: &[u8]) -> Option<Result<String, BadAnswer>> {
        #[derive(Deserialize)]
        struct Message {
            content: Option<String>,
        }
        #[derive(Deserialize)]
        struct Choice {
            message: Message,
            finish_reason: Option<String>,
        }
        #[derive(Deserialize)]
        struct Completion {
            choices: Vec<Choice>,
        }
        #[derive(Deserialize)]
        struct Chat {
            message: Message,
            done: Option<bool>,
            done_reason: Option<String>,
        }
        let (content, unfinished) = match self {
            Self::OpenAi => {
                let completion: Completion = serde_json::from_slice(body).ok()?;
                let choice = completion.choices.into_iter().next()?;
                (choice.message.content, choice.finish_reason.as_deref() == Some("length"))
            }
            Self::Ollama => {
                let chat: Chat = serde_json::from_slice(body).ok()?;
                let cut = chat.done == Some(false) || chat.done_reason.as_deref() == Some("length");
                (chat.message.content, cut)
            }
        };
        Some(match content {
            _ if unfinished => Err(BadAnswer::Unfinished),
            Some(text) => Ok(text),
            None => Err(BadAnswer::Empty),
        })
    }
}

/// What an endpoint says went wrong, on a short line.
pub(crate) fn complaint(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Value,
    }
    let Refusal { error } = serde_json::from_slice(body).ok()?;
    let text = error.as_str().or_else(|| error.get("message")?.as_str())?;
    Some(shown(text, 200)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Protocol::{Ollama, OpenAi};

    #[test]
    fn which_protocol_is_told_by_what_is_listed() {
        let models = |protocol: Protocol, body: &str| protocol.models(body.as_bytes());
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        // As they were seen to answer; shortened.
        let vllm = r#"{"object":"list","data":[{"id":"qwen","object":"model","owned_by":"vllm"}]}"#;
        let ollama =
            r#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","size":1,"digest":"a8"}]}"#;
        let llama = r#"{"models":[{"name":"x.gguf","digest":""}],"object":"list","data":[{"id":"x.gguf"}]}"#;
        let studio = r#"{"error":"Unexpected endpoint or method. (GET /api/tags)"}"#;
        assert_eq!((models(OpenAi, vllm), models(Ollama, vllm)), (names(&["qwen"]), None));
        assert_eq!((models(OpenAi, ollama), models(Ollama, ollama)), (None, names(&["llama3.2:latest"])));
        assert_eq!((models(OpenAi, llama), models(Ollama, llama)), (names(&["x.gguf"]), None));
        assert_eq!((models(OpenAi, studio), models(Ollama, studio)), (None, None));
        assert_eq!(models(OpenAi, r#"{"data":[]}"#), names(&[]));
        let hostile = r#"{"data":[{"id":"a\u001b[2Jb\nc"},{"id":7},{},"x",{"id":" "}]}"#;
        assert_eq!(models(OpenAi, hostile), names(&["ab c"]));
        for bad in ["", "[]", "<html>", r#"{"data":{}}"#, "\u{0}"] {
            assert_eq!((models(OpenAi, bad), models(Ollama, bad)), (None, None), "{bad}");
        }
        let many = json!({ "data": vec![json!({ "id": "x".repeat(500) }); 1000] }).to_string();
        let many = models(OpenAi, &many).unwrap();
        assert_eq!((many.len(), many[0].len()), (MODELS, NAME));
        assert!(Ollama.is("llama3.2:latest", "llama3.2") && !OpenAi.is("llama3.2:latest", "llama3.2"));
        assert!(OpenAi.is("a", "a") && !Ollama.is("a:1", "a") && !Ollama.is("a", "a:latest"));
    }

    #[test]
    fn the_text_of_the_model_is_found() {
        let text = |protocol: Protocol, body: &str| protocol.text(body.as_bytes());
        let said = |text: &str| Some(Ok(text.to_owned()));
        let openai = |reason: &str, content: &str| {
            format!(
                r#"{{"id":"1","choices":[{{"index":0,"message":{{"role":"assistant","content":{content}}},"finish_reason":{reason}}}],"usage":{{}}}}"#
            )
        };
        assert_eq!(text(OpenAi, &openai("\"stop\"", "\"{}\"")), said("{}"));
        assert_eq!(text(OpenAi, &openai("null", "\"\"")), said(""));
        assert_eq!(text(OpenAi, &openai("\"length\"", "\"{\"")), Some(Err(BadAnswer::Unfinished)));
        assert_eq!(text(OpenAi, &openai("\"tool_calls\"", "null")), Some(Err(BadAnswer::Empty)));
        let ollama =
            r#"{"model":"m","message":{"role":"assistant","content":"{}"},"done":true,"done_reason":"stop"}"#;
        assert_eq!(text(Ollama, ollama), said("{}"));
        assert_eq!(text(Ollama, &ollama.replace("stop", "length")), Some(Err(BadAnswer::Unfinished)));
        assert_eq!(text(Ollama, &ollama.replace("true", "false")), Some(Err(BadAnswer::Unfinished)));
        for bad in [
            "",
            "{}",
            "[]",
            r#"{"choices":[]}"#,
            r#"{"choices":[{}]}"#,
            r#"{"message":"x"}"#,
            r#"{"choices":[{"message":{"content":7}}]}"#,
        ] {
            assert_eq!((text(OpenAi, bad), text(Ollama, bad)), (None, None), "{bad}");
        }
        // The first line of a stream that was not asked for.
        assert_eq!(text(Ollama, &format!("{ollama}\n{ollama}")), None);
    }

    #[test]
    fn complaints_are_short_and_shown() {
        let said = |body: &str| complaint(body.as_bytes());
        assert_eq!(said(r#"{"error":"model 'x' not found"}"#), Some("model 'x' not found".to_owned()));
        assert_eq!(
            said(r#"{"error":{"message":"no\u001b[1m such\nmodel","code":404}}"#),
            Some("no such model".to_owned())
        );
        assert_eq!(said(&json!({ "error": "x".repeat(9999) }).to_string()).map(|text| text.len()), Some(200));
        for none in ["", "not found", r#"{"error":7}"#, r#"{"error":" "}"#, "[]"] {
            assert_eq!(said(none), None, "{none}");
        }
    }
}
