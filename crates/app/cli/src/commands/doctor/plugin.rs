//! What `doctor` says of the plugin: there, whole, of this version, and loaded; and of what its commands call.

use std::path::Path;

use claudectl_agents::host::PLUGIN_FOLDERS;
use claudectl_agents::plugin::{self, ID, Installed, MANIFEST, Manifest, Standing};
use claudectl_agents::settings::{self, Survey, managed_files};
use claudectl_fleet::call::one_line;
use serde_json::{Value, json};

use super::{Check, failed_with};
use crate::app::App;
use crate::bundled::{self, BUNDLE};
use crate::env::shown;
use crate::format;
use crate::hooks::{self, Host};

const NAME: &str = "plugin";

/// What installs it.
const AGAIN: &str = "run `claudectl init`";

pub(super) fn checks(app: &App) -> Vec<Check> {
    let roots = match hooks::user_roots(app) {
        Ok(roots) => roots,
        Err(error) => return vec![failed_with(NAME, error)],
    };
    let survey = settings::survey(&roots, &managed_files(), &hooks::programs(&app.env));
    let host = Host::find(app);
    roots.iter().map(|root| check(app, &host, &survey, root)).collect()
}

/// The plugin of one configuration folder.
fn check(app: &App, host: &Host, survey: &Survey, root: &Path) -> Check {
    let place = shown(&app.env, &plugin::folder(root));
    match plugin::standing(root, &BUNDLE) {
        Err(error) => failed_with(NAME, bundled::refusal(&app.env, &error)),
        Ok(Standing::Absent) => absent(host, &place),
        Ok(Standing::Foreign) => Check::warning(
            NAME,
            format!("{place} is not from `claudectl init`, so ours is not installed"),
            format!("move it away, and {AGAIN}"),
        )
        .with(json!({"installed": false})),
        Ok(Standing::Ours(found)) => {
            let kept_out = survey.plugin_kept_out(root, app.env.cwd.as_deref());
            let kept_out = kept_out.map(|cause| hooks::shortened(&app.env, &cause));
            let data = data(root, &found, kept_out.as_deref());
            installed(app, host, &place, &found, kept_out).with(data)
        }
    }
}

fn data(root: &Path, found: &Installed, kept_out: Option<&str>) -> Value {
    json!({
        "installed": true,
        "path": plugin::folder(root).display().to_string(),
        "version": found.version(),
        "current": found.current,
        "edited": found.edited,
        "missing": found.missing,
        "in_force": kept_out.is_none(),
        "cause": kept_out,
    })
}

fn absent(host: &Host, place: &str) -> Check {
    let check = if too_old(host) {
        let message = format!("not installed, and Claude Code {} would not load it", host.version);
        Check::ok(NAME, message)
    } else {
        let fix = format!("{AGAIN}, unless you leave it out on purpose (`--no-plugin`)");
        Check::warning(NAME, format!("{place} is not there: sessions have no /claudectl:… commands"), fix)
    };
    check.with(json!({"installed": false}))
}

/// No client that may run here loads it.
fn too_old(host: &Host) -> bool {
    let versions = || host.clients.iter().filter_map(|client| client.version.as_ref().ok());
    versions().next().is_some() && versions().all(|version| *version < PLUGIN_FOLDERS)
}

fn installed(app: &App, host: &Host, place: &str, found: &Installed, kept_out: Option<String>) -> Check {
    if let Some(check) = out_of_date(place, found) {
        return check;
    }
    if let Some(cause) = kept_out {
        return not_loaded(place, &cause);
    }
    if host.known && host.version < PLUGIN_FOLDERS {
        let whose = host.lowest().map(|client| format!(" ({})", shown(&app.env, &client.path)));
        let message = format!(
            "{place}: Claude Code {}{} does not load plugins from folders",
            host.version,
            whose.unwrap_or_default()
        );
        return Check::warning(NAME, message, format!("update it to {PLUGIN_FOLDERS} or later"));
    }
    if let Some((message, fix)) = bundled::not_called(app) {
        return Check::warning(NAME, format!("{place}: {message}"), fix);
    }
    let edited = match found.edited.as_slice() {
        [] => String::new(),
        edited => format!("; changed since by somebody: {}", edited.join(", ")),
    };
    let count = format::plural(bundled::commands().len() as u64, "command");
    Check::ok(NAME, format!("{place}: version {}, {count}{edited}", BUNDLE.version))
}

/// Another version, or not all of it.
fn out_of_date(place: &str, found: &Installed) -> Option<Check> {
    if !found.missing.is_empty() {
        let message = format!("{place}: not whole, without {}", found.missing.join(", "));
        let fix = match found.is_kept(&BUNDLE) {
            // `init` would leave what somebody has changed.
            true => format!("remove that folder, and {AGAIN}"),
            false => AGAIN.to_owned(),
        };
        return Some(Check::warning(NAME, message, fix));
    }
    if let Some(check) = not_as_ours(place, &found.manifest) {
        return Some(check);
    }
    let version = BUNDLE.version;
    (!found.current).then(|| {
        let message = format!("{place}: another build of version {version} than this claudectl's");
        Check::warning(NAME, message, AGAIN)
    })
}

/// By its manifest, Claude Code does not load it, or as something else.
fn not_as_ours(place: &str, manifest: &Manifest) -> Option<Check> {
    let version = BUNDLE.version;
    match manifest {
        Manifest::Unusable(why) => {
            let message = format!("{place}: Claude Code cannot load it: {MANIFEST}: {}", one_line(why));
            Some(Check::failed(NAME, message, AGAIN))
        }
        Manifest::Read { name, .. } if name != plugin::NAME => {
            let name = one_line(name);
            let message = format!(
                "{place}: {MANIFEST} names it `{name}`: Claude Code loads it as that, and sessions have no /claudectl:… commands"
            );
            Some(Check::failed(NAME, message, AGAIN))
        }
        Manifest::Read { version: Some(found), .. } if found == version => None,
        Manifest::Read { version: found, .. } => {
            let found = found
                .as_deref()
                .map_or_else(|| "no version".to_owned(), |found| format!("version {}", one_line(found)));
            Some(Check::warning(NAME, format!("{place}: {found}, and claudectl is {version}"), AGAIN))
        }
    }
}

fn not_loaded(place: &str, cause: &str) -> Check {
    let fix = format!(
        "if that is not meant: `claude plugin enable {ID}`, or `claude plugin uninstall` the other one; managed settings are your organisation's"
    );
    Check::warning(NAME, format!("{place}: not loaded in this folder: {cause}"), fix)
}
