//! What the client leaves to be read: its files, and its processes in the system's table.

use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::builders::project_slug;
use crate::world::World;

/// The processes that a process has started and that still run, and theirs.
pub fn descendants(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    children.iter().copied().chain(children.iter().flat_map(|&child| descendants(child))).collect()
}

/// Kills a process; one that is gone is well, too.
pub fn kill(pid: u32) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        kill_process(pid, Signal::KILL).ok();
    }
}

/// It has ended; nobody may have asked how yet.
pub(crate) fn is_over(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name in parentheses, which may hold anything.
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

pub(super) fn process_name(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

/// The transcript of a session that was started in the world's work folder.
pub fn transcript(world: &World, session: &str) -> PathBuf {
    let project = project_slug(&world.work_dir().display().to_string());
    world.config_dir().join("projects").join(project).join(format!("{session}.jsonl"))
}

/// The rows of a transcript; none while it is not there.
pub fn rows(transcript: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(transcript).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

pub(super) fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The time that a row carries, milliseconds since the epoch.
pub(super) fn at(row: &Value) -> i64 {
    let time = row["timestamp"].as_str().unwrap_or_default();
    time.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond)
}

/// A row's text, or that of its first block.
pub(super) fn text(row: &Value) -> &str {
    let content = &row["message"]["content"];
    content.as_str().or_else(|| content[0]["text"].as_str()).unwrap_or_default()
}

pub(super) fn is_prompt(row: &Value) -> bool {
    row["type"] == "user" && row["message"]["content"].is_string()
}

pub(super) fn calls(row: &Value, tool: &str) -> bool {
    let blocks = row["message"]["content"].as_array().into_iter().flatten();
    row["type"] == "assistant" && blocks.into_iter().any(|block| block["name"] == tool)
}

pub(super) fn is_rejected(row: &Value) -> bool {
    let said = &row["message"]["content"][0];
    said["type"] == "tool_result" && said["is_error"] == true
}
