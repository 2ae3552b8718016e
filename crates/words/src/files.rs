//! Why a file that was sent is not taken, and how the reading of one ended.

use domain::refusal::{FileRefusal, ReleaseFault, RowProblem};
use domain::registry::{UploadEnd, UploadState};

use crate::{Lang, file_refusal as file, load_file_refusal, release_fault as fault};

/// The sentence for a file that is not taken.
#[must_use]
pub fn file_refusal(lang: Lang, refusal: FileRefusal) -> String {
    let plain = match refusal {
        FileRefusal::TooLarge { mib } => return file::too_large(lang, mib),
        FileRefusal::TooManyWaiting { max } => return file::too_many_waiting(lang, max),
        FileRefusal::Missing => file::missing(lang),
        FileRefusal::BrokeOff => file::broke_off(lang),
        FileRefusal::DiskFull => file::disk_full(lang),
        FileRefusal::NotText => file::not_text(lang),
        FileRefusal::LoadRunning => file::load_running(lang),
        FileRefusal::Gone => file::gone(lang),
        FileRefusal::Over => file::over(lang),
    };
    plain.to_owned()
}

/// The sentence for files that are no release of the nomenclature.
#[must_use]
pub fn release_fault(lang: Lang, why: &ReleaseFault) -> String {
    let plain = match why {
        ReleaseFault::TooLarge { table } => return fault::too_large(lang, table),
        ReleaseFault::Unreadable { table } => return fault::unreadable(lang, table),
        ReleaseFault::NotText { table } => return fault::not_text(lang, table),
        ReleaseFault::NotATable { file } => return fault::not_a_table(lang, file),
        ReleaseFault::Twice { table } => return fault::twice(lang, table),
        ReleaseFault::NoVersion { table } => return fault::no_version(lang, table),
        ReleaseFault::OtherVersion { table, expected, found } => {
            return fault::other_version(lang, expected, found, table);
        }
        ReleaseFault::Row { table, line, what } => {
            let what = match what {
                RowProblem::Columns => fault::row_columns(lang),
                RowProblem::Name => fault::row_name(lang),
                RowProblem::Number => fault::row_number(lang),
                RowProblem::UnknownAllele => fault::row_unknown_allele(lang),
                RowProblem::Repeated => fault::row_repeated(lang),
            };
            return fault::row(lang, line, table, what);
        }
        ReleaseFault::CutOff { table, first, count } => return fault::cut_off(lang, count, first, table),
        ReleaseFault::OtherFiles { version } => return fault::other_files(lang, version),
        ReleaseFault::TableMissing { table } => return fault::table_missing(lang, table),
        ReleaseFault::NamesMissing => fault::names_missing(lang),
        ReleaseFault::Archive => fault::archive(lang),
        ReleaseFault::Empty => fault::empty(lang),
    };
    plain.to_owned()
}

/// How the reading of an upload stands.
#[must_use]
pub const fn upload_state(lang: Lang, state: UploadState) -> &'static str {
    use crate::upload_state as say;
    match state {
        UploadState::Running => say::running(lang),
        UploadState::Done => say::done(lang),
        UploadState::Refused => say::refused(lang),
        UploadState::Stopped => say::stopped(lang),
        UploadState::Failed => say::failed(lang),
    }
}

/// Why a reading did not come to its end, and what to do; nothing for one that did.
#[must_use]
pub fn upload_end(lang: Lang, end: &UploadEnd) -> Option<String> {
    use crate::upload_end as say;
    let plain = match end {
        UploadEnd::Done(_) => return None,
        UploadEnd::Refused { why } => return Some(load_file_refusal(lang, why)),
        UploadEnd::Stopped => say::stopped(lang),
        UploadEnd::Running => say::running(lang),
        UploadEnd::GivenUp => say::given_up(lang),
        UploadEnd::Failed => say::failed(lang),
    };
    Some(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_table_is_named_with_its_line() {
        let row = ReleaseFault::Row { table: "hla_nom_p.txt".into(), line: 812, what: RowProblem::Name };
        assert_eq!(
            release_fault(Lang::En, &row),
            "hla_nom_p.txt, line 812: this is no name of an allele. Please fetch this table again."
        );
        assert!(release_fault(Lang::Zh, &row).starts_with("hla_nom_p.txt 第 812 行："));
    }
}
