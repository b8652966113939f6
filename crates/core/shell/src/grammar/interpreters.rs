//! Shells, and interpreters of other languages: code in one text, in a file, on standard input.

use super::{
    BUILDS, Entry, INSTALLS, LOOKS, Language, RUNS_PROJECT, RUNS_UNKNOWN, SERVES, Slot, Special, Style, flag,
    optional, program, value,
};
use crate::effect::{Act, Effect, Scope};

/// A folder of a project is made, with programs in it.
const MAKES_PLACE: &[Act] = &[Act::new(Effect::Write, Scope::Build)];

pub(super) static ENTRIES: &[Entry] = &[
    program("sh|bash|zsh|dash|ksh|mksh|ash|rbash|fish|csh|tcsh|yash|oksh|ksh93|elvish|xonsh|osh|nu")
        .style(Style::None)
        .special(Special::Shell)
        .rest(Slot::Text),
    program("python|python#|pypy|pypy#|python2|python3|pypy3|ipython|micropython|pythonw")
        .style(Style::Posix)
        .options(&[
            flag("-V|--version|-VV|-h|-?|--help|--help-env|--help-xoptions|--help-all").dry(),
            value("-c", Slot::Code(Language::Python)).ends().rest(Slot::Text),
            value("-m", Slot::Text).ends().rest(Slot::Text),
            value("-W|-X|-Q|--check-hash-based-pycs", Slot::Text),
            flag("-b|-bb|-B|-d|-E|-i|-I|-O|-OO|-P|-q|-s|-S|-u|-v|-x|-R|-t"),
        ])
        .special(Special::Python)
        .operands(&[Slot::CodeFile(Language::Python)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Python)),
    program("node|nodejs|node#|tsx|ts-node|ts-node-esm|ts-node-script|esno|swc-node|babel-node")
        .style(Style::Posix)
        .options(&[
            flag("-v|--version|-h|--help|--v8-options").dry(),
            value("-e|--eval|-p|--print|-pe", Slot::Code(Language::JavaScript)).rest(Slot::Text),
            flag("-c|--check").rest(Slot::Read),
            value("-r|--require|--import|--loader|--experimental-loader", Slot::Module),
            value("-C|--conditions|--input-type|--stack-trace-limit|--title|--icu-data-dir|--disable-warning|--unhandled-rejections|-O|--compiler-options|--cwd-mode|-P|--project", Slot::Text),
            value("--env-file|--env-file-if-exists", Slot::Read),
            value("--run", Slot::Text).acts(RUNS_PROJECT).rest(Slot::Text),
            value("--experimental-config-file|--experimental-default-config-file|--build-sea|--build-snapshot|--experimental-sea-config|--redirect-warnings|--report-dir|--report-directory|--diagnostic-dir|--cpu-prof-dir", Slot::Unknown),
            flag("--test|--test-*|--watch|--watch-*").acts(RUNS_PROJECT).rest(Slot::Text),
            flag("-i|--interactive|--no-warnings|--no-deprecation|--trace-*|--max-old-space-size|--max-*|--enable-source-maps|--expose-gc|--harmony*|--experimental-*|--no-experimental-*|--es-module-specifier-resolution|--preserve-symlinks|--use-*|--throw-deprecation|--pending-deprecation|--abort-on-uncaught-exception|--frozen-intrinsics|--permission|--allow-fs-read"),
            flag("-T|--transpile-only|--transpileOnly|--esm|--files|--swc|--pretty|--no-cache|--tsconfig"),
        ])
        .operands(&[Slot::CodeFile(Language::JavaScript)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::JavaScript)),
    program("perl|perl#")
        .style(Style::Posix)
        .options(&[
            flag("-v|--version|-V|-h|-?").dry(),
            value("-e|-E", Slot::Code(Language::Perl)).rest(Slot::Read),
            optional("-i", Slot::Text).rest(Slot::Edit),
            value("-M|-m", Slot::Module),
            value("-I", Slot::Unknown),
            value("-F", Slot::Text),
            optional("-C", Slot::Text),
            flag("-0|-l|-g|-n|-p|-a|-w|-W|-X|-T|-t|-u|-U|-s|-c"),
        ])
        .special(Special::Perl)
        .operands(&[Slot::CodeFile(Language::Perl)])
        .rest(Slot::Read)
        .stdin(Slot::Code(Language::Perl)),
    program("ruby|ruby#|jruby|truffleruby|macruby")
        .style(Style::Posix)
        .options(&[
            flag("--version|--copyright|-h|--help").dry(),
            value("-e", Slot::Code(Language::Ruby)).rest(Slot::Read),
            optional("-i", Slot::Text).rest(Slot::Edit),
            value("-r|--require", Slot::Module),
            value("-I", Slot::Unknown),
            value("-C|-X", Slot::Folder),
            value("-E|--encoding|--external-encoding|--internal-encoding", Slot::Text),
            optional("-F|-K|-W|-T|--enable|--disable|--backtrace-limit", Slot::Text),
            flag("-c").rest(Slot::Read),
            flag("-0|-n|-p|-l|-a|-s|-w|-d|-y|-U|-x|--verbose|--debug|--yjit|--jit"),
        ])
        .operands(&[Slot::CodeFile(Language::Ruby)])
        .rest(Slot::Read)
        .stdin(Slot::Code(Language::Ruby)),
    program("irb|pry|php-cgi").options(&[flag("-v|--version|-h|--help").dry()]).rest(Slot::CodeFile(Language::Ruby)).stdin(Slot::Code(Language::Ruby)),
    program("php|php#")
        .style(Style::Posix)
        .options(&[
            flag("-v|--version|-m|--modules|--ini|-h|--help|-?").dry(),
            flag("-i|--info").acts(super::SHOWS_SECRET),
            value("--rf|--rc|--re|--ri|--rz", Slot::Text).acts(LOOKS),
            value("-r|--run|-B|--process-begin|-R|--process-code|-E|--process-end", Slot::Code(Language::Php)).rest(Slot::Text),
            value("-f|--file|-F|--process-file", Slot::CodeFile(Language::Php)).rest(Slot::Text),
            flag("-l|--syntax-check|-s|--syntax-highlight|--syntax-highlighting|-w|--strip").rest(Slot::Read),
            value("-S|--server", Slot::Text).acts(RUNS_PROJECT),
            value("-t|--docroot", Slot::Read),
            value("-c|--php-ini|-d|--define|-z|--zend-extension|-T", Slot::Unknown),
            flag("-n|--no-php-ini|-q|-C|-H|-e|-a|--interactive"),
        ])
        .operands(&[Slot::CodeFile(Language::Php)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Php)),
    program("lua|lua#|luajit|luau|texlua")
        .style(Style::Posix)
        .options(&[flag("-v").dry(), value("-e", Slot::Code(Language::Other)).rest(Slot::Text), value("-l|-j|-O", Slot::Unknown), flag("-i|-E|-W|-b")])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("R|Rscript|r|littler")
        .style(Style::Posix)
        .options(&[
            flag("--version|--help|-h").dry(),
            value("-e|--expression", Slot::Code(Language::Other)).rest(Slot::Text),
            value("-f", Slot::CodeFile(Language::Other)).rest(Slot::Text),
            optional("--file", Slot::CodeFile(Language::Other)).rest(Slot::Text),
            flag("--slave|--vanilla|--no-save|--save|--no-restore|--no-environ|--no-site-file|--no-init-file|-q|--quiet|--silent|-s|--no-echo|--interactive|--verbose|--args"),
        ])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("julia")
        .style(Style::Posix)
        .options(&[
            flag("-v|--version|-h|--help|--help-hidden").dry(),
            value("-e|--eval|-E|--print", Slot::Code(Language::Other)).rest(Slot::Text),
            value("-L|--load|-J|--sysimage", Slot::CodeFile(Language::Other)),
            optional("--project|-t|--threads|-p|--procs|--color|--startup-file|-O|--optimize|--check-bounds|--compile|--banner|--history-file", Slot::Text),
            flag("-i|-q|--quiet"),
        ])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("osascript")
        .style(Style::Posix)
        .options(&[value("-e", Slot::Code(Language::AppleScript)).rest(Slot::Text), value("-l|-s", Slot::Text), flag("-i")])
        .operands(&[Slot::CodeFile(Language::AppleScript)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::AppleScript)),
    program("osacompile").options(&[value("-e", Slot::Text), value("-o", Slot::Write), value("-l", Slot::Text)]).rest(Slot::Read),
    program("osadecompile").rest(Slot::Read),
    program("pwsh|powershell|pwsh-preview").style(Style::None).special(Special::PowerShell).rest(Slot::Text),
    program("cmd")
        .style(Style::None)
        .operands(&[Slot::Text])
        .rest(Slot::Words),
    program("java|java#|javaw|jre")
        .style(Style::Long)
        .options(&[
            flag("-version|--version|-showversion|-help|-h|-?|-X|--list-modules|--validate-modules").dry(),
            value("-jar", Slot::CodeFile(Language::Other)).ends().rest(Slot::Text),
            value("-cp|-classpath|--class-path|-p|--module-path|--add-modules|--add-opens|--add-exports|--add-reads|--limit-modules", Slot::Text),
            value("-m|--module", Slot::Text).acts(RUNS_PROJECT).ends().rest(Slot::Text),
            flag("-D*|-Xm*|-Xss*|-XX*|-ea|-da|-esa|-dsa|-server|-client|--enable-preview|--enable-native-access*|-verbose|-Xlog*|--source"),
            flag("-javaagent*|-agentlib*|-agentpath*|-Xbootclasspath*|-Xrunjdwp*").acts(RUNS_UNKNOWN),
        ])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text),
    program("jshell|scala|kotlin|groovy|clojure|clj|bb|babashka|scala-cli")
        .style(Style::Posix)
        .options(&[flag("-version|--version|-h|--help|-v").dry(), value("-e|--eval|-cp|-classpath", Slot::Code(Language::Other)).rest(Slot::Text)])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("ghci|runghc|runhaskell")
        .style(Style::Posix)
        .options(&[flag("--version|--help").dry(), value("-e", Slot::Code(Language::Other)).rest(Slot::Text)])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("erl|werl|escript")
        .style(Style::Long)
        .options(&[flag("-noshell|-noinput|-nostick|+S|-smp"), value("-eval", Slot::Code(Language::Other)).rest(Slot::Text), value("-s|-run|-pa|-pz|-config|-name|-sname|-setcookie", Slot::Unknown)])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("elixir|iex")
        .style(Style::Posix)
        .options(&[flag("-v|--version|-h|--help|--short-version").dry(), value("-e|--eval|--rpc-eval", Slot::Code(Language::Other)).rest(Slot::Text), value("-r|-pr|-pa|-pz|-S|--erl|--cookie|--name|--sname|--dot-iex", Slot::Unknown), flag("--no-halt")])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
    program("tclsh|wish|guile|racket|sbcl|clisp|ecl|scheme|chibi-scheme|ocaml|swipl|gst|octave|maxima|gnuplot|sclang|forth|gforth|raku|perl6|janet|fennel|hy|coffee|wolframscript|sage|gap|magma|stata|sas|spss|matlab")
        .style(Style::Posix)
        .options(&[
            flag("--version|-v|--help|-h").dry(),
            value("-e|--eval|-x|--execute|-c|--load|-l|-r", Slot::Code(Language::Other)).rest(Slot::Text),
            flag("-q|-s|--quiet|--silent|--batch|--script|-n"),
        ])
        .operands(&[Slot::CodeFile(Language::Other)])
        .rest(Slot::Text)
        .stdin(Slot::Code(Language::Other)),
];

/// The module of Python's own library that is run by `-m`.
pub(crate) fn module_of_python(name: &str) -> Option<&'static Entry> {
    MODULES.iter().find(|entry| entry.names.split('|').any(|own| own == name))
}

static MODULES: &[Entry] = &[
    program("json.tool|json")
        .options(&[flag("--sort-keys|--no-ensure-ascii|--json-lines|--tab|--no-indent|--compact|--ind"), value("--indent", Slot::Text), flag("-h").dry()])
        .acts(LOOKS)
        .operands(&[Slot::Read, Slot::Write]),
    program("tokenize|tabnanny|symtable|mimetypes|quopri|pickletools|dis|ast|difflib|pyclbr|plistlib")
        .options(&[flag("-h").dry(), flag("-e|--exact|-v|-q|-a|--include-attributes|--no-type-comments|-C|--show-caches"), value("-m|--mode|-i|--indent|-l", Slot::Text)])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("this|calendar|platform|sysconfig|site|locale|uuid|random|getpass|tkinter|test.pythoninfo|zoneinfo|textwrap|string|statistics|keyword|os|sys|errno|encodings.aliases")
        .options(&[value("-l|--lines|-s|--spacing|-m|--months|-w|--width|-L|--locale|-e|--encoding|-t|--type|-u|--uuid|-n|--namespace|-N|--name", Slot::Text), flag("--user-site|--user-base|terse|--terse|--nonaliased|-h")])
        .acts(LOOKS)
        .rest(Slot::Text),
    program("base64").options(&[flag("-d|-u").acts(LOOKS), flag("-e|-t|-h")]).acts(LOOKS).rest(Slot::Read).decodes(),
    program("gzip").options(&[flag("-d|--decompress|--fast|--best")]).acts(LOOKS).rest(Slot::Edit),
    program("zipfile")
        .options(&[
            value("-l|--list|-t|--test", Slot::Read),
            value("-e|--extract", Slot::Read).rest(Slot::Write),
            value("-c|--create", Slot::Write).rest(Slot::Read),
            value("--metadata-encoding|--filter", Slot::Text),
            flag("-v|--verbose|-h|--help"),
        ])
        .acts(LOOKS)
        .rest(Slot::Write),
    // Where no folder is named, it is taken out where it is run.
    program("tarfile")
        .options(&[
            value("-l|--list|-t|--test", Slot::Read),
            value("-e|--extract", Slot::Read).acts(super::CHANGES_REPOSITORY).rest(Slot::Write),
            value("-c|--create", Slot::Write).rest(Slot::Read),
            value("--metadata-encoding|--filter", Slot::Text),
            flag("-v|--verbose|-h|--help"),
        ])
        .acts(LOOKS)
        .rest(Slot::Write),
    program("timeit")
        .options(&[
            value("-n|--number|-r|--repeat|-u|--unit", Slot::Text),
            value("-s|--setup", Slot::Code(Language::Python)).rest(Slot::Code(Language::Python)),
            flag("-p|--process|-v|--verbose|-h"),
        ])
        .acts(LOOKS)
        .rest(Slot::Code(Language::Python)),
    program("compileall|py_compile")
        .options(&[value("-r|-s|-p|-x|-i|-d|-j|-o|-e|--invalidation-mode|--workers", Slot::Text), flag("-l|-f|-q|-qq|-b|--hardlink-dupes|-h|--quiet")])
        .acts(BUILDS)
        .rest(Slot::Read),
    program("http.server|wsgiref.simple_server|xmlrpc.server|smtpd|pyftpdlib|SimpleHTTPServer|http")
        .options(&[value("-b|--bind|-d|--directory|-p|--protocol|--tls-cert|--tls-key", Slot::Text), flag("--cgi|-h")])
        .acts(SERVES)
        .rest(Slot::Text),
    program("venv|virtualenv")
        .options(&[flag("--upgrade-deps").acts(INSTALLS),
            flag("--system-site-packages|--symlinks|--copies|--clear|--upgrade|--without-pip|--without-scm-ignore-files|-h|-v"),
            value("--prompt|-p|--python", Slot::Text),
        ])
        .acts(MAKES_PLACE)
        .rest(Slot::Write),
    program("ensurepip").open().acts(INSTALLS),
    program("sqlite3").options(&[flag("-v|--version|-h").dry()]).operands(&[Slot::Write, Slot::Sql]).stdin(Slot::Sql),
    program("webbrowser").options(&[flag("-n|-t")]).rest(Slot::Url),
    program("pdb|cProfile|profile|trace|runpy|doctest|idlelib|code|pydoc|inspect|unittest|turtle|asyncio|modulefinder|zipapp|filecmp|distutils|lib2to3|setuptools")
        .style(Style::None)
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
];
