//! What the settings and hooks of a repository run is found, wherever git would use them.

use claudectl_gate::lattice;
use claudectl_shell::analyse;
use claudectl_shell::effect::Effect;
use claudectl_shell::facts::{Facts, Place};
use claudectl_shell::report::Deed;

/// Files and what they hold; those that are hooks may be run.
struct Files(Vec<(&'static str, &'static str)>);

impl Facts for Files {
    fn tracked(&self, _: &str) -> Option<bool> {
        Some(false)
    }

    fn resolved(&self, path: &str) -> Option<String> {
        let led = path.strip_prefix("/home/me/work/link");
        Some(
            led.map_or_else(
                || path.to_owned(),
                |rest| format!("/home/me/work/vendor/evil.git/objects{rest}"),
            ),
        )
    }

    fn text(&self, path: &str) -> Option<String> {
        let found = self.0.iter().find(|(own, _)| *own == path)?;
        (found.1 != "large").then(|| found.1.to_owned())
    }

    fn executable(&self, path: &str) -> Option<bool> {
        Some(path.contains("hooks/") && self.0.iter().any(|(own, _)| *own == path))
    }

    fn repositories(&self, index: &str) -> Option<Vec<String>> {
        let found = self.0.iter().find(|(own, _)| *own == index)?;
        Some(found.1.lines().map(str::to_owned).collect())
    }

    fn exists(&self, path: &str) -> Option<bool> {
        let below = format!("{path}/");
        Some(self.0.iter().any(|(own, _)| *own == path || own.starts_with(&below)))
    }
}

const ROOT: &str = "/home/me/work";
const CONFIG: &str = "/home/me/work/.git/config";

fn verdict(files: &[(&'static str, &'static str)], command: &str) -> (&'static str, String) {
    let facts = Files(files.to_vec());
    let place = Place { home: "/home/me", folder: Some(ROOT), root: Some(ROOT), facts: &facts };
    let (level, why) = lattice::of_report(&analyse(command, place));
    (level.verdict(), why)
}

#[test]
fn git_goes_into_all_repositories_that_are_in_its_list() {
    let files = [
        ("/home/me/work/.git/HEAD", "ref: refs/heads/main"),
        (CONFIG, "[core]\n\tbare = false"),
        ("/home/me/work/.git/index", "m"),
        ("/home/me/work/m/.git/HEAD", "ref: refs/heads/main"),
        ("/home/me/work/m/.git/config", "[core]\n\tbare = false"),
        ("/home/me/work/m/.git/index", "n"),
        ("/home/me/work/m/n/.git/HEAD", "ref: refs/heads/main"),
        ("/home/me/work/m/n/.git/config", "[core]\n\tfsmonitor = ./x"),
    ];
    for (command, wanted) in [("git status", "ask"), ("git diff HEAD", "ask"), ("git log", "allow")] {
        let (found, why) = verdict(&files, command);
        assert_eq!(found, wanted, "{command}: {why}");
    }
    assert_eq!(verdict(&files[..7], "git status").0, "allow");
}

#[test]
fn settings_that_run_programs_ask_where_they_are_used() {
    let table = [
        ("[core]\n\tfsmonitor = ./x", "ask", "git status"),
        ("[core]\n\tfsmonitor = ./x", "ask", "cd src && git diff"),
        ("[core]\n\tfsmonitor = true", "allow", "git status"),
        ("[core]\n\tbare = false\n[user]\n\tname = Me", "allow", "git status"),
        ("[core]\n\tpager = ./x", "allow", "git log"),
        ("[core]\n\tsshCommand = ./x", "ask", "git ls-remote"),
        ("[core]\n\tsshCommand = ssh -i ~/.ssh/key", "allow", "git ls-remote"),
        ("[core]\n\tsshCommand = ./x", "allow", "git log"),
        // What is not there is fetched by whatever needs it.
        ("[remote \"o\"]\n\tpromisor = true\n\tuploadpack = ./x", "ask", "git show"),
        ("[remote \"o\"]\n\tpromisor = true\n\tuploadpack = ./x", "ask", "git log -p"),
        ("[remote \"o\"]\n\tpromisor = true\n\tuploadpack = ./x", "ask", "git cat-file -p HEAD:a"),
        ("[extensions]\n\tpartialClone = o\n[core]\n\tsshCommand = ./x", "ask", "git blame a"),
        ("[remote \"o\"]\n\tpromisor = true\n\turl = https://example.com/a", "allow", "git show"),
        ("\u{feff}[core]\n\tfsmonitor = ./x", "ask", "git status"),
        ("[core]\n\tsshCommand = ssh -E ~/.bashrc", "ask", "git ls-remote"),
        ("[core]\n\tsshCommand = ssh -o ProxyCommand=./x", "ask", "git ls-remote"),
        ("[remote \"origin\"]\n\turl = ext::sh -c id", "ask", "git ls-remote"),
        ("[remote \"origin\"]\n\tuploadpack = ./x", "ask", "git ls-remote"),
        ("[remote \"origin\"]\n\turl = git@example.com:a/b", "allow", "git ls-remote"),
        ("[diff]\n\texternal = ./x", "ask", "git diff"),
        ("[diff]\n\texternal = ./x", "allow", "git log"),
        ("[diff \"a\"]\n\ttextconv = ./x", "ask", "git log -p"),
        ("[diff \"a\"]\n\ttextconv = ./x", "ask", "git show"),
        ("[diff \"a\"]\n\ttextconv = ./x", "allow", "git log --oneline"),
        ("[filter \"a\"]\n\tclean = ./x", "ask", "git status"),
        ("[filter \"a\"]\n\tclean = ./x", "ask", "git add ."),
        (
            "[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\tprocess = git-lfs filter-process",
            "allow",
            "git status",
        ),
        ("[filter \"lfs\"]\n\tclean = \"git-lfs clean; ./x\"", "ask", "git status"),
        ("[gpg]\n\tprogram = ./x", "ask", "git log --show-signature"),
        ("[gpg]\n\tprogram = ./x", "allow", "git log"),
        ("[gpg]\n\tprogram = ./x\n[log]\n\tshowSignature", "ask", "git log"),
        ("[gpg]\n\tprogram = gpg2", "allow", "git log --show-signature"),
        ("[credential]\n\thelper = !./x", "ask", "git ls-remote"),
        ("[credential]\n\thelper = store", "allow", "git ls-remote"),
        ("[alias]\n\twipe = !rm -rf ~", "deny", "git wipe"),
        ("[alias]\n\ta = !git a; git a\n\tb = b", "ask", "git a; git b"),
        ("[alias]\n\tst = status", "ask", "git wipe"),
        ("[include]\n\tpath = ../more", "ask", "git status"),
        ("[include]\n\tpath = ../fine", "allow", "git status"),
        ("[include]\n\tpath = ../large", "ask", "git status"),
        ("large", "ask", "git status"),
    ];
    for (config, wanted, command) in table {
        let files = [
            ("/home/me/work/.git/HEAD", "ref: refs/heads/main"),
            (CONFIG, config),
            ("/home/me/work/more", "[core]\nfsmonitor=./x"),
            ("/home/me/work/fine", "[user]\nname=x"),
            ("/home/me/work/large", "large"),
        ];
        let (found, why) = verdict(&files, command);
        assert_eq!(found, wanted, "{config}: {command}: {why}");
    }
}

#[test]
fn repositories_in_others_are_looked_at() {
    let files = [
        ("/home/me/work/.git/HEAD", "ref: refs/heads/main"),
        (CONFIG, "[core]\n\tbare = false"),
        ("/home/me/work/vendor/evil.git/HEAD", "ref: refs/heads/main"),
        ("/home/me/work/vendor/evil.git/config", "[core]\n\tfsmonitor = ./x"),
        ("/home/me/work/vendor/evil.git/objects/x", ""),
        ("/home/me/work/sub/.git", "gitdir: ../.git/modules/sub\n"),
        ("/home/me/work/.git/modules/sub/config", "[diff]\n\texternal = ./x"),
        ("/home/me/work/tree/.git", "gitdir: /home/me/work/.git/worktrees/tree\n"),
        ("/home/me/work/.git/worktrees/tree/commondir", "../..\n"),
    ];
    for (wanted, command) in [
        ("ask", "cd vendor/evil.git && git status"),
        ("ask", "git -C vendor/evil.git diff"),
        ("ask", "git --git-dir=vendor/evil.git status"),
        ("ask", "git -C vendor -C evil.git status"),
        ("ask", "git -C \"$UNKNOWN\" status"),
        ("ask", "cd link && git status"),
        ("ask", "git -C sub diff"),
        ("allow", "git -C sub log"),
        ("allow", "git -C tree status"),
        ("allow", "git -C src status"),
        ("allow", "git status && git diff && git log"),
    ] {
        let (found, why) = verdict(&files, command);
        assert_eq!(found, wanted, "{command}: {why}");
    }
}

#[test]
fn hooks_are_code_of_the_project() {
    let plain = [("/home/me/work/.git/HEAD", "ref"), (CONFIG, "[core]\n\tbare = false")];
    let hooked = [
        plain[0],
        plain[1],
        ("/home/me/work/.git/hooks/post-checkout", ""),
        ("/home/me/work/.git/hooks/post-index-change", ""),
    ];
    let elsewhere =
        [plain[0], (CONFIG, "[core]\n\thooksPath = .hooks"), ("/home/me/work/.hooks/post-checkout", "")];
    let outside = [plain[0], (CONFIG, "[core]\n\thooksPath = /tmp/hooks"), ("/tmp/hooks/post-checkout", "")];
    for (files, wanted, command) in [
        (plain.as_slice(), None, "git switch main"),
        (&hooked, Some(Effect::ExecProject), "git switch main"),
        (&hooked, Some(Effect::ExecProject), "git status"),
        (&hooked, None, "git log"),
        (&elsewhere, Some(Effect::ExecProject), "git switch main"),
        (&elsewhere, None, "git status"),
        (&outside, Some(Effect::ExecUnknown), "git switch main"),
    ] {
        let facts = Files(files.to_vec());
        let place = Place { home: "/home/me", folder: Some(ROOT), root: Some(ROOT), facts: &facts };
        let report = analyse(command, place);
        let runs = |deed: &&Deed| matches!(deed.act.effect, Effect::ExecProject | Effect::ExecUnknown);
        assert_eq!(report.deeds().find(runs).map(|deed| deed.act.effect), wanted, "{command}");
        let allowed = lattice::of_report(&report).0.verdict() == "allow";
        assert!(!allowed || wanted.is_none(), "{command}");
    }
    assert_eq!(verdict(&plain, "git status").0, "allow");
}

#[test]
fn modules_in_the_working_folder_come_first() {
    let files = [
        ("/home/me/work/json.py", "x"),
        ("/home/me/work/sub/platform/__init__.py", "x"),
        ("/home/me/work/other/argparse.py", "x"),
        ("/home/me/work/build/json.py", "x"),
    ];
    for (wanted, command) in [
        ("ask", "python3 -m json.tool x"),
        ("ask", "python3 -c 'import sys, json'"),
        ("ask", "python3 -c 'from json import loads'"),
        ("ask", "cd sub && python3 -m platform"),
        ("ask", "cd other && python3 -m json.tool x"),
        ("ask", "cd build && python3 -m json.tool x"),
        ("ask", "cd /tmp; python3 -m json.tool x"),
        ("ask", "cd /tmp; python3 -c 'import json'"),
        ("ask", "echo x > src/json.py; cd src; python3 -m json.tool x"),
        ("allow", "python3 -I -m json.tool x"),
        ("allow", "python3 -c 'print(1)'"),
        ("allow", "cd /tmp; python3 -c 'print(1)'"),
        ("allow", "cd src && python3 -m json.tool x"),
        ("allow", "cd src && python3 -c 'import sys, json'"),
    ] {
        let (found, why) = verdict(&files, command);
        assert_eq!(found, wanted, "{command}: {why}");
    }
}

#[test]
fn verbs_of_the_persons_own_settings_are_what_they_say() {
    const OWN: &str = "/home/me/.gitconfig";
    let table = [
        ("[alias]\n\tst = status -sb", "allow", "git st"),
        ("[alias]\n\tlg = log --graph --format='%h %s'", "allow", "git lg -5"),
        ("[alias]\n\tlg = log --oneline", "allow", "git --no-pager lg src"),
        ("[alias]\n\tlast = !git log -1 --stat", "allow", "git last"),
        ("[alias]\n\tundo = reset --hard HEAD~1", "ask", "git undo"),
        ("[alias]\n\tst = status", "ask", "git -c core.fsmonitor=./x st"),
        ("[alias]\n\tzap = !rm -rf ~", "deny", "git zap"),
        ("[alias]\n\tst = status", "ask", "git ts"),
        // What else is set nobody here knows.
        ("[include]\n\tpath = more\n[alias]\n\tst = status", "ask", "git st"),
        ("large", "ask", "git st"),
    ];
    for (text, wanted, command) in table {
        let (verdict, why) = verdict(&[(CONFIG, "[core]\n\tbare = false"), (OWN, text)], command);
        assert_eq!(verdict, wanted, "{command} with {text}: {why}");
    }
    // The repository's own word is not taken for the person's.
    let files = [(CONFIG, "[alias]\n\tst = log"), (OWN, "[alias]\n\tst = status")];
    let (verdict, why) = verdict(&files, "git st");
    assert_eq!((verdict, why.as_str()), ("ask", "the repository says what st is: log"));
}

#[test]
fn what_only_lists_runs_no_hook() {
    let files =
        [(CONFIG, "[core]\n\tbare = false"), ("/home/me/work/.git/hooks/post-checkout", "#!/bin/sh\nx")];
    for (command, wanted) in [
        ("git worktree list", "allow"),
        ("git worktree list --porcelain", "allow"),
        ("git worktree add /tmp/other", "ask"),
        ("git checkout -b other", "ask"),
    ] {
        let (verdict, why) = verdict(&files, command);
        assert_eq!(verdict, wanted, "{command}: {why}");
        let hook = why.contains("hook");
        assert!(!hook || wanted == "ask", "{command}: {why}");
    }
}

#[test]
fn settings_that_name_what_a_program_runs_ask_with_it() {
    // A file, what it says, and commands with what is answered to them.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let table: &[Case<'_>] = &[
        (
            "rust-toolchain.toml",
            "[toolchain]\npath = \"./x\"",
            &[("cargo tree", "ask"), ("rustfmt --check src/main.rs", "ask"), ("ls", "allow")],
        ),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"", &[("cargo tree", "allow")]),
        (
            ".cargo/config.toml",
            "[build]\nrustc = \"./x\"",
            &[("cargo metadata --format-version 1", "ask"), ("cd src && cargo tree", "ask")],
        ),
        (".cargo/config.toml", "[build]\nrustc-wrapper = \"sccache\"", &[("cargo tree", "ask")]),
        (".cargo/config.toml", "[build]\njobs = 2\n[net]\nretry = 3", &[("cargo tree", "allow")]),
        (
            ".yarnrc.yml",
            "nodeLinker: node-modules\nyarnPath: .yarn/x.cjs",
            &[("yarn why x", "ask"), ("yarn --version", "ask")],
        ),
        (".yarnrc", "yarn-path \"./x.js\"", &[("yarn list", "ask")]),
        (".pnpmfile.cjs", "module.exports = {}", &[("pnpm why x", "ask"), ("npm ls", "allow")]),
        (".npmrc", "registry=http://packages.example/", &[("npm view x", "ask")]),
        (".npmrc", "registry=https://registry.npmjs.org/\nsave-exact=true", &[("npm view x", "allow")]),
        (
            ".golangci.yml",
            "linters-settings:\n  custom:\n    x:\n      path: ./x.so",
            &[("golangci-lint run", "ask")],
        ),
        (
            "ansible.cfg",
            "[defaults]\ninventory = ./x",
            &[("ansible-playbook --syntax-check site.yml", "ask")],
        ),
        (
            ".gitmodules",
            "[submodule \"m\"]\n\tpath = m\n\turl = ../m",
            &[("git status", "ask"), ("git diff", "ask"), ("git log", "allow")],
        ),
    ];
    for (name, text, commands) in table {
        let path: &'static str = Box::leak(format!("{ROOT}/{name}").into_boxed_str());
        let files = [
            ("/home/me/work/.git/HEAD", "ref: refs/heads/main"),
            (CONFIG, "[core]\n\tbare = false"),
            ("/home/me/work/m/.git", "gitdir: ../.git/modules/m\n"),
            ("/home/me/work/.git/modules/m/config", "[core]\n\tfsmonitor = ./x"),
            (path, *text),
        ];
        for (command, wanted) in *commands {
            let (found, why) = verdict(&files, command);
            assert_eq!(found, *wanted, "{name}: {command}: {why}");
        }
    }
}
