//! `claudectl prices`: what tokens cost, and who says so.

use claudectl_fleet::ledger::{Tokens, Variant};
use claudectl_fleet::money::Usd;
use claudectl_fleet::prices::{Alternative, BUILTIN_DATE, Price, Rates, Source};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::ui::{Style, Table};

/// Show what tokens cost, and where each price comes from.
///
/// Prices are USD per million tokens. `applied` means that Claude Code itself charged it in a run
/// against a mock of the API; `published` prices, which no run confirmed, are marked as unverified.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this model: its id, or part of it.
    model: Option<String>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let table = app.prices();
    let wanted = args.model.as_deref().unwrap_or_default().to_lowercase();
    let canonical = table.canonical(&wanted).map(str::to_owned);
    let matches =
        |price: &&Price| price.model.contains(&wanted) || Some(&*price.model) == canonical.as_deref();
    let prices: Vec<&Price> = table.all().into_iter().filter(matches).collect();
    if prices.is_empty() {
        return Err(CliError::failed(format!("there is no price for {wanted}"))
            .why("responses of models without a price are shown as unpriced, never guessed")
            .fix(format!("set one: claudectl config set 'prices.\"{wanted}\"' '{{ input = 1.0, output = 5.0, cache_read = 0.1, cache_write_5m = 1.25, cache_write_1h = 2.0 }}'")));
    }
    if app.ui.json {
        let rows: Vec<Value> =
            prices.iter().map(|price| price_json(price, &table.names_of(&price.model))).collect();
        return app
            .ui
            .document(&json!({ "prices": rows, "as_of": BUILTIN_DATE, "unit": "USD per million tokens" }));
    }
    print(app, &prices);
    Ok(())
}

/// Dollars per million tokens.
fn per_million(token: Usd) -> f64 {
    token.times(1_000_000).dollars()
}

fn rates_json(rates: &Rates) -> Value {
    json!({
        "input": per_million(rates.input),
        "output": per_million(rates.output),
        "cache_read": per_million(rates.cache_read),
        "cache_write_5m": per_million(rates.cache_write_5m),
        "cache_write_1h": per_million(rates.cache_write_1h),
    })
}

fn alternative_json(alternative: &Alternative) -> Value {
    let mut value = rates_json(&alternative.rates);
    value["source"] = json!(alternative.source.word());
    value["unverified"] = json!(alternative.source.unverified());
    value
}

fn price_json(price: &Price, names: &[&str]) -> Value {
    let mut value = rates_json(&price.rates);
    value["model"] = json!(price.model);
    value["other_names"] = json!(names);
    value["from"] = json!(price.from.map(|day| day.to_string()));
    value["web_search"] = json!(price.web_search.dollars());
    value["source"] = json!(price.source.word());
    value["as_of"] = json!((price.source != Source::User).then_some(BUILTIN_DATE));
    value["unverified"] = json!(price.source.unverified());
    value["fast"] = json!(price.fast.as_ref().map(alternative_json));
    value["long"] = json!(price.long.as_ref().map(|(above, long)| {
        let mut value = alternative_json(long);
        value["above_prompt_tokens"] = json!(above);
        value
    }));
    value
}

fn print(app: &mut App, prices: &[&Price]) {
    let mut table = Table::new()
        .flexible("MODEL", 16)
        .right("INPUT")
        .right("OUTPUT")
        .right("CACHE READ")
        .right("WRITE 5M")
        .right("WRITE 1H")
        .left("SOURCE")
        .give_way(&["WRITE 5M", "CACHE READ"]);
    for price in prices {
        let from = price.from.map(|day| format!(" from {day}")).unwrap_or_default();
        table.row(cells(&format!("{}{from}", price.model), Style::Name, &price.rates, &price.source));
        if let Some(fast) = &price.fast {
            table.row(cells("  served fast", Style::Faint, &fast.rates, &fast.source));
        }
        if let Some((above, long)) = &price.long {
            let title = format!("  prompt over {}k", above / 1000);
            table.row(cells(&title, Style::Faint, &long.rates, &long.source));
        }
    }
    table.print(&mut app.ui);
    let search = prices.first().map_or(Usd::ZERO, |price| {
        price.cost(&Tokens { web_searches: 1, ..Tokens::default() }, Variant::default()).usd
    });
    let note = format!(
        "USD per million tokens, as of {BUILTIN_DATE}; web search {search} each; US-only processing +10 %; ? is unverified"
    );
    let note = app.ui.paint(Style::Faint, &note);
    app.ui.line(&note);
}

fn cells(title: &str, style: Style, rates: &Rates, source: &Source) -> Vec<(Style, String)> {
    let amount = |rate: Usd| (Style::Plain, format!("{:.3}", per_million(rate)));
    let mark = if source.unverified() { " ?" } else { "" };
    vec![
        (style, title.to_owned()),
        amount(rates.input),
        amount(rates.output),
        amount(rates.cache_read),
        amount(rates.cache_write_5m),
        amount(rates.cache_write_1h),
        (Style::Faint, format!("{}{mark}", source.word())),
    ]
}
