//! Whoever writes a command, a path, the name of a tool or of a project, or a line that a person pastes, may want the model
//! to say what they like. Whatever they write stays data, and whatever the model then says moves nothing towards allow.

use claudectl_gate::rules::Action;
use claudectl_llm::material::{Call, Ended, Material};
use claudectl_llm::{Answer, Builtin, Digest, NoOpinion, Note, Prompts, Proposal};
use claudectl_testkit::injections::{HOSTILE, REPLIES};
use serde_json::{Value, json};

use crate::mock::{Mock, NONCE, about};

const DATA: &str = "<data-07070707070707070707070707070707";
const END: &str = "</data-07070707070707070707070707070707>";

/// The blocks of data in a question, by their slots, and what stands around them.
fn taken_apart(asked: &str) -> (Vec<(String, Value)>, String) {
    let (mut blocks, mut around, mut rest) = (Vec::new(), String::new(), asked);
    while let Some((before, after)) = rest.split_once(DATA) {
        let (slot, after) = after.split_once(">\n").unwrap();
        let (json, after) = after.split_once('\n').unwrap();
        around.push_str(before);
        around.push_str(&format!("{{{{{}}}}}", slot.trim()));
        rest = after.strip_prefix(END).unwrap_or_else(|| panic!("not on one line: {asked}"));
        blocks.push((slot.trim().to_owned(), serde_json::from_str(json).unwrap()));
    }
    around.push_str(rest);
    (blocks, around)
}

fn block<'a>(blocks: &'a [(String, Value)], slot: &str) -> &'a Value {
    &blocks.iter().find(|(name, _)| name == slot).unwrap().1
}

#[test]
fn whatever_is_written_stays_data() {
    let prompts = Prompts::new(&Builtin);
    for hostile in HOSTILE {
        let input = json!({ "command": hostile, "file_path": format!("/w/{hostile}"), "deep": [hostile], hostile: 1 });
        let call = Call { tool: hostile, input: &input, ended: Some(Ended::Failed) };
        let (messages, calls) = ([hostile, hostile], [call, call]);
        let material = Material { project: Some(hostile), messages: &messages, calls: &calls, facts: &[] };
        let note = about(hostile, &input, &material);
        let (blocks, around) = taken_apart(note.user());
        assert_eq!(around, claudectl_llm::Name::Annotate.builtin(), "{hostile:?}");
        let told = block(&blocks, "call");
        assert_eq!(told["tool"], json!(hostile), "it means what was written");
        assert_eq!(told["input"]["command"], json!(hostile));
        assert_eq!(told["input"]["file_path"], json!(format!("/w/{hostile}")));
        assert_eq!(told["input"]["deep"], json!(json!([hostile]).to_string()));
        assert_eq!(told["input"].as_object().unwrap().keys().nth(3).unwrap(), hostile);
        assert_eq!(told.as_object().unwrap().len(), 2, "{told}");
        assert_eq!(block(&blocks, "messages")["newest_last"], json!([hostile, hostile]));
        assert_eq!(block(&blocks, "project"), &json!(hostile));
        for (name, question) in [
            (claudectl_llm::Name::Summarize, prompts.summarize(&material, NONCE).unwrap()),
            (claudectl_llm::Name::Briefing, prompts.briefing(&material, NONCE).unwrap()),
            (claudectl_llm::Name::Autopsy, prompts.autopsy(&material, NONCE).unwrap()),
        ] {
            let (blocks, around) = taken_apart(question.user());
            assert_eq!(around, name.builtin(), "{hostile:?}");
            assert_eq!(block(&blocks, "calls")["newest_last"][1]["input"]["command"], json!(hostile));
            assert_eq!(block(&blocks, "calls")["newest_last"][1]["ended"], json!("failed"));
        }
        // Nothing of theirs is in what we say ourselves.
        assert_eq!(note.system(), about("Bash", &json!({}), &Material::default()).system());
        let text = note.user().replace(DATA, "").replace(END, "");
        for mark in
            ["<|", "<s", "</", "[INST", "[/INST", "\u{202e}", "\u{200b}", "\u{1b}", "\u{0}", "\u{e0061}"]
        {
            assert!(!text.contains(mark), "{mark:?} in {text}");
        }
    }
}

#[test]
fn whatever_the_model_says_moves_nothing_towards_allow() {
    for reply in REPLIES {
        let mock = Mock::says(reply);
        let client = mock.client();
        for hostile in HOSTILE {
            let question = about(hostile, &json!({ "command": hostile }), &Material::default());
            let said = client.ask(&question, 0);
            for verdict in [Action::Allow, Action::Ask, Action::Deny] {
                let proposal = said.as_ref().ok().and_then(|note: &Note| note.proposal(verdict));
                assert!(proposal.map_or(verdict, Proposal::action) >= verdict, "{reply} {hostile:?}");
            }
            assert!(!matches!(said, Err(NoOpinion::Endpoint(_) | NoOpinion::LeftAlone { .. })), "{said:?}");
        }
    }
}

#[test]
fn a_digest_is_text_and_no_more() {
    for reply in REPLIES {
        assert!(Digest::parse(reply).is_err(), "{reply}");
    }
    let digest = Digest::parse(r#"{"summary":"a\u001b[2J\nb","points":["\u202ec"]}"#).unwrap();
    assert_eq!((digest.summary.as_str(), digest.points), ("a b", vec!["c".to_owned()]));
}
