//! How registries are reached, and which digests are never accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use platlint_engine::image::{self, Reference};

use crate::images::name;
use crate::images::policy::RegistrySettings;
use crate::images::section::Reader;
use crate::placed::Path;
use crate::policies::source::shown;
use crate::problem::Problem;
use crate::wire::{PlainHttpEntry, RegistryEntry, RevokedEntry};

/// Settings by the registries' normalised names.
pub(super) fn read(
    reader: &mut Reader<'_>,
    entries: &BTreeMap<String, RegistryEntry>,
    path: &Path,
) -> BTreeMap<String, RegistrySettings> {
    let mut settings = BTreeMap::new();
    for (host, entry) in entries {
        let path = path.key(host);
        if !name::is_registry(host) {
            let message = format!("`{host}` is no registry; write a host and its port, as in `registry.example:5000`");
            reader.say_of(&path, message);
            continue;
        }
        let name = name::registry(host);
        let ca = entry.ca.as_ref().and_then(|text| {
            let read = reader.folder.certificates(text);
            reader.material(&path.key("ca"), read)
        });
        for (index, mirror) in entry.mirrors.iter().enumerate() {
            if let Err(fault) = image::mirror(mirror) {
                reader.say(&path.key("mirrors").index(index), format!("`{mirror}` {fault}"));
            }
        }
        let plain_http = match entry.plain_http {
            None | Some(PlainHttpEntry::Loopback(false)) => false,
            Some(PlainHttpEntry::Anywhere(_)) => true,
            Some(PlainHttpEntry::Loopback(true)) => {
                if !is_loopback(&name) {
                    let message = format!(
                        "`{host}` is not on this machine: whoever is between could read credentials and withhold signatures"
                    );
                    let help = "serve it over TLS, with `ca` for certificates of your own; or accept that with \
                                `plainHttp: insecure`";
                    reader.help(&path.key("plainHttp"), message, Some(help.to_owned()));
                }
                true
            }
        };
        if plain_http && ca.is_some() {
            reader.say_of(&path.key("ca"), "`ca` has no meaning with `plainHttp`");
        }
        let one = RegistrySettings { plain_http, ca: ca.map(|ca| ca.bytes), mirrors: entry.mirrors.clone() };
        if settings.insert(name.clone(), one).is_some() {
            reader.say_of(&path, format!("`{name}` stands here twice, written in two ways"));
        }
    }
    settings
}

/// Whether a registry's normalised name always means this machine.
fn is_loopback(registry: &str) -> bool {
    if let Some((address, _)) = registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let host = registry.split(':').next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The digests that are never accepted.
pub(super) fn revoked(reader: &mut Reader<'_>, entry: Option<&RevokedEntry>, path: &Path) -> BTreeSet<Arc<str>> {
    match entry {
        None => BTreeSet::new(),
        Some(RevokedEntry::Digests(digests)) => {
            for (index, digest) in digests.iter().enumerate().filter(|(_, digest)| !is_digest(digest)) {
                reader.say(&path.index(index), format!("`{digest}` {NO_DIGEST}"));
            }
            digests.iter().map(|digest| digest.as_str().into()).collect()
        }
        Some(RevokedEntry::File(file)) => match reader.folder.list(file) {
            Ok(text) => of_lines(reader, file, &text),
            Err(message) => {
                reader.say(path, message);
                BTreeSet::new()
            }
        },
    }
}

const NO_DIGEST: &str = "is no digest, such as `sha256:` and 64 hexadecimal digits in small letters";

/// One digest in each line; what follows `#` is a comment.
fn of_lines(reader: &mut Reader<'_>, file: &str, text: &str) -> BTreeSet<Arc<str>> {
    let mut digests = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let digest = line.split('#').next().unwrap_or_default().trim();
        if digest.is_empty() {
            continue;
        }
        if !is_digest(digest) {
            let file = shown(&reader.folder.path.join(file));
            let line = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
            let message = format!("`{}` {NO_DIGEST}", digest.escape_debug());
            reader.others.push(Problem { file, line, column: 1, message, help: None });
        }
        digests.insert(digest.into());
    }
    digests
}

fn is_digest(text: &str) -> bool {
    Reference::parse(&format!("a@{text}")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in
            ["localhost", "localhost:5000", "registry.localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "registry.example",
            "localhost.example:5000",
            "10.0.0.1:5000",
            "[::2]:5000",
            "notlocalhost",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
