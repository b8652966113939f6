//! Other machines: fetched from, sent to, logged in to, asked about; and what keeps that secret.

use super::{
    ASKS_SERVICE, CHANGES_SECRETS, CHANGES_SETTINGS, CHANGES_SYSTEM, DESTROYS_SYSTEM, Entry, LOOKS, PERSISTS,
    PUBLISHES, SENDS, SERVES, SHOWS_SECRET, Slot, Special, Style, TALKS, flag, optional, program, value,
    verb,
};
use crate::effect::{Act, Effect, Scope};

/// What is secret is lost for good.
const DESTROYS_SECRETS: &[Act] = &[Act::grave(Effect::Delete, Scope::Credential)];
/// Another machine gets a shell here.
const OPENS_SHELL: &[Act] = &[Act::grave(Effect::Privilege, Scope::Remote)];
/// This machine's names and ways are looked at, or another one's.
const ASKS_ABOUT: &[Act] = ASKS_SERVICE;
/// Keys are made.
const MAKES_KEYS: &[Act] = &[Act::new(Effect::Write, Scope::Credential)];

pub(super) static ENTRIES: &[Entry] = &[
    // Fetching and sending.
    program("curl|curlie")
        .options(&[
            flag("-V|--version|-M|--manual").dry(),
            optional("-h|--help", Slot::Text).dry(),
            value("-X|--request", Slot::Text),
            value("-d|--data|--data-ascii|--data-binary|--data-urlencode|--json|-F|--form", Slot::Data),
            value("--data-raw|--form-string", Slot::Data),
            value("--variable|--expand-*", Slot::Unknown),
            value("--url-query", Slot::Data),
            value("-T|--upload-file", Slot::Upload),
            value("-o|--output", Slot::Write),
            flag("-O|--remote-name|--remote-name-all|-J|--remote-header-name").acts(WRITES_HERE),
            value("--output-dir", Slot::Text),
            value("-D|--dump-header|--trace|--trace-ascii|-c|--cookie-jar|--stderr|--libcurl|--etag-save|--hsts|--alt-svc", Slot::Write),
            value("--create-file-mode|--rate|--limit-rate|--max-filesize|-C|--continue-at|-r|--range|-z|--time-cond", Slot::Text),
            value("-H|--header|--proxy-header", Slot::Text),
            value("-b|--cookie", Slot::Text),
            value("-A|--user-agent|-e|--referer|-u|--user|-U|--proxy-user|--oauth2-bearer|--aws-sigv4", Slot::Text),
            value("-K|--config|--engine|--proto-default", Slot::Unknown),
            value("-x|--proxy|--preproxy|--socks4|--socks4a|--socks5|--socks5-hostname|--doh-url", Slot::Url),
            value("--unix-socket|--abstract-unix-socket", Slot::Unknown),
            value("--connect-to|--resolve", Slot::Text).acts(super::ASKS_REMOTE),
            value("--dns-servers|--dns-interface|--dns-ipv4-addr|--dns-ipv6-addr|--interface|--local-port|--haproxy-clientip", Slot::Text),
            // They are read; what goes out is a proof that they are there.
            value("-E|--cert|--key|--proxy-cert|--proxy-key|--netrc-file|--cacert|--capath|--crlfile|--proxy-cacert|--pubkey|--etag-compare", Slot::Read),
            value("--pinnedpubkey", Slot::Text),
            value("--cert-type|--key-type|--pass|--ciphers|--tls13-ciphers|--curves|--tls-max|--tlsuser|--tlspassword|--tlsauthtype|--proxy-*-type", Slot::Text),
            value("-m|--max-time|--connect-timeout|--expect100-timeout|--happy-eyeballs-timeout-ms|--keepalive-time|--retry|--retry-delay|--retry-max-time|--max-redirs|-y|--speed-time|-Y|--speed-limit|--parallel-max", Slot::Text),
            value("-w|--write-out|--proto|--proto-redir|--request-target|--service-name|--proxy-service-name|--noproxy|--hostpubmd5|--hostpubsha256|--krb|--login-options|--sasl-authzid|--delegation|--ftp-account|--ftp-alternative-to-user|--ftp-method|-P|--ftp-port|-t|--telnet-option|--tftp-blksize|--mail-from|--mail-rcpt|--mail-auth|--ip-tos|--vlan-priority|--trace-config", Slot::Text),
            // Commands of a file server.
            value("-Q|--quote", Slot::Unknown),
            value("--url", Slot::Url),
            flag("-G|--get|-I|--head|-L|--location|--location-trusted|-s|--silent|-S|--show-error|-f|--fail|--fail-with-body|--fail-early|-i|--include|--show-headers|-v|--verbose|-k|--insecure|-#|--progress-bar|-N|--no-buffer|-g|--globoff|-4|-6|--ipv4|--ipv6|-n|--netrc|--netrc-optional|-q|--disable|-R|--remote-time|-a|--append|-B|--use-ascii|-l|--list-only|-j|--junk-session-cookies|-p|--proxytunnel|-Z|--parallel|--parallel-immediate|-0|-1|-2|-3"),
            flag("--http0.9|--http1.0|--http1.1|--http2|--http2-prior-knowledge|--http3|--http3-only|--tlsv1*|--sslv2|--sslv3|--ssl|--ssl-reqd|--ssl-*|--compressed|--compressed-ssh|--basic|--digest|--ntlm|--negotiate|--anyauth|--proxy-basic|--proxy-digest|--proxy-ntlm|--proxy-anyauth|--proxy-negotiate|--proxy-insecure|--no-*|--next|-:|--retry-all-errors|--retry-connrefused|--raw|--tr-encoding|--tcp-*|--path-as-is|--post301|--post302|--post303|--ftp-pasv|--ftp-skip-pasv-ip|--ftp-create-dirs|--ftp-ssl-*|--disable-*|--cert-status|--false-start|--crlf|--create-dirs|--remove-on-error|--skip-existing|--ca-native|--styled-output|--suppress-connect-headers|--xattr|--no-progress-meter|--trace-time|--trace-ids|--metalink|--ignore-content-length|--mptcp|--ech"),
        ])
        .special(Special::Curl)
        .rest(Slot::Url),
    program("wget|wget2")
        .options(&[
            flag("-V|--version|-h|--help").dry(),
            value("-O|--output-document", Slot::Write),
            value("-o|--output-file|-a|--append-output|--save-cookies|--warc-file|--rejected-log|--hsts-file", Slot::Write),
            value("-P|--directory-prefix", Slot::Text),
            value("--post-data|--body-data", Slot::Data),
            value("--post-file|--body-file", Slot::Upload),
            value("--method", Slot::Text).acts(SENDS),
            value("-i|--input-file", Slot::Unknown),
            value("-e|--execute|--config|--use-askpass", Slot::Unknown),
            value("-t|--tries|-T|--timeout|--dns-timeout|--connect-timeout|--read-timeout|-w|--wait|--waitretry|-Q|--quota|--limit-rate|--bind-address|--dns-servers|-l|--level|--cut-dirs|--backups|--start-pos|--progress|--max-redirect|--max-threads|--report-speed", Slot::Text),
            value("-A|--accept|-R|--reject|--accept-regex|--reject-regex|--regex-type|-D|--domains|--exclude-domains|--follow-tags|--ignore-tags|-I|--include-directories|-X|--exclude-directories|-B|--base|--default-page|--restrict-file-names|--local-encoding|--remote-encoding", Slot::Text),
            value("-U|--user-agent|--header|--referer|--user|--password|--http-user|--http-password|--ftp-user|--ftp-password|--proxy-user|--proxy-password|--secure-protocol|--certificate|--private-key|--ca-certificate|--ca-directory|--load-cookies|--preferred-location|--ciphers|--pinnedpubkey", Slot::Text),
            optional("--proxy|--preserve-permissions|--compression", Slot::Text),
            flag("-q|--quiet|-v|--verbose|-d|--debug|-nv|--no-verbose|-b|--background|-c|--continue|-N|--timestamping|-S|--server-response|-nc|--no-clobber|-4|-6|--inet4-only|--inet6-only|--show-progress|--no-*|-nd|-nH|-nv|-np|-x|--force-directories|--protocol-directories|--content-on-error|--trust-server-names|--retry-*|--keep-session-cookies|--save-headers|--auth-no-challenge|--https-only|--random-wait|--unlink|--ignore-case|--ignore-length|--xattr|-F|--force-html"),
            flag("--spider"),
            flag("--content-disposition"),
            flag("-r|--recursive|-m|--mirror|-p|--page-requisites"),
            flag("-k|--convert-links|-K|--backup-converted|-E|--adjust-extension|-H|--span-hosts|-L|--relative|--follow-ftp"),
            flag("--delete-after").acts(LOOKS),
        ])
        .special(Special::Wget)
        .rest(Slot::Url),
    program("http|https|xh|xhs|httpie")
        .options(&[
            flag("--version|--help|-h").dry(),
            flag("--offline").dry(),
            value("-o|--output", Slot::Write),
            flag("-d|--download").acts(WRITES_HERE),
            value("--session|--session-read-only", Slot::Text).acts(CHANGES_SETTINGS),
            value("--proxy", Slot::Url),
            value("--cert|--cert-key", Slot::Read),
            value("-a|--auth|-A|--auth-type|--verify|--ssl|--ciphers|--timeout|--max-redirects|-p|--print|-P|--history-print|--pretty|-s|--style|--format-options|--response-charset|--response-mime|--boundary|--raw|--max-headers|--default-scheme|--http-version|--resolve|--interface|--bearer", Slot::Text),
            flag("-j|--json|-f|--form|--multipart|-x|--compress|-v|--verbose|-h|--headers|-b|--body|-m|--meta|-S|--stream|-F|--follow|-c|--continue|-q|--quiet|-I|--ignore-stdin|--check-status|--ignore-netrc|--path-as-is|--chunked|--unsorted|--sorted|--all|--debug|--traceback|--no-*|-4|-6|--https|--curl|--curl-long"),
        ])
        .verbs(&[
            verb("GET|get|HEAD|head|OPTIONS|options").operands(&[Slot::Url]).rest(Slot::Text),
            verb("POST|post|PUT|put|PATCH|patch|DELETE|delete").acts(SENDS).operands(&[Slot::Host]).rest(Slot::Data),
        ])
        // Fields make it send.
        .operands(&[Slot::Url])
        .rest(Slot::Data),
    program("aria2c|axel|lftpget|youtube-dl|yt-dlp|gallery-dl|httrack|you-get|spotdl|saldl")
        .options(&[
            flag("-v|--version|-h|--help").dry(),
            value("-d|--dir|-P|--paths|-o|--out|--output", Slot::Write),
            value("-x|-s|-j|-k|-n|--split|-f|--format|-U|--user-agent|--header|--max-connection-per-server|--max-concurrent-downloads|-N|-r|-S", Slot::Text),
            value("-i|--input-file|--conf-path|--on-download-complete|--on-download-start|--exec|--config-location|-a|--batch-file|--postprocessor-args", Slot::Unknown),
            flag("-c|-q|-a|--quiet|-F|--list-formats|-x-only|--no-*|--extract-audio|-x|-V"),
        ])
        .acts(WRITES_HERE)
        .rest(Slot::Url),
    program("lynx|w3m|links|elinks|links2|browsh|carbonyl")
        .style(Style::Long)
        .options(&[flag("-dump|-source|-listonly|-nolist|-nonumbers|-version|-help|-head|-mime_header|-crawl|-no-numbering|-dump_source"), value("-width|-useragent|-cols|-T|-display_charset|-o", Slot::Text), value("-cmd_script|-cfg|-config|-post_data", Slot::Unknown)])
        .rest(Slot::Url),
    program("wscat|websocat|ws")
        .options(&[
            flag("-V|--version|--help").dry(),
            value("-c|--connect", Slot::Url),
            value("-l|--listen", Slot::Text).acts(SERVES),
            value("-x|--execute", Slot::Data),
            value("-H|--header|-o|--origin|-p|--protocol|--subprotocol|-s|-w|--wait|--auth|--host|--slash|--ca|--cert|--key|--passphrase|--proxy|-b|-n|-1|-t|-E", Slot::Text),
            flag("-n|--no-check|-P|--show-ping-pong|--no-color|-q|-v|-k|--text|--binary|--insecure|-1|-E"),
        ])
        .rest(Slot::Url),
    program("grpcurl|evans|grpc_cli|ghz")
        .style(Style::Long)
        .options(&[
            flag("-version|-help").dry(),
            flag("-plaintext|-insecure|-v|-vv|-emit-defaults|-use-reflection|-allow-unknown-fields|-format-error|-msg-template|-alts"),
            value("-d|-rpc-header", Slot::Data),
            value("-H|-reflect-header|-import-path|-proto|-protoset|-cacert|-cert|-key|-authority|-servername|-connect-timeout|-keepalive-time|-max-time|-max-msg-sz|-format|-user-agent", Slot::Text),
            value("-protoset-out|-proto-out-dir", Slot::Write),
            flag("-unix|-expand-headers").acts(TALKS),
        ])
        .operands(&[Slot::Url])
        .rest(Slot::Text),
    // Logging in, and copying.
    program("ssh|autossh|mosh|dbclient|slogin|et")
        .style(Style::Posix)
        .options(&[
            flag("-V").dry(),
            flag("-4|-6|-A|-a|-C|-f|-G|-g|-K|-k|-M|-N|-n|-q|-s|-T|-t|-tt|-v|-vv|-vvv|-X|-x|-Y|-y"),
            value("-B|-b|-c|-e|-I|-i|-l|-m|-O|-p|-Q|-J|-S|-w|-P", Slot::Text),
            value("-L|-R|-D|-W", Slot::Text).acts(TALKS),
            value("-E", Slot::Write),
            value("-F", Slot::Unknown),
            value("-o", Slot::Text),
        ])
        .special(Special::Ssh)
        .operands(&[Slot::Host])
        .rest(Slot::RemoteWords)
        .stdin(Slot::Text),
    program("sshpass")
        .style(Style::Posix)
        .options(&[value("-p|-f|-d|-P", Slot::Text), flag("-e|-v|-V|-h")])
        .rest(Slot::Command),
    program("ssh-keygen")
        .options(&[
            flag("-l|-B|-y|-e|-F|-L").acts(LOOKS),
            value("-f", Slot::Text),
            value("-t|-b|-C|-N|-P|-E|-m|-n|-I|-s|-V|-z|-O|-a|-Z|-w|-D|-Y|-r|-g", Slot::Text),
            value("-R", Slot::Text).acts(CHANGES_SECRETS),
            flag("-q|-v|-p|-c|-i|-A|-h|-u|-o|-k|-Q|-K"),
        ])
        .acts(MAKES_KEYS)
        .rest(Slot::Text),
    program("ssh-add")
        .options(&[flag("-l|-L|-h|-T").dry(), flag("-q|-v|-c|-k|-K|-A|-D|-x|-X"), value("-t|-d|-e|-s|-S|-E|-H", Slot::Text)])
        .acts(CHANGES_SECRETS)
        .rest(Slot::Text),
    program("ssh-copy-id").options(&[value("-i|-p|-o|-F|-t", Slot::Text), flag("-f|-n|-s|-x")]).acts(PERSISTS).rest(Slot::Host),
    program("ssh-keyscan").options(&[value("-p|-t|-T", Slot::Text), value("-f", Slot::Unknown), flag("-4|-6|-H|-c|-D|-v")]).acts(LOOKS).rest(Slot::Url),
    program("ssh-agent").style(Style::Posix).options(&[flag("-c|-s|-k|-D|-d"), value("-a|-t|-E|-P|-O", Slot::Text)]).acts(LOOKS).rest(Slot::Command),
    program("nc|ncat|netcat|nc.openbsd|nc.traditional")
        .options(&[
            flag("-h|--help|--version").dry(),
            value("-e|--exec|--lua-exec", Slot::Unknown).acts(OPENS_SHELL),
            value("-c|--sh-exec", Slot::Shell).acts(OPENS_SHELL),
            value("-p|--source-port|-s|--source|-i|--idle-timeout|-q|-X|-x|-T|-V|-I|-O|-m|--max-conns|-d|--delay|-G|--proxy|--proxy-type|--proxy-auth|--ssl-*|--allow|--deny|-M", Slot::Text),
            value("-o|--output|--hex-dump", Slot::Write),
            value("-w|--wait", Slot::Text),
            flag("-z"),
            flag("-4|-6|-n|--nodns|-v|--verbose"),
            flag("-C|--crlf|-D|-d|-F|-k|--keep-open|-N|-r|-S|-t|--telnet|-U|--unixsock|-u|--udp|-Z|-b|--broker|--chat|--send-only|--recv-only|--ssl|--no-shutdown|--append-output|-l|--listen|-L"),
        ])
        .acts(TALKS)
        .special(Special::Knock)
        .rest(Slot::Text),
    program("socat").style(Style::None).special(Special::Socat).rest(Slot::Text),
    program("telnet|ftp|lftp|ncftp|tftp|pftp|rsh|rlogin|rexec|smbclient|cadaver|davfs2|ftpput|ftpget|ncftpput|ncftpget")
        .options(&[value("-c|-e|-f|-u|-p|-l|-b|-U|-W", Slot::Text), flag("-n|-i|-v|-d|-g|-A|-q|-4|-6|-E|-L|-K")])
        .acts(TALKS)
        .special(Special::Escapes)
        .rest(Slot::Text),
    program("rclone")
        .options(&[
            value("--config|--include|--exclude|--filter|--max-age|--min-age|--max-size|--min-size|--bwlimit|--transfers|--checkers|--log-level|--max-depth|--stats|--timeout|--retries|--tpslimit|--user-agent", Slot::Text),
            value("--include-from|--exclude-from|--filter-from|--files-from", Slot::Read),
            value("--log-file|--backup-dir", Slot::Write),
            value("--password-command", Slot::Unknown),
            flag("-n|--dry-run").dry(),
            flag("-v|-vv|-P|--progress|-q|--fast-list|--checksum|--size-only|--update|-u|-i|--one-file-system|--ignore-existing"),
        ])
        .verbs(&[
            verb("ls|lsl|lsd|lsf|lsjson|size|tree|about|check|md5sum|sha1sum|hashsum|cryptcheck|listremotes|version|help").open().acts(ASKS_SERVICE).rest(Slot::Text),
            verb("cat").open().rest(Slot::RemoteRead),
            verb("copy|copyto|copyurl|bisync|rcat|settier|touch|mkdir|link").acts(SENDS).operands(&[Slot::RemoteRead]).rest(Slot::RemoteWrite),
            verb("sync|move|moveto").acts(super::DESTROYS_DATA).operands(&[Slot::RemoteRead]).rest(Slot::RemoteWrite),
            verb("delete|deletefile|purge|rmdir|rmdirs|cleanup|dedupe").acts(super::DESTROYS_DATA).rest(Slot::Text),
            verb("config|obscure").acts(CHANGES_SECRETS).rest(Slot::Text),
            verb("serve|mount|rcd|rc").acts(TALKS).rest(Slot::Text),
        ]),
    program("croc|wormhole|magic-wormhole|wormhole-rs|ffsend|transfer|tx|portal|qrcp|onionshare|onionshare-cli|gofile|0x0|termbin|bashupload|sendme|pwndrop|localsend")
        .open()
        .acts(SENDS)
        .verbs(&[verb("send|upload|put").open().rest(Slot::Upload), verb("receive|recv|download").open().acts(WRITES_HERE).rest(Slot::Text)])
        .rest(Slot::Text),
    program("ngrok|cloudflared|localtunnel|lt|bore|tailscale-funnel|frpc|frps|chisel|serveo|pagekite|inlets|localhost.run|zrok|telebit|expose|pinggy|sish|rathole")
        .open()
        .verbs(&[verb("version|help").open().acts(LOOKS)])
        .bare(TALKS)
        .rest(Slot::Host),
    // Asking about machines and names.
    program("ping|ping6")
        .options(&[
            value("-c|-i|-I|-m|-M|-n|-Q|-s|-S|-t|-T|-W|-w|-l|-F|-G|-g|-h|-k|-z|-b|-C", Slot::Text),
            // What goes out with it.
            value("-p", Slot::Data),
            flag("-4|-6|-A|-a|-B|-D|-d|-f|-H|-L|-O|-o|-q|-R|-r|-U|-v|-V|-3|-e|-N|-x"),
        ])
        .rest(Slot::Lookup),
    program("finger").options(&[flag("-l|-m|-p|-s")]).acts(LOOKS).rest(Slot::Lookup),
    program("fping|traceroute|traceroute6|tracepath|tracepath6|mtr|pathping|tracert")
        .style(Style::Long)
        .options(&[
            value("-c|-i|-I|-m|-M|-n|-p|-Q|-s|-S|-t|-T|-W|-w|-q|-b|-k|-x|-y|-port|-timeout|-o|-F|-r|-C|-d|-B|-H|-e|-P|-G", Slot::Lookup),
            value("-file|-filename", Slot::Unknown),
            flag("-4|-6|-A|-a|-v|-V|-h|-l|-L|-O|-U|-u|-Z|-z|-report|-report-wide|-no-dns|-json|-tcp|-udp|-R|-D|-f|-g"),
        ])
        .open()
        .acts(ASKS_ABOUT)
        .rest(Slot::Lookup),
    program("host")
        .options(&[
            value("-t|-c|-N|-R|-m|-W", Slot::Text),
            flag("-a|-A|-C|-d|-l|-r|-s|-T|-U|-v|-V|-w|-4|-6|-i"),
        ])
        .operands(&[Slot::Lookup, Slot::Server]),
    program("whois")
        .options(&[
            value("-h|--host", Slot::Server),
            value("-p|--port|-i|-t|-T|-v|-q|-g|-s", Slot::Text),
            flag("-a|-A|-b|-B|-c|-d|-D|-e|-f|-F|-G|-H|-I|-K|-k|-l|-L|-m|-M|-n|-P|-Q|-r|-R|-S|-x"),
        ])
        .rest(Slot::Lookup),
    program("dig|delv|drill|kdig|dog|doggo")
        .options(&[
            value("-t|-c|-p|-b|-q|-x|-y|-type|-query|-class|-timeout|-port|-retry|-W|-R|-N|-m|-h", Slot::Lookup),
            // Names of a file, each of which goes out.
            value("-f", Slot::Upload),
            value("-k", Slot::Read),
            flag("-4|-6|-a|-v|-V|-l|-r|-s|-T|-w|-C|-d|-D|-A|-i|-u|-H|-debug|-json|-short|-J"),
        ])
        .open()
        .acts(ASKS_ABOUT)
        .rest(Slot::Lookup),
    program("nslookup")
        .style(Style::Long)
        .options(&[value("-type|-query|-class|-timeout|-port|-retry|-domain|-srchlist|-querytype", Slot::Lookup)])
        .open()
        .acts(ASKS_ABOUT)
        .operands(&[Slot::Lookup, Slot::Server]),
    program("arping|tcping|hping3|oping|nping|nmap|masscan|zmap|rustscan|nikto|gobuster|ffuf|dirb|hydra|medusa|sqlmap|wfuzz|nuclei|amass|subfinder|john|hashcat|aircrack-ng|msfconsole|responder|bettercap|ettercap|arpspoof|tcpreplay|hping|slowloris|ab|wrk|siege|hey|vegeta|k6|locust|bombardier|oha")
        .style(Style::Long)
        .options(&[flag("-version|-help|-V|-h").dry(), value("-oN|-oX|-oG|-oA|-o", Slot::Write)])
        .open()
        .acts(TALKS)
        .rest(Slot::Text),
    program("tcpdump|tshark|dumpcap|ngrep|tcpflow|termshark|wireshark")
        .options(&[
            value("-w", Slot::Write),
            value("-r", Slot::Read),
            value("-z|-X", Slot::Unknown),
            value("-i|-c|-C|-G|-s|-y|-E|-F|-j|-m|-M|-T|-W|-Z|-B|-Q|-f|-Y|-e|-d|-o|-R|-a|-b|-O", Slot::Text),
            flag("-D|--list-interfaces|-h|--version|-v|-V|-L").acts(LOOKS),
        ])
        .acts(super::WITH_RIGHTS)
        .open()
        .rest(Slot::Text),
    // This machine's network.
    program("ip")
        .style(Style::Posix)
        .options(&[
            flag("-V|-Version|-h|-human|-human-readable|-s|-stats|-statistics|-d|-details|-r|-resolve|-4|-6|-B|-M|-0|-I|-D|-o|-oneline|-br|-brief|-j|-json|-p|-pretty|-t|-timestamp|-ts|-iec|-echo|-all|-a|-N|-Numeric"),
            optional("-c|-color", Slot::Text),
            value("-f|-family|-l|-loops|-rc|-rcvbuf|-n|-netns", Slot::Text),
            value("-b|-batch", Slot::Unknown),
        ])
        .verbs(&[
            // `exec` runs a program in another network.
            verb("netn|netns|netc")
                .style(Style::None)
                .bare(LOOKS)
                .verbs(&[
                    verb("l|li|lis|list|id|ide|iden|ident|identi|identif|identify|list-id|m|mo|mon|moni|monit|monito|monitor|p|pi|pid|pids|show|help").acts(LOOKS).rest(Slot::Text),
                    verb("e|ex|exe|exec").acts(super::WITH_RIGHTS).operands(&[Slot::Text]).rest(Slot::Command),
                    verb("add|attach|set|a|s").acts(CHANGES_SYSTEM).rest(Slot::Text),
                    verb("del|delete|d").acts(DESTROYS_SYSTEM).rest(Slot::Text),
                ]),
            verb("mo|mon|moni|monit|monito|monitor|help|rtmon").acts(LOOKS).rest(Slot::Text),
            verb("vrf").style(Style::None).bare(LOOKS).verbs(&[verb("show|list|identify|pids|help").acts(LOOKS).rest(Slot::Text), verb("exec").operands(&[Slot::Text]).rest(Slot::Command)]),
            verb("a|ad|add|addr|addre|addres|address|l|li|lin|link|r|ro|rou|rout|route|ru|rul|rule|n|ne|nei|neig|neigh|neighb|neighbo|neighbor|neighbour|nt|ntable|ntbl|tun|tunn|tunne|tunnel|tunt|tunta|tuntap|ma|mad|madd|maddr|maddress|mr|mro|mrou|mroute|mrule|x|xf|xfr|xfrm|tc|tcp|tcp_|tcp_metrics|tok|token|tokens|se|seg6|sr|stats|st|sta|stat|nexthop|nexthops|next|macsec|l2tp|fou|ila|ioam|addrl|addrlabel|mptcp|netconf|netco|netcon")
                .style(Style::None)
                .bare(LOOKS)
                .verbs(&[
                    verb("s|sh|sho|show|l|li|lis|list|ls|lst|g|ge|get|save|help|dump|state|policy-show|count|afstats|property-show|dev").acts(LOOKS).rest(Slot::Text),
                    verb("f|fl|flu|flus|flush|d|de|del|dele|delet|delete").acts(CHANGES_SYSTEM).rest(Slot::Text),
                    verb("a|ad|add|c|ch|cha|chan|chang|change|ap|app|append|r|re|rep|repl|replace|se|set|restore|up|down").acts(CHANGES_SYSTEM).rest(Slot::Text),
                ]),
        ])
        .bare(LOOKS),
    program("ifconfig")
        .style(Style::Posix)
        .options(&[flag("-a|-s|-v|-l|-u|-d|-L|-m|-r|-b|-C|-h")])
        .acts(LOOKS)
        .operands(&[Slot::Text])
        // Only with more it is changed.
        .rest(Slot::Sets),
    program("iwconfig|iwlist|ethtool|mii-tool|iw")
        .style(Style::Posix)
        .options(&[flag("--version|-h|-i|--driver|-S|--statistics|-k|--show-features|-g|--show-ring|-a|--show-pause|-c|--show-coalesce|-T|-x|-P|-m|-l").acts(LOOKS)])
        .acts(LOOKS)
        .operands(&[Slot::Text])
        .rest(Slot::Sets),
    program("route")
        .options(&[flag("-n|-e|-ee|-v|-A|-F|-C|-4|-6|-t").acts(LOOKS)])
        .bare(LOOKS)
        .verbs(&[verb("get|show|monitor|print").acts(LOOKS).rest(Slot::Text), verb("add|change|del|delete|flush").acts(CHANGES_SYSTEM).style(Style::None).rest(Slot::Text)]),
    program("arp|ndp|rarp")
        .options(&[flag("-a|-n|-v|-e|-l|-A|-D|-x"), value("-H|-i", Slot::Text), flag("-d|-s|-S|-f").acts(CHANGES_SYSTEM), flag("-c")])
        .acts(LOOKS)
        .rest(Slot::Text),
    program("ss|netstat|sockstat|iftop|nethogs|nload|lnstat|nstat|bandwhich|iptraf-ng|ifstat|nettop")
        .options(&[flag("-K|--kill").acts(super::ENDS), value("-D|--diag", Slot::Write), value("-F|--filter", Slot::Read), value("-f|-A|--query|--socket|-p|-I|-s|-w|-L|-i", Slot::Text)])
        .open()
        .acts(LOOKS)
        .rest(Slot::Text),
    program("iptables|ip6tables|iptables-legacy|iptables-nft|ebtables|arptables")
        .options(&[
            flag("-L|--list|-S|--list-rules|-C|--check|-V|--version|-h").dry(),
            flag("-F|--flush|-X|--delete-chain|-Z|--zero"),
        ])
        .open()
        .acts(CHANGES_SYSTEM)
        .rest(Slot::Text),
    program("iptables-save|ip6tables-save").options(&[value("-f|--file", Slot::Write), value("-t|-M", Slot::Text), flag("-c")]).acts(LOOKS),
    program("iptables-restore|ip6tables-restore").open().acts(CHANGES_SYSTEM).rest(Slot::Read),
    program("nft")
        .options(&[flag("-v|-h|-c|--check").dry(), flag("-n|-a|-s|-j|-N|-S|-p|-y|-t|-e|-o|-d|--json|--handle|--numeric"), value("-f|--file", Slot::Read).acts(CHANGES_SYSTEM), value("-I|-D", Slot::Text), flag("-i").acts(CHANGES_SYSTEM)])
        .verbs(&[verb("list|describe|monitor").acts(LOOKS).rest(Slot::Text), verb("add|create|insert|replace|delete|destroy|flush|reset|rename|import").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text)]),
    program("ufw")
        .options(&[flag("--dry-run|--version").dry(), flag("--force")])
        .verbs(&[verb("status|show|version|app").open().acts(LOOKS).rest(Slot::Text), verb("enable|allow|deny|reject|limit|delete|insert|route|prepend|logging|default|reload").acts(CHANGES_SYSTEM).rest(Slot::Text), verb("disable|reset").acts(DESTROYS_SYSTEM)]),
    program("firewall-cmd")
        .style(Style::Long)
        .options(&[
            flag("--state|--list-*|--get-*|--info-*|--query-*|--version|--help|-h|--check-config").acts(LOOKS),
            value("--zone|--policy|--timeout", Slot::Text),
            flag("--permanent|-q|--quiet"),
            flag("--add-*|--remove-*|--change-*|--set-*|--new-*|--delete-*|--reload|--complete-reload|--runtime-to-permanent|--panic-on|--panic-off|--load-*|--path-*|--reset-to-defaults|--direct|--lockdown-*").acts(CHANGES_SYSTEM),
        ]),
    program("tc|bridge|devlink|rdma|dcb|vdpa")
        .style(Style::Posix)
        .options(&[flag("-s|-d|-j|-p|-r|-iec|-g|-t|-o|-c|-n|-V|-stats|-details|-json|-pretty")])
        .verbs(&[verb("qdisc|class|filter|action|actions|chain|link|fdb|vlan|mdb|dev|port|monitor").style(Style::None).bare(LOOKS).verbs(&[verb("show|list|ls|get").acts(LOOKS).rest(Slot::Text), verb("*").acts(CHANGES_SYSTEM).rest(Slot::Text)])]),
    program("nmcli")
        .options(&[flag("-v|--version|-h").dry(), flag("-o|--overview|-t|--terse|-p|--pretty|-e|-a|--ask|-x"), flag("-s|--show-secrets").acts(SHOWS_SECRET), value("-f|--fields|-g|--get-values|-m|--mode|-c|--colors|-w|--wait", Slot::Text)])
        .bare(LOOKS)
        .verbs(&[
            verb("g|ge|general|n|networking|r|radio|c|co|con|connection|d|de|dev|device|a|agent|m|monitor")
                .bare(LOOKS)
                .verbs(&[
                    verb("w|wi|wif|wifi").bare(LOOKS).verbs(&[verb("l|list").open().acts(LOOKS).rest(Slot::Text), verb("show-password").acts(SHOWS_SECRET), verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text)]),
                    verb("s|st|sta|status|sh|show|permissions|monitor|connectivity|list").bare(LOOKS).verbs(&[verb("connect|hotspot").acts(CHANGES_SYSTEM).style(Style::None).rest(Slot::Text), verb("show-password").acts(SHOWS_SECRET), verb("*").acts(LOOKS).rest(Slot::Text)]),
                    verb("hostname").bare(LOOKS).acts(LOOKS).operands(&[Slot::Sets]),
                    verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
                ]),
        ]),
    program("networkctl|resolvectl|systemd-resolve|bluetoothctl|rfkill|iwctl|wpa_cli")
        .options(&[flag("--version|--help|-h").dry(), flag("-a|--all|-s|--stats|-l|--full|--no-legend|--no-pager|-4|-6"), value("-n|--lines|--json|-i|--interface|-p|--protocol|-t|--type|-c|--class|-o|--output", Slot::Text)])
        .bare(LOOKS)
        .verbs(&[
            verb("list|status|lldp|statistics|show|monitor|show-cache|show-server-state|cat|devices|info|paired-devices|scan-results|scan_results|list_networks").open().acts(LOOKS).rest(Slot::Text),
            verb("query|service|openpgp|tlsa").open().rest(Slot::Lookup),
            verb("*").style(Style::None).acts(CHANGES_SYSTEM).rest(Slot::Text),
        ]),
    program("tailscale|wg|wg-quick|openvpn|zerotier-cli|nordvpn|mullvad|warp-cli|protonvpn|openconnect|vpnc|ipsec|swanctl")
        .verbs(&[
            verb("status|ip|netcheck|ping|version|whois|listnetworks|peers|info|account-info|list-countries|help").open().acts(LOOKS).rest(Slot::Text),
            verb("show|showconf|genkey|genpsk|pubkey|dns|bugreport").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("funnel|serve|file|ssh|cert").open().acts(TALKS).rest(Slot::Text),
            verb("up|down|set|login|logout|switch|lock|join|leave|connect|disconnect|syncconf|setconf|addconf|save|update|configure|exit-node").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
        ])
        .acts(LOOKS),
    // Keys, certificates, secrets.
    program("openssl|libressl")
        .style(Style::Long)
        // A file of code that is loaded.
        .options(&[value("-engine|-provider|-provider-path|-config", Slot::Unknown)])
        .verbs(&[
            verb("version|ciphers|list|errstr|prime|info|speed|help|list-*").open().acts(LOOKS).rest(Slot::Text),
            verb("s_client")
                .options(&[
                    value("-connect|-host|-proxy", Slot::Url),
                    value("-port|-servername|-name|-verify|-verify_return_error_depth|-CAfile|-CApath|-starttls|-tls*x|-cipher|-ciphersuites|-curves|-groups|-sigalgs|-alpn|-nextprotoneg|-bind|-xmpphost|-verify_hostname|-verify_ip|-purpose|-verify_depth|-maxfraglen|-max_send_frag|-showcerts_depth|-timeout|-ct|-nameopt|-serverinfo|-dtls_listen|-policy", Slot::Text),
                    value("-cert|-key|-certform|-keyform|-pass|-cert_chain|-sess_in|-psk|-psk_identity", Slot::Text),
                    value("-keylogfile|-msgfile|-sess_out|-writerand|-early_data", Slot::Unknown),
                ])
                .open()
                .acts(LOOKS)
                .rest(Slot::Url)
                .stdin(Slot::Data),
            verb("s_server|s_time|ocsp|ts|cmp").open().acts(TALKS).rest(Slot::Text),
            verb("x509|crl|verify")
                .options(&[
                    value("-in|-CAfile|-untrusted|-trusted|-CRLfile|-certfile", Slot::Text),
                    value("-out|-writerand|-CAserial", Slot::Write),
                    value("-signkey|-key|-CAkey|-force_pubkey|-CA|-extfile|-req|-set_serial|-passin", Slot::Text).acts(MAKES_KEYS),
                    value("-inform|-outform|-nameopt|-certopt|-checkend|-checkhost|-checkip|-checkemail|-days|-subj|-ext|-purpose|-CApath|-offset|-length|-strparse|-oid|-sigopt|-keyform|-verify_hostname|-partial_chain_x|-addtrust|-addreject|-setalias", Slot::Text),
                ])
                .open()
                .acts(LOOKS)
                .rest(Slot::Text),
            verb("asn1parse|crl2pkcs7|pkcs7|sess_id|nseq|spkac|storeutl")
                .options(&[value("-in|-certfile", Slot::Read), value("-out", Slot::Write), value("-inform|-outform|-offset|-length|-strparse|-oid|-i", Slot::Text)])
                .open()
                .acts(LOOKS)
                .rest(Slot::Read),
            verb("dgst|sha*|md5|md4|blake*|rmd160|sm3|mac|md_gost94|kdf")
                .options(&[value("-out", Slot::Write), value("-sign|-prverify|-hmac|-mac|-key|-macopt|-passin", Slot::Text).acts(SHOWS_SECRET), value("-verify|-signature", Slot::Read), value("-keyform|-sigopt|-xoflen", Slot::Text), flag("-list").dry()])
                .open()
                .acts(LOOKS)
                .rest(Slot::Read),
            verb("enc|base64|aes*|des*|bf*|cast*|rc2*|rc4*|camellia*|chacha20|sm4*|seed*|idea*|zlib")
                .options(&[value("-in", Slot::Read), value("-out", Slot::Write), value("-kfile", Slot::Read), value("-pass|-k|-K|-iv|-S|-md|-iter|-bufsize", Slot::Text)])
                .open()
                .acts(LOOKS)
                .decodes(),
            verb("rand|passwd").options(&[value("-out|-writerand", Slot::Write), value("-rand|-in", Slot::Read), value("-salt", Slot::Text)]).open().acts(LOOKS).rest(Slot::Text),
            verb("genrsa|genpkey|gendsa|ecparam|dhparam|dsaparam|req|pkcs12|pkcs8|rsa|ec|pkey|dsa|pkeyparam|rsautl|pkeyutl|cms|smime|ca|rehash|fipsinstall|srp")
                .options(&[
                    value("-in|-inkey|-certfile|-inkey|-CAfile|-recip|-signer", Slot::Read),
                    value("-out|-keyout|-writerand|-outdir", Slot::Write),
                    value("-subj|-days|-newkey|-algorithm|-pkeyopt|-name|-passin|-passout|-pass|-inform|-outform|-addext|-extensions|-reqexts|-key|-cert|-set_serial|-aes*x|-export|-nameopt", Slot::Text),
                ])
                .open()
                .acts(MAKES_KEYS)
                .rest(Slot::Text),
        ])
        .acts(&[]),
    program("gpg|gpg2|gpgv|gpgsm")
        .options(&[
            flag("--list-keys|-k|--list-public-keys|--list-signatures|--list-sigs|--check-signatures|--check-sigs|--fingerprint|--list-config|--list-packets|--list-only|--print-md|--with-colons|--dump-options|--gpgconf-list|--warranty|-K|--list-secret-keys|--show-keys").acts(LOOKS),
            flag("--verify|--verify-files").acts(LOOKS).rest(Slot::Read),
            flag("-d|--decrypt|--decrypt-files").acts(SHOWS_SECRET).rest(Slot::Read),
            flag("--export-secret-keys|--export-secret-subkeys|--export-ssh-key|--export-secret-key").acts(SHOWS_SECRET).rest(Slot::Text),
            flag("--export|--export-ownertrust").acts(LOOKS).rest(Slot::Text),
            flag("-s|--sign|--clearsign|--clear-sign|-b|--detach-sign|-e|--encrypt|-c|--symmetric|--store|--sign-key|--lsign-key").acts(MAKES_KEYS).rest(Slot::Read),
            flag("--import|--fast-import|--edit-key|--gen-key|--full-generate-key|--full-gen-key|--generate-key|--quick-*|--change-passphrase|--passwd|--gen-revoke|--update-trustdb|--import-ownertrust|--card-edit").acts(CHANGES_SECRETS).rest(Slot::Text),
            flag("--delete-key|--delete-keys|--delete-secret-keys|--delete-secret-key|--delete-secret-and-public-key|--delete-secret-and-public-keys").acts(DESTROYS_SECRETS).rest(Slot::Text),
            flag("--send-keys|--send-key").acts(PUBLISHES).rest(Slot::Text),
            flag("--recv-keys|--recv-key|--receive-keys|--refresh-keys|--search-keys|--fetch-keys|--locate-keys|--auto-key-locate").acts(CHANGES_SECRETS).rest(Slot::Text),
            flag("-a|--armor|-v|--verbose|-q|--quiet|--batch|--yes|--no|-n|--dry-run|--no-tty|--with-*|--keyid-format|--no-default-keyring|--no-*|--always-trust|--fixed-list-mode"),
            value("-o|--output", Slot::Write),
            value("--homedir|-u|--local-user|-r|--recipient|-R|--hidden-recipient|--default-key|--passphrase|--passphrase-fd|--pinentry-mode|--status-fd|--logger-fd|--keyserver|--keyring|--trust-model|--cipher-algo|--digest-algo|--compress-algo|-z|--list-options|--verify-options|--display-charset|--command-fd|--keyserver-options", Slot::Text),
            value("--passphrase-file", Slot::Read),
            value("--options|--photo-viewer|--agent-program|--dirmngr-program", Slot::Unknown),
        ])
        .rest(Slot::Read),
    program("gpgconf|gpg-agent|gpg-connect-agent|dirmngr").options(&[flag("--list-*|--version|--check-*").acts(LOOKS), flag("--kill|--reload|--launch|--change-*|--apply-*|-K|-R").acts(CHANGES_SECRETS)]).rest(Slot::Text),
    program("age|rage")
        .options(&[flag("-d|--decrypt").acts(SHOWS_SECRET), flag("-e|--encrypt|-p|--passphrase|-a|--armor"), value("-o|--output", Slot::Write), value("-r|--recipient", Slot::Text), value("-R|--recipients-file", Slot::Read), value("-i|--identity", Slot::Read), value("-j", Slot::Unknown)])
        .rest(Slot::Read),
    program("age-keygen|rage-keygen").options(&[value("-o|--output", Slot::Write), flag("-y")]).acts(SHOWS_SECRET).rest(Slot::Read),
    program("signify|minisign|cosign|signtool|ssss-split|ssss-combine").options(&[flag("-V|-v").acts(LOOKS), value("-x|-m|-p|-s|-e|-P|-c|-t", Slot::Text)]).acts(MAKES_KEYS).rest(Slot::Text),
    program("pass|gopass|passage|prs")
        .options(&[flag("--clip|-c")])
        .verbs(&[
            verb("ls|list|find|search|version|help").open().acts(LOOKS).rest(Slot::Text),
            // It prints what is kept.
            verb("grep").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("show|otp").open().rest(Slot::Secret),
            verb("insert|add|generate|edit|mv|rename|cp|copy|init|import|set|git").open().acts(CHANGES_SECRETS).rest(Slot::Text),
            verb("rm|remove|delete").open().acts(DESTROYS_SECRETS).rest(Slot::Text),
        ])
        .bare(LOOKS)
        .rest(Slot::Secret),
    program("bw|lpass|rbw|dashlane|keepassxc-cli|nordpass|enpass-cli|secret-tool|kwallet-query|keyring|gnome-keyring-daemon|keyctl|kwalletcli")
        .options(&[value("--session|-a|--attributes|-k|--key-file", Slot::Text), flag("--raw|--pretty|--quiet|--nointeraction|-q")])
        .verbs(&[
            verb("status|--version|help|encode|login-status|ls-databases").open().acts(LOOKS).rest(Slot::Text),
            verb("list|ls|get|show|lookup|export|unlock|search|clip|read|print|pipe|otp|code|describe").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("create|edit|add|generate|sync|login|set|store|restore|move|share|import|mv|db-create|db-edit|mkdir|update|logout|lock|request|link").open().acts(CHANGES_SECRETS).rest(Slot::Text),
            verb("delete|rm|del|clear|purge|remove|rmdir|revoke|unlink|invalidate").open().acts(DESTROYS_SECRETS).rest(Slot::Text),
        ]),
    program("security")
        .options(&[flag("-h|-q|-v|-l"), value("-p", Slot::Text)])
        .verbs(&[
            verb("find-certificate|list-keychains|default-keychain|login-keychain|show-keychain-info|find-identity|verify-cert|dump-trust-settings|error|help|cms-verify|translocate-policy-check|translocate-status-check|translocate-original-path|get-identity-preference|list-smartcards|requirement-evaluate|policies|user-trust-settings-enable-show|authorizationdb-read|find-key")
                // With these it is another default.
                .options(&[flag("-s").acts(CHANGES_SECRETS), value("-o", Slot::Write), value("-c|-e|-d|-p|-n|-i", Slot::Text)])
                .open()
                .acts(LOOKS)
                .rest(Slot::Text),
            verb("find-generic-password|find-internet-password|dump-keychain|export|export-smartcard|unlock-keychain|cms").open().acts(SHOWS_SECRET).rest(Slot::Text),
            verb("add-*|import|create-keychain|set-*|lock-keychain|authorizationdb|trust-settings-import|install-mds|smartcards|create-filevaultmaster-keychain|execute-with-privileges|create-db|authorize").open().acts(CHANGES_SECRETS).rest(Slot::Text),
            verb("delete-*|remove-trusted-cert").open().acts(DESTROYS_SECRETS).rest(Slot::Text),
        ]),
    program("mkcert").options(&[flag("-CAROOT|-help|-version").dry(), flag("-install|-uninstall").acts(CHANGES_SYSTEM), value("-cert-file|-key-file|-p12-file|-csr", Slot::Write), flag("-client|-ecdsa|-pkcs12")]).style(Style::Long).acts(MAKES_KEYS).rest(Slot::Text),
    program("certbot|acme.sh|lego|step|cfssl|dehydrated|certutil|pk12util|keytool|trust|update-ca-certificates|update-ca-trust")
        .verbs(&[
            verb("certificates|plugins|show_account|list|--list|certinfo").open().acts(LOOKS).rest(Slot::Text),
            verb("certonly|run|renew|install|enhance|register|update_account|reconfigure|rollback|reconfigure|ca|certificate|crypto|ssh|gencert|genkey|sign|extract|anchor").open().acts(CHANGES_SYSTEM).rest(Slot::Text),
            verb("revoke|delete|unregister").open().acts(DESTROYS_SYSTEM).rest(Slot::Text),
        ])
        .options(&[flag("-list|-printcert|-printcrl|-L").acts(LOOKS), flag("-delete|-genkeypair|-import|-importcert|-genkey|-importkeystore|-storepasswd|-keypasswd|-A|-D").acts(MAKES_KEYS)])
        .open()
        .acts(&[])
        .bare(CHANGES_SYSTEM),
    // Letters and messages.
    program("mail|mailx|mutt|neomutt|s-nail|sendmail|msmtp|ssmtp|swaks|sendemail|mpack|uuenview|himalaya|aerc|notmuch|mailsend|exim|postsuper|postqueue|mailq|esmtp")
        .options(&[value("-a|-A|--attach", Slot::Upload), value("-s|-c|-b|-r|-S|-F|-e|-i|-q|-f|-t|-H|-E", Slot::Text), flag("-v|-n|-x|-X")])
        .acts(SENDS)
        .rest(Slot::Text),
    program("slack|slackcat|signal-cli|telegram-cli|matrix-commander|discord-cli|pushover|ntfy|apprise|twurl|toot|wall|write|mesg|irssi|weechat|mosquitto_pub|mqtt|nats|amqp-publish|redis-publish")
        .open()
        .acts(SENDS)
        .rest(Slot::Text),
];

/// What is fetched is written here, by the name that it has there.
const WRITES_HERE: &[Act] =
    &[Act::new(Effect::Write, Scope::Untracked), Act::new(Effect::NetworkIn, Scope::Remote)];
