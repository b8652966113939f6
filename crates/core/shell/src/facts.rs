//! What has to be known of the world, and is asked.

/// The world, as far as a verdict may depend on it. Whoever answers must be quick: a tool call waits.
pub trait Facts {
    /// Whether version control has a file (or one below a folder); `None` where nobody knows.
    fn tracked(&self, path: &str) -> Option<bool>;
    /// Where a path leads when links are followed, as far as it exists; `None` where nobody knows.
    fn resolved(&self, path: &str) -> Option<String>;
    /// What a text file of moderate size holds.
    fn text(&self, path: &str) -> Option<String>;
    /// Whether a file is there that may be run as a program; `None` where nobody knows.
    fn executable(&self, path: &str) -> Option<bool>;
    /// What a pattern of the shell stands for, as an absolute path; `None` where nobody knows, or it is too much.
    fn matching(&self, _pattern: &str) -> Option<Vec<Match>> {
        None
    }
    /// Files and folders that say what agents may do, beside those that are known by their names: absolute paths.
    fn guarded(&self) -> &[String] {
        &[]
    }
    /// The folders of other repositories that stand in a list of git's, from the top of the one that has it; `None` where
    /// nobody knows.
    fn repositories(&self, _index: &str) -> Option<Vec<String>> {
        None
    }
    /// Whether anything is there, a folder or a file of any size; `None` where nobody knows.
    fn exists(&self, _path: &str) -> Option<bool> {
        None
    }
}

/// Something that a pattern stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its path, absolute.
    pub path: String,
    /// It is a link, or what the pattern says led through one.
    pub linked: bool,
}

/// Nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn tracked(&self, _: &str) -> Option<bool> {
        None
    }

    fn resolved(&self, _: &str) -> Option<String> {
        None
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn executable(&self, _: &str) -> Option<bool> {
        None
    }
}

/// Where a command is run.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The person's home folder.
    pub home: &'a str,
    /// The working folder; `None` if nobody said.
    pub folder: Option<&'a str>,
    /// The folder of the repository, or of the project where there is none.
    pub root: Option<&'a str>,
    /// The world.
    pub facts: &'a dyn Facts,
}

impl std::fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("folder", &self.folder)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
