//! Text: shown, searched, cut, sorted, changed.

use super::{Entry, Language, Slot, Special, flag, optional, program, value};

pub(super) static ENTRIES: &[Entry] = &[
    program("cat|tac|nl|head|tail|rev|od|hexdump|hd|strings|bat|batcat|pr|fold|fmt|expand|unexpand|column|tsort|comm|paste|join|cmp|wc")
        .options(&[
            value("-n|--lines|-c|--bytes|-s|--sleep-interval|--pid|-w|--width|-d|--delimiters|-t|-o|-j|-1|-2|-a|-e|-N|-A|-l|--language|-r|--line-range|-H|--theme|--style|--pager", Slot::Text),
            optional("--color|--follow|--paging|--wrap", Slot::Text),
            value("--files0-from", Slot::Read),
        ])
        .open()
        .rest(Slot::Read),
    program("zcat|bzcat|xzcat|zstdcat|gzcat|lz4cat|lzcat|lzmacat")
        .options(&[value("-S|--suffix", Slot::Text), value("-D", Slot::Read)])
        .open()
        .decodes()
        .rest(Slot::Read),
    program("less|more|most")
        .options(&[
            // A file of what is shown, and of what keys do.
            value("-o|-O|--log-file|--LOG-FILE", Slot::Write),
            value("-k|--lesskey-file|--lesskey-src|--lesskey-content", Slot::Unknown),
            value("-p|--pattern|-b|-h|-j|-t|-x|-y|-z|-P|-D", Slot::Text),
        ])
        .open()
        .rest(Slot::Read),
    program("grep|egrep|fgrep|zgrep|pgrep-text")
        .options(&[
            value("-e|--regexp", Slot::Text).rest(Slot::Read),
            value("-f|--file", Slot::Read).rest(Slot::Read),
            value("-A|-B|-C|-m|--after-context|--before-context|--context|--max-count|--include|--exclude|--exclude-dir|--label|-d|-D|--binary-files|--ignore|--ignore-dir|-G", Slot::Text),
            optional("--color|--colour", Slot::Text),
        ])
        .open()
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    program("ack|ag")
        .options(&[
            value("-e|--regexp", Slot::Text).rest(Slot::Read),
            value("-f|--file", Slot::Read).rest(Slot::Read),
            value("-A|-B|-C|-m|--after-context|--before-context|--context|--max-count|--include|--exclude|--exclude-dir|--label|-d|-D|--binary-files|--ignore|--ignore-dir|-G", Slot::Text),
            optional("--color|--colour", Slot::Text),
            // It runs a program.
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
            value("-g|--glob|--iglob|-t|--type|-T|--type-not|-A|-B|-C|--after-context|--before-context|--context|-m|--max-count|-d|--max-depth|-r|--replace|-j|--threads|-M|--max-columns|-E|--encoding|--sort|--sortr|--color|--colors|--engine|--max-filesize|--type-add", Slot::Text),
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
            value("--files0-from|--random-source", Slot::Read),
        ])
        .open()
        .rest(Slot::Read),
    program("uniq").options(&[value("-f|-s|-w", Slot::Text), optional("--group|--all-repeated", Slot::Text)]).open().operands(&[Slot::Read, Slot::Write]),
    program("cut|tr|seq|shuf|numfmt|base32|jot|factor|yes|expr|nproc|tput|look")
        .options(&[value("-d|-f|-c|-b|-s|-w|-n|-i", Slot::Text), value("-o|--output", Slot::Write)])
        .open()
        .rest(Slot::Text),
    program("diff|colordiff|sdiff|diff3|diffstat")
        .options(&[value("-U|-C|-x|-I|-W|-L|--label|--exclude", Slot::Text), value("-o|--output", Slot::Write), value("-X", Slot::Read)])
        .open()
        .rest(Slot::Read),
    program("tee").options(&[flag("-a|--append|-i|--ignore-interrupts|-p"), optional("--output-error", Slot::Text)]).special(Special::Tee).rest(Slot::Write),
    program("base64|gbase64|openssl-base64")
        .options(&[flag("-d|--decode|-D").acts(super::LOOKS), value("-w|--wrap|-b", Slot::Text), value("-i", Slot::Read), value("-o", Slot::Write)])
        .open()
        .rest(Slot::Read)
        .decodes(),
    program("xxd")
        .options(&[value("-c|-g|-l|-o|-s|-n", Slot::Text)])
        .open()
        .operands(&[Slot::Read, Slot::Write])
        .decodes(),
    program("jq|gojq|jaq")
        .options(&[
            value("-f|--from-file", Slot::Read).rest(Slot::Read),
            value("-L|--indent", Slot::Text),
            value("--arg|--argjson|--slurpfile|--rawfile", Slot::Text),
        ])
        .open()
        .operands(&[Slot::Query])
        .rest(Slot::Read),
];
