//! What the commands of the hive have in common: this machine's key, what it keeps, and who belongs.

pub(crate) mod exchange;
pub(crate) mod known;
pub(crate) mod leaving;
pub(crate) mod saying;

use std::path::{Path, PathBuf};

use claudectl_hive::claim::HiveId;
use claudectl_hive::clock::Millis;
use claudectl_hive::egress::Policy;
use claudectl_hive::key::{PublicKey, SecretKey};
use claudectl_hive::members::{self, Action, Members, Op, OpError, OpId, Role};
use claudectl_store::Store;
use claudectl_store::hive::Peer;
use claudectl_store::hive::identity::{self, IdentityError};

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};

/// Bytes of the name of a hive or a machine.
const MOST_NAME: usize = 64;

/// What this machine is and has.
#[derive(Debug)]
pub(crate) struct Hive {
    pub(crate) store: Store,
    pub(crate) key: SecretKey,
    pub(crate) joined: Vec<Joined>,
    pub(crate) now: Millis,
    /// What may leave.
    pub(crate) policy: Policy,
}

/// A hive this machine belongs to, or did.
#[derive(Debug)]
pub(crate) struct Joined {
    /// What it is called here.
    pub(crate) name: String,
    pub(crate) members: Members,
}

/// The wall of this run.
pub(crate) fn wall(app: &App) -> Millis {
    Millis(u64::try_from(app.now).unwrap_or(0))
}

/// This machine's key; made if there is none.
pub(crate) fn key(app: &App) -> Result<SecretKey> {
    let home = app.env.state_dir()?;
    identity::read_or_make(&home, &random()?).map_err(|error| no_key(app, &error))
}

/// 32 random bytes of the system's.
pub(crate) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let given = rustix::rand::getrandom(bytes.as_mut_slice(), rustix::rand::GetRandomFlags::empty());
    match given {
        Ok(32) => Ok(bytes),
        Ok(_) => Err(CliError::external("the system gives no random numbers")),
        Err(error) => Err(CliError::external("the system gives no random numbers").why(error)),
    }
}

pub(crate) fn no_key(app: &App, error: &IdentityError) -> CliError {
    let said = CliError::external(error).because(error);
    match error {
        IdentityError::Io { .. } => said.fix("check the state folder's owner and mode"),
        IdentityError::Open { path } => {
            said.why("whoever read it can write in this machine's name").fix(format!(
                "if nobody else can have used it, chmod 600 {}; else move it away, and let an owner give your new key its \
                 place: claudectl hive member retire",
                shown(&app.env, path)
            ))
        }
        IdentityError::Content { path } => said.why("it was changed, or cut short").fix(format!(
            "put it back from a backup; or move {} away, and be a new machine",
            shown(&app.env, path)
        )),
    }
}

impl Hive {
    /// Opens what this machine keeps; with its key, made if there is none.
    pub(crate) fn open(app: &App) -> Result<Self> {
        let key = key(app)?;
        let store = Store::open(&app.env.state_dir()?.join("state.db"))?;
        let mut joined = Vec::new();
        for (name, hive) in store.hives()? {
            let members = members(&store, &hive)?.ok_or_else(|| {
                CliError::external(format!(
                    "what is kept of the hive {name} does not begin with its founding"
                ))
                .fix("claudectl hive import a bundle of it")
            })?;
            joined.push(Joined { name, members });
        }
        let policy = leaving::policy(app.env.home.as_deref());
        Ok(Self { store, key, joined, now: wall(app), policy })
    }

    /// This machine, as others know it.
    pub(crate) fn me(&self) -> PublicKey {
        self.key.public()
    }

    /// The hive of this name; without one, the only hive there is.
    pub(crate) fn chosen(&self, name: Option<&str>) -> Result<usize> {
        let names = || self.joined.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        match (name, self.joined.as_slice()) {
            (None, [_]) => Ok(0),
            (_, []) => Err(CliError::failed("this machine belongs to no hive").fix(
                "claudectl hive create NAME; or claudectl hive import FILE --join, from somebody who has one",
            )),
            (None, _) => Err(CliError::usage("this machine belongs to several hives")
                .fix(format!("say which with --hive: {}", names()))),
            (Some(name), all) => all.iter().position(|one| one.name == name).ok_or_else(|| {
                CliError::failed(format!("this machine belongs to no hive that it calls {name:?}"))
                    .fix(format!("one of: {}", names()))
            }),
        }
    }

    /// Signs an operation on a hive's members and keeps it. It has to count: what others would leave aside is not said.
    pub(crate) fn operate(&mut self, at: usize, action: Action) -> Result<()> {
        let hlc = self.store.hive_stamp(self.now)?;
        let me = self.me();
        let Some(Joined { name, members }) = self.joined.get_mut(at) else { return Ok(()) };
        let hive = members.hive();
        let signed = members.next(me, hlc, action).sign(&self.key).map_err(|error| cannot_say(&error))?;
        let mut with = members.clone();
        with.insert([&signed]);
        if !with.counts(&OpId::from_bytes(*signed.id().as_bytes())) {
            let role = members.role(&me).map_or("not one of its members", Role::as_str);
            return Err(CliError::failed(format!("nobody in {name} would go by that"))
                .why(format!("an owner says who belongs, a hive keeps one, and this machine is {role}"))
                .fix("ask an owner: claudectl hive member ls"));
        }
        self.store.hive_put_ops(&hive, std::slice::from_ref(&signed), self.now)?;
        *members = with.clone();
        self.reconsider(&with)
    }

    /// Ends with an error where this machine belongs to no hive.
    pub(crate) fn belongs(&self) -> Result<()> {
        if self.joined.is_empty() { self.chosen(None).map(drop) } else { Ok(()) }
    }

    /// Hands over to a new key in every hive: from then on this machine is the new one.
    pub(crate) fn rotate(&mut self, app: &App) -> Result<PublicKey> {
        let home = app.env.state_dir()?;
        let new = identity::next(&home, &random()?).map_err(|error| no_key(app, &error))?;
        let old = self.me();
        for at in 0..self.joined.len() {
            let members = &self.joined[at].members;
            // A change that was cut short may have said so here already.
            if members.role(&old).is_none() {
                continue;
            }
            let agreed = new.sign(&members::consent(&members.hive(), &old, &new.public()));
            self.operate(at, Action::Successor { new: new.public(), consent: agreed })?;
        }
        identity::take_next(&home).map_err(|error| no_key(app, &error))?;
        self.key = new;
        Ok(old)
    }

    /// Leaves a hive: the others are told, and this machine exchanges nothing with it any more.
    pub(crate) fn leave(&mut self, at: usize) -> Result<()> {
        let after = self.store.hive_stamp(self.now)?;
        self.operate(at, Action::Remove { key: self.me(), after })?;
        self.store.hive_leave(&self.joined[at].members.hive(), self.now)?;
        Ok(())
    }

    /// Founds a hive and belongs to it.
    pub(crate) fn found(&mut self, name: &str, founder: &str) -> Result<HiveId> {
        let random = random()?;
        let nonce = *random.first_chunk().unwrap_or(&[0; 16]);
        let action = Action::Found { name: name.to_owned(), founder: founder.to_owned(), nonce };
        let hlc = self.store.hive_stamp(self.now)?;
        let op = Op { hive: None, author: self.me(), hlc, parents: Default::default(), action };
        let signed = op.sign(&self.key).map_err(|error| cannot_say(&error))?;
        let members = Members::found(&signed).map_err(|error| cannot_say(&error))?;
        let hive = members.hive();
        if !self.store.hive_join(&hive, name, self.now)? {
            return Err(CliError::failed(format!(
                "this machine already belongs to a hive that it calls {name:?}"
            )));
        }
        self.store.hive_put_ops(&hive, &[signed], self.now)?;
        self.joined.push(Joined { name: name.to_owned(), members });
        Ok(hive)
    }

    /// The machine of this name, of this key, or of the one key that begins so.
    pub(crate) fn machine(&self, text: &str) -> Result<PublicKey> {
        let peers = self.store.hive_peers()?;
        if let Some(peer) = peers.iter().find(|peer| peer.name == text) {
            return Ok(peer.key);
        }
        if let Ok(key) = text.parse::<PublicKey>() {
            return checked(key);
        }
        // As it is called in a hive, if it is not called something else here.
        let everybody = || self.joined.iter().flat_map(|one| one.members.all());
        let mut named: Vec<PublicKey> =
            everybody().filter(|(_, member)| member.name == text).map(|(key, _)| *key).collect();
        named.sort();
        named.dedup();
        if let [one] = named.as_slice() {
            return Ok(*one);
        }
        let known = peers.iter().map(|peer| peer.key);
        let members = everybody().map(|(key, _)| *key);
        let mut found: Vec<PublicKey> =
            known.chain(members).filter(|key| key.to_string().starts_with(text)).collect();
        found.sort();
        found.dedup();
        match found.as_slice() {
            [one] if text.len() >= 4 => Ok(*one),
            [] | [_] => Err(CliError::failed(format!("no machine is called {text:?}"))
                .fix("claudectl hive peer ls; or give its key, as claudectl hive id says it there")),
            several => {
                Err(CliError::usage(format!("{} machines have keys that begin with {text:?}", several.len()))
                    .fix("give more of it, or the name"))
            }
        }
    }

    /// What a machine is called here; else by whom it was taken in; else the beginning of its key.
    pub(crate) fn called(&self, key: &PublicKey) -> Result<String> {
        if *key == self.me() {
            return Ok("this machine".to_owned());
        }
        let peers = self.store.hive_peers()?;
        if let Some(peer) = peers.into_iter().find(|peer| peer.key == *key) {
            return Ok(peer.name);
        }
        let named = self.joined.iter().find_map(|one| one.members.member(key));
        Ok(named
            .map(|member| member.name.clone())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| short(key)))
    }

    /// Members of hives are known here by what they were taken in as, unless they have a name already.
    pub(crate) fn know_members(&mut self) -> Result<()> {
        let known: Vec<Peer> = self.store.hive_peers()?;
        let me = self.me();
        let mut new = Vec::new();
        for one in &self.joined {
            for (key, _) in one.members.current() {
                if *key != me
                    && known.iter().all(|peer| peer.key != *key)
                    && new.iter().all(|(other, _)| other != key)
                {
                    let name = one.members.member(key).map(|member| member.name.clone()).unwrap_or_default();
                    new.push((*key, if usable(&name) { name } else { short(key) }));
                }
            }
        }
        for (key, name) in new {
            if !self.store.hive_put_peer(&key, &name, self.now)? {
                self.store.hive_put_peer(&key, &format!("{name}-{}", short(&key)), self.now)?;
            }
        }
        Ok(())
    }
}

/// The operations that are kept of a hive, worked out; none where its founding is not there.
pub(crate) fn members(store: &Store, hive: &HiveId) -> Result<Option<Members>> {
    let ops = store.hive_ops(hive)?;
    let founding = ops.iter().find(|op| op.id().as_bytes() == hive.as_bytes());
    let Some(mut members) = founding.and_then(|founding| Members::found(founding).ok()) else {
        return Ok(None);
    };
    members.insert(ops.iter().filter(|op| op.id().as_bytes() != hive.as_bytes()));
    Ok(Some(members))
}

fn cannot_say(error: &OpError) -> CliError {
    CliError::failed("this cannot be said to a hive").why(error)
}

/// A key somebody can sign for.
pub(crate) fn checked(key: PublicKey) -> Result<PublicKey> {
    key.check().map_err(|error| CliError::usage("this is no key of a machine").why(error))?;
    Ok(key)
}

/// Enough of a key to tell it from others at a glance.
pub(crate) fn short(key: &PublicKey) -> String {
    key.to_string().chars().take(8).collect()
}

/// Whether a name can stand in lists and commands: short, in one piece, and no option.
fn usable(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    !name.is_empty() && name.len() <= MOST_NAME && name.chars().all(plain) && !name.starts_with(['-', '.'])
}

/// A name that a person gave.
pub(crate) fn name(text: &str) -> Result<String> {
    if usable(text) {
        return Ok(text.to_owned());
    }
    Err(CliError::usage(format!("{text:?} is no name"))
        .why(format!(
            "a name is 1 to {MOST_NAME} letters, digits and `._-`, and begins with a letter or a digit"
        ))
        .fix("for example: laptop"))
}

/// What this machine calls itself to others, unless it is told.
pub(crate) fn host_name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let first = host.split('.').next().unwrap_or_default().to_owned();
    if usable(&first) { first } else { "machine".to_owned() }
}

/// The folder of a path that a command was given, for what is written beside it.
pub(crate) fn place(app: &App, path: &Path) -> Result<PathBuf> {
    app.env.absolute(path.to_path_buf()).ok_or_else(|| {
        CliError::usage("the current folder is not known, so a path has to be absolute")
            .fix("give the whole path")
    })
}
