//! Settings of a project that name what a program runs, whatever it is asked for: a compiler, a plugin, a file of code.
//!
//! Such a call runs the project's own code, also where its words only look at something.

use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::hosts;
use crate::walk::Walker;

/// Folders above that are looked in.
const MOST_FOLDERS: usize = 12;

/// How a file says that something is run.
#[derive(Clone, Copy)]
enum Says {
    /// By being there.
    There,
    /// By a line that sets one of these keys.
    Sets(&'static [&'static str]),
    /// By having all of these words.
    Words(&'static [&'static str]),
}

/// A file that programs look for in their folder and in those above.
struct File {
    programs: &'static [&'static str],
    names: &'static [&'static str],
    says: Says,
}

const CARGO: &[&str] = &["cargo", "rustc", "rustdoc", "rustfmt", "clippy-driver"];

const FILES: &[File] = &[
    File { programs: CARGO, names: &["rust-toolchain.toml", "rust-toolchain"], says: Says::Sets(&["path"]) },
    File {
        programs: &["cargo"],
        names: &[".cargo/config.toml", ".cargo/config"],
        says: Says::Sets(&[
            "rustc",
            "rustdoc",
            "rustc-wrapper",
            "rustc-workspace-wrapper",
            "build.rustc",
            "build.rustdoc",
            "build.rustc-wrapper",
            "build.rustc-workspace-wrapper",
            "credential-provider",
            "global-credential-providers",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
        ]),
    },
    File {
        programs: &["yarn", "yarnpkg"],
        names: &[".yarnrc.yml"],
        says: Says::Sets(&["yarnPath", "plugins"]),
    },
    File { programs: &["yarn", "yarnpkg"], names: &[".yarnrc"], says: Says::Sets(&["yarn-path"]) },
    File { programs: &["pnpm", "pn", "pnpx"], names: &[".pnpmfile.cjs", ".pnpmfile.mjs"], says: Says::There },
    File {
        programs: &["golangci-lint"],
        names: &[".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"],
        says: Says::Words(&["custom", "path"]),
    },
    File { programs: &["tflint"], names: &[".tflint.hcl"], says: Says::Words(&["plugin"]) },
    File {
        programs: &[
            "ansible",
            "ansible-playbook",
            "ansible-doc",
            "ansible-lint",
            "ansible-inventory",
            "ansible-console",
            "ansible-pull",
        ],
        names: &["ansible.cfg"],
        says: Says::There,
    },
    File {
        programs: &["git-cliff"],
        names: &["cliff.toml", ".cliff.toml"],
        says: Says::Words(&["replace_command"]),
    },
    File {
        programs: &["html-validate"],
        names: &[".htmlvalidate.js", ".htmlvalidate.cjs"],
        says: Says::There,
    },
];

/// Files that say which machine packages are asked for, and the keys that do.
const REGISTRIES: &[(&[&str], &[&str], &[&str])] = &[
    (&["npm", "pnpm", "pn", "yarn", "yarnpkg", "bun"], &[".npmrc"], &["registry", "proxy", "https-proxy"]),
    (&["yarn", "yarnpkg"], &[".yarnrc.yml"], &["npmRegistryServer", "httpProxy", "httpsProxy"]),
    (&["yarn", "yarnpkg"], &[".yarnrc"], &["registry"]),
    (&["bun"], &["bunfig.toml"], &["registry"]),
];

/// Machines that packages are asked for by themselves.
const USUAL: &[&str] = &["registry.npmjs.org", "registry.yarnpkg.com"];

impl Walker<'_> {
    /// What settings of the project name for a program that is run here.
    pub(crate) fn project_settings(&mut self, at: usize, call: &Call) {
        let program = self.ran(at).words.first().and_then(|word| word.literal()).unwrap_or_default();
        let program = program.rsplit('/').next().unwrap_or_default().to_owned();
        let Some(folder) = self.state.folder.clone() else { return };
        for file in FILES.iter().filter(|file| file.programs.contains(&program.as_str())) {
            if let Some((path, _)) = self.settings_file(&folder, file.names, |text| says(text, file.says)) {
                self.note(at, Act::new(Effect::ExecProject, Scope::Untracked), &path);
            }
        }
        for (programs, names, keys) in REGISTRIES {
            if !programs.contains(&program.as_str()) {
                continue;
            }
            let named = |text: &str| keys.iter().find_map(|key| value(text, key));
            let found = self.settings_file(&folder, names, |text| named(text).is_some());
            let address = found.and_then(|(_, text)| named(&text));
            if let Some(address) = address.filter(|address| !USUAL.contains(&hosts::host(address))) {
                self.note(at, Act::new(Effect::NetworkIn, hosts::scope(&address)), &address);
            }
        }
        // Providers are programs. They are put there by its own `init`; one that came with the repository was not.
        if matches!(program.as_str(), "terraform" | "tofu") && !call.help {
            let providers = format!("{folder}/.terraform");
            if self.place.facts.tracked(&providers) == Some(true) {
                self.note(at, Act::new(Effect::ExecProject, Scope::Untracked), &providers);
            }
        }
    }

    /// The first file of such a name that says so, in a folder or in one above up to the top of the project.
    fn settings_file(
        &self,
        folder: &str,
        names: &[&str],
        says: impl Fn(&str) -> bool,
    ) -> Option<(String, String)> {
        let mut folder = folder.trim_end_matches('/').to_owned();
        for _ in 0..MOST_FOLDERS {
            for name in names {
                let path = format!("{folder}/{name}");
                if let Some(text) = self.place.facts.text(&path).filter(|text| says(text)) {
                    return Some((path, text));
                }
            }
            let top = self.place.root.is_none_or(|root| root.trim_end_matches('/') == folder);
            if top {
                return None;
            }
            folder.truncate(folder.rfind('/')?);
        }
        None
    }
}

fn says(text: &str, says: Says) -> bool {
    match says {
        Says::There => true,
        Says::Sets(keys) => keys.iter().any(|key| value(text, key).is_some()),
        Says::Words(words) => words.iter().all(|word| text.contains(word)),
    }
}

/// What a line sets a key to, in whichever of the usual forms: `key = "x"`, `key: x`, `key "x"`, `@scope:key=x`, and in a
/// table in line.
fn value(text: &str, key: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    let mut parts = lines.flat_map(|line| line.split([',', '{', '}']));
    parts.find_map(|part| {
        let (_, rest) = part.match_indices(key).map(|(at, _)| part.split_at(at)).find(|(before, rest)| {
            let begins = before.is_empty() || before.ends_with([' ', '\t', '"', '\'', ':', '.']);
            let ends =
                rest[key.len()..].starts_with([' ', '\t', '=', ':', '"', '\'']) || rest.len() == key.len();
            begins && ends
        })?;
        let value = rest[key.len()..].trim_start_matches(['"', '\'']).trim();
        let value = value.strip_prefix(['=', ':']).unwrap_or(value).trim();
        Some(value.trim_matches(['"', '\'']).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_each_form() {
        for (text, key, found) in [
            ("[build]\nrustc = \"./x\"\n", "rustc", Some("./x")),
            ("build.rustc-wrapper='sccache'", "rustc-wrapper", Some("sccache")),
            ("build = { rustc = \"./x\", jobs = 2 }", "rustc", Some("./x")),
            ("# rustc = \"./x\"\n[build]\nrustflags = []", "rustc", None),
            ("[build]\nrustc-wrapper = \"x\"", "rustc", None),
            ("yarnPath: .yarn/releases/x.cjs", "yarnPath", Some(".yarn/releases/x.cjs")),
            ("yarn-path \"./x.js\"", "yarn-path", Some("./x.js")),
            ("registry=http://x/", "registry", Some("http://x/")),
            ("@own:registry=http://x/", "registry", Some("http://x/")),
            ("[toolchain]\nchannel = \"stable\"", "path", None),
            ("[toolchain]\npath = \"./x\"", "path", Some("./x")),
        ] {
            assert_eq!(value(text, key).as_deref(), found, "{text}");
        }
    }
}
