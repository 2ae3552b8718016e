//! A unit's process trace: what was done, what is missing, out of order or failed.

use super::state::StepVerdict;
use super::step::Step;
use super::worded;
use crate::time::Instant;

/// One record of a step or test. A correction is a later record of the same step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRecord {
    /// Which.
    pub step: Step,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub ended_at: Instant,
    /// How it came out.
    pub verdict: StepVerdict,
}

worded! {
    /// What the trace says of a step.
    StepFinding {
        /// Done as it should be.
        Passed = "passed",
        /// Done, with a remark.
        Noted = "noted",
        /// Came out badly.
        Failed = "failed",
        /// Begun before the step that goes before it.
        OutOfOrder = "out_of_order",
        /// Not recorded.
        Missing = "missing",
    }
}

impl StepFinding {
    /// Whether a unit with it may not be released.
    #[must_use]
    pub const fn bars(self) -> bool {
        !matches!(self, Self::Passed | Self::Noted)
    }
}

/// The findings of a trace, one for each of [`Step::ALL`], in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(Vec<StepFinding>);

impl Trace {
    /// Reads records in the order in which they were made: the last one of a step counts.
    ///
    /// A step of the preparation is out of order when it began before the nearest step before it that is recorded; a
    /// test, when it began before the blood was collected.
    #[must_use]
    pub fn read(records: impl IntoIterator<Item = StepRecord>) -> Self {
        let mut newest: Vec<Option<StepRecord>> = vec![None; Step::ALL.len()];
        for record in records {
            newest[record.step as usize] = Some(record);
        }
        let collected = newest[Step::BloodCollected as usize].map(|record| record.started_at);
        let mut before: Option<Instant> = None;
        let findings = newest.iter().map(|record| {
            let Some(record) = record else { return StepFinding::Missing };
            let earliest = if record.step.is_test() { collected } else { before.replace(record.started_at) };
            match record.verdict {
                StepVerdict::Failed => StepFinding::Failed,
                _ if earliest.is_some_and(|earliest| record.started_at < earliest) => StepFinding::OutOfOrder,
                StepVerdict::Passed => StepFinding::Passed,
                StepVerdict::Noted => StepFinding::Noted,
            }
        });
        Self(findings.collect())
    }

    /// What it says of each step.
    pub fn findings(&self) -> impl Iterator<Item = (Step, StepFinding)> {
        Step::ALL.iter().copied().zip(self.0.iter().copied())
    }

    /// What it says of one step.
    #[must_use]
    pub fn of(&self, step: Step) -> StepFinding {
        self.0[step as usize]
    }

    /// Whether there is a step with this finding.
    #[must_use]
    pub fn has(&self, finding: StepFinding) -> bool {
        self.0.contains(&finding)
    }

    /// How many steps and tests are recorded.
    #[must_use]
    pub fn recorded(&self) -> usize {
        self.0.iter().filter(|finding| **finding != StepFinding::Missing).count()
    }

    /// Whether nothing in it bars a release.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.0.iter().any(|finding| finding.bars())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn done(step: Step, minute: i64) -> StepRecord {
        let started_at = Instant(0).plus_seconds(minute * 60);
        StepRecord { step, started_at, ended_at: started_at.plus_seconds(30), verdict: StepVerdict::Passed }
    }

    fn whole() -> Vec<StepRecord> {
        Step::ALL.iter().map(|step| done(*step, i64::from(step.position()))).collect()
    }

    #[test]
    fn a_whole_trace_bars_nothing() {
        let trace = Trace::read(whole());
        assert!(trace.is_whole());
        assert_eq!(trace.recorded(), 71);
        assert!(!Trace::read([]).is_whole());
    }

    #[test]
    fn a_correction_is_a_later_record() {
        let mut records = whole();
        records[20].verdict = StepVerdict::Failed;
        assert_eq!(Trace::read(records.clone()).of(Step::ALL[20]), StepFinding::Failed);
        records.push(StepRecord { verdict: StepVerdict::Noted, ..records[20] });
        let trace = Trace::read(records);
        assert_eq!(trace.of(Step::ALL[20]), StepFinding::Noted);
        assert!(trace.is_whole());
    }

    #[test]
    fn a_test_may_run_beside_the_preparation_but_not_before_the_birth() {
        let mut records = whole();
        records[60] = done(Step::ALL[60], 7);
        assert!(Trace::read(records.clone()).is_whole());
        records[60] = done(Step::ALL[60], 5);
        assert_eq!(Trace::read(records).of(Step::ALL[60]), StepFinding::OutOfOrder);
    }

    proptest! {
        #[test]
        fn one_step_left_out_is_missing(at in 0usize..71) {
            let mut records = whole();
            let step = records.remove(at).step;
            let trace = Trace::read(records);
            prop_assert!(!trace.is_whole());
            let bars: Vec<_> = trace.findings().filter(|(_, finding)| finding.bars()).collect();
            prop_assert_eq!(bars, vec![(step, StepFinding::Missing)]);
        }

        #[test]
        fn two_steps_of_the_preparation_changed_round_are_seen(one in 0usize..56, other in 0usize..56) {
            let mut records = whole();
            let (a, b) = (records[one].started_at, records[other].started_at);
            records[one].started_at = b;
            records[other].started_at = a;
            prop_assert_eq!(Trace::read(records).has(StepFinding::OutOfOrder), one != other);
        }

        #[test]
        fn the_order_of_recording_does_not_matter(shift in 0usize..71) {
            let mut records = whole();
            records.rotate_left(shift);
            prop_assert!(Trace::read(records).is_whole());
        }
    }
}
