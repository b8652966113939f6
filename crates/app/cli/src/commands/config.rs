//! `claudectl config`: what is configured, where, and whether it is right.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::atomic;
use crate::commands::Global;
use crate::config::{self, ConfigErrors, Origin, Target};
use crate::configuration;
use crate::env::Env;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::ui::{Style, Table, Ui};

/// Show, check, make and change the configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show every key, its value, and which file says so; and the environment variables that count.
    Show,
    /// Print where the configuration files and claudectl's own state are.
    Path,
    /// List every mistake in the configuration files; exit with 1 if there is one.
    Check,
    /// Write a file with every key explained and commented out.
    Init {
        /// Replace the file that is there; it is kept beside the new one.
        #[arg(long)]
        force: bool,
    },
    /// Print the JSON schema of the configuration.
    Schema,
    /// Print one value.
    Get {
        /// The key, such as `budget.day_usd`.
        key: String,
    },
    /// Set a value in your file, which keeps its comments.
    Set {
        /// The key, such as `budget.day_usd`.
        key: String,
        /// The value.
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Take a key out of your file: the default holds again.
    Unset {
        /// The key; also the prices or the window of one model, such as `prices."MODEL"`.
        key: String,
    },
}

pub(crate) fn run(env: &Env, ui: &mut Ui, global: &Global, args: Args) -> Result<()> {
    match args.what {
        What::Show => show(env, ui, global),
        What::Path => path(env, ui, global),
        What::Check => check(env, ui, global),
        What::Init { force } => init(env, ui, global, force),
        What::Schema => ui.document(&config::json_schema()),
        What::Get { key } => get(env, ui, global, &key),
        What::Set { key, value } => {
            edit(env, ui, global, &key, |target, prices| config::set(target, &key, &value, prices))
        }
        What::Unset { key } => {
            edit(env, ui, global, &key, |target, prices| config::unset(target, &key, prices))
        }
    }
}

/// Where a variable's value comes from.
const ENVIRONMENT: &str = "environment";

/// A path for JSON, which has no word for bytes that are no text.
fn lossy(path: &Path) -> String {
    path.display().to_string()
}

fn mistakes(errors: &ConfigErrors) -> CliError {
    CliError::new(Kind::Usage, errors)
}

fn show(env: &Env, ui: &mut Ui, global: &Global) -> Result<()> {
    let (config, notices) =
        configuration::load(env, global.config.as_deref()).strict().map_err(|errors| mistakes(&errors))?;
    let entries = config.entries();
    if ui.json {
        let keys = entries.iter().map(|entry| {
            let value = entry.value.as_ref().map(config::Value::to_json);
            json!({ "key": entry.path.to_string(), "value": value, "from": entry.origin.to_string() })
        });
        let variables = env.steering().into_iter();
        let variables =
            variables.map(|(name, value)| json!({ "key": name, "value": value, "from": ENVIRONMENT }));
        return ui.document(&keys.chain(variables).collect::<Vec<_>>());
    }
    let mut table = Table::new().left("KEY").flexible("VALUE", 10).flexible("FROM", 10);
    for entry in entries {
        let value = entry.value.as_ref().map_or_else(|| "(not set)".to_owned(), ToString::to_string);
        let style = if matches!(entry.origin, Origin::BuiltIn) { Style::Faint } else { Style::Plain };
        let from = env.short_path(&entry.origin.to_string());
        // Where it is set is worth more than a long value's end, which `config get` shows.
        let value = crate::ui::cut(&value, 28);
        table.row([(Style::Name, entry.path.to_string()), (style, value), (Style::Faint, from)]);
    }
    for (name, value) in env.steering() {
        let value = env.short_path(&value);
        table.row([
            (Style::Name, name.to_owned()),
            (Style::Plain, value),
            (Style::Faint, ENVIRONMENT.to_owned()),
        ]);
    }
    table.print(ui);
    for notice in notices {
        ui.warn_block(&notice.to_string());
    }
    Ok(())
}

fn path(env: &Env, ui: &mut Ui, global: &Global) -> Result<()> {
    let paths = configuration::paths(env, global.config.as_deref());
    if ui.json {
        return ui.document(&json!({
            "user": paths.user.as_deref().map(lossy),
            "projects": paths.projects.iter().map(|path| lossy(path)).collect::<Vec<_>>(),
            "state": env.state_dir().ok().as_deref().map(lossy),
        }));
    }
    let line = |path: &Path| {
        let there = if path.exists() { "" } else { "  (not there)" };
        format!("{}{there}", crate::ui::clean(&shown(env, path)))
    };
    for path in paths.user.iter().chain(&paths.projects) {
        let text = line(path);
        ui.line(&text);
    }
    if let Ok(state) = env.state_dir() {
        let text = line(&state);
        ui.line(&format!("{text}  (state)"));
    }
    Ok(())
}

fn check(env: &Env, ui: &mut Ui, global: &Global) -> Result<()> {
    let paths = configuration::paths(env, global.config.as_deref());
    let outcome = configuration::load(env, global.config.as_deref()).checked();
    if ui.json {
        let errors: Vec<Value> = match &outcome {
            Ok(_) => Vec::new(),
            Err(errors) => errors.as_slice().iter().map(error_json).collect(),
        };
        ui.document(&json!({ "ok": errors.is_empty(), "errors": errors }))?;
        return if errors.is_empty() { Ok(()) } else { Err(CliError::told(Kind::Failed)) };
    }
    match outcome {
        Ok((_, notices)) => {
            for notice in &notices {
                ui.warn_block(&notice.to_string());
            }
            let files = paths.user.iter().chain(&paths.projects).filter(|path| path.exists()).count();
            let unused = notices.iter().filter(|notice| notice.0.kind == config::ErrorKind::Foreign).count();
            ui.line(&match files - unused.min(files) {
                0 if unused > 0 => "No file that claudectl uses: the defaults apply.".to_owned(),
                0 => "No configuration file: the defaults apply. `claudectl config init` writes one."
                    .to_owned(),
                1 => "1 configuration file is right.".to_owned(),
                files => format!("{files} configuration files are right."),
            });
            Ok(())
        }
        Err(errors) => Err(CliError::new(Kind::Failed, errors)),
    }
}

fn error_json(error: &config::ConfigError) -> Value {
    json!({
        "file": lossy(&error.file),
        "line": error.line,
        "column": error.column,
        "key": error.key,
        "message": error.message,
        "why": error.why,
        "fix": error.hint,
    })
}

fn init(env: &Env, ui: &mut Ui, global: &Global, force: bool) -> Result<()> {
    let file = configuration::user_file(env, global.config.as_deref())?;
    let _alone = atomic::lock(env, &file)?;
    let there = file.symlink_metadata().is_ok();
    if there && !force {
        return Err(CliError::usage(format!("{} is already there", shown(env, &file)))
            .why("it may hold what you have set")
            .fix("`claudectl config init --force` keeps it beside the new one; `config set KEY VALUE` changes one key"));
    }
    let mut kept = None;
    if there {
        let aside = atomic::free_name(&file);
        fs::rename(&file, &aside).map_err(|error| atomic::cannot_write(env, &file, &error))?;
        kept = Some(aside);
    }
    atomic::write(env, &file, &config::default_file())?;
    if ui.json {
        return ui.document(&json!({ "written": lossy(&file), "kept": kept.as_deref().map(lossy) }));
    }
    ui.line(&format!("Wrote {}.", shown(env, &file)));
    if let Some(aside) = kept {
        ui.line(&format!("What was there is now {}.", shown(env, &aside)));
    }
    Ok(())
}

fn get(env: &Env, ui: &mut Ui, global: &Global, key: &str) -> Result<()> {
    let (config, _) =
        configuration::load(env, global.config.as_deref()).strict().map_err(|errors| mistakes(&errors))?;
    let entry = config.get(key).map_err(|errors| mistakes(&errors))?;
    if ui.json {
        let value = entry.value.as_ref().map(config::Value::to_json);
        return ui.document(
            &json!({ "key": entry.path.to_string(), "value": value, "from": entry.origin.to_string() }),
        );
    }
    match entry.value {
        Some(value) => {
            ui.line(&crate::ui::clean(&value.to_string()));
            Ok(())
        }
        None => Err(CliError::failed(format!("{key} is not set"))
            .why("it has no default")
            .fix(format!("claudectl config set {key} VALUE"))),
    }
}

fn edit(
    env: &Env,
    ui: &mut Ui,
    global: &Global,
    key: &str,
    change: impl FnOnce(Target<'_>, &config::PriceBook<'_>) -> Result<String, ConfigErrors>,
) -> Result<()> {
    let file = configuration::user_file(env, global.config.as_deref())?;
    let changed = configuration::rewrite(env, &file, change)?;
    if ui.json {
        return ui.document(&json!({ "key": key, "file": lossy(&file), "changed": changed }));
    }
    ui.line(&format!("{} {}.", if changed { "Changed" } else { "Nothing to change in" }, shown(env, &file)));
    Ok(())
}
