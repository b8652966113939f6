//! A language model on this machine, asked to explain and to sum up. It never answers a call.
//!
//! Ollama, llama.cpp, vLLM, LM Studio: whatever speaks `/v1/chat/completions` with a JSON schema, or Ollama's `/api/chat`
//! with `format`. Which of the two is found out by asking the endpoint ([`Client::probe`]), not by its address.
//!
//! What it may do is small, and the types say so:
//!
//! * What comes of an answer is a [`Note`], which warns or does not, or a [`Digest`], which is text. Nothing in either
//!   allows, and [`Note::proposal`] knows one proposal: to deny, where a person would have been asked. A person decides.
//! * What is not exactly the schema is no opinion ([`NoOpinion`]), with the reason by its type. So is an endpoint that is
//!   late, gone, or talks nonsense. Nobody waits longer than the budget, whatever the endpoint does.
//! * A note that does not warn and speaks for the call ("safe to run") is no opinion: to say so is not what it is asked.
//!
//! What it is told is as small ([`material`]): the person's own messages, inputs of tools, how calls ended, and figures.
//! No output of a tool, no file, no word of an agent: there is no type to hand them over in, and what
//! a file is to hold is left out of the inputs of the tools that write it. All of it is redacted, then
//! shortened, and stands as JSON between lines with a nonce, in which no character could end it ([`template`]).
//!
//! Defaults are those of [`Settings`]: the loopback only, nothing that redirects, a megabyte, five seconds in all. After
//! three failures in a row the endpoint is left alone for half a minute, then tried once ([`Breaker`]). The key for an
//! endpoint comes from the environment and is kept nowhere.
//!
//! Whether a model can be trusted with its one task is tested: now and then it is shown a call that is known to be bad
//! ([`canary`]), and an alarm is raised where it does not warn.

mod answer;
mod breaker;
pub mod canary;
mod client;
mod endpoint;
mod http;
pub mod material;
mod prompt;
mod protocol;
mod settings;
pub mod template;

pub use answer::{Answer, BadAnswer, Digest, Note, Proposal};
pub use breaker::Breaker;
pub use client::{Client, NoOpinion, Probe, State};
pub use endpoint::{BadEndpoint, BadToken, Endpoint, Token};
pub use http::Trouble;
pub use prompt::{BadPrompt, Builtin, Folder, Name, Nonce, Overrides, Prompts, Question};
pub use protocol::Protocol;
pub use settings::Settings;
