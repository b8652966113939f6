//! Makefiles, simply: recipes of a target and of what it needs, with variables that are plainly set.

use std::collections::BTreeMap;

use super::UNKNOWN;
use crate::call::Call;
use crate::effect::{Act, Effect, Scope};
use crate::value::Arg;
use crate::walk::{Redirected, Walker};

/// Lines of recipes that are gone through.
const MOST_LINES: usize = 40;
/// Targets that one leads to.
const MOST_TARGETS: usize = 40;

/// What is read of a file.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    variables: BTreeMap<String, String>,
    rules: Vec<Rule>,
    /// Commands that are run when the file is read.
    run: Vec<String>,
}

#[derive(Debug, Default, Clone)]
struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    recipe: Vec<String>,
}

impl Walker<'_> {
    pub(super) fn of_make(&mut self, at: usize, call: &Call, redirected: &Redirected) {
        let folder = self.works_in(call, &["-C"]);
        let own = call.value("-f").filter(|file| file.is_known());
        let told = own.filter(|file| file.is_stdin());
        if told.is_some() {
            // It is not the project's.
            self.note(at, Act::new(Effect::ExecUnknown, Scope::Unknown), "recipes");
        }
        let written = match (told, own) {
            (Some(_), _) => redirected.stdin.text.clone(),
            (None, Some(file)) => self.file(file).text,
            (None, None) => None,
        };
        let named = own.and_then(Arg::literal).map(|name| vec![name]);
        let names = named.unwrap_or_else(|| vec!["GNUmakefile", "makefile", "Makefile"]);
        let found = match (folder, written) {
            (folder, Some(text)) => Some((folder.unwrap_or_default(), text)),
            (Some(folder), None) => self.nearest(&folder, &names, false),
            (None, None) => None,
        };
        let Some((folder, text)) = found else { return };
        let mut file = read(&text);
        let mut targets = Vec::new();
        for operand in call.operands.iter().map(|(_, operand)| operand) {
            match (operand.text.split_once('='), operand.literal()) {
                (Some((name, _)), None) => drop(file.variables.insert(name.to_owned(), UNKNOWN.to_owned())),
                (Some((name, value)), Some(_)) => {
                    drop(file.variables.insert(name.to_owned(), value.to_owned()))
                }
                (None, Some(target)) => targets.push(target.to_owned()),
                (None, None) => {}
            }
        }
        if targets.is_empty() {
            targets.extend(file.first());
        }
        for command in file.run.clone() {
            let command = file.expanded(&command, None, 0);
            self.told(at, &folder, &command, None);
        }
        for line in file.lines(&targets) {
            self.told(at, &folder, &line, None);
        }
    }
}

/// Lines of a file, those that go on joined.
fn joined(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let (line, more) = match line.strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        match all.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            None => all.push(line.to_owned()),
        }
        goes_on = more;
    }
    all
}

/// Reads a file; conditions are taken for fulfilled.
pub(super) fn read(text: &str) -> Makefile {
    let mut file = Makefile::default();
    let mut defines = false;
    for line in joined(text) {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "define" => defines = true,
            "endef" => defines = false,
            _ if defines => {}
            "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" | "include" | "-include"
            | "sinclude" | "vpath" => {}
            _ if line.starts_with('\t') => {
                if let Some(rule) = file.rules.last_mut() {
                    rule.recipe.push(line[1..].to_owned());
                }
            }
            _ => file.line(line.split('#').next().unwrap_or_default().trim()),
        }
    }
    file
}

impl Makefile {
    /// A line that is no recipe's: a variable, or a rule.
    fn line(&mut self, line: &str) {
        let mut rest = line;
        while let Some(at) = rest.find("$(shell ") {
            let inside = &rest[at + "$(shell ".len()..];
            let end = closing(inside).unwrap_or(inside.len());
            self.run.push(inside[..end].to_owned());
            rest = &inside[end..];
        }
        let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("override ")).unwrap_or(line);
        let equals = line.find('=').filter(|equals| {
            let name = line[..*equals].trim_end_matches([':', '?', '+', '!', ':']).trim();
            !name.is_empty() && !name.contains([' ', ':', '\t'])
        });
        if let Some(equals) = equals {
            let sign = line[..equals].chars().next_back();
            let name = line[..equals].trim_end_matches([':', '?', '+', '!']).trim().to_owned();
            let value = line[equals + 1..].trim();
            match sign {
                // It runs a command.
                Some('!') => {
                    self.run.push(value.to_owned());
                    self.variables.insert(name, UNKNOWN.to_owned());
                }
                Some('+') => {
                    let before = self.variables.entry(name).or_default();
                    *before = format!("{before} {value}").trim().to_owned();
                }
                _ => drop(self.variables.insert(name, value.to_owned())),
            }
            return;
        }
        let Some((targets, rest)) = line.split_once(':') else { return };
        let (needs, first) =
            rest.trim_start_matches(':').split_once(';').unwrap_or((rest.trim_start_matches(':'), ""));
        let names =
            |text: &str| text.split_whitespace().filter(|name| *name != "|").map(str::to_owned).collect();
        let targets = self.expanded(targets, None, 0);
        let needs = self.expanded(needs, None, 0);
        let recipe = if first.trim().is_empty() { Vec::new() } else { vec![first.trim().to_owned()] };
        self.rules.push(Rule { targets: names(&targets), needs: names(&needs), recipe });
    }

    /// The target of a call that names none.
    fn first(&self) -> Option<String> {
        let mut targets = self.rules.iter().flat_map(|rule| rule.targets.iter());
        targets.find(|target| !target.starts_with('.') && !target.contains('%')).cloned()
    }

    /// The lines that targets run, those of what they need first.
    fn lines(&self, targets: &[String]) -> Vec<String> {
        let (mut seen, mut lines) = (Vec::new(), Vec::new());
        for target in targets {
            self.visit(target, &mut seen, &mut lines);
        }
        lines.truncate(MOST_LINES);
        lines
    }

    fn visit(&self, target: &str, seen: &mut Vec<String>, lines: &mut Vec<String>) {
        if seen.len() >= MOST_TARGETS || seen.iter().any(|other| other == target) {
            return;
        }
        seen.push(target.to_owned());
        for rule in self.rules.iter().filter(|rule| rule.targets.iter().any(|own| own == target)) {
            for need in &rule.needs {
                self.visit(need, seen, lines);
            }
            for line in &rule.recipe {
                let line = self.expanded(line, Some((target, &rule.needs)), 0);
                let line = line.trim_start().trim_start_matches(['@', '-', '+', ' ']).to_owned();
                if !line.is_empty() && !line.starts_with('#') {
                    lines.push(line);
                }
            }
        }
    }

    /// A text with its variables replaced; what is not known is a variable of the shell's that nobody sets.
    fn expanded(&self, text: &str, rule: Option<(&str, &[String])>, depth: usize) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            done.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(letter) = rest.chars().next() else { break };
            if letter == '$' {
                done.push('$');
                rest = &rest[1..];
                continue;
            }
            let (name, length) = match letter {
                '(' | '{' => {
                    let end = closing(&rest[1..]).unwrap_or(rest.len() - 1);
                    (rest[1..1 + end].to_owned(), (end + 2).min(rest.len()))
                }
                letter => (letter.to_string(), letter.len_utf8()),
            };
            rest = &rest[length..];
            let value = match (name.as_str(), rule) {
                ("@", Some((target, _))) => target.to_owned(),
                ("<", Some((_, needs))) => needs.first().cloned().unwrap_or_default(),
                ("^" | "+", Some((_, needs))) => needs.join(" "),
                ("MAKE", _) => "make".to_owned(),
                ("CURDIR" | "PWD", _) => ".".to_owned(),
                ("RM", _) if !self.variables.contains_key("RM") => "rm -f".to_owned(),
                (name, rule) => match self.variables.get(name).filter(|_| depth < 6) {
                    Some(value) => self.expanded(value, rule, depth + 1),
                    None => UNKNOWN.to_owned(),
                },
            };
            done.push_str(&value);
            if done.len() > super::MOST_BYTES {
                break;
            }
        }
        done.push_str(rest);
        done
    }
}

/// Where the bracket closes that was opened before.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' if depth == 0 => return Some(at),
            ')' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_found_with_what_they_need() {
        let text = "OUT = dist\nBIN := $(OUT)/bin # where\nexport A=1\n.PHONY: all clean\nall: build | tools\n\n\
            build: a.c b.c\n\t@mkdir -p $(BIN)\n\tcc -o $@ $^ \\\n\t  -O2\n\ntools: ; echo $(NOT_SET) $$HOME\n\
            clean:\n\t-rm -rf $(OUT)\n\t$(MAKE) all\n%.o: %.c\n\tcc $<\n";
        let file = read(text);
        assert_eq!(file.first().as_deref(), Some("all"));
        let lines = |target: &str| file.lines(&[target.to_owned()]);
        assert_eq!(
            lines("all"),
            ["mkdir -p dist/bin", "cc -o build a.c b.c  -O2", "echo ${_not_known_} $HOME"]
        );
        assert_eq!(lines("clean"), ["rm -rf dist", "make all"]);
        assert!(lines("none").is_empty());
        let runs = read("X := $(shell date $(Y))\nZ != uname\n");
        assert_eq!(runs.run, ["date $(Y)", "uname"]);
    }
}
