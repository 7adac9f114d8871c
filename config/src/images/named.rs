//! Which files an `images` section names: what a bundle must hold beside the configuration itself.

use crate::images::material::is_inline;
use crate::placed::Path;
use crate::wire::{AuthorityEntry, ImagesEntry, RevokedEntry};

/// The files with the places where they are named.
pub(crate) fn files_of(entry: &ImagesEntry) -> Vec<(Path, String)> {
    let root = Path::of(["images"]);
    let mut found = Vec::new();
    let mut add = |path: Path, text: &str| {
        if !is_inline(text) {
            found.push((path, text.to_owned()));
        }
    };
    for (index, rule) in entry.rules.iter().enumerate() {
        let authorities = root.key("rules").index(index).key("authorities");
        for (index, authority) in rule.authorities.iter().enumerate() {
            of_authority(authority, &authorities.index(index)).into_iter().for_each(|(path, text)| add(path, text));
        }
    }
    for (host, registry) in &entry.registries {
        registry.ca.iter().for_each(|text| add(root.key("registries").key(host).key("ca"), text));
    }
    if let Some(RevokedEntry::File(text)) = &entry.revoked {
        add(root.key("revoked"), text);
    }
    found
}

fn of_authority<'e>(entry: &'e AuthorityEntry, path: &Path) -> Vec<(Path, &'e str)> {
    let keyless = entry.keyless.as_ref().map(|keyless| (path.key("keyless").key("trustedRoot"), &keyless.trusted_root));
    let own = [("key", &entry.key), ("trustedRoot", &entry.trusted_root)];
    let own = own.into_iter().filter_map(|(key, text)| Some((path.key(key), text.as_ref()?)));
    own.chain(keyless).map(|(path, text)| (path, text.as_str())).collect()
}
