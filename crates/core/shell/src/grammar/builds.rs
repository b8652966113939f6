//! Builds, compilers, tests, linters, formatters, documentation.

use super::{ASKS_SERVICE, BUILDS, CHANGES_REPOSITORY, LOOKS, PUBLISHES, RUNS_PROJECT, RUNS_UNKNOWN};
use super::{Act, Effect, Entry, Opt, Scope, Slot, Special, Style, flag, optional, program, value, verb};

/// What was built is removed; it can be built again.
const CLEANS: &[Act] = &[Act::new(Effect::Delete, Scope::Untracked)];

/// Runs the project's code, whatever its options are.
const fn runs(names: &'static str) -> Entry {
    program(names).open().acts(RUNS_PROJECT).rest(Slot::Text)
}

/// Options that all compilers of C have in common.
const C_COMPILER: &[Opt] = &[
    value("-o|--output", Slot::Write),
    value("-I|-L|-isystem|-iquote|-include|-imacros|-idirafter|-isysroot|--sysroot|-T|-F", Slot::Read),
    value("-D|-U|-l|-x|-arch|-target|-framework|-MT|-MQ|-z|-u|-e", Slot::Text),
    value("-MF|-MJ|-dumpdir|-dumpbase", Slot::Write),
    flag("-###").dry(),
    // An output whose name stands right behind it, and programs that are run instead of the compiler's own.
    flag("-o*|--output=*").acts(CHANGES_REPOSITORY),
    value("-B|-specs|-wrapper|-Xlinker|-Xassembler|-Xpreprocessor|-Xclang|-mllvm", Slot::Unknown),
    flag(
        "-fplugin*|-B*|-specs*|-wrapper*|-fpass-plugin*|-load*|-fuse-ld=*|--ld-path*|-Wl,*|-Wa,*|-Wp,*|-cc1*",
    )
    .acts(RUNS_UNKNOWN),
];

/// A formatter that writes, unless it is told to look only.
const fn formats(names: &'static str, options: &'static [Opt]) -> Entry {
    program(names).options(options).acts(CHANGES_REPOSITORY).rest(Slot::Edit)
}

/// What some linters write, change or load. Of all others, what might be a path is one that is read.
const LINTER: &[Opt] = &[
    flag("--fix|-w|--write-changes|--write|--writebaseline|--autofix|--install-types|--createstub|--init")
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Edit),
    value(
        "-o|--output|--output-file|--out|--report-path|--junit-xml|--html-report|--xml-report|--txt-report|--cobertura-xml-report|--any-exprs-report|--linecount-report|--linecoverage-report|--cache-dir|--plist-output",
        Slot::Write,
    ),
    value("--config|--config-file|--append-config|--rcfile", Slot::Program),
    value("--dump-config", Slot::Write),
    value(
        "--venvpath|--plugin|--plugins|--addon|--custom-rules-dir|--rule-dir|--rules|--rulesdir|--require|--pre|--exec|--load|--python-executable|--pythonpath|--vcs|--extract-with|--diff-cmd|--shell",
        Slot::Unknown,
    ),
];

const RUFF_FORMAT: &[Opt] = &[
    flag("--check|--diff").rest(Slot::Text).dry(),
    value("--config", Slot::Read),
    value(
        "--exclude|--line-length|--target-version|--stdin-filename|--range|--extension|--cache-dir",
        Slot::Text,
    ),
    flag(
        "-q|--quiet|-v|--verbose|-n|--no-cache|--isolated|--preview|--no-preview|-s|--silent|--force-exclude|--respect-gitignore",
    ),
];

const RUFF_CHECK: &[Opt] = &[
    flag("--fix|--fix-only|--unsafe-fixes|--add-noqa").acts(CHANGES_REPOSITORY),
    flag(
        "--no-fix|--diff|--show-fixes|--statistics|-w|--watch|-e|--exit-zero|--exit-non-zero-on-fix|-q|--quiet|-v|--verbose|-n|--no-cache|--isolated|--preview|-s|--silent|--show-files|--show-settings|--no-unsafe-fixes|--ignore-noqa|--force-exclude",
    ),
    value("-o|--output-file", Slot::Write),
    value("--config", Slot::Read),
    value(
        "--select|--ignore|--extend-select|--extend-ignore|--output-format|--exclude|--line-length|--target-version|--per-file-ignores|--fixable|--unfixable|--stdin-filename|--extension|--cache-dir",
        Slot::Text,
    ),
];

const CMAKE: &[Opt] = &[
    flag("--build|--install|--open").acts(RUNS_PROJECT),
    value("-P", Slot::Read).acts(RUNS_PROJECT),
    value("-S|-H", Slot::Read).acts(RUNS_PROJECT),
    value("-B", Slot::Write).acts(RUNS_PROJECT),
    value("-E", Slot::Unknown),
    value(
        "-D|-U|-G|-T|-A|--preset|--target|-t|-j|--parallel|--config|--prefix|--component|--toolchain|--log-level|-W|-C",
        Slot::Text,
    ),
    flag(
        "--list-presets|-N|--system-information|--help-*|--workflow|--fresh|-v|--verbose|--trace|--trace-expand|-L|-LA|-LAH|--clean-first|--strip",
    ),
];

pub(super) static ENTRIES: &[Entry] = &[
    // Builds. Even to say what would be done, some of what stands in a makefile is run.
    program("make|gmake|mingw32-make|bmake|remake")
        .options(&[
            value("-C|--directory", Slot::Folder),
            value("-f|--file|--makefile", Slot::Read),
            value("-I|--include-dir|-o|--old-file|-W|--what-if|--new-file|--assume-new|--assume-old", Slot::Read),
            value("-E|--eval", Slot::Unknown),
            optional("-j|--jobs|-l|--load-average|-O|--output-sync|--debug|--shuffle", Slot::Text),
        ])
        .open()
        .acts(RUNS_PROJECT)
        .special(Special::Scripts)
        .rest(Slot::Task),
    program("just")
        .options(&[
            flag("-l|--list|--summary|--dump|--variables|--groups|--choose-show|--changelog|--man").dry(),
            value("-s|--show|--usage", Slot::Text).dry(),
            flag("-n|--dry-run").dry(),
            value("-f|--justfile", Slot::Read),
            value("--dotenv-path|-E", Slot::Read),
            value("-d|--working-directory", Slot::Folder),
            value("-c|--command", Slot::Command),
            value("--shell|--chooser|--shell-arg", Slot::Unknown),
            value("--color|--set|--timestamp-format|--dump-format", Slot::Text),
            flag("--fmt|--init").acts(CHANGES_REPOSITORY),
            flag("-u|--unsorted|-q|--quiet|-v|--verbose|--yes|--no-deps|--check|--unstable|-g|--global-justfile|--no-dotenv|--highlight|--one"),
        ])
        .style(Style::Posix)
        .bare(RUNS_PROJECT)
        .special(Special::Scripts)
        .rest(Slot::Task),
    program("task|go-task")
        .options(&[
            flag("-l|--list|-a|--list-all").dry(),
            value("-d|--dir|-t|--taskfile|-o|--output|-C|--concurrency|-I|--interval|--sort", Slot::Text),
        ])
        .open()
        .bare(RUNS_PROJECT)
        .special(Special::Scripts)
        .rest(Slot::Task),
    program("ninja|samu")
        .options(&[
            flag("-n").dry(),
            value("-t", Slot::Text),
            value("-C", Slot::Folder),
            value("-f|-j|-k|-l|-d|-w", Slot::Text),
            flag("-v|--verbose|--quiet"),
        ])
        .acts(RUNS_PROJECT)
        .rest(Slot::Task),
    program("cmake").style(Style::Long).options(CMAKE).open().bare(LOOKS).rest(Slot::Task),
    program("ctest|cpack|ccmake|cmake-gui").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("meson").verbs(&[
        verb("introspect|help").open().acts(LOOKS).rest(Slot::Text),
        verb("setup|configure|compile|test|install|dist|init|wrap|subprojects|rewrite|devenv|env2mfile|format").open().acts(RUNS_PROJECT).rest(Slot::Text),
    ]),
    program("bazel|bazelisk|blaze|buck|buck2|pants|please|plz")
        .options(&[value("--output_base|--output_user_root|--bazelrc|--isolation-dir", Slot::Text)])
        .open()
        .verbs(&[
                        // What builds are described by is code, too.
            verb("*").open().acts(RUNS_PROJECT).rest(Slot::Text),
        ])
        .bare(LOOKS),
    program("scons|waf|premake5|tup|redo|mage|invoke|inv|fab|doit|nox|tox|gulp|grunt|gulp-cli|brunch|ember|ng|vue-cli-service|react-scripts|craco|nps|wireit|moon|bjam|autoreconf|automake|autoconf|libtoolize|catkin_make|colcon|west|idf.py|platformio|pio|arduino-cli|wasm-bindgen")
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    // Compilers.
    program("gcc|g++|cc|c++|clang|clang++|gcc-11|gcc-12|gcc-13|gcc-14|gcc-15|g++-11|g++-12|g++-13|g++-14|g++-15|clang-14|clang-15|clang-16|clang-17|clang-18|clang-19|clang-20|clang-21|clang++-14|clang++-15|clang++-16|clang++-17|clang++-18|clang++-19|clang++-20|clang++-21|icx|gfortran|flang")
        .style(Style::Long)
        .options(C_COMPILER)
        .open()
        .acts(BUILDS)
        .bare(LOOKS)
        .rest(Slot::Read),
    program("rustc")
        .options(&[
            value("-o|--out-dir", Slot::Write),
            value("--explain", Slot::Text).dry(),
            value("--print", Slot::Text),
            value("-C|--codegen|-Z", Slot::Unknown),
            value("-L|--extern|--cfg|--check-cfg|--crate-type|--crate-name|--edition|--emit|--target|-W|-A|-D|-F|--cap-lints|-l|--error-format|--color|--sysroot|--remap-path-prefix", Slot::Text),
            flag("-g|-O|-v|--verbose|--test|-V|-vV"),
        ])
        .acts(RUNS_PROJECT)
        .rest(Slot::Read),
    program("javac|kotlinc|scalac|groovyc|ecj").style(Style::Long).options(&[value("-d|-s|-h", Slot::Write), value("-cp|-classpath|-sourcepath|--module-path|-p", Slot::Text), value("-processor|-processorpath|--processor-path|-J*", Slot::Unknown)]).open().acts(RUNS_PROJECT).rest(Slot::Read),
    program("jar|javap|jdeps|javadoc|jlink|jpackage|jcmd|jmap|jstack").open().acts(RUNS_PROJECT).rest(Slot::Text),
    program("tsc|vue-tsc|tsgo|glint")
        .style(Style::Long)
        .options(&[
            flag("--noEmit|--version|--showConfig|--listFiles|--listFilesOnly|-v|-h|--all").dry(),
            flag("--init").acts(CHANGES_REPOSITORY),
            flag("--build|-b|--watch|-w|--clean|--force").acts(CHANGES_REPOSITORY),
            value("--outDir|--outFile|--declarationDir|--tsBuildInfoFile|--generateTrace|--generateCpuProfile", Slot::Write),
            value("-p|--project", Slot::Read),
            value("-t|--target|-m|--module|--moduleResolution|--jsx|--lib|--types|--typeRoots|--rootDir|--baseUrl|--locale", Slot::Text),
        ])
        .open()
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Read),
    program("swiftc|ocamlc|ocamlopt|ghc|erlc|elixirc|nasm|yasm|as|ld|lld|mold|solc|valac|fpc|nim|cython|windres|llc|lli|opt")
        .options(&[value("-o", Slot::Write)])
        .open()
        .acts(CHANGES_REPOSITORY)
        .rest(Slot::Edit),
    program("dwarfdump|llvm-objdump|llvm-nm|llvm-readelf|llvm-dwarfdump|pkg-config|pkgconf|llvm-config|rustfilt|bloaty")
        .options(&[value("--output-file|--log-file", Slot::Write), value("-j|-M|--start-address|--stop-address", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    // Tests run the project's code, and so does what reads its settings as code.
    runs("gcov|llvm-cov|llvm-profdata|pytest|py.test|jest|vitest|mocha|ava|jasmine|karma|playwright|cypress|wdio|nightwatch|testcafe|phpunit|pest|paratest|codecept|behat|phpspec|rspec|cucumber|nose2|nosetests|trial|behave|robot|coverage|nyc|c8|gotestsum|ginkgo|bats|shellspec|busted|prove|artillery|newman|tape|uvu|web-test-runner|wtr|storybook|chromatic|stryker|infection|mutmut"),
    // Linters whose settings are code.
    runs("eslint|eslint_d|xo|standard|tslint|stylelint|oxlint|oxfmt|dprint|semistandard|spectral|redocly|markdownlint-cli2|rubocop|standardrb|reek|brakeman|erb_lint|haml-lint|pylint|pyre|pytype|detekt|spotless|checkstyle|pmd|scalafmt|scalafix|credo|dialyzer|phpstan|psalm|phpcs|phpcbf|php-cs-fixer|pint|rector|phan|knip|depcheck|dpdm|madge|jscpd|remark|size-limit|bundlesize|publint|attw|sort-package-json|syncpack|ts-prune|tsd|clippy-driver|slim-lint"),
    program("prettier")
        .options(&[
            flag("-c|--check|-l|--list-different|--find-config-file|--file-info|--support-info").rest(Slot::Read),
            flag("-w|--write").rest(Slot::Edit),
            value("--config|--ignore-path", Slot::Read),
            value("--plugin", Slot::Unknown),
            value("--parser|--tab-width|--print-width|--end-of-line|--trailing-comma|--prose-wrap|--arrow-parens|--quote-props|--log-level|--loglevel|--stdin-filepath|--cache-location|--cache-strategy|--config-precedence|--html-whitespace-sensitivity|--embedded-language-formatting|--range-start|--range-end", Slot::Text),
        ])
        .open()
        // Its settings and plugins may be code.
        .acts(RUNS_PROJECT)
        .rest(Slot::Read),
    program("biome")
        .verbs(&[
            verb("check|lint|ci|format|rage|explain|search|version|help")
                .options(&[
                    flag("--write|--apply|--apply-unsafe|--fix|--unsafe|--fix-suggestions|--fix-dangerously").acts(CHANGES_REPOSITORY).rest(Slot::Edit),
                    value("--config-path|--reporter|--max-diagnostics|--since|--only|--skip|--stdin-file-path|--colors|--log-level|--files-max-size", Slot::Text),
                ])
                .open()
                .acts(LOOKS)
                .rest(Slot::Read),
            verb("init|migrate|start|stop|lsp-proxy|upgrade").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
        ])
        .bare(LOOKS),
    program("ruff").verbs(&[
        verb("check").options(RUFF_CHECK).acts(LOOKS).rest(Slot::Read),
        verb("format").options(RUFF_FORMAT).acts(CHANGES_REPOSITORY).rest(Slot::Text),
        verb("rule|linter|config|version|help|analyze").open().acts(LOOKS).rest(Slot::Text),
        verb("clean").acts(BUILDS).rest(Slot::Text),
    ]),
    formats("black|blue|yapf|autopep8|pyink|docformatter|autoflake|pyupgrade|isort|ssort|djlint|djhtml|add-trailing-comma|reorder-python-imports", &[
        flag("--check|--diff|-c|--check-only|--version|--show-settings|--show-files|--show-config|--lint").dry(),
        flag("-i|--in-place|-a|--aggressive|-q|--quiet|-v|--verbose|-r|--recursive|--fast|--safe|--preview|-S|--skip-string-normalization|-C|--skip-magic-trailing-comma|--pyi|--color|--no-color|--atomic|--wrap-mode|--profile-black|--reformat|--remove-all-unused-imports|--remove-unused-variables|--py38-plus|--py39-plus|--py310-plus|--py311-plus|--py312-plus"),
        value("-l|--line-length|-t|--target-version|--exclude|--include|--extend-exclude|--force-exclude|--profile|--max-line-length|--ignore|--select|-p|--project|--src|--sp|--settings-path|--style|-j|--jobs|-W|--workers|--line-ranges|--stdin-filename|--required-version|--skip|--skip-glob|--filter-files|--sg", Slot::Text),
        value("--config", Slot::Read),
    ]),
    // Their settings may name plugins.
    program("mypy|dmypy|flake8|luacheck").local().options(LINTER).open().acts(RUNS_PROJECT).rest(Slot::Read),
    // What stands in these files is code.
    runs("mdl|html-validate|cmake-format"),
    program("markdownlint").local().options(&[value("-r|--rules", Slot::Unknown), flag("-f|--fix").acts(CHANGES_REPOSITORY).rest(Slot::Edit), value("-o|--output", Slot::Write), value("-c|--config|-p|--ignore-path", Slot::Read), value("-i|--ignore|--disable|--enable|--configPointer", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    program("htmlhint").local().options(&[value("-R|--rulesdir", Slot::Unknown), value("-c|--config", Slot::Read), value("-r|--rules|-f|--format|-i|--ignore", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    program("protolint").local().style(Style::Long).options(LINTER).open().acts(LOOKS).rest(Slot::Read),
    program("actionlint")
        .style(Style::Long)
        .options(&[
            value("-shellcheck|-pyflakes", Slot::Program),
            value("-config-file", Slot::Read),
            value("-format|-ignore|-stdin-filename", Slot::Text),
            flag("-init-config").acts(CHANGES_REPOSITORY),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("cppcheck")
        .options(&[
            optional("--clang", Slot::Program),
            value("--addon|--addon-python|--rule-file", Slot::Unknown),
            value("--output-file|--cppcheck-build-dir|--plist-output|--checkers-report|--xml-output", Slot::Write),
            value("--library|--project|--suppressions-list|--suppress-xml|--file-list|--includes-file|--config-excludes-file|--include", Slot::Read),
            flag("--dump").acts(CHANGES_REPOSITORY),
            value("-D|-U|-I|-i|-j|-l", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("hlint")
        .options(&[
            flag("--refactor").acts(CHANGES_REPOSITORY),
            value("--with-refactor", Slot::Program),
            value("--refactor-options|-i|--ignore|--with|-X|--language|-j|--threads|--extension|--only|--ignore-glob|--colour|--color", Slot::Text),
            value("-h|--hint|--cpp-include|--cpp-file|-d|--datadir", Slot::Read),
            optional("-r|--report", Slot::Write),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("radon|xenon").options(&[value("-O|--output-file", Slot::Write), value("-e|--exclude|-i|--ignore|-n|--min|-x|--max|-b|--max-absolute|-m|--max-modules|-a|--max-average|-o|--order", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    program("dotenv-linter")
        .options(&[value("-e|--exclude|-s|--skip|--schema", Slot::Text)])
        .open()
        .acts(LOOKS)
        .verbs(&[verb("fix|f").open().acts(CHANGES_REPOSITORY).rest(Slot::Edit)])
        .bare(LOOKS)
        .rest(Slot::Read),
    program("lizard").options(&[value("-E|--extension", Slot::Unknown), value("-o|--output_file", Slot::Write), value("-l|--languages|-C|--CCN|-L|--length|-a|--arguments|-x|--exclude|-t|--working_threads|-i|--ignore_warnings|-T|--Threshold|-s|--sort", Slot::Text), value("-W|--whitelist|-f|--input_file", Slot::Read)]).open().acts(LOOKS).rest(Slot::Read),
    program("lintian|rpmlint").options(&[value("--include-dir|--user-dirs|--cfg|-c|-C|--checkdir|-f|-I|-i|--info", Slot::Unknown), value("--suppress-tags|-T|--tags|-X|--suppress-tags-from-file|-F", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    // Of Go: long options have one dash.
    program("staticcheck|errcheck|ineffassign|revive|govulncheck|gosec|golint|nilaway|deadcode")
        .style(Style::Long)
        .options(&[
            flag("-fix").acts(CHANGES_REPOSITORY),
            value("-cpuprofile|-memprofile|-trace|-debug.*|-out", Slot::Write),
            value("-config|-conf|-exclude-file|-archives", Slot::Read),
            value("-db", Slot::Url),
            value("-fmt|-f|-format|-formatter|-tags|-checks|-severity|-confidence|-exclude|-include|-exclude-dir|-ignore|-go|-mode|-scan|-show|-filter|-min_confidence|-nosec-tag|-C|-pkg|-set_exit_status", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("deptry|lint-imports|bandit").local().options(LINTER).open().acts(LOOKS).rest(Slot::Read),
    program("pyright|basedpyright|ty|pydocstyle|pycodestyle|pyflakes|vulture|typos|vermin|yamllint|zizmor|hadolint|tflint|cpplint|selene|checkbashisms|namcap|vint|ls-lint").options(LINTER).open().acts(LOOKS).rest(Slot::Read),
    program("shellcheck")
        .options(&[
            value("-e|--exclude|-i|--include|-f|--format|-o|--enable|-s|--shell|-S|--severity|-W|--wiki-link-count", Slot::Text),
            value("-P|--source-path|--rcfile", Slot::Read),
            optional("-C|--color|--extended-analysis", Slot::Text),
            flag("-a|--check-sourced|-x|--external-sources|--norc|--list-optional|-V"),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("swiftlint").verbs(&[
        verb("lint|analyze").options(&[flag("--fix|--autocorrect").acts(CHANGES_REPOSITORY), value("--output", Slot::Write)]).open().acts(LOOKS).rest(Slot::Read),
        verb("rules|version|docs|help|reporters").open().acts(LOOKS).rest(Slot::Text),
    ]).options(&[flag("--fix|--autocorrect").acts(CHANGES_REPOSITORY), flag("--strict|--quiet|--lenient")]).bare(LOOKS),
    program("ktlint")
        .options(&[flag("-F|--format").acts(CHANGES_REPOSITORY).rest(Slot::Edit), value("-R|--ruleset", Slot::Unknown), flag("--relative|--color|--verbose|-v|--log-level=*"), optional("--reporter|--editorconfig|--limit|--baseline", Slot::Text)])
        .verbs(&[verb("installGitPreCommitHook|installGitPrePushHook|install*|apply*").acts(super::PERSISTS).rest(Slot::Text)])
        .bare(LOOKS)
        .rest(Slot::Read),
    program("ast-grep").verbs(&[
        verb("run|scan|outline").options(&[flag("-U|--update-all|-i|--interactive").acts(CHANGES_REPOSITORY), value("-p|--pattern|-l|--lang|-r|--rewrite|--rule|--inline-rules|--format|--report-style|--color|--globs|--json", Slot::Text), value("-c|--config", Slot::Program)]).open().acts(LOOKS).rest(Slot::Read),
        verb("new|test").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
        verb("help|completions").open().acts(LOOKS).rest(Slot::Text),
    ]),
    // These show the outcome, unless they are told to write it.
    program("gci").verbs(&[
        verb("print|diff|list").options(&[value("-s|--section|--skip-generated|--custom-order", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
        verb("write").open().acts(CHANGES_REPOSITORY).rest(Slot::Edit),
        verb("help|completion").open().acts(LOOKS).rest(Slot::Text),
    ]),
    program("gofmt|goimports|gofumpt|golines|clang-format|clang-format-14|clang-format-15|clang-format-16|clang-format-17|clang-format-18|clang-format-19|clang-format-20|clang-format-21|google-java-format|ocamlformat|ormolu|fourmolu|stylish-haskell|fish_indent")
        .style(Style::Long)
        .options(&[
            flag("-w|--write|-i|--in-place|--inplace|-m|--modify|--replace|-r|--overwrite").acts(CHANGES_REPOSITORY).rest(Slot::Edit),
            value("-o|--output|-output", Slot::Write),
            value("-cpuprofile|-memprofile|-memprofilerate|-trace", Slot::Write),
            value("--base-formatter", Slot::Unknown),
            value("--mode", Slot::Text).acts(CHANGES_REPOSITORY),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("shfmt")
        .style(Style::Long)
        .options(&[
            flag("-w|--write").acts(CHANGES_REPOSITORY).rest(Slot::Edit),
            value("-i|--indent|-ln|--language-dialect|-filename|--filename", Slot::Text),
            flag("-l|--list|-d|--diff|-s|--simplify|-mn|--minify|-bn|--binary-next-line|-ci|--case-indent|-sr|--space-redirects|-kp|--keep-padding|-fn|--func-next-line|-f|--find|-tojson|--to-json|-p|--posix|--apply-ignore"),
        ])
        .rest(Slot::Read),
    // These write it, unless they are told to look only.
    program("rufo|rustfmt|leptosfmt|stylua|ktfmt|swiftformat|swift-format|yamlfmt|buildifier|elm-format|purs-tidy|nph|nimpretty|gersemi|mdformat|astyle|indent|treefmt|typstyle|cljfmt|hclfmt|bibtex-tidy|htmlbeautifier")
        .options(&[
            flag("-c|--check|--lint|--dryrun|--dry-run|-n|--verify|-mode=check|--set-exit-if-changed|--fail-on-change").rest(Slot::Read),
            value("--config|--config-path|--edition|--style|--emit", Slot::Text),
            flag("-q|--quiet|-v|--verbose"),
        ])
        .bare(CHANGES_REPOSITORY)
        .rest(Slot::Edit),
    program("clang-tidy|clang-tidy-14|clang-tidy-15|clang-tidy-16|clang-tidy-17|clang-tidy-18|clang-tidy-19|clang-tidy-20|clang-tidy-21|clang-apply-replacements|run-clang-tidy").style(Style::Long).options(&[flag("-fix|-fix-errors|-fix-notes").acts(CHANGES_REPOSITORY).rest(Slot::Edit), value("-export-fixes|-store-check-profile", Slot::Write), value("-load", Slot::Unknown), value("-clang-tidy-binary|-clang-apply-replacements-binary", Slot::Program), value("-p|-checks|-config|-config-file|-header-filter|-extra-arg|-extra-arg-before|-warnings-as-errors|-line-filter", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    program("golangci-lint").local().verbs(&[
        verb("run").options(&[flag("--fix").acts(CHANGES_REPOSITORY), value("-c|--config|-E|--enable|-D|--disable|-p|--presets|--timeout|-j|--concurrency|--new-from-rev|--build-tags|--path-prefix", Slot::Text), value("--out-format", Slot::Report), value("--output.*", Slot::Unknown), value("--cpu-profile-path|--mem-profile-path|--trace-path", Slot::Write)]).open().acts(LOOKS).rest(Slot::Read),
        verb("fmt|migrate").open().acts(CHANGES_REPOSITORY).rest(Slot::Text),
        verb("linters|formatters|version|help|config").open().acts(LOOKS).rest(Slot::Text),
        verb("cache").verbs(&[verb("status").acts(LOOKS), verb("clean").acts(BUILDS)]),
        verb("custom").open().acts(RUNS_UNKNOWN),
    ]),
    program("sqlfluff").verbs(&[verb("lint|parse|rules|dialects|version|render").options(&[value("--library-path", Slot::Unknown), value("--write-output|--persist-timing", Slot::Write), value("--config", Slot::Read), value("-d|--dialect|-t|--templater|-r|--rules|-e|--exclude-rules|-f|--format|-p|--processes|--stdin-filename", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read), verb("fix|format").open().acts(CHANGES_REPOSITORY).rest(Slot::Edit)]),
    // Documentation, grammars, interfaces.
    runs("sphinx-build|sphinx-apidoc|sphinx-quickstart|mkdocs|jekyll|hugo|zola|docusaurus|vitepress|vuepress|typedoc|jsdoc|esdoc|yard|rdoc|doxygen|pdoc|pdoc3|pydoctor|dokka|mdbook|antora|hexo|eleventy|gatsby|swagger-codegen|openapi-generator|openapi-generator-cli|graphql-codegen|slidev|quarto"),
    program("tree-sitter").verbs(&[verb("parse|query|highlight|tags|dump-languages|complete|version").open().acts(RUNS_PROJECT).rest(Slot::Text), verb("generate|build|test|init|init-config|playground|fuzz").open().acts(RUNS_PROJECT).rest(Slot::Text)]),
    program("protoc|flatc|thrift|capnp|capnpc|grpc_tools_node_protoc|ts-proto|avrogen").options(&[value("--plugin", Slot::Unknown), value("-I|--proto_path", Slot::Read), value("-o|--descriptor_set_out", Slot::Write)]).open().acts(CHANGES_REPOSITORY).rest(Slot::Read),
    program("buf").verbs(&[
        verb("lint|breaking|ls-files|stats").options(&[value("--against", Slot::RemoteRead), value("--against-config|--config|--error-format|--path|--exclude-path|--timeout|--log-format", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
        verb("format").options(&[flag("-w|--write").acts(CHANGES_REPOSITORY), value("-o|--output", Slot::Write), flag("-d|--diff|--exit-code")]).open().acts(LOOKS).rest(Slot::Read),
        verb("generate|build|export|config|mod|dep|plugin|beta").open().acts(RUNS_PROJECT).rest(Slot::Text),
        verb("push|registry").open().acts(PUBLISHES).rest(Slot::Text),
        verb("curl").open().acts(ASKS_SERVICE).rest(Slot::Unknown),
    ]),
    program("sqlc|gqlgen|mockgen|wire|stringer|ent|oapi-codegen|kubebuilder|controller-gen|operator-sdk|bindgen|cbindgen|uniffi-bindgen|swag|mockery|goreleaser").open().acts(RUNS_PROJECT).rest(Slot::Text),
    // Bundlers and what serves a project while it is worked on.
    program("vite|webpack|webpack-cli|webpack-dev-server|rollup|parcel|next|nuxt|nuxi|astro|remix|svelte-kit|turbo|nx|rspack|rsbuild|esbuild|tsup|ts-node-dev|nodemon|esbuild-register|swc|babel|snowpack|wmr|umi|expo|react-native|ionic|quasar|electron|electron-builder|electron-forge|tauri|svelte-check|sapper|redwood|rw|blitz|keystone|strapi|sanity|directus|nest|adonis|microbundle|unbuild|pkgroll|ncc|nitro|vinxi|waku|postcss|tailwindcss|sass|lessc|stylus|concurrently|npm-run-all|run-s|run-p|zx")
        .open()
        .acts(RUNS_PROJECT)
        .rest(Slot::Text),
    program("cross-env").style(Style::Posix).special(Special::Env).rest(Slot::Command),
    program("ccache|sccache|distcc|icecc|bear|scan-build|intercept-build").style(Style::Posix).options(&[flag("-s|--show-stats|-p|--show-config|-V").dry(), flag("-C|--clear|-c|--cleanup|-z|--zero-stats").acts(CLEANS), value("-o|--output", Slot::Write)]).rest(Slot::Command),
];
