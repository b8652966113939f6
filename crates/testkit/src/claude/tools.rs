//! Tools of somebody else's: an MCP server that a client can be given, which notes each call.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::World;

/// A shell script, so that no machine lacks what runs it.
const SERVER: &str = include_str!("tools.sh");

/// The server `kit`: its tools are `mcp__kit__NAME` to the client, and take a `text`.
#[derive(Debug)]
pub struct Tools {
    config: PathBuf,
    log: PathBuf,
}

impl Tools {
    /// A server with tools of these names.
    #[track_caller]
    pub fn new(world: &World, names: &[&str]) -> Self {
        let (script, log) = (world.write("kit/tools.sh", SERVER), world.root().join("kit/calls"));
        let mut args = vec![script.display().to_string(), log.display().to_string()];
        args.extend(names.iter().map(|&name| name.to_owned()));
        let config = json!({"mcpServers": {"kit": {"command": "/bin/sh", "args": args}}});
        Self { config: world.write("kit/mcp.json", config.to_string()), log }
    }

    /// What `--mcp-config` takes.
    pub fn config(&self) -> &std::path::Path {
        &self.config
    }

    /// The calls so far: each its tool's name and the text.
    pub fn calls(&self) -> Vec<(String, String)> {
        let told = std::fs::read_to_string(&self.log).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let call = |line: &str| {
            let params = &serde_json::from_str::<Value>(line).ok()?["params"];
            Some((text(&params["name"]), text(&params["arguments"]["text"])))
        };
        told.lines().filter_map(call).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Cmd;

    #[test]
    fn the_server_answers_and_notes_calls() {
        let world = World::new();
        let tools = Tools::new(&world, &["a", "b"]);
        let config: Value = serde_json::from_str(&std::fs::read_to_string(tools.config()).unwrap()).unwrap();
        let server = &config["mcpServers"]["kit"];
        let args = server["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
        let asked = [
            r#"{"method":"initialize","params":{"protocolVersion":"2025-06-18"},"jsonrpc":"2.0","id":0}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"method":"tools/call","params":{"name":"b","arguments":{"text":"x \\ y"}},"jsonrpc":"2.0","id":"z"}"#,
            r#"{"method":"ping","jsonrpc":"2.0","id":3}"#,
        ];
        let run = Cmd::new(&world, std::path::Path::new("/bin/sh")).args(args).stdin(asked.join("\n") + "\n");
        let said = run.run().success().stdout;
        let said: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: Vec<&Value> = said.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(ids, [&json!(0), &json!(1), &json!("z"), &json!(3)]);
        assert_eq!(said[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(said[1]["result"]["tools"][1]["name"], "b");
        assert_eq!(tools.calls(), [("b".to_owned(), "x \\ y".to_owned())]);
    }
}
