//! What stands below a folder of agents, commands or skills: files with front matter, and skills that are plugins.
//!
//! The client follows links and looks as deep as folders go (seen with 2.1.330), so this does, too. What is not looked at,
//! because there is too much of it or because nobody may, counts as a hook that nobody knows.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::front::{self, Cut, Said};
use super::{Foreign, Origin, Own, When, hooks_of_plugin, is_absent, open, unknown};

/// So many entries of folders are looked at below one.
const MOST_ENTRIES: usize = 32 << 10;
/// So many files are read.
const MOST_FILES: usize = 4 << 10;
/// So much of them.
const MOST_BYTES: u64 = 64 << 20;
/// Front matter ends within this.
const MOST_FRONT: u64 = 1 << 20;
/// So much is read of a file at first, and then: most front matter is short.
const FIRST: [u64; 2] = [8 << 10, 128 << 10];
/// What makes a folder of skills a plugin.
const OF_PLUGIN: &str = ".claude-plugin";
/// What a skill's programs are made of: no skills, and often very many files.
const OF_PACKAGES: &str = "node_modules";

/// Files of agents, commands and skills below a folder of them whose front matter has hooks that have a say in tool calls,
/// and hooks of skills that are plugins; and the files and folders that say so.
#[must_use]
pub fn of_front_matter(folder: &Path, origin: Origin, own: &Own) -> (Vec<Foreign>, Vec<PathBuf>) {
    of_at_most(folder, origin, own, &Most::default())
}

/// How much is looked at.
#[derive(Debug)]
struct Most {
    entries: usize,
    files: usize,
    bytes: u64,
}

impl Default for Most {
    fn default() -> Self {
        Self { entries: MOST_ENTRIES, files: MOST_FILES, bytes: MOST_BYTES }
    }
}

fn of_at_most(folder: &Path, origin: Origin, own: &Own, most: &Most) -> (Vec<Foreign>, Vec<PathBuf>) {
    let mut below = Below::default();
    below.list(folder, most);
    let Below { mut files, plugins, mut looked, mut found } = below;
    files.sort_unstable();
    if files.len() > most.files {
        found.push(unknown(folder, &format!("of its {} files only {} are read", files.len(), most.files)));
        files.truncate(most.files);
    }
    let mut left = most.bytes;
    for (at, file) in files.iter().enumerate() {
        if left == 0 {
            let unread = files.len() - at;
            found.push(unknown(folder, &format!("its files are too long: {unread} of them are not read")));
            break;
        }
        found.extend(of_file(file, origin, &mut left));
    }
    looked.extend(files);
    for plugin in plugins {
        let (hooks, more) = hooks_of_plugin(&plugin, origin, own);
        found.extend(hooks);
        looked.extend(more);
    }
    (found, looked)
}

/// What was found below a folder.
#[derive(Debug, Default)]
struct Below {
    /// Files that may have front matter.
    files: Vec<PathBuf>,
    /// Folders that are plugins.
    plugins: Vec<PathBuf>,
    /// What says that these are all.
    looked: Vec<PathBuf>,
    /// What could not be looked at.
    found: Vec<Foreign>,
}

impl Below {
    fn list(&mut self, top: &Path, most: &Most) {
        let is_skills = top.file_name().is_some_and(|name| name == "skills");
        let mut met: HashSet<(u64, u64)> = HashSet::new();
        let mut left = vec![(top.to_path_buf(), is_skills)];
        let mut entries = 0;
        while let Some((folder, is_skills)) = left.pop() {
            self.looked.push(folder.clone());
            let listed = match Listed::of(&folder, most.entries - entries, &mut met) {
                Ok(listed) => listed,
                Err(error) if is_absent(&error) => continue,
                Err(error) => {
                    self.found.push(unknown(&folder, &error.to_string()));
                    continue;
                }
            };
            entries += listed.count;
            let is_plugin = is_skills && listed.folders.iter().any(|path| path.ends_with(OF_PLUGIN));
            if is_plugin {
                self.plugins.push(folder);
            }
            // A skill is one file in its folder; a plugin's agents and commands may lie anywhere in it.
            let is_skills = is_skills && !is_plugin;
            self.files.extend(listed.files.into_iter().filter(|path| may_be_read(path, is_skills)));
            self.looked.extend(listed.gone);
            for (path, error) in listed.closed {
                self.found.push(unknown(&path, &error.to_string()));
                self.looked.push(path);
            }
            let is_in = |path: &PathBuf| !(is_skills && path.ends_with(OF_PACKAGES));
            left.extend(listed.folders.into_iter().filter(is_in).map(|path| (path, is_skills)));
            if listed.is_cut {
                let why = format!("there are more than {} files and folders in it", most.entries);
                self.found.push(unknown(top, &why));
                return;
            }
        }
    }
}

/// By its name, as the client has it; without regard to case, as some disks have it.
fn may_be_read(path: &Path, is_skill: bool) -> bool {
    match is_skill {
        true => path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("SKILL.md")),
        false => path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md")),
    }
}

/// The entries of a folder.
#[derive(Debug, Default)]
struct Listed {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    /// Links to what is not there.
    gone: Vec<PathBuf>,
    /// Nobody knows what these are, and why.
    closed: Vec<(PathBuf, io::Error)>,
    count: usize,
    /// There are more.
    is_cut: bool,
}

impl Listed {
    /// Of a folder that was not met before, by whatever way; no more than `most`.
    fn of(folder: &Path, most: usize, met: &mut HashSet<(u64, u64)>) -> io::Result<Self> {
        let mut listed = Self::default();
        let meta = fs::metadata(folder)?;
        if !meta.is_dir() || !met.insert((meta.dev(), meta.ino())) {
            return Ok(listed);
        }
        for entry in fs::read_dir(folder)? {
            if listed.count == most {
                listed.is_cut = true;
                break;
            }
            listed.count += 1;
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let led =
                if kind.is_symlink() { fs::metadata(&path).map(|meta| meta.file_type()) } else { Ok(kind) };
            match led {
                Ok(kind) if kind.is_dir() => listed.folders.push(path),
                Ok(_) => listed.files.push(path),
                Err(error) if is_absent(&error) => listed.gone.push(path),
                Err(error) => listed.closed.push((path, error)),
            }
        }
        listed.folders.sort_unstable();
        Ok(listed)
    }
}

fn of_file(file: &Path, origin: Origin, left: &mut u64) -> Vec<Foreign> {
    let said = match front_of(file, left) {
        Ok(front) => front.map_or(Said::Nothing, |front| front::said(&String::from_utf8_lossy(&front))),
        Err(error) => return vec![unknown(file, &error.to_string())],
    };
    let hooks = |when| Foreign { when, what: "hooks in its front matter".to_owned(), ..unknown(file, "") };
    match said {
        Said::Nothing => Vec::new(),
        Said::Unclear => {
            vec![unknown(file, "its front matter may bring hooks, and is not written plainly enough to tell")]
        }
        Said::Hooks { before, prompt } => {
            let prompt = prompt && origin == Origin::Repository;
            let all = [(before, When::Before), (prompt, When::Prompt)];
            all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, when)| hooks(when)).collect()
        }
    }
}

/// The front matter of a file; `None` where it has none. What is read is taken from `left`.
fn front_of(file: &Path, left: &mut u64) -> io::Result<Option<Vec<u8>>> {
    let Some(mut opened) = open(file)? else { return Ok(None) };
    let mut bytes = Vec::new();
    for upto in FIRST.into_iter().chain([MOST_FRONT]) {
        let room = upto - bytes.len() as u64;
        let read = (&mut opened).take(room).read_to_end(&mut bytes)? as u64;
        *left = left.saturating_sub(read);
        match front::cut(&bytes) {
            Cut::None => return Ok(None),
            Cut::Whole(front) => return Ok(Some(front.to_vec())),
            Cut::Open(front) if read < room => return Ok(Some(front.to_vec())),
            Cut::Open(_) => {}
        }
    }
    Err(io::Error::other("its front matter has no end within 1 MiB"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const BRINGS: &str = "---\nname: a\nhooks:\n  PreToolUse:\n    - hooks: []\n---\nx";
    const ORDINARY: &str =
        "---\nname: a\ndescription: of hooks, PreToolUse among them\n---\nhooks: PreToolUse";

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn put(&self, path: &str, text: &str) -> PathBuf {
            let file = self.0.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            file
        }

        fn found(&self, name: &str) -> Vec<(When, String)> {
            self.found_at_most(name, &Most::default())
        }

        fn found_at_most(&self, name: &str, most: &Most) -> Vec<(When, String)> {
            let own = Own::default();
            let (found, looked) = of_at_most(&self.0.path().join(name), Origin::Repository, &own, most);
            assert!(!looked.is_empty(), "what it rests on is watched");
            found.into_iter().map(|hook| (hook.when, hook.what)).collect()
        }

        #[track_caller]
        fn is_unknown(&self, name: &str, why: &str) {
            let found = self.found(name);
            assert!(matches!(&found[..], [(When::Unknown, what)] if what.contains(why)), "{found:?}");
        }
    }

    #[test]
    fn front_matter_brings_hooks_however_it_is_written() {
        let folder = Folder::new();
        assert_eq!(folder.found("skills"), []);
        folder.put("skills/a/SKILL.md", ORDINARY);
        assert_eq!(folder.found("skills"), []);
        folder.put("skills/a/SKILL.md", BRINGS);
        assert_eq!(folder.found("skills"), [(When::Before, "hooks in its front matter".to_owned())]);
        folder.put("skills/a/SKILL.md", "---\n{name: a, hooks: {PreToolUse: [{hooks: []}]}}\n---\n");
        folder.is_unknown("skills", "not written plainly enough");
        folder.put("agents/a.md", "---\nname: a\nhooks:\n  \"Pre\\x54oolUse\":\n    - hooks: []\n---\n");
        folder.is_unknown("agents", "not written plainly enough");
        folder.put("commands/a.md", "---\nhooks:\n  PermissionRequest:\n    - hooks: []\n---\n");
        assert_eq!(folder.found("commands").iter().map(|found| found.0).collect::<Vec<_>>(), [When::Prompt]);
        let commands = folder.0.path().join("commands");
        let persons = of_front_matter(&commands, Origin::Person, &Own::default()).0;
        assert_eq!(persons, [], "a prompt of the person's own is their answer");
    }

    #[test]
    fn front_matter_is_read_to_its_end() {
        let folder = Folder::new();
        for room in [FIRST[0], FIRST[1], MOST_FRONT / 2] {
            let filled = format!(
                "---\nfill: {}\nhooks:\n  PreToolUse: []\n---\n",
                "x".repeat(usize::try_from(room).unwrap())
            );
            folder.put("agents/a.md", &filled);
            assert_eq!(folder.found("agents").len(), 1, "{room}");
        }
        folder.put("agents/a.md", &format!("---\nfill: {}", "x\n".repeat(1 << 19)));
        folder.is_unknown("agents", "no end within 1 MiB");
        folder.put("agents/a.md", &format!("{}{BRINGS}", "x".repeat(2 << 20)));
        assert_eq!(folder.found("agents"), [], "it does not begin with front matter, long as it is");
    }

    #[test]
    fn files_are_found_wherever_links_and_folders_lead() {
        let folder = Folder::new();
        folder.put("agents/1/2/3/4/5/6/7/8/a.md", BRINGS);
        assert_eq!(folder.found("agents").len(), 1);
        folder.put("elsewhere/b/c.md", BRINGS);
        symlink("../elsewhere", folder.0.path().join("agents/link")).unwrap();
        symlink("..", folder.0.path().join("agents/1/up")).unwrap();
        symlink("nowhere", folder.0.path().join("agents/gone.md")).unwrap();
        folder.put("agents/folder.md/d.MD", BRINGS);
        assert_eq!(folder.found("agents").len(), 3, "and each once");
        symlink("loop.md", folder.0.path().join("agents/loop.md")).unwrap();
        assert_eq!(folder.found("agents").len(), 4, "nobody knows where that leads");
        folder.put("skills/a/reference/more.md", BRINGS);
        folder.put("skills/a/node_modules/x/SKILL.md", BRINGS);
        assert_eq!(folder.found("skills"), [], "of a skill only its own file is read");
        folder.put("skills/a/b/c/d/e/SKILL.md", BRINGS);
        assert_eq!(folder.found("skills").len(), 1);
        folder.put("skills/.hidden/skill.md", BRINGS);
        assert_eq!(folder.found("skills").len(), 2);
    }

    #[test]
    fn what_may_not_be_looked_at_counts() {
        let folder = Folder::new();
        symlink("commands", folder.0.path().join("commands")).unwrap();
        folder.is_unknown("commands", "symbolic links");
        // Whoever may read everything sees what it is.
        let file = folder.put("agents/inner/a.md", ORDINARY);
        let inner = file.parent().unwrap();
        let closed = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        closed(inner, 0);
        let may_anything = fs::read_dir(inner).is_ok();
        if !may_anything {
            folder.is_unknown("agents", "denied");
        }
        closed(inner, 0o700);
        closed(&file, 0);
        if !may_anything {
            folder.is_unknown("agents", "denied");
        }
        closed(&file, 0o600);
        assert_eq!(folder.found("agents"), []);
        fs::remove_file(&file).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
        assert_eq!(folder.found("agents").len(), 1, "it is no file");
    }

    #[test]
    fn too_many_are_told_and_the_same_are_read_each_time() {
        let folder = Folder::new();
        for name in ["e", "c", "a", "d", "b"] {
            folder.put(&format!("agents/{name}.md"), ORDINARY);
        }
        folder.put("agents/a.md", BRINGS);
        let most = |entries, files, bytes| Most { entries, files, bytes };
        let found = folder.found_at_most("agents", &most(9, 4, 1000));
        assert_eq!(found.len(), 2, "the first of them by name is read: {found:?}");
        assert!(found.iter().any(|(_, what)| what.contains("of its 5 files only 4 are read")), "{found:?}");
        let found = folder.found_at_most("agents", &most(9, 9, 10));
        assert!(
            found
                .iter()
                .any(|(when, what)| *when == When::Unknown && what.contains("4 of them are not read"))
        );
        let found = folder.found_at_most("agents", &most(4, 9, 1000));
        assert!(
            found.iter().any(|(when, what)| *when == When::Unknown && what.contains("more than 4 files"))
        );
        assert_eq!(folder.found_at_most("agents", &most(5, 5, 10_000)).len(), 1);
    }

    /// Seen with 2.1.330: in a folder that is trusted, such skills of a repository are plugins.
    #[test]
    fn a_skill_may_be_a_plugin() {
        let folder = Folder::new();
        let hooks = r#"{"hooks":{"PermissionRequest":[{"hooks":[{"type":"command","command":"./x"}]}]}}"#;
        folder.put("skills/a/hooks/hooks.json", hooks);
        folder.put("skills/a/agents/b.md", BRINGS);
        assert_eq!(folder.found("skills"), [], "it is none");
        folder.put("skills/a/.claude-plugin/plugin.json", r#"{"name":"a"}"#);
        let mut found = folder.found("skills");
        found.sort_by_key(|(_, what)| what.clone());
        assert_eq!(
            found,
            [(When::Prompt, "./x".to_owned()), (When::Before, "hooks in its front matter".to_owned())]
        );
    }
}
