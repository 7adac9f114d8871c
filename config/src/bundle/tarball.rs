//! A bundle as one file: a tarball, plain or compressed with gzip. What is read is held in memory, never unpacked to the
//! disk, and only plain files are read: no links, no devices, no extended headers.

use std::cell::Cell;
use std::io::{self, BufReader, Read, Write as _};

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Archive, Builder, EntryType, Header};

use crate::bundle::fault::{BadName, Fault, check_name};
use crate::bundle::limits::{MAX_FILE, MAX_FILES, MAX_STREAM, MAX_TOTAL};
use crate::bundle::manifest::Contents;
use crate::policies::source::reason;

/// gzip's "unknown" for the system that compressed: the real one would make two systems write different bytes.
const NO_SYSTEM: u8 = 255;

/// Whether the first bytes of a file are those of a tarball, and whether it is compressed; `None` where they are not.
pub(crate) fn is_tarball(start: &[u8]) -> Option<Packed> {
    if start.starts_with(&[0x1f, 0x8b]) {
        return Some(Packed::Gzip);
    }
    start.get(257..262).filter(|magic| magic == b"ustar").map(|_| Packed::Plain)
}

/// Bytes that tell whether a file is a tarball.
pub(crate) const START: u64 = 512;

/// How a tarball is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    Plain,
    Gzip,
}

/// All files of a tarball.
pub(crate) fn read(file: impl Read, packed: Packed) -> Result<Contents, Fault> {
    match packed {
        Packed::Plain => read_stream(BufReader::new(file)),
        // Of several compressed parts, all are read: bytes after the first one must not go unseen.
        Packed::Gzip => read_stream(MultiGzDecoder::new(BufReader::new(file))),
    }
}

fn read_stream(stream: impl Read) -> Result<Contents, Fault> {
    let exceeded = Cell::new(false);
    let mut archive = Archive::new(Limited { stream, left: MAX_STREAM, exceeded: &exceeded });
    let read = entries(&mut archive).and_then(|files| check_end(archive.into_inner()).map(|()| files));
    if exceeded.get() { Err(Fault::Large) } else { read }
}

fn entries(archive: &mut Archive<impl Read>) -> Result<Contents, Fault> {
    let mut files = Contents::new();
    let mut seen: usize = 0;
    let mut total: u64 = 0;
    // Raw: names come from the headers alone, so that no extended header can give another name or size.
    for entry in archive.entries().map_err(|error| unreadable(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        seen = seen.saturating_add(1);
        // Folders count, too; our own tarballs have none.
        if seen > MAX_FILES.saturating_mul(2) {
            return Err(Fault::ManyFiles);
        }
        let name = name(&entry.path_bytes())?;
        match entry.header().entry_type() {
            EntryType::Regular => {}
            EntryType::Directory => {
                let folder = name.trim_end_matches('/');
                if !matches!(folder, "" | ".") {
                    check_name(folder)?;
                }
                continue;
            }
            other => return Err(Fault::NoFile { name, kind: kind(other) }),
        }
        check_name(&name)?;
        let size = entry.size();
        if size > MAX_FILE {
            return Err(Fault::LargeFile(name));
        }
        total = total.saturating_add(size);
        if total > MAX_TOTAL {
            return Err(Fault::Large);
        }
        if files.len() >= MAX_FILES {
            return Err(Fault::ManyFiles);
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length < size) {
            return Err(Fault::Archive(format!("it ends within `{name}`")));
        }
        if files.insert(name.clone(), bytes.into()).is_some() {
            return Err(Fault::Twice(name));
        }
    }
    Ok(files)
}

fn name(bytes: &[u8]) -> Result<String, Fault> {
    let Ok(name) = std::str::from_utf8(bytes) else {
        let name = String::from_utf8_lossy(bytes).escape_debug().to_string();
        return Err(Fault::Name { name, reason: BadName::Encoding });
    };
    // As other packers write what stands in the folder they were called in.
    Ok(name.strip_prefix("./").unwrap_or(name).to_owned())
}

fn kind(entry: EntryType) -> &'static str {
    match entry {
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "an extended header",
    }
}

/// What follows the end of a tarball is padding, or somebody hid something there.
fn check_end(mut rest: impl Read) -> Result<(), Fault> {
    const ZEROS: [u8; 8192] = [0; 8192];
    let mut block = ZEROS;
    loop {
        match rest.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) if block.get(..count) == ZEROS.get(..count) => {}
            Ok(_) => return Err(Fault::Archive("there is more after its end".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
}

fn unreadable(error: &io::Error) -> Fault {
    Fault::Archive(reason(error))
}

/// Reads so many bytes and then fails, remembering why.
struct Limited<'c, R> {
    stream: R,
    left: u64,
    exceeded: &'c Cell<bool>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than allowed tells a stream that ends here from one that goes on.
        let count = (&mut self.stream).take(self.left.saturating_add(1)).read(buffer)?;
        let Some(left) = self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) else {
            self.exceeded.set(true);
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        self.left = left;
        Ok(count)
    }
}

/// The files as a tarball that depends on nothing else: no times, no owners, in the given order.
pub(crate) fn write<'f>(files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Result<Vec<u8>, Fault> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = Header::new_ustar();
        let fits = header.set_path(name);
        fits.map_err(|_| Fault::Name { name: name.to_owned(), reason: BadName::Tar })?;
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_cksum();
        builder.append(&header, bytes).map_err(|error| unreadable(&error))?;
    }
    builder.into_inner().map_err(|error| unreadable(&error))
}

/// Compressed, without a time or a file's name.
pub(crate) fn compress(tar: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(NO_SYSTEM).write(Vec::new(), Compression::best());
    encoder.write_all(tar).and_then(|()| encoder.finish()).map_err(|error| unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(files: &[(&str, &str)]) -> Vec<u8> {
        write(files.iter().map(|(name, text)| (*name, text.as_bytes()))).unwrap()
    }

    fn fault(bytes: &[u8]) -> Fault {
        read_stream(bytes).unwrap_err()
    }

    /// A tarball with one entry whose name no builder would write.
    fn raw(name: &[u8], kind: EntryType) -> Vec<u8> {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        let mut builder = Builder::new(Vec::new());
        builder.append(&header, io::empty()).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn is_read_as_it_was_written() {
        let long = format!("{}/{}", "f".repeat(150), "n".repeat(100));
        let tar = tar(&[("a/b", "x"), ("c", ""), (&long, "y")]);
        let files = read_stream(tar.as_slice()).unwrap();
        assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), ["a/b", "c", &long]);
        let compressed = compress(&tar).unwrap();
        assert_eq!(read_stream(MultiGzDecoder::new(compressed.as_slice())).unwrap(), files);
        assert_eq!((is_tarball(&tar), is_tarball(&compressed)), (Some(Packed::Plain), Some(Packed::Gzip)));
        assert_eq!((is_tarball(b"version: 1\n"), is_tarball(b"")), (None, None));
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused_when_written() {
        let name = "n".repeat(101);
        assert_eq!(write([(name.as_str(), &b""[..])].into_iter()), Err(Fault::Name { name, reason: BadName::Tar }));
    }

    #[test]
    fn only_plain_files_with_safe_names_are_read() {
        for name in [&b"../a"[..], b"a/../../b", b"/etc/passwd", b"a\\b", b"a//b", b"././a", b"\xff"] {
            assert!(matches!(fault(&raw(name, EntryType::Regular)), Fault::Name { .. }), "{name:?}");
        }
        assert!(matches!(fault(&raw(b"../a/", EntryType::Directory)), Fault::Name { .. }));
        for (entry, kind) in [
            (EntryType::Symlink, "a link"),
            (EntryType::Link, "a link"),
            (EntryType::Char, "a device"),
            (EntryType::Block, "a device"),
            (EntryType::Fifo, "a pipe"),
            (EntryType::GNUSparse, "a sparse file"),
            (EntryType::GNULongName, "an extended header"),
            (EntryType::XHeader, "an extended header"),
            (EntryType::XGlobalHeader, "an extended header"),
        ] {
            assert_eq!(fault(&raw(b"a", entry)), Fault::NoFile { name: "a".to_owned(), kind });
        }
        for folder in [&b"./"[..], b"./a/", b"a/b/"] {
            assert_eq!(read_stream(raw(folder, EntryType::Directory).as_slice()), Ok(Contents::new()));
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        assert_eq!(fault(&tar(&[("a", "1"), ("a", "2")])), Fault::Twice("a".to_owned()));
        let twice = [raw(b"./a", EntryType::Regular)[..512].to_vec(), raw(b"a", EntryType::Regular)].concat();
        assert_eq!(fault(&twice), Fault::Twice("a".to_owned()));
    }

    #[test]
    fn a_tarball_that_ends_early_or_goes_on_is_refused() {
        let text = "x".repeat(2000);
        let whole = tar(&[("a", &text), ("b", &text)]);
        for length in [100, 600, 2000, 2600, 3000] {
            assert!(matches!(fault(&whole[..length]), Fault::Archive(_)), "{length}");
        }
        let compressed = compress(&whole).unwrap();
        for length in [5, 20, compressed.len() - 9, compressed.len() - 1] {
            let cut = &compressed[..length];
            assert!(matches!(read_stream(MultiGzDecoder::new(cut)).unwrap_err(), Fault::Archive(_)), "{length}");
        }
        let longer = [whole.as_slice(), &[0; 4096], b"hidden"].concat();
        assert!(matches!(fault(&longer), Fault::Archive(_)));
        let padded = [whole.as_slice(), &[0; 4096]].concat();
        assert_eq!(read_stream(padded.as_slice()).unwrap().len(), 2);
        let two = [compressed.as_slice(), &compress(b"hidden").unwrap()].concat();
        assert!(matches!(read_stream(MultiGzDecoder::new(two.as_slice())).unwrap_err(), Fault::Archive(_)));
    }

    #[test]
    fn a_changed_header_is_noticed() {
        let mut bytes = tar(&[("a", "x")]);
        bytes[0] = b'b';
        assert!(matches!(fault(&bytes), Fault::Archive(_)));
    }

    #[test]
    fn sizes_and_counts_have_limits() {
        let sized = |size: u64| {
            let mut header = Header::new_ustar();
            header.set_path(format!("f{size}")).unwrap();
            header.set_size(size);
            header.set_cksum();
            header
        };
        // A header that promises more than it has room for is refused before anything is read.
        assert_eq!(fault(sized(MAX_FILE + 1).as_bytes()), Fault::LargeFile(format!("f{}", MAX_FILE + 1)));

        let large = io::repeat(0).take(MAX_FILE);
        let mut stream: Box<dyn Read> = Box::new(io::empty());
        for index in 0..5 {
            let mut header = sized(MAX_FILE);
            header.set_path(format!("{index}")).unwrap();
            header.set_cksum();
            let header = io::Cursor::new(header.as_bytes().to_vec());
            stream = Box::new(stream.chain(header).chain(io::repeat(0).take(large.limit())));
        }
        assert_eq!(read_stream(stream).unwrap_err(), Fault::Large);

        let many =
            (0..=MAX_FILES).flat_map(|index| raw(index.to_string().as_bytes(), EntryType::Regular)[..512].to_vec());
        assert_eq!(fault(&many.collect::<Vec<u8>>()), Fault::ManyFiles);
    }

    #[test]
    fn a_bomb_is_cut_off() {
        // Zeros without end after the end of the archive: a thousand times smaller when compressed.
        let endless = io::Cursor::new(tar(&[("a", "x")])).chain(io::repeat(0));
        assert_eq!(read_stream(endless).unwrap_err(), Fault::Large);
        let part = compress(&vec![0; 4 << 20]).unwrap();
        let bomb = part.repeat(usize::try_from(MAX_STREAM >> 22).unwrap() + 1);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert_eq!(read_stream(MultiGzDecoder::new(bomb.as_slice())).unwrap_err(), Fault::Large);
    }
}
