//! Reading the release's text tables into rows, each refusal with its table and line.

use crate::{AlleleName, Locus};
use std::fmt;
use std::path::Path;

/// A table of the release folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    /// `hla_nom.txt`: every name ever given. The one table without which there is no release.
    Names,
    /// `hla_nom_g.txt`: alleles alike in the nucleotides of the binding exons.
    GGroups,
    /// `hla_nom_p.txt`: alleles alike in the protein of the binding domain.
    PGroups,
    /// `rel_dna_ser.txt`: the antigens of each allele.
    Serology,
    /// `rel_ser_ser.txt`: broad antigens and their splits.
    Splits,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 5] =
        [Table::Names, Table::GGroups, Table::PGroups, Table::Serology, Table::Splits];

    /// Its file's name in a release folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Table::Names => "hla_nom.txt",
            Table::GGroups => "hla_nom_g.txt",
            Table::PGroups => "hla_nom_p.txt",
            Table::Serology => "rel_dna_ser.txt",
            Table::Splits => "rel_ser_ser.txt",
        }
    }
}

/// The tables' texts. Only the names are required; what else is missing, [`crate::Release::missing`] tells.
#[derive(Clone, Copy, Default, Debug)]
pub struct Tables<'a> {
    /// `hla_nom.txt`
    pub names: &'a str,
    /// `hla_nom_g.txt`
    pub g_groups: Option<&'a str>,
    /// `hla_nom_p.txt`
    pub p_groups: Option<&'a str>,
    /// `rel_dna_ser.txt`
    pub serology: Option<&'a str>,
    /// `rel_ser_ser.txt`
    pub splits: Option<&'a str>,
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowFault {
    /// It has another number of columns than its table.
    Columns,
    /// A name is not one.
    Name,
    /// A number is not one.
    Number,
    /// It names an allele that the names' table lacks or calls deleted.
    UnknownAllele,
    /// It says again what another row said.
    Repeated,
}

/// Why a folder or a set of tables is not a release.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReleaseError {
    /// A file can't be read; a missing one is no error unless it is the names'.
    Unreadable {
        /// Which.
        table: Table,
        /// The system's kind of error.
        kind: std::io::ErrorKind,
    },
    /// The header names no version.
    NoVersion {
        /// Which.
        table: Table,
    },
    /// The tables are of different releases.
    VersionsDiffer {
        /// The one that differs from the names' table.
        table: Table,
        /// What the names' table says.
        expected: String,
        /// What this one says.
        found: String,
    },
    /// A row is not what its table has.
    Row {
        /// Which.
        table: Table,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        fault: RowFault,
    },
    /// Alleles have no row in a table that gives one to each: it was cut off.
    Incomplete {
        /// Which.
        table: Table,
        /// The first allele without a row.
        first: String,
        /// How many have none.
        count: usize,
    },
    /// There is no allele of any known locus in it.
    Empty,
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for ReleaseError {}

/// The folder's texts, owned.
pub(super) struct Folder {
    texts: [Option<String>; 5],
}

impl Folder {
    pub(super) fn read(dir: &Path) -> Result<Folder, ReleaseError> {
        let mut texts = [const { None }; 5];
        for (slot, table) in texts.iter_mut().zip(Table::ALL) {
            match std::fs::read_to_string(dir.join(table.file_name())) {
                Ok(text) => *slot = Some(text),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound && table != Table::Names => {}
                Err(e) => return Err(ReleaseError::Unreadable { table, kind: e.kind() }),
            }
        }
        Ok(Folder { texts })
    }

    pub(super) fn tables(&self) -> Tables<'_> {
        let text = |t: Table| self.texts[t as usize].as_deref();
        Tables {
            names: text(Table::Names).unwrap_or_default(),
            g_groups: text(Table::GGroups),
            p_groups: text(Table::PGroups),
            serology: text(Table::Serology),
            splits: text(Table::Splits),
        }
    }
}

/// `version` and `date` from a table's `#` lines.
pub(super) fn header(table: Table, text: &str) -> Result<(String, Option<String>), ReleaseError> {
    let field = |name: &str| {
        text.lines().take_while(|l| l.starts_with('#')).find_map(|l| {
            let (key, value) = l.trim_start_matches('#').split_once(':')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    let version = field("version").and_then(|v| v.split_whitespace().last().map(str::to_owned));
    Ok((version.ok_or(ReleaseError::NoVersion { table })?, field("date")))
}

/// A row that is not a comment: its line from 1 and its columns.
pub(super) struct Row<'a> {
    pub(super) table: Table,
    pub(super) line: usize,
    pub(super) columns: Vec<&'a str>,
}

impl Row<'_> {
    pub(super) fn fault(&self, fault: RowFault) -> ReleaseError {
        ReleaseError::Row { table: self.table, line: self.line, fault }
    }

    /// The locus of a DNA row, when it is one that we know; `None` for the other genes.
    pub(super) fn gene(&self) -> Option<Locus> {
        Locus::from_gene(self.columns[0].strip_suffix('*')?)
    }

    pub(super) fn name(&self, text: &str) -> Result<AlleleName, ReleaseError> {
        AlleleName::parse(text).ok_or_else(|| self.fault(RowFault::Name))
    }

    /// Slash-separated numbers; `?` means not known and is left out.
    pub(super) fn numbers(&self, text: &str) -> Result<Box<[u16]>, ReleaseError> {
        let known = text.split('/').map(str::trim).filter(|t| !t.is_empty() && *t != "?");
        known.map(|t| t.parse().map_err(|_| self.fault(RowFault::Number))).collect()
    }
}

/// The rows of a table, each with the number of columns that the table has.
pub(super) fn rows(table: Table, text: &str) -> impl Iterator<Item = Result<Row<'_>, ReleaseError>> {
    let columns = match table {
        Table::Names | Table::Serology => 6,
        Table::GGroups | Table::PGroups => 3,
        Table::Splits => 4,
    };
    let lines = text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty());
    lines.map(move |(i, l)| {
        let row = Row { table, line: i + 1, columns: l.split(';').map(str::trim).collect() };
        if row.columns.len() == columns { Ok(row) } else { Err(row.fault(RowFault::Columns)) }
    })
}
