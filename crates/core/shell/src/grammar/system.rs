//! The system: what is looked at, what is changed, what is taken down; archives, pictures, editors, agents.

use super::{
    CHANGES_SETTINGS, CHANGES_SYSTEM, DESTROYS_SYSTEM, ENDS, Entry, INSTALLS_SYSTEM, LOOKS, Language, Opt,
    PERSISTS, RUNS_UNKNOWN, SENDS, SHOWS_SECRET, Slot, Special, Style, TAKES_DOWN, UNGUARDED, WITH_RIGHTS,
    flag, optional, program, value, verb,
};
use crate::effect::{Act, Effect, Scope};

/// A disk loses what is on it.
const DESTROYS_DISK: &[Act] = &[Act::grave(Effect::Write, Scope::Device)];
/// Rights are given to a program, or a person.
const GIVES_RIGHTS: &[Act] =
    &[Act::new(Effect::Privilege, Scope::System), Act::new(Effect::Write, Scope::System)];
/// Files are made here, with names that the program or the archive gives.
const WRITES_HERE: &[Act] = &[Act::new(Effect::Write, Scope::Untracked)];
/// Another agent works, and what it does is not seen from here.
const AGENT: &[Act] =
    &[Act::new(Effect::ExecUnknown, Scope::Unknown), Act::new(Effect::NetworkOut, Scope::Remote)];

/// An editor gets programs, or settings that may name some.
const EDITOR_INSTALLS: Opt =
    value("--install-extension|--uninstall-extension|--user-data-dir|--extensions-dir|--add-mcp", Slot::Text)
        .acts(INSTALLS_SYSTEM);
/// How an editor shows what it opens.
const EDITOR_OPENS: Opt = flag(
    "-n|--new-window|-r|--reuse-window|-w|--wait|-g|--goto|-d|--diff|-a|--add|-Q|-q|--batch|-nw|-t|--no-*|--disable-*|-R|-v|-p|-c|-m|--quick",
);

pub(super) static ENTRIES: &[Entry] = &[
    // What is looked at.
    program("ps")
        .options(&[value("-C|-o|-O|-p|-u|-U|-g|-G|-t|-s|-n|-q|--format|--sort|--pid|--ppid|--user|--group|--columns|--cols|--rows|--lines|--tty|--sid|-k|-N|-M", Slot::Text)])
        .open()
        .acts(LOOKS)
        // `e` shows what is in the environment of each.
        .verbs(&[verb("*e*|*E*").open().acts(SHOWS_SECRET).rest(Slot::Text)])
        .bare(LOOKS)
        .rest(Slot::Text),
    program("pidstat")
        .style(Style::Posix)
        .options(&[value("-e", Slot::Command), value("-C|-G|-p|-T|-U|-t", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("lsof").options(&[value("-D", Slot::Unknown)]).open().acts(LOOKS).rest(Slot::Text),
    program("lshw").style(Style::Long).options(&[value("-dump", Slot::Write), value("-class|-C|-disable|-enable", Slot::Text)]).open().acts(LOOKS).rest(Slot::Text),
    program("inxi").options(&[flag("-U|--update").acts(INSTALLS_SYSTEM), flag("--debug|--ftp").acts(SENDS)]).open().acts(LOOKS).rest(Slot::Text),
    program("units")
        .options(&[value("-f|--file", Slot::Read), value("-L|--log", Slot::Write), value("-o|--output-format|-d|--digits|-u|--units|-l|--locale", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    // Pages by their names, or files that are shown.
    program("tldr|tealdeer|fortune|dircolors|gdircolors")
        .options(&[value("-r|--render|-f", Slot::Page), value("--config|--config-path", Slot::Unknown)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Page),
    program("pstree|top|htop|btop|uptime|free|vmstat|iostat|mpstat|slabtop|pmap|pwdx|pidof|pgrep|tload|w|who|whoami|id|groups|users|last|lastb|logname|uname|lscpu|lsblk|lspci|lsusb|lsmem|lsmod|lsns|lsipc|lslocks|lslogins|lsb_release|hwinfo|screenfetch|biosdecode|acpi|findmnt|blkid|ipcs|getcap|getconf|getenforce|sestatus|seinfo|sesearch|ausearch|aureport|aa-status|vm_stat|sw_vers|system_profiler|ioreg|kextstat|klist|runlevel|modinfo|clinfo|vulkaninfo|glxinfo|xdpyinfo|xwininfo|locale|tty|cal|ncal|uuidgen|mcookie|sleep|gsleep|usleep|tset|clear|reset|infocmp|toe|sync|vmmap|heap|footprint|fs_usage|allmemory|zprint|stty|mdls|mdfind|sample|atos|whatis|apropos|which|gwhich|whereis|whence|where|figlet|toilet|banner|procs|duf|systemd-cgls|systemd-cgtop|systemd-detect-virt|systemd-escape|systemd-path|systemd-delta|hwloc-ls|fc-list|fc-match|fc-query|getopt|xdg-user-dir|test|true|false|dnsdomainname|colortest|vercmp|errno")
        .options(&[
            value("-f|-F|-if|--tab-file|--file", Slot::Page),
            value("-C|-o|-O|-p|-u|-U|-g|-G|-t|-n|-d|-s|-k|-L|-S|-e|--format|--sort|--pid|--ppid|--user|--group|--delay|--count|-M|-m|-T|-H|-E|-j|--output-fields|-i|--interval", Slot::Text),
            value("-file|-fullPath", Slot::Write),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    // The same, of files.
    program("ldd").options(&[flag("-v|-u|-d|-r|--verbose|--unused|--data-relocs|--function-relocs|--help|--version")]).acts(LOOKS).rest(Slot::Loaded),
    program("nm|objdump|readelf|size|otool|addr2line|c++filt|dyldinfo|symbols|dust|dua|tokei|hexyl|getfattr|isutf8|lolcat|difft|sloccount|ccze")
        .options(&[
            value("-j|-M|-m", Slot::Text),
            value("-o", Slot::Write),
            value("--pager|--config", Slot::Unknown),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("cloc|scc|pv|ncdu")
        .options(&[
            value("-o|--output|--out|--report-file|--sql", Slot::Write),
            value("-f|--format|-i|--exclude-dir|--include-lang|--exclude-lang|--exclude-ext|-s|--size|-L|--rate-limit|-N|--name|-w|--width", Slot::Text),
            value("--config|--extract-with|--script-lang|-d|--list-file|--exclude-list-file", Slot::Unknown),
            flag("-p|-t|-e|-r|-b|-l|-n|-q|-a|-T|-c|--by-file|--by-file-by-lang|--git|--json|--csv|--md|--quiet|--hide-rate|--version|--help|-h|-x|-V"),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("info|pinfo")
        .options(&[
            flag("-a|--all|-k|--apropos|-O|--show-options|--usage|-w|--where|--location|-h|--help|--version|--subnodes|--strict-node-location|-R|--raw-escapes|--no-raw-escapes|--vi-keys|--debug*|-l|--long-manual-links|-s|--squeeze-lines|-x|--clear-at-exit|-m|--manual|-p|--node-on-path"),
            value("-n|--node|--index-search|-v|--variable", Slot::Text),
            value("-f|--file|-d|--directory|-r|--raw-filename|--restore", Slot::Page),
            value("--init-file|--rcfile|-c|--cut-man-headers", Slot::Unknown),
            value("-o|--output|--dribble", Slot::Write),
        ])
        .acts(LOOKS)
        .rest(Slot::Page),
    program("man|gman")
        .options(&[
            flag("-k|-f|-w|-a|-d|-K|-7|--apropos|--whatis|--where|--path|-V|--version|-h|--help|-i|-I|--usage|-u"),
            flag("-l|--local-file").rest(Slot::Read),
            value("-s|-S|--sections|-L|--locale|-m|--systems", Slot::Text),
            value("-M|--manpath", Slot::Text),
            value("-C|--config-file|-P|--pager|-H|--html|-p|--preprocessor|-B|-X|--gxditview|-T|--troff-device", Slot::Unknown),
        ])
        .acts(LOOKS)
        .rest(Slot::Page),
    program("nvidia-smi")
        .options(&[
            flag("-L|--list-gpus|-q|--query|-h|--help|--version|-x|--xml-format|-B|--list-blocked-gpus|--query-*|--help-*"),
            value("-i|--id|-l|--loop|-lms|-d|--display|--format", Slot::Text),
            value("-f|--filename", Slot::Write),
        ])
        .acts(LOOKS),
    program("systemd-analyze")
        .options(&[flag("--user|--system|--no-pager|--global|-h|--help|--version"), value("--fuzz|--order|--from-pattern|--to-pattern|--iterations|--base-time|--root|--image", Slot::Text)])
        .bare(LOOKS)
        .verbs(&[verb("time|blame|critical-chain|plot|dot|dump|cat-config|unit-files|exit-status|capability|condition|syscall-filter|filesystems|calendar|timestamp|timespan|security|verify|inspect-elf|unit-paths|malloc|fdstore").open().acts(LOOKS).rest(Slot::Text)]),
    program("date|gdate")
        .options(&[
            value("-d|--date|-v|-z", Slot::Text),
            value("-f|--file", Slot::Read),
            value("-r|--reference", Slot::Text),
            value("-s|--set", Slot::Text).acts(CHANGES_SYSTEM),
            flag("-j").rest(Slot::Text),
            flag("-u|--utc|--universal|-R|--rfc-email|-n|--debug|--resolution"),
            optional("-I|--iso-8601|--rfc-3339", Slot::Text),
        ])
        .acts(LOOKS)
        .rest(Slot::Format),
    program("hwclock|timedatectl|ntpdate|chronyc|ntpq|adjtimex|sntp|rdate")
        .options(&[flag("-r|--show|--get|-p|--print|-n|-V|--version"), flag("-s|--hctosys|-w|--systohc|--set|--adjust").acts(CHANGES_SYSTEM)])
        .acts(LOOKS)
        .verbs(&[
            verb("status|show|show-timesync|timesync-status|list-timezones|tracking|sources|sourcestats|activity|ntpdata").open().rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ])
        .bare(LOOKS),
    program("hostname")
        .options(&[flag("-a|-A|--alias|--all-fqdns|-d|--domain|-f|--fqdn|--long|-i|-I|--ip-address|--all-ip-addresses|-s|--short|-y|--yp|--nis"), value("-F|--file|-b|--boot", Slot::Sets)])
        .acts(LOOKS)
        .rest(Slot::Sets),
    program("hostnamectl|localectl|loginctl|machinectl|portablectl|coredumpctl|bootctl|homectl|userdbctl|oomctl|networkd")
        .options(&[flag("--version|--help|-h").dry(), flag("--no-pager|--static|--transient|--pretty|-l|--full|--no-legend|-a|--all|-q|-r|--reverse|-1|--no-ask-password"), value("-p|--property|--json|-o|--output|-n|--lines|-S|--since|-U|--until|-D|--directory|-F|--field", Slot::Text)])
        .verbs(&[
            verb("status|list*|show*|user-status|session-status|seat-status|image-status|info|hostname|icon-name|chassis|deployment|location|services|groups|users|user|group|inspect|cat|identify|is-installed|systemd-efi-options").options(&[value("-p|--property|-o|--output|-n|--lines", Slot::Text)]).open().acts(LOOKS).operands(&[]).rest(Slot::Shown),
            verb("shell|debug|gdb|exec").style(Style::None).acts(RUNS_UNKNOWN).operands(&[Slot::Text]).rest(Slot::Command),
            verb("terminate-*|kill-*|poweroff|reboot").open().acts(ENDS).rest(Slot::Text),
            verb("dump").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ])
        .bare(LOOKS),
    program("dmesg")
        .options(&[
            flag("-C|--clear|-c|--read-clear").acts(CHANGES_SYSTEM),
            flag("-D|--console-off|-E|--console-on").acts(CHANGES_SYSTEM),
            value("-n|--console-level", Slot::Text).acts(CHANGES_SYSTEM),
            value("-F|--file|-K|--kmsg-file", Slot::Read),
            value("-f|--facility|-l|--level|-s|--buffer-size|--since|--until|--time-format|-N|-M", Slot::Text),
            optional("-L|--color", Slot::Text),
            flag("-d|--show-delta|-e|--reltime|-H|--human|-J|--json|-k|--kernel|-P|--nopager|-p|--force-prefix|-r|--raw|-S|--syslog|-T|--ctime|-t|--notime|-u|--userspace|-w|--follow|-W|--follow-new|-x|--decode|--noescape|-a|-h|--help|-V|--version"),
        ])
        .acts(LOOKS),
    program("journalctl")
        .options(&[
            flag("--vacuum-*|--rotate|--flush|--relinquish-var|--smart-relinquish-var|--sync|--setup-keys|--update-catalog").acts(CHANGES_SYSTEM),
            value("--vacuum-size|--vacuum-time|--vacuum-files", Slot::Text).acts(CHANGES_SYSTEM),
            value("--cursor-file", Slot::Write),
            value("-u|--unit|--user-unit|-n|--lines|-p|--priority|-S|--since|-U|--until|-o|--output|-t|--identifier|-g|--grep|-c|--cursor|--after-cursor|-D|--directory|--file|--root|--image|-M|--machine|-F|--field|--facility|--output-fields|--namespace|--invocation|-T", Slot::Text),
            optional("-b|--boot|--case-sensitive", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("systemctl")
        .options(&[
            flag("--version|--help|-h|--dry-run").dry(),
            value("-t|--type|-p|--property|-P|-s|--signal|-n|--lines|-o|--output|--root|--state|--job-mode|--kill-whom|--kill-who|--what|--preset-mode|--check-inhibitors|--timestamp|--image", Slot::Text),
            flag("-a|--all|-l|--full|--no-pager|--no-legend|--plain|--user|--system|--global|-q|--quiet|--no-block|--no-wall|--no-reload|--no-ask-password|--runtime|--now|--failed|--show-types|-r|--recursive|--reverse|--after|--before|--with-dependencies|--value|-v|--wait|-T|-i|--read-only|--mkdir|--marked|--drop-in|--stdin"),
            flag("-f|--force"),
            value("-H|--host|-M|--machine", Slot::Host),
        ])
        .bare(LOOKS)
        .verbs(&[
            verb("status|show|cat|list-*|is-active|is-enabled|is-failed|is-system-running|get-default|help|whoami").acts(LOOKS).rest(Slot::Text),
            verb("show-environment").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("poweroff|reboot|halt|kexec|soft-reboot|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|emergency|rescue|isolate|switch-root|exit|sleep|default").acts(TAKES_DOWN).rest(Slot::Text),
            verb("start|restart|try-restart|reload|reload-or-restart|reload-or-try-restart|try-reload-or-restart|daemon-reload|daemon-reexec|reset-failed|set-property|freeze|thaw|clean|revert|unmask|set-environment|unset-environment|import-environment|cancel|service-log-level|service-log-target|log-level|bind|mount-image").acts(CHANGES_SYSTEM).rest(Slot::Text),
            verb("enable|reenable|link|preset|preset-all|add-wants|add-requires|edit|set-default").acts(PERSISTS).rest(Slot::Text),
            verb("stop|kill|disable|mask").acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("service|rc-service|sv|initctl|supervisorctl|s6-rc|monit|rc-update|update-rc.d|chkconfig|invoke-rc.d|insserv")
        .style(Style::Posix)
        .options(&[flag("--status-all|--list|-l|-h|--version").dry(), value("-c", Slot::Text), flag("-f|-v|-i|-e")])
        .verbs(&[verb("status|list|summary|avail|pid|tail|show|version").open().acts(LOOKS).rest(Slot::Text)])
        .operands(&[Slot::Text])
        .rest(Slot::Action),
    program("launchctl")
        .style(Style::Posix)
        .verbs(&[
            verb("list|print|print-cache|print-disabled|blame|managername|managerpid|manageruid|version|variant|hostinfo|resolveport|limit-show|help|error|plist|dumpstate|procinfo|bslist|bstree").acts(LOOKS).rest(Slot::Text),
            verb("getenv").acts(LOOKS).rest(Slot::Setting),
            verb("submit").options(&[value("-l|-p|-o|-e", Slot::Text)]).acts(PERSISTS).rest(Slot::Command),
            verb("load|bootstrap|enable|asuser|bsexec|config").acts(PERSISTS).style(Style::None).rest(Slot::Text),
            verb("reboot").acts(TAKES_DOWN).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("sysctl")
        .options(&[
            flag("-a|-A|-X|-b|-d|-e|-h|-i|-l|-n|-N|-o|-q|-t|-T|-x|-v|--all|--values|--names|--ignore|--quiet|--binary|--deprecated|-V|--version"),
            flag("-w|--write|--system").acts(CHANGES_SYSTEM),
            optional("-p|--load|-f", Slot::Read).acts(CHANGES_SYSTEM),
            value("-r|--pattern|-B", Slot::Text),
        ])
        .acts(LOOKS)
        .rest(Slot::Shown),
    program("modprobe|insmod|rmmod|depmod|kextload|kextunload|kmutil|dkms|weak-modules")
        .options(&[flag("-n|--dry-run|--show|--simulate|-D|--show-depends|-c|--showconfig|-V|--version|--resolve-alias|-R").dry(), value("-C|-d|-S", Slot::Text), flag("-r|--remove|-a|--all|-f|--force|-q|-v|-s|-b")])
        .acts(GIVES_RIGHTS)
        .rest(Slot::Text),
    program("mount|mount.nfs|mount.cifs|mount.ntfs|mount.fuse|mount_nfs|mount_smbfs|mount_apfs|mount_hfs|mount_msdos|mount_exfat|mount_webdav|mount_afp|fusermount|fusermount3|sshfs|s3fs|gcsfuse|bindfs|udisksctl|squashfuse|encfs|gocryptfs|ntfs-3g")
        .options(&[
            flag("-l|-h|-V|--help|--version|--show-labels"),
            value("-t|-o|-O|-L|-U|--source|--target|-F", Slot::Text),
            flag("-a|-B|-R|-M|--bind|--rbind|--move|--make-*|--all|-u|-z").acts(CHANGES_SYSTEM),
            flag("-r|-w|-v|-n|-f|-s|-i|-q"),
        ])
        .bare(LOOKS)
        .rest(Slot::Sets),
    program("swapon|losetup")
        .options(&[
            flag("-s|--show|-l|--list|-j|-V|--version|--summary|-h|--help|--noheadings|--raw|--json|-J|-O|--bytes"),
            flag("-a|--all|-d|--detach|-D|--detach-all|-f|--find|-P|-r|-e|--fixpgsz|-c").acts(CHANGES_SYSTEM),
            value("-o|-p|--sizelimit|--offset|-L|-U", Slot::Text),
        ])
        .bare(LOOKS)
        .rest(Slot::Sets),
    program("umount|swapoff|kpartx|eject|hdid|vgmknodes")
        .options(&[flag("-V|--version|-h|--help").dry()])
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    // Disks.
    program("mkfs|mkfs.ext2|mkfs.ext3|mkfs.ext4|mkfs.xfs|mkfs.btrfs|mkfs.vfat|mkfs.fat|mkfs.msdos|mkfs.ntfs|mkfs.exfat|mkfs.f2fs|mkfs.minix|mkfs.cramfs|mkfs.bfs|mkfs.jfs|mkfs.reiserfs|mkfs.erofs|mkfs.udf|mke2fs|mkswap|mkdosfs|mkntfs|newfs|newfs_hfs|newfs_apfs|newfs_msdos|newfs_exfat|newfs_udf|wipefs|blkdiscard|badblocks|mkudffs|nwipe|scrub|dban|sg_format|ddrescue|dcfldd|dc3dd|dd_rescue|partclone|cfdisk|fdformat|mformat")
        .options(&[flag("-n|--no-act|--dry-run|-V|--version|-h|--help").dry()])
        .open()
        .rest(Slot::Device),
    program("fdisk|sfdisk|gdisk|cgdisk|sgdisk|gparted|partprobe|fixparts")
        .options(&[flag("-l|--list|-V|--version|-h|--help|-p|--print|-s|--getsz|-d|--dump|-J|--json|-v|--verify|-i-info|-F|--list-free|-n|--no-act|-g|--show-geometry|-x|--list-details").dry(), flag("-m|--machine|-s-script|--script|-q|--quiet"), value("-a|--align|-i|--info", Slot::Text)])
        .open()
        .rest(Slot::Device),
    program("parted")
        .options(&[flag("-l|--list|-v|--version|-h|--help").dry(), flag("-m|--machine|-s|--script|-f|--fix|-j|--json"), value("-a|--align", Slot::Text)])
        .rest(Slot::Device),
    program("mdadm")
        .options(&[
            flag("-D|--detail|-E|--examine|-Q|--query|-V|--version|-h|--help|--detail-platform|-X|--examine-bitmap").dry(),
            flag("--zero-superblock|-S|--stop|-C|--create|-f|--fail|-r|--remove").acts(DESTROYS_DISK),
        ])
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    program("hdparm|nvme|smartctl|sdparm|tune2fs|e2label|resize2fs|xfs_growfs|xfs_repair|fsck|fsck.ext2|fsck.ext3|fsck.ext4|fsck.xfs|fsck.btrfs|fsck.vfat|fsck.fat|e2fsck|debugfs|dumpe2fs|fstrim|fsfreeze|xfs_info|btrfstune|ntfsfix|dosfsck|chkdsk|fsck_hfs|fsck_apfs|fsck_msdos|fsck_exfat|zdb|fatlabel|exfatlabel|swaplabel|mkinitramfs|update-initramfs|dracut|mkinitcpio|grub-install|grub-mkconfig|update-grub|efibootmgr")
        .options(&[
            flag("-i|-I|-a|--all|--info|-H|--health|-A|-l|--list|-n|-N|--xall|-x|--scan|-V|--version|-h|--help|--dry-run|-q|-v").acts(LOOKS),
            flag("--yes-i-know-what-i-am-doing|--security-*|--trim-*|--write-sector|--make-bad-sector|--fwdownload|--please-destroy-my-drive").acts(DESTROYS_DISK),
        ])
        .verbs(&[
            verb("list|list-*|id-ctrl|id-ns|smart-log|error-log|fw-log|show-*|get-*|version|help").open().acts(LOOKS).rest(Slot::Text),
            verb("format|sanitize|delete-ns|write*|fw-*|create-ns|dsm").open().acts(DESTROYS_DISK).rest(Slot::Text),
        ])
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    program("cryptsetup|veracrypt|integritysetup|veritysetup|dmsetup|iscsiadm|targetcli|drbdadm|stratis|vdo")
        .options(&[flag("-V|--version|-?|--help").dry(), flag("-v|--verbose|-q|--batch-mode|--debug"), value("-d|--key-file|-c|--cipher|-s|--key-size|-h|--hash|--type|-S|--key-slot", Slot::Text)])
        .verbs(&[
            verb("luksDump|status|isLuks|luksUUID|benchmark|ls|info|table|deps|targets|version|list|report")
                .options(&[flag("--dump-volume-key|--dump-master-key|--showkeys|--show-keys").acts(SHOWS_SECRET), value("--volume-key-file|--master-key-file", Slot::Write)])
                .open().acts(LOOKS).rest(Slot::Text),
            verb("luksFormat|luksErase|erase|reencrypt|luksKillSlot|luksRemoveKey|format|wipe_table|remove_all|destroy").open().acts(DESTROYS_DISK).rest(Slot::Text),
            verb("*").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("pvs|vgs|lvs|pvdisplay|vgdisplay|lvdisplay|pvscan|vgscan|lvscan|lvmdiskscan|lvmconfig|lvmdump").options(&[value("-o|-O|--units|-S|--config|-C", Slot::Text)]).open().acts(LOOKS).rest(Slot::Text),
    program("pvremove|vgremove|lvremove|pvcreate|vgreduce|lvreduce|lvconvert|pvmove").options(&[flag("-t|--test|--help|--version").dry()]).open().acts(DESTROYS_DISK).rest(Slot::Text),
    program("vgcreate|lvcreate|vgextend|lvextend|lvresize|pvresize|vgchange|lvchange|pvchange|vgrename|lvrename|vgmerge|vgsplit|vgimport|vgexport|vgck|vgcfgrestore|vgcfgbackup|lvmdevices|pvck").options(&[flag("-t|--test|--help|--version").dry()]).open().acts(CHANGES_SYSTEM).rest(Slot::Text),
    program("lvm")
        .style(Style::Posix)
        .verbs(&[
            verb("pvs|vgs|lvs|pvdisplay|vgdisplay|lvdisplay|pvscan|vgscan|lvscan|lvmdiskscan|fullreport|help|version|segtypes|formats|devtypes|tags|systemid|dumpconfig|config|lvmconfig").open().acts(LOOKS).rest(Slot::Text),
            verb("*remove|pvcreate|*reduce|lvconvert|pvmove").open().acts(DESTROYS_DISK).rest(Slot::Text),
            verb("*").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("zfs|zpool|btrfs|bcachefs|xfs_admin|snapper|timeshift|gluster|ceph|rbd|rados|beegfs-ctl")
        .style(Style::Posix)
        .options(&[flag("-h|--help|--version|-V|-v").dry(), value("-c|--config", Slot::Text)])
        .verbs(&[
            verb("list|get|status|iostat|history|events|diff|userspace|groupspace|projectspace|version|holds|df|health|log|ls|osd-tree|info|help|list-configs|get-config|--list").open().acts(LOOKS).rest(Slot::Text),
            verb("destroy|labelclear|rollback|detach|remove|delete|purge|rm|rmfailed|restore|undochange").open().acts(DESTROYS_DISK).rest(Slot::Text),
            verb("subvolume|filesystem|device|balance|scrub|quota|qgroup|property|inspect-internal|fs|volume|pool|osd|mon|auth|config|snap|image|peer")
                .style(Style::Posix)
                .verbs(&[
                    verb("list|show|df|du|usage|status|get|dump-*|stats|rootid|find-new|get-default|ls|info|tree|stat|min-dev-size|inode-resolve|logical-resolve|subvolid-resolve").open().acts(LOOKS).rest(Slot::Text),
                    verb("delete|remove|rm|destroy|purge|out|down").open().acts(DESTROYS_DISK).rest(Slot::Text),
                    verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
                ]),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    // Processes, and the machine.
    program("kill|gkill|tkill").style(Style::None).special(Special::Kill).rest(Slot::Text),
    program("pkill|killall|killall5|skill|xkill|fuser|zap|fkill|slay|snice|renice|taskkill")
        .options(&[
            flag("-l|-L|--list|-V|--version|-h|--help").dry(),
            value("-u|--user|--euid|-U|--uid|-t|--tty|-g|--group|--pgroup|-G|-P|--parent|-s|--signal|--session|-o|--older-than|-y|--younger-than|-F|--pidfile|--ns|-n", Slot::Text),
        ])
        .open()
        .acts(ENDS)
        .rest(Slot::Text),
    program("shutdown")
        .options(&[flag("-c|-k|--help|--show").dry(), value("-t|-m", Slot::Text)])
        .open()
        .acts(TAKES_DOWN)
        .rest(Slot::Text),
    program("reboot|halt|poweroff|telinit|systemd-shutdown|fasthalt|fastboot|rtcwake|pm-suspend|pm-hibernate|zzz|kexec|swsusp")
        .options(&[flag("--help|--version").dry(), flag("-h|-H|-P|-r|-f|-n|-p|-q|-w|-d|-i|-s|-u|-o|-t|-a|-y|-g|--no-wall|--force|--halt|--poweroff|--reboot|-l|-v"), value("-m|-t", Slot::Text)])
        .open()
        .acts(TAKES_DOWN)
        .rest(Slot::Text),
    program("init").style(Style::Posix).acts(TAKES_DOWN).rest(Slot::Text),
    // People and rights.
    program("useradd|adduser|usermod|groupadd|addgroup|groupmod|gpasswd|passwd|chpasswd|chage|chsh|chfn|newusers|pwck|grpck|pwconv|grpconv|faillock|pam-auth-update|authselect|newuidmap|newgidmap|smbpasswd|realm|kinit|kpasswd|kadmin")
        .options(&[flag("-S|--status|-l-list|--list|-h|--help|-D|--defaults|--version").acts(LOOKS)])
        .open()
        .acts(GIVES_RIGHTS)
        .rest(Slot::Text),
    program("userdel|deluser|groupdel|delgroup")
        .options(&[flag("-r|--remove|--remove-home|--remove-all-files|-f|--force").grave(), flag("--help|-h").dry()])
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    program("htpasswd|htdigest").options(&[flag("-n").acts(LOOKS), flag("-b|-B|-c|-m|-d|-s|-p|-D|-v|-i|-5|-2"), value("-C|-r", Slot::Text)]).operands(&[Slot::Edit]).rest(Slot::Text),
    program("update-alternatives|alternatives|ldconfig|eselect|archlinux-java|locale-gen|localedef|update-locale|dpkg-reconfigure|debconf-set-selections|tzselect|mandb|makewhatis|updatedb|update-desktop-database|gtk-update-icon-cache|fc-cache|glib-compile-schemas|systemd-tmpfiles|systemd-sysusers|systemd-firstboot|systemd-machine-id-setup|udevadm|restorecon|fixfiles")
        .options(&[flag("--display|--list|--query|--get-selections|-p|--print-cache|--version|-V|--help|-h|--check").dry()])
        .verbs(&[verb("info|monitor|list|show|version").open().acts(LOOKS).rest(Slot::Text)])
        .open()
        .acts(CHANGES_SYSTEM)
        .bare(&[])
        .rest(Slot::Text),
    program("setcap|setenforce|setsebool|semanage|semodule|chcat|runcon|aa-complain|aa-disable|aa-enforce|apparmor_parser|auditctl|augenrules|grubby|setfattr|polkit|mokutil|fwupdmgr|tpm2_clear")
        .options(&[flag("-v|-l|--list|-s|--status|-h|--help|-sr|-ss|-sa|-V|--version|-s*|--sb-state|--list-enrolled").acts(LOOKS)])
        .open()
        .acts(GIVES_RIGHTS)
        .rest(Slot::Text),
    program("systemd-cat").style(Style::Posix).options(&[value("-t|-p|--identifier|--priority|--level-prefix|--stderr-priority|--namespace", Slot::Text)]).acts(LOOKS).rest(Slot::Command),
    program("logger").style(Style::Posix).options(&[value("-f|--file", Slot::Read), value("-t|-p|--tag|--priority|--identifier|--level-prefix|--stderr-priority", Slot::Text), value("-n|--server|-P|--port", Slot::Text).acts(SENDS), flag("-i|-s|-e|--stderr|-T|-d")]).acts(LOOKS).rest(Slot::Text),
    program("ipcrm|ipcmk").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
    program("getent").options(&[value("-s|--service", Slot::Text), flag("-i|--no-idn|-A|--no-addrconfig")]).acts(LOOKS).special(Special::Getent).rest(Slot::Text),
    program("bc")
        .options(&[flag("-l|--mathlib|-q|--quiet|-s|-w|-i|-c|-x|-P|-g|-v|--version|-h|--help"), value("-e|--expression", Slot::Text), value("-f|--file", Slot::Read)])
        .acts(LOOKS)
        .rest(Slot::Read),
    // It runs what stands behind `!`.
    program("dc")
        .options(&[flag("-V|--version|-h|--help").dry(), value("-e|--expression", Slot::Code(Language::Other)), value("-f|--file", Slot::CodeFile(Language::Other))])
        .rest(Slot::CodeFile(Language::Other))
        .stdin(Slot::Code(Language::Other)),
    program("iconv|uconv")
        .options(&[value("-f|--from-code|-t|--to-code", Slot::Text), value("-o|--output", Slot::Write), flag("-l|--list|-s|--silent|-c|--verbose")])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("dos2unix|unix2dos|mac2unix|recode")
        .options(&[flag("-i|--info|-h|-V").rest(Slot::Read), value("-n|--newfile", Slot::Write), flag("-q|-k|-f|-b|-o")])
        .rest(Slot::Edit),
    // Archives.
    program("zip")
        .options(&[
            flag("-h|-h2|--help|-v|-L|--license").acts(LOOKS),
            flag("-sf|--show-files|-T|--test").acts(LOOKS),
            value("-TT|--unzip-command", Slot::Shell),
            value("-b|--temp-path|-t|-tt|-n|--suffixes|-P|--password|-s|--split-size|-x|--exclude|-i|--include|-Z|--compression-method|-O|--output-file|-R", Slot::Text),
            flag("-m|--move").rest(Slot::Delete),
            flag("-@|--names-stdin"),
            flag("-r|--recurse-paths").grave(),
            flag("-q|--quiet|-9|-j|--junk-paths|-u|--update|-f|--freshen|-d|--delete|-e|--encrypt|-y|--symlinks|-D|-X|-A|-F|-FF|-g|-k|-l|-ll|-o|-S|-z|-c|-N|-w|-!|-$|-0|-1|-2|-3|-4|-5|-6|-7|-8|-FS|-DF|-ds|-db|-dc|-du|-lf|-la|-ic|-nw|-ws|-sb|-sp|-sv|-fz"),
        ])
        .special(Special::Packs)
        .operands(&[Slot::Write])
        .rest(Slot::Read),
    program("zipinfo|zipgrep|lsar").open().rest(Slot::Read),
    program("unzip|bsdunzip")
        .options(&[
            flag("-l|-v|-t|-z|-Z|-Z1|-1|-2|-p|-c"),
            value("-d", Slot::Text),
            value("-x|-P|-I|-O", Slot::Text),
            flag("-:").acts(CHANGES_SYSTEM),
            flag("-o|-n|-q|-qq|-j|-a|-aa|-b|-u|-f|-C|-L|-V|-X|-K|-B|-D|-M|-s|-U|-UU|-W|-T|-^|-S"),
        ])
        .special(Special::Unpack)
        .operands(&[Slot::Read])
        .rest(Slot::Text)
        .decodes(),
    program("7z|7za|7zr|7zz|7zzs|p7zip")
        .options(&[
            value("-o", Slot::Write),
            flag("-sdel").rest(Slot::Delete),
            flag("-y|-bd"),
            optional("-s|-m|-p|-t|-r|-x|-i|-a|-b|-v|-w|-u|-l", Slot::Text),
        ])
        .verbs(&[
            verb("l|t|b|h|i").acts(LOOKS).rest(Slot::Read),
            verb("x|e").acts(WRITES_HERE).operands(&[Slot::Read]).rest(Slot::Text).decodes(),
            verb("a|u").operands(&[Slot::Edit]).rest(Slot::Tree),
            verb("rn|d").operands(&[Slot::Edit]).rest(Slot::Read),
        ])
        .bare(LOOKS),
    program("applesingle").options(&[flag("--pipe").dry(), flag("-h|--help|--verbose|-v")]).verbs(&[verb("decode|encode").acts(WRITES_HERE).rest(Slot::Read)]),
    program("rar|unrar|unar|lha|lzh|arj|cabextract|unace|zoo|dtrx|atool|aunpack|patool|innoextract|unshield|ouch|compression_tool|aa|yaa|ditto|xar|rpm2cpio|pax")
        .options(&[flag("-h|--help|-V|--version").dry(), flag("-l|--list|-t|--test").acts(LOOKS).rest(Slot::Read), value("-o|-output-directory|-d|-i|-a|-p|-f|-C|--directory|-D|--dir", Slot::Text)])
        .verbs(&[
            verb("l|lb|lt|v|vb|vt|t|list|test|p|ls").open().acts(LOOKS).rest(Slot::Read),
            verb("x|e|a|u|m|c|f|d|extract|create|encode|decompress|compress|archive|repack").open().acts(WRITES_HERE).rest(Slot::Text),
        ])
        .acts(&[])
        .rest(Slot::Edit),
    program("gzip|gunzip|pigz|unpigz|bzip2|bunzip2|pbzip2|lbzip2|xz|unxz|lzma|unlzma|zstd|unzstd|pzstd|lz4|unlz4|lzop|brotli|compress|uncompress|lzip|plzip|snzip|pixz|ggzip")
        .options(&[
            flag("-c|--stdout|--to-stdout|-l|--list|-t|--test|-L|--license|-lv").rest(Slot::Read),
            flag("-h|--help|-V|--version|-H|--long-help").dry(),
            value("-S|--suffix|-b|--blocksize|-p|--processes|-T|--threads|-M|--memlimit|-C|--check|-F|--format|-B|-w|--lgwin|-D", Slot::Text),
            value("-o|--output|--output-dir-flat", Slot::Write),
            flag("-d|--decompress|--uncompress|-k|--keep|-f|--force|-q|--quiet|-v|--verbose|-r|--recursive|-n|--no-name|-N|--name|-a|--ascii|-s|-z|--compress|--fast|--best|--rsyncable|--synchronous|-e|--extreme|--ultra|--rm|-m|-i|-j|--long*|--no-*|--adapt|--single-thread|--auto-threads*"),
        ])
        .acts(LOOKS)
        .special(Special::Compress)
        .rest(Slot::Edit)
        .decodes(),
    program("ar|gar|llvm-ar")
        .options(&[flag("-t|-p").rest(Slot::Read), flag("-v|--version|-V")])
        .verbs(&[verb("t|tv|tvO|p|pv").rest(Slot::Read), verb("*").open().acts(WRITES_HERE).rest(Slot::Edit)])
        .bare(&[])
        .rest(Slot::Edit),
    program("ranlib|strip|llvm-strip|objcopy|patchelf|install_name_tool|chrpath|lipo|dsymutil|codesign_allocate|bitcode_strip")
        .options(&[flag("-t|-p|-info|-archs|--print-*|-l|--list|-V|--version").acts(LOOKS).rest(Slot::Read), value("-o|-output|--set-rpath|--set-interpreter|-r", Slot::Text)])
        .open()
        .rest(Slot::Edit),
    program("cpio")
        .options(&[
            flag("-t|--list").rest(Slot::Text),
            flag("-i|--extract|-p|--pass-through").acts(WRITES_HERE).rest(Slot::Write),
            flag("-o|--create").acts(LOOKS),
            // The archive: read or made, as the rest says.
            value("-O|-F|--file", Slot::Write),
            value("-I", Slot::Read),
            value("-H|--format|-C|--io-size|-R|--owner|-M|-E|--pattern-file|-D|--directory", Slot::Text),
            value("--rsh-command", Slot::Unknown),
            flag("-v|--verbose|-d|--make-directories|-m|-u|--unconditional|-a|-A|-B|-c|-0|--null|-n|--numeric-uid-gid|-L|--dereference|--no-absolute-filenames|--quiet"),
        ])
        .special(Special::Packs)
        .rest(Slot::Text),
    // Pictures, sounds, documents, tables.
    program("convert|magick|mogrify|montage|composite|gm|import|conjure|ffmpeg|avconv|sox|lame|flac|oggenc|opusenc|cwebp|dwebp|avifenc|heif-convert|optipng|pngquant|pngcrush|oxipng|jpegoptim|jpegtran|cjpeg|gifsicle|svgo|inkscape|rsvg-convert|potrace|vips|vipsthumbnail|guetzli|zopflipng|HandBrakeCLI|mkvmerge|mkvextract|MP4Box|mencoder|wkhtmltopdf|wkhtmltoimage|qpdf|pdftk|gs|ghostscript|ps2pdf|pdfunite|pdfseparate|pdfcrop|img2pdf|ocrmypdf|tesseract|libreoffice|soffice|unoconv|lowriter|localc|blender|povray|gimp|darktable-cli|dot|neato|fdp|sfdp|circo|twopi|plantuml|mmdc|d2|asciidoctor|asciidoc|a2x|groff|troff|mandoc|nroff|tbl|eqn|latex|pdflatex|xelatex|lualatex|latexmk|bibtex|biber|tectonic|typst|makeindex|texi2pdf|makeinfo|texi2any|enscript|a2ps|qrencode|barcode|fontforge|ttx|sfnt2woff|say|espeak|festival|ffplay|mpv|vlc|cvlc|mplayer|afplay|aplay|paplay|play|rec|arecord|screencapture|scrot|maim|grim|gnome-screenshot|flameshot|asciinema|vhs|ttyrec|peek")
        .options(&[flag("-version|--version|-help|-h|--help|-L|-formats|-codecs|-encoders|-decoders|-filters|-list|--list|-V").dry()])
        .open()
        .acts(WRITES_HERE)
        .rest(Slot::Edit),
    program("exiftool")
        .style(Style::Long)
        .options(&[
            flag("-ver|-list|-listx|-listw|-listf|-listg").dry(),
            flag("-a|-b|-binary|-c|-csv|-D|-e|-E|-ee|-f|-fast|-g|-G|-G1|-h|-H|-j|-json|-l|-L|-m|-n|-q|-r|-recurse|-s|-s1|-s2|-s3|-S|-short|-sort|-t|-T|-u|-U|-v|-X|-z|-all:all|-common"),
            value("-ext|-d|-charset|-lang|-api|-x|-i|-echo", Slot::Text),
        ])
        .rest(Slot::Read),
    program("ffprobe|identify|soxi|pdfinfo|pdffonts|pngcheck|webpinfo|zbarimg|flacinfo|catdoc|antiword|vipsheader|img2txt|chafa|viu|jp2a|timg|imgcat|catimg|tiffinfo|rdjpgcom|gifinfo|fc-scan|otfinfo")
        .options(&[
            // Of `exiftool`: it writes where a tag is given.
            flag("-overwrite_original|-overwrite_original_in_place|-all|-*=*|-delete_original|-restore_original|-tagsFromFile|--remove-all|--set-tag*|--import-tags-from*").rest(Slot::Edit),
            value("-config|-@|-execute|-if|-p|-stay_open|-o|-out|-w|-W", Slot::Unknown),
            // Of `ffprobe` and `identify`.
            flag("-report").acts(WRITES_HERE),
            value("-write", Slot::Write),
            value("-f|-of|-print_format|-show_entries|-select_streams|-v|-loglevel|-i|-b|-format|-s|-l|-O|-P|-S|-t|-d|-x|-ext|-c|-enc|-opw|-upw|-r|-y|-H", Slot::Text),
        ])
        .style(Style::Long)
        .open()
        .operands(&[Slot::Read])
        .rest(Slot::Edit),
    program("pygmentize")
        .options(&[
            // Python that stands in the file of a lexer.
            flag("-x").acts(RUNS_UNKNOWN),
            value("-o", Slot::Write),
            value("-l|-f|-F|-O|-P|-S|-a|-N|-H|-L|-C", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("sips")
        .style(Style::Long)
        .options(&[
            value("-g|--getProperty|-x|--extractProfile", Slot::Text).acts(LOOKS).rest(Slot::Read),
            flag("--verify|--formats|-h|--help|-H|--helpProperties|--man").acts(LOOKS).rest(Slot::Read),
            value("-o|--out", Slot::Write),
            value("-s|--setProperty|-d|--deleteProperty|-e|--embedProfile|-m|--matchTo|-r|--rotate|-f|--flip|-c|--cropToHeightWidth|-p|--padToHeightWidth|-z|--resampleHeightWidth|--resampleWidth|--resampleHeight|-Z|--resampleHeightWidthMax|--js|-j", Slot::Text),
        ])
        .rest(Slot::Edit),
    program("pandoc")
        .options(&[
            flag("-v|--version|-h|--help|--list-*|--print-*|-D").dry(),
            value("-o|--output|--log|--extract-media", Slot::Write),
            value("-F|--filter|-L|--lua-filter|--pdf-engine|-d|--defaults|--pdf-engine-opt", Slot::Unknown),
            value("-f|-r|--from|--read|-t|-w|--to|--write|-M|--metadata|-V|--variable|--wrap|--columns|--toc-depth|--highlight-style|--tab-stop|--dpi|--eol|--shift-heading-level-by|--top-level-division|--number-offset|--slide-level|--ipynb-output|--track-changes|--id-prefix|-T|--title-prefix|--request-header|--citation-abbreviations|--markdown-headings|--reference-location|--email-obfuscation", Slot::Text),
            value("-H|--include-in-header|-B|--include-before-body|-A|--include-after-body|-c|--css|--template|--reference-doc|--bibliography|--csl|--metadata-file|--abbreviations|--resource-path|--data-dir|--epub-*", Slot::Read),
            flag("-s|--standalone|--toc|--table-of-contents|-N|--number-sections|-p|-C|--citeproc|--mathjax*|--katex*|--mathml|--self-contained|--embed-resources|--ascii|-i|--incremental|--trace|--quiet|--verbose|--fail-if-warnings|--sandbox|--no-*|--strip-*|--section-divs|--reference-links|--html-q-tags|--listings|--file-scope|--preserve-tabs|--atx-headers"),
        ])
        .rest(Slot::Read),
    program("codespell")
        .options(&[
            flag("-w|--write-changes").acts(super::CHANGES_REPOSITORY).rest(Slot::Edit),
            value("-D|--dictionary|-I|--ignore-words|-x|--exclude-file|--config|--toml|--ignore-multiline-regex", Slot::Read),
            value("-L|--ignore-words-list|-S|--skip|-r|--regex|--uri-ignore-words-list|--builtin|-i|--interactive|-q|--quiet-level|-A|-B|-C|-u|--ignore-regex", Slot::Text),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("vale")
        .options(&[value("--config", Slot::Read), value("--output|--ext|--filter|--glob|--minAlertLevel|--path", Slot::Text)])
        .open()
        .acts(LOOKS)
        .verbs(&[verb("sync|fix|install|host-install|host-uninstall").open().acts(super::INSTALLS).rest(Slot::Text)])
        .bare(LOOKS)
        .rest(Slot::Read),
    program("tidy")
        .style(Style::Long)
        .options(&[
            flag("-m|-modify").rest(Slot::Edit),
            value("-o|-output|-f|-file|-output-file|-error-file", Slot::Write),
            value("-config", Slot::Read),
            value("-w|-wrap|-access|-lang", Slot::Text),
            value("-write-back", Slot::Text).rest(Slot::Edit),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    // One of its formats is code.
    program("json_pp").style(Style::Long).options(&[value("-f", Slot::Unknown), value("-t|-json_opt", Slot::Text), flag("-v|-V")]).acts(LOOKS),
    program("yq|tomlq|xq|gron|jless|jid|htmlq|pup|xmlstarlet|hxselect|hxnormalize|dyff|jsonlint|json_verify|json_reformat|xmllint|csvlint|proselint|write-good")
        .options(&[
            flag("-i|--inplace|--in-place|-m|--modify|-L|-w|--write-changes|--fix|--write").rest(Slot::Edit),
            value("-o|--output|--output-file", Slot::Write),
            value("-f|--file|--from-file", Slot::QueryFile),
            value("--schema|--dtdvalid|--relaxng", Slot::Read),
            value("--xpath|--encode|-p|--input-format|--output-format|-I|--indent|--arg|--argjson|--css|-d|-t|-l|--lang|-P|-A", Slot::Text),
            value("-s|--split-exp|--split-exp-file|--plugin|--load-exec|--config", Slot::Unknown),
        ])
        .open()
        .acts(LOOKS)
        .rest(Slot::Expression),
    program("hunspell").options(&[value("-d|-i|-p|-P", Slot::Text)]).open().acts(LOOKS).rest(Slot::Read),
    program("mlr|miller")
        .options(&[flag("-I").rest(Slot::Edit), value("-o|--ofile|--tee", Slot::Write), value("--prepipe|--prepipex|--load|--mload|-s|-f", Slot::Unknown), value("--ifs|--ofs|--fs|--ips|--ops|--irs|--ors|--from|--nr-progress-mod", Slot::Text)])
        .open()
        .special(Special::Miller)
        .acts(LOOKS)
        .rest(Slot::Expression),
    program("xsv|qsv|xan")
        .verbs(&[
            verb("cat|count|fixlengths|flatten|fmt|frequency|headers|input|join|sample|search|select|slice|sort|stats|table|transpose|reverse|explode|rename|replace|behead|dedup|enum|fill|jsonl|json|flatmap|agg|groupby|view|hist|top|help")
                .options(&[
                    value("-o|--output", Slot::Write),
                    value("-d|--delimiter|-s|--select|-l|--limit|-c|--column|-w|--width|-p|--pad|-S|-e|--end|-i|--index|-L", Slot::Text),
                    value("--dupes-output", Slot::Write),
                ])
                .open()
                .acts(LOOKS)
                .rest(Slot::Read),
        ]),
    program("csvcut|csvgrep|csvlook|csvstat|csvsort|csvjoin|csvjson|csvformat|csvstack|datamash|tsv-select|tsv-filter|tsv-join|tsv-summarize|tsv-uniq|tsv-sample|tsv-pretty")
        .options(&[value("-c|-d|-e|-g|-m|-n|-p|-q|-r|-s|-t|-u|-k|-x|-a|--columns|--delimiter", Slot::Text), value("-f", Slot::Read)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Read),
    program("fzf|sk|skim|fzf-tmux|fzy|peco|percol|television")
        .options(&[
            flag("--version|--help|--man|--bash|--zsh|--fish").dry(),
            value("--preview|--cmd|--cmd-prompt|-c", Slot::Shell),
            value("--bind", Slot::Text),
            value("--history|--with-shell|--preview-cmd", Slot::Unknown),
            flag("--listen|--listen-unsafe").acts(RUNS_UNKNOWN),
            value("-f|--filter|-q|--query|-d|--delimiter|-n|--nth|--with-nth|--accept-nth|--tiebreak|--prompt|--header|--header-lines|--border-label|--preview-window|--preview-label|--height|--min-height|--color|--layout|--margin|--padding|--pointer|--marker|--ellipsis|--expect|--history-size|--jump-labels|--scheme|--style|--walker|--walker-root|--walker-skip|--info|--scroll-off|--hscroll-off|--tabstop|--separator|--scrollbar|--algo|--id-nth|--ghost|--gutter|--wrap-sign|--gap-line|--list-label|--input-label|--header-label|--footer|--footer-label|--freeze-left|--freeze-right", Slot::Text),
            optional("-m|--multi|--border|--gap|--tmux|--wrap|--info|--list-border|--input-border|--header-border|--header-lines-border|--preview-border|--footer-border", Slot::Text),
            flag("-1|-0|-e|-i|+*|--select-1|--exit-0|--exact|--ansi|--tac|--no-*|--reverse|--cycle|--sync|--read0|--print0|--print-query|--literal|--keep-right|--header-first|--ignore-case|--smart-case|--extended|--bold|--black|--inline-info|--hscroll|--mouse|--track|--unicode|--ambidouble|--filepath-word|--force-tty-in|--highlight-line|--raw|--tail|-x|-s|--sort"),
        ])
        .acts(LOOKS)
        .special(Special::Fzf)
        .rest(Slot::Text),
    // The desk.
    program("open|xdg-open|start|gio|gnome-open|kde-open|wslview|exo-open|cygstart|explorer|sensible-browser|x-www-browser|firefox|chromium|google-chrome|chrome|safari|brave|msedge|brave-browser|chromium-browser|opera|vivaldi|epiphany|rifle|mimeopen|handlr|see|run-mailcap")
        .options(&[
            flag("-R").dry(),
            flag("-e|-t|-f|-F|-W|-n|-g|-j|-h"),
            value("-a|-b|-s|-u|--arch|--env|--stdin|--stdout|--stderr|-o", Slot::Text).acts(RUNS_UNKNOWN),
            value("--args", Slot::Text).acts(RUNS_UNKNOWN),
            flag("--headless|--incognito|--private-window|--new-window|--version|--no-*|--disable-*|--dump-dom|--screenshot*|--print-to-pdf*|--user-data-dir*|--remote-debugging-port*|--virtual-time-budget*|--window-size*|--load-extension*"),
        ])
        .acts(RUNS_UNKNOWN)
        .rest(Slot::Text),
    program("pbcopy|xclip|wl-copy|clip|termux-clipboard-set|notify-send|terminal-notifier|osd_cat|zenity|kdialog|dialog|whiptail|dunstify|growlnotify|alerter|beep|growl|spd-say")
        .options(&[
            // What is on it may be a password.
            flag("-o|--output|-out").acts(SHOWS_SECRET),
            value("-selection|-d|-display|-t|-target|-l|-loops|-a|-u|--urgency|-c|--category|-h|--hint|--app-name|--icon|--title|--text|-title|-message|-subtitle|-sound|-group|--type", Slot::Text),
            value("-execute|-activate|-open", Slot::Shell),
            value("--textbox|--tailbox|--editbox|--filename", Slot::Read),
        ])
        .style(Style::Long)
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("pbpaste|wl-paste|xsel|termux-clipboard-get").open().acts(SHOWS_SECRET),
    program("xdotool|ydotool|wtype|cliclick|xte|wmctrl|xinput|xrandr|xset|setxkbmap|xmodmap|gsettings|dconf|gconftool-2|kwriteconfig5|kwriteconfig6|xfconf-query|xdg-settings|xdg-mime|dbus-send|gdbus|busctl|qdbus|pactl|pacmd|amixer|alsamixer|pamixer|wpctl|brightnessctl|xbacklight|light|gnome-extensions|gnome-control-center|swaymsg|i3-msg|hyprctl|bspc|loadkeys|setleds|setterm")
        .options(&[flag("--version|--help|-h|-q|--query|-V").acts(LOOKS)])
        .verbs(&[
            verb("get|read|list*|dump|query|info|status|introspect|tree|get-*|getactivewindow|getmouselocation|describe|range|writable|monitor|show|clients|monitors|workspaces|version").open().acts(LOOKS).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ])
        .bare(LOOKS),
    // macOS.
    program("defaults")
        .options(&[flag("-currentHost"), value("-host|-app", Slot::Text)])
        .style(Style::Long)
        .verbs(&[
            verb("read|read-type|domains|find|help").open().acts(LOOKS).rest(Slot::Text),
            verb("export").acts(LOOKS).operands(&[Slot::Text, Slot::Write]),
            verb("write|rename|import|delete|delete-all").style(Style::None).acts(CHANGES_SETTINGS).rest(Slot::Text),
        ]),
    program("plutil|PlistBuddy|plutil2")
        .style(Style::Long)
        .options(&[
            flag("-p|-lint|-help").acts(LOOKS).rest(Slot::Read),
            value("-c", Slot::Text).rest(Slot::Edit),
            value("-extract", Slot::Text).rest(Slot::Edit),
            value("-type", Slot::Text).acts(LOOKS),
            value("-convert", Slot::Text).rest(Slot::Edit),
            value("-o", Slot::Write),
            flag("-s|-r|-n|-x|-h|-raw|-expect"),
            value("-insert|-replace|-remove|-create", Slot::Text).rest(Slot::Edit),
        ])
        .rest(Slot::Read),
    program("mdimport|mdutil|mdbulkimport")
        .options(&[
            flag("-t|-A|-X|-h|-s|-L|-y").acts(LOOKS).rest(Slot::Read),
            value("-d|-o", Slot::Text),
            flag("-i|-r|-E|-p|-a|-v|-f|-V").acts(CHANGES_SYSTEM),
        ])
        .rest(Slot::Sets),
    program("diskutil")
        .verbs(&[
            verb("list|info|information|activity|listFilesystems|listUsers|listCryptoUsers|listSnapshots|verifyVolume|verifyDisk|resizeLimits").open().acts(LOOKS).rest(Slot::Text),
            verb("apfs|ap|coreStorage|cs|appleRAID|ar|image")
                .verbs(&[
                    verb("list*|info*|listcryptousers|*info").open().acts(LOOKS).rest(Slot::Text),
                    verb("delete*|erase*|remove*|destroy*").open().acts(DESTROYS_DISK).rest(Slot::Text),
                    verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
                ]),
            verb("erase*|zeroDisk|randomDisk|secureErase|partitionDisk|splitPartition|mergePartitions|reformat|resizeVolume|erase").open().acts(DESTROYS_DISK).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("hdiutil")
        .style(Style::Long)
        .verbs(&[
            verb("info|imageinfo|verify|isencrypted|pmap|plugins|help|checksum").open().acts(LOOKS).rest(Slot::Read),
            verb("create|convert|makehybrid").open().acts(WRITES_HERE).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("tmutil")
        .verbs(&[
            verb("compare|listbackups|listlocalsnapshots|listlocalsnapshotdates|latestbackup|destinationinfo|machinedirectory|isexcluded|uniquesize|calculatedrift|status|currentphase|version|verifychecksums|help").open().acts(LOOKS).rest(Slot::Text),
            verb("delete|deletelocalsnapshots|deleteinprogress|thinlocalsnapshots|removedestination|disable|disablelocal|removeexclusion").open().acts(DESTROYS_SYSTEM).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("networksetup|airport|ipconfig")
        .style(Style::None)
        .verbs(&[
            verb("-get*|-list*|-show*|-print*|-version|-help|-is*|-I|-s|getifaddr|getoption|getpacket|getsummary|ifcount|-getinfo").style(Style::None).acts(LOOKS).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ])
        .bare(LOOKS),
    program("scutil")
        .style(Style::None)
        .verbs(&[
            verb("--get|--dns|--proxy|--nwi|-r|-W|-w|--help|-h").style(Style::None).acts(LOOKS).rest(Slot::Text),
            verb("--nc").style(Style::None).verbs(&[verb("list|status|show|statistics|help").style(Style::None).acts(LOOKS).rest(Slot::Text), verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text)]),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("pmset")
        .style(Style::None)
        .verbs(&[
            verb("-g").style(Style::None).acts(LOOKS).rest(Slot::Text),
            verb("sleepnow|displaysleepnow|noidle").style(Style::None).acts(TAKES_DOWN),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("spctl")
        .style(Style::None)
        .verbs(&[
            verb("-a|--assess|-av|-avv|-avvv|--status|--list|--test-devid-status|--help").style(Style::None).acts(LOOKS).rest(Slot::Text),
            verb("--master-disable|--global-disable|--disable|--remove|--reset-default").style(Style::None).acts(DESTROYS_SYSTEM).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("csrutil|fdesetup|tccutil|firmwarepasswd|bputil|nvram|pfctl")
        .style(Style::None)
        .verbs(&[
            verb("status|report|authenticated-root-status|isactive|hasinstitutionalrecoverykey|haspersonalrecoverykey|supportsauthrestart|list|showrecoverykey-status|-p|-xp|-check|-verify|-s|-sr|-ss|-si|-sa|help|--help|version").style(Style::None).acts(LOOKS).rest(Slot::Text),
            verb("disable|clear|reset|-c|remove|-delete|-F|-d").style(Style::None).acts(DESTROYS_SYSTEM).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("profiles|softwareupdate|pkgutil|systemsetup|bless|installer|dsmemberutil|dscacheutil|log|sfltool|brctl|fileproviderctl|lpstat|lpq|lpinfo|GetFileInfo|fstyp|wdutil|odutil")
        .style(Style::None)
        .verbs(&[
            verb("status|list|show|validate|version|help|-help|--help|-h|-l|--list|--list-full-installers|--history|--pkgs*|--packages|--pkg-info|--pkg-info-plist|--files|--only-files|--only-dirs|--file-info|--file-info-plist|--groups|--group-pkgs|--volume|--regexp|--check-signature|--bom|--payload-files|-get*|-list*|-print*|-info|--info|-pkginfo|-dominfo|-volinfo|-query|-cachedump|-configuration|-statistics|-q|stream|stats|checkmembership|getid|getuuid|getsid|monitor|quota|dumpbtm|-a|-p|-t|-v|-d|-o|-r|-W|-P|-c")
                .style(Style::None)
                .acts(LOOKS)
                .rest(Slot::Text),
            verb("--forget|-R|remove|-D|erase|resetbtm").style(Style::None).acts(DESTROYS_SYSTEM).rest(Slot::Text),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("xattr")
        .options(&[
            flag("-l|-x|-v|-s|-r|-h"),
            flag("-c").acts(super::CHANGES_REPOSITORY).rest(Slot::Edit),
            value("-p", Slot::Text),
            value("-d", Slot::Text).acts(super::CHANGES_REPOSITORY).rest(Slot::Edit),
            value("-w", Slot::Text).acts(super::CHANGES_REPOSITORY).rest(Slot::Edit),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("codesign")
        .options(&[
            flag("-d|--display|-v|--verbose|--verify|-vv|-vvv|-dv|-dvv|-dvvv|-dvvvv|--deep|--strict|-R|--check-notarization|-h|--xml|--der|--all-architectures"),
            value("--entitlements|-r|--requirements|-o|--options|-i|--identifier|--prefix|--architecture|-a|--timestamp|--file-list|--extract-certificates", Slot::Text),
            value("-s|--sign", Slot::Text).rest(Slot::Edit),
            flag("--remove-signature|-f|--force").rest(Slot::Edit),
        ])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("dscl")
        .options(&[flag("-q|-plist|-raw|-url"), value("-u|-P|-f", Slot::Text)])
        .style(Style::None)
        .operands(&[Slot::Text])
        .verbs(&[verb(".|localhost|/Search|/Local/Default|/Local/*")
            .style(Style::None)
            .verbs(&[
                verb("-read|read|-readall|readall|-readpl|-list|list|-ls|ls|-search|search|-cat|-diff").style(Style::None).acts(LOOKS).rest(Slot::Text),
                verb("-delete|delete|-deletepl|-deletepli").style(Style::None).acts(DESTROYS_SYSTEM).rest(Slot::Text),
                verb("*").style(Style::None).acts(GIVES_RIGHTS).rest(Slot::Text),
            ])])
        .rest(Slot::Sets),
    program("textutil")
        .style(Style::Long)
        .options(&[flag("-info|-help").rest(Slot::Read), flag("-stdout|-noload|-nostore|-strip|-stdin"), value("-format|-encoding|-inputencoding|-extension|-fontname|-fontsize|-title|-author", Slot::Text), value("-convert|-cat", Slot::Text).rest(Slot::Edit), value("-output", Slot::Write), value("-outputdir", Slot::Write)])
        .rest(Slot::Edit),
    program("qlmanage")
        .options(&[flag("-p|-t|-x|-i|-h|-m"), flag("-r").acts(CHANGES_SETTINGS), value("-s|-f|-F|-z|-c|-g|-d", Slot::Text), value("-o", Slot::Write)])
        .acts(LOOKS)
        .rest(Slot::Read),
    program("shortcuts")
        .verbs(&[verb("list|help").open().acts(LOOKS).rest(Slot::Text), verb("*").style(Style::None).acts(RUNS_UNKNOWN).rest(Slot::Text)]),
    program("automator").style(Style::None).acts(RUNS_UNKNOWN).rest(Slot::Text),
    program("notarytool|stapler|altool")
        .verbs(&[verb("validate|log|history|info").open().acts(super::ASKS_SERVICE).rest(Slot::Text), verb("*").style(Style::None).acts(super::PUBLISHES).rest(Slot::Text)]),
    program("productbuild|pkgbuild|productsign|SetFile|lsregister|kickstart|mcxrefresh|dsconfigad|cupsctl|lpadmin|lp|lpr|cancel|lprm|cupsenable|cupsdisable|purge|periodic|asr|sysdiagnose|powermetrics|trimforce|eslogger|dsexport|dseditgroup|sysadminctl|createhomedir")
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    // Editors: what they are told to do at once.
    program("vim|vi|nvim|gvim|mvim|view|vimdiff|nvimdiff|rvim|vimx|neovide|elvis|nvi")
        .style(Style::Posix)
        .options(&[
            flag("--version|--help|-h").dry(),
            value("-c|--cmd|-S|-s|-u|-U|-W|--remote-expr|--remote-send|-l|--listen|--server|-w", Slot::Code(Language::Other)),
            value("-t|-T|-i|--servername", Slot::Text),
            flag("-R|-M|-m|-b|-d|-D|-e|-E|-es|-Es|-n|-N|-O|-o|-p|-q|-r|-v|-V*|-x|-X|-Z|-g|-f|--headless|--clean|--embed|--noplugin|--not-a-term|-A|-H|-L"),
        ])
        .special(Special::Editor)
        .rest(Slot::Edit),
    // Its `-s` is no file, but says that it is a script's.
    program("ex")
        .style(Style::Posix)
        .options(&[
            flag("--version|--help|-h").dry(),
            value("-c|--cmd|-S|-u|-U", Slot::Code(Language::Other)),
            value("-t|-T|-i", Slot::Text),
            flag("-s|-v|-V|-R|-M|-m|-b|-n|-e|-E|-q|-r|-x|-Z"),
        ])
        .special(Special::Editor)
        .rest(Slot::Edit),
    program("ed|red")
        .options(&[
            flag("-s|--quiet|--silent|-G|--traditional|-l|--loose-exit-status|-r|-E|--extended-regexp|-v|--verbose|--restricted|--strip-trailing-cr"),
            value("-p|--prompt", Slot::Text),
        ])
        .special(Special::Ed)
        .rest(Slot::Edit),
    program("code|code-insiders|codium|vscodium|cursor|windsurf|positron|trae|kiro")
        .options(&[flag("--version|-v|--help|-h|-s|--status|--list-extensions|--show-versions").dry(), EDITOR_INSTALLS, EDITOR_OPENS])
        .acts(RUNS_UNKNOWN)
        .rest(Slot::Edit),
    program("nano|pico|micro|hx|helix|kak|joe|jed|mcedit|ne|tilde|gedit|kate|kwrite|mousepad|emacs|emacsclient|xemacs|mg|zile|zed|subl|sublime_text|atom|mate|bbedit|idea|pycharm|webstorm|goland|clion|rustrover|rubymine|phpstorm|studio|fleet|xed|notepad|notepad++|lapce|edit|acme|vis")
        .options(&[
            flag("--version|-V|--help|-h").dry(),
            value("--eval|-eval|-f|--funcall|-l|--load|--script|-x|-e", Slot::Code(Language::Other)),
            EDITOR_INSTALLS,
            EDITOR_OPENS,
        ])
        .acts(RUNS_UNKNOWN)
        .rest(Slot::Edit)
        .stdin(Slot::Text),
    // Other agents, and what stands guard over them.
    program("claude|codex|gemini|aider|opencode|amp|cursor-agent|qwen|crush|droid|auggie|kimi|llm|sgpt|aichat|mods|fabric|interpreter|open-interpreter|cline|plandex|devin|swe-agent|openhands|gptme|kilocode|roo|codebuff|grok|claude-code|vibe|amazonq|rovodev")
        .options(&[
            flag("-v|--version|-V|-h|--help").dry(),
            flag("--bare|--safe-mode|--restricted|--no-hooks|--disable-hooks").acts(UNGUARDED),
            value("--settings|--setting-sources", Slot::Text).acts(UNGUARDED),
            flag("--dangerously-*|--allow-dangerously-*|--yolo|-y|--yes-always|--yes|--full-auto|--ask-for-approval|--skip-*|--auto-approve|--trust-all-tools|-a|--approval-mode|--permission-mode|--sandbox|--allow-all-tools|--allow-all-paths|--allow-all").acts(WITH_RIGHTS).grave(),
        ])
        .open()
        .verbs(&[
            verb("agents|doctor|--version|version|models|stats|sessions|help|features").options(&[flag("--json|--all"), value("--cwd", Slot::Text)]).acts(LOOKS),
            verb("mcp|plugin|config|plugins|extensions|skills|hooks|marketplace")
                .verbs(&[verb("list|get|ls|show|validate").open().acts(LOOKS).rest(Slot::Text), verb("*").style(Style::None).acts(CHANGES_SETTINGS).rest(Slot::Text)]),
            verb("update|upgrade|install|migrate-installer").style(Style::None).acts(INSTALLS_SYSTEM).rest(Slot::Text),
            verb("setup-token|login|logout|auth").style(Style::None).acts(super::CHANGES_SECRETS).rest(Slot::Text),
        ])
        .acts(&[])
        .bare(AGENT)
        .special(Special::Agent)
        .rest(Slot::Data),
    // What its commands do stands in a table of their own.
    program("claudectl")
        .options(&[
            value("--config|--color|--home|--format|--since|--until|-n|--limit|--action|--archive|--cwd", Slot::Text),
            value("--log|-o|--out|--output|--redacted-copy|--record|--bundle|--dir", Slot::Write),
            value("--from|--history-file|--policy|--rules", Slot::Read),
            value("--wrap", Slot::Shell),
            flag("--json|--no-color|-q|--quiet|-v|--verbose|--plain|--ascii"),
            // Names that say of another program that it runs or changes something.
            flag("--apply|--yes|--install|--uninstall"),
        ])
        .open()
        .special(Special::Own)
        .rest(Slot::Text),
];
