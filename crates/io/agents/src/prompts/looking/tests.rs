use std::os::unix::net::UnixListener;

use super::super::{Bound, Listener};
use super::*;

/// Nothing is waited for in these tests but what never comes.
const SHORT: Duration = Duration::from_millis(50);

fn prompt(session: &str) -> Prompt {
    Prompt { session: session.to_owned(), tool: "Bash".to_owned(), ..Prompt::default() }
}

fn answer() -> Answer {
    Answer { allow: true, reason: None, to: Bound::default(), call: None, by: "test".to_owned() }
}

/// A socket of a hook, made by a test.
fn socket(home: &Path, name: &str) -> UnixListener {
    fs::create_dir_all(folder(home)).unwrap();
    UnixListener::bind(folder(home).join(name)).unwrap()
}

/// The number of a process that has ended.
fn ended() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn silences(look: &Look) -> Vec<(&str, &Silence)> {
    look.silent.iter().map(|silent| (silent.session.as_str(), &silent.why)).collect()
}

#[test]
fn what_a_killed_hook_left_goes() {
    let home = tempfile::tempdir().unwrap();
    let (own, gone) = (std::process::id(), ended());
    let names = [format!("s-{gone}.sock"), format!("s-{gone}.new"), format!("s-{own}.new")];
    // Closed, and not removed.
    names.iter().for_each(|name| drop(socket(home.path(), name)));
    let found = look(home.path(), None);
    assert!(found.waiting.is_empty() && found.silent.is_empty(), "{found:?}");
    let left: Vec<String> = fs::read_dir(folder(home.path()))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, names[2..], "one that opens its socket just now is left alone");
    drop(socket(home.path(), &names[0]));
    assert!(!listening(home.path()).is_for("s") && !folder(home.path()).join(&names[0]).exists());
}

#[test]
fn a_hook_that_does_not_answer_is_told() {
    let home = tempfile::tempdir().unwrap();
    let own = std::process::id();
    let _mute = socket(home.path(), &format!("mute-{own}.sock"));
    let found = look_for(home.path(), None, SHORT);
    assert_eq!(silences(&found), [("mute", &Silence::Mute)]);
    assert!(found.silent[0].to_string().contains(&format!("process {own}")), "{:?}", found.silent);
    let listening = listening(home.path());
    assert_eq!(["mute", "other"].map(|session| listening.is_for(session)), [true, false]);
}

#[test]
fn a_hook_that_does_not_answer_keeps_nobody_else_from_it() {
    let home = tempfile::tempdir().unwrap();
    let own = std::process::id();
    let mute = socket(home.path(), &format!("a-{own}.sock"));
    let babbling = socket(home.path(), &format!("b-{own}.sock"));
    let listener = Listener::open(home.path(), &prompt("c")).unwrap();
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| look_for(home.path(), None, Duration::from_secs(60)));
        babbling.accept().unwrap().0.write_all(b"{\"session\":1}\n").unwrap();
        assert!(listener.answer(Duration::from_secs(10), |_| true).unwrap().is_none());
        // The others were heard while it said nothing.
        drop((listener, babbling, mute));
        let found = looks.join().unwrap();
        assert_eq!(found.waiting.iter().map(|one| one.prompt.session.as_str()).collect::<Vec<_>>(), ["c"]);
        let silent = silences(&found);
        let unread = matches!(silent[..], [("b", Silence::Unread(why))] if why.contains("another version"));
        assert!(unread, "{silent:?}");
    });
}

#[test]
fn a_stopped_hook_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let _asks = socket(home.path(), &format!("s-{}.sock", child.id()));
    let pid = Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    while !System.facts(child.id()).unwrap().stopped {
        std::thread::yield_now();
    }
    // Longer than any test takes.
    let found = look_for(home.path(), None, Duration::from_secs(3600));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(silences(&found), [("s", &Silence::Stopped)]);
}

/// Elsewhere a full queue looks as if nobody were there.
#[cfg(target_os = "linux")]
#[test]
fn a_full_queue_holds_nobody_up() {
    let home = tempfile::tempdir().unwrap();
    let full = socket(home.path(), &format!("s-{}.sock", std::process::id()));
    rustix::net::listen(&full, 0).unwrap();
    let path = places(home.path()).remove(0).socket;
    let mut inside = Vec::new();
    let last = loop {
        match connect(&path) {
            Ok(stream) => inside.push(stream),
            Err(error) => break error,
        }
    };
    assert_eq!(last, Errno::AGAIN);
    assert!(listening(home.path()).is_for("s"));
    assert_eq!(silences(&look_for(home.path(), None, SHORT)), [("s", &Silence::Mute)]);
    // Once there is room it is heard.
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| look_for(home.path(), None, Duration::from_secs(60)));
        let asked = serde_json::to_string(&prompt("s")).unwrap() + "\n";
        let serves = scope.spawn(move || {
            for _ in 0..=inside.len() {
                // Those before it have gone, or go.
                full.accept().unwrap().0.write_all(asked.as_bytes()).ok();
            }
        });
        assert_eq!(looks.join().unwrap().waiting.len(), 1);
        serves.join().unwrap();
    });
}

/// What becomes of an answer, by what the hook does with it.
fn became(hook: impl FnOnce(UnixStream) + Send) -> Became {
    let home = tempfile::tempdir().unwrap();
    let own = socket(home.path(), &format!("s-{}.sock", std::process::id()));
    std::thread::scope(|scope| {
        let serves = scope.spawn(move || {
            let asked = serde_json::to_string(&prompt("s")).unwrap() + "\n";
            let meet = || {
                let (mut stream, _) = own.accept().unwrap();
                stream.write_all(asked.as_bytes()).unwrap();
                stream
            };
            drop(meet());
            hook(meet());
        });
        let waiting = look(home.path(), None).waiting.remove(0);
        let became = waiting.answer(&answer());
        serves.join().unwrap();
        became
    })
}

fn read(stream: &UnixStream) {
    BufReader::new(stream).read_line(&mut String::new()).unwrap();
}

#[test]
fn who_hears_nothing_of_an_answer_that_was_given_knows_nothing() {
    // Killed: it may have told the client first.
    assert_eq!(became(|stream| read(&stream)), Became::Unheard);
    // With the answer unread, which resets the connection.
    assert_eq!(
        became(|stream| {
            let mut waits = [PollFd::new(&stream, PollFlags::IN)];
            poll(&mut waits, None).unwrap();
        }),
        Became::Unheard
    );
    let tells = |told: &'static str| {
        became(move |mut stream| {
            read(&stream);
            stream.write_all(told.as_bytes()).unwrap();
        })
    };
    assert_eq!(tells("\"Deliv"), Became::Unheard);
    assert_eq!(tells("\"Delivered\"\n"), Became::Delivered);
    assert_eq!(tells("\"TooLate\"\n"), Became::TooLate);
    assert_eq!(tells("{\"Refused\":\"no\"}\n"), Became::Refused("no".to_owned()));
    // Gone before it could be given anything: nobody has it.
    let home = tempfile::tempdir().unwrap();
    let own = socket(home.path(), "s-1.sock");
    let place = places(home.path()).remove(0);
    let waiting = Waiting { prompt: prompt("s"), place };
    drop(own);
    assert_eq!(waiting.answer(&answer()), Became::TooLate);
}
