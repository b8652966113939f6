//! Code of other languages in one text, as far as it can be told: what is plainly harmless, and what plainly is not.

use crate::effect::{Act, Effect, Scope};
use crate::grammar::Language;
use crate::tokens::{Token, tokens};

/// What was found in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it does, and to what.
    pub(crate) acts: Vec<(Act, String)>,
    /// What it does to files, by their paths; whether to all below.
    pub(crate) paths: Vec<(String, Effect, bool)>,
    /// Commands of the shell that it runs.
    pub(crate) shell: Vec<String>,
    /// Everything in it is known to do nothing else.
    pub(crate) proven: bool,
}

/// Whether a module that is loaded by its name is one that changes nothing by that.
pub(crate) fn is_known_module(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "List::Util",
        "Data::Dumper",
        "JSON::PP",
        "JSON",
        "POSIX",
        "strict",
        "warnings",
        "utf8",
        "feature",
        "Time::Local",
        "Time::HiRes",
        "Time::Piece",
        "Scalar::Util",
        "MIME::Base64",
        "Encode",
        "open",
        "bigint",
        "Math::BigInt",
        "constant",
        "integer",
        "Text::Wrap",
        "File::Basename",
        "Digest::MD5",
        "Digest::SHA",
        "Storable",
        "json",
        "set",
        "date",
        "time",
        "yaml",
        "csv",
        "pp",
        "erb",
        "digest",
        "securerandom",
        "bigdecimal",
        "prime",
        "uri",
        "ostruct",
        "optparse",
        "benchmark",
        "matrix",
        "English",
        "stringio",
        "strscan",
        "base64",
        "rexml/document",
        "util",
        "path",
        "assert",
        "url",
        "querystring",
        "string_decoder",
        "source-map-support/register",
    ];
    let (name, imported) = name.split_once('=').unwrap_or((name, ""));
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',' | ':');
    KNOWN.contains(&name.trim_start_matches('-')) && imported.chars().all(plain)
}

/// Whether a text begins as a command of the shell does: a program that is known, and an option.
pub(crate) fn may_be_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (Some(program), Some(option)) = (words.next(), words.next()) else { return false };
    crate::grammar::find(program).is_some()
        && option
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
}

/// What Python's own modules take in most.
pub(crate) const TAKEN_IN: &[&str] = &[
    "argparse",
    "re",
    "json",
    "enum",
    "functools",
    "collections",
    "gettext",
    "locale",
    "shutil",
    "textwrap",
    "typing",
    "datetime",
    "decimal",
    "random",
    "types",
    "operator",
    "keyword",
    "copyreg",
    "contextlib",
    "warnings",
    "subprocess",
    "platform",
    "string",
    "copy",
    "struct",
    "base64",
];

/// The modules that a text of Python takes in by their names: the first part of each.
pub(crate) fn imported(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut taking = false;
    let mut renamed = false;
    for token in tokens(Language::Python, text) {
        match token {
            Token::Name(name) if matches!(name.as_str(), "import" | "from") => {
                // `from x import y`: what is taken from it is no module of its own.
                taking = name == "from" || !std::mem::take(&mut renamed);
                renamed = name == "from";
            }
            Token::Name(name) if taking => {
                names.extend(name.split('.').next().map(str::to_owned));
                taking = false;
            }
            Token::Sign(',') => taking = !names.is_empty() && !renamed,
            Token::Name(_)
            | Token::Text(_)
            | Token::Made(_)
            | Token::Ticks(_)
            | Token::Doubt
            | Token::Number
            | Token::Sign(_) => {}
        }
    }
    names
}

/// Looks through a text.
pub(crate) fn look(language: Language, text: &str) -> Found {
    let mut found = look_as(language, text);
    if may_be_command(text) {
        found.proven = false;
        found.shell.push(text.to_owned());
    }
    found
}

fn look_as(language: Language, text: &str) -> Found {
    match language {
        Language::Awk => awk(text),
        Language::Sed => sed(text),
        Language::Python | Language::JavaScript | Language::Perl | Language::Ruby | Language::Php => Scan {
            language,
            tokens: tokens(language, text),
            renamed: Vec::new(),
            taken: Vec::new(),
            found: Found { proven: true, ..Found::default() },
        }
        .all(),
        // Only what is plainly harmful is found in them.
        Language::Other => {
            let mut found = Scan {
                language,
                tokens: tokens(language, text),
                renamed: Vec::new(),
                taken: Vec::new(),
                found: Found::default(),
            }
            .all();
            // Tcl's words for it.
            let lines = text.split(['\n', ';', '{', '[']).map(str::trim_start);
            found.shell.extend(lines.filter_map(|line| line.strip_prefix("spawn ")).map(str::to_owned));
            // An editor's way to the shell.
            let command = text.trim_start().trim_start_matches(':').strip_prefix('!');
            found.shell.extend(command.map(str::to_owned));
            Found { proven: false, ..found }
        }
        Language::AppleScript => apple(text),
        // Commands are looked at as commands.
        Language::PowerShell => Found::default(),
    }
}

/// As `env` does.
const SHOWS_ENVIRONMENT: Act = Act::new(Effect::SecretRead, Scope::Credential);

struct Scan {
    language: Language,
    tokens: Vec<Token>,
    /// Other names of modules that only compute.
    renamed: Vec<String>,
    /// Names that were taken from modules that only compute, or only look.
    taken: Vec<String>,
    found: Found,
}

/// Names that run commands of the shell.
const RUNS: &[&str] = &[
    "os.system",
    "os.popen",
    "system",
    "popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "commands.getoutput",
    "execSync",
    "spawnSync",
    "execFileSync",
    "child_process.exec",
    "child_process.execSync",
    "child_process.spawn",
    "Kernel.system",
    "Kernel.exec",
    "IO.popen",
    "Open3.capture2",
    "Open3.capture3",
    "shell_exec",
    "passthru",
    "proc_open",
    "pty.spawn",
    "spawn",
    "exec",
    "execFile",
    "os.execvp",
    "os.execl",
    "os.execlp",
    "os.spawnl",
    "Process.spawn",
    "os.execute",
    "io.popen",
    "System.cmd",
    "System.shell",
    "os.cmd",
    "cmd",
    "command",
    "system2",
    "shell",
    "readProcess",
    "callCommand",
    "callProcess",
    "asyncio.create_subprocess_shell",
    "os.execv",
    "os.execve",
    "os.execvpe",
    "os.spawnv",
    "os.posix_spawn",
    "Deno.run",
    "Bun.spawn",
    "Bun.spawnSync",
    "Deno.Command",
];
/// The same, whatever the module is called that they are taken from.
const ALWAYS_RUN: &[&str] = &[
    "Popen",
    "check_call",
    "check_output",
    "getoutput",
    "getstatusoutput",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "execl",
    "execlp",
    "posix_spawn",
    "posix_spawnp",
    "spawnv",
    "spawnvp",
    "spawnlp",
    "execSync",
    "spawnSync",
    "execFileSync",
    "create_subprocess_exec",
    "create_subprocess_shell",
];
/// The same, where they are given a list that begins with a program.
const RUN_LISTS: &[&str] = &["run", "call"];
/// Names that remove: whether with all below.
const REMOVES: &[(&str, bool)] = &[
    ("shutil.rmtree", true),
    ("os.remove", false),
    ("os.unlink", false),
    ("os.rmdir", false),
    ("os.removedirs", true),
    ("fs.rmSync", true),
    ("fs.rm", true),
    ("fs.rmdirSync", true),
    ("fs.rmdir", true),
    ("fs.unlinkSync", false),
    ("fs.unlink", false),
    ("fs.promises.rm", true),
    ("rimraf", true),
    ("FileUtils.rm_rf", true),
    ("FileUtils.rm_r", true),
    ("FileUtils.rm", false),
    ("File.delete", false),
    ("File.unlink", false),
    ("Dir.rmdir", false),
    ("unlink", false),
    ("rmdir", false),
    ("rmtree", true),
    ("remove_tree", true),
    ("rmSync", true),
    ("unlinkSync", false),
    ("rmdirSync", true),
    ("file.remove", false),
    ("os.rmdir_all", true),
    ("File.rm_rf", true),
    ("File.rm", false),
    ("rm", true),
    ("Dir.delete", false),
    ("Dir.unlink", false),
    ("FileUtils.remove_dir", true),
    ("FileUtils.remove_entry", true),
    ("FileUtils.remove_entry_secure", true),
    ("FileUtils.rmtree", true),
    ("FileUtils.safe_unlink", false),
    ("removeDirectoryRecursive", true),
    ("System.Directory.removeDirectoryRecursive", true),
    ("fs.promises.rmdir", true),
    ("fs.promises.unlink", false),
    ("Deno.remove", true),
    ("Deno.removeSync", true),
    ("fse.removeSync", true),
];
const WRITES: &[&str] = &[
    "fs.writeFileSync",
    "fs.writeFile",
    "fs.appendFileSync",
    "fs.appendFile",
    "writeFileSync",
    "appendFileSync",
    "File.write",
    "IO.write",
    "file_put_contents",
    "Bun.write",
    "Deno.writeTextFile",
];
const READS: &[&str] = &[
    "fs.readFileSync",
    "fs.readFile",
    "readFileSync",
    "File.read",
    "IO.read",
    "file_get_contents",
    "File.readlines",
    "IO.readlines",
    "IO.binread",
    "IO.foreach",
];
/// Beginnings of names that speak to other machines.
const NETWORK: &[&str] = &[
    "requests.",
    "urllib.",
    "http.client",
    "httpx.",
    "socket",
    "aiohttp.",
    "ftplib.",
    "smtplib.",
    "fetch",
    "axios",
    "http.get",
    "http.request",
    "https.get",
    "https.request",
    "net.connect",
    "net.Socket",
    "net.createConnection",
    "Net.HTTP",
    "URI.open",
    "LWP",
    "IO.Socket",
    "curl_exec",
    "paramiko.",
    "telnetlib.",
];
/// Names that are known to change nothing.
const HARMLESS: &[&str] = &[
    "print",
    "len",
    "range",
    "str",
    "int",
    "float",
    "bool",
    "sum",
    "min",
    "max",
    "sorted",
    "list",
    "dict",
    "set",
    "tuple",
    "abs",
    "round",
    "enumerate",
    "zip",
    "map",
    "filter",
    "any",
    "all",
    "repr",
    "type",
    "isinstance",
    "ord",
    "chr",
    "hex",
    "bin",
    "oct",
    "pow",
    "divmod",
    "reversed",
    "frozenset",
    "bytes",
    "hash",
    "id",
    "format",
    "sys.exit",
    "sys.getsizeof",
    "sys.getdefaultencoding",
    "glob.glob",
    "encodeURIComponent",
    "decodeURIComponent",
    "encodeURI",
    "decodeURI",
    "btoa",
    "atob",
    "structuredClone",
    "Buffer.from",
    "Buffer.alloc",
    "Buffer.concat",
    "Buffer.byteLength",
    "URL",
    "URLSearchParams",
    "Object.fromEntries",
    "Object.assign",
    "Number.isInteger",
    "Number.parseInt",
    "Number.parseFloat",
    "String.fromCharCode",
    "Date.parse",
    "Date.UTC",
    "Intl.NumberFormat",
    "Intl.DateTimeFormat",
    "RegExp",
    "exit",
    "quit",
    "json.loads",
    "json.dumps",
    "json.load",
    "json.dump",
    "sys.stdin.read",
    "sys.stdin.readline",
    "sys.stdout.write",
    "console.log",
    "console.error",
    "console.table",
    "JSON.stringify",
    "JSON.parse",
    "Object.keys",
    "Object.values",
    "Object.entries",
    "Array.from",
    "Array.isArray",
    "String",
    "Number",
    "Boolean",
    "Array",
    "Date",
    "Date.now",
    "parseInt",
    "parseFloat",
    "Symbol",
    "BigInt",
    "puts",
    "p",
    "pp",
    "say",
    "echo",
    "printf",
    "var_dump",
    "print_r",
    "json_encode",
    "json_decode",
    "platform.python_version",
    "platform.system",
    "platform.machine",
    "os.getcwd",
    "process.cwd",
    "process.exit",
    "time.time",
    "datetime.now",
    "datetime.datetime.now",
    "phpversion",
    "join",
    "sprintf",
    "require",
    "if",
    "for",
    "while",
    "def",
    "lambda",
    "in",
    "not",
    "and",
    "or",
    "return",
    "elif",
    "function",
    "catch",
    "switch",
    "except",
    "typeof",
    "Set",
    "Map",
];
/// Beginnings of names of which everything is harmless.
const FAMILIES: &[&str] = &[
    "math.",
    "Math.",
    "statistics.",
    "itertools.",
    "functools.",
    "string.",
    "textwrap.",
    "decimal.",
    "fractions.",
    "re.",
];
/// Modules of Python of which all that is not inner only computes: the names that are taken from them may be called.
const PURE: &[&str] = &[
    "math",
    "cmath",
    "statistics",
    "itertools",
    "functools",
    "string",
    "textwrap",
    "decimal",
    "fractions",
    "re",
    "collections",
    "hashlib",
    "base64",
    "binascii",
    "uuid",
    "struct",
    "ast",
    "tomllib",
    "urllib.parse",
    "html",
    "heapq",
    "bisect",
    "secrets",
    "random",
    "zlib",
    "difflib",
    "shlex",
    "ipaddress",
    "calendar",
    "colorsys",
    "datetime",
    "csv",
    "json",
    "time",
    "unicodedata",
    "pprint",
    "enum",
];

/// Modules that can do much, and what of them only looks: at names, at sizes, at the process itself.
const LOOKS: &[(Language, &str, &[&str])] = &[
    (
        Language::Python,
        "os",
        &[
            "getcwd",
            "listdir",
            "walk",
            "stat",
            "access",
            "sep",
            "linesep",
            "pathsep",
            "curdir",
            "pardir",
            "name",
            "cpu_count",
            "getpid",
            "getppid",
            "getuid",
            "geteuid",
            "getgid",
            "getlogin",
            "uname",
            "urandom",
            "fspath",
            "get_terminal_size",
            "path",
            "path.exists",
            "path.join",
            "path.basename",
            "path.dirname",
            "path.abspath",
            "path.isfile",
            "path.isdir",
            "path.islink",
            "path.isabs",
            "path.getsize",
            "path.getmtime",
            "path.splitext",
            "path.split",
            "path.expanduser",
            "path.normpath",
            "path.relpath",
            "path.realpath",
            "path.commonpath",
            "path.sep",
        ],
    ),
    (
        Language::JavaScript,
        "fs",
        &[
            "existsSync",
            "readdirSync",
            "statSync",
            "lstatSync",
            "realpathSync",
            "readFileSync",
            "accessSync",
            "constants",
        ],
    ),
    (
        Language::JavaScript,
        "crypto",
        &[
            "createHash",
            "createHmac",
            "randomUUID",
            "randomBytes",
            "randomInt",
            "getHashes",
            "getCiphers",
            "timingSafeEqual",
            "hash",
            "pbkdf2Sync",
            "scryptSync",
        ],
    ),
    (
        Language::JavaScript,
        "os",
        &[
            "arch",
            "cpus",
            "endianness",
            "freemem",
            "homedir",
            "hostname",
            "loadavg",
            "platform",
            "release",
            "tmpdir",
            "totalmem",
            "type",
            "uptime",
            "version",
            "machine",
            "EOL",
            "availableParallelism",
        ],
    ),
    (Language::JavaScript, "child_process", &[]),
    (Language::JavaScript, "vm", &[]),
    (Language::JavaScript, "net", &["isIP", "isIPv4", "isIPv6"]),
    (Language::JavaScript, "dgram", &[]),
    (Language::JavaScript, "http", &["STATUS_CODES", "METHODS"]),
    (Language::JavaScript, "https", &[]),
    (Language::JavaScript, "http2", &[]),
    (Language::JavaScript, "tls", &[]),
    (Language::JavaScript, "dns", &[]),
    (Language::JavaScript, "cluster", &[]),
    (Language::JavaScript, "worker_threads", &[]),
    (Language::JavaScript, "inspector", &[]),
    (Language::JavaScript, "module", &[]),
];

/// What of such a module only looks, if it is one.
fn looks_of(language: Language, module: &str) -> Option<&'static [&'static str]> {
    LOOKS.iter().find(|(own, name, _)| *own == language && *name == module).map(|(_, _, names)| *names)
}

/// Last parts of names that are methods of texts, lists and numbers.
const METHODS: &[&str] = &[
    "split",
    "join",
    "strip",
    "lstrip",
    "rstrip",
    "replace",
    "format",
    "append",
    "items",
    "keys",
    "values",
    "get",
    "upper",
    "lower",
    "startswith",
    "endswith",
    "count",
    "index",
    "find",
    "sort",
    "reverse",
    "extend",
    "splitlines",
    "encode",
    "title",
    "zfill",
    "isdigit",
    "isalpha",
    "toFixed",
    "toString",
    "slice",
    "trim",
    "map",
    "filter",
    "reduce",
    "forEach",
    "push",
    "includes",
    "startsWith",
    "endsWith",
    "padStart",
    "padEnd",
    "toUpperCase",
    "toLowerCase",
    "concat",
    "length",
    "some",
    "every",
    "flat",
    "charCodeAt",
    "each",
    "to_s",
    "to_i",
    "inspect",
    "isoformat",
    "strftime",
    "toISOString",
    "pop",
    "copy",
    "setdefault",
    "union",
    "intersection",
    "difference",
    "read",
    "readlines",
    "readline",
    "close",
    "decode",
    "most_common",
    "size",
    "first",
    "last",
    "sum",
    "min",
    "max",
    "uniq",
    "upcase",
    "downcase",
    "capitalize",
    "select",
    "reject",
    "to_a",
    "to_f",
    "to_h",
    "times",
    "now",
    "round",
    "gsub",
    "sub",
    "lines",
    "chars",
    "hexdigest",
    "digest",
    "hex",
    "resolve",
    "basename",
    "dirname",
    "extname",
    "relative",
    "normalize",
    "isAbsolute",
    "getTime",
    "getFullYear",
    "toLocaleString",
    "substring",
    "padStart",
    "isDirectory",
    "isFile",
    "isFinite",
    "isInteger",
    "rjust",
    "ljust",
    "center",
    "isupper",
    "islower",
    "isalnum",
    "partition",
    "rpartition",
    "rsplit",
    "rfind",
    "elements",
    "group",
    "groups",
    "groupdict",
    "span",
];
/// Modules that may be taken in.
const MODULES: &[&str] = &[
    "json",
    "sys",
    "math",
    "re",
    "datetime",
    "platform",
    "collections",
    "itertools",
    "functools",
    "string",
    "textwrap",
    "statistics",
    "decimal",
    "fractions",
    "time",
    "random",
    "pprint",
    "typing",
    "dataclasses",
    "enum",
    "calendar",
    "operator",
    "unicodedata",
    "cmath",
    "hashlib",
    "base64",
    "binascii",
    "uuid",
    "struct",
    "csv",
    "ast",
    "tomllib",
    "html",
    "heapq",
    "bisect",
    "secrets",
    "zlib",
    "difflib",
    "glob",
    "shlex",
    "ipaddress",
    "colorsys",
];

/// What harmless modules of Python have in them for themselves: other modules, and what is not for others.
fn is_inner(name: &str) -> bool {
    const MODULES: &[&str] = &[
        "os",
        "subprocess",
        "socket",
        "shutil",
        "io",
        "codecs",
        "builtins",
        "warnings",
        "types",
        "inspect",
        "importlib",
        "posix",
        "nt",
        "pathlib",
        "tempfile",
        "ctypes",
        "linecache",
        "tokenize",
        "threading",
        "signal",
        "pickle",
        "copyreg",
        "contextlib",
        "runpy",
        "pty",
        "multiprocessing",
        "http",
        "urllib",
        "ssl",
        "select",
        "mmap",
        "fcntl",
        "zipimport",
        "sysconfig",
        "site",
    ];
    MODULES.contains(&name)
        || (name.starts_with('_') && name.len() > 1 && name != "__name__" && name != "__version__")
}

/// Words of Perl, Ruby and PHP, which may call a function without brackets: those that change nothing.
const WORDS: &[&str] = &[
    "my",
    "our",
    "local",
    "if",
    "elsif",
    "else",
    "elseif",
    "unless",
    "while",
    "until",
    "for",
    "foreach",
    "do",
    "end",
    "then",
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "gt",
    "le",
    "ge",
    "cmp",
    "x",
    "print",
    "say",
    "printf",
    "puts",
    "p",
    "pp",
    "echo",
    "return",
    "next",
    "last",
    "redo",
    "break",
    "continue",
    "as",
    "in",
    "BEGIN",
    "END",
    "use",
    "no",
    "strict",
    "warnings",
    "length",
    "scalar",
    "keys",
    "values",
    "each",
    "sort",
    "reverse",
    "map",
    "grep",
    "join",
    "split",
    "push",
    "pop",
    "shift",
    "unshift",
    "chomp",
    "chop",
    "lc",
    "uc",
    "ucfirst",
    "lcfirst",
    "ord",
    "chr",
    "abs",
    "int",
    "sqrt",
    "sprintf",
    "substr",
    "index",
    "rindex",
    "defined",
    "undef",
    "exists",
    "hex",
    "oct",
    "time",
    "localtime",
    "gmtime",
    "wantarray",
    "STDIN",
    "STDOUT",
    "STDERR",
    "$stdin",
    "$stdout",
    "$stderr",
    "nil",
    "true",
    "false",
    "null",
    "TRUE",
    "FALSE",
    "NULL",
    "self",
    "RUBY_VERSION",
    "RUBY_PLATFORM",
    "PHP_VERSION",
    "PHP_EOL",
    "PHP_OS",
    "PHP_INT_MAX",
    "Math.PI",
    "Time.now",
    "ARGF",
    "function",
    "fn",
    "yield",
    "loop",
    "times",
    "upto",
    "downto",
    "step",
    "case",
    "when",
    "new",
    "sub",
    "exit",
    "die",
    "lambda",
    "proc",
    "begin",
    "rescue",
    "ensure",
    "array",
    "string",
    "int",
    "float",
    "bool",
    "null",
    "List.Util",
    "__FILE__",
];

impl Scan {
    fn all(mut self) -> Found {
        let mut at = 0;
        while at < self.tokens.len() {
            self.token(at);
            at += 1;
        }
        self.found
    }

    fn token(&mut self, at: usize) {
        match self.tokens[at].clone() {
            Token::Name(name) => self.name(at, &name),
            Token::Ticks(text) => {
                self.found.proven &= !text.contains(['$', '#', '@']);
                self.found.shell.push(text);
            }
            Token::Doubt => self.found.proven = false,
            // `x["constructor"]`
            Token::Text(text) => {
                let leads =
                    ["constructor", "__proto__", "mainModule", "prototype", "eval", "Function", "binding"];
                self.found.proven &= self.language != Language::JavaScript || !leads.contains(&text.as_str());
            }
            Token::Made(_) | Token::Number => {}
            // What comes out of something is called: nobody knows what it is.
            Token::Sign(')' | ']' | '.') if self.tokens.get(at + 1) == Some(&Token::Sign('(')) => {
                self.found.proven = false;
            }
            Token::Sign(_) => {}
        }
    }

    /// Modules that are taken in: `import a, b as c`, `from a import b`.
    fn import(&mut self, at: usize) {
        if self.language != Language::Python {
            self.found.proven = false;
            return;
        }
        let mut next = at + 1;
        while let Some(Token::Name(name)) = self.tokens.get(next) {
            let module = name.split('.').next().unwrap_or_default();
            let looks = looks_of(self.language, module).is_some();
            // Taken in for nothing that can be seen, it may be for anything.
            let used = |token: &Token| matches!(token, Token::Name(own) if own.split('.').next() == Some(module) && own.contains('.'));
            let from = matches!(self.tokens.get(at), Some(Token::Name(word)) if word == "from");
            self.found.proven &= !looks || from || self.tokens.iter().any(used);
            let whole = matches!(name.as_str(), "urllib.parse" | "os.path" | "collections.abc");
            self.found.proven &= whole || (MODULES.contains(&module) || looks) && !name.contains('.');
            next += 1;
            if self.tokens.get(next) == Some(&Token::Name("as".to_owned())) {
                // Under another name nobody sees what of it is used.
                let pure = PURE.contains(&name.as_str());
                self.found.proven &= !looks && (!whole || pure);
                if let Some(Token::Name(own)) = self.tokens.get(next + 1).filter(|_| pure) {
                    self.renamed.push(own.clone());
                }
                next += 2;
            }
            if self.tokens.get(next) != Some(&Token::Sign(',')) {
                return;
            }
            next += 1;
        }
        // By another folder, or not by a name.
        self.found.proven = false;
    }

    /// What is taken from a module: not the modules that it uses itself.
    fn imported(&mut self, at: usize) {
        let module = match at.checked_sub(1).and_then(|before| self.tokens.get(before)) {
            Some(Token::Name(module)) => module.clone(),
            _ => String::new(),
        };
        let (first, rest) = module.split_once('.').unwrap_or((module.as_str(), ""));
        let looks = looks_of(self.language, first);
        for token in &self.tokens[at + 1..] {
            match token {
                Token::Name(name) if looks.is_some() => {
                    let own = if rest.is_empty() { name.clone() } else { format!("{rest}.{name}") };
                    if !looks.is_some_and(|looks| looks.contains(&own.as_str())) {
                        return self.found.proven = false;
                    }
                    self.taken.push(name.clone());
                }
                Token::Sign('*') if looks.is_some() => return self.found.proven = false,
                Token::Name(name) if !is_inner(name) => {
                    if PURE.contains(&module.as_str()) {
                        self.taken.push(name.clone());
                    }
                }
                Token::Sign(',' | '(' | ')' | '*') => {}
                Token::Name(_) => return self.found.proven = false,
                Token::Text(_)
                | Token::Made(_)
                | Token::Ticks(_)
                | Token::Doubt
                | Token::Number
                | Token::Sign(_) => return,
            }
            // The next statement is looked at by itself.
            if matches!(token, Token::Sign(')')) {
                return;
            }
        }
    }

    fn name(&mut self, at: usize, name: &str) {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let from = at.checked_sub(2).and_then(|before| self.tokens.get(before))
            == Some(&Token::Name("from".to_owned()));
        match name {
            "from" if self.language == Language::Python => return self.import(at),
            "import" if self.language == Language::Python && from => return self.imported(at),
            "import" | "export" => return self.import(at),
            "require" | "use" => {
                let module = match self.tokens.get(at + 1) {
                    Some(Token::Name(module)) if name == "use" => Some(module.replace('.', "::")),
                    _ => self.text_behind(at),
                };
                let module = module.as_deref().map(|module| module.strip_prefix("node:").unwrap_or(module));
                self.found.proven &= module.is_some_and(|module| {
                    is_known_module(module)
                        || matches!(module, "./package.json" | "os" | "v5" | "feature")
                        || self.only_looks(at, module)
                });
                return;
            }
            _ => {}
        }
        // The module or the name that was just taken in.
        if matches!(before, Some(Token::Name(word)) if matches!(word.as_str(), "import" | "from" | "use")) {
            return;
        }
        let called = match self.tokens.get(at + 1) {
            Some(Token::Sign('(')) => true,
            // `rm!(x)`
            Some(Token::Sign('!' | '?')) => self.tokens.get(at + 2) == Some(&Token::Sign('(')),
            // `system "ls"`
            Some(Token::Text(_) | Token::Made(_)) => {
                self.without_brackets() || self.language == Language::Other
            }
            // ``tag`text` ``
            Some(Token::Ticks(_)) => self.language == Language::JavaScript,
            _ => false,
        };
        // Names that lead to anything.
        let parts = name.split('.').map(|part| part.trim_start_matches(['$', '@', '%']));
        let far = |part: &str| {
            matches!(
                part,
                "eval"
                    | "exec"
                    | "compile"
                    | "globals"
                    | "locals"
                    | "vars"
                    | "getattr"
                    | "setattr"
                    | "delattr"
                    | "Function"
                    | "constructor"
                    | "prototype"
                    | "binding"
                    | "environ"
                    | "env"
                    | "ENV"
                    | "_ENV"
                    | "_SERVER"
                    | "modules"
                    | "mainModule"
                    | "dlopen"
                    | "breakpoint"
                    | "input"
                    | "send"
                    | "public_send"
                    | "method"
                    | "instance_eval"
                    | "const_get"
                    | "class_eval"
                    | "GLOBALS"
                    | "arguments"
                    | "callee"
                    | "Reflect"
                    | "Proxy"
                    | "WebAssembly"
                    | "lib"
                    | "blib"
                    | "builtins"
                    | "loader"
                    | "popen"
                    | "execSync"
                    | "spawnSync"
            ) || (part.contains("__") && !matches!(part, "__name__" | "__FILE__" | "__version__"))
        };
        let (first, own) = name.split_once('.').unwrap_or((name, ""));
        let looks = looks_of(self.language, first);
        let inside = if looks.is_some() || name.starts_with("urllib.parse.") { own } else { name };
        let inner = self.language == Language::Python && inside.split('.').any(is_inner);
        if let Some(looks) = looks.filter(|_| !self.after_dot(at)) {
            // It may be called by whatever it is given to.
            let is_set = own.is_empty() && (self.is_required(at) || self.is_imported(at));
            let reads = own.starts_with("readFile") && !called;
            self.found.proven &= is_set || looks.contains(&own) && !reads;
        }
        let leads = inner || parts.clone().any(far) || (name == "open" && !called);
        self.found.proven &= !leads;
        if self.shows_environment(at, name) {
            self.found.proven = false;
            self.found.acts.push((SHOWS_ENVIRONMENT, "the environment".to_owned()));
        }
        if self.language == Language::Perl && self.names_files(at, name) {
            self.names_programs();
        }
        let tail = name.rsplit('.').next().unwrap_or_default();
        // What stands before the last dot may be anything that was taken in under another name.
        let is = |own: &&str| {
            name == *own || (name.contains('.') && own.contains('.') && name.ends_with(&format!(".{own}")))
        };
        let runs = RUNS.iter().any(is)
            || self.after_dot(at) && RUNS.contains(&tail)
            || ALWAYS_RUN.contains(&tail)
            || RUN_LISTS.contains(&tail) && self.is_given_a_program(at);
        if called && runs {
            self.runs(at);
        } else if called
            && let Some((_, all)) = REMOVES
                .iter()
                .find(|(own, _)| is(own) || (self.after_dot(at) && own.ends_with(&format!(".{tail}"))))
        {
            self.on_path(at, Effect::Delete, *all);
        } else if called && WRITES.iter().any(is) {
            self.on_path(at, Effect::Write, false);
        } else if called && READS.iter().any(is) {
            // Ruby's `IO` takes a program instead of a file.
            if let Some(text) = self.text_behind(at).filter(|text| name.contains("IO.") && text.contains('|'))
            {
                self.found.proven = false;
                self.found.shell.push(text.trim_matches(['|', ' ', '-']).to_owned());
            }
            self.on_path(at, Effect::Read, false);
        } else if called && matches!(name, "open" | "File.open" | "io.open" | "fopen") {
            let mode = self.texts_behind(at).get(1).cloned().unwrap_or_default();
            self.found.proven &= self.is_plain_open(at);
            let writes = mode.contains(['w', 'a', '+', 'x']) || mode.starts_with('>');
            // A program instead of a file.
            if let Some(command) = self.texts_behind(at).iter().find(|text| text.contains('|')).cloned() {
                self.found.proven = false;
                self.found.shell.push(command.trim_matches(['|', ' ', '-']).to_owned());
            }
            self.on_path(at, if writes { Effect::Write } else { Effect::Read }, false);
        } else if !name.starts_with("urllib.parse")
            && (called || !tail.starts_with("__"))
            && NETWORK
                .iter()
                .any(|own| name.starts_with(own.trim_end_matches('.')) && (called || own.ends_with('.')))
        {
            let subject = self.text_behind(at).unwrap_or_else(|| name.to_owned());
            self.found.acts.push((Act::new(Effect::NetworkOut, Scope::Remote), subject.clone()));
            self.found.acts.push((Act::new(Effect::NetworkIn, Scope::Remote), subject));
            self.found.proven = false;
        } else if called {
            let python = self.language == Language::Python;
            let pure = |module: &str| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
            let known = HARMLESS.contains(&name)
                || FAMILIES.iter().any(|family| name.starts_with(family))
                || python
                    && (PURE.iter().any(|module| pure(module))
                        || self.renamed.iter().any(|module| pure(module))
                        || self.taken.iter().any(|own| own == name))
                || looks.is_some_and(|looks| looks.contains(&own))
                || self.language == Language::JavaScript && self.is_of_looks(at, name)
                || tail == "update" && self.makes_digest()
                || ((name.contains('.') || self.after_dot(at)) && METHODS.contains(&tail));
            self.found.proven &= known;
        } else if self.without_brackets() && !name.starts_with(['$', '@', '%']) {
            let own = self.after_dot(at) && (METHODS.contains(&tail) || WORDS.contains(&tail));
            let method = name.contains('.') && METHODS.contains(&tail);
            self.found.proven &= own
                || method
                || WORDS.contains(&name)
                || self.is_assigned(name)
                || self.tokens.get(at + 1) == Some(&Token::Sign(':'))
                || (self.tokens.get(at + 1) == Some(&Token::Sign('='))
                    && self.tokens.get(at + 2) == Some(&Token::Sign('>')));
        }
    }

    /// Whether of a module that is taken in only something is used that looks: at once, or by the module's own name.
    fn only_looks(&self, at: usize, module: &str) -> bool {
        let Some(looks) = looks_of(self.language, module) else { return false };
        let bound = at >= 2
            && self.tokens[at - 1] == Token::Sign('=')
            && matches!(&self.tokens[at - 2], Token::Name(name) if name == module);
        // `("fs").name`
        let used = match (self.tokens.get(at + 3), self.tokens.get(at + 4), self.tokens.get(at + 5)) {
            (Some(Token::Sign(')')), Some(Token::Sign('.')), Some(Token::Name(name))) => {
                looks.contains(&name.as_str())
            }
            _ => false,
        };
        bound || used
    }

    /// Whether a name is used at once of a module that only looks: `require("fs").name(`.
    fn is_of_looks(&self, at: usize, name: &str) -> bool {
        let before: Vec<&Token> = self.tokens[at.saturating_sub(5)..at].iter().collect();
        match before.as_slice() {
            [
                Token::Name(require),
                Token::Sign('('),
                Token::Text(module),
                Token::Sign(')'),
                Token::Sign('.'),
            ] => {
                let module = module.strip_prefix("node:").unwrap_or(module);
                require == "require"
                    && looks_of(self.language, module).is_some_and(|looks| looks.contains(&name))
            }
            _ => false,
        }
    }

    /// `fs = require("fs")`: the name of a module is given to it.
    fn is_required(&self, at: usize) -> bool {
        let name = &self.tokens[at];
        match (
            self.tokens.get(at + 1),
            self.tokens.get(at + 2),
            self.tokens.get(at + 4),
            self.tokens.get(at + 5),
        ) {
            (
                Some(Token::Sign('=')),
                Some(Token::Name(require)),
                Some(Token::Text(module)),
                Some(Token::Sign(')')),
            ) => {
                let module = module.strip_prefix("node:").unwrap_or(module);
                require == "require"
                    && matches!(name, Token::Name(name) if name == module)
                    && !matches!(self.tokens.get(at + 6), Some(Token::Sign('.' | '[' | '(')))
            }
            _ => false,
        }
    }

    /// Whether a name stands among those of modules that are taken in: `import a, b`.
    fn is_imported(&self, at: usize) -> bool {
        let is_name = |at: usize| matches!(self.tokens.get(at), Some(Token::Name(_)));
        let mut first = at;
        while first >= 2 && self.tokens[first - 1] == Token::Sign(',') && is_name(first - 2) {
            first -= 2;
        }
        let before = first.checked_sub(1).and_then(|before| self.tokens.get(before));
        self.language == Language::Python
            && matches!(before, Some(Token::Name(word)) if word == "import" || word == "from")
    }

    /// Whether it makes a digest, which is given text by `update`.
    fn makes_digest(&self) -> bool {
        self.tokens.iter().any(|token| {
            matches!(token, Token::Name(name)
                if name.starts_with("hashlib.") || matches!(name.rsplit('.').next(), Some("createHash" | "createHmac")))
        })
    }

    /// Whether all variables of the environment are taken, and not one by its name.
    fn shows_environment(&self, at: usize, name: &str) -> bool {
        let one = matches!(self.tokens.get(at + 1), Some(Token::Sign('[' | '{')));
        match name.trim_start_matches(['$', '@', '%']) {
            "phpinfo" => true,
            "os.environ" | "os.environb" | "process.env" | "_ENV" | "_SERVER" => !one,
            "ENV" => !one && (self.language != Language::Perl || name.starts_with('%')),
            "ENV.to_h" | "ENV.inspect" | "ENV.each" | "ENV.to_a" | "ENV.values" | "os.environ.items"
            | "os.environ.values" | "os.environ.copy" => true,
            _ => false,
        }
    }

    /// Whether Perl's list of the files that it reads is given others.
    fn names_files(&self, at: usize, name: &str) -> bool {
        if name.trim_start_matches(['$', '@']) != "ARGV" {
            return false;
        }
        let near = &self.tokens[at.saturating_sub(5)..at];
        let has = |all: &[Token], names: &[&str]| {
            all.iter().any(|token| matches!(token, Token::Name(name) if names.contains(&name.as_str())))
        };
        // What goes over a list may change it.
        let reads = has(&self.tokens, &["readline", "BEGIN", "eof"])
            || self.tokens.windows(2).any(|two| two == [Token::Sign('<'), Token::Sign('>')])
            || self.tokens.windows(2).any(|two| two == [Token::Sign('<'), Token::Name("ARGV".to_owned())]);
        is_set(&self.tokens, at)
            || has(near, &["push", "unshift", "splice"])
            || (reads && has(near, &["for", "foreach", "map", "grep"]))
    }

    /// Any text may be the name of such a file, and with a bar it is a command.
    fn names_programs(&mut self) {
        self.found.proven = false;
        for token in &self.tokens {
            if let Token::Text(text) | Token::Made(text) = token
                && (text.trim().starts_with('|') || text.trim().ends_with('|'))
            {
                self.found.shell.push(text.trim_matches(['|', ' ']).to_owned());
            }
        }
    }

    /// Whether a file is opened by one text, with a mode that is one or none.
    fn is_plain_open(&self, at: usize) -> bool {
        let mut next = at + 2;
        let mut first = true;
        loop {
            match (self.tokens.get(next), self.tokens.get(next + 1), self.tokens.get(next + 2)) {
                (Some(Token::Text(_)), Some(Token::Sign(')')), _) => return true,
                (Some(Token::Text(_)), Some(Token::Sign(',')), _) => next += 2,
                (Some(Token::Name(name)), Some(Token::Sign('=')), Some(Token::Text(_)))
                    if !first && matches!(name.as_str(), "mode" | "encoding" | "newline" | "errors") =>
                {
                    next += 2;
                }
                _ => return false,
            }
            first = false;
        }
    }

    /// Whether a function may be called by its name alone.
    fn without_brackets(&self) -> bool {
        matches!(self.language, Language::Perl | Language::Ruby | Language::Php)
    }

    /// Whether a name is a variable: it is given a value, or stands between bars.
    fn is_assigned(&self, name: &str) -> bool {
        let own = name.split('.').next().unwrap_or_default();
        let tail = name.rsplit('.').next().unwrap_or_default();
        if self.language != Language::Ruby || (own != name && !METHODS.contains(&tail)) {
            return false;
        }
        self.tokens.windows(3).any(|three| match three {
            [Token::Name(other), Token::Sign('='), after] => other == own && *after != Token::Sign('='),
            [Token::Sign('|' | ','), Token::Name(other), Token::Sign('|' | ',')] => other == own,
            _ => false,
        })
    }

    /// Whether it is called on what stands before: `require("x").name`, `"a".name`.
    fn after_dot(&self, at: usize) -> bool {
        at > 0 && matches!(self.tokens.get(at - 1), Some(Token::Sign('.')))
    }

    /// The texts in the brackets behind a name, up to the closing one.
    fn texts_behind(&self, at: usize) -> Vec<String> {
        let mut texts = Vec::new();
        let mut open = 0_i32;
        for token in self.tokens.iter().skip(at + 1).take(40) {
            match token {
                Token::Sign('(' | '[' | '{') => open += 1,
                Token::Sign(')' | ']' | '}') => {
                    open -= 1;
                    if open <= 0 {
                        break;
                    }
                }
                Token::Text(text) => texts.push(text.clone()),
                Token::Sign(';') => break,
                Token::Made(_)
                | Token::Ticks(_)
                | Token::Doubt
                | Token::Name(_)
                | Token::Number
                | Token::Sign(_) => {}
            }
            if open == 0 && !texts.is_empty() {
                break;
            }
        }
        texts
    }

    /// The first of them, if nothing that is not known stands before it.
    fn text_behind(&self, at: usize) -> Option<String> {
        for token in self.tokens.iter().skip(at + 1).take(6) {
            match token {
                Token::Sign('(' | '[' | '!' | '?') => {}
                Token::Text(text) => return Some(text.clone()),
                Token::Made(_)
                | Token::Ticks(_)
                | Token::Doubt
                | Token::Name(_)
                | Token::Number
                | Token::Sign(_) => return None,
            }
        }
        None
    }

    fn runs(&mut self, at: usize) {
        let list = matches!(self.tokens.get(at + 2), Some(Token::Sign('[')));
        let texts = self.texts_behind(at);
        match (self.text_behind(at), list) {
            (Some(_), true) => {
                self.found.shell.push(texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" "))
            }
            (Some(text), false) => {
                // A program and its arguments, each by itself.
                if texts.len() > 1 && !text.contains(' ') {
                    let words = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>();
                    self.found.shell.push(words.join(" "));
                }
                self.found.shell.push(text);
            }
            (None, _) => {
                self.found.proven = false;
                self.found.acts.push((Act::new(Effect::ExecUnknown, Scope::Unknown), "a command".to_owned()));
            }
        }
        // What it is called with beside is not looked at.
        self.found.proven &= texts.len() <= 1 || list;
    }

    /// `(["git", "status"])`
    fn is_given_a_program(&self, at: usize) -> bool {
        matches!(self.tokens.get(at + 2), Some(Token::Sign('[')))
            && self.text_behind(at).is_some_and(|first| crate::grammar::find(&first).is_some())
    }

    fn on_path(&mut self, at: usize, effect: Effect, all: bool) {
        match self.text_behind(at) {
            Some(path) if path.starts_with('~') => self.found.proven = false,
            Some(path) => self.found.paths.push((path, effect, all)),
            None => {
                self.found.proven = false;
                if effect != Effect::Read {
                    let act = Act { effect, scope: Scope::Unknown, grave: all };
                    self.found.acts.push((act, "a file".to_owned()));
                }
            }
        }
    }
}

/// Whether a name is given a value, or a part of what it names is: `x = …`, `x[1] = …`.
fn is_set(tokens: &[Token], at: usize) -> bool {
    behind_index(tokens, at + 1).is_some_and(|next| {
        tokens.get(next) == Some(&Token::Sign('='))
            && !matches!(tokens.get(next + 1), Some(Token::Sign('=' | '~')))
    })
}

/// The place behind `[…]`, if that is what stands there; else the same place.
fn behind_index(tokens: &[Token], from: usize) -> Option<usize> {
    if tokens.get(from) != Some(&Token::Sign('[')) {
        return Some(from);
    }
    let mut open = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            Token::Sign('[') => open += 1,
            Token::Sign(']') if open == 1 => return Some(at + 1),
            Token::Sign(']') => open -= 1,
            Token::Name(_)
            | Token::Text(_)
            | Token::Made(_)
            | Token::Ticks(_)
            | Token::Doubt
            | Token::Number
            | Token::Sign(_) => {}
        }
    }
    None
}

/// What awk reads by `getline`: a file that is named by one text, or one that is not known.
fn awk_reads(tokens: &[Token], at: usize, found: &mut Found) {
    let mut next = at + 1;
    // Where the line goes.
    while matches!(tokens.get(next), Some(Token::Name(_) | Token::Number | Token::Sign('$'))) {
        next += 1;
    }
    let next = behind_index(tokens, next).unwrap_or(next);
    if tokens.get(next) != Some(&Token::Sign('<')) {
        return;
    }
    awk_file(tokens, next + 1, found);
}

/// A file that awk reads, where its name stands.
fn awk_file(tokens: &[Token], at: usize, found: &mut Found) {
    let more =
        matches!(tokens.get(at + 1), Some(Token::Name(_) | Token::Text(_) | Token::Made(_) | Token::Number));
    match tokens.get(at) {
        Some(Token::Text(path)) => {
            found.paths.push((path.clone(), Effect::Read, false));
            found.proven &= !more;
        }
        _ => found.proven = false,
    }
}

/// Variables of the environment: one that is named and is no secret, or any.
fn awk_environment(tokens: &[Token], at: usize, found: &mut Found) {
    const SECRETS: &[&str] = &["TOKEN", "SECRET", "KEY", "PASS", "CRED", "AUTH", "COOKIE"];
    let plain = match tokens.get(at + 1..at + 4) {
        Some([Token::Sign('['), Token::Text(name), Token::Sign(']')]) => {
            !SECRETS.iter().any(|part| name.to_ascii_uppercase().contains(part))
        }
        _ => false,
    };
    if !plain {
        found.acts.push((SHOWS_ENVIRONMENT, "the environment".to_owned()));
    }
}

/// One word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// AppleScript runs commands by `do shell script`, and other programs by talking to them.
fn apple(text: &str) -> Found {
    let mut found = Found::default();
    let tokens = tokens(Language::Other, text);
    for four in tokens.windows(4) {
        if let [Token::Name(first), Token::Name(second), Token::Name(third), Token::Text(command)] = four
            && [first.as_str(), second.as_str(), third.as_str()] == ["do", "shell", "script"]
        {
            found.shell.push(command.clone());
            if text.contains("administrator privileges") {
                found.acts.push((Act::new(Effect::Privilege, Scope::System), command.clone()));
            }
        }
    }
    found
}

/// Awk runs commands by `system`, by pipes, and writes by `>`.
fn awk(text: &str) -> Found {
    let mut found = Found { proven: true, ..Found::default() };
    let tokens = awk_tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        match token {
            Token::Name(name) if name == "system" => match (next, tokens.get(at + 2), tokens.get(at + 3)) {
                (Some(Token::Sign('(')), Some(Token::Text(text)), Some(Token::Sign(')'))) => {
                    found.shell.push(text.clone())
                }
                _ => {
                    found.proven = false;
                    found.acts.push((Act::new(Effect::ExecUnknown, Scope::Unknown), "a command".to_owned()));
                }
            },
            Token::Sign('|')
                if next != Some(&Token::Sign('|'))
                    && at.checked_sub(1).and_then(|before| tokens.get(before)) != Some(&Token::Sign('|')) =>
            {
                let command = match (at.checked_sub(1).and_then(|before| tokens.get(before)), next) {
                    (_, Some(Token::Text(text))) => Some(text.clone()),
                    (Some(Token::Text(text)), Some(Token::Name(name))) if name == "getline" => {
                        Some(text.clone())
                    }
                    _ => None,
                };
                // What is printed goes to a shell.
                if let (Some(Token::Text(text)), Some("sh" | "bash")) =
                    (at.checked_sub(1).and_then(|before| tokens.get(before)), command.as_deref())
                {
                    found.shell.push(text.clone());
                }
                match command {
                    Some(text) => found.shell.push(text),
                    None => found.proven = false,
                }
            }
            Token::Sign('>') => match next {
                Some(Token::Text(path)) => found.paths.push((path.clone(), Effect::Write, false)),
                Some(Token::Sign('>')) => {}
                Some(Token::Sign('=') | Token::Number) => {}
                // A comparison, or a file whose name is made: which, only the place tells.
                _ => {
                    let prints = tokens[..at]
                        .iter()
                        .rev()
                        .take_while(|token| !matches!(token, Token::Sign('{' | '}' | ';')))
                        .any(|token| matches!(token, Token::Name(name) if name.starts_with("print")));
                    let in_brackets = tokens[..at].iter().filter(|token| **token == Token::Sign('(')).count()
                        > tokens[..at].iter().filter(|token| **token == Token::Sign(')')).count();
                    found.proven &= !prints || in_brackets;
                }
            },
            Token::Name(name) if name == "getline" => awk_reads(&tokens, at, &mut found),
            Token::Name(name) if name == "ENVIRON" => awk_environment(&tokens, at, &mut found),
            Token::Name(name) if name == "ARGV" && is_set(&tokens, at) => {
                let value = behind_index(&tokens, at + 1).map_or(at + 1, |next| next + 1);
                awk_file(&tokens, value, &mut found);
            }
            Token::Name(name) if name.starts_with('@') => found.proven = false,
            Token::Name(_)
            | Token::Text(_)
            | Token::Made(_)
            | Token::Ticks(_)
            | Token::Doubt
            | Token::Number
            | Token::Sign(_) => {}
        }
    }
    found
}

/// As [`tokens`], with patterns between slashes taken as texts that are nothing.
fn awk_tokens(text: &str) -> Vec<Token> {
    let mut plain = String::with_capacity(text.len());
    let mut before = '{';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                plain.push('"');
                while let Some(other) = letters.next() {
                    plain.push(other);
                    if other == '\\' {
                        plain.extend(letters.next());
                    } else if other == '"' {
                        break;
                    }
                }
                before = '"';
            }
            '/' if !before.is_alphanumeric() && !matches!(before, ')' | ']' | '"' | '_' | '$') => {
                while let Some(other) = letters.next() {
                    match other {
                        '\\' => drop(letters.next()),
                        '/' | '\n' => break,
                        _ => {}
                    }
                }
                plain.push_str(" 0 ");
                before = '0';
            }
            letter => {
                plain.push(letter);
                if !letter.is_whitespace() {
                    before = letter;
                }
            }
        }
    }
    tokens(Language::Awk, &plain)
}

/// Sed writes by `w` and runs by `e`: as commands, and as flags of `s`.
fn sed(text: &str) -> Found {
    let mut found = Found { proven: true, ..Found::default() };
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        match letters[at] {
            ' ' | '\t' | '\n' | ';' | '{' | '}' | '!' | ',' | '$' | '~' | '+' | '0'..='9' => at += 1,
            '/' => at = over(&letters, at + 1, '/'),
            '\\' => {
                let end = letters.get(at + 1).copied().unwrap_or('/');
                at = over(&letters, at + 2, end);
            }
            's' | 'y' => {
                let Some(&sign) = letters.get(at + 1) else { break };
                let is_s = letters[at] == 's';
                at = over(&letters, over(&letters, at + 2, sign), sign);
                while is_s && let Some(flag) = letters.get(at) {
                    match flag {
                        'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => at += 1,
                        'e' => {
                            found.proven = false;
                            found.acts.push((
                                Act::new(Effect::ExecUnknown, Scope::Unknown),
                                "what sed makes".to_owned(),
                            ));
                            at += 1;
                        }
                        'w' => {
                            at = file(&letters, at + 1, Effect::Write, &mut found);
                            break;
                        }
                        _ => break,
                    }
                }
            }
            'w' | 'W' => at = file(&letters, at + 1, Effect::Write, &mut found),
            'r' | 'R' => at = file(&letters, at + 1, Effect::Read, &mut found),
            'e' => {
                let end = letters[at..]
                    .iter()
                    .position(|letter| *letter == '\n')
                    .map_or(letters.len(), |end| at + end);
                let command: String = letters[at + 1..end].iter().collect();
                match command.trim() {
                    "" => found.proven = false,
                    command => found.shell.push(command.to_owned()),
                }
                at = end;
            }
            'a' | 'i' | 'c' | ':' | 'b' | 't' | 'T' | 'l' | 'q' | 'Q' | 'L' => {
                let text = matches!(letters[at], 'a' | 'i' | 'c');
                while at < letters.len() && letters[at] != '\n' && (text || !matches!(letters[at], ';' | '}'))
                {
                    at += if letters[at] == '\\' { 2 } else { 1 };
                }
            }
            'p' | 'P' | 'd' | 'D' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | 'z' | '=' | 'F' | 'I' => {
                at += 1
            }
            '#' => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1
                }
            }
            _ => {
                found.proven = false;
                at += 1;
            }
        }
    }
    found
}

/// The place behind the next sign that is not escaped, nor in brackets.
fn over(letters: &[char], from: usize, sign: char) -> usize {
    let (mut at, mut set) = (from, false);
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 1,
            '[' if sign != '[' => set = true,
            ']' => set = false,
            letter if letter == sign && !set => return at + 1,
            _ => {}
        }
        at += 1;
    }
    letters.len()
}

fn file(letters: &[char], from: usize, effect: Effect, found: &mut Found) -> usize {
    let end =
        letters[from..].iter().position(|letter| *letter == '\n').map_or(letters.len(), |end| from + end);
    let path: String = letters[from..end].iter().collect();
    let path = path.trim();
    if !matches!(path, "/dev/stdout" | "/dev/stderr" | "/dev/stdin") {
        found.paths.push((path.to_owned(), effect, false));
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::Language::{AppleScript, JavaScript, Other, Perl, Php, Python, Ruby};

    #[test]
    fn what_only_computes_and_prints_is_proven() {
        let table = [
            (Python, "print(1 + 2)"),
            (Python, "import urllib.parse as u, json as j; print(u.quote('a b'), j.dumps([1]))"),
            (Python, "import re\nfor m in re.finditer('a', 'aa'): print(m.group(0))"),
            (JavaScript, "const os = require('os'); console.log(os.cpus().length)"),
            (JavaScript, "try { JSON.parse('{') } catch (e) { console.log(e.message) }"),
            (Python, "import sys, json; print(json.dumps(json.load(sys.stdin), indent=2))"),
            (Python, "import sys; print(sys.version)"),
            (Python, "from datetime import datetime\nprint(datetime.now().isoformat())"),
            (Python, "print(f'{1 + 1:>4} {len([1, 2])}')"),
            (Python, "print('''it's''', \"a\\\"b\")"),
            (Python, "for x in range(3):\n    print(x * 2)"),
            (Python, "print(open('a.txt').read())"),
            (Python, "import os; print(os.getcwd(), os.sep)"),
            (Python, "import sys, os\nfor x in sorted(os.listdir('src')): print(os.path.join('src', x))"),
            (Python, "from os.path import exists; print(exists('src'))"),
            (Python, "from os import listdir; print(len(listdir('.')))"),
            (Python, "import hashlib; print(hashlib.sha256(b'x').hexdigest())"),
            (Python, "import hashlib; h = hashlib.md5(); h.update(b'x'); print(h.hexdigest())"),
            (
                Python,
                "import base64, uuid, struct; print(base64.b64encode(b'x'), uuid.uuid4(), struct.calcsize('i'))",
            ),
            (Python, "from collections import Counter, defaultdict; print(Counter('abca').most_common(2))"),
            (Python, "from urllib.parse import quote; print(quote('a b'))"),
            (Python, "import urllib.parse; print(urllib.parse.urlparse('https://example.com/x').netloc)"),
            (Python, "import tomllib; print(tomllib.load(open('Cargo.toml', 'rb'))['workspace'])"),
            (Python, "import ast; print(ast.dump(ast.parse('1 + 1')))"),
            (JavaScript, "require('path').resolve('src', '..')"),
            (JavaScript, "const path = require('node:path'); console.log(path.basename('a/b.txt'))"),
            (JavaScript, "console.log(require('fs').existsSync('src'))"),
            (
                JavaScript,
                "const fs = require('fs'); console.log(fs.readdirSync('.').length, fs.statSync('a').size)",
            ),
            (JavaScript, "console.log(encodeURIComponent('a b'), Buffer.from('x').toString('base64'))"),
            (JavaScript, "require('crypto').createHash('sha256').update('x').digest('hex')"),
            (JavaScript, "console.log(JSON.stringify({a: [1, 2].map(x => x * 2)}))"),
            (JavaScript, "process.version"),
            (JavaScript, "1 + 1"),
            (JavaScript, "console.log(`a ${1 + 1}`)"),
            (JavaScript, "console.log('a-b'.replace(/-/g, ' '))"),
            (JavaScript, "require('./package.json').version"),
            (Perl, "print \"hello\\n\""),
            (Perl, "s/foo/bar/g"),
            (Perl, "print $1 if /(\\d+)/"),
            (Perl, "print join(',', sort keys %h)"),
            (Perl, "say for 1..3"),
            (Perl, "my $x = 'me@example.com'; print \"$x\\n\""),
            (Ruby, "puts 1 + 1"),
            (Ruby, "puts [1, 2].map { |x| x * 2 }.join(',')"),
            (Ruby, "x = 3; puts \"a #{x + 1}\""),
            (Ruby, "puts RUBY_VERSION"),
            (Php, "echo PHP_VERSION;"),
            (Php, "echo json_encode(['a' => 1]);"),
        ];
        for (language, text) in table {
            let found = look(language, text);
            assert!(found.proven, "{language:?}: {text}: {found:?}");
            assert!(found.shell.is_empty(), "{language:?}: {text}: {found:?}");
        }
    }

    #[test]
    fn what_may_do_more_is_not_proven() {
        let table = [
            (Python, "import os; print(os)"),
            (Python, "import os; f = os.remove; f('x')"),
            (Python, "import os as o; o.replace('a', 'b')"),
            (Python, "import sys, os; x = [os]; x[0].remove('y')"),
            (Python, "from os import remove as join; print(join('x'))"),
            (Python, "from os import *; print(listdir('.'))"),
            (Python, "import os; os.path.os.replace('a', 'b')"),
            (Python, "import os; os.getcwd = os.remove; os.getcwd('x')"),
            (Python, "import os.path as p; p.os.replace('a', 'b')"),
            (Python, "from urllib import request; request.urlopen('x')"),
            (Python, "import urllib.parse, urllib.request; urllib.request.urlopen('x')"),
            (Python, "import uuid; uuid.os.replace('a', 'b')"),
            (Python, "from csv import io; io.open('x', 'w')"),
            (JavaScript, "const join = fs.rmSync; join('x')"),
            (JavaScript, "const join = require('fs').rmSync; join('x')"),
            (JavaScript, "const {rmSync: join} = require('fs'); join('x')"),
            (JavaScript, "const f = require('fs'); const join = f.cpSync; join('a', 'b')"),
            (JavaScript, "const fs = require('fs'); [fs].map(x => x.slice('a'))"),
            (JavaScript, "const fs = require('fs').promises; fs.cp('a', 'b')"),
            (JavaScript, "fs['rm' + 'Sync']('x')"),
            (JavaScript, "const join = fs.readFileSync; console.log(join('.env'))"),
            (JavaScript, "require('crypto').setEngine('./x.so')"),
            (JavaScript, "let join = child_process.exec; join('x')"),
            (JavaScript, "db.update('x')"),
            (Python, "import urllib.request as u; u.urlopen('x')"),
            (Python, "import json as j; j.codecs.open('x', 'w')"),
            (JavaScript, "require('os').setPriority(1)"),
            (Python, "import json as a, shutil as b"),
            (Python, "from os import system as print; print('x')"),
            (Python, "__import__('os').system('x')"),
            (Python, "getattr(x, 'sys' + 'tem')('x')"),
            (Python, "print(f\"{eval('1')}\")"),
            (Python, "print(f'{open(\"x\", \"w\").write(\"y\")}')"),
            (Python, "'''it's'''; eval('print(1)')"),
            (Python, "list(map(eval, ['1']))"),
            (Python, "exec(__import__('base64').b64decode('eA=='))"),
            (Python, "().__class__.__base__.__subclasses__()"),
            (Python, "[f for f in [exec]][0]('x')"),
            (Python, "import importlib; importlib.import_module('os')"),
            (Python, "print(\"unclosed"),
            (Python, "import platform; platform.os.replace('a', 'b')"),
            (Python, "import platform as d; e = d.os; e.replace('a', 'b')"),
            (Python, "from platform import os as d; d.replace('a', 'b')"),
            (Python, "m = 'w'; open('a', m)"),
            (Python, "open('a', **k)"),
            (Python, "import random; random._os.replace('a', 'b')"),
            (JavaScript, "const f = this['constructor']; [1].map(f)"),
            (JavaScript, "import('fs')"),
            (JavaScript, "import {rmSync as p} from 'fs'; p('x')"),
            (JavaScript, "[]['filter']['constructor']('x')()"),
            (JavaScript, "eval('1')"),
            (JavaScript, "new Function('x')()"),
            (JavaScript, "/'/; require('fs').rmSync('x'); '"),
            (JavaScript, "/* ' */ x('y'); // '"),
            (JavaScript, "console.log(`${x('y')}`)"),
            (JavaScript, "console.log(process.env.TOKEN)"),
            (JavaScript, "\\u0065val('x')"),
            (JavaScript, "process.binding('spawn_sync')"),
            (JavaScript, "fetch('https://evil.example')"),
            (Perl, "unlink $x"),
            (Perl, "unlink glob '*'"),
            (Perl, "print \"@{[system('x')]}\""),
            (Perl, "s/x/unlink('y')/e"),
            (Perl, "$#a; unlink('x')"),
            (Perl, "print $'; unlink 'x'; print $'"),
            (Perl, "open(F, 'ls |')"),
            (Perl, "&$f('x')"),
            (Perl, "do 'x.pl'"),
            (Perl, "print q('); unlink 'x'; q(')"),
            (Ruby, "system *args"),
            (Ruby, "%x(ls)"),
            (Ruby, "1.send(:system, 'x')"),
            (Ruby, "x = ?\"; File.delete('y'); '\"'"),
            (Ruby, "puts \"#{File.delete('x')}\""),
            (Ruby, "open('| ls')"),
            (Php, "$f = 'system'; $f('x');"),
            (Php, "include $x;"),
            (Php, "// it's\nunlink('x'); // '"),
            (Other, "print(1)"),
            (AppleScript, "display dialog \"x\""),
        ];
        for (language, text) in table {
            let found = look(language, text);
            let nothing = found.shell.is_empty() && found.paths.is_empty() && found.acts.is_empty();
            assert!(!found.proven || !nothing, "{language:?}: {text}: {:?}", tokens(language, text));
        }
    }

    #[test]
    fn what_removes_and_runs_is_found() {
        let runs = [
            (Python, "import os; os.system('rm -rf /')"),
            (Python, "import os\nos.system(\"\\x72m\\040-rf /\")"),
            (Python, "import subprocess; subprocess.run('rm -rf /', shell=True)"),
            (JavaScript, "require('child_process').execSync('rm -rf /')"),
            (Perl, "system 'rm -rf /'"),
            (Perl, "`rm -rf /`"),
            (Perl, "qx{rm -rf /}"),
            (Ruby, "system(\"rm -rf /\")"),
            (Ruby, "`rm -rf /`"),
            (Php, "shell_exec('rm -rf /');"),
            (Other, "os.execute(\"rm -rf /\")"),
            (Other, "system(\"rm -rf /\")"),
            (Other, "run(`rm -rf /`)"),
            (AppleScript, "do shell script \"rm -rf /\""),
        ];
        for (language, text) in runs {
            let found = look(language, text);
            assert_eq!(found.shell, ["rm -rf /"], "{language:?}: {text}");
        }
        let listed = look(Python, "import subprocess; subprocess.run(['rm', '-rf', '/'])");
        assert_eq!(listed.shell, ["'rm' '-rf' '/'"]);
        let removes = [
            (Python, "import shutil; shutil.rmtree('/x')", true),
            (Python, "from os import remove; import os; os.remove('/x')", false),
            (JavaScript, "require('fs').rmSync('/x', {recursive: true})", true),
            (JavaScript, "fs.unlinkSync('/x')", false),
            (Perl, "unlink '/x'", false),
            (Ruby, "FileUtils.rm_rf('/x')", true),
            (Ruby, "File.delete '/x'", false),
            (Php, "unlink('/x');", false),
            (Other, "File.rm_rf!(\"/x\")", true),
        ];
        for (language, text, all) in removes {
            let found = look(language, text);
            assert_eq!(found.paths, [("/x".to_owned(), Effect::Delete, all)], "{language:?}: {text}");
        }
    }
}
