//! Units in CSV, from bytes to units: the charset, the heading, the rows.
#![no_main]

use std::io::BufReader;

use fuzz::units::{drafter, understand};
use libfuzzer_sys::fuzz_target;
use service::registry::units_in::{SheetMap, SheetReader, charset_of};

fuzz_target!(|bytes: &[u8]| {
    let Ok(charset) = charset_of(BufReader::with_capacity(7, bytes)) else { return };
    let map = SheetMap::default();
    let mut found = Vec::new();
    for (capacity, loaded) in [(7, false), (64 * 1024, true)] {
        let Ok(mut reader) = SheetReader::new(BufReader::with_capacity(capacity, bytes), charset, &map)
        else {
            found.push(None);
            continue;
        };
        let mut drafter = drafter(loaded);
        let (mut rows, mut end) = (Vec::new(), None);
        while end.is_none() {
            match reader.next_record() {
                Ok(Some(record)) => {
                    rows.push(record.clone());
                    understand(&mut drafter, record);
                }
                ended => end = Some(ended.map(|_| ())),
            }
        }
        found.push(Some((rows, end)));
    }
    assert_eq!(found[0], found[1], "what is read does not hang on how it is read");
});
