//! The unit with which a system runs `claudectl up` from login on: written and removed, never started.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::ui::clean;

/// Stands in every unit of ours: one without it is somebody else's.
const MARK: &str = "Written by `claudectl up --install`";
/// The same for XML, in whose comments two dashes may not stand.
const LAUNCHD_MARK: &str = "Written by claudectl up, install; removed by its uninstall";
const LABEL: &str = "claudectl.up";

/// Whose unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Systemd,
    Launchd,
}

impl Kind {
    pub(super) const OWN: Self = if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd };

    fn word(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
        }
    }

    fn path(self, app: &App) -> Result<PathBuf> {
        let home = app.env.home.as_ref();
        let found = match self {
            Self::Systemd => {
                let config = app.env.xdg_config_home.clone().or(home.map(|home| home.join(".config")));
                config.map(|config| config.join("systemd/user/claudectl.service"))
            }
            Self::Launchd => home.map(|home| home.join(format!("Library/LaunchAgents/{LABEL}.plist"))),
        };
        found.ok_or_else(|| {
            CliError::usage("there is no place for a unit")
                .why("HOME is not set to an absolute path")
                .fix("set HOME to your home folder")
        })
    }

    /// What to run once it is there.
    fn after_install(self, path: &Path, replaces: bool) -> Vec<String> {
        let load = format!("launchctl bootstrap gui/$(id -u) {}", quoted(path));
        match self {
            Self::Systemd => {
                let mut all = vec![
                    "systemctl --user daemon-reload".to_owned(),
                    "systemctl --user enable --now claudectl.service".to_owned(),
                ];
                // One that runs goes on as it was started.
                all.extend(replaces.then(|| "systemctl --user restart claudectl.service".to_owned()));
                all
            }
            Self::Launchd if replaces => vec![format!("launchctl bootout gui/$(id -u)/{LABEL}"), load],
            Self::Launchd => vec![load],
        }
    }

    /// What to run so that it does not run any more.
    fn after_uninstall(self) -> Vec<String> {
        match self {
            Self::Systemd => vec![
                "systemctl --user stop claudectl.service".to_owned(),
                "systemctl --user daemon-reload".to_owned(),
            ],
            Self::Launchd => vec![format!("launchctl bootout gui/$(id -u)/{LABEL}")],
        }
    }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What the unit runs, and with what around it.
struct Service {
    argv: Vec<String>,
    environment: Vec<(&'static str, String)>,
    home: String,
}

impl Service {
    fn of(app: &App) -> Result<Self> {
        let text = |path: PathBuf, what: &str| {
            let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
            text.map(str::to_owned).ok_or_else(|| {
                CliError::usage(format!("{what} cannot stand in a unit: {}", path.display()))
                    .why("its name holds control characters, or is no UTF-8")
                    .fix("use another one")
            })
        };
        let program = app.env.executable.clone().ok_or_else(|| {
            CliError::external("our own program cannot be found").fix("call claudectl by its absolute path")
        })?;
        let home = text(app.env.state_dir()?, "the state folder")?;
        let mut argv =
            vec![text(program, "our program")?, "up".to_owned(), "--home".to_owned(), home.clone()];
        // One that is named has to be there; yours is found without, if it comes later.
        let config = app.config_file.clone().filter(|file| file.exists());
        if let Some(config) = config.and_then(|file| app.env.absolute(file)) {
            argv.extend(["--config".to_owned(), text(config, "the configuration file")?]);
        }
        let mut environment = Vec::new();
        for (name, value) in [
            ("CLAUDE_CONFIG_DIR", &app.env.claude_config_dir),
            // Where a configuration is looked for that is written later.
            ("XDG_CONFIG_HOME", &app.env.xdg_config_home.clone().map(PathBuf::into_os_string)),
            ("PATH", &app.env.search_path),
        ] {
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                environment.push((name, text(PathBuf::from(value), name)?));
            }
        }
        Ok(Self { argv, environment, home })
    }

    fn text(&self, kind: Kind) -> String {
        match kind {
            Kind::Systemd => self.systemd(),
            Kind::Launchd => self.launchd(),
        }
    }

    fn systemd(&self) -> String {
        let command: Vec<String> = self.argv.iter().map(|word| systemd_word(word, true)).collect();
        let environment = self.environment.iter().map(|(name, value)| {
            format!("Environment={}\n", systemd_word(&format!("{name}={value}"), false))
        });
        // Nothing that makes a namespace: what runs in one does not see other processes as they are.
        format!(
            "# {MARK}; `claudectl up --uninstall` removes it.
[Unit]
Description=claudectl: watches coding agents and tells what they need

[Service]
Type=exec
ExecStart={}
{}Restart=on-failure
RestartSec=5
# A mistake in the configuration does not go away by itself.
RestartPreventExitStatus=2
TimeoutStopSec=15
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
UMask=0077

[Install]
WantedBy=default.target
",
            command.join(" "),
            environment.collect::<String>()
        )
    }

    fn launchd(&self) -> String {
        let string = |text: &str| format!("<string>{}</string>", xml(text));
        let argv: String = self.argv.iter().map(|word| format!("        {}\n", string(word))).collect();
        let environment: String = self
            .environment
            .iter()
            .map(|(name, value)| format!("        <key>{name}</key>\n        {}\n", string(value)))
            .collect();
        let log = string(&format!("{}/up.log", self.home));
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {LAUNCHD_MARK} -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
{argv}    </array>
    <key>EnvironmentVariables</key>
    <dict>
{environment}    </dict>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>10</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>Umask</key>
    <integer>63</integer>
    <key>StandardErrorPath</key>
    {log}
</dict>
</plist>
"#
        )
    }
}

/// A word of a unit, quoted: specifiers begin with `%`, variables of a command with `$`.
fn systemd_word(text: &str, command: bool) -> String {
    let mut word = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    if command {
        word = word.replace('$', "$$");
    }
    format!("\"{word}\"")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn install(app: &mut App, kind: Kind, dry_run: bool) -> Result<()> {
    let (path, text) = (kind.path(app)?, Service::of(app)?.text(kind));
    let there = ours(app, &path)?;
    let cannot = |path: &Path, error: std::io::Error| {
        CliError::external(format!("cannot write {}", path.display()))
            .why(error)
            .fix("check the folder's owner and mode")
    };
    let changes = there.as_deref() != Some(text.as_str());
    // Lines of the person's own may stand in the one before.
    let before = there.filter(|_| changes).map(|before| (kept(&path), before));
    if !dry_run && changes {
        if let Some((copy, before)) = &before {
            write(copy, before).map_err(|error| cannot(copy, error))?;
        }
        write(&path, &text).map_err(|error| cannot(&path, error))?;
    }
    let next = kind.after_install(&path, before.is_some());
    if app.ui.json {
        return report(app, kind, &path, dry_run, Some(&text), &next);
    }
    if dry_run {
        let head = format!("Would write {}:\n", clean(&shown(&app.env, &path)));
        app.ui.line(&head);
        app.ui.raw(&claudectl_redact::sanitize_block(&text));
        return Ok(());
    }
    let head = format!(
        "Wrote {}. Nothing was started. To start it, now and at each login:",
        clean(&shown(&app.env, &path))
    );
    app.ui.line(&head);
    next.iter().for_each(|command| app.ui.line(&format!("    {}", clean(command))));
    if let Some((copy, _)) = &before {
        app.ui.line(&format!("The one from before is kept as {}.", clean(&shown(&app.env, copy))));
    }
    Ok(())
}

/// Where the unit from before is kept: under a name that nothing runs.
fn kept(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".before");
    PathBuf::from(name)
}

pub(super) fn uninstall(app: &mut App, kind: Kind, dry_run: bool) -> Result<()> {
    let path = kind.path(app)?;
    let next = kind.after_uninstall();
    let Some(_) = ours(app, &path)? else {
        if app.ui.json {
            return report(app, kind, &path, dry_run, None, &[]);
        }
        let line = format!("There is no unit at {}: nothing to do.", clean(&shown(&app.env, &path)));
        app.ui.line(&line);
        return Ok(());
    };
    if !dry_run {
        let enabled = path.with_file_name("default.target.wants").join("claudectl.service");
        // Left behind, it would lead nowhere, and be complained of at each login.
        let links = [enabled].into_iter().filter(|link| kind == Kind::Systemd && link.is_symlink());
        for file in links.chain([path.clone()]) {
            fs::remove_file(&file).map_err(|error| {
                CliError::external(format!("cannot remove {}", file.display())).why(error)
            })?;
        }
    }
    if app.ui.json {
        return report(app, kind, &path, dry_run, None, &next);
    }
    let verb = if dry_run { "Would remove" } else { "Removed" };
    let head = format!("{verb} {}. If it runs, end it:", clean(&shown(&app.env, &path)));
    app.ui.line(&head);
    next.iter().for_each(|command| app.ui.line(&format!("    {command}")));
    Ok(())
}

fn report(
    app: &mut App,
    kind: Kind,
    path: &Path,
    dry_run: bool,
    text: Option<&str>,
    next: &[String],
) -> Result<()> {
    app.ui.document(&json!({
        "kind": kind.word(),
        "path": path.display().to_string(),
        "dry_run": dry_run,
        "text": text,
        "next": next,
    }))
}

/// The unit that is there, if it is ours; an error if it is somebody else's.
fn ours(app: &App, path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) if text.contains(MARK) || text.contains(LAUNCHD_MARK) => Ok(Some(text)),
        Ok(_) => Err(CliError::failed(format!("{} is not ours", shown(&app.env, path)))
            .why("it does not say that `claudectl up --install` has written it")
            .fix("move it away, or edit it by hand")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::external(format!("cannot read {}", path.display())).why(error)),
    }
}

/// In one step, so that nobody reads half of it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let new = folder.join(format!(".claudectl.{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(&new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&new, path));
    if moved.is_err() {
        fs::remove_file(&new).ok();
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            argv: ["/opt/a b/claudectl", "up", "--home", "/home/me/100%/$HOME/\"x\"\\"]
                .map(str::to_owned)
                .to_vec(),
            environment: vec![("CLAUDE_CONFIG_DIR", "/a b/.claude,/c & d".to_owned())],
            home: "/home/me/state".to_owned(),
        }
    }

    #[test]
    fn what_means_something_to_systemd_is_written_so_that_it_does_not() {
        let text = service().systemd();
        let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
        assert_eq!(
            line("ExecStart="),
            r#"ExecStart="/opt/a b/claudectl" "up" "--home" "/home/me/100%%/$$HOME/\"x\"\\""#
        );
        assert_eq!(line("Environment="), r#"Environment="CLAUDE_CONFIG_DIR=/a b/.claude,/c & d""#);
        assert!(text.starts_with(&format!("# {MARK}")));
    }

    #[test]
    fn what_means_something_to_xml_is_written_so_that_it_does_not() {
        let text = service().launchd();
        assert!(text.contains("<string>/a b/.claude,/c &amp; d</string>"), "{text}");
        assert!(text.contains("<string>/home/me/100%/$HOME/\"x\"\\</string>"), "{text}");
        let comment = text.split_once("<!-- ").unwrap().1.split_once(" -->").unwrap().0;
        assert!(!comment.contains("--"), "two dashes end a comment: {comment}");
    }
}
