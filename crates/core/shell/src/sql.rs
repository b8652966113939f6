//! What statements do to a database: by their first words, and by what runs programs or writes files in them.

mod functions;

use crate::effect::{Act, Effect, Scope};

/// What statements do. Of a database nobody knows where it is, so it is elsewhere.
#[must_use]
pub(crate) fn acts(text: &str) -> Vec<Act> {
    let small = plain(text);
    let mut acts = Vec::new();
    let mut add = |act: Act| {
        if !acts.contains(&act) {
            acts.push(act);
        }
    };
    // Commands of the clients that run programs, or write and read files.
    const PROGRAMS: &[&str] = &[
        "\\!",
        ".shell",
        ".system",
        "to program",
        "from program",
        "xp_cmdshell",
        "sys_exec",
        "sys_eval",
        "load_extension",
        "into outfile",
        "into dumpfile",
        "load_file",
        "writefile",
        "readfile",
        "edit(",
        "pg_read_file",
        "pg_read_binary_file",
        "pg_ls_dir",
        "lo_import",
        "lo_export",
        "\\copy",
        "\\o ",
        "\\i ",
        "\\w ",
        "\\g ",
        ".output",
        ".once",
        ".import",
        ".read ",
        ".load",
        ".save",
        ".backup",
        ".clone",
        ".restore",
        "system ",
        "source ",
        "tee ",
        "dblink",
        "copy_to_",
        "attach ",
        "export database",
        "import database",
        "install ",
        "httpfs",
        "read_csv",
        "read_parquet",
        "read_json",
        "read_text",
        "openrowset",
        "utl_http",
        "dbms_",
        "pg_terminate_backend",
        "pg_cancel_backend",
        "setval",
        "nextval",
        "lo_unlink",
        "lo_put",
        "set_config",
        "pg_reload_conf",
        "pg_promote",
        "pg_stat_reset",
        "pg_switch_wal",
        "pg_create_",
        "pg_drop_",
        "query_to_xml",
        "get_lock",
        "\\. ",
        "\\o|",
        "\\w|",
        "\\e",
        "\\setenv",
        "\\ir ",
        ".open",
        ".cd",
        ".log",
        ".excel",
        ".www",
        ".archive",
        ".ar ",
        ".recover",
        ".session",
        ".testcase",
        "!!",
        "!sh",
        "!run",
        ":r ",
        ":out ",
        ":connect",
        "file(",
        "url(",
        "executable(",
        "s3(",
        "remote(",
        "mysql(",
        "postgresql(",
        "read_blob",
        "glob(",
        "utl_file",
        "openquery(",
        "opendatasource(",
        // A file, where a table should stand.
        "from _text_",
        "join _text_",
        ODD,
    ];
    let lines = own_lines(&small);
    for statement in lines.split(';') {
        let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        if statement.is_empty() {
            continue;
        }
        let statement = format!("{statement} ");
        let statement = statement.as_str();
        if PROGRAMS.iter().any(|word| contains(statement, word)) {
            add(Act::new(Effect::ExecUnknown, Scope::Unknown));
        }
        let mut words = statement
            .split(|letter: char| {
                !letter.is_ascii_alphanumeric() && letter != '_' && letter != '\\' && letter != '.'
            })
            .filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        let has = |word: &str| words_of(statement).any(|own| own == word);
        // Where databases keep how people sign in.
        const SIGNS_IN: &[&str] = &[
            "pg_authid",
            "pg_shadow",
            "rolpassword",
            "passwd",
            "authentication_string",
            "pg_user_mapping",
            "pg_user_mappings",
            "password_hash",
            "sql_logins",
            "global_priv",
            "mysql_user",
            "dba_users",
        ];
        if SIGNS_IN.iter().any(|word| has(word)) || contains(statement, "mysql.user ") {
            add(Act::new(Effect::SecretRead, Scope::Credential));
        }
        // What a function does that somebody has made, nobody knows.
        let asks = matches!(first, "select" | "table" | "values" | "with" | "explain" | "summarize" | "from");
        if asks && !functions::all_known(statement) {
            add(Act::new(Effect::ExecUnknown, Scope::Unknown));
        }
        match first {
            "select" | "table" | "values" if !has("into") && !has("for") => {
                add(Act::new(Effect::NetworkIn, Scope::Nothing))
            }
            "with" | "explain"
                if !["insert", "update", "delete", "merge", "truncate", "drop", "create"]
                    .iter()
                    .any(|word| has(word)) =>
            {
                add(Act::new(Effect::NetworkIn, Scope::Nothing));
            }
            "show" | "describe" | "desc" | "use" | "help" | "status" | "\\d" | "\\dt" | "\\l" | "\\dn"
            | "\\du" | "\\df" | "\\di" | "\\dv" | "\\x" | "\\c" | "\\q" | "\\conninfo" | "\\timing"
            | "\\pset" | ".tables" | ".schema" | ".indexes" | ".databases" | ".headers" | ".mode"
            | ".help" | ".quit" | ".exit" | ".dump" | ".fullschema" | ".stats" | ".width" | ".show"
            | ".timer" | "begin" | "commit" | "rollback" | "go" | "summarize" => {
                add(Act::new(Effect::NetworkIn, Scope::Nothing))
            }
            "pragma"
                if !statement.contains('=')
                    && words_of(statement).nth(1).is_some_and(|name| PRAGMAS.contains(&name)) =>
            {
                add(Act::new(Effect::NetworkIn, Scope::Nothing))
            }
            first if first.starts_with("\\d") => add(Act::new(Effect::NetworkIn, Scope::Nothing)),
            "drop"
                if words_of(statement)
                    .nth(1)
                    .is_some_and(|what| matches!(what, "database" | "schema" | "keyspace" | "catalog")) =>
            {
                add(Act::grave(Effect::RemoteData, Scope::Everything))
            }
            "drop" | "truncate" | "shutdown" => add(Act::grave(Effect::RemoteData, Scope::Remote)),
            "delete" | "update" if !has("where") => add(Act::grave(Effect::RemoteData, Scope::Remote)),
            "alter" if has("drop") => add(Act::grave(Effect::RemoteData, Scope::Remote)),
            "with" if has("delete") && !has("where") => add(Act::grave(Effect::RemoteData, Scope::Remote)),
            _ => add(Act::new(Effect::RemoteData, Scope::Remote)),
        }
    }
    if acts.is_empty() {
        acts.push(Act::new(Effect::NetworkIn, Scope::Nothing));
    }
    acts
}

/// Commands of the shell among statements: the clients' own, and programs that a database reads from or writes to.
#[must_use]
pub(crate) fn commands(text: &str) -> Vec<String> {
    const LINES: &[&str] = &["\\!", ".shell ", ".system ", "system ", "!sh ", "!!"];
    const PIPES: &[&str] = &[
        "\\o |",
        "\\o|",
        "\\g |",
        "\\g|",
        "\\w |",
        "\\w|",
        ".output |",
        ".once |",
        ".output '|",
        ".once '|",
    ];
    let mut commands = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let own = LINES.iter().find_map(|name| line.strip_prefix(name));
        let piped = PIPES.iter().find_map(|name| line.split_once(name)).map(|(_, command)| command);
        commands.extend(own.or(piped).map(|command| command.trim_end_matches([';', '\'']).trim().to_owned()));
    }
    let small = text.to_ascii_lowercase();
    for (at, word) in small.match_indices(" program '") {
        let command = text[at + word.len()..].split('\'').next().unwrap_or_default();
        commands.push(command.to_owned());
    }
    commands
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

fn contains(statement: &str, word: &str) -> bool {
    statement.match_indices(word).any(|(at, _)| {
        let letter = word.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        !letter || at == 0 || !statement.as_bytes()[at - 1].is_ascii_alphanumeric()
    })
}

/// Stands where clients do not agree on what is text and what is not: nothing behind it is certain.
const ODD: &str = "_odd_";

/// Pragmas that only show something.
const PRAGMAS: &[&str] = &[
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "database_list",
    "collation_list",
    "compile_options",
    "function_list",
    "pragma_list",
    "integrity_check",
    "quick_check",
    "foreign_key_check",
    "user_version",
    "schema_version",
    "page_count",
    "page_size",
    "freelist_count",
    "encoding",
    "show_tables",
    "version",
    "database_size",
    "storage_info",
    "show_databases",
];

/// Commands of the clients end with their line, and `\\g` ends a statement as well.
fn own_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        let own = line.trim_start().starts_with(['\\', '.']);
        if own {
            lines.push(';');
        }
        lines.push_str(&line.replace("\\g", ";"));
        lines.push(if own { ';' } else { '\n' });
    }
    lines
}

/// In small letters, without comments and without what is in quotes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\'' | '"' | '`', _) => {
                let mut before = letter;
                for other in letters.by_ref().take_while(|other| *other != letter) {
                    before = other;
                }
                plain.push_str(if letter == '\'' { " _text_ " } else { " _quoted_ " });
                if before == '\\' {
                    plain.push_str(ODD);
                }
            }
            ('-', Some('-')) => {
                letters.next();
                if letters.peek().is_some_and(|next| !next.is_whitespace()) {
                    plain.push_str(ODD);
                }
                while letters.next().is_some_and(|other| other != '\n') {}
                plain.push('\n');
            }
            ('#', _) => plain.push_str(" _odd_ "),
            // MySQL runs what stands in such a comment.
            ('/', Some('*')) => {
                letters.next();
                let runs = letters.peek() == Some(&'!');
                let mut before = ' ';
                for other in letters.by_ref() {
                    if before == '*' && other == '/' {
                        break;
                    }
                    if before == '/' && other == '*' {
                        plain.push_str(ODD);
                    }
                    if runs && !matches!(other, '!' | '*') {
                        plain.push(other.to_ascii_lowercase());
                    }
                    before = other;
                }
                plain.push(' ');
            }
            ('$', Some('$')) => plain.push_str(" _odd_ "),
            (letter, _) => plain.push(letter.to_ascii_lowercase()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_statements_do() {
        let looks = [
            "SELECT * FROM users WHERE name = 'drop table x'",
            "select 1; show tables;",
            "-- drop table x\nselect 1",
            "EXPLAIN ANALYZE SELECT 1",
            "\\dt",
            ".tables",
            "PRAGMA table_info(users)",
            "WITH a AS (SELECT 1) SELECT * FROM a",
        ];
        for text in looks {
            assert_eq!(acts(text), [Act::new(Effect::NetworkIn, Scope::Nothing)], "{text}");
        }
        for text in ["DROP DATABASE shop", "drop schema if exists public cascade", "select 1;drop database a"]
        {
            assert!(acts(text).contains(&Act::grave(Effect::RemoteData, Scope::Everything)), "{text}");
        }
        let grave = [
            "DROP TABLE users",
            ".tables\ndrop table x",
            "\\dt\nDELETE FROM x",
            "show status\\Gdrop table x",
            "select 1; TRUNCATE x",
            "DELETE FROM users",
            "update users set a = 1",
            "/*! drop table x */",
            "with a as (delete from b returning 1) select * from a",
        ];
        for text in grave {
            assert!(acts(text).iter().any(|act| act.grave), "{text}");
        }
        let changes = [
            "INSERT INTO a VALUES (1)",
            "delete from a where id = 1",
            "create table x (y int)",
            "grant all on x to y",
            "pragma journal_mode = off",
            "pragma enable_progress_bar",
            "analyze users",
            "select * into b from a",
        ];
        for text in changes {
            assert_eq!(acts(text), [Act::new(Effect::RemoteData, Scope::Remote)], "{text}");
        }
        let runs = [
            "\\! rm -rf /",
            "select writefile('x', 'y')",
            "copy a to program 'sh'",
            ".shell ls",
            "select * into outfile 'x' from a",
            // Where one client ends a text or a comment, another does not.
            "select 'a\\', '; drop table x; -- '",
            "select 1--1; drop table x",
            "select 1 # '\n; drop table x # '",
            "select $$'$$; drop table x; --'",
            "select /* /* */ ' */ 1; drop table x -- '",
            "select * from '/etc/passwd'",
            "select * from file('/etc/passwd')",
            "select * from url('http://a.example')",
            "!!rm x",
        ];
        for text in runs {
            assert!(acts(text).contains(&Act::new(Effect::ExecUnknown, Scope::Unknown)), "{text}");
        }
    }
}
