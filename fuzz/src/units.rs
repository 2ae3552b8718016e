//! From records to units, without a release and under the invented one.

use std::sync::{Arc, LazyLock};

use domain::registry::Ownership;
use domain::time::Date;
use hla::Release;
use hla::typing::{CodeTable, Reader};
use service::registry::units_in::{Drafter, Record, Said, UnitRules};

use crate::{CODES, no_release, support};

/// Made once, however many inputs are tried.
static RELEASES: LazyLock<[Arc<Release>; 2]> = LazyLock::new(|| {
    let invented = Release::parse(support::small_tables().tables()).expect("the invented tables are sound");
    [Arc::new(Release::none()), Arc::new(invented)]
});

static SHARED_CODES: LazyLock<Arc<CodeTable>> = LazyLock::new(|| Arc::new(CODES.clone()));

fn today() -> Date {
    Date::new(2026, 11, 22).expect("a day")
}

/// Understands records, under the invented release if that is `loaded`.
pub fn drafter(loaded: bool) -> Drafter {
    Drafter::new(UnitRules {
        release: Arc::clone(&RELEASES[usize::from(loaded)]),
        codes: Some(Arc::clone(&SHARED_CODES)),
        ownership: Some(Ownership::Donated),
        today: today(),
        values: Default::default(),
    })
}

/// What must hold of a unit that was read: its content passes the rules, and its typing reads back as itself.
pub fn understand(drafter: &mut Drafter, record: Record) {
    let Ok(draft) = drafter.draft(record) else { return };
    assert!(!draft.registry_id.is_empty() && draft.registry_id.chars().count() <= 64);
    let Said::Content(content) = draft.said else { return };
    assert_eq!(content.check(today()), Ok(()));
    if !content.hla.is_empty() {
        let read = Reader::new(no_release()).typing(&content.hla).expect("what was written is read");
        assert_eq!(read.typing.to_string(), content.hla);
    }
}
