//! A branch changed under a session, in real repositories.

use std::path::{Path, PathBuf};
use std::process::Command;

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, ids, json, session, world};

/// Runs git as if at that time; its log takes the committer's.
#[track_caller]
pub(crate) fn git(folder: &Path, time: &str, args: &[&str]) {
    let out = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", time)
        .env("GIT_COMMITTER_DATE", time)
        .output()
        .expect("git is installed");
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// A repository on `main`, with a branch `feat`.
fn repository(world: &World) -> PathBuf {
    let folder = world.work_dir().join("repo");
    std::fs::create_dir_all(&folder).unwrap();
    git(&folder, "2026-11-24T10:00:00Z", &["init", "-q"]);
    git(&folder, "2026-11-24T10:00:00Z", &["commit", "-q", "--allow-empty", "-m", "one"]);
    git(&folder, "2026-11-24T10:00:00Z", &["branch", "feat"]);
    folder
}

/// A session that was on `main` at 11:50, and waits.
fn on_main(sid: &str, folder: &Path) -> Transcript {
    let mut transcript = Transcript::new(sid, folder);
    transcript.at("2026-11-24T11:50:00Z").branch("main").prompt("go");
    transcript.assistant(|m| m.text("done").usage(Usage::new(1, 1)));
    transcript
}

/// A session that runs a command at a time, and how long it takes; without that it still runs.
fn running(sid: &str, folder: &Path, command: &str, at: &str, until: Option<&str>) -> Transcript {
    let mut transcript = Transcript::new(sid, folder);
    transcript.at(at).branch("main").assistant(|m| {
        m.tool_use("Bash", json!({"command": command, "description": "x"})).usage(Usage::new(1, 1))
    });
    if let Some(until) = until {
        transcript.at(until).last_result("ok", false);
    }
    transcript
}

#[must_use]
fn start(world: &World, transcript: &mut Transcript, folder: &Path) -> LiveProcess {
    transcript.write(&world.config_dir());
    let process = LiveProcess::start(folder);
    RegistryRow::new(process.pid(), transcript.session_id(), folder).write(&world.config_dir());
    process
}

/// The conflicts about branches.
fn swaps(world: &World, sid: &str) -> Vec<Value> {
    let listing = json(world, &["ls", "--json"]);
    let all = session(&listing, sid)["conflicts"].as_array().unwrap().clone();
    all.into_iter().filter(|conflict| conflict["kind"] == "branch").collect()
}

#[test]
fn by_someone_else() {
    let world = world();
    let repo = repository(&world);
    let _process = start(&world, &mut on_main(A, &repo), &repo);
    assert_eq!(swaps(&world, A), [] as [Value; 0]);
    git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "feat"]);
    git(&repo, "2026-11-24T11:56:00Z", &["commit", "-q", "--allow-empty", "-m", "two"]);
    let found = json!({"kind": "branch", "path": "$WORK/repo", "with": "someone else", "was": "main"});
    assert_eq!(swaps(&world, A), [found]);
    assert_eq!(ids(&json(&world, &["ls", "--focus", "conflict", "--json"])), [A]);
    let told = "branch conflict with someone else: it was on main, and feat is checked out now";
    let listed = world.run(["ls"]).success().stdout;
    assert!(listed.contains(told), "{listed}");
    let shown = world.run(["show", A]).success().stdout;
    assert!(shown.contains(&format!("conflict  {told}")), "{shown}");
    // Back where it was.
    git(&repo, "2026-11-24T11:57:00Z", &["checkout", "-q", "main"]);
    assert_eq!(swaps(&world, A), [] as [Value; 0]);
}

#[test]
fn by_another_session() {
    let world = world();
    let repo = repository(&world);
    let _a = start(&world, &mut on_main(A, &repo), &repo);
    let (from, until) = ("2026-11-24T11:54:59Z", "2026-11-24T11:55:02Z");
    let mut by = running(B, &repo, "git switch feat", from, Some(until));
    let _b = start(&world, &mut by, &repo);
    // The same command elsewhere, at the same time.
    let elsewhere = world.work_dir().join("elsewhere");
    let mut other = running(C, &elsewhere, "git switch feat", from, Some(until));
    std::fs::create_dir_all(&elsewhere).unwrap();
    let _c = start(&world, &mut other, &elsewhere);
    git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "feat"]);
    assert_eq!(swaps(&world, A)[0]["with"], B);
    assert_eq!(swaps(&world, B), [] as [Value; 0], "it did so itself");
    assert_eq!(swaps(&world, C), [] as [Value; 0]);
    let listed = world.run(["show", A]).success().stdout;
    assert!(
        listed.contains("branch conflict with bbbbbbbb: it was on main, and feat is checked out now"),
        "{listed}"
    );
}

#[test]
fn not_by_the_session_itself() {
    // Its own command runs, and may have done it, whatever its name.
    for command in ["git checkout feat", "make release"] {
        let world = world();
        let repo = repository(&world);
        let mut own = running(A, &repo, command, "2026-11-24T11:50:00Z", None);
        let _a = start(&world, &mut own, &repo);
        git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "feat"]);
        assert_eq!(swaps(&world, A), [] as [Value; 0], "{command}");
    }
}

#[test]
fn a_session_that_moved_since_knows() {
    let world = world();
    let repo = repository(&world);
    let _a = start(&world, &mut on_main(A, &repo), &repo);
    git(&repo, "2026-11-24T11:45:00Z", &["checkout", "-q", "feat"]);
    assert_eq!(swaps(&world, A), [] as [Value; 0], "changed before its last row");
}

#[test]
fn what_a_resumed_client_found_so_is_no_conflict() {
    let world = world();
    let repo = repository(&world);
    git(&repo, "2026-11-24T10:00:00Z", &["branch", "other"]);
    on_main(A, &repo).write(&world.config_dir());
    git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "feat"]);
    let process = LiveProcess::start(&repo);
    let row = RegistryRow::new(process.pid(), A, &repo).started("2026-11-24T11:57:00Z");
    row.write(&world.config_dir());
    assert_eq!(swaps(&world, A), [] as [Value; 0], "changed while no client ran");
    git(&repo, "2026-11-24T11:58:00Z", &["checkout", "-q", "other"]);
    assert_eq!(swaps(&world, A)[0]["was"], "feat", "changed under the new one");
}

#[test]
fn what_cannot_be_told_is_not_said() {
    let world = world();
    let repo = repository(&world);
    let _a = start(&world, &mut on_main(A, &repo), &repo);
    // A detached head.
    git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "--detach"]);
    assert_eq!(swaps(&world, A), [] as [Value; 0]);
    git(&repo, "2026-11-24T11:56:00Z", &["checkout", "-q", "feat"]);
    git(&repo, "2026-11-24T11:56:00Z", &["pack-refs", "--all"]);
    assert_eq!(swaps(&world, A).len(), 1, "by way of one, and with packed refs");
    // No log.
    std::fs::remove_file(repo.join(".git/logs/HEAD")).unwrap();
    assert_eq!(swaps(&world, A), [] as [Value; 0]);
    // A log that is none.
    std::fs::write(repo.join(".git/logs/HEAD"), [0xff, 0, b'\t', b'\n']).unwrap();
    assert_eq!(swaps(&world, A), [] as [Value; 0]);
}

#[test]
fn linked_worktrees_have_their_own_log() {
    let world = world();
    let repo = repository(&world);
    let tree = world.work_dir().join("tree");
    git(&repo, "2026-11-24T10:00:00Z", &["worktree", "add", "-q", "-b", "side", tree.to_str().unwrap()]);
    git(&repo, "2026-11-24T10:00:00Z", &["branch", "other"]);
    let _a = start(&world, &mut on_main(A, &repo), &repo);
    let mut side = Transcript::new(B, &tree);
    side.at("2026-11-24T11:50:00Z").branch("side").prompt("go");
    let _b = start(&world, &mut side, &tree);
    git(&repo, "2026-11-24T11:55:00Z", &["checkout", "-q", "feat"]);
    assert_eq!((swaps(&world, A).len(), swaps(&world, B).len()), (1, 0));
    git(&tree, "2026-11-24T11:56:00Z", &["checkout", "-q", "other"]);
    let found = json!({"kind": "branch", "path": "$WORK/tree", "with": "someone else", "was": "side"});
    assert_eq!(swaps(&world, B), [found]);
}

#[test]
fn what_the_client_calls_head_is_no_branch() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.branch("HEAD").prompt("go").assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    transcript.write(&world.config_dir());
    assert_eq!(json(&world, &["show", A, "--json"])["branch"], Value::Null);
    assert_eq!(json(&world, &["history", "--json"])[0]["branch"], Value::Null);
    transcript.branch("main").prompt("on").assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    transcript.write(&world.config_dir());
    assert_eq!(json(&world, &["show", A, "--json"])["branch"], "main");
    assert_eq!(json(&world, &["history", "--json"])[0]["branch"], "main");
}
