//! Which files of configuration count, and changes of the person's own.

use std::path::{Path, PathBuf};

use claudectl_fleet::prices::PriceTable;

use crate::app::App;
use crate::atomic;
use crate::config::{self, ConfigErrors, Loaded, Paths, Target};
use crate::env::{Env, shown};
use crate::error::{CliError, Kind, Result};
use crate::settings::known_price;

/// The files that count here, read. `named` is the one that counts as the person's (`--config`).
pub(crate) fn load(env: &Env, named: Option<&Path>) -> Loaded {
    let builtin = PriceTable::builtin();
    config::load(&paths(env, named), &known_price(&builtin))
}

/// The same once more, for a program that has run for a while.
pub(crate) fn load_again(app: &App) -> Loaded {
    let builtin = PriceTable::builtin();
    let paths = paths_for(&app.env, app.config_file.clone(), false);
    config::load(&paths, &known_price(&builtin))
}

/// The person's file, and the project's: at the working folder and at the top of its checkout.
pub(crate) fn paths(env: &Env, named: Option<&Path>) -> Paths {
    let named = named.and_then(|path| env.absolute(path.to_path_buf()));
    let required = named.is_some();
    paths_for(env, named.or_else(|| env.config_file()), required)
}

fn paths_for(env: &Env, user: Option<PathBuf>, user_required: bool) -> Paths {
    let projects = env.cwd.as_deref().map(of_project).unwrap_or_default();
    Paths { user_required, user, projects }
}

/// The files of a project that count in a folder: there, and at the top of its checkout.
pub(crate) fn of_project(folder: &Path) -> Vec<PathBuf> {
    let mut projects = vec![folder.join(".claudectl.toml")];
    if let Some(checkout) = claudectl_agents::checkout::of(folder) {
        projects.push(checkout.root.join(".claudectl.toml"));
        projects.dedup();
    }
    projects
}

/// The person's configuration file.
pub(crate) fn user_file(env: &Env, named: Option<&Path>) -> Result<PathBuf> {
    paths(env, named).user.ok_or_else(|| {
        CliError::usage("there is no place for your configuration")
            .why("neither HOME nor XDG_CONFIG_HOME is set to an absolute path")
            .fix("set HOME, or name the file with --config FILE")
    })
}

/// Sets a key in the person's file, as `config set` does.
pub(crate) fn put(app: &App, key: &str, value: &str) -> Result<()> {
    let file =
        app.config_file.clone().ok_or_else(|| CliError::usage("the configuration folder is not known"))?;
    rewrite(&app.env, &file, |target, prices| config::set(target, key, value, prices)).map(|_| ())
}

/// Changes the text of a configuration file; whether anything changed.
pub(crate) fn rewrite(
    env: &Env,
    file: &Path,
    change: impl FnOnce(Target<'_>, &config::PriceBook<'_>) -> Result<String, ConfigErrors>,
) -> Result<bool> {
    let _alone = atomic::lock(env, file)?;
    let text = match config::regular(file).and_then(std::io::read_to_string) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CliError::external(format!("cannot read {}", shown(env, file))).why(error)),
    };
    let builtin = PriceTable::builtin();
    let changed = change(Target { file, text: &text }, &known_price(&builtin))
        .map_err(|errors| CliError::new(Kind::Usage, errors))?;
    if changed != text {
        atomic::write(env, file, &changed)?;
    }
    Ok(changed != text)
}
