//! The files of a release as a browser sends them: text tables or one archive of them, told apart by what they say of
//! themselves and never by their names.

use std::io::{Cursor, Read as _};

use domain::refusal::ReleaseFault;
use hla::Table;
use store::nomenclature::NomenclatureFile;

use super::{LARGEST, fault};
use crate::error::Answer;

/// Bytes of all files together that are taken: a release has some three million.
pub const SENT_AT_MOST: usize = 48 * 1024 * 1024;

/// Entries of an archive that are looked at: a release's folder holds a dozen files.
const ENTRIES: usize = 200;

/// How an archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// The tables among what was sent, each with its name and bytes. Of an archive, what is no table is passed over, as in
/// a folder; a file that was sent by itself and is none is refused.
///
/// # Errors
/// [`domain::refusal::Refusal::NotARelease`].
pub fn sent_files(sent: Vec<NomenclatureFile>) -> Answer<Vec<NomenclatureFile>> {
    let mut files = Vec::new();
    for (name, content) in sent {
        if content.starts_with(ZIP) {
            for content in unpacked(&content)? {
                if let Some(table) = table_of(&content) {
                    add(&mut files, table, content)?;
                }
            }
        } else if let Some(table) = table_of(&content) {
            add(&mut files, table, content)?;
        } else {
            return Err(fault(ReleaseFault::NotATable {
                file: domain::text::line(&name, 80).unwrap_or_default(),
            }));
        }
    }
    Ok(files)
}

fn add(files: &mut Vec<NomenclatureFile>, table: Table, content: Vec<u8>) -> Answer<()> {
    let name = table.file_name().to_owned();
    if files.iter().any(|(known, _)| *known == name) {
        return Err(fault(ReleaseFault::Twice { table: name }));
    }
    files.push((name, content));
    Ok(())
}

/// The table that a file says it is, in the comments at its head: `# file: hla_nom.txt`.
fn table_of(content: &[u8]) -> Option<Table> {
    let head = content.get(..content.len().min(4096))?;
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let said =
        head.split(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#")).find_map(|line| {
            let line = std::str::from_utf8(line).ok()?;
            let (key, value) = line.trim_start_matches('#').split_once(':')?;
            (key.trim() == "file").then(|| value.trim().to_owned())
        })?;
    Table::ALL.into_iter().find(|table| table.file_name() == said)
}

/// The files of an archive. What it unpacks to is counted as it unpacks: its own word for it is not believed.
fn unpacked(archive: &[u8]) -> Answer<Vec<Vec<u8>>> {
    let damaged = || fault(ReleaseFault::Archive);
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).map_err(|_| damaged())?;
    if archive.len() > ENTRIES {
        return Err(damaged());
    }
    let (mut files, mut room) = (Vec::new(), SENT_AT_MOST as u64);
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|_| damaged())?;
        if entry.is_dir() {
            continue;
        }
        let mut content = Vec::new();
        let read = entry.take(room.min(LARGEST) + 1).read_to_end(&mut content).map_err(|_| damaged())?;
        room = room.checked_sub(read as u64).ok_or_else(damaged)?;
        files.push(content);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use domain::refusal::Refusal;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::error::ServiceError;

    fn table(name: &str) -> Vec<u8> {
        format!("# file: {name}\n# version: TEST 0.0.1\nA*;01:01;19890101;;;\n").into_bytes()
    }

    fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            out.start_file(*name, SimpleFileOptions::default()).expect("an entry");
            out.write_all(content).expect("bytes");
        }
        out.finish().expect("an archive").into_inner()
    }

    fn faulty(sent: Vec<NomenclatureFile>) -> ReleaseFault {
        match sent_files(sent) {
            Err(ServiceError::Refused(Refusal::NotARelease { fault })) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_table_is_known_by_what_it_says_and_not_by_its_name() {
        let files = sent_files(vec![("anything.bin".into(), table("rel_dna_ser.txt"))]).expect("a table");
        assert_eq!(files[0].0, "rel_dna_ser.txt");
        let other = vec![("hla_nom.txt".to_owned(), b"A*;01:01;;;;".to_vec())];
        assert_eq!(faulty(other), ReleaseFault::NotATable { file: "hla_nom.txt".into() });
        let twice = vec![("a".to_owned(), table("hla_nom.txt")), ("b".to_owned(), table("hla_nom.txt"))];
        assert_eq!(faulty(twice), ReleaseFault::Twice { table: "hla_nom.txt".into() });
    }

    #[test]
    fn an_archive_is_looked_through_and_its_other_files_are_passed_over() {
        let archive = zipped(&[
            ("wmda/hla_nom.txt", table("hla_nom.txt")),
            ("wmda/README.md", b"read me".to_vec()),
            ("wmda/hla_nom_g.txt", table("hla_nom_g.txt")),
        ]);
        let files = sent_files(vec![("release.zip".into(), archive.clone())]).expect("tables");
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["hla_nom.txt", "hla_nom_g.txt"]);
        assert_eq!(faulty(vec![("x".into(), archive[..archive.len() / 2].to_vec())]), ReleaseFault::Archive);
    }

    #[test]
    fn an_archive_that_unpacks_without_end_is_refused() {
        let bomb = zipped(&[("hla_nom.txt", vec![b'#'; SENT_AT_MOST + 2])]);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(faulty(vec![("bomb.zip".into(), bomb)]), ReleaseFault::Archive);
    }
}
