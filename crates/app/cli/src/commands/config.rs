//! `claudectl config`: what is configured, where, and whether it is right.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use claudectl_fleet::prices::PriceTable;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::{Global, config_paths, load_config, shown};
use crate::config::{self, ConfigErrors, Origin, Target};
use crate::env::Env;
use crate::error::{CliError, Kind, Result};
use crate::settings::known_price;
use crate::ui::{Style, Table, Ui};
use crate::widening::widens;

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
    let (config, notices) = load_config(env, global).strict().map_err(|errors| mistakes(&errors))?;
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
    let paths = config_paths(env, global);
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
    let paths = config_paths(env, global);
    let outcome = load_config(env, global).checked();
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

/// The person's configuration file.
pub(crate) fn user_file(env: &Env, global: &Global) -> Result<PathBuf> {
    config_paths(env, global).user.ok_or_else(|| {
        CliError::usage("there is no place for your configuration")
            .why("neither HOME nor XDG_CONFIG_HOME is set to an absolute path")
            .fix("set HOME, or name the file with --config FILE")
    })
}

fn init(env: &Env, ui: &mut Ui, global: &Global, force: bool) -> Result<()> {
    let file = user_file(env, global)?;
    let _alone = lock(env, &file)?;
    let there = file.symlink_metadata().is_ok();
    if there && !force {
        return Err(CliError::usage(format!("{} is already there", shown(env, &file)))
            .why("it may hold what you have set")
            .fix("`claudectl config init --force` keeps it beside the new one; `config set KEY VALUE` changes one key"));
    }
    let mut kept = None;
    if there {
        let aside = free_name(&file);
        fs::rename(&file, &aside).map_err(|error| cannot_write(env, &file, &error))?;
        kept = Some(aside);
    }
    write(env, &file, &config::default_file())?;
    if ui.json {
        return ui.document(&json!({ "written": lossy(&file), "kept": kept.as_deref().map(lossy) }));
    }
    ui.line(&format!("Wrote {}.", shown(env, &file)));
    if let Some(aside) = kept {
        ui.line(&format!("What was there is now {}.", shown(env, &aside)));
    }
    Ok(())
}

/// `config.toml.old`, or the first number behind it that is free.
pub(crate) fn free_name(file: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = file.as_os_str().to_owned();
        name.push(if number == 0 { ".old".to_owned() } else { format!(".old{number}") });
        PathBuf::from(name)
    };
    (0..).map(name).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| name(0))
}

fn get(env: &Env, ui: &mut Ui, global: &Global, key: &str) -> Result<()> {
    let (config, _) = load_config(env, global).strict().map_err(|errors| mistakes(&errors))?;
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
    // What a call costs decides how far a budget reaches.
    if let Some(section) = ["gate", "budget", "prices"].iter().find(|section| key.starts_with(*section)) {
        widens(env, &format!("config set {section}"))?;
    }
    let file = user_file(env, global)?;
    let changed = rewrite(env, &file, change)?;
    if ui.json {
        return ui.document(&json!({ "key": key, "file": lossy(&file), "changed": changed }));
    }
    ui.line(&format!("{} {}.", if changed { "Changed" } else { "Nothing to change in" }, shown(env, &file)));
    Ok(())
}

/// Sets a key in the person's file, as `config set` does.
pub(crate) fn put(app: &App, key: &str, value: &str) -> Result<()> {
    let file =
        app.config_file.clone().ok_or_else(|| CliError::usage("the configuration folder is not known"))?;
    rewrite(&app.env, &file, |target, prices| config::set(target, key, value, prices)).map(|_| ())
}

/// Changes the text of a configuration file; whether anything changed.
fn rewrite(
    env: &Env,
    file: &Path,
    change: impl FnOnce(Target<'_>, &config::PriceBook<'_>) -> Result<String, ConfigErrors>,
) -> Result<bool> {
    let _alone = lock(env, file)?;
    let text = match config::regular(file).and_then(std::io::read_to_string) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CliError::external(format!("cannot read {}", shown(env, file))).why(error)),
    };
    let builtin = PriceTable::builtin();
    let changed =
        change(Target { file, text: &text }, &known_price(&builtin)).map_err(|errors| mistakes(&errors))?;
    if changed != text {
        write(env, file, &changed)?;
    }
    Ok(changed != text)
}

/// The file that is replaced, and its folder. A link (a file kept in a dotfiles folder) stays one.
fn place(file: &Path) -> std::io::Result<(PathBuf, PathBuf)> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_path_buf);
    Ok((target, folder.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?))
}

/// Holds the file's folder, made if need be, until the result is dropped: of two that change the file
/// at once, the second reads what the first wrote. Not the file itself, because that is replaced.
pub(crate) fn lock(env: &Env, file: &Path) -> Result<fs::File> {
    let hold = || -> std::io::Result<fs::File> {
        let (_, folder) = place(file)?;
        // Rules and settings are nobody else's: what is made is the person's alone.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let folder = fs::File::open(folder)?;
        if let Err(error) = folder.lock() {
            tracing::debug!(%error, "a file system without locks: whoever comes last wins");
        }
        Ok(folder)
    };
    hold().map_err(|error| cannot_write(env, file, &error))
}

/// Replaces a file in one step: a reader sees the old or the new one, never half.
pub(crate) fn write(env: &Env, file: &Path, text: &str) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let (target, _) = place(file)?;
        let mut temporary = target.clone().into_os_string();
        temporary.push(format!(".{}.tmp", std::process::id()));
        let temporary = PathBuf::from(temporary);
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
        if let (Ok(()), Ok(metadata)) = (&written, fs::metadata(&target)) {
            fs::set_permissions(&temporary, metadata.permissions())?;
        }
        let replaced = written.and_then(|()| fs::rename(&temporary, &target));
        if replaced.is_err() {
            drop(fs::remove_file(&temporary));
        }
        replaced
    };
    replace().map_err(|error| cannot_write(env, file, &error))
}

fn cannot_write(env: &Env, file: &Path, error: &std::io::Error) -> CliError {
    CliError::external(format!("cannot write {}", shown(env, file)))
        .why(error)
        .fix("check the folder's owner and mode, or name another file with --config")
}
