//! The sinks of the configuration: where notices go, and what each wants to hear of.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudectl_fleet::notice::{Event, Filter, Notice, Quiet};
use claudectl_fleet::status::State;
use claudectl_notify::{
    Again, Command, Desktop, Failure, Preset, Retry, Secret, Sink, Terminal, Url, Webhook, Write,
};

use crate::app::App;
use crate::config::{self, Telling};

/// A command may run so long, unless its section says otherwise.
const COMMAND_MS: i64 = 30_000;
/// A file with a secret is shorter.
const SECRET_MOST: u64 = 4096;

/// A sink that is configured.
pub(crate) struct Configured {
    /// `bell`, `desktop`, `webhook:NAME`, …
    pub(crate) name: String,
    /// Where it leads, for people.
    pub(crate) to: String,
    /// Why it cannot work.
    pub(crate) problem: Option<String>,
    /// What it wants to hear of, and when.
    pub(crate) filter: Filter,
    pub(crate) retry: Retry,
    pub(crate) sink: Box<dyn Sink>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configured").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A sink that cannot work, and says so of each notice.
struct Broken(String);

impl Sink for Broken {
    fn deliver(&self, _: &Notice, _: i64) -> Result<(), Failure> {
        Err(Failure { why: self.0.clone(), again: Again::Never })
    }
}

/// Writes to the terminal, if standard output is one.
pub(crate) fn terminal(app: &App) -> Option<Write> {
    let write = |bytes: &[u8]| {
        let mut out = io::stdout().lock();
        // If it is gone, nobody is left to tell.
        out.write_all(bytes).and_then(|()| out.flush()).ok();
    };
    app.ui.terminal.then(|| Arc::new(Mutex::new(Box::new(write) as Box<dyn Fn(&[u8]) + Send>)))
}

/// Every sink of the configuration. `terminal` writes to the terminal, where there is one.
pub(crate) fn all(app: &App, terminal: Option<&Write>) -> Vec<Configured> {
    let notify = &app.config.notify;
    let own = || filter(app, &Telling::default(), &notify.telling);
    let mut sinks = Vec::new();
    type Make = fn(Write) -> Terminal;
    let of_terminal = [
        (notify.bell, "bell", Terminal::Bell as Make),
        (notify.osc9, "osc9", Terminal::Osc9),
        (notify.osc777, "osc777", Terminal::Osc777),
    ];
    for (_, name, make) in of_terminal.into_iter().filter(|(on, ..)| *on) {
        let sink = match terminal {
            Some(write) => Ok(Box::new(make(write.clone())) as Box<dyn Sink>),
            None => Err("there is no terminal to write to".to_owned()),
        };
        sinks.push(configured(name.to_owned(), "the terminal".to_owned(), own(), Retry::ONCE, sink));
    }
    if notify.desktop {
        let sink = Desktop::find(app.env.search_path.as_deref(), desktop_environment(app));
        let sink = sink.map(|desktop| Box::new(desktop) as Box<dyn Sink>).map_err(|error| error.to_string());
        sinks.push(configured("desktop".to_owned(), "the desktop".to_owned(), own(), Retry::ONCE, sink));
    }
    for (name, section) in &app.config.webhooks {
        let filter = filter(app, &section.telling, &notify.telling);
        let open = |url: &Url| if url.is_open() { ", not encrypted" } else { "" };
        let to = Url::parse(&section.url).map(|url| format!("{url}{}", open(&url))).unwrap_or_default();
        let sink = webhook(app, section).map(|webhook| Box::new(webhook) as Box<dyn Sink>);
        sinks.push(configured(format!("webhook:{name}"), to, filter, Retry::NETWORK, sink));
    }
    for (name, section) in &app.config.hooks {
        let to = section.run.first().cloned().unwrap_or_default();
        let sink: Box<dyn Sink> = Box::new(command(app, section));
        sinks.push(configured(
            format!("hook:{name}"),
            to,
            of_hook(app, name, section),
            Retry::ONCE,
            Ok(sink),
        ));
    }
    sinks
}

fn configured(
    name: String,
    to: String,
    filter: Filter,
    retry: Retry,
    sink: Result<Box<dyn Sink>, String>,
) -> Configured {
    let problem = sink.as_ref().err().cloned();
    let sink = sink.unwrap_or_else(|why| Box::new(Broken(why)));
    Configured { name, to, problem, filter, retry, sink }
}

/// What leads programs to the desktop of the session that we run in.
fn desktop_environment(app: &App) -> Vec<(OsString, OsString)> {
    let own = [("PATH", app.env.search_path.clone()), ("HOME", app.env.home.clone().map(Into::into))];
    let own = own.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
    own.chain(app.env.desktop.iter().map(|(name, value)| ((*name).into(), value.clone()))).collect()
}

fn webhook(app: &App, section: &config::Webhook) -> Result<Webhook, String> {
    let url = Url::parse(&section.url).map_err(|error| error.to_string())?;
    let preset = section.preset.as_deref().and_then(Preset::parse).unwrap_or_default();
    let secret = of_file(app, section.secret_file.as_ref())?.or_else(|| section.secret.clone());
    let secret = secret.map(|text| Secret::parse(&text)).transpose().map_err(|error| error.to_string())?;
    let token = of_file(app, section.token_file.as_ref())?.or_else(|| section.token.clone());
    Ok(Webhook::new(url, preset, secret, token.map(|token| token.trim().to_owned())))
}

/// What a file with a secret holds.
fn of_file(app: &App, written: Option<&String>) -> Result<Option<String>, String> {
    let Some(written) = written else { return Ok(None) };
    let path = resolved(app, written);
    let read = |file: File| {
        let mut text = String::new();
        file.take(SECRET_MOST).read_to_string(&mut text).map(|_| text)
    };
    match config::regular(&path).and_then(read) {
        Ok(text) if text.trim().is_empty() => Err(format!("{written} is empty")),
        Ok(text) => Ok(Some(text)),
        Err(error) => Err(format!("cannot read {written}: {error}")),
    }
}

fn command(app: &App, section: &config::Hook) -> Command {
    Command {
        argv: section.run.clone(),
        limit: Duration::from_millis(section.timeout_ms.unwrap_or(COMMAND_MS).unsigned_abs()),
        path: app.env.search_path.clone(),
        home: app.env.home.clone().filter(|home| home.is_dir()),
    }
}

/// What a section wants to hear of: its own words, or those of `[notify]`.
fn filter(app: &App, own: &Telling, general: &Telling) -> Filter {
    let pick = |list: fn(&Telling) -> &Option<Vec<String>>| {
        list(own).as_ref().or(list(general).as_ref()).cloned().unwrap_or_default()
    };
    let hours = app.config.notify.quiet_hours.as_deref().filter(|_| own.quiet.unwrap_or(true));
    Filter {
        events: pick(|telling| &telling.events).iter().filter_map(|word| Event::parse(word)).collect(),
        statuses: pick(|telling| &telling.statuses)
            .iter()
            .filter_map(|word| State::ALL.into_iter().find(|state| state.word() == word))
            .collect(),
        projects: projects(app, pick(|telling| &telling.projects)),
        projects_exclude: projects(app, pick(|telling| &telling.projects_exclude)),
        cooldown_ms: own.cooldown_ms.or(general.cooldown_ms).unwrap_or(0),
        min_wait_ms: own.min_wait_ms.or(general.min_wait_ms).unwrap_or(0),
        quiet: hours.and_then(Quiet::parse),
        inferred: app.config.notify.inferred,
    }
}

/// A command hears of everything, unless its own section says otherwise: it may count on that.
fn of_hook(app: &App, name: &str, section: &config::Hook) -> Filter {
    let mut own = section.telling.clone();
    own.quiet = Some(own.quiet.unwrap_or(false));
    if own.events.is_none() {
        own.events = Some(vec![name.to_owned()]);
    }
    filter(app, &own, &Telling::default())
}

/// Folders of the home written out.
fn projects(app: &App, written: Vec<String>) -> Vec<String> {
    let resolve = |entry: String| match entry.starts_with("~/") {
        true => resolved(app, &entry).display().to_string(),
        false => entry,
    };
    written.into_iter().map(resolve).collect()
}

fn resolved(app: &App, written: &str) -> PathBuf {
    match (written.strip_prefix("~/"), &app.env.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(written),
    }
}
