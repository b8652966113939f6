//! Two machines and more, without a network: who belongs, bundles, a shared folder, and how near each has come.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use claudectl_hive::bundle;
use claudectl_hive::claim::{Claim, Class, Content, HiveId, Kind, Verified, Version};
use claudectl_hive::clock::Millis;
use claudectl_hive::egress::Exposure;
use claudectl_hive::key::{PublicKey, SecretKey};
use claudectl_hive::members::{Action, Members, Role};
use claudectl_store::Store;
use claudectl_store::hive::identity;
use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::{json, world};

fn now(world: &World) -> Millis {
    let now: jiff::Timestamp = world.now().parse().unwrap();
    Millis(now.as_millisecond().cast_unsigned())
}

fn id(world: &World) -> String {
    json(world, &["hive", "id", "--json"])["key"].as_str().unwrap().to_owned()
}

/// A hive founded by the first, of which the others are members by now, called b, c, ...
pub(crate) fn hive(worlds: &[&World]) -> HiveId {
    let [first, others @ ..] = worlds else { panic!("nobody") };
    let founded = json(first, &["hive", "create", "home", "--as", "a", "--json"]);
    for (world, name) in others.iter().zip(["b", "c", "d"]) {
        first.run(["hive", "member", "add", &id(world), name]).success();
    }
    for (world, name) in others.iter().zip(["b", "c", "d"]) {
        let file = first.root().join(format!("for-{name}"));
        first.run(["hive", "export", "--for", name, "-o", file.to_str().unwrap()]).success();
        let joined = world.run(["hive", "import", file.to_str().unwrap(), "--join"]).success();
        assert!(joined.stderr.contains("belongs to the hive home now"), "{}", joined.stderr);
    }
    founded["hive"].as_str().unwrap().parse().unwrap()
}

fn key(world: &World) -> SecretKey {
    identity::read(&world.state_dir()).unwrap().unwrap()
}

/// A version that a machine would say, not said yet: what it says was seen so often.
fn version(world: &World, hive: HiveId, command: &str, seen: Option<&str>) -> Verified {
    let mut store = Store::open(&world.state_dir().join("state.db")).unwrap();
    let author = key(world).public();
    let class = Class::everyone(hive);
    let seq = store.hive_author(&class.id(), &author).unwrap().1 + 1;
    let claim = Claim {
        author,
        class,
        kind: Kind::new("pattern").unwrap(),
        scope: String::new(),
        key: vec!["Bash".to_owned(), command.to_owned()],
        condition: None,
        family: String::new(),
    };
    let body = |seen: &str| {
        format!(r#"{{"action":"approve","agreed":{seen},"command":"{command}","of":{seen},"tool":"Bash"}}"#)
    };
    let content = seen.map_or(Content::Tombstone, |seen| Content::Body(body(seen).into_bytes()));
    let hlc = store.hive_stamp(now(world)).unwrap();
    Version { claim, hlc, seq, expires: None, content }.sign(&key(world)).unwrap()
}

/// Says it, and lets it leave.
fn says(world: &World, hive: HiveId, command: &str, seen: Option<&str>) {
    let version = version(world, hive, command, seen);
    let mut store = Store::open(&world.state_dir().join("state.db")).unwrap();
    store.hive_put_exposure(&[version.brief().claim], Some(Exposure::Expose)).unwrap();
    store.hive_take(&[version], now(world)).unwrap();
}

/// The same, and keeps it to itself.
fn says_hidden(world: &World, hive: HiveId, command: &str) {
    let version = version(world, hive, command, Some("1"));
    let mut store = Store::open(&world.state_dir().join("state.db")).unwrap();
    store.hive_take(&[version], now(world)).unwrap();
}

/// A hive that somebody else has founded, whose machines and knowledge are named by `text`: the bundle by which `world` has
/// joined it as `home`, and a claim of it.
pub(crate) fn signed_by_another(world: &World, text: &str, token: &str) -> (PathBuf, String) {
    let other = crate::world();
    let founded = json(&other, &["hive", "create", "home", "--json"]);
    let hive: HiveId = founded["hive"].as_str().unwrap().parse().unwrap();
    let mut store = Store::open(&other.state_dir().join("state.db")).unwrap();
    let ops = store.hive_ops(&hive).unwrap();
    let mut members = Members::found(&ops[0]).unwrap();
    let me: PublicKey = id(world).parse().unwrap();
    let named =
        |key, name: &str| Action::Add { key, role: Role::Owner, name: name.chars().take(60).collect() };
    for action in [named(me, token), named(SecretKey::from_bytes(&[7; 32]).public(), text)] {
        let hlc = store.hive_stamp(now(&other)).unwrap();
        let op = members.next(key(&other).public(), hlc, action).sign(&key(&other)).unwrap();
        members.insert([&op]);
    }
    drop(store);
    let mut said = version(&other, hive, "make", Some("9")).version().clone();
    said.claim.key[1] = text.chars().take(200).collect();
    let body =
        json!({"action": "approve", "agreed": 9, "command": said.claim.key[1], "of": 9, "tool": "Bash"});
    said.content = Content::Body(body.to_string().into_bytes());
    let claim = said.claim.id().to_string();
    let mut opaque = version(&other, hive, "x", Some("1")).version().clone();
    opaque.claim.kind = Kind::new("of-tomorrow").unwrap();
    (opaque.claim.key, opaque.claim.scope, opaque.seq) =
        (vec![token.to_owned()], token.to_owned(), opaque.seq + 1);
    let said = [said, opaque].map(|said| bundle::version(&said.sign(&key(&other)).unwrap()));
    let ops = members.ops().map(|(_, op)| bundle::op(op));
    let head = bundle::head(&key(&other).public());
    let lines: String = std::iter::once(head).chain(ops).chain(said).collect();
    let file = world.write("work/bundle", lines);
    let taken =
        world.run(["hive", "import", file.to_str().unwrap(), "--join", "home", "--json"]).success().json();
    assert_eq!((&taken["new"], taken["refused"].as_array().unwrap().len()), (&json!(2), 0), "{taken}");
    (file, claim)
}

fn digest(world: &World, hive: HiveId) -> Value {
    let store = Store::open(&world.state_dir().join("state.db")).unwrap();
    let digest = store.hive_digest(&Class::everyone(hive).id()).unwrap();
    json!([digest.count, claudectl_hive::bytes::hex(&digest.hash)])
}

pub(crate) fn sync(world: &World, dir: &Path) -> Value {
    json(world, &["hive", "sync", dir.to_str().unwrap(), "--json"])
}

/// Two members of the hive `home`, the first its owner, and the folder through which they have exchanged something.
pub(crate) fn two_that_have_met() -> (World, World, tempfile::TempDir) {
    let (a, b) = (world(), world());
    let home = hive(&[&a, &b]);
    let dir = tempfile::tempdir().unwrap();
    says(&a, home, "cargo test", Some("1"));
    for world in [&a, &b, &a] {
        sync(world, dir.path());
    }
    (a, b, dir)
}

/// Somebody else owns a hive, too.
pub(crate) fn with_another_owner(world: &World, hive: &str) {
    let other = id(&crate::world());
    world.run(["hive", "member", "add", "--hive", hive, &other, "other", "--role", "owner"]).success();
}

#[test]
fn a_machine_has_one_key_for_its_owner_alone() {
    let world = world();
    let first = json(&world, &["hive", "id", "--json"]);
    assert_eq!(json(&world, &["hive", "id", "--json"]), first);
    let words = first["words"].as_str().unwrap();
    assert_eq!(words.split(['-', ' ']).count(), 4, "{words}");
    let file = world.state_dir().join("hive.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = world.run(["hive", "id"]).success().stdout;
    assert!(shown.contains(words) && shown.contains(first["fingerprint"].as_str().unwrap()), "{shown}");
    let secret = fs::read_to_string(&file).unwrap();
    assert!(!shown.contains(secret.trim()));
    // One that others could have read is not used.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = world.run(["hive", "id"]).fails_with(3);
    assert!(refused.stderr.contains("can be read or changed by others"), "{}", refused.stderr);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
}

#[test]
fn two_machines_come_to_the_same_through_a_folder() {
    let (a, b) = (world(), world());
    let home = hive(&[&a, &b]);
    let dir = tempfile::tempdir().unwrap();
    for command in ["cargo test", "make lint", "git status"] {
        says(&a, home, command, Some("1"));
    }
    says(&b, home, "npm ci", Some("2"));
    let first = sync(&a, dir.path());
    assert_eq!((&first["files"], &first["given"]["versions"]), (&json!(0), &json!(3)));
    let taken = sync(&b, dir.path());
    assert_eq!((&taken["new"], &taken["given"]["versions"]), (&json!(3), &json!(1)));
    assert_eq!(taken["refused"], json!([]));
    // The first one learns what arrived, and takes what it lacks.
    assert_eq!(sync(&a, dir.path())["new"], 1);
    assert_eq!(digest(&a, home), digest(&b, home));
    let near = json(&a, &["hive", "convergence", "--detail", "--json"]);
    assert_eq!((&near["local_total"], &near["peer_count"]), (&json!(4), &json!(1)));
    // What a took just now, b has not said yet that it holds; it was b's own, and stands in its file.
    let peer = &near["peers"][0];
    assert_eq!(
        (&peer["name"], &peer["units_sent"], &peer["converged"]),
        (&json!("b"), &json!(4), &json!(true))
    );
    assert_eq!(peer["out"], json!({"acknowledged": 4, "may_have": 4}));
    assert_eq!((&peer["identical"], &peer["lag_secs"]), (&json!(true), &json!(null)));
    assert_eq!(sync(&b, dir.path())["given"]["versions"], 0);
    let again = sync(&a, dir.path());
    assert_eq!(
        (&again["new"], &again["newer"], &again["known"], &again["given"]["versions"]),
        (&json!(0), &json!(0), &json!(0), &json!(0))
    );
    assert_eq!(json(&b, &["hive", "convergence", "--json"])["median_ratio"], 1.0);
    // What is deleted goes there, too, and does not come back.
    says(&a, home, "make lint", None);
    let lagging = json(&a, &["hive", "convergence", "--detail", "--json"]);
    assert_eq!(lagging["peers"][0]["out"], json!({"acknowledged": 3, "may_have": 4}));
    sync(&a, dir.path());
    assert_eq!(sync(&b, dir.path())["newer"], 1);
    sync(&a, dir.path());
    assert_eq!(json(&a, &["hive", "convergence", "--json"])["local_total"], 3);
    assert_eq!(digest(&a, home), digest(&b, home));
    let shown = a.run(["hive", "convergence", "--detail"]).success().stdout;
    assert!(shown.contains("converged") && shown.contains("identical"), "{shown}");
    let own: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(own.len(), 2, "a file for each machine");
}

#[test]
fn three_machines_and_one_in_between() {
    let (a, b, c) = (world(), world(), world());
    let home = hive(&[&a, &b, &c]);
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    says(&a, home, "cargo test", Some("1"));
    says(&c, home, "make", Some("1"));
    // b learns of c by a's bundle: it was taken in after b's own came.
    for (world, dir) in [
        (&a, &left),
        (&b, &left),
        (&c, &right),
        (&b, &right),
        (&c, &right),
        (&b, &right),
        (&b, &left),
        (&a, &left),
        (&b, &left),
    ] {
        sync(world, dir.path());
    }
    assert_eq!(digest(&a, home), digest(&b, home));
    assert_eq!(digest(&b, home), digest(&c, home));
    assert_eq!(json(&b, &["hive", "convergence", "--json"])["converged_count"], 2);
}

#[test]
fn what_is_not_a_member_s_is_refused_and_the_rest_is_taken() {
    let (a, b, stranger) = (world(), world(), world());
    let home = hive(&[&a, &b]);
    stranger.run(["hive", "create", "other"]).success();
    let good = version(&b, home, "cargo test", Some("1"));
    let forged = version(&stranger, home, "rm", Some("1"));
    let mut broken = bundle::version(&good);
    broken.replace_range(30..34, "AAAA");
    let text = [
        bundle::head(&key(&stranger).public()),
        bundle::version(&forged),
        "{\"later\":true}\n".to_owned(),
        "no json\n".to_owned(),
        broken,
        bundle::version(&good),
        bundle::version(&good)[..50].to_owned(),
    ]
    .concat();
    let file = a.write("bundle", text);
    let taken = json(&a, &["hive", "import", file.to_str().unwrap(), "--json"]);
    assert_eq!((&taken["new"], &taken["bad_lines"]), (&json!(1), &json!(2)), "{taken}");
    let refused: Vec<&str> =
        taken["refused"].as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
    assert!(refused.iter().any(|why| why.contains("does not belong to the hive")), "{refused:?}");
    assert_eq!(refused.len(), 2, "{refused:?}");
    let said = a.run(["hive", "import", file.to_str().unwrap()]).success();
    assert!(said.stdout.contains("1 known already"), "{}", said.stdout);
    assert!(
        said.stderr.contains(":4: no JSON object") && said.stderr.contains(":7: cut short"),
        "{}",
        said.stderr
    );
    // A machine that is no member takes nothing of it.
    let theirs = json(&stranger, &["hive", "import", file.to_str().unwrap(), "--json"]);
    assert_eq!(theirs["new"], 0);
    assert_eq!(theirs["refused"][1], json!({"why": "of a hive this machine does not belong to", "count": 2}));
}

#[test]
fn who_is_put_out_is_heard_no_more_and_what_it_wrote_stays() {
    let (a, b) = (world(), world());
    let home = hive(&[&a, &b]);
    let dir = tempfile::tempdir().unwrap();
    says(&b, home, "before", Some("1"));
    sync(&b, dir.path());
    sync(&a, dir.path());
    a.run(["hive", "member", "rm", "b"]).success();
    let listed = json(&a, &["hive", "member", "ls", "--json"]);
    let of = |name: &str| {
        listed["members"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(
        (&of("b")["role"], &of("a")["role"], &of("a")["is_me"]),
        (&json!(null), &json!("owner"), &json!(true))
    );
    // Its clock goes on, and it writes more: nobody takes that.
    let mut later = b;
    later.set_now("2099-01-01T00:00:00Z");
    says(&later, home, "after", Some("1"));
    sync(&later, dir.path());
    let taken = sync(&a, dir.path());
    assert_eq!(taken["new"], 0, "{taken}");
    assert_eq!(json(&a, &["hive", "convergence", "--json"])["local_total"], 1);
    // Only owners say who belongs, and a hive keeps one.
    let refused = later.run(["hive", "member", "rm", "a"]).fails_with(1);
    assert!(refused.stderr.contains("an owner says who belongs"), "{}", refused.stderr);
    let last = a.run(["hive", "member", "role", "a", "reader"]).fails_with(1);
    assert!(last.stderr.contains("nobody in home would go by that"), "{}", last.stderr);
}

#[test]
fn names_keys_and_empty_states_say_what_to_do() {
    let world = world();
    for (args, code, said) in [
        (vec!["hive", "member", "ls"], 1, "claudectl hive create NAME"),
        (vec!["hive", "export"], 1, "belongs to no hive"),
        (vec!["hive", "sync", "."], 1, "belongs to no hive"),
        (vec!["hive", "create", "../x"], 2, "is no name"),
        (vec!["hive", "peer", "add", "abc", "laptop"], 2, "is no key"),
        (vec!["hive", "peer", "rm", "nobody"], 1, "no machine is called"),
    ] {
        let failed = world.run(&args).fails_with(code);
        assert!(failed.stderr.contains(said), "{args:?}: {}", failed.stderr);
        assert!(failed.stdout.is_empty());
    }
    assert!(world.run(["hive", "peer"]).success().stdout.contains("No other machine is known here"));
    assert_eq!(json(&world, &["hive", "peer", "ls", "--json"]), json!({"peers": []}));
    world.run(["hive", "create", "home"]).success();
    let twice = world.run(["hive", "create", "home"]).fails_with(1);
    assert!(twice.stderr.contains("already belongs"), "{}", twice.stderr);
    let other = crate::world();
    let key = id(&other);
    world.run(["hive", "peer", "add", &key, "laptop"]).success();
    let taken = world.run(["hive", "peer", "add", &id(&world), "me"]).fails_with(2);
    assert!(taken.stderr.contains("the key of this machine"), "{}", taken.stderr);
    world.run(["hive", "member", "add", "laptop"]).success();
    let member = world.run(["hive", "peer", "rm", &key[..8]]).fails_with(1);
    assert!(member.stderr.contains("belongs to the hive home"), "{}", member.stderr);
    // A bundle of a hive that has this machine is offered, and not taken unasked.
    let file = world.root().join("bundle");
    world.run(["hive", "export", "-o", file.to_str().unwrap()]).success();
    let offered = other.run(["hive", "import", file.to_str().unwrap()]).fails_with(1);
    assert!(offered.stderr.contains("--join"), "{}", offered.stderr);
    assert_eq!(
        json(&other, &["hive", "import", file.to_str().unwrap(), "--json"])["offered"][0]["name"],
        "home"
    );
    // An older file is not replaced unless that is said.
    let there = world.run(["hive", "export", "-o", file.to_str().unwrap()]).fails_with(3);
    assert!(there.stderr.contains("--force"), "{}", there.stderr);
    world.run(["hive", "export", "--force", "-o", file.to_str().unwrap()]).success();
}

#[test]
fn the_state_is_written_for_programs_that_read_the_published_one() {
    let (a, b) = (world(), world());
    let home = hive(&[&a, &b]);
    let dir = tempfile::tempdir().unwrap();
    says(&a, home, "cargo test", Some("1"));
    for world in [&a, &b, &a] {
        sync(world, dir.path());
    }
    a.run(["hive", "convergence", "--write-state"]).success();
    let state: Value =
        serde_json::from_slice(&fs::read(a.state_dir().join("hive/sync_state.json")).unwrap()).unwrap();
    let key = id(&b);
    assert_eq!(state[&key]["peer_id"], key.as_str());
    assert_eq!(state[&key]["units_sent"].as_array().unwrap().len(), 1);
    let alone = world();
    let refused = alone.run(["hive", "convergence", "--write-state"]).fails_with(1);
    assert!(refused.stderr.contains("knows no other"), "{}", refused.stderr);
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let (a, b, dir) = two_that_have_met();
    let home: HiveId =
        json(&a, &["hive", "member", "ls", "--json"])["hive"].as_str().unwrap().parse().unwrap();
    let (old, before) = (id(&b), fs::read(b.state_dir().join("hive.key")).unwrap());
    let rotated = json(&b, &["hive", "rotate", "--json"]);
    assert_eq!((&rotated["old"], &rotated["key"]), (&json!(old), &json!(id(&b))));
    assert_ne!(id(&b), old);
    assert_ne!(fs::read(b.state_dir().join("hive.key")).unwrap(), before);
    assert!(!b.state_dir().join("hive.key.next").exists());
    says(&b, home, "make", Some("1"));
    sync(&b, dir.path());
    assert_eq!(sync(&a, dir.path())["new"], 1, "the new key is heard");
    let listed = json(&a, &["hive", "member", "ls", "--json"]);
    let of = |key: &str| {
        listed["members"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap().clone()
    };
    assert_eq!((&of(&old)["role"], &of(&old)["successor"]), (&json!(null), &json!(id(&b))));
    assert_eq!(of(&id(&b))["role"], "member");
    // What the old key says from now on is nobody's.
    let file = a.write("old", {
        let old = SecretKey::from_bytes(
            &claudectl_hive::bytes::from_hex(std::str::from_utf8(&before).unwrap().trim()).unwrap(),
        );
        let mut claim = version(&b, home, "rm", Some("1")).version().clone();
        claim.claim.author = old.public();
        claim.hlc = claudectl_hive::clock::Hlc::new(Millis(now(&b).0 + 60_000), 0);
        bundle::version(&claim.sign(&old).unwrap())
    });
    let taken = json(&a, &["hive", "import", file.to_str().unwrap(), "--json"]);
    assert_eq!((&taken["new"], taken["refused"].as_array().unwrap().len()), (&json!(0), 1), "{taken}");
}

#[test]
fn who_leaves_is_out_for_the_others() {
    let (a, b, _dir) = two_that_have_met();
    let last = a.run(["hive", "leave", "home"]).fails_with(1);
    assert!(last.stderr.contains("nobody in home would go by that"), "{}", last.stderr);
    let file = b.root().join("left");
    b.run(["hive", "leave", "home", "-o", file.to_str().unwrap()]).success();
    assert!(b.run(["hive", "member", "ls"]).fails_with(1).stderr.contains("belongs to no hive"));
    assert_eq!(json(&a, &["hive", "import", file.to_str().unwrap(), "--json"])["operations"], 1);
    let listed = json(&a, &["hive", "member", "ls", "--json"]);
    let out: Vec<&Value> =
        listed["members"].as_array().unwrap().iter().filter(|one| one["role"].is_null()).collect();
    assert_eq!(out.len(), 1);
    assert_eq!(out[0]["name"], "b");
}

#[test]
fn who_says_two_things_under_one_number_is_shown_to_everybody() {
    let (a, b, dir) = two_that_have_met();
    let home: HiveId =
        json(&a, &["hive", "member", "ls", "--json"])["hive"].as_str().unwrap().parse().unwrap();
    // The same number for two things: one goes to a, one to a third.
    let (one, two) = (version(&b, home, "make one", Some("1")), version(&b, home, "make two", Some("1")));
    assert_eq!(one.brief().seq, two.brief().seq);
    let file = a.write("two", [bundle::version(&one), bundle::version(&two)].concat());
    a.run(["hive", "import", file.to_str().unwrap()]).success();
    let c = world();
    a.run(["hive", "member", "add", &id(&c), "c"]).success();
    let given = a.root().join("for-c");
    a.run(["hive", "export", "--for", "c", "-o", given.to_str().unwrap()]).success();
    c.run(["hive", "import", given.to_str().unwrap(), "--join"]).success();
    let store = Store::open(&c.state_dir().join("state.db")).unwrap();
    let proofs = store.hive_proofs(&Class::everyone(home).id()).unwrap();
    assert_eq!(proofs.iter().map(|proof| proof.author.to_string()).collect::<Vec<_>>(), [id(&b)]);
    // A bundle with a proof that is none is taken all the same.
    let bad = a.write("bad", "{\"proof\":\"AAAA\"}\n");
    let taken = json(&a, &["hive", "import", bad.to_str().unwrap(), "--json"]);
    assert!(taken["refused"][0]["why"].as_str().unwrap().starts_with("no proof: "), "{taken}");
    drop(dir);
}

#[test]
fn what_stays_hidden_keeps_nobody_from_being_identical() {
    let (a, b, dir) = two_that_have_met();
    let home: HiveId =
        json(&a, &["hive", "member", "ls", "--json"])["hive"].as_str().unwrap().parse().unwrap();
    says_hidden(&a, home, "make secret");
    for world in [&a, &b, &a] {
        sync(world, dir.path());
    }
    let near = json(&a, &["hive", "convergence", "--detail", "--json"]);
    let peer = &near["peers"][0];
    assert_eq!(peer["out"], json!({"acknowledged": 1, "may_have": 1}));
    assert_eq!((&peer["identical"], &peer["lag_secs"]), (&json!(true), &json!(null)));
    // The seed's figure counts all that is here.
    assert_eq!(
        (&near["local_total"], &peer["units_sent"], &peer["ratio"]),
        (&json!(2), &json!(1), &json!(0.5))
    );
}
