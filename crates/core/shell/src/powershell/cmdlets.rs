//! What cmdlets do, by their names, aliases and parameters: data, an entry a cmdlet.
//!
//! A parameter that is not listed is not known, and a call with it is not proven. Names may be shortened, and are the
//! same in letters of both cases, as PowerShell has it.

use crate::effect::{Act, Effect, Scope};
use crate::grammar::{
    ASKS_REMOTE, CHANGES_SYSTEM, DESTROYS_SYSTEM, ENDS, INSTALLS_SYSTEM, LOOKS, PERSISTS, RUNS_UNKNOWN,
    SHOWS_SECRET, TAKES_DOWN, WITH_RIGHTS,
};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It names nothing.
    Text,
    /// Objects that come out again.
    Object,
    /// A file or folder that is read.
    Read,
    /// One that is made or replaced.
    Write,
    /// One that is changed.
    Edit,
    /// One that is removed.
    Delete,
    /// One that is taken elsewhere.
    Move,
    /// The folder that is worked in.
    Folder,
    /// An address that is asked.
    Url,
    /// A file that is sent.
    Upload,
    /// What is sent.
    Sent,
    /// A machine that is asked whether it is there.
    Lookup,
    /// A machine that something is done on.
    Machine,
    /// Commands, for each object that comes.
    Block,
    /// The same, or the name of what each object is asked for, or told to do.
    Each,
    /// Commands in a text.
    Code,
    /// A program.
    Program,
    /// Its arguments.
    Arguments,
    /// A module or an assembly that is loaded.
    Module,
    /// Nobody knows.
    Unknown,
}

/// An entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cmdlet {
    /// Its name and its aliases, parted by bars.
    pub(super) names: &'static str,
    /// Parameters with a value, with their aliases.
    pub(super) values: &'static [(&'static str, Kind)],
    /// Parameters without one.
    pub(super) switches: &'static str,
    /// What stands without a parameter; all more are what the last one is, if it is a list.
    pub(super) positions: &'static [Kind],
    /// What comes through the bar.
    pub(super) piped: Kind,
    /// What every call does.
    pub(super) acts: &'static [Act],
    /// What comes out is what came in, or some of it.
    pub(super) passes: bool,
}

const fn cmdlet(names: &'static str) -> Cmdlet {
    Cmdlet { names, values: &[], switches: "", positions: &[], piped: Kind::Object, acts: &[], passes: false }
}

/// One that shows something of this machine, whichever parameters it has of these.
const fn looks(names: &'static str) -> Cmdlet {
    cmdlet(names).values(ABOUT).switches(SHOWN).positions(&[Kind::Text, Kind::Text]).acts(LOOKS)
}

impl Cmdlet {
    const fn values(self, values: &'static [(&'static str, Kind)]) -> Self {
        Self { values, ..self }
    }

    const fn switches(self, switches: &'static str) -> Self {
        Self { switches, ..self }
    }

    const fn positions(self, positions: &'static [Kind]) -> Self {
        Self { positions, ..self }
    }

    const fn piped(self, piped: Kind) -> Self {
        Self { piped, ..self }
    }

    const fn acts(self, acts: &'static [Act]) -> Self {
        Self { acts, ..self }
    }

    const fn passes(self) -> Self {
        Self { passes: true, ..self }
    }
}

const ABOUT: &[(&str, Kind)] = &[
    (
        "name|id|processname|displayname|module|type|class|classname|noun|verb|property|logname|list|filterhashtable",
        Kind::Text,
    ),
    (
        "maxevents|newest|newer|after|before|format|uformat|date|year|month|day|hour|minute|second|millisecond|scope",
        Kind::Text,
    ),
    (
        "minimum|maximum|count|setseed|parametername|topic|category|component|functionality|role|filter|interfacealias",
        Kind::Text,
    ),
    (
        "interfaceindex|addressfamily|localport|remoteport|state|driveletter|number|taskname|taskpath|version|namespace",
        Kind::Text,
    ),
    (
        "query|include|exclude|commandtype|argumentlist|totalcount|start|end|definition|valueonly|asstring|culture|inputobject|view",
        Kind::Text,
    ),
    ("computername|cn", Kind::Machine),
];
const SHOWN: &str = "listavailable|full|detailed|examples|online|all|force|static|includeusername|fileversioninfo|\
    requiredservices|dependentservices|asutc|displayhint|syntax|showcommandinfo|refresh|currentuser|alluser|\
    stack|psprovider|oldest|valueonly|asstring|shuffle|useabbreviatedname|listimported|includesystemsiblings|physical";
const PATHS: &[(&str, Kind)] = &[
    ("path|pspath|literalpath|lp", Kind::Read),
    ("filter|include|exclude|name|stream|encoding|credential", Kind::Text),
];
const SHAPED: &[(&str, Kind)] = &[
    (
        "property|excludeproperty|expandproperty|groupby|view|expression|inputobject|unique|first|last|skip|skiplast",
        Kind::Object,
    ),
    (
        "index|top|bottom|culture|width|column|depth|displayerror|delimiter|header|as|errorsview|indent|asarray",
        Kind::Text,
    ),
];
const SHAPES: &str = "descending|casesensitive|stable|wait|autosize|wrap|hidetableheaders|repeatheader|force|showerror|\
    noelement|ashashtable|asstring|average|sum|maximum|minimum|standarddeviation|allstats|line|word|character|\
    ignorewhitespace|compress|enumsasstrings|asarray|notypeinformation|includetypeinformation|useculture|noheader|\
    nonewline|unique|displayerror|fragment|noenumerate|paging|enumerate|ascollection";

/// All, in no order that matters.
pub(super) const CMDLETS: &[Cmdlet] = &[
    // Files that are read.
    cmdlet("get-childitem|gci|ls|dir")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("filter|include|exclude|depth|attributes", Kind::Text),
        ])
        .switches("recurse|s|force|name|directory|ad|d|file|af|hidden|ah|h|readonly|ar|system|as|followsymlink")
        .positions(&[Kind::Read, Kind::Text])
        .piped(Kind::Read),
    cmdlet("get-content|gc|cat|type")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("readcount|totalcount|first|head|tail|last|filter|include|exclude|delimiter|encoding|stream", Kind::Text),
        ])
        .switches("force|wait|raw|asbytestream")
        .positions(&[Kind::Read])
        .piped(Kind::Read),
    cmdlet("select-string|sls")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("pattern|include|exclude|encoding|context|culture|inputobject", Kind::Text),
        ])
        .switches("simplematch|casesensitive|quiet|list|notmatch|allmatches|raw|noemphasis")
        .positions(&[Kind::Text, Kind::Read])
        .piped(Kind::Read),
    cmdlet("get-item|gi|get-itemproperty|gp|get-itempropertyvalue|gpv|get-acl|resolve-path|rvpa|convert-path|get-authenticodesignature")
        .values(PATHS)
        .switches("force|relative|audit")
        .positions(&[Kind::Read, Kind::Text])
        .piped(Kind::Read),
    cmdlet("get-filehash|format-hex|fhx|import-csv|ipcsv|import-powershelldatafile|test-json")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("algorithm|count|offset|encoding|delimiter|header|json|schema", Kind::Text),
        ])
        .switches("raw|useculture")
        .positions(&[Kind::Read, Kind::Text])
        .piped(Kind::Read),
    cmdlet("test-path|split-path|join-path")
        .values(&[
            ("path|literalpath|pspath|lp|childpath|additionalchildpath|filter|include|exclude|pathtype|newerthan|olderthan", Kind::Text),
        ])
        .switches("isvalid|leaf|parent|qualifier|noqualifier|extension|leafbase|isabsolute|resolve")
        .positions(&[Kind::Text, Kind::Text, Kind::Text])
        .acts(LOOKS),
    cmdlet("set-location|cd|sl|chdir|push-location|pushd")
        .values(&[("path|literalpath|pspath|lp", Kind::Folder), ("stackname", Kind::Text)])
        .switches("passthru")
        .positions(&[Kind::Folder]),
    cmdlet("pop-location|popd").switches("passthru"),
    // What only shapes what comes.
    cmdlet("select-object|select|sort-object|sort|get-unique|gu").values(SHAPED).switches(SHAPES).positions(&[Kind::Object]).passes(),
    cmdlet("group-object|group|measure-object|measure|format-table|ft|format-list|fl|format-wide|fw|format-custom|fc|out-string|oss|out-host|oh|out-default|convertto-json|convertfrom-json|convertto-csv|convertfrom-csv|convertto-html|convertto-xml|convertfrom-stringdata|get-member|gm|select-xml")
        .values(SHAPED)
        .switches(SHAPES)
        .positions(&[Kind::Object]),
    cmdlet("compare-object|compare|diff")
        .values(&[("referenceobject|differenceobject|property|syncwindow|culture", Kind::Object)])
        .switches("excludedifferent|includeequal|passthru|casesensitive")
        .positions(&[Kind::Object, Kind::Object]),
    cmdlet("where-object|where|?")
        .values(&[
            ("filterscript", Kind::Block),
            ("property|value|inputobject", Kind::Object),
        ])
        .switches("eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|is|isnot|ceq|cne|cgt|cge|clt|cle|clike|cnotlike|cmatch|cnotmatch|ccontains|cnotcontains|cin|cnotin|not")
        .positions(&[Kind::Block, Kind::Object])
        .passes(),
    cmdlet("foreach-object|foreach|%")
        .values(&[
            ("process|begin|end|remainingscripts|parallel", Kind::Block),
            ("membername", Kind::Each),
            ("argumentlist", Kind::Unknown),
            ("throttlelimit|timeoutseconds|inputobject", Kind::Text),
        ])
        .switches("asjob|usenewrunspace")
        .positions(&[Kind::Each, Kind::Block, Kind::Block]),
    cmdlet("write-output|echo|write").values(&[("inputobject", Kind::Object)]).switches("noenumerate").positions(&[Kind::Object]).passes(),
    cmdlet("write-host|write-verbose|write-warning|write-error|write-debug|write-information|write-progress")
        .values(&[
            ("object|message|msg|messagedata|separator|foregroundcolor|backgroundcolor|activity|status|percentcomplete|category|errorid|tags|id", Kind::Object),
        ])
        .switches("nonewline|completed")
        .positions(&[Kind::Object, Kind::Object]),
    cmdlet("out-null|start-sleep|sleep|clear-host|cls|clear|new-timespan|set-strictmode|wait-job|wait-process|get-random|new-guid|measure-command")
        .values(&[
            ("seconds|milliseconds|duration|m|s|start|end|days|hours|minutes|version|timeout|minimum|maximum|count|inputobject|name|id", Kind::Text),
            ("expression", Kind::Block),
        ])
        .switches("off|any|shuffle|empty")
        .positions(&[Kind::Object])
        .acts(LOOKS),
    // What is shown of this machine.
    looks("get-process|gps|ps|get-service|gsv|get-date|get-location|gl|pwd|get-command|gcm|get-help|help|man|get-module|gmo|get-alias|gal"),
    looks("get-psdrive|gdr|get-psprovider|get-host|get-history|ghy|h|history|get-culture|get-uiculture|get-timezone|gtz|get-computerinfo|gin|get-uptime|get-verb"),
    looks("get-eventlog|get-winevent|get-ciminstance|gcim|get-wmiobject|gwmi|get-netipaddress|get-nettcpconnection|get-netadapter|get-netroute|get-netipconfiguration|get-dnsclientserveraddress"),
    looks("get-disk|get-volume|get-partition|get-physicaldisk|get-hotfix|get-localuser|get-localgroup|get-localgroupmember|get-scheduledtask|get-scheduledtaskinfo|get-package|get-installedmodule|get-psrepository"),
    looks("get-executionpolicy|get-job|gjb|get-error|get-pssession|get-windowsfeature|get-windowsoptionalfeature|get-mpcomputerstatus|get-netfirewallrule|get-netfirewallprofile|get-printer|get-counter|get-typedata|get-formatdata|get-event|get-tracesource|get-pscallstack|get-psbreakpoint"),
    cmdlet("test-connection|test-netconnection|tnc|resolve-dnsname")
        .values(&[
            ("targetname|computername|cn|name", Kind::Lookup),
            ("count|delay|timeoutseconds|buffersize|maxhops|port|tcpport|type|server|informationlevel|commontcpport", Kind::Text),
        ])
        .switches("ipv4|ipv6|ping|repeat|traceroute|quiet|detailed|mtusize|dnsonly|nohostsfile")
        .positions(&[Kind::Lookup, Kind::Text]),
    cmdlet("get-secret|get-secretinfo|convertfrom-securestring|get-storedcredential|get-credential|get-clipboard|gcb")
        .positions(&[Kind::Text])
        .acts(SHOWS_SECRET),
    // Files that are changed.
    cmdlet("set-content|add-content|ac|out-file")
        .values(&[
            ("path|literalpath|pspath|lp|filepath", Kind::Write),
            ("value|inputobject", Kind::Object),
            ("encoding|width|filter|include|exclude|stream", Kind::Text),
        ])
        .switches("append|force|nonewline|noclobber|passthru|asbytestream|nooverwrite")
        .positions(&[Kind::Write, Kind::Object]),
    cmdlet("tee-object|tee")
        .values(&[("filepath|path|literalpath|pspath|lp", Kind::Write), ("variable|encoding|inputobject", Kind::Text)])
        .switches("append")
        .positions(&[Kind::Write])
        .passes(),
    cmdlet("export-csv|epcsv|export-clixml")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Write),
            ("inputobject", Kind::Object),
            ("delimiter|encoding|depth|quotefields|usequotes", Kind::Text),
        ])
        .switches("append|force|noclobber|notypeinformation|includetypeinformation|useculture|noheader")
        .positions(&[Kind::Write, Kind::Text]),
    cmdlet("new-item|ni|mkdir|md")
        .values(&[("path|literalpath|pspath|name", Kind::Write), ("itemtype|type", Kind::Text), ("value|target", Kind::Object)])
        .switches("force")
        .positions(&[Kind::Write]),
    cmdlet("clear-content|clc|set-itemproperty|sp|new-itemproperty|remove-itemproperty|rp|clear-itemproperty|clp|set-item|si|clear-item|cli|set-acl")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Edit),
            ("name|value|propertytype|type|aclobject|inputobject|filter|include|exclude", Kind::Text),
        ])
        .switches("force|passthru")
        .positions(&[Kind::Edit, Kind::Text, Kind::Text])
        .piped(Kind::Edit),
    cmdlet("copy-item|copy|cp|cpi")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("destination", Kind::Write),
            ("filter|include|exclude", Kind::Text),
            ("tosession|fromsession", Kind::Unknown),
        ])
        .switches("recurse|force|container|passthru")
        .positions(&[Kind::Read, Kind::Write])
        .piped(Kind::Read),
    cmdlet("move-item|move|mv|mi|rename-item|ren|rni")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Move),
            ("destination|newname", Kind::Write),
            ("filter|include|exclude", Kind::Text),
        ])
        .switches("force|passthru")
        .positions(&[Kind::Move, Kind::Write])
        .piped(Kind::Move),
    cmdlet("expand-archive|compress-archive")
        .values(&[
            ("path|literalpath|pspath|lp", Kind::Read),
            ("destinationpath", Kind::Write),
            ("compressionlevel", Kind::Text),
        ])
        .switches("force|update|passthru")
        .positions(&[Kind::Read, Kind::Write])
        .piped(Kind::Read),
    cmdlet("remove-item|ri|rm|del|erase|rd|rmdir")
        .values(&[("path|literalpath|pspath|lp", Kind::Delete), ("filter|include|exclude|stream", Kind::Text)])
        .switches("recurse|force")
        .positions(&[Kind::Delete])
        .piped(Kind::Delete),
    // The network.
    cmdlet("invoke-webrequest|iwr|curl|wget|invoke-restmethod|irm|start-bitstransfer")
        .values(&[
            ("uri|source", Kind::Url),
            ("outfile|destination", Kind::Write),
            ("infile", Kind::Upload),
            ("body|form", Kind::Sent),
            ("method|custommethod", Kind::Object),
            ("headers|contenttype|useragent|timeoutsec|maximumredirection|maximumretrycount|retryintervalsec|sslprotocol|httpversion|authentication|token|websession|sessionvariable|displayname", Kind::Object),
            ("proxy|proxycredential|credential|certificate|certificatethumbprint", Kind::Unknown),
        ])
        .switches("usebasicparsing|disablekeepalive|passthru|followrellink|skipcertificatecheck|skipheadervalidation|skiphttperrorcheck|resume|usedefaultcredentials|allowunencryptedauthentication|preserveauthorizationonredirect|asynchronous")
        .positions(&[Kind::Url, Kind::Write])
        .piped(Kind::Sent)
        .acts(&[]),
    cmdlet("send-mailmessage")
        .values(&[("attachments", Kind::Upload), ("body|subject|to|from|smtpserver|cc|bcc|port|priority", Kind::Sent)])
        .switches("usessl|bodyashtml"),
    cmdlet("update-help|find-module|find-package|find-script").positions(&[Kind::Text]).acts(ASKS_REMOTE),
    // What runs something.
    cmdlet("invoke-expression|iex").values(&[("command", Kind::Code)]).positions(&[Kind::Code]).piped(Kind::Code),
    cmdlet("start-process|saps|start")
        .values(&[
            ("filepath|path", Kind::Program),
            ("argumentlist|args", Kind::Arguments),
            ("workingdirectory", Kind::Folder),
            ("verb", Kind::Unknown),
            ("windowstyle", Kind::Text),
            ("redirectstandardoutput|rso|redirectstandarderror|rse", Kind::Write),
            ("redirectstandardinput|rsi", Kind::Read),
            ("credential|environment", Kind::Unknown),
        ])
        .switches("wait|nonewwindow|nnw|passthru|loaduserprofile|lup|usenewenvironment")
        .positions(&[Kind::Program, Kind::Arguments]),
    cmdlet("invoke-command|icm|start-job|sajb|start-threadjob")
        .values(&[
            ("scriptblock|command|initializationscript", Kind::Block),
            ("computername|cn|hostname|vmname|session|connectionuri", Kind::Machine),
            ("filepath|argumentlist|args|credential", Kind::Unknown),
            ("name|throttlelimit", Kind::Text),
        ])
        .switches("asjob|nonewscope")
        .positions(&[Kind::Block, Kind::Unknown]),
    cmdlet("import-module|ipmo|add-type|using")
        .values(&[("name|path|literalpath|typedefinition|assemblyname|memberdefinition", Kind::Module)])
        .switches("force|passthru|global")
        .positions(&[Kind::Module]),
    cmdlet("install-module|install-package|install-script|update-module|install-windowsfeature|enable-windowsoptionalfeature|winget|choco|scoop")
        .acts(INSTALLS_SYSTEM),
    // The system.
    cmdlet("stop-process|spps|kill|stop-job|spjb|remove-job|rjb").values(&[("name|id|processname|inputobject", Kind::Text)]).switches("force|passthru").positions(&[Kind::Text]).acts(ENDS),
    cmdlet("stop-computer|restart-computer").acts(TAKES_DOWN),
    cmdlet("stop-service|spsv|start-service|sasv|restart-service|set-service|suspend-service|set-netfirewallrule|set-netfirewallprofile|new-netfirewallrule|remove-netfirewallrule|disable-netfirewallrule|set-itemsecurity|set-date|set-timezone|rename-computer|set-localuser|enable-localuser|disable-localuser|uninstall-package|uninstall-module|set-dnsclientserveraddress|clear-eventlog|remove-service|disable-windowsoptionalfeature")
        .acts(CHANGES_SYSTEM),
    cmdlet("set-mppreference|add-mppreference|remove-computer|clear-recyclebin|remove-localuser").acts(DESTROYS_SYSTEM),
    cmdlet("format-volume|clear-disk|initialize-disk|remove-partition|set-disk|reset-physicaldisk")
        .acts(&[Act::grave(Effect::Write, Scope::Device)]),
    cmdlet("register-scheduledtask|new-scheduledtask|set-scheduledtask|new-service|register-scheduledjob|register-wmievent|register-objectevent|new-localuser|set-psreadlineoption")
        .acts(PERSISTS),
    cmdlet("set-executionpolicy|add-localgroupmember|enable-psremoting|grant-smbshareaccess").acts(WITH_RIGHTS),
    cmdlet("set-alias|sal|new-alias|nal|import-alias|ipal|invoke-item|ii|invoke-cimmethod|icim|invoke-wmimethod|new-object|enter-pssession|etsn|new-pssession|nsn|import-clixml|invoke-history|ihy|r|new-psdrive|ndr|mount")
        .acts(RUNS_UNKNOWN)
        .values(&[("name|value|path|typename|comobject|argumentlist|strict", Kind::Unknown)])
        .positions(&[Kind::Unknown]),
];

/// Parameters that all have.
pub(super) const COMMON: Cmdlet = cmdlet("")
    .values(&[(
        "erroraction|ea|warningaction|wa|informationaction|infa|progressaction|errorvariable|ev|warningvariable|wv|informationvariable|iv|outvariable|ov|outbuffer|ob|pipelinevariable|pv",
        Kind::Text,
    )])
    .switches("verbose|vb|debug|db|whatif|wi|confirm|cf");

/// The entry of a name, in small letters.
pub(super) fn find(name: &str) -> Option<&'static Cmdlet> {
    CMDLETS.iter().find(|cmdlet| cmdlet.names.split('|').any(|own| own == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_has_two_entries() {
        let mut names: Vec<&str> = CMDLETS.iter().flat_map(|cmdlet| cmdlet.names.split('|')).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
