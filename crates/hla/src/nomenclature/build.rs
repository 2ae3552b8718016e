//! Making a [`Release`] out of the tables: each row checked, and the tables checked against each other.

use super::read::{Folder, ReleaseError, Row, RowFault, Table, Tables, header, rows};
use super::{Allele, LocusTable, Release, Serology};
use crate::set::NULL;
use crate::{AlleleName, Locus, Suffix};
use std::path::Path;

impl Release {
    /// Reads the tables in a release folder. The names must be there; see [`Release::missing`] for the rest.
    ///
    /// # Errors
    /// When a file can't be read, or for all that [`Release::parse`] refuses.
    pub fn load(dir: &Path) -> Result<Release, ReleaseError> {
        Release::parse(Folder::read(dir)?.tables())
    }

    /// Makes a release of the tables' texts.
    ///
    /// # Errors
    /// When a header names no version, versions differ, a row is malformed or names an unknown allele, or a table
    /// that gives a row to each allele lacks some.
    pub fn parse(tables: Tables<'_>) -> Result<Release, ReleaseError> {
        let (version, date) = header(Table::Names, tables.names)?;
        let given = [
            (Table::GGroups, tables.g_groups),
            (Table::PGroups, tables.p_groups),
            (Table::Serology, tables.serology),
            (Table::Splits, tables.splits),
        ];
        let mut release = Release::none();
        release.missing = given.iter().filter(|(_, text)| text.is_none()).map(|(t, _)| *t).collect();
        for (table, text) in given.iter().filter_map(|(t, text)| text.map(|text| (*t, text))) {
            let found = header(table, text)?.0;
            if found != version {
                return Err(ReleaseError::VersionsDiffer { table, expected: version, found });
            }
        }
        release.version = Some(version.into());
        release.date = date;
        release.read_names(tables.names)?;
        if let Some(text) = tables.p_groups {
            release.read_p_groups(text)?;
        }
        if let Some(text) = tables.g_groups {
            release.read_g_groups(text)?;
        }
        if let Some(text) = tables.serology {
            release.read_serology(text)?;
        }
        if let Some(text) = tables.splits {
            release.read_splits(text)?;
        }
        for locus in Locus::ALL {
            release.loci[locus.index()].derive_proteins(locus);
        }
        Ok(release)
    }

    fn read_names(&mut self, text: &str) -> Result<(), ReleaseError> {
        for row in rows(Table::Names, text) {
            let row = row?;
            match row.columns[0].strip_suffix('*') {
                Some(_) => self.read_allele(&row)?,
                None => self.read_antigen(&row)?,
            }
        }
        for table in &mut self.loci {
            table.alleles.sort_unstable_by_key(|a| a.name);
        }
        if self.allele_count() == 0 { Err(ReleaseError::Empty) } else { Ok(()) }
    }

    fn read_allele(&mut self, row: &Row<'_>) -> Result<(), ReleaseError> {
        let Some(locus) = row.gene() else { return Ok(()) };
        let table = &mut self.loci[locus.index()];
        let (name, deleted, successor) = (row.columns[1], row.columns[3], row.columns[4]);
        if !deleted.is_empty() {
            let successor = (!successor.is_empty()).then(|| successor.to_owned());
            table.former.insert(name.to_owned(), successor);
            return Ok(());
        }
        let name = row.name(name)?;
        // Until the P groups are read, two fields stand for the protein.
        let protein = (name.suffix() != Some(Suffix::Null)).then(|| name.truncated(2));
        table.alleles.push(Allele { name, protein, serology: Serology::default(), symbol: NULL });
        Ok(())
    }

    fn read_antigen(&mut self, row: &Row<'_>) -> Result<(), ReleaseError> {
        let number: u16 = row.columns[1].parse().map_err(|_| row.fault(RowFault::Number))?;
        let Some(locus) = Locus::from_antigen(row.columns[0], number) else { return Ok(()) };
        let table = &mut self.loci[locus.index()];
        if row.columns[3].is_empty() {
            table.antigens.insert(number);
        } else if let Ok(successor) = row.columns[4].parse() {
            table.former_antigens.insert(number, successor);
        }
        Ok(())
    }

    /// The places of a group's members; each must be an allele of the release.
    fn members(&self, locus: Locus, row: &Row<'_>) -> Result<Vec<u32>, ReleaseError> {
        let alleles = &self.loci[locus.index()].alleles;
        let mut places = Vec::new();
        for text in row.columns[1].split('/') {
            let name = row.name(text)?;
            let at = alleles.binary_search_by_key(&name, |a| a.name);
            places.push(at.map_err(|_| row.fault(RowFault::UnknownAllele))? as u32);
        }
        Ok(places)
    }

    fn read_p_groups(&mut self, text: &str) -> Result<(), ReleaseError> {
        let mut had = self.nothing_had();
        for row in rows(Table::PGroups, text) {
            let row = row?;
            let Some(locus) = row.gene() else { continue };
            let members = self.members(locus, &row)?;
            let table = &mut self.loci[locus.index()];
            let name = match row.columns[2] {
                "" => table.alleles[members[0] as usize].name.truncated(2),
                group => {
                    let letterless = group.strip_suffix('P').ok_or_else(|| row.fault(RowFault::Name))?;
                    let name = row.name(letterless)?;
                    table.p_groups.insert(name);
                    name
                }
            };
            for at in members {
                if std::mem::replace(&mut had[locus.index()][at as usize], true) {
                    return Err(row.fault(RowFault::Repeated));
                }
                let allele = &mut table.alleles[at as usize];
                // A null allele makes no protein, whatever group a table would put it in.
                if allele.name.suffix() != Some(Suffix::Null) {
                    allele.protein = Some(name);
                }
            }
        }
        // Nulls are left out of P groups.
        self.all_had(Table::PGroups, &had, |a| a.name.suffix() != Some(Suffix::Null))
    }

    fn read_g_groups(&mut self, text: &str) -> Result<(), ReleaseError> {
        let mut had = self.nothing_had();
        for row in rows(Table::GGroups, text) {
            let row = row?;
            let Some(locus) = row.gene() else { continue };
            let members = self.members(locus, &row)?;
            for &at in &members {
                if std::mem::replace(&mut had[locus.index()][at as usize], true) {
                    return Err(row.fault(RowFault::Repeated));
                }
            }
            if row.columns[2].is_empty() {
                continue;
            }
            let letterless = row.columns[2].strip_suffix('G').ok_or_else(|| row.fault(RowFault::Name))?;
            let name = row.name(letterless)?;
            if self.loci[locus.index()].g_groups.insert(name, members).is_some() {
                return Err(row.fault(RowFault::Repeated));
            }
        }
        self.all_had(Table::GGroups, &had, |_| true)
    }

    fn read_serology(&mut self, text: &str) -> Result<(), ReleaseError> {
        let mut had = self.nothing_had();
        for row in rows(Table::Serology, text) {
            let row = row?;
            let Some(locus) = row.gene() else { continue };
            let name: AlleleName = row.name(row.columns[1])?;
            let alleles = &mut self.loci[locus.index()].alleles;
            let at = alleles.binary_search_by_key(&name, |a| a.name);
            let at = at.map_err(|_| row.fault(RowFault::UnknownAllele))?;
            if std::mem::replace(&mut had[locus.index()][at], true) {
                return Err(row.fault(RowFault::Repeated));
            }
            alleles[at].serology = Serology {
                unambiguous: row.numbers(row.columns[2])?,
                possible: row.numbers(row.columns[3])?,
                assumed: row.numbers(row.columns[4])?,
                expert: row.numbers(row.columns[5])?,
            };
        }
        self.all_had(Table::Serology, &had, |_| true)
    }

    fn read_splits(&mut self, text: &str) -> Result<(), ReleaseError> {
        for row in rows(Table::Splits, text) {
            let row = row?;
            let number: u16 = row.columns[1].parse().map_err(|_| row.fault(RowFault::Number))?;
            let Some(locus) = Locus::from_antigen(row.columns[0], number) else { continue };
            let (splits, variants) = (row.numbers(row.columns[2])?, row.numbers(row.columns[3])?);
            let table = &mut self.loci[locus.index()];
            if !splits.is_empty() {
                table.splits.insert(number, splits.into_vec());
            }
            if !variants.is_empty() {
                table.associated.insert(number, variants.into_vec());
            }
        }
        Ok(())
    }

    fn nothing_had(&self) -> Vec<Vec<bool>> {
        self.loci.iter().map(|l| vec![false; l.alleles.len()]).collect()
    }

    /// That a table gave a row to each allele that must have one: else its end is missing.
    fn all_had(
        &self,
        table: Table,
        had: &[Vec<bool>],
        must: impl Fn(&Allele) -> bool,
    ) -> Result<(), ReleaseError> {
        let mut without = Vec::new();
        for (locus, had) in Locus::ALL.into_iter().zip(had) {
            let alleles: &LocusTable = &self.loci[locus.index()];
            let lacking = alleles.alleles.iter().zip(had).filter(|(a, had)| !**had && must(a));
            without.extend(lacking.map(|(a, _)| (locus, a.name)));
        }
        match without.first() {
            None => Ok(()),
            Some((locus, name)) => Err(ReleaseError::Incomplete {
                table,
                first: format!("{locus}*{name}"),
                count: without.len(),
            }),
        }
    }
}
