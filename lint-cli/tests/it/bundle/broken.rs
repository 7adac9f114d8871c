//! Bundles that were damaged, forged or made to do harm: each is refused with what is wrong, and nothing is judged by it.

use std::io::Write as _;

use super::{LEGACY, build, bytes, entries, source};
use crate::sandbox::{Ran, Sandbox};

fn verify(sandbox: &Sandbox, bundle: &str) -> Ran {
    sandbox.run(&["bundle", "verify", bundle])
}

fn pack(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn changed_missing_and_additional_files_are_told_all_at_once() {
    let sandbox = source();
    build(&sandbox, "bundle");
    assert_eq!(verify(&sandbox, "bundle").code, 0);
    sandbox.write("bundle/platform/legacy/a.rego", LEGACY.replace("Pod", "Job").as_bytes());
    sandbox.write("bundle/platform/legacy/b.rego", LEGACY.as_bytes());
    std::fs::remove_file(sandbox.path().join("bundle/platform/keys/release.pub")).unwrap();
    let ran = verify(&sandbox, "bundle");
    insta::assert_snapshot!(ran.shown(), @r"
    exit 2
    --- stdout
    --- stderr
    platlint: bundle: `platform/keys/release.pub` is missing
    platlint: bundle: `platform/legacy/a.rego` is not as bundle.json says: its size or its digest is another
    platlint: bundle: `platform/legacy/b.rego` is not named in bundle.json
    platlint:   help: nothing in a bundle may be changed; change its source and build it again
    ");
    // Nothing is judged by a bundle that is not whole.
    let checked = sandbox.run(&["check", "--config", "bundle", "run"]);
    assert_eq!((checked.code, checked.stderr, checked.stdout), (2, ran.stderr, String::new()));
}

#[test]
fn tarballs_that_were_changed_are_refused() {
    let sandbox = source();
    build(&sandbox, "good.tar");
    let good = entries(&bytes(&sandbox, "good.tar"));
    let without = |name: &str| good.iter().filter(|(known, _)| known != name).cloned().collect::<Vec<_>>();
    let with = |name: &str, text: &[u8]| {
        let mut entries = without(name);
        entries.push((name.to_owned(), text.to_vec()));
        entries
    };
    let manifest = |from: &str, to: &str| {
        let text = String::from_utf8(good[0].1.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        with("bundle.json", text.replacen(from, to, 1).as_bytes())
    };
    let builtin = sandbox.run(&["config", "show"]).json()["builtin"].as_str().unwrap().to_owned();
    let revision =
        sandbox.run(&["config", "show", "--config", "good.tar"]).json()["revision"].as_str().unwrap().to_owned();
    let zeros = format!("sha256:{}", "0".repeat(64));
    for (name, entries, expected) in [
        ("same", good.clone(), ""),
        ("changed", with("platform/catalog.json", b"{}"), "`platform/catalog.json` is not as bundle.json says"),
        ("missing", without("platform/catalog.json"), "`platform/catalog.json` is missing"),
        ("more", with("platform/more.json", b"[]"), "`platform/more.json` is not named in bundle.json"),
        ("no-manifest", without("bundle.json"), "bundle.json is missing"),
        ("manifest", with("bundle.json", b"{"), "bundle.json cannot be understood"),
        ("format", manifest("\"format\": 1", "\"format\": 2"), "bundle.json has format 2"),
        ("builtin", manifest(&builtin, &zeros), &format!("built-in policies {zeros}, but this is platlint")),
        ("revision", manifest(&revision, &zeros), &format!("names revision {zeros}, but the files have {revision}")),
        ("config", manifest("service/platlint.yaml", "service/other.yaml"), "`service/other.yaml`"),
        ("outside", manifest("\"platform/legacy/a.rego\"", "\"../../etc/a.rego\""), "has a part that is empty"),
    ] {
        let file = format!("{name}.tar");
        sandbox.write(&file, &pack(&entries));
        let ran = verify(&sandbox, &file);
        assert_eq!(ran.code, if expected.is_empty() { 0 } else { 2 }, "{name}: {}", ran.shown());
        assert!(ran.stderr.contains(expected), "{name}: {}", ran.shown());
        assert_eq!(ran.stdout.is_empty(), !expected.is_empty(), "{name}: {}", ran.shown());
    }
    let both = verify(&sandbox, "builtin.tar").stderr;
    assert!(both.contains(&builtin) && both.contains(&zeros), "{both}");
}

/// A good bundle with one more entry of this kind.
fn with_entry(sandbox: &Sandbox, kind: tar::EntryType, name: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_cksum();
    [header.as_bytes().as_slice(), &bytes(sandbox, "good.tar")].concat()
}

#[test]
fn tarballs_with_links_devices_and_names_that_lead_out_are_refused() {
    let sandbox = source();
    build(&sandbox, "good.tar");
    for (kind, name, expected) in [
        (tar::EntryType::Symlink, &b"platform/a"[..], "`platform/a` is a link"),
        (tar::EntryType::Link, b"a", "`a` is a link"),
        (tar::EntryType::Char, b"a", "`a` is a device"),
        (tar::EntryType::Block, b"a", "`a` is a device"),
        (tar::EntryType::Fifo, b"a", "`a` is a pipe"),
        (tar::EntryType::GNULongName, b"././@LongLink", "is an extended header"),
        (tar::EntryType::Regular, b"../evil", "the name `../evil` has a part that is empty, `.` or `..`"),
        (tar::EntryType::Regular, b"/etc/passwd", "the name `/etc/passwd` is absolute"),
        (tar::EntryType::Regular, b"\x1b[31m", "holds a backslash or a character that is not printed"),
        (tar::EntryType::Regular, b"bundle.json", "`bundle.json` is there twice"),
    ] {
        sandbox.write("bad.tar", &with_entry(&sandbox, kind, name));
        let ran = verify(&sandbox, "bad.tar");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{kind:?}: {}", ran.shown());
        assert!(ran.stderr.contains(expected) && !ran.stderr.contains('\u{1b}'), "{kind:?}: {}", ran.stderr);
    }
}

#[test]
fn tarballs_that_end_early_or_unpack_to_too_much_are_refused() {
    let sandbox = source();
    build(&sandbox, "good.tar");
    build(&sandbox, "good.tar.gz");
    let (plain, packed) = (bytes(&sandbox, "good.tar"), bytes(&sandbox, "good.tar.gz"));
    for (whole, length) in [(&plain, 1000), (&plain, plain.len() / 2), (&packed, 30), (&packed, packed.len() - 4)] {
        sandbox.write("cut", &whole[..length]);
        let ran = verify(&sandbox, "cut");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.shown());
        let told = ["cannot be read as a tarball", "`service/platlint.yaml` is missing"];
        assert!(told.iter().any(|text| ran.stderr.contains(text)), "{}", ran.stderr);
    }
    for (name, content) in [("empty", &b""[..]), ("short", &plain[..200]), ("yaml", b"version: 1\n")] {
        sandbox.write(name, content);
        let ran = verify(&sandbox, name);
        assert!(ran.code == 2 && ran.stderr.contains("this is no bundle"), "{name}: {}", ran.shown());
    }
    let mut header = tar::Header::new_ustar();
    header.set_path("bomb").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(header.as_bytes()).unwrap();
    sandbox.write("bomb", &encoder.finish().unwrap());
    let ran = verify(&sandbox, "bomb");
    assert!(ran.code == 2 && ran.stderr.contains("`bomb` is larger than 16 MiB"), "{}", ran.shown());
}

#[cfg(unix)]
#[test]
fn a_bundle_folder_has_no_links_but_may_be_reached_by_one() {
    use std::os::unix::fs::symlink;
    let sandbox = source();
    build(&sandbox, "bundle");
    build(&sandbox, "b.tar.gz");
    // As a mounted ConfigMap shows its files.
    symlink("bundle", sandbox.path().join("current")).unwrap();
    symlink("b.tar.gz", sandbox.path().join("current.tar.gz")).unwrap();
    assert_eq!(verify(&sandbox, "current").code, 0);
    assert_eq!(verify(&sandbox, "current.tar.gz").code, 0);
    let file = sandbox.path().join("bundle/platform/catalog.json");
    std::fs::rename(&file, sandbox.path().join("catalog.json")).unwrap();
    symlink(sandbox.path().join("catalog.json"), &file).unwrap();
    let ran = verify(&sandbox, "bundle");
    assert!(ran.code == 2 && ran.stderr.contains("`platform/catalog.json` is a link"), "{}", ran.shown());
}
