//! Commands of a program's own that it reads from standard input or a file: editors by the line, clients that move files.

use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::paths;
use crate::special::quoted_words;
use crate::sql;
use crate::value::{Arg, Data, HOLE, Tags};
use crate::walk::{Redirected, Walker};

/// Lines that are looked at.
const MOST_LINES: usize = 200;
/// Commands of `ed` that change nothing but what it holds.
const ED_HARMLESS: &str = "pnldjmtkuxyzhHPqQ=#s";

impl Walker<'_> {
    /// `ed`: what it does to its file, and beside, stands in what it reads.
    pub(crate) fn ed(&mut self, at: usize, args: &[Arg], call: &Call, redirected: &Redirected) -> Data {
        let mut file = call.operands.first().map(|(_, file)| file.clone());
        // The file may be what a command prints.
        if let Some(command) = file.take_if(|file| file.text.starts_with('!')) {
            self.escape(at, &command.with(&command.text[1..]));
        }
        let mut tags = Tags::default();
        for (_, operand) in call.operands.iter().filter(|(_, operand)| !operand.text.starts_with('!')) {
            tags = tags.and(self.read(at, operand));
        }
        match &redirected.stdin.text {
            Some(text) => {
                if text.contains(HOLE) {
                    self.unread(at);
                }
                let lines = self.some_lines(text);
                tags = tags.and(self.ed_lines(at, &lines, &mut file, redirected));
            }
            None => {
                let file = file.unwrap_or_else(Arg::unknown);
                self.write(at, &file, redirected);
                self.unread(at);
            }
        }
        let data = self.output(at, args, redirected, None);
        Data { tags: data.tags.and(tags), ..data }
    }

    fn ed_lines(
        &mut self,
        at: usize,
        lines: &[&str],
        file: &mut Option<Arg>,
        redirected: &Redirected,
    ) -> Tags {
        let mut tags = Tags::default();
        let mut lines = lines.iter();
        while let Some(line) = lines.next() {
            let command = behind_address(line);
            let Some(letter) = command.chars().next() else { continue };
            let rest = &command[letter.len_utf8()..];
            match letter {
                // Text follows, up to a dot.
                'a' | 'i' | 'c' => while lines.next().is_some_and(|line| *line != ".") {},
                '!' => self.escape(at, &Arg::known(named(rest, file))),
                'w' | 'W' | 'r' | 'e' | 'E' | 'f' => {
                    let rest = if matches!(letter, 'w' | 'W') { rest.trim_start_matches('q') } else { rest };
                    tags = tags.and(self.ed_file(at, letter, rest.trim(), file, redirected));
                }
                'g' | 'v' | 'G' | 'V' => {
                    let mut inner = vec![behind_pattern(rest)];
                    while inner.last().is_some_and(|line| line.ends_with('\\')) {
                        let Some(line) = lines.next() else { break };
                        inner.push(line);
                    }
                    let inner: Vec<&str> = inner.iter().map(|line| line.trim_end_matches('\\')).collect();
                    let found =
                        self.deeper(|walker| Data::tagged(walker.ed_lines(at, &inner, file, redirected)));
                    tags = tags.and(found.tags);
                }
                letter if ED_HARMLESS.contains(letter) => {}
                _ => self.unread(at),
            }
        }
        tags
    }

    /// A command of `ed` with a file, a command of the shell, or neither.
    fn ed_file(
        &mut self,
        at: usize,
        letter: char,
        rest: &str,
        file: &mut Option<Arg>,
        redirected: &Redirected,
    ) -> Tags {
        if let Some(command) = rest.strip_prefix('!') {
            self.escape(at, &Arg::known(named(command, file)));
            return Tags::default();
        }
        let other = (!rest.is_empty()).then(|| Arg::known(rest));
        let meant = other.clone().or_else(|| file.clone()).unwrap_or_else(Arg::unknown);
        match letter {
            'w' | 'W' => self.write(at, &meant, redirected),
            'f' => *file = other.or_else(|| file.take()),
            _ => {
                if letter != 'r' {
                    *file = Some(meant.clone());
                }
                return self.read(at, &meant);
            }
        }
        Tags::default()
    }

    /// `sftp`: what it is told to do on a machine, and here.
    pub(crate) fn sftp(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        self.ssh(at, call);
        let from = call.operands.first().map(|(_, from)| from.clone()).unwrap_or_default();
        // A file there, or one of this machine's own name for it, comes here.
        if call.operands.len() == 1 && from.text.rsplit_once(':').is_some_and(|(_, path)| !path.is_empty()) {
            self.write(at, &Arg::known(base_name(&from.text)), redirected);
        }
        let batch = call.value("-b").filter(|file| !file.is_stdin()).cloned();
        let data = match &batch {
            Some(file) => self.text_of(file),
            None => redirected.stdin.clone(),
        };
        match &data.text {
            Some(text) => {
                if text.contains(HOLE) {
                    self.unread(at);
                }
                let before = self.state.folder.clone();
                for line in self.some_lines(text) {
                    self.sftp_line(at, line, redirected);
                }
                self.state.folder = before;
            }
            None if data.absent => {}
            None => self.unread(at),
        }
    }

    fn sftp_line(&mut self, at: usize, line: &str, redirected: &Redirected) {
        let line = line.trim().trim_start_matches(['-', '@']).trim_start();
        if let Some(command) = line.strip_prefix('!') {
            return self.escape(at, &Arg::known(command));
        }
        let words: Vec<String> =
            quoted_words(line, false).into_iter().filter(|word| !word.is_empty()).collect();
        let operands: Vec<Arg> = words
            .iter()
            .skip(1)
            .filter(|word| !word.starts_with('-'))
            .map(|word| Arg { glob: word.contains(['*', '?', '[']), ..Arg::known(word) })
            .collect();
        let verb = words.first().map(|verb| verb.to_ascii_lowercase()).unwrap_or_default();
        match (verb.as_str(), operands.as_slice()) {
            ("put" | "mput" | "reput", [file, ..]) => drop(self.upload(at, file)),
            ("get" | "mget" | "reget", [_, to, ..]) => self.write(at, to, redirected),
            ("get" | "mget" | "reget", [from]) => {
                self.write(at, &from.with(base_name(&from.text)), redirected)
            }
            ("lmkdir", [folder]) => self.write(at, folder, redirected),
            ("lcd", [folder]) => {
                let class = paths::class(&self.place, self.state.folder.as_deref(), folder);
                self.state.folder = class.sure.then_some(class.path);
            }
            ("rm" | "rmdir", _) => self.note(at, Act::grave(Effect::RemoteInfra, Scope::Remote), line),
            ("rename" | "mkdir" | "chmod" | "chown" | "chgrp" | "ln" | "symlink" | "cp" | "copy", _) => {
                self.note(at, Act::new(Effect::RemoteInfra, Scope::Remote), line)
            }
            (
                "" | "ls" | "dir" | "cd" | "pwd" | "lpwd" | "lls" | "df" | "help" | "?" | "bye" | "exit"
                | "quit" | "version" | "progress" | "lumask",
                _,
            ) => {}
            _ if verb.starts_with('#') => {}
            _ => self.unread(at),
        }
    }

    /// What a program reads as its commands: some go to the shell, and of all others nothing is known.
    pub(crate) fn escapes(&mut self, at: usize, data: &Data) {
        if !data.absent {
            self.escapes_in(at, data);
            self.unread(at);
        }
    }

    /// Commands that go to the shell: `!COMMAND`, and by the names that clients have for it.
    pub(crate) fn escapes_in(&mut self, at: usize, data: &Data) {
        const NAMES: &[&str] =
            &["!", "shell ", "platform shell ", "local ", "silent! !", "silent !", "r !", "r!", "w !"];
        for line in self.some_lines(data.text.as_deref().unwrap_or_default()) {
            for part in line.split(';').take(MOST_LINES) {
                let part = part.trim_start().trim_start_matches([':', '%']);
                if let Some(command) = NAMES.iter().find_map(|name| part.strip_prefix(name)) {
                    self.escape(at, &Arg { tags: data.tags, ..Arg::known(command) });
                }
            }
        }
    }

    /// The lines of a text, if they are not too many.
    fn some_lines<'a>(&mut self, text: &'a str) -> Vec<&'a str> {
        let mut lines = text.lines();
        let some = lines.by_ref().take(MOST_LINES).collect();
        if lines.next().is_some() {
            self.report.dark("it reads more commands than are looked at");
        }
        some
    }

    /// Statements for a database, and what its client gives to the shell.
    pub(crate) fn statements(&mut self, at: usize, text: &str) {
        for act in sql::acts(text) {
            self.note(at, act, "statements");
        }
        let commands = sql::commands(text);
        if commands.len() > MOST_LINES {
            self.report.dark("it reads more commands than are looked at");
        }
        for command in commands.into_iter().take(MOST_LINES) {
            self.escape(at, &Arg::known(command));
        }
    }

    /// A command of the shell.
    fn escape(&mut self, at: usize, command: &Arg) {
        let data = Data { text: command.literal().map(str::to_owned), tags: command.tags, absent: false };
        self.run_text(at, &data, None, &Redirected::input(Data::absent()));
    }

    /// What it is told is not known in all parts.
    fn unread(&mut self, at: usize) {
        self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "commands");
        self.doubt(at, "what it is told to do is not known");
    }
}

/// What stands behind the lines that a command is for.
fn behind_address(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        let next = rest.trim_start_matches(|letter: char| {
            letter.is_ascii_digit()
                || matches!(letter, ' ' | '\t' | '.' | '$' | '%' | ',' | ';' | '+' | '-' | '^')
        });
        let next = match next.chars().next() {
            Some('/' | '?') => behind_pattern(next),
            Some('\'') => next.get(2..).unwrap_or_default(),
            Some(_) | None => next,
        };
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}

/// What stands behind a pattern, whose sign is its first letter.
fn behind_pattern(text: &str) -> &str {
    let mut letters = text.trim_start().char_indices();
    let text = text.trim_start();
    let Some((_, sign)) = letters.next() else { return "" };
    let mut taken = false;
    for (at, letter) in letters {
        match letter {
            _ if taken => taken = false,
            '\\' => taken = true,
            letter if letter == sign => return &text[at + letter.len_utf8()..],
            _ => {}
        }
    }
    ""
}

/// A command of the shell in `ed`, with the name of its file for `%`.
fn named(command: &str, file: &Option<Arg>) -> String {
    match file {
        Some(file) => command.replace('%', &file.text),
        None => command.to_owned(),
    }
}

/// The last part of a path, here or there.
fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{NoFacts, Place};

    #[test]
    fn commands_stand_behind_their_addresses() {
        let table = [
            ("1,$d", "d"),
            (",p", "p"),
            ("/a\\/b/,'x-3w out", "w out"),
            ("?x?;+2 !ls", "!ls"),
            ("q", "q"),
            ("5", ""),
            ("", ""),
        ];
        for (line, wanted) in table {
            assert_eq!(behind_address(line), wanted, "{line}");
        }
        assert_eq!(behind_pattern("/a\\/b/s/x/y/"), "s/x/y/");
        assert_eq!(behind_pattern("/never ends"), "");
        assert_eq!(base_name("web:logs/a.txt"), "a.txt");
    }

    #[test]
    fn of_many_commands_not_all_are_looked_at() {
        let place = Place {
            home: "/home/me",
            folder: Some("/home/me/work"),
            root: Some("/home/me/work"),
            facts: &NoFacts,
        };
        for (program, line) in [("ed -s x", "p"), ("sftp host", "ls"), ("lftp host", "ls")] {
            let few = crate::analyse(&format!("{program} <<'X'\n{line}\nX\n"), place);
            assert!(few.opaque.is_empty(), "{program}: {:?}", few.opaque);
            let many = format!("{line}\n").repeat(MOST_LINES + 1);
            let many = crate::analyse(&format!("{program} <<'X'\n{many}X\n"), place);
            assert!(!many.opaque.is_empty(), "{program}");
        }
    }
}
