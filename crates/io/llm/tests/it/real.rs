//! A real model behind both protocols. It is small and knows nothing: what is tested is that it is reached, held to the
//! schema and not waited for, not what it says.

use std::time::Duration;

use claudectl_llm::material::Material;
use claudectl_llm::{
    Answer, BadAnswer, Builtin, Client, NoOpinion, Prompts, Protocol, Question, Settings, State, Trouble,
};
use claudectl_testkit::LocalModel;

use crate::mock::{NONCE, question};

const PATIENCE: Duration = Duration::from_secs(300);

fn client(endpoint: String, model: &str) -> Client {
    let settings = Settings { endpoint, model: model.to_owned(), budget: PATIENCE, ..Settings::default() };
    Client::new(settings, None).unwrap()
}

/// What a model says that is held to the schema: it may only be silly, or too long.
fn held<A: Answer + std::fmt::Debug>(said: &Result<A, NoOpinion>) -> bool {
    matches!(said, Ok(_) | Err(NoOpinion::Answer(BadAnswer::Unfinished | BadAnswer::Urges)))
}

#[test]
fn a_real_model_is_asked_in_both_ways() {
    let Some(model) = LocalModel::for_tests() else { return };
    for (endpoint, protocol) in [(model.ollama(), Protocol::Ollama), (model.openai(), Protocol::OpenAi)] {
        let client = client(endpoint.clone(), LocalModel::NAME);
        let probe = client.probe(PATIENCE);
        assert_eq!((&probe.state, probe.protocol), (&State::Ready, Some(protocol)), "{probe:?}");
        assert_eq!(self::client(endpoint, "gpt-9").probe(PATIENCE).state, State::NoModel);
        // It is still thinking when nobody waits any more, and must not keep the next one waiting.
        let late = client.ask_within(&question(), Duration::from_millis(100), 0);
        assert_eq!(late, Err(NoOpinion::Endpoint(Trouble::Late)));
        let said = match protocol {
            Protocol::Ollama => held(&client.ask(&question(), 0)),
            Protocol::OpenAi => {
                let summarize: Question<_> =
                    Prompts::new(&Builtin).summarize(&Material::default(), NONCE).unwrap();
                held(&client.ask(&summarize, 0))
            }
        };
        assert!(said, "{protocol:?}");
    }
}
