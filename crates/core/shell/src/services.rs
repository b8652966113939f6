//! What of the programs of services cannot be said by data: clusters, containers, databases.

use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::grammar::{
    CHANGES_DATA, DESTROYS_DATA, SERVICE, SHOWS_SECRET, Slot, Takes, WIPES_DATA, WIPES_REMOTE,
};
use crate::value::Arg;
use crate::walk::{Redirected, Walker};

/// Commands of Redis that only show something.
const REDIS_LOOKS: &[&str] = &[
    "get",
    "mget",
    "getrange",
    "substr",
    "strlen",
    "exists",
    "type",
    "ttl",
    "pttl",
    "expiretime",
    "pexpiretime",
    "keys",
    "scan",
    "randomkey",
    "dbsize",
    "info",
    "ping",
    "echo",
    "time",
    "lastsave",
    "role",
    "hget",
    "hgetall",
    "hmget",
    "hkeys",
    "hvals",
    "hlen",
    "hexists",
    "hscan",
    "hstrlen",
    "hrandfield",
    "lrange",
    "llen",
    "lindex",
    "lpos",
    "smembers",
    "sismember",
    "smismember",
    "scard",
    "srandmember",
    "sscan",
    "sinter",
    "sunion",
    "sdiff",
    "sintercard",
    "zrange",
    "zrevrange",
    "zrangebyscore",
    "zrevrangebyscore",
    "zrangebylex",
    "zscore",
    "zmscore",
    "zcard",
    "zcount",
    "zlexcount",
    "zrank",
    "zrevrank",
    "zscan",
    "zrandmember",
    "zdiff",
    "zinter",
    "zunion",
    "xrange",
    "xrevrange",
    "xlen",
    "xread",
    "xinfo",
    "xpending",
    "pfcount",
    "getbit",
    "bitcount",
    "bitpos",
    "bitfield_ro",
    "sort_ro",
    "geopos",
    "geodist",
    "geohash",
    "geosearch",
    "georadius_ro",
    "dump",
    "object",
    "touch-less",
    "lolwut",
    "command",
    "json.get",
    "json.mget",
    "json.type",
    "ft.search",
    "ft.info",
    "ft._list",
    "ts.get",
    "ts.range",
    "ts.info",
    "help",
];

/// Those of which the next word says what they do, and the words that only show.
const REDIS_SECOND: &[(&str, &[&str])] = &[
    ("config", &["get", "help"]),
    ("client", &["list", "info", "id", "getname", "help", "trackinginfo"]),
    ("memory", &["usage", "stats", "doctor", "malloc-stats", "help"]),
    ("slowlog", &["get", "len", "help"]),
    ("latency", &["latest", "history", "doctor", "graph", "histogram", "help"]),
    ("cluster", &["info", "nodes", "slots", "shards", "myid", "keyslot", "countkeysinslot", "links", "help"]),
    ("acl", &["whoami", "list", "users", "cat", "log", "dryrun", "help"]),
    ("pubsub", &["channels", "numsub", "numpat", "help"]),
    ("module", &["list", "help"]),
    ("script", &["exists", "help"]),
    ("function", &["list", "stats", "help"]),
    ("debug", &["help"]),
    (
        "sentinel",
        &[
            "masters",
            "master",
            "replicas",
            "slaves",
            "sentinels",
            "get-master-addr-by-name",
            "ckquorum",
            "help",
        ],
    ),
];

/// What mongo's shell is asked to call that only shows something.
const MONGO_LOOKS: &[&str] = &[
    "find",
    "findOne",
    "count",
    "countDocuments",
    "estimatedDocumentCount",
    "distinct",
    "aggregate",
    "limit",
    "sort",
    "skip",
    "pretty",
    "toArray",
    "stats",
    "getIndexes",
    "indexStats",
    "explain",
    "getCollectionNames",
    "getCollectionInfos",
    "getCollection",
    "getSiblingDB",
    "getName",
    "version",
    "serverStatus",
    "hostInfo",
    "currentOp",
    "getMongo",
    "getDBNames",
    "getDBs",
    "getUsers",
    "getUser",
    "getRoles",
    "dataSize",
    "storageSize",
    "totalSize",
    "totalIndexSize",
    "print",
    "printjson",
    "tojson",
    "stringify",
    "hasNext",
    "next",
    "size",
    "itcount",
    "hello",
    "isMaster",
    "status",
    "conf",
    "serverBuildInfo",
    "buildInfo",
    "projection",
    "hint",
    "maxTimeMS",
    "batchSize",
    "comment",
    "collation",
    "readPref",
    "getParameter",
    "ObjectId",
    "ISODate",
    "Date",
    "NumberLong",
    "NumberInt",
    "NumberDecimal",
    "UUID",
    "listCommands",
    "printReplicationInfo",
    "printSecondaryReplicationInfo",
    "getReplicationInfo",
    "isCapped",
    "latencyStats",
    "getShardDistribution",
];

const MONGO_DESTROYS: &[&str] = &[
    "drop",
    "dropIndex",
    "dropIndexes",
    "deleteOne",
    "deleteMany",
    "remove",
    "findOneAndDelete",
    "dropUser",
    "dropAllUsers",
    "dropRole",
    "dropAllRoles",
    "shutdownServer",
    "repairDatabase",
    "killOp",
    "compact",
];

const MONGO_CHANGES: &[&str] = &[
    "insert",
    "insertOne",
    "insertMany",
    "update",
    "updateOne",
    "updateMany",
    "replaceOne",
    "save",
    "findOneAndUpdate",
    "findOneAndReplace",
    "findAndModify",
    "bulkWrite",
    "createIndex",
    "createIndexes",
    "createCollection",
    "createView",
    "createUser",
    "renameCollection",
    "grantRolesToUser",
    "updateUser",
];

impl Walker<'_> {
    /// Values that are files: `file://` and `fileb://`, and `@file` where that is said.
    pub(crate) fn value_files(&mut self, at: usize, args: &[Arg]) {
        let at_signs = args.first().is_some_and(|program| program.text.ends_with("az"));
        for arg in &args[1..] {
            let value = match arg.text.split_once('=') {
                Some((name, value)) if name.starts_with("--") => value,
                Some(_) | None => arg.text.as_str(),
            };
            let file = value
                .strip_prefix("file://")
                .or_else(|| value.strip_prefix("fileb://"))
                .or_else(|| value.strip_prefix('@').filter(|_| at_signs));
            if let Some(file) = file {
                self.read(at, &arg.with(file));
            }
        }
    }

    /// `kubectl get` of secrets shows them; `kubectl delete` of whole namespaces, or of all, takes much with it.
    pub(crate) fn kubernetes(&mut self, at: usize, call: &Call) {
        let kinds: Vec<String> = call
            .operands
            .iter()
            .flat_map(|(_, arg)| arg.text.split(','))
            .map(|kind| kind.split('/').next().unwrap_or(kind).to_ascii_lowercase())
            .collect();
        let is = |kind: &str, names: &[&str]| {
            names.iter().any(|name| kind == *name || kind.starts_with(&format!("{name}.")))
        };
        let deletes = call.entry().names.split('|').any(|name| name == "delete");
        if deletes {
            let dry = call.has("--dry-run")
                && call.value("--dry-run").is_none_or(|value| value.text != "none" && value.is_known());
            let whole = ["namespace", "namespaces", "ns", "project", "projects"];
            // The kind is the first operand, or stands before each name.
            let kind = kinds.first().is_some_and(|kind| is(kind, &whole));
            let all = call.is_on("--all");
            if (kind || all) && !dry && !kinds.is_empty() {
                self.acts(at, WIPES_REMOTE, "kubectl delete", true);
            }
            return;
        }
        // `-o jsonpath-file=FILE`
        let file = call
            .value("-o")
            .and_then(|output| output.text.split_once("-file=").map(|(_, file)| output.with(file)));
        if let Some(file) = &file {
            self.read(at, file);
        }
        let plain = call.value("-o").is_none_or(|output| matches!(output.text.as_str(), "name" | "wide"))
            && !call.has("--template");
        let secret =
            kinds.iter().any(|kind| is(kind, &["secret", "secrets"]) || kind.contains(crate::value::HOLE));
        // A template, or columns, of which the file is printed with what is found.
        if let Some(file) = call.value("-o").and_then(|output| {
            let (kind, file) = output.text.split_once('=')?;
            kind.ends_with("-file").then(|| output.with(file))
        }) {
            self.read(at, &file);
        }
        let raw = call.value("--raw").is_some_and(|path| path.text.contains("secret") || !path.is_known());
        let file = call.has("-f") || call.has("-k");
        if raw || (!plain && (secret || file)) {
            self.acts(at, SHOWS_SECRET, "a secret of the cluster", false);
        }
    }

    /// `docker system prune`: everything that is not in use, with its data.
    pub(crate) fn prune(&mut self, at: usize, call: &Call) {
        if call.is_on("--all") && call.is_on("--volumes") && !call.has("--filter") {
            self.acts(at, WIPES_DATA, "all images and volumes", true);
        }
    }

    /// What destroys everything, where nobody is asked first: `terraform apply -destroy`, a cloud's project.
    pub(crate) fn destroys(&mut self, at: usize, call: &Call) {
        let all = call.is_on("-destroy") && call.is_on("-auto-approve");
        if all || call.is_on("--quiet") || call.is_on("--yes") {
            self.acts(at, WIPES_REMOTE, "all that is described", true);
        }
    }

    /// `etcdctl del '' --prefix` removes everything.
    pub(crate) fn prefix(&mut self, at: usize, call: &Call) {
        let whole =
            call.operands.first().is_some_and(|(_, key)| matches!(key.text.as_str(), "" | "/" | "\\0"));
        if whole && (call.is_on("--prefix") || call.is_on("--from-key")) {
            self.acts(at, WIPES_DATA, "all keys", true);
        }
    }

    /// `psql` runs what `~/.psqlrc` says, unless it is told not to.
    pub(crate) fn database(&mut self, at: usize, call: &Call) {
        if !call.has("-X") {
            self.doubt(at, "~/.psqlrc may run commands: -X leaves it out");
        }
    }

    /// All of a container, or what of it has its environment in it.
    pub(crate) fn inspect(&mut self, at: usize, call: &Call) {
        let kind = call.value("--type").map_or("container", |kind| kind.text.as_str());
        let safe = call.value("--format").and_then(Arg::literal).is_some_and(|format| {
            let small = format.to_ascii_lowercase();
            let whole = [
                "{{json .}}",
                "{{.}}",
                "{{json .config}}",
                "{{.config}}",
                ".config |",
                "range",
                "index .config",
            ];
            !small.contains("env") && small.contains("{{") && !whole.iter().any(|own| small.contains(own))
        });
        if !safe && matches!(kind, "container" | "") {
            self.acts(at, SHOWS_SECRET, "the environment of the container", false);
        }
    }

    /// A command of Redis stands behind the options.
    pub(crate) fn redis(&mut self, at: usize, call: &Call, redirected: &Redirected) -> bool {
        let words: Vec<String> = call.operands.iter().map(|(_, arg)| arg.text.to_ascii_lowercase()).collect();
        match &redirected.stdin.text {
            Some(text) if words.is_empty() && !redirected.stdin.absent => {
                for line in text.to_ascii_lowercase().lines() {
                    let words: Vec<String> = line
                        .split_whitespace()
                        .map(|word| word.trim_matches(['"', '\'']).to_owned())
                        .collect();
                    self.redis_command(at, &words);
                }
            }
            Some(_) | None if words.is_empty() => return false,
            Some(_) | None => self.redis_command(at, &words),
        }
        self.servers(at, call);
        // More than that may be done.
        let more = call.options.iter().any(|(option, _)| {
            !option.acts.is_empty() || matches!(option.takes, Takes::Value(Slot::Write | Slot::Unknown))
        });
        if more {
            self.plain(at, &[Arg::known("redis-cli")], call, redirected);
        }
        true
    }

    fn redis_command(&mut self, at: usize, words: &[String]) {
        let Some(first) = words.first() else { return };
        let second = words.get(1).map_or("", String::as_str);
        let acts: &[Act] = match first.as_str() {
            "flushall" => WIPES_DATA,
            "flushdb" | "del" | "unlink" | "shutdown" | "eval" | "evalsha" | "fcall" | "debug"
            | "replicaof" | "slaveof" | "failover" | "swapdb" | "restore" | "migrate" | "getdel"
            | "ltrim" | "xtrim" => DESTROYS_DATA,
            "config"
                if second == "get"
                    && words.get(2).is_some_and(|name| {
                        name.contains("pass") || name.contains("auth") || name == "*"
                    }) =>
            {
                SHOWS_SECRET
            }
            "acl" if second == "getuser" || second == "genpass" => SHOWS_SECRET,
            "config" if matches!(second, "set" | "rewrite") => DESTROYS_DATA,
            _ if REDIS_LOOKS.contains(&first.as_str()) => &[SERVICE],
            _ if REDIS_SECOND.iter().any(|(name, looks)| name == first && looks.contains(&second)) => {
                &[SERVICE]
            }
            _ => CHANGES_DATA,
        };
        self.acts(at, acts, "redis", false);
    }

    /// What mongo's shell is to evaluate; whether it was said.
    pub(crate) fn mongo(&mut self, at: usize, call: &Call, redirected: &Redirected) -> bool {
        self.servers(at, call);
        let text = match call.value("--eval") {
            Some(arg) => arg.literal().map(str::to_owned),
            None if call.has("-f") => return false,
            None if call.operands.iter().any(|(_, arg)| arg.text.ends_with(".js")) => {
                self.doubt(at, "what the file does is not known");
                return true;
            }
            None => redirected.stdin.text.clone(),
        };
        match text {
            Some(text) => {
                let acts = mongo_acts(&text);
                self.acts(at, &acts, "a database", false);
                if ["showCredentials", "system.users"].iter().any(|word| text.contains(word)) {
                    self.acts(at, SHOWS_SECRET, "how people sign in", false);
                }
            }
            None => self.doubt(at, "the statements are not known"),
        }
        if call.has("-f") || call.has("--shell") {
            self.doubt(at, "it runs more than that");
        }
        true
    }

    /// A container's command, where what it is given of this machine is meant: `rm -rf /host` for `/` at `/host`.
    pub(crate) fn mounted(&mut self, call: &Call, mounts: &[(String, String)], redirected: &Redirected) {
        let Some((_, command)) = &call.command else { return };
        let mut here = command.clone();
        let mut met = false;
        for arg in &mut here {
            for (source, target) in mounts {
                if target.len() > 1 && arg.text.contains(target.as_str()) {
                    arg.text = arg.text.replace(target.as_str(), source.trim_end_matches('/'));
                    if arg.text.is_empty() {
                        arg.text.push('/');
                    }
                    met = true;
                }
            }
        }
        if met {
            let stdin = redirected.stdin.clone();
            self.apart(|walker| walker.perform(&here, &Redirected::input(stdin)));
        }
    }
}

/// What a script for mongo's shell does, by what it calls.
fn mongo_acts(text: &str) -> Vec<Act> {
    let unknown = || Act::new(Effect::ExecUnknown, Scope::Unknown);
    let mut acts = Vec::new();
    // Stages that write, and code that the server runs.
    let hidden = ["$out", "$merge", "$where", "$function", "$accumulator", "`", "=>", "\\"];
    if hidden.iter().any(|word| text.contains(word)) {
        acts.push(unknown());
    }
    // Printing each is no more than showing it.
    let plain = without_texts(text).replace(".forEach(printjson)", "").replace(".forEach(print)", "");
    let words = [
        "function",
        "require",
        "process",
        "eval",
        "load",
        "fs",
        "child_process",
        "import",
        "this",
        "constructor",
    ];
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    if plain.split(|letter: char| !is_name(letter)).any(|word| words.contains(&word)) {
        acts.push(unknown());
    }
    for (at, _) in plain.match_indices('(') {
        let before = plain[..at].trim_end();
        let name = &before[before.trim_end_matches(is_name).len()..];
        let act = match name {
            "" if before.ends_with([']', ')', '?']) => unknown(),
            "" => SERVICE,
            "dropDatabase" => WIPES_DATA[0],
            name if MONGO_DESTROYS.contains(&name) => DESTROYS_DATA[0],
            name if MONGO_CHANGES.contains(&name) => CHANGES_DATA[0],
            name if MONGO_LOOKS.contains(&name) => SERVICE,
            _ => unknown(),
        };
        acts.push(act);
    }
    if !plain.contains('(') {
        let first = plain.split_whitespace().next().unwrap_or_default();
        // `show dbs`, `use name`, `db.version`; nothing is called without a bracket but tags of texts.
        acts.push(if matches!(first, "show" | "use" | "") || first.starts_with("db") {
            SERVICE
        } else {
            unknown()
        });
    }
    acts.dedup();
    acts
}

/// Code without what is in quotes.
fn without_texts(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if matches!(letter, '\'' | '"') {
            while letters.next().is_some_and(|other| other != letter) {}
            plain.push('0');
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_for_mongo_do() {
        for looks in [
            "db.users.find({a: 1}).limit(5)",
            "show dbs",
            "printjson(db.stats())",
            "db.getCollection('drop()').countDocuments()",
        ] {
            assert_eq!(mongo_acts(looks), [SERVICE], "{looks}");
        }
        for changes in [
            "db.users.drop()",
            "db.users.deleteMany({})",
            "db.dropDatabase()",
            "db.a.find().forEach(d => db.b.insert(d))",
        ] {
            assert!(mongo_acts(changes).iter().any(|act| *act != SERVICE), "{changes}");
        }
        for hidden in [
            "db['users']['drop']()",
            "db.users[`drop`]()",
            "const f = db.a.drop; f()",
            "db.a.aggregate([{$out: 'b'}])",
            "require('fs')",
            "db.ҙfind()",
            "db.a→find2()",
        ] {
            assert!(mongo_acts(hidden).contains(&Act::new(Effect::ExecUnknown, Scope::Unknown)), "{hidden}");
        }
    }
}
