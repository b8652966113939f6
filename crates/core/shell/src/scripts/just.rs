//! Files of `just`, simply: recipes, what they need, their parameters, and variables that are plainly set.

use std::collections::BTreeMap;

use super::UNKNOWN;
use crate::call::Call;
use crate::grammar::Language;
use crate::walk::Walker;

/// Recipes that one leads to.
const MOST_RECIPES: usize = 40;

/// What is read of a file.
#[derive(Debug, Default)]
struct Justfile {
    variables: BTreeMap<String, String>,
    aliases: BTreeMap<String, String>,
    recipes: Vec<Recipe>,
    /// Commands that are run when the file is read.
    run: Vec<String>,
    /// It is not the shell that runs the lines.
    foreign: bool,
}

#[derive(Debug, Default, Clone)]
struct Recipe {
    name: String,
    parameters: Vec<String>,
    needs: Vec<String>,
    lines: Vec<String>,
}

impl Walker<'_> {
    pub(super) fn of_just(&mut self, at: usize, call: &Call) {
        let Some(folder) = self.works_in(call, &["-d"]) else { return };
        let own = call.value("-f").map(|file| file.literal().unwrap_or_default().to_owned());
        let names: Vec<&str> = match &own {
            Some(file) => vec![file.as_str()],
            None => vec!["justfile", "Justfile", ".justfile", "JUSTFILE"],
        };
        let Some((folder, text)) = self.nearest(&folder, &names, own.is_none()) else { return };
        let file = read(&text);
        if file.foreign {
            return;
        }
        for command in &file.run {
            self.told(at, &folder, command, None);
        }
        let mut words: Vec<String> = call
            .operands
            .iter()
            .map(|(_, arg)| arg.literal().map_or_else(|| UNKNOWN.to_owned(), str::to_owned))
            .collect();
        if words.is_empty() {
            words.extend(file.recipes.first().map(|recipe| recipe.name.clone()));
        }
        for (language, text) in file.texts(&words) {
            self.told(at, &folder, &text, language);
        }
    }
}

fn read(text: &str) -> Justfile {
    let mut file = Justfile::default();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(recipe) = file.recipes.last_mut() {
                recipe.lines.push(line.trim_start().to_owned());
            }
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        file.line(line);
    }
    file
}

impl Justfile {
    fn line(&mut self, line: &str) {
        let mut ticks = line.split('`').skip(1);
        while let Some(command) = ticks.next() {
            self.run.push(command.to_owned());
            ticks.next();
        }
        if let Some(setting) = line.strip_prefix("set ") {
            let shell = setting.starts_with("shell")
                && !["\"sh\"", "\"bash\"", "\"zsh\""].iter().any(|own| setting.contains(own));
            self.foreign |= shell;
            return;
        }
        if let Some((name, value)) = line.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").trim();
            let value = value.trim();
            match name.strip_prefix("alias ") {
                Some(alias) => drop(self.aliases.insert(alias.trim().to_owned(), value.to_owned())),
                None => {
                    let plain = |quote: char| {
                        value
                            .strip_prefix(quote)?
                            .strip_suffix(quote)
                            .filter(|text| !text.contains([quote, '\\']))
                    };
                    let known = plain('"').or_else(|| plain('\'')).unwrap_or(UNKNOWN);
                    self.variables.insert(name.to_owned(), known.to_owned());
                }
            }
            return;
        }
        let Some((head, needs)) = line.split_once(':') else { return };
        let mut words = head.trim_start_matches('@').split_whitespace();
        let Some(name) = words.next().map(str::to_owned) else { return };
        let parameters = words.map(|word| {
            word.split('=').next().unwrap_or_default().trim_start_matches(['+', '*', '$']).to_owned()
        });
        let parameters = parameters.collect();
        // `(name argument)` needs a recipe as `name` does.
        let needs = needs.split('#').next().unwrap_or_default().replace("&&", " ");
        let needs = needs.split_whitespace().map(|word| word.trim_matches(['(', ')']).to_owned()).collect();
        self.recipes.push(Recipe { name, parameters, needs, lines: Vec::new() });
    }

    /// What recipes run; what is no name of one is an argument of the one before it.
    fn texts(&self, words: &[String]) -> Vec<(Option<Language>, String)> {
        let (mut seen, mut texts) = (Vec::new(), Vec::new());
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let Some(recipe) = self.recipe(word) else { continue };
            let mut given = Vec::new();
            while given.len() < recipe.parameters.len() {
                let Some(word) = words.next() else { break };
                given.push(word.clone());
            }
            self.visit(recipe, &given, &mut seen, &mut texts);
        }
        texts
    }

    fn recipe(&self, name: &str) -> Option<&Recipe> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.recipes.iter().find(|recipe| recipe.name == name)
    }

    fn visit(
        &self,
        recipe: &Recipe,
        given: &[String],
        seen: &mut Vec<String>,
        texts: &mut Vec<(Option<Language>, String)>,
    ) {
        if seen.len() >= MOST_RECIPES || seen.contains(&recipe.name) {
            return;
        }
        seen.push(recipe.name.clone());
        for need in recipe.needs.iter().filter_map(|need| self.recipe(need)) {
            self.visit(need, &[], seen, texts);
        }
        let known = |name: &str| {
            let at = recipe.parameters.iter().position(|own| own == name);
            match at {
                Some(at) => given.get(at).cloned(),
                None => self.variables.get(name).cloned(),
            }
        };
        let lines: Vec<String> = recipe.lines.iter().map(|line| filled(line, &known)).collect();
        let Some(first) = lines.first() else { return };
        if let Some(program) = first.strip_prefix("#!") {
            let language = match program.rsplit(['/', ' ']).next().unwrap_or_default() {
                "sh" | "bash" | "zsh" | "dash" => None,
                "python" | "python3" => Some(Language::Python),
                "node" => Some(Language::JavaScript),
                _ => return,
            };
            texts.push((language, lines[1..].join("\n")));
            return;
        }
        let mut text = String::new();
        for line in &lines {
            text.push_str(line.trim_start_matches(['@', '-']));
            match text.strip_suffix('\\').map(str::len) {
                Some(end) => text.truncate(end),
                None => texts.push((None, std::mem::take(&mut text))),
            }
        }
    }
}

/// A line with `{{name}}` replaced.
fn filled(line: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut done = String::new();
    let mut rest = line;
    while let Some((before, inside)) = rest.split_once("{{") {
        let (name, behind) = inside.split_once("}}").unwrap_or((inside, ""));
        done.push_str(before);
        done.push_str(&known(name.trim()).unwrap_or_else(|| UNKNOWN.to_owned()));
        rest = behind;
    }
    done.push_str(rest);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_found_with_what_they_need() {
        let text = "set shell := [\"bash\", \"-c\"]\nout := \"dist\"\nnow := `date`\nalias b := build\n\n[private]\nbuild target='all': (prepare 'x')\n    \
            @mkdir -p {{out}}/{{ target }}\n    echo {{other}} \\\n      end\n\nprepare:\n    echo ready\n\nrun:\n    #!/usr/bin/env bash\n    set -e\n    ls\n";
        let file = read(text);
        let texts = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            file.texts(&words).into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(texts(&["b", "web"]), ["echo ready", "mkdir -p dist/web", "echo ${_not_known_} end"]);
        assert_eq!(texts(&["run"]), ["set -e\nls"]);
        assert_eq!(file.run, ["date"]);
        assert!(!file.foreign && read("set shell := [\"pwsh\"]\n").foreign);
    }
}
