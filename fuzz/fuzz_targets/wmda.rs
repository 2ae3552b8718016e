//! WMDA inventory XML, from bytes to units: whatever the file is, it is refused or read, in bounded memory.
#![no_main]

use std::io::BufReader;

use fuzz::units::{drafter, understand};
use libfuzzer_sys::fuzz_target;
use service::registry::units_in::WmdaReader;

fuzz_target!(|bytes: &[u8]| {
    // Small pieces at a time find what a boundary between them breaks.
    for (capacity, loaded) in [(7, false), (64 * 1024, true)] {
        let mut reader = WmdaReader::new(BufReader::with_capacity(capacity, bytes));
        let mut drafter = drafter(loaded);
        let mut line = 0;
        while let Ok(Some(record)) = reader.next_record() {
            assert!(record.line >= line);
            line = record.line;
            understand(&mut drafter, record);
        }
        assert!(reader.read_bytes() <= bytes.len() as u64);
    }
});
