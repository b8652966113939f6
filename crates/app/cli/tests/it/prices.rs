//! `claudectl prices`.

use std::collections::BTreeSet;

use claudectl_testkit::{Transcript, Usage};
use serde_json::{Value, json};

use crate::{assert_usd, json, user_config, world};

const SESSION: &str = "aaaaaaaa-0000-4000-8000-00000000000a";

#[track_caller]
fn price<'a>(listing: &'a Value, model: &str) -> &'a Value {
    let prices = listing["prices"].as_array().unwrap();
    prices.iter().find(|price| price["model"] == model).unwrap_or_else(|| panic!("no price of {model}"))
}

#[test]
fn the_prices_that_the_client_charged() {
    let listing = json(&world(), &["prices", "--json"]);
    assert_eq!(listing["unit"], "USD per million tokens");
    // In, out, five minutes, one hour, read: measured in the lab.
    for (model, rates) in [
        ("claude-opus-5-5", [4.0, 20.0, 5.0, 8.0, 0.2]),
        ("claude-sonnet-5-5", [2.0, 10.0, 2.5, 4.0, 0.1]),
        ("claude-haiku-5-5", [0.1, 0.5, 0.125, 0.2, 0.01]),
        ("claude-fable-5-2", [8.0, 40.0, 10.0, 16.0, 0.2]),
        ("claude-opus-5", [5.0, 25.0, 6.25, 10.0, 0.5]),
        ("claude-opus-4-8", [5.0, 25.0, 6.25, 10.0, 0.5]),
        ("claude-opus-4-6", [5.0, 25.0, 6.25, 10.0, 0.5]),
        ("claude-opus-4-5", [5.0, 25.0, 6.25, 10.0, 0.5]),
        ("claude-sonnet-5", [2.0, 10.0, 2.5, 4.0, 0.2]),
        ("claude-sonnet-4-6", [3.0, 15.0, 3.75, 6.0, 0.3]),
        ("claude-sonnet-4-5", [3.0, 15.0, 3.75, 6.0, 0.3]),
        ("claude-haiku-4-5", [1.0, 5.0, 1.25, 2.0, 0.1]),
    ] {
        let price = price(&listing, model);
        for (key, rate) in
            ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"].into_iter().zip(rates)
        {
            assert_usd(&price[key], rate);
        }
        assert_usd(&price["web_search"], 0.01);
        assert_eq!((&price["source"], &price["unverified"]), (&json!("applied"), &json!(false)), "{model}");
    }
}

#[test]
fn every_price_says_where_it_comes_from_and_what_nothing_confirmed() {
    let listing = json(&world(), &["prices", "--json"]);
    let mut unverified = BTreeSet::new();
    for price in listing["prices"].as_array().unwrap() {
        assert_eq!(price["as_of"], listing["as_of"], "{price}");
        for (name, part) in [("", price), (" fast", &price["fast"]), (" long", &price["long"])] {
            if part.is_null() {
                continue;
            }
            let source = part["source"].as_str().unwrap();
            assert!(["applied", "published"].contains(&source), "{price}");
            if part["unverified"] == true {
                unverified.insert(format!("{}{name}", price["model"].as_str().unwrap()));
            }
        }
    }
    let unverified: Vec<&str> = unverified.iter().map(String::as_str).collect();
    assert_eq!(unverified, ["claude-sonnet-4-0 long", "claude-sonnet-4-5 long"]);
    assert_eq!(price(&listing, "claude-haiku-5-5")["long"]["above_prompt_tokens"], 100_000);
    assert_eq!(price(&listing, "claude-opus-4-5")["other_names"], json!(["claude-opus-4-5-20251101"]));
}

#[test]
fn the_screens() {
    let world = world();
    insta::assert_snapshot!("prices_sonnet", world.run(["prices", "sonnet-4"]).snapshot());
    insta::assert_snapshot!("prices_unknown", world.run(["prices", "claude-opus-9"]).snapshot());
}

#[test]
fn by_any_name_of_a_model() {
    let world = world();
    let models = |text: &str| -> Vec<String> {
        let listing = json(&world, &["prices", text, "--json"]);
        let prices = listing["prices"].as_array().unwrap().iter();
        prices.map(|price| price["model"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(models("claude-opus-4-5-20251101"), ["claude-opus-4-5"]);
    assert_eq!(models("us.anthropic.claude-opus-4-5-20251101-v1:0"), ["claude-opus-4-5"]);
    assert_eq!(models("HAIKU"), ["claude-3-5-haiku", "claude-haiku-4-5", "claude-haiku-5-5"]);
}

#[test]
fn the_command_that_an_unknown_model_is_told_works() {
    let world = world();
    let out = world.run(["prices", "claude-opus-9"]).fails_with(1);
    let (_, command) = out.stderr.split_once("claudectl config set ").unwrap();
    let words: Vec<&str> = command.trim().trim_matches('\'').split("' '").collect();
    world.run(["config", "set"].iter().chain(&words)).success();
    let listing = json(&world, &["prices", "claude-opus-9", "--json"]);
    let own = price(&listing, "claude-opus-9");
    assert_usd(&own["output"], 5.0);
    assert_eq!(
        (&own["source"], &own["unverified"], &own["as_of"]),
        (&json!("user"), &json!(false), &Value::Null)
    );
}

#[test]
fn an_own_price_from_a_day_on_stands_beside_the_built_in_one() {
    let world = world();
    user_config(&world, "[prices.\"claude-opus-5-5\"]\nfrom = 2027-01-01\ninput = 3.0\noutput = 15.0\n");
    let listing = json(&world, &["prices", "claude-opus-5-5", "--json"]);
    let found: Vec<(&Value, &Value, f64)> = listing["prices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|price| (&price["from"], &price["source"], price["input"].as_f64().unwrap()))
        .collect();
    assert_eq!(found, [(&json!("2027-01-01"), &json!("user"), 3.0), (&Value::Null, &json!("applied"), 4.0)]);
    insta::assert_snapshot!("prices_own", world.run(["prices", "opus-5-5"]).snapshot());
}

#[test]
fn an_own_price_for_an_alias_leaves_the_days_before_it_alone() {
    const ALIAS: &str = "claude-haiku-4-5-20251001";
    let world = world();
    user_config(&world, &format!("[prices.\"{ALIAS}\"]\nfrom = 2026-11-22\ninput = 2.0\noutput = 10.0\n"));
    let mut transcript = Transcript::new(SESSION, world.work_dir());
    transcript.prompt("go").model(ALIAS);
    for day in ["2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"] {
        transcript.at(day).assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    }
    transcript.write(&world.config_dir());
    let report = json(&world, &["spend", "--json"]);
    assert_usd(&report["total"]["cost_usd"], 0.10 + 0.20);
    assert_eq!(report["total"]["unpriced_messages"], 0);
}
