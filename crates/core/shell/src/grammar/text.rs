//! Text: shown, searched, cut, sorted, changed.

use super::{Entry, Language, Slot, Special, Style, flag, optional, pair, program, value};

pub(super) static ENTRIES: &[Entry] = &[
    // Where the same letter is a value for one system and a flag for another, it is a flag here: its value is then read as
    // a file, and no file is taken for a value.
    program("cat|rev|tsort").open().rest(Slot::Read),
    program("tac").options(&[value("-s|--separator", Slot::Text)]).open().rest(Slot::Read),
    program("nl")
        .options(&[value("-b|-d|-f|-h|-i|-l|-n|-s|-v|-w|--body-numbering|--number-width|--number-separator", Slot::Text)])
        .open()
        .rest(Slot::Read),
    program("head|tail")
        .options(&[value("-n|--lines|-c|--bytes|--pid|--sleep-interval|--max-unchanged-stats", Slot::Text), optional("--follow", Slot::Text)])
        .open()
        .rest(Slot::Read),
    program("od")
        .options(&[value("-A|-j|-N|-t|--address-radix|--skip-bytes|--read-bytes|--format", Slot::Text), optional("--strings|--width", Slot::Text)])
        .open()
        .rest(Slot::Read),
    program("hexdump|hd")
        .options(&[value("-e|-n|-s|--format|--length|--skip", Slot::Text), value("-f|--format-file", Slot::Read)])
        .open()
        .rest(Slot::Read),
    program("strings").options(&[value("-n|-t|--bytes|--radix|--encoding|--target", Slot::Text)]).open().rest(Slot::Read),
    program("bat|batcat")
        .options(&[
            value("-l|--language|-r|--line-range|-H|--highlight-line|-m|--map-syntax|--theme|--style|--tabs|--terminal-width|--file-name|--color|--wrap|--decorations", Slot::Text),
            optional("--paging", Slot::Text),
            value("--pager", Slot::Unknown),
            flag("--generate-config-file").acts(super::CHANGES_SETTINGS),
            flag("--lessopen").acts(super::RUNS_UNKNOWN),
        ])
        .open()
        .rest(Slot::Read),
    program("pr").options(&[value("-h|-l|-w|-W|-N|-D|--header|--length|--width|--page-width", Slot::Text)]).open().rest(Slot::Read),
    program("fold|fmt").options(&[value("-w|--width", Slot::Text)]).open().rest(Slot::Read),
    program("expand|unexpand").options(&[value("-t|--tabs", Slot::Text)]).open().rest(Slot::Read),
    program("column")
        .options(&[value("-s|-c|-o|-N|--separator|--output-separator|--output-width|--table-columns|--table-name|--table-right|--table-hide|--table-order", Slot::Text)])
        .open()
        .rest(Slot::Read),
    program("delta")
        .options(&[
            flag("-V|--version|-h|--help|--list-languages|--list-syntax-themes|--show-config|--show-colors|--show-syntax-themes|--show-themes").dry(),
            value("--pager|--diff-args", Slot::Unknown),
            value("--paging|--features|-w|--width|--tabs|--syntax-theme|--default-language|--true-color|--max-line-length|--max-line-distance", Slot::Text),
            flag("-s|--side-by-side|-n|--line-numbers|--navigate|--hyperlinks|--color-only|--raw|--dark|--light|--no-gitconfig|--keep-plus-minus-markers"),
        ])
        .rest(Slot::Read),
    program("comm").options(&[value("--output-delimiter", Slot::Text)]).open().rest(Slot::Read),
    program("paste").options(&[value("-d|--delimiters", Slot::Text)]).open().rest(Slot::Read),
    program("join").options(&[value("-a|-e|-j|-o|-t|-v|-1|-2", Slot::Text)]).open().rest(Slot::Read),
    program("cmp").options(&[value("-n|--bytes|--ignore-initial", Slot::Text)]).open().rest(Slot::Read),
    program("wc").options(&[value("--files0-from", Slot::Names), optional("--total", Slot::Text)]).open().rest(Slot::Read),
    program("zcat|bzcat|xzcat|zstdcat|gzcat|lz4cat|lzcat|lzmacat")
        .options(&[value("-D", Slot::Read)])
        .open()
        .decodes()
        .rest(Slot::Read),
    program("more")
        .options(&[
            value("-o|-O|--log-file|--LOG-FILE", Slot::Write),
            value("-k|--lesskey-file|--lesskey-src|--lesskey-content", Slot::Unknown),
            value("-n|--lines", Slot::Text),
        ])
        .open()
        .bare(&[])
        .special(Special::Pager)
        .rest(Slot::Read),
    program("less|most")
        .options(&[
            // A file of what is shown, and of what keys do.
            value("-o|-O|--log-file|--LOG-FILE", Slot::Write),
            value("-k|--lesskey-file|--lesskey-src|--lesskey-content", Slot::Unknown),
            value("-p|--pattern|-b|-h|-j|-x|-y|-z|-P|-D", Slot::Text),
            value("-t|--tag", Slot::Text),
            value("-T|--tag-file", Slot::Read),
        ])
        .open()
        .bare(&[])
        .special(Special::Pager)
        .rest(Slot::Read),
    program("grep|egrep|fgrep|zgrep|pgrep-text")
        .options(&[
            value("-e|--regexp", Slot::Text).rest(Slot::Read),
            value("-f|--file", Slot::Read).rest(Slot::Read),
            value("-A|-B|-C|-m|--after-context|--before-context|--max-count|--exclude|--exclude-dir|--include-dir|--label|-d|-D|--directories|--devices|--binary-files", Slot::Text),
            value("--include", Slot::Sought),
            optional("--color|--colour|--context", Slot::Text),
            value("--exclude-from", Slot::Read),
            flag("-r|-R|--recursive|--dereference-recursive").grave(),
        ])
        .open()
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    program("ack|ag")
        .options(&[
            value("-A|-B|-m|--after-context|--before-context|--max-count|--ignore|--ignore-dir|--ignore-file|--type|--depth|--output", Slot::Text),
            optional("--color|--context|-C|--after|--before", Slot::Text),
            flag("-f|-g|--files-with-matches-only").rest(Slot::Read),
            flag("--hidden|-u|--unrestricted").grave(),
            value("--ackrc", Slot::Unknown),
            value("-G|--file-search-regex|--type-add|--type-set", Slot::Sought),
            value("-p|--path-to-ignore|--files-from", Slot::Read),
            // A program that is run.
            value("--pager", Slot::Unknown),
        ])
        .open()
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    program("rg|ripgrep")
        .options(&[
            value("-e|--regexp", Slot::Text).rest(Slot::Read),
            value("-f|--file", Slot::Read).rest(Slot::Read),
            flag("--files|--type-list").rest(Slot::Read),
            value("-g|--glob|--iglob|--type-add", Slot::Sought),
            value("-t|--type|-T|--type-not|-A|-B|-C|--after-context|--before-context|--context|-m|--max-count|-d|--max-depth|-r|--replace|-j|--threads|-M|--max-columns|-E|--encoding|--sort|--sortr|--color|--colors|--engine|--max-filesize", Slot::Text),
            flag("-u|--unrestricted|--hidden|-.").grave(),
            value("--pre|--hostname-bin", Slot::Unknown),
            value("--ignore-file", Slot::Read),
        ])
        .open()
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    program("sed|gsed")
        .options(&[
            value("-e|--expression", Slot::Code(Language::Sed)).rest(Slot::Read),
            value("-f|--file", Slot::CodeFile(Language::Sed)).rest(Slot::Read),
            optional("-i|--in-place", Slot::Text).rest(Slot::Edit),
            value("-l|--line-length", Slot::Text),
            flag("-n|--quiet|--silent|-E|-r|--regexp-extended|-s|--separate|-u|--unbuffered|-z|--null-data|--posix|--debug|--sandbox|--follow-symlinks|-a"),
        ])
        .special(Special::Sed)
        .operands(&[Slot::Code(Language::Sed)])
        .rest(Slot::Read),
    program("awk|gawk|mawk|nawk")
        .options(&[
            value("-f|--file", Slot::CodeFile(Language::Awk)).rest(Slot::Read),
            value("-e|--source", Slot::Code(Language::Awk)).rest(Slot::Read),
            value("-F|--field-separator|-v|--assign", Slot::Text),
            value("-i|--include|-l|--load|-E|--exec", Slot::Unknown),
            optional("-o|--pretty-print|-p|--profile|-d|--dump-variables|-D|--debug", Slot::Unknown),
            flag("-b|-c|-C|-g|-h|-I|-k|-M|-n|-N|-O|-P|-r|-s|-S|-t|-V|--re-interval|--posix|--sandbox|--csv"),
        ])
        .special(Special::Awk)
        .operands(&[Slot::Code(Language::Awk)])
        .rest(Slot::Read),
    program("sort|gsort")
        .options(&[
            value("-o|--output", Slot::Write),
            value("--compress-program", Slot::Unknown),
            value("-k|--key|-t|--field-separator|-S|--buffer-size|--parallel|--batch-size|--sort", Slot::Text),
            value("-T|--temporary-directory", Slot::Write),
            value("--random-source", Slot::Read),
            value("--files0-from", Slot::Names),
        ])
        .open()
        .rest(Slot::Read),
    program("uniq").options(&[value("-f|-s|-w", Slot::Text), optional("--group|--all-repeated", Slot::Text)]).open().operands(&[Slot::Read, Slot::Write]),
    program("cut")
        .options(&[value("-d|-f|-c|-b|--delimiter|--fields|--characters|--bytes|--output-delimiter", Slot::Text)])
        .open()
        .rest(Slot::Read),
    program("tr|factor|yes|expr|nproc|tput|jot").open().rest(Slot::Text),
    program("seq").options(&[value("-f|-s|-t|--format|--separator", Slot::Text)]).open().rest(Slot::Text),
    program("numfmt").options(&[value("-d|--delimiter|--field|--format|--from|--to|--suffix|--padding", Slot::Text)]).open().rest(Slot::Text),
    program("shuf|gshuf")
        .options(&[
            value("-n|--head-count|-i|--input-range", Slot::Text),
            value("--random-source", Slot::Read),
            value("-o|--output", Slot::Write),
            flag("-e|--echo").rest(Slot::Text),
        ])
        .open()
        .rest(Slot::Read),
    program("look").options(&[value("-t|--terminate", Slot::Text)]).open().operands(&[Slot::Text]).rest(Slot::Read),
    program("diff|colordiff")
        .options(&[
            flag("-r|--recursive").grave(),
            value("-U|-C|-x|-I|-W|-L|-F|-S|--label|--exclude|--ignore-matching-lines|--width|--starting-file|--show-function-line|--tabsize|--ifdef", Slot::Text),
            value("-X|--exclude-from|--from-file|--to-file", Slot::Read),
            optional("--color|--unified|--context", Slot::Text),
            value("-o|--output", Slot::Write),
        ])
        .open()
        .rest(Slot::Read),
    program("sdiff")
        .options(&[
            value("-I|-w|--ignore-matching-lines|--width|--tabsize", Slot::Text),
            value("-o|--output", Slot::Write),
            value("--diff-program", Slot::Unknown),
        ])
        .open()
        .rest(Slot::Read),
    program("diff3").options(&[value("-L|--label", Slot::Text), value("--diff-program", Slot::Unknown)]).open().rest(Slot::Read),
    program("diffstat")
        .options(&[value("-f|-n|-N|-p|-r|-w", Slot::Text), value("-D|-S|-e", Slot::Read), value("-o", Slot::Write)])
        .open()
        .rest(Slot::Read),
    program("tee").options(&[flag("-a|--append|-i|--ignore-interrupts|-p"), optional("--output-error", Slot::Text)]).special(Special::Tee).rest(Slot::Write),
    program("base64|gbase64|openssl-base64|base32|basenc")
        .options(&[flag("-d|--decode|-D").acts(super::LOOKS), value("-w|--wrap|-b", Slot::Text), value("-i", Slot::Read), value("-o", Slot::Write)])
        .open()
        .rest(Slot::Read)
        .decodes(),
    program("xxd")
        .style(Style::Long)
        .options(&[value("-c|-cols|-g|-groupsize|-l|-len|-o|-s|-seek|-skip|-n|-name|-R", Slot::Text)])
        .open()
        .operands(&[Slot::Read, Slot::Write])
        .decodes(),
    program("jq|gojq|jaq")
        .options(&[
            value("-f|--from-file", Slot::QueryFile).rest(Slot::Read),
            value("-L|--library-path", Slot::Read),
            // Of `jaq` only.
            flag("-i|--in-place").rest(Slot::Edit),
            value("--indent", Slot::Text),
            pair("--arg|--argjson", Slot::Text),
            pair("--slurpfile|--rawfile|--argfile", Slot::Read),
        ])
        .open()
        .operands(&[Slot::Query])
        .rest(Slot::Read),
];
