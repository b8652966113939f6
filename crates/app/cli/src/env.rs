//! The environment, read once. Nothing else looks at it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claudectl_agents::settings::{BARE, is_on};
use claudectl_redact::redact_known;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{CliError, Result};

/// What the process was started with.
#[derive(Debug, Clone)]
pub(crate) struct Env {
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`: Claude Code's configuration folder, or several with commas between.
    pub(crate) claude_config_dir: Option<OsString>,
    /// `CLAUDECTL_HOME`: where state is kept instead of `~/.claudectl`.
    pub(crate) claudectl_home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub(crate) xdg_config_home: Option<PathBuf>,
    /// `TZ`.
    pub(crate) tz: Option<String>,
    /// `NO_COLOR` is set and not empty.
    pub(crate) no_color: bool,
    /// `TERM=dumb`.
    pub(crate) dumb_terminal: bool,
    /// `TERM=linux`: the kernel's own console.
    pub(crate) linux_console: bool,
    /// `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set, names UTF-8; true where none is.
    pub(crate) utf8_locale: bool,
    /// The socket in `TMUX`: the server of tmux that we run in.
    pub(crate) tmux_socket: Option<PathBuf>,
    /// `TMUX_TMPDIR`.
    pub(crate) tmux_folder: Option<PathBuf>,
    /// `COLUMNS`.
    pub(crate) columns: Option<usize>,
    /// `PAGER`.
    pub(crate) pager: Option<String>,
    /// `CLAUDECODE=1`: Claude Code started us (a hook, or a command of an agent).
    pub(crate) inside_claude_code: bool,
    /// Variables that are on and start Claude Code without hooks; see [`BARE`].
    pub(crate) bare: Vec<&'static str>,
    /// `CLAUDECTL_NOW`: the time to go by instead of the clock, RFC 3339.
    pub(crate) now: Option<String>,
    /// The working folder.
    pub(crate) cwd: Option<PathBuf>,
    /// `PATH`.
    pub(crate) search_path: Option<OsString>,
    /// What leads a program to the desktop that we run in; see [`DESKTOP`].
    pub(crate) desktop: Vec<(&'static str, OsString)>,
    /// What we were called as.
    pub(crate) program: Option<PathBuf>,
    /// Our own file, links resolved.
    pub(crate) executable: Option<PathBuf>,
}

/// Every variable that is read, with what it does: the generated reference lists these.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("HOME", "Your home folder; `~` in paths."),
    (
        "CLAUDE_CONFIG_DIR",
        "Claude Code's configuration folder, or several with commas between. Default: `~/.claude` and `~/.config/claude`.",
    ),
    ("CLAUDECTL_HOME", "Where state is kept: an absolute path. Default: `~/.claudectl`."),
    ("XDG_CONFIG_HOME", "Where `claudectl/config.toml` is looked for. Default: `~/.config`."),
    ("PATH", "Where `claude` is looked for, whose version `init` and `doctor` go by."),
    ("TZ", "The time zone in which days begin. Default: the system's."),
    ("NO_COLOR", "Set to anything: no colours."),
    (
        "TERM",
        "`dumb`: no colours and no progress bars; there and with `linux`, the dashboard draws with ASCII.",
    ),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "The first that is set says whether the terminal shows UTF-8; if not, the dashboard draws with ASCII.",
    ),
    ("TMUX, TMUX_TMPDIR", "Where tmux is asked for the pane that a session shows in."),
    ("COLUMNS", "Width to print for, where there is no terminal to ask."),
    ("PAGER", "Shows long output on a terminal. Default: `less -FRX`; empty: none."),
    (
        "DBUS_SESSION_BUS_ADDRESS, DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR",
        "Given to `notify-send`, so that it finds the desktop (`notify.desktop`).",
    ),
    ("CLAUDECODE", "Set by Claude Code. Bare `claudectl` prints nothing under it."),
    (
        "CLAUDE_CODE_SIMPLE, CLAUDE_CODE_SAFE_MODE, CLAUDE_CODE_RESTRICTED",
        "Start Claude Code without hooks where they are on, so `doctor` fails. Nothing else is kept of them.",
    ),
    (
        "CLAUDECTL_NOW",
        "The time to go by instead of the clock (RFC 3339): for reports that can be made again.",
    ),
];

/// Variables of the session of a desktop. Only the program that shows notices there gets them.
const DESKTOP: &[&str] = &["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"];

impl Env {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub(crate) fn read() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            home: path("HOME").filter(|home| home.is_absolute()),
            claude_config_dir: std::env::var_os("CLAUDE_CONFIG_DIR"),
            claudectl_home: path("CLAUDECTL_HOME"),
            xdg_config_home: path("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute()),
            // What is no UTF-8 names no zone, which is told.
            tz: std::env::var_os("TZ")
                .filter(|tz| !tz.is_empty())
                .map(|tz| tz.to_string_lossy().into_owned()),
            no_color: text("NO_COLOR").is_some(),
            dumb_terminal: text("TERM").is_some_and(|term| term == "dumb"),
            linux_console: text("TERM").is_some_and(|term| term == "linux"),
            utf8_locale: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(text)
                .is_none_or(|name| is_utf8(&name)),
            tmux_socket: text("TMUX").and_then(|tmux| Some(PathBuf::from(tmux.split(',').next()?))),
            tmux_folder: path("TMUX_TMPDIR"),
            columns: text("COLUMNS").and_then(|columns| columns.parse().ok()),
            pager: std::env::var("PAGER").ok(),
            inside_claude_code: text("CLAUDECODE").is_some_and(|value| value == "1"),
            bare: BARE.into_iter().filter(|name| text(name).is_some_and(|value| is_on(&value))).collect(),
            now: text("CLAUDECTL_NOW"),
            cwd: std::env::current_dir().ok(),
            search_path: std::env::var_os("PATH").filter(|path| !path.is_empty()),
            desktop: DESKTOP
                .iter()
                .filter_map(|name| Some((*name, std::env::var_os(name).filter(|value| !value.is_empty())?)))
                .collect(),
            program: std::env::args_os().next().map(PathBuf::from),
            executable: std::env::current_exe().ok(),
        }
    }

    /// A variable that the person's configuration names, for the key of a server; `None` where it is not set, or is no text.
    #[expect(clippy::disallowed_methods, reason = "its name is not known before the configuration is read")]
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The same, but for what leads elsewhere: state is in `home`, and time is the clock's.
    pub(crate) fn led_by(self, home: &Path) -> Result<Self> {
        let home = named_home(home).map_err(|error| {
            CliError::usage(&error)
                .why("the working folder is the repository's, so a path below it would let one say where state is")
                .fix("write it as --home /some/folder")
        })?;
        Ok(Self { claudectl_home: Some(home.to_path_buf()), xdg_config_home: None, now: None, ..self })
    }

    /// A relative `CLAUDECTL_HOME` would mean another folder in each, and one in whatever repository we run in.
    pub(crate) fn check_state_dir(&self) -> Result<()> {
        let Some(named) = self.claudectl_home.as_ref().filter(|named| !named.is_absolute()) else {
            return Ok(());
        };
        let why = match named.to_string_lossy().starts_with('~') {
            true => "nobody has replaced the ~ by your home folder: a shell does that where it is not quoted",
            false => "it would be another folder wherever claudectl runs, in your repositories, too",
        };
        Err(CliError::usage(format!("CLAUDECTL_HOME is no absolute path: {}", named.display()))
            .why(why)
            .fix("write all of it, CLAUDECTL_HOME=/some/folder, or unset it"))
    }

    /// The time, milliseconds since the epoch.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub(crate) fn now_ms(&self) -> Result<i64> {
        let Some(text) = &self.now else { return Ok(Timestamp::now().as_millisecond()) };
        let at: Timestamp = text.parse().map_err(|error| {
            CliError::usage(format!("CLAUDECTL_NOW is no time: {text}"))
                .why(error)
                .fix("write it as 2026-11-24T12:00:00Z, or unset it")
        })?;
        Ok(at.as_millisecond())
    }

    /// The time zone: a name, or `local` for that of `TZ` or the system.
    pub(crate) fn zone(&self, name: &str) -> Result<TimeZone> {
        if name != "local" {
            return TimeZone::get(name).map_err(|error| {
                CliError::usage(format!("there is no time zone {name}"))
                    .why(error)
                    .fix("use a name such as Europe/Berlin, UTC, or local")
            });
        }
        Ok(self.own_zone().unwrap_or(TimeZone::UTC))
    }

    /// The zone of `TZ`, or the system's; `None` where that is not to be had, and days begin in UTC.
    fn own_zone(&self) -> Option<TimeZone> {
        match self.tz.as_deref().map(|tz| tz.trim_start_matches(':')) {
            Some(tz) if !tz.starts_with('/') => TimeZone::get(tz).or_else(|_| TimeZone::posix(tz)).ok(),
            _ => TimeZone::try_system().ok(),
        }
    }

    /// The value of `TZ` where it names no zone.
    pub(crate) fn unknown_tz(&self) -> Option<&str> {
        self.tz.as_deref().filter(|_| self.own_zone().is_none())
    }

    /// The variables that are set and say where claudectl reads and writes, or what it goes by.
    pub(crate) fn steering(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let dirs = self.claude_config_dir.as_ref().filter(|dirs| !dirs.is_empty());
        let all = [
            ("CLAUDE_CONFIG_DIR", dirs.map(|dirs| dirs.to_string_lossy().into_owned())),
            ("CLAUDECTL_HOME", path(&self.claudectl_home)),
            ("XDG_CONFIG_HOME", path(&self.xdg_config_home)),
            ("TZ", self.tz.clone()),
            ("CLAUDECTL_NOW", self.now.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Why Claude Code runs no hooks wherever it is started from here; `None` if nothing in the environment says so.
    pub(crate) fn without_hooks(&self) -> Option<String> {
        let (set, names) = (&self.bare, self.bare.join(" and "));
        let verb = if set.len() == 1 {
            "is set in this shell and starts"
        } else {
            "are set in this shell and start"
        };
        (!set.is_empty()).then(|| format!("{names} {verb} Claude Code without hooks"))
    }

    /// Where state is kept.
    pub(crate) fn state_dir(&self) -> Result<PathBuf> {
        let own = self.home.as_ref().map(|home| home.join(".claudectl"));
        let dir = self.claudectl_home.clone().or(own);
        dir.and_then(|dir| self.absolute(dir)).ok_or_else(|| no_home("state"))
    }

    /// The person's configuration file.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        let own = self.home.as_ref().map(|home| home.join(".config"));
        Some(self.xdg_config_home.clone().or(own)?.join("claudectl/config.toml"))
    }

    /// A path against the working folder.
    pub(crate) fn absolute(&self, path: PathBuf) -> Option<PathBuf> {
        if path.is_absolute() { Some(path) } else { self.cwd.as_ref().map(|cwd| cwd.join(path)) }
    }

    /// A path for people: the home folder as `~`.
    pub(crate) fn short_path(&self, path: &str) -> String {
        let home = self.home.as_ref().and_then(|home| home.to_str()).unwrap_or_default();
        redact_known(&short(home, path)).into_owned()
    }
}

/// The home folder of the account, for a process without an environment.
#[expect(clippy::disallowed_methods, reason = "what the system says, where nobody passes it in")]
pub(crate) fn home_of_account() -> Option<String> {
    std::env::home_dir()?.to_str().map(str::to_owned)
}

/// A path for people: the home folder as `~`.
pub(crate) fn short(home: &str, path: &str) -> String {
    let rest = if matches!(home, "" | "/") { None } else { path.strip_prefix(home) };
    match rest {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

/// Whether a locale's name says that its characters are UTF-8.
fn is_utf8(locale: &str) -> bool {
    let name = locale.to_ascii_lowercase();
    name.contains("utf-8") || name.contains("utf8")
}

/// `--home` is a path that depends on the working folder.
#[derive(Debug, thiserror::Error)]
#[error("--home takes an absolute path, as `claudectl init` writes it")]
pub(crate) struct NotAbsolute;

/// The state folder that `--home` names, of whatever Claude Code starts: in a working folder that is a repository's.
pub(crate) fn named_home(home: &Path) -> Result<&Path, NotAbsolute> {
    if home.is_absolute() { Ok(home) } else { Err(NotAbsolute) }
}

fn no_home(what: &str) -> CliError {
    CliError::usage(format!("there is no place for claudectl's {what}"))
        .why("neither HOME nor CLAUDECTL_HOME is set to an absolute path")
        .fix("set HOME, or CLAUDECTL_HOME=/some/folder; --no-cache needs neither")
}

/// A path as a person writes it.
pub(crate) fn shown(env: &Env, path: &Path) -> String {
    env.short_path(&path.display().to_string())
}
