//! Files and folders: made, copied, moved, removed, listed.

use super::{CHANGES_REPOSITORY, DESTROYS_SYSTEM, LOOKS, RUNS_UNKNOWN};
use super::{Entry, Slot, Special, Style, flag, optional, program, value};
use crate::effect::{Act, Effect, Scope};

pub(super) static ENTRIES: &[Entry] = &[
    program("ls|dir|vdir|exa|eza|lsd")
        .options(&[
            value("--ignore|--width|--tabsize|--block-size|--hide|--level|--ignore-glob", Slot::Text),
            optional("--color|--format|--hyperlink|--indicator-style|--icons|--sort|--time|--time-style", Slot::Text),
        ])
        .open()
        .rest(Slot::Listed),
    program("tree")
        .options(&[
            value("-I|-L|-P|-H|-T|--filelimit|--timefmt|--charset|--sort", Slot::Text),
            value("--gitfile|--infofile", Slot::Read),
            value("-o", Slot::Write),
        ])
        .open()
        .rest(Slot::Listed),
    program("rm")
        .options(&[
            flag("-r|-R|--recursive").grave(),
            flag("-f|--force|-i|-I|-v|--verbose|-d|--dir|--one-file-system|--preserve-root"),
            flag("--no-preserve-root").acts(DESTROYS_SYSTEM),
            optional("--interactive", Slot::Text),
        ])
        .rest(Slot::Delete),
    program("rmdir").options(&[flag("-p|--parents|-v|--verbose|--ignore-fail-on-non-empty")]).rest(Slot::Delete),
    program("unlink").rest(Slot::Delete),
    program("srm|wipe").options(&[flag("-r|-R").grave(), flag("-f|-v|-z|-i")]).rest(Slot::Delete),
    program("shred")
        .options(&[
            flag("-f|--force|-u|-v|-x|-z|--verbose|--exact|--zero"),
            optional("--remove", Slot::Text),
            value("-n|--iterations|-s|--size|--random-source", Slot::Text),
        ])
        .rest(Slot::Delete),
    // With these, what was thrown away before is lost.
    program("trash|trash-put|gio-trash").options(&[flag("-e|--empty|-s").acts(&[Act::new(Effect::Delete, Scope::Home)])]).open().rest(Slot::Delete),
    program("mkdir")
        .options(&[value("-m|--mode", Slot::Text), flag("-p|--parents|-v|--verbose"), optional("--context|-Z", Slot::Text)])
        .rest(Slot::Write),
    program("touch")
        .options(&[
            value("-d|--date|-t|--time", Slot::Text),
            value("-r|--reference", Slot::Read),
            flag("-a|-c|--no-create|-f|-h|--no-dereference|-m"),
        ])
        .rest(Slot::Write),
    program("cp|install")
        .options(&[
            flag("-r|-R|--recursive|-a|--archive|-d|-f|--force|-i|--interactive|-n|--no-clobber|-p|-u|-v|--verbose|-L|-P|-H|-l|--link"),
            flag("-s|--symbolic-link|-x|--one-file-system|-T|--no-target-directory|-D|-c|-b|-C|--compare|--parents|--attributes-only"),
            flag("--strip-trailing-slashes|--remove-destination|--dereference|--no-dereference|--copy-contents|--debug|-Z|-X"),
            value("-t|--target-directory", Slot::Text),
            value("-S|--suffix|-m|--mode|-o|--owner|-g|--group", Slot::Text),
            optional("--backup|--preserve|--no-preserve|--reflink|--sparse|--context|--update", Slot::Text),
        ])
        .special(Special::Copy)
        .rest(Slot::Text),
    program("mv")
        .options(&[
            flag("-f|--force|-i|--interactive|-n|--no-clobber|-u|-v|--verbose|-T|--no-target-directory|-b|-Z|--strip-trailing-slashes|--exchange"),
            value("-t|--target-directory", Slot::Text),
            value("-S|--suffix", Slot::Text),
            optional("--backup|--update", Slot::Text),
        ])
        .rest(Slot::Delete)
        .special(Special::Copy),
    program("ln|link")
        .options(&[
            flag("-s|--symbolic|-f|--force|-n|--no-dereference|-r|--relative|-v|--verbose|-i|--interactive|-L|-P|-T|-b|-d|-F|-h"),
            value("-t|--target-directory", Slot::Write),
            value("-S|--suffix", Slot::Text),
        ])
        .rest(Slot::Write),
    program("chmod")
        .options(&[
            flag("-R|--recursive"),
            flag("-f|--silent|--quiet|-v|--verbose|-c|--changes|--preserve-root|--no-preserve-root|-h"),
            value("--reference", Slot::Read),
            // Rights that are taken, written like options.
            flag(super::MODE_TAKEN),
        ])
        .special(Special::Mode)
        .rest(Slot::Text),
    program("chown|chgrp|chflags|chcon|setfacl|chattr")
        .options(&[
            flag("-R|--recursive"),
            flag("-f|--silent|--quiet|-v|--verbose|-c|--changes|-h|--no-dereference|--dereference|--preserve-root|-H|-L|-P"),
            value("--reference", Slot::Text),
            value("--from", Slot::Text),
        ])
        .special(Special::Mode)
        .rest(Slot::Text),
    program("dd").style(Style::None).special(Special::Dd).rest(Slot::Text),
    program("tar|gtar|bsdtar").style(Style::None).special(Special::Tar).rest(Slot::Text),
    program("find|gfind").style(Style::None).special(Special::Find).rest(Slot::Text),
    program("fd|fdfind")
        .options(&[
            value("-e|--extension", Slot::Text),
            value("-E|--exclude|-t|--type|-d|--max-depth|--min-depth|-S|--size|--changed-within|--changed-before", Slot::Text),
            value("-o|--owner|-c|--color|-j|--threads|--max-results|--format|--path-separator|--batch-size", Slot::Text),
            value("--base-directory|--search-path", Slot::Read),
            value("--ignore-file", Slot::Read),
            value("-x|--exec|-X|--exec-batch", Slot::Command),
        ])
        .open()
        .special(Special::Fd)
        .operands(&[Slot::Text])
        .rest(Slot::Read),
    program("stat").options(&[value("-c|--format|--printf", Slot::Text)]).open().rest(Slot::Listed),
    program("file")
        .options(&[
            value("-F|--separator|-e|--exclude|--exclude-quiet|-P|--parameter", Slot::Text),
            value("-m|--magic-file", Slot::Read),
            value("-f|--files-from", Slot::Names),
            // It writes a compiled list.
            flag("-C|--compile").acts(RUNS_UNKNOWN),
        ])
        .open()
        .rest(Slot::Read),
    program("du|df")
        .options(&[
            value("-B|--block-size|-d|--max-depth|-t|--threshold|--type|--exclude|--exclude-type", Slot::Text),
            optional("--time|--time-style|--output", Slot::Text),
            value("-X|--exclude-from", Slot::Read),
            value("--files0-from", Slot::Names),
        ])
        .open()
        .rest(Slot::Listed),
    program("cksum|shasum").options(&[value("-a|--algorithm|--length", Slot::Text)]).open().rest(Slot::Read),
    program("realpath").options(&[value("--relative-to|--relative-base", Slot::Text)]).open().rest(Slot::Listed),
    program("readlink").open().rest(Slot::Listed),
    // They take the text of a name apart, whatever is there.
    program("basename").options(&[value("-s|--suffix", Slot::Text)]).open().rest(Slot::Text),
    program("dirname").open().rest(Slot::Text),
    program("md5sum|sha1sum|sha224sum|sha256sum|sha384sum|sha512sum|b2sum|sum|md5|lsattr|getfacl|pathchk|namei|xxhsum|b3sum")
        .open()
        .rest(Slot::Read),
    program("mktemp")
        .options(&[
            flag("-t|-u|--dry-run").rest(Slot::Text),
            value("-p", Slot::Write).rest(Slot::Text),
            optional("--tmpdir", Slot::Write).rest(Slot::Text),
            value("--suffix", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Write),
    program("pwd").open().acts(LOOKS),
    program("truncate")
        .options(&[value("-s|--size", Slot::Text), value("-r|--reference", Slot::Read), flag("-c|--no-create|-o|--io-blocks")])
        .rest(Slot::Edit),
    // The names of what they write come from a prefix, or are `xaa` and so on.
    program("split|gsplit")
        .options(&[
            value("-a|-b|-C|-l|-n|-t|--suffix-length|--bytes|--line-bytes|--lines|--number|--separator|--additional-suffix|-p", Slot::Text),
            optional("--numeric-suffixes|--hex-suffixes", Slot::Text),
            value("--filter", Slot::Shell),
            flag("-d|-x|-e|-u|-y|--elide-empty-files|--unbuffered|--verbose"),
        ])
        .acts(CHANGES_REPOSITORY)
        .operands(&[Slot::Read])
        .rest(Slot::Write),
    program("csplit|gcsplit")
        .options(&[
            value("-b|-n|--suffix-format|--digits", Slot::Text),
            value("-f|--prefix", Slot::Write),
            flag("-k|--keep-files|-s|--silent|--quiet|-z|--elide-empty-files|--suppress-matched"),
        ])
        .acts(CHANGES_REPOSITORY)
        .operands(&[Slot::Read])
        .rest(Slot::Text),
    program("rsync")
        .options(&[
            flag("-a|--archive|-v|--verbose|-r|--recursive|-l|-p|-t|-g|-o|-D|-z|--compress|-h|--human-readable|-P|--progress|--partial|-n|--dry-run"),
            flag("-u|--update|-c|--checksum|-H|-A|-X|-x|-q|--quiet|-R|--relative|-i|--itemize-changes|--stats|-W|-S|-m|-k|-L|-K|-E|-O|-J|-C|-0|-4|-6|-I|-b|-d|-y"),
            flag("--ignore-existing|--existing|--size-only|--inplace|--append|--links|--perms|--times|--group|--owner|--devices|--specials|--list-only|--ignore-errors|--force|--mkpath"),
            flag("--delete|--del|--delete-before|--delete-during|--delete-delay|--delete-after|--delete-excluded").grave(),
            flag("--remove-source-files|--remove-sent-files").grave(),
            flag("--no-*|--prune-empty-dirs|--omit-dir-times|--omit-link-times|--copy-links|--copy-unsafe-links|--safe-links|--one-file-system|--numeric-ids|--delay-updates|--whole-file|--hard-links|--acls|--xattrs|--cvs-exclude|--fuzzy|--ignore-times|--dirs|--sparse|--executability"),
            value("--exclude|--include|--max-size|--min-size|--bwlimit|--timeout|--contimeout|--info|--debug|--chmod|--chown|--suffix|--out-format|--log-file-format|--port|-B|--block-size|--compress-level|--max-delete|--modify-window|--checksum-choice|--compress-choice|--skip-compress|--iconv|--stop-after|--stop-at", Slot::Text),
            value("--filter|-f", Slot::Text),
            value("--files-from", Slot::Text),
            value("--exclude-from|--include-from", Slot::Read),
            value("--link-dest|--compare-dest|--copy-dest", Slot::Read),
            value("--read-batch", Slot::Read),
            value("--backup-dir", Slot::Write),
            value("--partial-dir", Slot::Write),
            value("--log-file|-T|--temp-dir|--write-batch|--only-write-batch", Slot::Write),
            value("--password-file", Slot::Read),
            value("-e|--rsh", Slot::Shell),
            value("--rsync-path", Slot::RemoteShell),
            // Options for the other end, which may be here.
            value("-M|--remote-option", Slot::Unknown),
        ])
        .special(Special::Rsync)
        .rest(Slot::Text),
    program("scp")
        .style(Style::Posix)
        .options(&[
            flag("-r|-p|-q|-v|-C|-B|-3|-4|-6|-A|-T|-O|-R|-s"),
            value("-P|-l|-c|-X|-i", Slot::Text),
            value("-o", Slot::Text),
            value("-J", Slot::Host),
            // Programs that are run here.
            value("-S|-D", Slot::Shell),
            value("-F", Slot::Unknown),
        ])
        .special(Special::Rsync)
        .rest(Slot::Text),
    program("sftp")
        .style(Style::Posix)
        .options(&[
            flag("-4|-6|-A|-a|-C|-f|-N|-p|-q|-r|-v"),
            value("-B|-c|-i|-l|-P|-R|-X", Slot::Text),
            value("-o", Slot::Text),
            value("-b", Slot::Read),
            value("-J", Slot::Host),
            value("-s", Slot::RemoteShell),
            value("-S|-D", Slot::Shell),
            value("-F", Slot::Unknown),
        ])
        .special(Special::Sftp)
        .operands(&[Slot::Host])
        .rest(Slot::Write),
];
