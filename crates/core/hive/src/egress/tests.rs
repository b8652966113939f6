use proptest::prelude::*;

use super::*;
use crate::claim::{Audience, Class, HiveId, Kind as Name};
use crate::clock::Hlc;
use crate::content::{Action, Condition, Insight, Pattern, Skill, Temporal};
use crate::unit::tests::{author, pattern, say, signed};

const NOW: Millis = Millis(10_000_000);

fn open() -> Policy {
    Policy { mode: ShareMode::Auto, most_hops: 5, ..Policy::default() }
}

fn peer() -> Peer {
    Peer { key: author(9), tier: Tier::Unverified }
}

fn out(version: &Version) -> Outgoing<'_> {
    Outgoing { version, exposure: None, consent: None, refused: false, had: false, hops: 0 }
}

fn version(body: Body) -> Version {
    signed(1, &say(body), NOW, 1).version().clone()
}

fn insight(summary: &str) -> Body {
    let word = || "word".to_owned();
    Body::Insight(Insight {
        category: word(),
        severity: word(),
        suggestion: None,
        summary: summary.to_owned(),
    })
}

fn deny() -> Version {
    version(pattern(Action::Deny, "git push", 5, 5))
}

#[test]
fn what_a_person_decided_comes_before_everything() {
    let version = deny();
    let leaves = |out: Outgoing<'_>, policy: &Policy| policy.may_leave(&out, &peer(), NOW);
    let manual = Policy::default();
    let plain = out(&version);
    assert_eq!(leaves(plain, &open()), Ok(()));
    assert_eq!(leaves(plain, &manual), Err(Why::NotExposed), "nothing leaves by itself");
    assert_eq!(leaves(Outgoing { exposure: Some(Exposure::Expose), ..plain }, &manual), Ok(()));
    assert_eq!(leaves(Outgoing { exposure: Some(Exposure::Hide), ..plain }, &open()), Err(Why::Hidden));
    assert_eq!(leaves(Outgoing { refused: true, ..plain }, &open()), Err(Why::Refused));
    assert_eq!(leaves(Outgoing { hops: 6, ..plain }, &open()), Err(Why::Hops));
    let old = Policy { ttl: Some(99), ..open() };
    assert_eq!(old.may_leave(&plain, &peer(), Millis(NOW.0 + 100)), Err(Why::Old));
    assert_eq!(old.may_leave(&plain, &peer(), Millis(NOW.0 + 99)), Ok(()));
    let mut gone = version.clone();
    gone.expires = Some(NOW);
    assert_eq!(leaves(out(&gone), &open()), Err(Why::Expired));
    for exposure in [Exposure::Expose, Exposure::Hide] {
        assert_eq!(Exposure::parse(exposure.word()), Some(exposure));
    }
}

#[test]
fn consent_is_for_whom_it_names_and_as_long_as_it_says() {
    let version = deny();
    let test = |consent: Consent, peer: Peer| {
        open().may_leave(&Outgoing { consent: Some(&consent), ..out(&version) }, &peer, NOW)
    };
    let set = |key: u8| Some(BTreeSet::from([author(key)]));
    assert_eq!(test(Consent::default(), peer()), Ok(()));
    assert_eq!(test(Consent { expires: Some(NOW), ..Consent::default() }, peer()), Err(Why::ConsentExpired));
    assert_eq!(test(Consent { allow: set(9), ..Consent::default() }, peer()), Ok(()));
    assert_eq!(test(Consent { allow: set(8), ..Consent::default() }, peer()), Err(Why::Consent));
    assert_eq!(
        test(Consent { allow: Some(BTreeSet::new()), ..Consent::default() }, peer()),
        Err(Why::Consent)
    );
    assert_eq!(
        test(Consent { allow: set(9), exclude: set(9), ..Consent::default() }, peer()),
        Err(Why::Consent)
    );
    let confirmed = Consent { tier: Some(Tier::Confirmed), ..Consent::default() };
    assert_eq!(test(confirmed.clone(), peer()), Err(Why::Tier(Tier::Confirmed)));
    assert_eq!(test(confirmed.clone(), Peer { tier: Tier::Confirmed, ..peer() }), Ok(()));
    let whole = Consent { expires: Some(NOW), allow: set(9), exclude: set(8), ..confirmed };
    let json = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<Consent>(&json).unwrap(), whole, "{json}");
    assert_eq!(serde_json::to_string(&Consent::default()).unwrap(), "{}");
    assert!(serde_json::from_str::<Consent>(r#"{"alow": []}"#).is_err(), "what is misspelt would allow");
}

#[test]
fn audiences_are_kept_and_who_has_something_learns_that_it_is_gone() {
    let mut version = deny();
    version.claim.class.audience = Audience::Listed(BTreeSet::from([author(8)]));
    assert_eq!(open().may_leave(&out(&version), &peer(), NOW), Err(Why::Audience));
    assert_eq!(open().may_leave(&out(&version), &Peer { key: author(8), ..peer() }, NOW), Ok(()));
    assert_eq!(
        open().may_leave(&out(&version), &Peer { key: author(1), ..peer() }, NOW),
        Ok(()),
        "its author"
    );
    let mut gone = deny();
    gone.content = Content::Tombstone;
    let hidden = Outgoing { exposure: Some(Exposure::Hide), ..out(&gone) };
    assert_eq!(open().may_leave(&hidden, &peer(), NOW), Err(Why::Hidden), "it would say what there was");
    assert_eq!(open().may_leave(&Outgoing { had: true, ..hidden }, &peer(), NOW), Ok(()));
    let floor = Version::floor(author(1), Class::everyone(HiveId::from_bytes([7; 32])), Hlc::new(NOW, 0), 1);
    assert_eq!(Policy::default().may_leave(&out(&floor), &peer(), NOW), Ok(()));
}

#[test]
fn exclusions_hold_for_every_kind() {
    let policy = Policy {
        exclude_tools: BTreeSet::from(["Bash".to_owned()]),
        exclude_commands: vec!["Deploy".to_owned()],
        exclude_artifacts: BTreeSet::from([Kind::Skill]),
        never: vec!["annika".to_owned()],
        ..open()
    };
    let test = |body: Body| policy.may_leave(&out(&version(body)), &peer(), NOW);
    assert_eq!(test(pattern(Action::Deny, "make", 5, 5)), Err(Why::Tool("Bash".into())));
    let outcome =
        Body::read(Kind::ApproachOutcome, br#"{"approach_ref":"pattern:Bash:make","of":4,"succeeded":3}"#);
    assert_eq!(test(outcome.unwrap()), Err(Why::Tool("Bash".into())));
    assert_eq!(test(insight("how to deploy it")), Err(Why::Command("Deploy".into())));
    assert_eq!(test(insight("ask Annika's team")), Err(Why::Taint(Taint::Word)));
    assert_eq!(test(insight("about mannikan things")), Ok(()), "a part of a word is another word");
    let text = || "text".to_owned();
    let skill = Skill {
        body: text(),
        description: text(),
        name: text(),
        requires: Default::default(),
        version: text(),
    };
    assert_eq!(test(Body::Skill(skill)), Err(Why::Artifact("skill")));
    let mut unknown = deny();
    unknown.claim.kind = Name::new("later").unwrap();
    unknown.content = Content::Body(br#"{"x":[{"run":"deploy now"}]}"#.to_vec());
    unknown.claim.key.clear();
    assert_eq!(policy.may_leave(&out(&unknown), &peer(), NOW), Err(Why::Command("Deploy".into())));
    let chosen = Policy { categories: BTreeSet::from([Category::BestPractice]), ..open() };
    assert_eq!(
        chosen.may_leave(&out(&unknown), &peer(), NOW),
        Err(Why::Category),
        "of no category that is known"
    );
    assert_eq!(chosen.may_leave(&out(&deny()), &peer(), NOW), Ok(()));
    let projects = Policy { projects: Some(BTreeSet::from(["api".to_owned()])), ..open() };
    let of = |name: &str| {
        let say = Say { scope: Scope::Project(name.into()), ..say(pattern(Action::Deny, "make", 5, 5)) };
        let said = projects.may_say(&say);
        assert_eq!(projects.may_leave(&out(signed(1, &say, NOW, 1).version()), &peer(), NOW), said);
        said
    };
    assert_eq!((of("api"), of("web")), (Ok(()), Err(Why::Project("web".into()))));
}

#[test]
fn what_is_tainted_is_told_from_what_is_not() {
    for sample in claudectl_redact::samples::one_of_each(5) {
        assert_eq!(taint(&sample.text), Some(Taint::Secret), "{}", sample.kind);
    }
    for text in [
        r"C:\\Users\\annika",
        r"\/home\/annika",
        "cd /home/annika/x",
        "/Users/annika",
        r"C:\Users\Annika\x",
        "projects/-Users-annika-x",
    ] {
        assert_eq!(taint(text), Some(Taint::Home), "{text}");
    }
    for home in HOMES {
        let text = format!("/{home}/annika/x");
        assert_eq!(taint(&text), Some(Taint::Home), "{text}");
    }
    for text in ["to annika@example.org.", "git@example.com:x/y", "<a.b+c@x-y.example.de>"] {
        assert_eq!(taint(text), Some(Taint::Email), "{text}");
    }
    for text in [
        "react@18.2.0",
        "checkout@v4",
        "/home/$USER/x",
        "~/x",
        "a @ b.c",
        "/homework/x",
        "mail@host",
        "@types/node",
        "take-home-x",
        "GET /users/7",
    ] {
        assert_eq!(taint(text), None, "{text}");
    }
}

#[test]
fn what_is_personal_or_a_whole_command_becomes_no_claim() {
    let may = |body: Body| open().may_say(&say(body));
    assert_eq!(may(pattern(Action::Deny, "git push --force", 5, 5)), Ok(()));
    for command in ["rm -rf ./target", "curl example", "git push origin main:x", "npm run lint:fix", "*"] {
        assert_eq!(may(pattern(Action::Deny, command, 5, 5)).is_ok(), !command.contains("./"), "{command}");
    }
    for command in ["X=1 make", "make $(x)", "cat 'x'", "a b c d e f", "--x", "", "git  push", "x\ty"] {
        assert!(!is_keyword(command), "{command:?}");
    }
    let conditional = |label: &str| {
        let conditions = vec![Condition::parse(label)];
        Body::Pattern(Pattern {
            action: Action::Deny,
            agreed: 5,
            command: None,
            conditions,
            of: 5,
            tool: "Read".into(),
        })
    };
    assert_eq!(may(conditional("errors")), Ok(()));
    assert_eq!(
        [may(conditional("cost>$5")), may(conditional("9:00-17:00"))],
        [Err(Why::Personal), Err(Why::Personal)]
    );
    let temporal = |text: &str| Body::Temporal(Temporal { description: text.into(), strength_permille: 800 });
    assert_eq!(may(temporal("denies more in the morning")), Err(Why::Personal));
    assert_eq!(may(insight("mail annika@example.org")), Err(Why::Taint(Taint::Email)));
    let outcome = |reference: &str| {
        let json = serde_json::json!({"approach_ref": reference, "of": 4, "succeeded": 3}).to_string();
        may(Body::read(Kind::ApproachOutcome, json.as_bytes()).unwrap())
    };
    assert_eq!(outcome("pattern:Bash:cargo test"), Ok(()));
    assert_eq!(outcome("pattern:Bash:cargo test --package=secret"), Err(Why::WholeCommand));
    assert_eq!(outcome("cargo test"), Err(Why::WholeCommand));
}

/// Something that must not leave for one reason, or may for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Free,
    Personal,
    Hidden,
    Refused,
    NoConsent,
    Secret,
    Mail,
    Home,
    Listed,
    Excluded,
    Opaque,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    use Fate::*;
    let all = [Free, Personal, Hidden, Refused, NoConsent, Secret, Mail, Home, Listed, Excluded, Opaque];
    prop::collection::vec(prop::sample::select(all.to_vec()), 0..12)
}

proptest! {
    #[test]
    fn no_byte_of_what_stays_is_in_what_leaves(fates in fates(), seed in 0..50_u64, share in any::<bool>()) {
        let samples = claudectl_redact::samples::samples(seed);
        let policy = Policy {
            mode: if share { ShareMode::Auto } else { ShareMode::Manual },
            exclude_commands: vec!["excluded".into()],
            ..open()
        };
        let consent = Consent { exclude: Some(BTreeSet::from([peer().key])), ..Consent::default() };
        let mut leaves: Vec<u8> = Vec::new();
        let mut stay = Vec::new();
        let mut free = 0;
        for (place, fate) in fates.iter().enumerate() {
            let marker = format!("zqmark{place}zq");
            let sample = &samples[(place + seed as usize) % samples.len()];
            let text = match fate {
                Fate::Secret => format!("{marker} {}", sample.text),
                Fate::Mail => format!("{marker}@example.org"),
                Fate::Home => format!("/home/{marker}/x"),
                Fate::Excluded => format!("excluded {marker}"),
                _ => format!("about {marker}"),
            };
            let body = match fate {
                Fate::Personal => Body::Temporal(Temporal { description: format!("{text} by hour"), strength_permille: 9 }),
                _ => insight(&text),
            };
            let mut version = version(body);
            if *fate == Fate::Listed {
                version.claim.class.audience = Audience::Listed(BTreeSet::from([author(3)]));
            }
            if *fate == Fate::Opaque {
                version.claim.kind = Name::new("later").unwrap();
                version.content = Content::Body(format!("\u{1}{marker} of annika@example.org").into_bytes());
            }
            let outgoing = Outgoing {
                exposure: (*fate == Fate::Hidden).then_some(Exposure::Hide),
                consent: (*fate == Fate::NoConsent).then_some(&consent),
                refused: *fate == Fate::Refused,
                ..out(&version)
            };
            if policy.may_leave(&outgoing, &peer(), NOW).is_ok() {
                leaves.extend(version.to_bytes().unwrap_or_default());
                free += 1;
            }
            if *fate != Fate::Free || !share {
                stay.push(marker);
            }
        }
        let text = String::from_utf8_lossy(&leaves);
        for marker in &stay {
            prop_assert!(!text.contains(marker.as_str()), "{marker}");
        }
        prop_assert_eq!(free, fates.len() - stay.len(), "what is free leaves");
    }

    #[test]
    fn any_text_is_looked_at(text in "\\PC{0,200}", word in "[a-z]{1,5}") {
        let found = home(&text);
        prop_assert!(found.is_none_or(|range| text.get(range).is_some()));
        prop_assert!(!is_keyword(&text) || taint(&text).is_none_or(|taint| taint == Taint::Secret));
        let told = format!("{text} {word} {text}");
        prop_assert!(has_word(&told, &word));
    }
}
